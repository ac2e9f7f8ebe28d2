//! From "the header says so" to "it is so": the whole stream decoded once (L2), every transaction in it
//! walked (L3). Memory stays flat whatever the size.
//!
//! What is wrong comes out as problems, each with its place; nothing is called corrupt on one decoder's word
//! alone. What was not checked is said: a plain tar carries no checksum over its contents.

use std::collections::HashSet;
use std::io::{self, Read, Write};

use serde::{Deserialize, Serialize};

use crate::archive::{Archive, Broken, Entry, Kind, is_enclosed};
use crate::artifact;
use crate::container::{Compression, Container, MetadataAt};
use crate::error::{Error, Stream};
use crate::limits::Limits;
use crate::log::{Expected, LogName, LogReport, Logs};
use crate::metadata::Metadata;
use crate::payload::{Payload, Position, second_opinion};
use crate::problem::{Code, Problem, Severity};
use crate::progress::{Visitor, Watch};
use crate::report::{ArchiveSize, BackupType, Level, Reading, Verified};
use crate::source::{FileName, Source};
use crate::split::{Joined, Manifest};
use crate::wire::Reader;

/// Entries of one archive; a store with many indexes has some thousands.
const MAX_ENTRIES: usize = 1 << 20;
/// Entries kept in the result.
const LISTED: usize = 100_000;
/// Where an artifact does not declare its size: it may expand to this and so many times its own length.
/// Preallocated logs are 256 MiB of zeros in a few kilobytes, so a ratio alone would refuse honest files.
const UNDECLARED: (u64, u64) = (1 << 30, 4096);
/// Tar structure for each file: its header, a pax header, padding, folders.
const OVERHEAD: u64 = 8192;

/// How the body is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Checksum {
    /// The zstd content checksum (XXH64) was compared and holds.
    Zstd,
    /// The gzip CRC-32 was compared and holds.
    Gzip,
    /// The container carries none: contents are structurally sound, not checksummed.
    None,
    /// Not compared: decoding did not come to the end.
    NotReached,
}

/// Where a damaged stream stops making sense.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Damage {
    pub code: Code,
    /// `zstd block 812`, `gzip`, `tar`.
    pub layer: String,
    /// Offset in the file (in the joined parts of a split archive) where the damaged piece begins; for the
    /// tar layer of a compressed container, in the decompressed stream.
    pub offset: u64,
    pub stream: Stream,
    /// Bytes that were decoded before it.
    pub decoded: u64,
    /// Whole files that were read before it, which can be extracted.
    pub whole_files: u64,
    /// What probably happened, where the bytes tell.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub likely_cause: Option<String>,
    /// The length to which `repair` would cut the file, where that mends it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cut_to: Option<u64>,
}

/// What a file holds and whether it is sound.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Verification {
    pub path: FileName,
    /// The level that was reached without an error: L1, L2 or L3.
    pub level: Level,
    /// The level that was asked for.
    pub asked: Level,
    /// The walk was broken off by its host; the rest is what it had found.
    pub stopped: bool,
    /// Bytes read of the file or its parts.
    pub bytes: u64,
    /// Bytes that came out of the decompressor.
    pub decoded: u64,
    pub checksum: Checksum,
    pub files: u64,
    pub folders: u64,
    /// Bytes of all files.
    pub file_bytes: u64,
    /// Entries in the archive's order, at most 100,000.
    pub entries: Vec<Entry>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub logs: Option<LogReport>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub damage: Option<Damage>,
    /// What is wrong, worst first.
    pub problems: Vec<Problem>,
}

impl Verification {
    /// The result without the contents one by one, as reports keep it.
    pub fn summary(&self) -> Verified {
        let logs = self.logs.as_ref();
        Verified {
            level: self.level,
            asked: self.asked,
            checksum: self.checksum,
            files: self.files,
            file_bytes: self.file_bytes,
            transactions: logs.map(|logs| logs.transactions),
            first: logs.and_then(|logs| logs.first),
            last: logs.and_then(|logs| logs.last),
            oldest_neo4j: logs.and_then(|logs| logs.oldest_neo4j()).map(str::to_owned),
            links: logs.map(|logs| logs.links).unwrap_or_default(),
            damage: self.damage.clone(),
            problems: self.problems.clone(),
        }
    }

    /// Whether all that was asked for holds.
    pub fn holds(&self) -> bool {
        !self.stopped && self.level >= self.asked
    }
}

/// Verifies one file up to `asked`. The first part is what its header says; the second is absent for a file
/// that is no artifact or dump, or whose header cannot be read.
pub fn verify<S: Source>(
    source: &mut S,
    name: &FileName,
    asked: Level,
    limits: &Limits,
    visitor: &mut dyn Visitor,
) -> (Reading, Option<Verification>) {
    let reading = artifact::read(source, name, limits);
    let Some(subject) = Subject::of(&reading) else {
        return (reading, None);
    };
    let walk = Walk { name, subject, asked, limits, found: Verification::new(name, asked) };
    let found = walk.run(source, visitor);
    (reading, Some(found))
}

impl Verification {
    fn new(name: &FileName, asked: Level) -> Self {
        Self {
            path: name.clone(),
            level: Level::L1,
            asked,
            stopped: false,
            bytes: 0,
            decoded: 0,
            checksum: Checksum::NotReached,
            files: 0,
            folders: 0,
            file_bytes: 0,
            entries: Vec::new(),
            logs: None,
            damage: None,
            problems: Vec::new(),
        }
    }
}

/// What the header says that the walk needs.
struct Subject {
    container: Container,
    size: u64,
    is_split: bool,
    is_dump: bool,
    declared: Option<ArchiveSize>,
    expected: Expected,
    faults: Vec<Error>,
}

impl Subject {
    fn of(reading: &Reading) -> Option<Self> {
        match reading {
            Reading::Artifact(artifact) => Some(Self {
                container: artifact.container,
                size: artifact.size,
                is_split: artifact.split.is_some(),
                is_dump: false,
                declared: artifact.archive_size,
                expected: Expected {
                    kind: Some(artifact.kind),
                    lowest: Some(artifact.lowest_tx),
                    highest: Some(artifact.highest_tx),
                    store_id: Some(artifact.store_id.clone()),
                },
                faults: artifact.faults.clone(),
            }),
            Reading::Dump(dump) => Some(Self {
                container: dump.container,
                size: dump.size,
                is_split: false,
                is_dump: true,
                declared: dump.archive_size,
                expected: Expected::default(),
                faults: dump.faults.clone(),
            }),
            Reading::Other(_) => None,
        }
    }

    /// Bytes that may come out of the decompressor.
    fn allowed(&self) -> u64 {
        if self.container.compression() == Compression::None {
            return u64::MAX;
        }
        match self.declared {
            Some(size) => {
                let overhead = size.files.saturating_add(1024).saturating_mul(OVERHEAD);
                size.bytes.saturating_add(overhead).saturating_add(16 << 20)
            }
            None => UNDECLARED.0.saturating_add(self.size.saturating_mul(UNDECLARED.1)),
        }
    }
}

/// The decoded stream, counted, and ended with an error beyond what is allowed.
struct Bounded<R> {
    inner: R,
    left: u64,
    exceeded: bool,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        let Some(left) = self.left.checked_sub(count as u64) else {
            self.exceeded = true;
            return Err(io::Error::other("the stream expands beyond what is allowed"));
        };
        self.left = left;
        Ok(count)
    }
}

/// A log on its way through the walk, with a copy for the visitor.
struct Copied<'c, R> {
    inner: &'c mut R,
    to: Option<Box<dyn Write>>,
}

impl<R: Read> Copied<'_, R> {
    /// Reads what the walk left, and makes sure that the copy is complete.
    fn finish(mut self) -> io::Result<()> {
        io::copy(&mut self, &mut io::sink())?;
        self.to.map_or(Ok(()), |mut to| to.flush())
    }
}

impl<R: Read> Read for Copied<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        if let Some(to) = &mut self.to {
            to.write_all(&buffer[..count])?;
        }
        Ok(count)
    }
}

struct Walk<'w> {
    name: &'w FileName,
    subject: Subject,
    asked: Level,
    limits: &'w Limits,
    found: Verification,
}

impl Walk<'_> {
    fn run<S: Source>(mut self, source: &mut S, visitor: &mut dyn Visitor) -> Verification {
        for fault in self.subject.faults.clone() {
            let problem = Problem::new(fault.code(), fault.to_string());
            self.found.problems.push(match fault.hint() {
                Some(hint) => problem.remedy(hint),
                None => problem,
            });
        }
        if self.asked == Level::L1 {
            return self.judged();
        }
        let watch = Watch::new(visitor, self.subject.size);
        let stream = open(source, self.name, self.subject.is_split, self.limits);
        let body = stream.map(|stream| self.body(watch.watch(stream), &watch));
        self.found.bytes = watch.done();
        self.found.stopped = watch.is_stopped();
        match body {
            Ok(Ok(())) => {}
            Ok(Err(_)) if self.found.stopped => {}
            Ok(Err(failed)) => self.diagnose(source, failed),
            Err(error) => self.found.problems.push(Problem::new(error.code(), error.to_string())),
        }
        self.judged()
    }

    /// Which level was reached: the highest at and below which nothing is wrong.
    fn judged(mut self) -> Verification {
        self.found.problems.sort_by_key(|problem| std::cmp::Reverse(problem.severity));
        let failed = |area: fn(&str) -> bool| {
            let errors = self.found.problems.iter().filter(|problem| problem.severity == Severity::Error);
            errors.map(|problem| problem.code.as_str()).any(area)
        };
        let walked = self.found.checksum != Checksum::NotReached && !self.found.stopped;
        let disputed = self.found.problems.iter().any(|problem| problem.code == Code::PayloadDisputed);
        let unknown = self.found.problems.iter().any(|problem| problem.code == Code::LogNewer);
        self.found.level = if !walked || disputed || failed(|code| !code.starts_with("log.")) {
            Level::L1
        } else if self.asked < Level::L3
            || unknown
            || failed(|code| code.starts_with("log."))
            || !self.proves_range()
        {
            Level::L2
        } else {
            Level::L3
        };
        self.found
    }

    /// Whether there were logs to walk, or none are needed.
    fn proves_range(&self) -> bool {
        let has_logs = self.found.logs.as_ref().is_some_and(|logs| logs.files > 0);
        has_logs || self.subject.expected.kind == Some(BackupType::Empty)
    }

    /// Reads everything behind the magic.
    fn body<R: Read>(&mut self, stream: R, watch: &Watch) -> Result<(), Failed> {
        let container = self.subject.container;
        let mut from = Reader::new(stream, Stream::File);
        let legacy = matches!(container, Container::LegacyZstd | Container::LegacyGzip);
        if !legacy {
            from.array::<4>("magic")?;
        }
        if container.metadata_at() == MetadataAt::Plain {
            self.metadata(&mut from)?;
        }
        let body_at = from.offset();
        let payload = Payload::new(from.into_inner(), container.compression());
        let allowed = self.subject.allowed();
        let mut from =
            Reader::new(Bounded { inner: payload, left: allowed, exceeded: false }, Stream::Decompressed);
        let start = self.stream_fields(&mut from);
        let offset = from.offset();
        let bounded = from.into_inner();
        let mut archive = Archive::new(bounded, offset);
        let walked = match start {
            Ok(()) => self.archive(&mut archive, watch),
            Err(failed) => Err(failed),
        };
        self.found.decoded = archive.offset();
        let Bounded { inner: payload, exceeded, .. } = archive.into_inner();
        let (position, mut rest) = payload.into_parts();
        match walked {
            Ok(()) => {
                self.found.checksum = match container.compression() {
                    Compression::Gzip => Checksum::Gzip,
                    Compression::Zstd if position.checksum => Checksum::Zstd,
                    Compression::Zstd | Compression::None => Checksum::None,
                };
                self.trailing(position, &mut rest, watch)
            }
            Err(failed) => Err(Failed { position, body_at, exceeded, ..failed }),
        }
    }

    /// What stands before the tar in the decoded stream.
    fn stream_fields<R: Read>(&mut self, from: &mut Reader<R>) -> Result<(), Failed> {
        let container = self.subject.container;
        if container.compression() != Compression::Zstd {
            return Ok(());
        }
        artifact::stream_start(from)?;
        if container.metadata_at() == MetadataAt::InStream {
            self.metadata(from)?;
        }
        artifact::size_record(from)?;
        Ok(())
    }

    /// The metadata again, through the other decoder: it must say what the header reading said.
    fn metadata<R: Read>(&mut self, from: &mut Reader<R>) -> Result<Option<Metadata>, Failed> {
        let metadata = artifact::metadata(from, self.subject.container, self.limits)?.ok();
        from.take_fields();
        let expected = &self.subject.expected;
        if let Some(metadata) = &metadata
            && (Some(metadata.highest) != expected.highest
                || Some(&metadata.store_id) != expected.store_id.as_ref())
        {
            let message = "two decoders read different metadata from the same bytes";
            self.found.problems.push(Problem::new(Code::PayloadDisputed, message));
        }
        Ok(metadata)
    }

    fn archive<R: Read>(&mut self, archive: &mut Archive<R>, watch: &Watch) -> Result<(), Failed> {
        let mut logs = (self.asked >= Level::L3).then(|| Logs::new(self.subject.expected.clone()));
        let walked = self.entries(archive, watch, &mut logs);
        // What was read before a failure counts too.
        self.found.logs = logs.map(|logs| {
            let mut each = |batch: &_| watch.visitor.borrow_mut().batch(batch);
            let mut logs = logs.finish(&mut each);
            if walked.is_ok() {
                self.found.problems.append(&mut logs.problems.clone());
            } else {
                // Logs behind the damage were never seen: what is missing of them proves nothing.
                logs.problems.clear();
            }
            logs
        });
        walked?;
        self.sizes();
        Ok(())
    }

    fn entries<R: Read>(
        &mut self,
        archive: &mut Archive<R>,
        watch: &Watch,
        logs: &mut Option<Logs>,
    ) -> Result<(), Failed> {
        let mut seen = HashSet::new();
        while let Some((entry, kind)) = archive.next()? {
            if seen.len() >= MAX_ENTRIES {
                return Err(Broken::Structure {
                    at: entry.offset,
                    expected: format!("at most {MAX_ENTRIES} entries"),
                    found: "more".into(),
                }
                .into());
            }
            self.paths(&entry, kind);
            match kind {
                Kind::Folder => self.found.folders += 1,
                Kind::Foreign(_) => {}
                Kind::File => {
                    if !seen.insert(entry.path.clone()) {
                        let message = format!("`{}` is in the archive twice", entry.path);
                        self.found.problems.push(Problem::new(Code::ArchiveDuplicate, message));
                    }
                    let mut content = archive.content();
                    match (LogName::of(&entry.path), logs.as_mut()) {
                        (Some(name), Some(logs)) => {
                            let to = if is_enclosed(&entry.path) {
                                watch.visitor.borrow_mut().log(&entry)?
                            } else {
                                None
                            };
                            let mut content = Copied { inner: &mut content, to };
                            logs.file(&entry.path, name, &mut content, &mut |batch| {
                                watch.visitor.borrow_mut().batch(batch);
                            })?;
                            content.finish()?;
                        }
                        _ if is_enclosed(&entry.path) => {
                            watch.visitor.borrow_mut().entry(&entry, &mut content)?;
                        }
                        _ => {}
                    }
                    // Read to its end before it counts as whole.
                    io::copy(&mut content, &mut io::sink())?;
                    self.found.files += 1;
                    self.found.file_bytes = self.found.file_bytes.saturating_add(entry.bytes);
                }
            }
            if self.found.entries.len() < LISTED {
                self.found.entries.push(entry);
            }
        }
        if let Some(at) = archive.finish()? {
            let message = format!(
                "expected only zeros behind the end of the archive, found data at byte {at} of the decompressed stream"
            );
            self.found.problems.push(Problem::new(Code::PayloadTrailing, message));
        }
        Ok(())
    }

    fn paths(&mut self, entry: &Entry, kind: Kind) {
        let message = match kind {
            Kind::Foreign(kind) => format!(
                "`{}` is a link or device (tar type `{}`), which Neo4j never writes; it is not extracted",
                entry.path,
                char::from(kind).escape_default()
            ),
            _ if !is_enclosed(&entry.path) => {
                format!("`{}` would leave the folder it is extracted to; it is not extracted", entry.path)
            }
            _ => return,
        };
        self.found.problems.push(Problem::new(Code::ArchivePath, message));
    }

    fn sizes(&mut self) {
        let Some(declared) = self.subject.declared else {
            return;
        };
        if (declared.files, declared.bytes) != (self.found.files, self.found.file_bytes) {
            let message = format!(
                "the size record says {} files of {} bytes, found {} files of {} bytes",
                declared.files, declared.bytes, self.found.files, self.found.file_bytes
            );
            self.found.problems.push(Problem::new(Code::ArchiveSize, message));
        }
    }

    /// Bytes behind the compressed stream.
    fn trailing(&mut self, position: Position, rest: &mut impl Read, watch: &Watch) -> Result<(), Failed> {
        let before = watch.done() - position.unread;
        let more = io::copy(rest, &mut io::sink())?;
        if more + position.unread == 0 {
            return Ok(());
        }
        let cause = if self.subject.is_dump {
            "the end of an older, longer dump: `database dump --overwrite-destination` before 5.26.17 did not cut it off"
        } else {
            "something was appended, or the file was written over a longer one"
        };
        let message =
            format!("{} bytes follow the end of the stream at byte {before}", more + position.unread);
        let remedy =
            "cut the file there, into a new one: the stream before it is whole and its checksum holds";
        self.found.problems.push(Problem::new(Code::PayloadTrailing, message).remedy(remedy));
        self.found.damage = Some(Damage {
            code: Code::PayloadTrailing,
            layer: "file".into(),
            offset: before,
            stream: self.file_stream(),
            decoded: self.found.decoded,
            whole_files: self.found.files,
            likely_cause: Some(cause.into()),
            cut_to: Some(before),
        });
        Ok(())
    }

    /// Names what went wrong, where, and what probably happened.
    fn diagnose<S: Source>(&mut self, source: &mut S, failed: Failed) {
        let Failed { broken, position, body_at, exceeded } = failed;
        let compression = self.subject.container.compression();
        let mut damage = Damage {
            code: Code::ArchiveDamaged,
            layer: "tar".into(),
            offset: 0,
            stream: if compression == Compression::None { self.file_stream() } else { Stream::Decompressed },
            decoded: self.found.decoded,
            whole_files: self.found.files,
            likely_cause: None,
            cut_to: None,
        };
        let (what, remedy) = match broken {
            Broken::Structure { at, expected, found } => {
                let base = if compression == Compression::None { body_at } else { 0 };
                damage.offset = base + at;
                let is_end = compression == Compression::None && found.contains("the end");
                if is_end {
                    damage.code = Code::PayloadTruncated;
                }
                (format!("expected {expected}, found {found}"), None)
            }
            Broken::Stream(error) if exceeded => {
                damage.code = Code::PayloadExpansion;
                damage.offset = self.found.decoded;
                let declared = match self.subject.declared {
                    Some(size) => format!("{} bytes declared", size.bytes),
                    None => format!("{} bytes of file, none declared", self.subject.size),
                };
                (format!("{error} ({declared})"), Some("it was not made by Neo4j: do not extract it"))
            }
            Broken::Stream(error) => {
                (self.broken_stream(source, &mut damage, &error, position, body_at), None)
            }
        };
        if damage.code == Code::PayloadDamaged || damage.code == Code::PayloadTruncated {
            damage.likely_cause = self.cause(source, damage.code);
        }
        let declared = self.subject.declared.map(|size| format!(" of {}", size.bytes)).unwrap_or_default();
        let message = format!(
            "{} at byte {} of {}: {what}; {} bytes{declared} were decoded before it, {} whole files",
            damage.layer, damage.offset, damage.stream, damage.decoded, damage.whole_files
        );
        let remedy = remedy.unwrap_or(match damage.code {
            Code::PayloadDisputed => {
                "one decoder refuses it and another reads it with a matching checksum: tell us about it, and try `zstd -t` on it"
            }
            _ => "copy it again from its source, in binary mode, and compare checksums; files before the damage can be extracted",
        });
        self.found.problems.push(Problem::new(damage.code, message).remedy(remedy));
        self.found.damage = Some(damage);
    }

    /// Fills in where the file's own layers stop making sense; gives that in words.
    fn broken_stream<S: Source>(
        &self,
        source: &mut S,
        damage: &mut Damage,
        error: &io::Error,
        position: Position,
        body_at: u64,
    ) -> String {
        damage.stream = self.file_stream();
        (damage.layer, damage.offset) = match self.subject.container.compression() {
            Compression::Zstd => (format!("zstd block {}", position.blocks), body_at + position.block_at),
            Compression::Gzip => ("gzip".into(), self.found.bytes),
            Compression::None => ("file".into(), self.found.bytes),
        };
        if position.cut || error.kind() == io::ErrorKind::UnexpectedEof {
            damage.code = Code::PayloadTruncated;
            return format!("the file ends there, after {} bytes", self.found.bytes);
        }
        let is_zstd = self.subject.container.compression() == Compression::Zstd;
        let disputed = is_zstd && self.other_decoder_agrees(source, body_at);
        damage.code = if disputed { Code::PayloadDisputed } else { Code::PayloadDamaged };
        error.to_string()
    }

    /// What an offset in the file counts.
    fn file_stream(&self) -> Stream {
        if self.subject.is_split { Stream::JoinedParts } else { Stream::File }
    }

    fn other_decoder_agrees<S: Source>(&self, source: &mut S, body_at: u64) -> bool {
        let Ok(mut stream) = open(source, self.name, self.subject.is_split, self.limits) else {
            return false;
        };
        let skipped = io::copy(&mut stream.by_ref().take(body_at), &mut io::sink());
        skipped.is_ok_and(|skipped| skipped == body_at)
            && second_opinion(stream.take(self.subject.size)).is_ok()
    }

    /// What the bytes tell of how a file was damaged.
    fn cause<S: Source>(&self, source: &mut S, code: Code) -> Option<String> {
        let mut start = Vec::new();
        let mut stream = open(source, self.name, self.subject.is_split, self.limits).ok()?;
        stream.by_ref().take(256 << 10).read_to_end(&mut start).ok()?;
        let feeds = memchr::memchr_iter(b'\n', &start).count();
        let returns = memchr::memchr_iter(b'\r', &start).count();
        let pairs = memchr::memmem::find_iter(&start, b"\r\n").count();
        if feeds >= 16 && pairs == feeds {
            return Some(
                "every line feed has a carriage return before it: it was transferred in text mode".into(),
            );
        }
        if start.len() >= 64 << 10 && feeds >= 64 && returns == 0 {
            return Some("it holds no carriage return at all: a transfer in text mode took them out".into());
        }
        (code == Code::PayloadTruncated).then(|| "the copy or upload broke off, or the disk was full".into())
    }
}

/// Why the body could not be read to its end, with what the compressed side says.
struct Failed {
    broken: Broken,
    position: Position,
    body_at: u64,
    exceeded: bool,
}

impl From<Broken> for Failed {
    fn from(broken: Broken) -> Self {
        Self { broken, position: Position::default(), body_at: 0, exceeded: false }
    }
}

impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Self {
        Broken::Stream(error).into()
    }
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        let kind = match error.cause {
            crate::error::Cause::Ended { .. } => io::ErrorKind::UnexpectedEof,
            _ => io::ErrorKind::InvalidData,
        };
        Broken::Stream(io::Error::new(kind, error.to_string())).into()
    }
}

/// The whole artifact as one stream, the parts of a split one joined.
fn open<'s, S: Source>(
    source: &'s mut S,
    name: &FileName,
    is_split: bool,
    limits: &Limits,
) -> Result<Box<dyn Read + 's>, Error>
where
    S::Stream: 's,
{
    let (stream, _) = source.open(name).map_err(|error| Error::open(&error))?;
    if !is_split {
        return Ok(Box::new(stream));
    }
    let mut from = Reader::new(stream, Stream::File);
    from.array::<4>("magic")?;
    let manifest = Manifest::read(&mut from, limits)?;
    drop(from);
    Ok(Box::new(Joined::new(source, name.clone(), manifest)))
}
