//! One JSON document: the report as it is, or neo4j-admin's array.

use std::fmt::Write as _;

use graphkeep_core::container::Container;
use graphkeep_core::report::{Artifact, ArtifactId, BackupType, Report, ShardedDatabase};
use graphkeep_core::time::UtcTime;
use serde::Serialize;
use uuid::Uuid;

use crate::files::Files;
use crate::render::tabular::file_uri;
use crate::words::is_unprintable;

/// A document over several lines.
pub(crate) fn document(value: &impl Serialize) -> String {
    let mut text = escaped(&serde_json::to_string_pretty(value).expect("plain data has a JSON form"));
    text.push('\n');
    text
}

/// A document on one line.
pub(super) fn line(value: &impl Serialize) -> String {
    let mut text = escaped(&serde_json::to_string(value).expect("plain data has a JSON form"));
    text.push('\n');
    text
}

/// JSON lets characters through that a terminal obeys. Outside strings there are none, and inside them
/// `\u009b` is the same as the character.
fn escaped(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for char in json.chars() {
        if char != '\n' && is_unprintable(char) {
            for unit in char.encode_utf16(&mut [0; 2]) {
                let _ = write!(text, "\\u{unit:04x}");
            }
        } else {
            text.push(char);
        }
    }
    text
}

/// A row of `backup inspect --format=JSON`: the nine members of neo4j-admin's, then ours.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct InspectRow<'r> {
    path: String,
    database: &'r str,
    database_id: Uuid,
    /// UTC, without a suffix, as in the table.
    time: String,
    full: bool,
    compressed: bool,
    lowest_transaction_id: i64,
    highest_transaction_id: i64,
    recovered: bool,
    store_id_hash: i32,
    time_utc: UtcTime,
    #[serde(rename = "type")]
    kind: BackupType,
    file: &'r str,
    size: u64,
    container: Container,
    store_format: String,
}

impl<'r> InspectRow<'r> {
    fn of(artifact: &'r Artifact, files: &Files) -> Self {
        Self {
            path: file_uri(artifact, files),
            database: &artifact.database,
            database_id: artifact.database_id,
            time: artifact.time.table(),
            full: artifact.full,
            compressed: artifact.compressed,
            lowest_transaction_id: artifact.lowest_tx,
            highest_transaction_id: artifact.highest_tx,
            recovered: artifact.recovered,
            store_id_hash: artifact.store_id_hash,
            time_utc: artifact.time,
            kind: artifact.kind,
            file: &artifact.path.0,
            size: artifact.size,
            container: artifact.container,
            store_format: artifact.store_id.format_name(),
        }
    }
}

/// `backup inspect --format=JSON`.
pub(crate) fn inspect(report: &Report, rows: &[ArtifactId], files: &Files) -> String {
    let rows: Vec<InspectRow> = rows.iter().map(|id| InspectRow::of(&report.artifacts[*id], files)).collect();
    document(&rows)
}

#[derive(Debug, Serialize)]
struct ValidateRow<'r> {
    database: &'r str,
    path: Option<&'r str>,
    status: &'r str,
}

/// `backup validate --format=JSON`.
pub(crate) fn validate(report: &Report, sharded: &ShardedDatabase) -> String {
    let rows = sharded.shards.iter().map(|shard| ValidateRow {
        database: &shard.database,
        path: shard.artifact.map(|id| report.artifacts[id].path.0.as_str()),
        status: &shard.status,
    });
    let rows: Vec<ValidateRow> = rows.collect();
    document(&rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_obeys_is_escaped_and_reads_back() {
        let text = "\u{9b}31m \u{202e} \u{e0001} \n \u{7f} malmö";
        let json = line(&text);
        assert_eq!(json, "\"\\u009b31m \\u202e \\udb40\\udc01 \\n \\u007f malmö\"\n");
        assert_eq!(serde_json::from_str::<String>(&json).expect("it is JSON"), text);
    }
}
