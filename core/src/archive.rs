//! The tar inside an artifact, entry by entry. docs/format.md, "The tar inside".
//!
//! POSIX (pax) and GNU long names, pax sizes and times; lengths are bounded, and a path that would leave its
//! folder is a finding before anyone can use it. The walk goes on to the very end of the stream, since the
//! checksum of the compression stands behind the tar's end.

use std::io::{self, Read};

use serde::{Deserialize, Serialize};

const BLOCK: usize = 512;
/// Bytes of a pax header or long name; real ones have a few hundred.
const MAX_META: u64 = 1 << 20;
/// Bytes of a path; file systems stop at 4,096.
const MAX_PATH: usize = 4096;

/// What an entry is for, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    Nodes,
    Relationships,
    Properties,
    Labels,
    Schema,
    Index,
    Counts,
    Ids,
    StoreInfo,
    Block,
    TransactionLog,
    Checkpoint,
    Folder,
    Other,
}

impl Role {
    /// Judges a path inside the archive.
    pub fn of(path: &str) -> Self {
        use crate::log::LogName;
        let path = path.strip_prefix("./").unwrap_or(path);
        let base = path.rsplit('/').next().unwrap_or(path);
        match LogName::of(path) {
            Some(LogName::Transactions(_)) => return Self::TransactionLog,
            Some(LogName::Checkpoints(_)) => return Self::Checkpoint,
            None => {}
        }
        let ends = |ending: &str| base.strip_suffix(ending).is_some();
        let starts = |start: &str| base.starts_with(start);
        match base {
            _ if ends(".id") => Self::Ids,
            _ if path.starts_with("schema/index/") || path.starts_with("index/") => Self::Index,
            "neostore" | "database_lock" => Self::StoreInfo,
            _ if starts("neostore.counts") || starts("neostore.indexstats") || ends("degrees.db") => {
                Self::Counts
            }
            _ if starts("neostore.nodestore") => Self::Nodes,
            _ if starts("neostore.relationshiptypestore") => Self::Labels,
            _ if starts("neostore.relationship") => Self::Relationships,
            _ if starts("neostore.propertystore.db.index") => Self::Labels,
            _ if starts("neostore.propertystore") => Self::Properties,
            _ if starts("neostore.labeltokenstore") || starts("neostore.labelscanstore") => Self::Labels,
            _ if starts("neostore.schemastore") => Self::Schema,
            _ if starts("neostore.labelindex") || starts("neostore.relationshiptypeindex") => Self::Index,
            _ if starts("block.") => Self::Block,
            _ => Self::Other,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Nodes => "nodes",
            Self::Relationships => "relationships",
            Self::Properties => "properties",
            Self::Labels => "tokens",
            Self::Schema => "schema",
            Self::Index => "index",
            Self::Counts => "counts",
            Self::Ids => "ids",
            Self::StoreInfo => "store info",
            Self::Block => "block store",
            Self::TransactionLog => "transaction log",
            Self::Checkpoint => "checkpoints",
            Self::Folder => "folder",
            Self::Other => "other",
        }
    }
}

/// One entry of the archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Entry {
    /// The path as it stands, without a leading `./`.
    pub path: String,
    pub role: Role,
    /// Bytes of its content.
    pub bytes: u64,
    /// Modification time, seconds since 1970, UTC.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub modified: Option<i64>,
    /// Offset of its content in the decompressed stream.
    pub offset: u64,
}

/// Why a tar cannot be read on.
#[derive(Debug)]
pub(crate) enum Broken {
    /// The stream itself failed; the message of its error says how.
    Stream(io::Error),
    /// The stream ends where the tar does not: offset in the decoded stream, what was expected there.
    Ended { at: u64, expected: String },
    /// The structure: offset in the decoded stream, expected, found.
    Structure { at: u64, expected: String, found: String },
}

impl From<io::Error> for Broken {
    fn from(error: io::Error) -> Self {
        Self::Stream(error)
    }
}

/// What an entry is, beside its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    File,
    Folder,
    /// Links, devices and what else Neo4j never writes.
    Foreign(u8),
}

/// Reads a tar from a stream that counts from `at`.
pub(crate) struct Archive<R> {
    stream: R,
    at: u64,
    /// Bytes of the current entry's content and padding still to come.
    content: u64,
    padding: u64,
    /// The stream ended inside the current entry.
    is_cut: bool,
}

impl<R: Read> Archive<R> {
    pub(crate) fn new(stream: R, at: u64) -> Self {
        Self { stream, at, content: 0, padding: 0, is_cut: false }
    }

    /// Bytes of the decoded stream that were read.
    pub(crate) fn offset(&self) -> u64 {
        self.at
    }

    pub(crate) fn into_inner(self) -> R {
        self.stream
    }

    /// Whether the stream ended inside the current entry, which whoever read its content heard as an error.
    pub(crate) fn is_cut(&self) -> Option<Broken> {
        self.is_cut.then(|| self.rest_missing(self.content))
    }

    fn rest_missing(&self, missing: u64) -> Broken {
        Broken::Ended { at: self.at, expected: format!("{missing} more bytes of an entry") }
    }

    fn ended<T>(&self, expected: impl Into<String>) -> Result<T, Broken> {
        Err(Broken::Ended { at: self.at, expected: expected.into() })
    }

    fn structure<T>(&self, expected: &str, found: impl Into<String>) -> Result<T, Broken> {
        Err(Broken::Structure { at: self.at, expected: expected.to_owned(), found: found.into() })
    }

    fn fill(&mut self, buffer: &mut [u8]) -> Result<usize, Broken> {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.stream.read(&mut buffer[filled..]) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
        self.at += filled as u64;
        Ok(filled)
    }

    /// The next entry; `None` at the end of the archive, behind which only zeros may follow.
    pub(crate) fn next(&mut self) -> Result<Option<(Entry, Kind)>, Broken> {
        self.skip_content()?;
        let mut pax = Pax::default();
        loop {
            let mut header = [0; BLOCK];
            let start = self.at;
            match self.fill(&mut header)? {
                BLOCK => {}
                0 => return self.ended("a tar header, or the two zero blocks at the end of a tar"),
                found => return self.ended(format!("{} more bytes of a tar header", BLOCK - found)),
            }
            if header.iter().all(|byte| *byte == 0) {
                return Ok(None);
            }
            if octal(&header[148..156]) != Some(checksum(&header)) {
                self.at = start;
                return self.structure("a tar header whose checksum holds", "another checksum");
            }
            let Some(size) = octal(&header[124..136]) else {
                self.at = start;
                return self
                    .structure("a size in octal digits", crate::wire::ascii_or_hex(&header[124..136]));
            };
            match header[156] {
                b'x' => {
                    let start = self.at;
                    let bytes = self.meta(size)?;
                    if pax.read(&bytes).is_none() {
                        self.at = start;
                        return self.structure(
                            "pax records, each of the length that it states",
                            crate::wire::ascii_or_hex(&bytes),
                        );
                    }
                }
                b'L' => pax.path = Some(text(&self.meta(size)?)),
                // Global headers and long link names say nothing that matters here.
                b'g' | b'K' => drop(self.meta(size)?),
                kind => return self.entry(&header, kind, size, pax).map(Some),
            }
        }
    }

    /// The content of a pax header or long name.
    fn meta(&mut self, size: u64) -> Result<Vec<u8>, Broken> {
        if size > MAX_META {
            return self
                .structure(&format!("a pax header of at most {MAX_META} bytes"), format!("{size} bytes"));
        }
        let padded = size.next_multiple_of(BLOCK as u64);
        let mut bytes = vec![0; usize::try_from(padded).unwrap_or_default()];
        let found = self.fill(&mut bytes)?;
        if found < bytes.len() {
            return self.ended(format!("{} more bytes of a pax header", bytes.len() - found));
        }
        bytes.truncate(usize::try_from(size).unwrap_or_default());
        Ok(bytes)
    }

    fn entry(
        &mut self,
        header: &[u8; BLOCK],
        kind: u8,
        size: u64,
        pax: Pax,
    ) -> Result<(Entry, Kind), Broken> {
        let size = pax.size.unwrap_or(size);
        let name = text(&header[..100]);
        let prefix = if &header[257..263] == b"ustar\0" { text(&header[345..500]) } else { String::new() };
        let path = match pax.path {
            Some(path) => path,
            None if prefix.is_empty() => name,
            None => format!("{prefix}/{name}"),
        };
        if path.len() > MAX_PATH {
            return self
                .structure(&format!("a path of at most {MAX_PATH} bytes"), format!("{} bytes", path.len()));
        }
        let kind = match kind {
            b'0' | 0 | b'7' if path.ends_with('/') => Kind::Folder,
            b'0' | 0 | b'7' => Kind::File,
            b'5' => Kind::Folder,
            other => Kind::Foreign(other),
        };
        self.content = size;
        self.padding = size.wrapping_neg() % BLOCK as u64;
        let path = path.strip_prefix("./").unwrap_or(&path).to_owned();
        let role = if kind == Kind::Folder { Role::Folder } else { Role::of(&path) };
        let modified =
            pax.modified.or_else(|| octal(&header[136..148]).and_then(|time| i64::try_from(time).ok()));
        Ok((Entry { path, role, bytes: size, modified, offset: self.at }, kind))
    }

    /// Reads past what is left of the current entry.
    fn skip_content(&mut self) -> Result<(), Broken> {
        let wanted = self.content.saturating_add(self.padding);
        let skipped = io::copy(&mut self.stream.by_ref().take(wanted), &mut io::sink())?;
        self.at += skipped;
        let missing = wanted - skipped;
        (self.content, self.padding) = (0, 0);
        if missing > 0 {
            return Err(self.rest_missing(missing));
        }
        Ok(())
    }

    /// The content of the current entry.
    pub(crate) fn content(&mut self) -> Content<'_, R> {
        Content { archive: self }
    }

    /// Reads what is behind the first zero block: a second one, and zeros to fill a record.
    pub(crate) fn finish(&mut self) -> Result<Finish, Broken> {
        let mut second = [0; BLOCK];
        let found = self.fill(&mut second)?;
        if found < BLOCK {
            return self.ended("the second of the two zero blocks at the end of a tar");
        }
        let end = self.at;
        let data = second.iter().position(|byte| *byte != 0);
        let start = |bytes: &[u8], data: usize| bytes[data..].iter().take(4).copied().collect();
        let mut finish = Finish {
            end: data.is_none().then_some(end),
            data: data.map(|data| end - BLOCK as u64 + data as u64),
            start: data.map(|data| start(&second, data)).unwrap_or_default(),
        };
        let mut buffer = [0; 8192];
        loop {
            let from = self.at;
            let count = self.fill(&mut buffer)?;
            if count == 0 {
                return Ok(finish);
            }
            if finish.data.is_none()
                && let Some(data) = buffer[..count].iter().position(|byte| *byte != 0)
            {
                finish.data = Some(from + data as u64);
                finish.start = start(&buffer[..count], data);
            }
        }
    }
}

/// How an archive ends, in offsets of the decoded stream.
pub(crate) struct Finish {
    /// Behind the two zero blocks, if there are two.
    pub(crate) end: Option<u64>,
    /// Where something else than zeros follows.
    pub(crate) data: Option<u64>,
    /// How that begins, four bytes at most.
    pub(crate) start: Vec<u8>,
}

/// The bytes of one entry.
pub(crate) struct Content<'a, R> {
    archive: &'a mut Archive<R>,
}

impl<R: Read> Read for Content<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let wanted = usize::try_from(self.archive.content).unwrap_or(usize::MAX).min(buffer.len());
        let count = self.archive.stream.read(&mut buffer[..wanted])?;
        if count == 0 && wanted > 0 {
            self.archive.is_cut = true;
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.archive.content -= count as u64;
        self.archive.at += count as u64;
        Ok(count)
    }
}

/// What a pax header says of the entry behind it.
#[derive(Default)]
struct Pax {
    path: Option<String>,
    size: Option<u64>,
    modified: Option<i64>,
}

impl Pax {
    /// Reads records of the form `<length> <key>=<value>\n`; gives nothing where they are not that, since a
    /// size or a path that was overlooked would change what the entry is.
    fn read(&mut self, mut bytes: &[u8]) -> Option<()> {
        while !bytes.is_empty() {
            let space = bytes.iter().take(20).position(|byte| *byte == b' ')?;
            let len: usize = std::str::from_utf8(&bytes[..space]).ok()?.parse().ok()?;
            let (record, rest) = bytes.split_at_checked(len)?;
            bytes = rest;
            let record = record.get(space + 1..)?.strip_suffix(b"\n")?;
            let equals = record.iter().position(|byte| *byte == b'=')?;
            let (key, value) = (&record[..equals], String::from_utf8_lossy(&record[equals + 1..]));
            match key {
                b"path" => self.path = Some(value.into_owned()),
                b"size" => self.size = Some(value.parse().ok()?),
                b"mtime" => self.modified = value.split('.').next().and_then(|whole| whole.parse().ok()),
                _ => {}
            }
        }
        Some(())
    }
}

/// Text up to the first NUL.
fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..end]).into_owned()
}

/// A number in octal digits, or in base 256 where the first bit is set (GNU, for big sizes).
fn octal(bytes: &[u8]) -> Option<u64> {
    if bytes[0] & 0x80 != 0 {
        let mut digits = bytes[1..].iter().map(|byte| u64::from(*byte));
        return digits.try_fold(u64::from(bytes[0] & 0x7f), |sum, digit| Some(sum.checked_mul(256)? + digit));
    }
    let text = std::str::from_utf8(bytes).ok()?.trim_matches([' ', '\0']);
    if text.is_empty() { Some(0) } else { u64::from_str_radix(text, 8).ok() }
}

/// The sum of all header bytes, with the checksum field as spaces.
fn checksum(header: &[u8; BLOCK]) -> u64 {
    let sum = |bytes: &[u8]| bytes.iter().map(|byte| u64::from(*byte)).sum::<u64>();
    sum(&header[..148]) + 8 * u64::from(b' ') + sum(&header[156..])
}

/// Whether a path stays inside the folder it is extracted to, on any system: no root, no drive, no NUL, no
/// step above the start.
pub fn is_enclosed(path: &str) -> bool {
    let drive = matches!(path.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic());
    if path.starts_with(['/', '\\']) || drive || path.contains('\0') {
        return false;
    }
    let mut depth = 0_i64;
    path.split(['/', '\\']).all(|step| {
        depth += match step {
            ".." => -1,
            "" | "." => 0,
            _ => 1,
        };
        depth >= 0
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_leaves_its_folder_is_told_from_one_that_does_not() {
        for inside in ["neostore", "schema/index/range-1.0/3/index-3", "./a", "a/../b", ""] {
            assert!(is_enclosed(inside), "{inside}");
        }
        for outside in ["/etc/passwd", "../x", "a/../../x", "C:\\x", "\\\\host\\x", "a\0b", "a\\..\\..\\b"] {
            assert!(!is_enclosed(outside), "{outside}");
        }
    }

    #[test]
    fn roles_follow_names() {
        for (path, role) in [
            ("neostore.nodestore.db", Role::Nodes),
            ("neostore.nodestore.db.id", Role::Ids),
            ("./neostore.transaction.db.12", Role::TransactionLog),
            ("checkpoint.0", Role::Checkpoint),
            ("schema/index/range-1.0/3/index-3", Role::Index),
            ("neostore.counts.db", Role::Counts),
            ("notes.txt", Role::Other),
        ] {
            assert_eq!(Role::of(path), role, "{path}");
        }
    }
}
