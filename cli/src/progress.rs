//! Signs of life for work that takes long: on a terminal one line that is rewritten, elsewhere a line now
//! and then, for programs an object.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::args::Output;
use crate::printer::{Messages, Printer};
use crate::render::jsonl::Message;
use crate::words::{count, printable};

/// Work shorter than this shows nothing on a terminal: a line that flashes up helps nobody.
const PATIENCE: Duration = Duration::from_millis(500);
/// Between two rewrites: fast enough to look alive.
const REWRITE: Duration = Duration::from_millis(100);

/// How far the work is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub(crate) struct Progressed {
    /// Files found.
    pub(crate) found: usize,
    /// Files read.
    pub(crate) read: usize,
    /// Of these, files that are no backups.
    pub(crate) not_backups: usize,
    /// Of these, files that could not be read.
    pub(crate) unreadable: usize,
}

impl Progressed {
    fn words(self) -> String {
        let mut words = format!("{} found, {} read", count(self.found as u64, "file"), self.read);
        for (number, what) in [(self.not_backups, "not backups"), (self.unreadable, "unreadable")] {
            if number > 0 {
                let _ = write!(words, ", {number} {what}");
            }
        }
        words
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// A line of a terminal, rewritten.
    Rewritten,
    Lines,
    Objects,
    Nothing,
}

/// Shows progress while it lives.
pub(crate) struct Progress<'p> {
    printer: &'p Printer,
    form: Form,
    every: Duration,
    due: Instant,
    on_screen: bool,
}

impl<'p> Progress<'p> {
    pub(crate) fn new(printer: &'p Printer, output: &Output) -> Self {
        let every = Duration::try_from_secs_f64(output.progress_interval).unwrap_or(Duration::MAX);
        let (form, wait, every) = match printer.messages {
            _ if output.progress_interval == 0.0 => (Form::Nothing, every, every),
            Messages::Json => (Form::Objects, every, every),
            // A time to show is what only a terminal has.
            Messages::Text if printer.stderr.now.is_some() => (Form::Rewritten, PATIENCE, REWRITE),
            Messages::Text => (Form::Lines, every, every),
        };
        let now = Instant::now();
        let due = now.checked_add(wait).unwrap_or_else(|| now + Duration::from_secs(u32::MAX.into()));
        Self { printer, form, every, due, on_screen: false }
    }

    /// Hears how far the work is and at which file; shows it when it is time to.
    pub(crate) fn at(&mut self, progressed: Progressed, file: &str) {
        if self.form == Form::Nothing || Instant::now() < self.due {
            return;
        }
        self.due = Instant::now().checked_add(self.every).unwrap_or(self.due);
        match self.form {
            Form::Rewritten => {
                let line = format!("{}  {}", progressed.words(), printable(file));
                let width = self.printer.stderr.width.unwrap_or(80).saturating_sub(1);
                let line: String = line.chars().take(width).collect();
                self.printer.err(&format!("\r{line}\x1b[K"));
                self.on_screen = true;
            }
            Form::Lines => self.printer.err(&format!("{}\n", progressed.words())),
            Form::Objects => {
                self.printer.message(&Message::Status { progress: Some(progressed), message: None });
            }
            Form::Nothing => {}
        }
    }
}

impl Drop for Progress<'_> {
    fn drop(&mut self) {
        if self.on_screen {
            self.printer.err("\r\x1b[K");
        }
    }
}
