//! What a repair did, or would do.

use graphkeep_core::FileName;
use graphkeep_core::repair::Repair;
use graphkeep_core::report::{Level, Tool, Verified};
use graphkeep_core::verify::Checksum;
use serde::Serialize;

use super::Look;
use super::page::{Page, Text, Tone};
use crate::words::count;

/// A file by its bytes.
#[derive(Debug, Serialize)]
pub(crate) struct Digested {
    pub(crate) path: String,
    pub(crate) bytes: u64,
    pub(crate) sha256: String,
}

/// What `repair --format json` prints.
#[derive(Debug, Serialize)]
pub(crate) struct Repaired {
    pub(crate) schema_version: &'static str,
    pub(crate) tool: Tool,
    pub(crate) path: FileName,
    pub(crate) dry_run: bool,
    pub(crate) repair: Repair,
    /// What verification says of the mended bytes.
    pub(crate) verified: Verified,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) original: Option<Digested>,
    /// Absent for a dry run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) new: Option<Digested>,
}

/// The view for people.
pub(crate) fn text(repaired: &Repaired, look: &Look) -> String {
    let mut page = Page::new(look);
    page.line(&Text::tone(Tone::Strong, &repaired.path.0));
    page.blank();
    let Repair { from, to, what } = &repaired.repair;
    let mut facts: Vec<(&str, Text)> = vec![
        ("Repair", what.as_str().into()),
        ("Keeps", format!("bytes {from} to {to}, {} in all", repaired.repair.len()).into()),
    ];
    let found = &repaired.verified;
    let checksum = match found.checksum {
        Checksum::Zstd => "; the zstd checksum holds",
        Checksum::Gzip => "; the gzip checksum holds",
        Checksum::None | Checksum::NotReached => "; its container has no checksum over the contents",
    };
    let transactions = match (found.level, found.transactions) {
        (Level::L3, Some(number)) => format!(", {number} transactions checked"),
        _ => String::new(),
    };
    let text =
        format!("holds to {}: {}{transactions}{checksum}", found.level.as_str(), count(found.files, "file"));
    facts.push(("Result", Text::tone(Tone::Good, &text)));
    page.facts("  ", &facts);
    page.blank();
    match (&repaired.original, &repaired.new) {
        (Some(original), Some(new)) => {
            page.line(&Text::tone(Tone::Strong, "SHA-256"));
            for (file, what) in [(original, "unchanged"), (new, "new")] {
                let text = Text::from(format!("  {}  {}", file.sha256, file.path))
                    .and(Tone::Faint, &format!("  ({what}, {} bytes)", file.bytes));
                page.line(&text);
            }
        }
        _ => page.line(&Text::from("Nothing was written (--dry-run)")),
    }
    page.into_text()
}
