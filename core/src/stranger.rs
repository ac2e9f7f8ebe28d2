//! Files that are no artifact, named for what they are: folders of backups also hold checksums, web pages
//! saved by mistake, pointers that a sync left behind, and archives that something wrapped round a backup.

use serde::{Deserialize, Serialize};

use crate::container::Container;

/// What a file is instead of an artifact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Stranger {
    Empty,
    Zeros,
    GitLfsPointer,
    HtmlPage,
    XmlError,
    Xml,
    Json,
    TextBeforeMagic,
    Checksums,
    Tar,
    GzipTar,
    Gzip,
    Zstd,
    Bzip2,
    Xz,
    Lz4,
    Zip,
    SevenZip,
    Parquet,
    Pdf,
    Image,
    Sqlite,
    Encrypted,
    AppleDouble,
    TransactionLog,
    Script,
    Text,
    Binary,
}

impl Stranger {
    /// Every kind there is.
    pub const ALL: &[Self] = &[
        Self::Empty,
        Self::Zeros,
        Self::GitLfsPointer,
        Self::HtmlPage,
        Self::XmlError,
        Self::Xml,
        Self::Json,
        Self::TextBeforeMagic,
        Self::Checksums,
        Self::Tar,
        Self::GzipTar,
        Self::Gzip,
        Self::Zstd,
        Self::Bzip2,
        Self::Xz,
        Self::Lz4,
        Self::Zip,
        Self::SevenZip,
        Self::Parquet,
        Self::Pdf,
        Self::Image,
        Self::Sqlite,
        Self::Encrypted,
        Self::AppleDouble,
        Self::TransactionLog,
        Self::Script,
        Self::Text,
        Self::Binary,
    ];

    /// What the file is, as the end of "this is …".
    pub fn what(self) -> &'static str {
        match self {
            Self::Empty => "an empty file",
            Self::Zeros => "zeros only",
            Self::GitLfsPointer => "a git-lfs pointer, not the file itself",
            Self::HtmlPage => "a web page (HTML)",
            Self::XmlError => "an error message of an object store (XML)",
            Self::Xml => "an XML document",
            Self::Json => "a JSON document",
            Self::TextBeforeMagic => "an artifact with text in front of it",
            Self::Checksums => "a list of checksums",
            Self::Tar => "a plain tar archive",
            Self::GzipTar => "a gzip tar archive, not of Neo4j store files",
            Self::Gzip => "a gzip file",
            Self::Zstd => "a zstd file, not of Neo4j's making",
            Self::Bzip2 => "a bzip2 file",
            Self::Xz => "an xz file",
            Self::Lz4 => "an lz4 file",
            Self::Zip => "a zip archive",
            Self::SevenZip => "a 7z archive",
            Self::Parquet => "a Parquet file",
            Self::Pdf => "a PDF document",
            Self::Image => "an image",
            Self::Sqlite => "an SQLite database",
            Self::Encrypted => "an encrypted file",
            Self::AppleDouble => "a macOS side file (AppleDouble)",
            Self::TransactionLog => "a Neo4j transaction log or checkpoint file",
            Self::Script => "a script",
            Self::Text => "a text file",
            Self::Binary => "no file that this program knows",
        }
    }

    /// What to do about it, where there is something definite to do.
    pub fn advice(self) -> Option<&'static str> {
        Some(match self {
            Self::Empty => "the upload or copy never wrote its content; copy it again from its source",
            Self::Zeros => {
                "the file was allocated and never written, as a crash or a full disk leaves it; copy it again from its source"
            }
            Self::GitLfsPointer => "fetch the content with `git lfs pull`",
            Self::HtmlPage => {
                "a download saved a login or error page in place of the file; download it again while signed in"
            }
            Self::XmlError => {
                "the object store refused the download; open the file to read why, then download it again"
            }
            Self::TextBeforeMagic => {
                "`database dump --to-stdout --verbose` mixes its log into the file; cut the text off, or dump again without `--verbose`"
            }
            Self::Tar | Self::GzipTar | Self::Zip | Self::SevenZip => {
                "if somebody packed the backup, unpack it and look at what is inside"
            }
            Self::Gzip | Self::Zstd | Self::Bzip2 | Self::Xz | Self::Lz4 => {
                "if somebody compressed the backup, decompress it first"
            }
            Self::Encrypted => "decrypt it first",
            Self::TransactionLog => {
                "logs alone restore nothing; look for the backup or the database folder they belong to"
            }
            _ => return None,
        })
    }

    /// Judges a file by its first bytes (all of them where the file is shorter than what was read).
    pub(crate) fn of(start: &[u8]) -> Self {
        if start.is_empty() {
            return Self::Empty;
        }
        let magic =
            MAGICS.iter().find(|(at, magic, _)| start.get(*at..).is_some_and(|rest| rest.starts_with(magic)));
        if let Some((_, _, kind)) = magic {
            return *kind;
        }
        if start.iter().all(|byte| *byte == 0) {
            return Self::Zeros;
        }
        if is_transaction_log(start) {
            return Self::TransactionLog;
        }
        if let Some(text) = text_of(start) {
            return of_text(text);
        }
        if magic_behind_text(start).is_some() { Self::TextBeforeMagic } else { Self::Binary }
    }
}

/// Offset, bytes, meaning; the first that fits decides.
const MAGICS: &[(usize, &[u8], Stranger)] = &[
    (0, b"version https://git-lfs", Stranger::GitLfsPointer),
    (0, b"PAR1", Stranger::Parquet),
    (0, b"PK\x03\x04", Stranger::Zip),
    (0, b"PK\x05\x06", Stranger::Zip),
    (0, b"7z\xbc\xaf\x27\x1c", Stranger::SevenZip),
    (0, b"BZh", Stranger::Bzip2),
    (0, b"\xfd7zXZ\0", Stranger::Xz),
    (0, b"\x04\x22\x4d\x18", Stranger::Lz4),
    (0, b"%PDF", Stranger::Pdf),
    (0, b"\x89PNG", Stranger::Image),
    (0, b"\xff\xd8\xff", Stranger::Image),
    (0, b"GIF8", Stranger::Image),
    (0, b"SQLite format 3\0", Stranger::Sqlite),
    (0, b"Salted__", Stranger::Encrypted),
    (0, b"age-encryption.org/", Stranger::Encrypted),
    (0, b"-----BEGIN PGP MESSAGE", Stranger::Encrypted),
    (0, b"-----BEGIN AGE ENCRYPTED", Stranger::Encrypted),
    // OpenPGP packets, old and new format, tags 1 and 3 (session keys), as gpg begins its files.
    (0, b"\x85\x01", Stranger::Encrypted),
    (0, b"\x85\x02", Stranger::Encrypted),
    (0, b"\x8c\x0d\x04", Stranger::Encrypted),
    (0, b"\x00\x05\x16\x07", Stranger::AppleDouble),
    (0, b"#!", Stranger::Script),
    (257, b"ustar", Stranger::Tar),
];

/// A Neo4j log begins with its format byte (6 to 11) and its own number, which is small; the 64 bytes of
/// store id behind it, or the fields of format 6, are not looked at.
fn is_transaction_log(start: &[u8]) -> bool {
    matches!(start, [6..=11, 0, 0, 0, ..]) && start.len() >= 64
}

/// The start as text, if it is that: printable, or the white space of text files. A character that the cut
/// at the end split in two does not count against it.
fn text_of(start: &[u8]) -> Option<&str> {
    let text = match std::str::from_utf8(start) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&start[..error.valid_up_to()]).ok()?
        }
        Err(_) => return None,
    };
    let printable = |char: char| !char.is_control() || matches!(char, '\n' | '\r' | '\t' | '\u{1b}');
    text.chars().all(printable).then_some(text)
}

fn of_text(text: &str) -> Stranger {
    let head = text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
    let lower = head.get(..head.floor_char_boundary(256)).unwrap_or_default().to_ascii_lowercase();
    if lower.starts_with("<!doctype html") || lower.starts_with("<html") {
        return Stranger::HtmlPage;
    }
    if lower.starts_with("<?xml") || lower.starts_with("<error") {
        return if lower.contains("<error") { Stranger::XmlError } else { Stranger::Xml };
    }
    if head.starts_with(['{', '[']) {
        return Stranger::Json;
    }
    let sum = head.split([' ', '\t', '\r', '\n']).next().unwrap_or_default();
    if matches!(sum.len(), 32 | 40 | 64 | 128) && sum.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Stranger::Checksums;
    }
    Stranger::Text
}

/// Where the magic of a container stands behind text, if it does within what was read.
pub(crate) fn magic_behind_text(start: &[u8]) -> Option<usize> {
    let named = Container::ALL.iter().map(|container| container.name()).filter(|name| name.len() == 4);
    let at = named.filter_map(|name| find(start, name.as_bytes())).min();
    at.filter(|at| *at > 0 && text_of(&start[..*at]).is_some())
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_named_for_what_it_is() {
        let mut tar = vec![0; 512];
        tar[..9].copy_from_slice(b"notes.txt");
        tar[257..262].copy_from_slice(b"ustar");
        let log = [b"2026-01-01 INFO Done\n".as_slice(), b"DZV1\x28\xb5\x2f\xfd\x04\x58"].concat();
        let sum = format!("{}  neo4j.backup\n", "0123456789abcdef".repeat(4));
        for (start, expected) in [
            (b"".as_slice(), Stranger::Empty),
            (&[0; 700], Stranger::Zeros),
            (b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a", Stranger::GitLfsPointer),
            (b"\n<!DOCTYPE html><html>", Stranger::HtmlPage),
            (b"<?xml version=\"1.0\"?>\n<Error><Code>AccessDenied</Code>", Stranger::XmlError),
            (b"<?xml version=\"1.0\"?><project>", Stranger::Xml),
            (b"{\"a\": 1}", Stranger::Json),
            (&tar, Stranger::Tar),
            (b"PAR1\x15\x04", Stranger::Parquet),
            (&log, Stranger::TextBeforeMagic),
            (sum.as_bytes(), Stranger::Checksums),
            ("grüße".as_bytes(), Stranger::Text),
            (&"grüße".as_bytes()[..3], Stranger::Text),
            (b"\x01\x02\x03\x04\x05", Stranger::Binary),
        ] {
            assert_eq!(Stranger::of(start), expected, "{}", start.escape_ascii());
        }
    }
}
