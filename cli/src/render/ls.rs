//! The contents of one backup.

use graphkeep_core::FileName;
use graphkeep_core::archive::{Entry, Role};
use graphkeep_core::problem::Problem;
use graphkeep_core::report::{Level, SCHEMA_VERSION, Tool};
use graphkeep_core::time::UtcTime;
use graphkeep_core::verify::{Checksum, Damage, Verification};
use serde::Serialize;

use super::Look;
use super::page::{Column, Page, Row, Text, Tone};
use crate::words::{count, size};

/// What `ls --format json` prints.
#[derive(Debug, Serialize)]
pub(crate) struct Listing<'r> {
    schema_version: &'static str,
    tool: Tool,
    path: &'r FileName,
    level: Level,
    checksum: Checksum,
    /// Whole files in the archive, folders, and the bytes of files.
    files: u64,
    folders: u64,
    file_bytes: u64,
    entries: &'r [Entry],
    #[serde(skip_serializing_if = "Option::is_none")]
    damage: Option<&'r Damage>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    problems: &'r [Problem],
}

impl<'r> Listing<'r> {
    pub(crate) fn new(found: &'r Verification, entries: &'r [Entry]) -> Self {
        let tool = Tool { name: env!("CARGO_PKG_NAME").into(), version: env!("CARGO_PKG_VERSION").into() };
        Self {
            schema_version: SCHEMA_VERSION,
            tool,
            path: &found.path,
            level: found.level,
            checksum: found.checksum,
            files: found.files,
            folders: found.folders,
            file_bytes: found.file_bytes,
            entries,
            damage: found.damage.as_ref(),
            problems: &found.problems,
        }
    }

    pub(crate) fn entries_in_all(&self) -> u64 {
        self.files + self.folders
    }
}

/// The view for people. Bytes are whole numbers: they are there to be compared.
pub(crate) fn text(listing: &Listing, look: &Look) -> String {
    let mut page = Page::new(look);
    let columns = [
        Column::left("ROLE").spare(2),
        Column::right("BYTES"),
        Column::left("MODIFIED (UTC)").spare(1),
        Column::left("PATH"),
    ];
    let row = |entry: &Entry| {
        let path = match entry.path.trim_end_matches('/') {
            "" => "./".to_owned(),
            folder if entry.role == Role::Folder => format!("{folder}/"),
            _ => entry.path.clone(),
        };
        Row::Cells(vec![
            Text::tone(Tone::Faint, entry.role.as_str()),
            entry.bytes.to_string().into(),
            entry.modified.map(|time| look.time(UtcTime(time))).unwrap_or_default().into(),
            path.into(),
        ])
    };
    let rows: Vec<Row> = listing.entries.iter().map(row).collect();
    if !rows.is_empty() {
        page.table("", &columns, &rows);
        page.blank();
    }
    let files = listing.entries.iter().filter(|entry| entry.role != Role::Folder);
    let bytes = files.clone().fold(0_u64, |sum, entry| sum.saturating_add(entry.bytes));
    let sum = format!("{}, {}", count(files.count() as u64, "file"), size(bytes));
    let checked = match (listing.level, listing.checksum) {
        (Level::L0 | Level::L1, _) => "not read to its end",
        (_, Checksum::Zstd) => "decoded whole; the zstd checksum holds",
        (_, Checksum::Gzip) => "decoded whole; the gzip checksum holds",
        (_, Checksum::None | Checksum::NotReached) => {
            "read whole; the container has no checksum over its contents"
        }
    };
    page.line(
        &Text::tone(Tone::Strong, &sum)
            .and(Tone::Faint, &format!(" ({}: {checked})", listing.level.as_str())),
    );
    page.into_text()
}
