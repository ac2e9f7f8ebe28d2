//! neo4j-admin's tables, byte for byte: every cell to the right, one space on either side, a bar between.

use std::path::Path;

use graphkeep_core::report::{Artifact, ArtifactId, Report, ShardedDatabase};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
use unicode_width::UnicodeWidthStr;

use crate::files::Files;
use crate::words::printable;

/// What Java's `Path.toUri` escapes: all but unreserved characters and those that mean nothing in a path.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b':')
    .remove(b'@')
    .remove(b'&')
    .remove(b'=')
    .remove(b'+')
    .remove(b'$')
    .remove(b',')
    .remove(b';')
    .remove(b'/');

/// The table of `backup inspect`.
pub(crate) fn inspect(report: &Report, rows: &[ArtifactId], files: &Files) -> String {
    let heads = [
        "FILE",
        "DATABASE",
        "DATABASE ID",
        "TIME (UTC)",
        "FULL",
        "COMPRESSED",
        "LOWEST TX",
        "HIGHEST TX",
        "STORE ID HASH",
        "RECOVERED",
    ];
    let rows = rows.iter().map(|id| {
        let artifact = &report.artifacts[*id];
        [
            file_uri(artifact, files),
            artifact.database.clone(),
            artifact.database_id.to_string(),
            artifact.time.table(),
            artifact.full.to_string(),
            artifact.compressed.to_string(),
            artifact.lowest_tx.to_string(),
            artifact.highest_tx.to_string(),
            artifact.store_id_hash.to_string(),
            artifact.recovered.to_string(),
        ]
    });
    table(heads, rows)
}

/// The table of `backup validate`.
pub(crate) fn validate(report: &Report, sharded: &ShardedDatabase) -> String {
    let rows = sharded.shards.iter().map(|shard| {
        let path = shard.artifact.map_or_else(String::new, |id| report.artifacts[id].path.0.clone());
        [shard.database.clone(), path, shard.status.clone()]
    });
    table(["DATABASE", "PATH", "STATUS"], rows)
}

/// `file:///backups/orders.backup`, as Java writes it.
pub(crate) fn file_uri(artifact: &Artifact, files: &Files) -> String {
    uri(&files.path(&artifact.path))
}

fn uri(path: &Path) -> String {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let bytes = absolute.as_os_str().as_encoded_bytes();
    let encoded = percent_encode(bytes, ESCAPED).to_string();
    // On Windows `C:\backups` is `file:///C:/backups`.
    let encoded = if cfg!(windows) { encoded.replace("%5C", "/") } else { encoded };
    format!("file:///{}", encoded.trim_start_matches('/'))
}

fn table<const N: usize>(heads: [&str; N], rows: impl Iterator<Item = [String; N]>) -> String {
    let heads = heads.map(str::to_owned);
    let rows = std::iter::once(heads).chain(rows.map(|row| row.map(|cell| printable(&cell).into_owned())));
    let rows: Vec<[String; N]> = rows.collect();
    let width = |column: usize| rows.iter().map(|row| row[column].width()).max().unwrap_or(0);
    let widths: [usize; N] = std::array::from_fn(width);
    let mut text = String::new();
    for row in &rows {
        for (cell, width) in row.iter().zip(widths) {
            text.push_str("| ");
            text.extend(std::iter::repeat_n(' ', width - cell.width()));
            text.push_str(cell);
            text.push(' ');
        }
        text.push_str("|\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_uris_are_escaped_as_java_escapes_them() {
        assert_eq!(
            uri(Path::new("/b a/ö%#?[x]^\"'(~)!*:@&=+$,;\u{1}.backup")),
            "file:///b%20a/%C3%B6%25%23%3F%5Bx%5D%5E%22'(~)!*:@&=+$,;%01.backup"
        );
    }

    #[test]
    fn cells_keep_to_the_right() {
        let rows = [["a".to_owned(), "1".to_owned()], ["bcdef".to_owned(), "23".to_owned()]];
        assert_eq!(
            table(["FILE", "TX"], rows.into_iter()),
            "|  FILE | TX |\n|     a |  1 |\n| bcdef | 23 |\n"
        );
    }
}
