//! From a report to text. A renderer takes the report and a [`Look`] and gives a string; it reads and prints
//! nothing itself, so the same input always gives the same text.

pub(crate) mod chains;
pub(crate) mod json;
pub(crate) mod jsonl;
pub(crate) mod ls;
pub(crate) mod nagios;
mod page;
pub(crate) mod plan;
pub(crate) mod prometheus;
pub(crate) mod repair;
pub(crate) mod show;
pub(crate) mod tabular;
pub(crate) mod transactions;
pub(crate) mod verify;

use graphkeep_core::time::UtcTime;

use page::{Page, Text, Tone};

/// The characters that a stream can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Glyphs {
    Ascii,
    Unicode,
}

/// How text is to look on one stream.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Look {
    /// Columns to fit into; absent where nothing is to be wrapped or left out.
    pub(crate) width: Option<usize>,
    pub(crate) colour: bool,
    pub(crate) glyphs: Glyphs,
    /// The time, where a person watches: ages mean something to them, and times are written in words. Absent
    /// in a pipe, where output must not change from one minute to the next.
    pub(crate) now: Option<UtcTime>,
}

impl Look {
    /// `2026-09-12 02:00:07` for people, `2026-09-12T02:00:07Z` in a pipe.
    fn time(&self, time: UtcTime) -> String {
        if self.now.is_some() { time.words() } else { time.to_string() }
    }
}

/// An error with its hint, as stderr shows it.
pub(crate) fn error(look: &Look, message: &str, hint: Option<&str>) -> String {
    let mut page = Page::new(look);
    page.paragraph("", "       ", Text::tone(Tone::Bad, "error: ").and(Tone::Plain, message));
    if let Some(hint) = hint {
        page.blank();
        page.paragraph("", "      ", Text::tone(Tone::Strong, "hint: ").and(Tone::Plain, hint));
    }
    page.into_text()
}
