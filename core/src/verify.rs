//! From "the header says so" to "it is so": the whole stream decoded once (L2), every transaction in it
//! walked (L3). Memory stays flat whatever the size.
//!
//! What is wrong comes out as problems, each with its place; nothing is called corrupt on one decoder's word
//! alone. What was not checked is said: a plain tar carries no checksum over its contents.

use std::collections::HashSet;
use std::io::{self, Read, Write};
use std::mem;

use serde::{Deserialize, Serialize};

use crate::archive::{Archive, Broken, Entry, Finish, Kind, is_enclosed};
use crate::artifact;
use crate::container::{Compression, Container, Magic, MetadataAt};
use crate::diagnosis::{Evidence, Failure, Fallen};
use crate::error::{Cause, Error, Stream};
use crate::limits::Limits;
use crate::log::{Expected, LogName, LogReport, Logs};
use crate::metadata::Metadata;
use crate::payload::{MAX_WINDOW, Payload, Position, Rest};
use crate::problem::{Code, Problem, Problems, Severity};
use crate::progress::{Visitor, Watch};
use crate::report::{ArchiveSize, BackupType, Level, OtherFile, Reading, Reason, Verified};
use crate::source::{FileName, Source};
use crate::split::{Joined, Manifest};
use crate::wire::Reader;

/// Entries of one archive; a store with many indexes has some thousands.
const MAX_ENTRIES: usize = 1 << 20;
/// Bytes of all their paths together, since each is kept until the end; such a store has some hundred kilobytes.
const MAX_PATHS: usize = 64 << 20;
/// Entries kept in the result.
const LISTED: usize = 100_000;
/// Log files of one artifact: at the smallest size that Neo4j rotates at, 16 GiB of transactions.
const MAX_LOGS: u64 = 1 << 16;
/// Whatever it declares, an artifact may expand to this and so many times its own length. Preallocated logs
/// are 256 MiB of zeros in a few kilobytes, so a ratio alone would refuse honest files.
const EXPANSION: (u64, u64) = (1 << 30, 4096);
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
    /// `zstd block 812`, `zstd checksum`, `gzip`, `tar`, `header`, `file`.
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
    let mut reading = artifact::whole(source, name, limits);
    let Some(subject) = Subject::of(&reading) else {
        if let Reading::Other(other) = &mut reading
            && asked > Level::L1
        {
            explain(source, other);
        }
        return (reading, None);
    };
    let (found, problems) = (Verification::new(name, asked), Problems::default());
    let walk = Walk { name, subject, asked, limits, found, problems };
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
        let declared = self.declared.map_or(u64::MAX, |size| {
            let overhead = size.files.saturating_add(1024).saturating_mul(OVERHEAD);
            size.bytes.saturating_add(overhead).saturating_add(16 << 20)
        });
        declared.min(EXPANSION.0.saturating_add(self.size.saturating_mul(EXPANSION.1)))
    }
}

/// The decoded stream, counted, and ended with an error beyond what is allowed.
struct Decoded<R: Read> {
    payload: Payload<R>,
    left: u64,
    exceeded: bool,
    /// The decoder's own words, where it failed.
    failed: Option<io::Error>,
}

impl<R: Read> Read for Decoded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let again = |error: &io::Error| io::Error::new(error.kind(), error.to_string());
        if let Some(failed) = &self.failed {
            return Err(again(failed));
        }
        let count = match self.payload.read(buffer) {
            Ok(count) => count,
            Err(error) => return Err(again(self.failed.insert(error))),
        };
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
    /// Why the copy is not complete.
    failed: Option<io::Error>,
}

impl<R: Read> Copied<'_, R> {
    /// Reads what the walk left, and makes sure that the copy is complete.
    fn finish(&mut self) -> io::Result<()> {
        io::copy(self, &mut io::sink())?;
        self.to.as_mut().map_or(Ok(()), Write::flush).map_err(|error| self.refused(error))
    }

    fn refused(&mut self, error: io::Error) -> io::Error {
        let again = io::Error::new(error.kind(), error.to_string());
        self.failed = Some(error);
        again
    }
}

impl<R: Read> Read for Copied<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        match self.to.as_mut().map_or(Ok(()), |to| to.write_all(&buffer[..count])) {
            Ok(()) => Ok(count),
            Err(error) => Err(self.refused(error)),
        }
    }
}

/// What ended a walk; what that means, the streams under it know.
enum Stop {
    Tar(Broken),
    /// A field in front of the tar.
    Field(Error),
    /// The visitor's own error.
    Host(io::Error),
}

impl From<Broken> for Stop {
    fn from(broken: Broken) -> Self {
        Self::Tar(broken)
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Field(error)
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Tar(Broken::Stream(error))
    }
}

struct Walk<'w> {
    name: &'w FileName,
    subject: Subject,
    asked: Level,
    limits: &'w Limits,
    found: Verification,
    problems: Problems,
}

impl Walk<'_> {
    fn run<S: Source>(mut self, source: &mut S, visitor: &mut dyn Visitor) -> Verification {
        let faults = mem::take(&mut self.subject.faults);
        if self.asked == Level::L1 {
            for fault in &faults {
                self.fault(fault);
            }
            return self.judged();
        }
        let watch = Watch::new(visitor, self.subject.size);
        let stream = open(source, self.name, self.subject.is_split, self.limits);
        let body = stream.map(|stream| self.body(watch.watch(stream), &watch));
        self.found.bytes = watch.done();
        match body {
            Ok(Ok(())) => {}
            Ok(Err(fallen)) => self.fell(source, &fallen, &watch),
            Err(error) => self.fault(&error),
        }
        self.found.stopped |= watch.is_stopped();
        // The walk has met the header's damage again, and says more of it; of missing parts only the first.
        let told = self.found.damage.is_some();
        let is_told =
            |fault: &&Error| told && !matches!(fault.cause, Cause::Io { .. } | Cause::PartMissing { .. });
        for fault in faults.iter().filter(|fault| !is_told(fault)) {
            self.fault(fault);
        }
        self.judged()
    }

    /// Says what an error of the reading says, once.
    fn fault(&mut self, fault: &Error) {
        let problem = Problem::new(fault.code(), fault.to_string());
        let problem = match fault.hint() {
            Some(hint) => problem.remedy(hint),
            None => problem,
        };
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    /// Which level was reached: the highest at and below which nothing is wrong.
    fn judged(mut self) -> Verification {
        if self.asked >= Level::L3 && self.found.logs.is_some() && !self.proves_range() {
            self.no_logs();
        }
        let mut problems = mem::take(&mut self.problems).into_vec();
        problems.sort_by_key(|problem| std::cmp::Reverse(problem.severity));
        let failed = |area: fn(&str) -> bool| {
            let errors = problems.iter().filter(|problem| problem.severity == Severity::Error);
            errors.map(|problem| problem.code.as_str()).any(area)
        };
        let walked = self.found.checksum != Checksum::NotReached && !self.found.stopped;
        let disputed = problems.iter().any(|problem| problem.code == Code::PayloadDisputed);
        let unknown = problems.iter().any(|problem| problem.code == Code::LogNewer);
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
        self.found.problems = problems;
        self.found
    }

    /// Whether there were logs to walk, or none are needed.
    fn proves_range(&self) -> bool {
        let has_logs = self.found.logs.as_ref().is_some_and(|logs| logs.files > 0);
        has_logs || self.subject.expected.kind == Some(BackupType::Empty)
    }

    /// A backup's promise is compared where logs are joined; a dump makes none, and needs its logs no less.
    fn no_logs(&mut self) {
        if self.subject.is_dump && self.found.checksum != Checksum::NotReached {
            let message = "there are no transaction logs inside: what it restores to is not proven";
            self.problems.push(Problem::new(Code::LogNone, message));
        }
    }

    /// Reads everything behind the magic.
    fn body<R: Read>(&mut self, stream: R, watch: &Watch) -> Result<(), Box<Fallen>> {
        let container = self.subject.container;
        let mut from = Reader::new(stream, Stream::File);
        let front = self.front(&mut from);
        let body_at = from.offset();
        let payload = Payload::new(from.into_inner(), container.compression());
        let decoded = Decoded { payload, left: self.subject.allowed(), exceeded: false, failed: None };
        let mut from = Reader::new(decoded, Stream::Decompressed);
        let front = front.and_then(|()| self.stream_fields(&mut from));
        let offset = from.offset();
        let mut archive = Archive::new(from.into_inner(), offset);
        let walked = front.and_then(|()| self.archive(&mut archive, watch));
        self.found.decoded = archive.offset();
        let cut = archive.is_cut();
        let mut decoded = archive.into_inner();
        let written_so = match &walked {
            // What is wrong in front of the decoder or behind it: does its checksum hold nevertheless?
            Err(Stop::Tar(_) | Stop::Field(_)) if container.compression() != Compression::None => {
                io::copy(&mut decoded, &mut io::sink()).is_ok()
            }
            _ => false,
        };
        let Decoded { payload, exceeded, failed, .. } = decoded;
        let (position, mut rest) = payload.into_parts();
        let stop = match walked {
            Ok(finish) => {
                self.found.checksum = self.compared(position);
                self.behind_tar(&finish, body_at);
                return self.behind_stream(position, &mut rest, watch);
            }
            Err(stop) => stop,
        };
        if written_so {
            self.found.checksum = self.compared(position);
        }
        let failure = match (stop, failed) {
            _ if watch.is_stopped() => Failure::Stopped,
            (Stop::Field(error), _) if matches!(error.cause, Cause::PartMissing { .. }) => {
                Failure::Source(error)
            }
            (stop, failed) => match (watch.failure(), failed, cut) {
                (Some(error), ..) => Failure::Source(error),
                _ if position.excessive_window.is_some() || exceeded => Failure::Expansion,
                (_, Some(error), _) => Failure::Decoder(error),
                (_, _, Some(Broken::Ended { at, expected })) => Failure::Ended { at, expected },
                _ => match stop {
                    Stop::Tar(Broken::Ended { at, expected }) => Failure::Ended { at, expected },
                    Stop::Tar(Broken::Structure { at, expected, found }) => {
                        Failure::Structure { at, expected, found }
                    }
                    Stop::Field(error) => Failure::Field(error),
                    Stop::Host(error) | Stop::Tar(Broken::Stream(error)) => Failure::Host(error),
                },
            },
        };
        Err(Box::new(Fallen { failure, position, body_at, written_so }))
    }

    /// What protects a body that was read to its end.
    fn compared(&self, position: Position) -> Checksum {
        match self.subject.container.compression() {
            Compression::Gzip => Checksum::Gzip,
            Compression::Zstd if position.checksum => Checksum::Zstd,
            Compression::Zstd | Compression::None => Checksum::None,
        }
    }

    /// What stands in front of the body: magic, and the metadata of some containers.
    fn front<R: Read>(&mut self, from: &mut Reader<R>) -> Result<(), Stop> {
        let container = self.subject.container;
        if !matches!(container, Container::LegacyZstd | Container::LegacyGzip) {
            from.array::<4>("magic")?;
        }
        if container.metadata_at() == MetadataAt::Plain {
            self.metadata(from)?;
        }
        Ok(())
    }

    /// What stands before the tar in the decoded stream.
    fn stream_fields<R: Read>(&mut self, from: &mut Reader<R>) -> Result<(), Stop> {
        let container = self.subject.container;
        if container.compression() != Compression::Zstd {
            return Ok(());
        }
        artifact::stream_start(from)?;
        if container.metadata_at() == MetadataAt::InStream {
            self.metadata(from)?;
        }
        let declared = artifact::size_record(from)?;
        if declared != self.subject.declared {
            self.disputed("size record");
        }
        Ok(())
    }

    /// The metadata again, through the other decoder: it must say what the header reading said.
    fn metadata<R: Read>(&mut self, from: &mut Reader<R>) -> Result<(), Stop> {
        let metadata = artifact::metadata(from, self.subject.container, self.limits)?.ok();
        let expected = &self.subject.expected;
        let is_same = |metadata: &Metadata| {
            (Some(metadata.lowest), Some(metadata.highest)) == (expected.lowest, expected.highest)
                && Some(&metadata.store_id) == expected.store_id.as_ref()
        };
        if !metadata.as_ref().is_some_and(is_same) {
            self.disputed("metadata");
        }
        Ok(())
    }

    fn disputed(&mut self, what: &str) {
        let message =
            format!("two readings of the same bytes gave different {what}: did the file change meanwhile?");
        self.problems.push(Problem::new(Code::PayloadDisputed, message));
    }

    fn archive<R: Read>(&mut self, archive: &mut Archive<R>, watch: &Watch) -> Result<Finish, Stop> {
        let mut logs = (self.asked >= Level::L3).then(|| Logs::new(self.subject.expected.clone()));
        let walked = self.entries(archive, watch, &mut logs);
        // What was read before a failure counts too.
        self.found.logs = logs.map(|logs| {
            let mut each = |batch: &_| watch.visitor.borrow_mut().batch(batch);
            let mut logs = logs.finish(&mut each);
            if walked.is_ok() {
                logs.problems.iter().for_each(|problem| self.problems.push(problem.clone()));
            } else {
                // Logs behind the damage were never seen: what is missing of them proves nothing.
                logs.problems.clear();
            }
            logs
        });
        let finish = walked?;
        self.sizes();
        Ok(finish)
    }

    fn entries<R: Read>(
        &mut self,
        archive: &mut Archive<R>,
        watch: &Watch,
        logs: &mut Option<Logs>,
    ) -> Result<Finish, Stop> {
        let mut seen = Seen::default();
        while let Some((entry, kind)) = archive.next()? {
            let is_new = seen.note(&entry, kind)?;
            self.paths(&entry, kind);
            match kind {
                Kind::Folder => self.found.folders += 1,
                Kind::Foreign(_) => {}
                Kind::File => {
                    if !is_new {
                        let message = format!("`{}` is in the archive twice", entry.path);
                        self.problems.push(Problem::new(Code::ArchiveDuplicate, message));
                    }
                    let mut content = archive.content();
                    match (LogName::of(&entry.path), logs.as_mut()) {
                        (Some(name), Some(logs)) => {
                            log(&entry, name, &mut content, logs, watch)?;
                        }
                        _ if is_enclosed(&entry.path) => {
                            let taken = watch.visitor.borrow_mut().entry(&entry, &mut content);
                            taken.map_err(Stop::Host)?;
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
        Ok(archive.finish()?)
    }

    fn paths(&mut self, entry: &Entry, kind: Kind) {
        let message = match kind {
            Kind::Foreign(kind) => format!(
                "`{}` is a link or device (tar type `{}`), which Neo4j never writes; it is not extracted",
                entry.path,
                char::from(kind).escape_default()
            ),
            _ if !is_enclosed(&entry.path) => {
                let path = entry.path.escape_debug();
                format!("`{path}` would leave the folder it is extracted to; it is not extracted")
            }
            _ => return,
        };
        self.problems.push(Problem::new(Code::ArchivePath, message));
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
            self.problems.push(Problem::new(Code::ArchiveSize, message));
        }
    }

    /// Data behind the two zero blocks of the tar.
    fn behind_tar(&mut self, finish: &Finish, body_at: u64) {
        let Some(at) = finish.data else {
            return;
        };
        if self.subject.container.compression() != Compression::None {
            let message = format!(
                "expected only zeros behind the end of the archive, found data at byte {at} of the decompressed stream"
            );
            self.problems.push(Problem::new(Code::PayloadTrailing, message));
            return;
        }
        let message = format!(
            "expected only zeros behind the end of the archive, found data at byte {} of {}",
            body_at + at,
            self.file_stream()
        );
        let cut_to = finish.end.map(|end| body_at + end);
        self.tail(message, cut_to.unwrap_or(body_at + at), cut_to, &finish.start);
    }

    /// Bytes behind the compressed stream.
    fn behind_stream<R: Read>(
        &mut self,
        position: Position,
        rest: &mut Rest<R>,
        watch: &Watch,
    ) -> Result<(), Box<Fallen>> {
        let end = watch.done() - position.unread;
        let mut start = Vec::new();
        let first = rest.by_ref().take(4).read_to_end(&mut start);
        let more = first.and_then(|_| count(rest, &mut start));
        let failure = match (more, watch.failure()) {
            (Ok(0), _) => return Ok(()),
            (Ok(more), _) => {
                let message = format!("{more} bytes follow the end of the stream at byte {end}");
                self.tail(message, end, Some(end), &start);
                return Ok(());
            }
            (Err(_), Some(error)) => Failure::Source(error),
            (Err(_), None) => Failure::Stopped,
        };
        self.found.checksum = Checksum::NotReached;
        Err(Box::new(Fallen { failure, position, body_at: 0, written_so: true }))
    }

    /// Says that something follows the end; `start` is how it begins, zeros left out.
    fn tail(&mut self, message: String, offset: u64, cut_to: Option<u64>, start: &[u8]) {
        let magic = start.first_chunk().map(|start| Magic::of(*start));
        let cause = match magic {
            _ if start.is_empty() => "zeros only: it was allocated larger than it is, or padded",
            Some(Magic::Other | Magic::Gzip) | None if self.subject.is_dump => {
                "the end of an older, longer dump: `database dump --overwrite-destination` before 5.26.17 did not cut it off"
            }
            Some(Magic::Other | Magic::Gzip) | None => {
                "something was appended, or the file was written over a longer one"
            }
            Some(_) => "another artifact begins there: files were put together into one",
        };
        let mut problem = Problem::new(Code::PayloadTrailing, message);
        if cut_to.is_some() {
            let is_checked = !matches!(self.found.checksum, Checksum::None | Checksum::NotReached);
            problem = problem.remedy(if is_checked {
                "cut the file there, into a new one: the stream before it is whole and its checksum holds"
            } else {
                "cut the file there, into a new one: what is before it is whole"
            });
        }
        self.problems.push(problem);
        self.found.damage = Some(Damage {
            code: Code::PayloadTrailing,
            layer: "file".into(),
            offset,
            stream: self.file_stream(),
            decoded: self.found.decoded,
            whole_files: self.found.files,
            likely_cause: Some(cause.into()),
            cut_to,
        });
    }

    /// What an offset in the file counts.
    fn file_stream(&self) -> Stream {
        if self.subject.is_split { Stream::JoinedParts } else { Stream::File }
    }

    /// Names what went wrong, where, and what probably happened.
    fn fell<S: Source>(&mut self, source: &mut S, fallen: &Fallen, watch: &Watch) {
        let container = self.subject.container;
        let compression = container.compression();
        let body_at = fallen.body_at;
        let (layer, code, stream, offset, what) = match &fallen.failure {
            Failure::Stopped => return,
            Failure::Source(error) => return self.fault(error),
            Failure::Host(error) => {
                self.found.stopped = true;
                let message = format!("what was read could not be taken: {error}");
                return self.problems.push(Problem::new(Code::FileIo, message));
            }
            Failure::Expansion => {
                let what = match fallen.position.excessive_window {
                    Some(window) => format!("it asks for a window of {window} bytes, more than {MAX_WINDOW}"),
                    None => self.expansion(),
                };
                let (code, decoded) = (Code::PayloadExpansion, self.found.decoded);
                ("stream".to_owned(), code, Stream::Decompressed, decoded, what)
            }
            Failure::Decoder(error) => {
                let (layer, offset) = fallen.place(compression, self.found.bytes);
                let (code, what) = if fallen.is_cut(error) {
                    (Code::PayloadTruncated, format!("the file ends, after {} bytes", self.found.bytes))
                } else {
                    (Code::PayloadDamaged, error.to_string())
                };
                (layer, code, self.file_stream(), offset, what)
            }
            Failure::Ended { at, expected } if compression == Compression::None => {
                let what = format!("expected {expected}, found the end of the file");
                ("tar".to_owned(), Code::PayloadTruncated, self.file_stream(), body_at + at, what)
            }
            Failure::Ended { at, expected } => {
                let what = format!("expected {expected}, found the end of the stream");
                ("tar".to_owned(), Code::ArchiveDamaged, Stream::Decompressed, *at, what)
            }
            Failure::Structure { at, expected, found } => {
                let (stream, base) = match compression {
                    Compression::None => (self.file_stream(), body_at),
                    _ => (Stream::Decompressed, 0),
                };
                let what = format!("expected {expected}, found {found}");
                ("tar".to_owned(), Code::ArchiveDamaged, stream, base + at, what)
            }
            Failure::Field(error) => {
                self.fault(error);
                let place = error.place.as_ref();
                let (stream, offset) =
                    place.map_or((Stream::Decompressed, 0), |place| (place.stream, place.offset));
                ("header".to_owned(), error.code(), stream, offset, error.to_string())
            }
        };
        let mut damage = Damage {
            code,
            layer,
            offset,
            stream,
            decoded: self.found.decoded,
            whole_files: self.found.files,
            likely_cause: None,
            cut_to: None,
        };
        let what = self.look_again(source, fallen, watch, &mut damage, what);
        if !matches!(fallen.failure, Failure::Field(_)) {
            let declared =
                self.subject.declared.map(|size| format!(" of {}", size.bytes)).unwrap_or_default();
            let message = format!(
                "{} at byte {} of {}: {what}; {} bytes{declared} were decoded before it, {} whole files",
                damage.layer, damage.offset, damage.stream, damage.decoded, damage.whole_files
            );
            let remedy = match damage.code {
                Code::PayloadExpansion => "it was not made by Neo4j: do not extract it",
                Code::PayloadDisputed => {
                    "one decoder refuses it and another reads it with a matching checksum: tell us about it, and try `zstd -t` on it"
                }
                _ if fallen.written_so => {
                    "the stream's own checksum holds, so it was written like this: take another backup; files before the damage can be extracted"
                }
                _ => {
                    "copy it again from its source, in binary mode, and compare checksums; files before the damage can be extracted"
                }
            };
            self.problems.push(Problem::new(damage.code, message).remedy(remedy));
        }
        self.found.damage = Some(damage);
    }

    fn expansion(&self) -> String {
        let declared = match self.subject.declared {
            Some(size) => format!("{} bytes declared", size.bytes),
            None => "none declared".to_owned(),
        };
        format!("it expands beyond what is allowed for a file of {} bytes ({declared})", self.subject.size)
    }

    /// Reads the file once more: does another decoder call it damaged too, and what do its bytes tell of how
    /// that came about? Gives what went wrong, in the words of both.
    fn look_again<S: Source>(
        &mut self,
        source: &mut S,
        fallen: &Fallen,
        watch: &Watch,
        damage: &mut Damage,
        what: String,
    ) -> String {
        if fallen.written_so || matches!(fallen.failure, Failure::Expansion) {
            return what;
        }
        watch.begin_again();
        let is_zstd = self.subject.container.compression() == Compression::Zstd;
        let wants_opinion = is_zstd && damage.code == Code::PayloadDamaged;
        let stream = match open(source, self.name, self.subject.is_split, self.limits) {
            Ok(stream) => watch.watch(stream),
            Err(_) => return what,
        };
        let body_at = wants_opinion.then_some(fallen.body_at);
        let Ok(evidence) = Evidence::gather(stream, body_at, self.subject.allowed()) else {
            return format!("{what} (not confirmed: the second reading was broken off)");
        };
        damage.likely_cause = evidence.cause(self.subject.container, damage.code);
        match evidence.opinion {
            None => what,
            Some(Ok(())) => {
                damage.code = Code::PayloadDisputed;
                format!("{what}; another decoder reads all of it, and its checksum holds")
            }
            Some(Err(error)) => format!("{what}; another decoder says: {error}"),
        }
    }
}

/// Says why a header cannot be read, where its bytes tell more than the field that is wrong.
fn explain<S: Source>(source: &mut S, other: &mut OtherFile) {
    let is_damaged = |error: &Error| !matches!(error.cause, Cause::Io { .. } | Cause::PartMissing { .. });
    if matches!(&other.reason, Reason::Unreadable { error } if is_damaged(error))
        && let Ok((stream, _)) = source.open(&other.path)
        && let Ok(evidence) = Evidence::of_start(stream)
        && let Some(cause) = evidence.text_mode()
    {
        other.problem.message = format!("{}; {cause}", other.problem.message);
    }
}

/// Walks a log, with a copy for the visitor where it wants one.
fn log<R: Read>(
    entry: &Entry,
    name: LogName,
    content: &mut R,
    logs: &mut Logs,
    watch: &Watch,
) -> Result<(), Stop> {
    let wanted = is_enclosed(&entry.path).then(|| watch.visitor.borrow_mut().log(entry));
    let to = wanted.transpose().map_err(Stop::Host)?.flatten();
    let mut copied = Copied { inner: content, to, failed: None };
    let walked = logs.file(&entry.path, name, &mut copied, &mut |batch| {
        watch.visitor.borrow_mut().batch(batch);
    });
    let walked = walked.and_then(|()| copied.finish());
    match copied.failed {
        Some(error) => Err(Stop::Host(error)),
        None => Ok(walked?),
    }
}

/// Reads to the end: how many bytes there are beside those of `start`, all together. A start of zeros grows
/// by what comes first that is not zero.
fn count(rest: &mut impl Read, start: &mut Vec<u8>) -> io::Result<u64> {
    let mut count = start.len() as u64;
    let mut buffer = vec![0; 64 << 10];
    let is_zero = |byte: &u8| *byte == 0;
    if start.iter().all(is_zero) {
        start.clear();
    }
    loop {
        let read = rest.read(&mut buffer)?;
        if read == 0 {
            return Ok(count);
        }
        count += read as u64;
        if start.is_empty() {
            start.extend(buffer[..read].iter().skip_while(|byte| is_zero(byte)).take(4));
        }
    }
}

/// What was met in an archive so far.
#[derive(Default)]
struct Seen {
    files: HashSet<String>,
    entries: usize,
    path_bytes: usize,
    logs: u64,
}

impl Seen {
    /// Whether this is a folder or the first file of its path.
    fn note(&mut self, entry: &Entry, kind: Kind) -> Result<bool, Broken> {
        self.entries += 1;
        self.path_bytes += entry.path.len();
        self.logs += u64::from(kind == Kind::File && LogName::of(&entry.path).is_some());
        let excess = if self.entries > MAX_ENTRIES {
            Some(format!("at most {MAX_ENTRIES} entries"))
        } else if self.path_bytes > MAX_PATHS {
            Some(format!("at most {MAX_PATHS} bytes of paths"))
        } else if self.logs > MAX_LOGS {
            Some(format!("at most {MAX_LOGS} transaction logs"))
        } else {
            None
        };
        match excess {
            Some(expected) => Err(Broken::Structure { at: entry.offset, expected, found: "more".into() }),
            None => Ok(kind != Kind::File || self.files.insert(entry.path.clone())),
        }
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
