//! The walk through one file: magic, metadata, size record. It reads a bounded prefix (the header's own bytes
//! of a plain container, the first block of a zstd stream) and says how many bytes that took, so that the
//! cost of a listing does not grow with the files.
//!
//! Neo4j ends a block behind the metadata of its backups, and the size record (which it leaves unfilled there)
//! begins the next one, 128 KiB of contents: a listing does not decode those for it.

use std::io::{self, BufReader, Read};

use crate::container::{Container, Magic, MetadataAt};
use crate::error::{Cause, Error, Result, Stream};
use crate::first_blocks::FirstBlocks;
use crate::limits::Limits;
use crate::metadata::{Metadata, is_script};
use crate::problem::{Code, Problem};
use crate::report::{
    ArchiveSize, Artifact, BackupType, Details, Dump, OtherFile, PartFile, Reading, Reason, ScriptInfo,
    Split, UnknownKey,
};
use crate::source::{FileName, Source};
use crate::split::{self, Joined, Manifest, PartHeader};
use crate::stranger::Stranger;
use crate::wire::{Field, Reader, ascii_or_hex, hex};
use flate2::bufread::GzDecoder;

/// The magic of a zstd frame.
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// The text that Neo4j puts first into every zstd stream.
const STREAM_START: [u8; 4] = *b"zstd";
/// Bytes of a size record.
const SIZE_RECORD: usize = 20;
/// Integers above this are no longer exact in JSON readers that know floating point only.
const EXACT_IN_JSON: i64 = 1 << 53;
/// Bytes of an unknown value that a report keeps.
const SHOWN: usize = 1024;

/// Reads one file's header and says what the file is. Never fails: what cannot be read is a [`Reading`] too.
///
/// The size record of a backup is read only where it came along with the metadata; [`whole`] looks for it.
pub fn read<S: Source>(source: &mut S, name: &FileName, limits: &Limits) -> Reading {
    // The script stays as it is stored: a listing shows none, and a small one may expand to many megabytes.
    let (size, found, walk) = walk(source, name, limits, Depth::Listing);
    found.into_reading(name, size, walk.taken)
}

/// As [`read`], to the end of the header.
pub fn whole<S: Source>(source: &mut S, name: &FileName, limits: &Limits) -> Reading {
    let (size, found, walk) = walk(source, name, limits, Depth::Header);
    found.into_reading(name, size, walk.taken)
}

/// As [`whole`], with the header's bytes field by field and the script's text.
pub fn details<S: Source>(source: &mut S, name: &FileName, limits: &Limits) -> Details {
    let (size, found, walk) = walk(source, name, limits, Depth::Fields);
    let script = match &found {
        Found::Backup(header) => header.metadata.script(limits),
        _ => None,
    };
    Details { reading: found.into_reading(name, size, walk.taken), fields: walk.fields, script }
}

/// A backup's metadata as it stands, for what rewrites it; absent for anything else.
pub fn metadata_of<S: Source>(source: &mut S, name: &FileName, limits: &Limits) -> Option<Metadata> {
    match walk(source, name, limits, Depth::Listing).1 {
        Found::Backup(backup) => Some(backup.metadata),
        _ => None,
    }
}

fn walk<'l, S: Source>(
    source: &mut S,
    name: &FileName,
    limits: &'l Limits,
    depth: Depth,
) -> (u64, Found, Walk<'l>) {
    let mut walk = Walk { limits, depth, fields: Vec::new(), is_ours: false, taken: 0 };
    let (size, found) = match source.open(name) {
        Err(error) => (0, Err(Error::open(&error))),
        Ok((stream, size)) => (size, walk.file(source, stream, name)),
    };
    let found = found.unwrap_or_else(|error| Found::Other(Reason::Unreadable { error }));
    (size, found, walk)
}

/// The reading of a file that its host could not have read at all: it would not open, or the reader ended.
pub fn unread(name: &FileName, size: u64, error: Error) -> Reading {
    Found::Other(Reason::Unreadable { error }).into_reading(name, size, 0)
}

/// How much of a header is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Depth {
    /// What a listing needs, at no more than one block of a zstd stream unless the metadata is longer.
    Listing,
    /// All of it.
    Header,
    /// All of it, each field by itself too.
    Fields,
}

/// What the walk ended with.
enum Found {
    Backup(Box<Backup>),
    Dump { container: Container, archive_size: Option<ArchiveSize>, faults: Vec<Error> },
    Other(Reason),
}

struct Backup {
    container: Container,
    metadata: Metadata,
    archive_size: Option<ArchiveSize>,
    split: Option<Split>,
    faults: Vec<Error>,
}

/// Counts the bytes that are taken from a stream.
struct Counted<'t, R> {
    inner: R,
    taken: &'t mut u64,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        *self.taken += count as u64;
        Ok(count)
    }
}

/// State that outlives an error: what was read up to there is shown all the same.
struct Walk<'l> {
    limits: &'l Limits,
    depth: Depth,
    fields: Vec<Field>,
    /// A zstd stream began with Neo4j's letters.
    is_ours: bool,
    taken: u64,
}

impl Walk<'_> {
    fn reader<R: Read>(&self, stream: R, counts: Stream) -> Reader<R> {
        match self.depth {
            Depth::Fields => Reader::remembering(stream, counts),
            Depth::Listing | Depth::Header => Reader::new(stream, counts),
        }
    }

    fn file<S: Source>(&mut self, source: &mut S, stream: S::Stream, name: &FileName) -> Result<Found> {
        let mut taken = 0;
        let found = self.by_magic(source, Counted { inner: stream, taken: &mut taken }, name);
        self.taken += taken;
        found
    }

    fn by_magic<S: Source>(
        &mut self,
        source: &mut S,
        mut stream: Counted<'_, S::Stream>,
        name: &FileName,
    ) -> Result<Found> {
        let start = up_to(&mut stream, 4)?;
        let Ok(magic) = <[u8; 4]>::try_from(start.as_slice()) else {
            return Ok(Found::Other(Reason::Stranger { what: Stranger::of(&start) }));
        };
        match Magic::of(magic) {
            Magic::Known(container) => self.container(start.chain_to(stream), container, Stream::File),
            Magic::SplitManifest => {
                let mut from = self.reader(start.chain_to(stream), Stream::File);
                let manifest = from.array::<4>("magic").and_then(|_| Manifest::read(&mut from, self.limits));
                self.fields.extend(from.take_fields());
                self.split(source, name, manifest?)
            }
            Magic::SplitPart => {
                let mut from = self.reader(start.chain_to(stream), Stream::File);
                let header = from.array::<4>("magic").and_then(|_| PartHeader::read(&mut from));
                self.fields.extend(from.take_fields());
                let PartHeader { index, archive_id } = header?;
                Ok(Found::Other(Reason::Part { index, archive_id }))
            }
            Magic::Newer => {
                let magic = start.iter().map(|byte| char::from(*byte)).collect();
                Ok(Found::Other(Reason::NewerContainer { magic }))
            }
            Magic::Zstd => self.legacy_zstd(stream),
            Magic::Gzip => legacy_gzip(&start, stream),
            Magic::Other => {
                let rest = up_to(&mut stream, self.limits.stranger_bytes.saturating_sub(start.len()))?;
                Ok(Found::Other(Reason::Stranger { what: Stranger::of(&[start, rest].concat()) }))
            }
        }
    }

    /// Reads a container whose magic is known, from its first byte on.
    fn container<R: Read>(&mut self, stream: R, container: Container, counts: Stream) -> Result<Found> {
        let mut from = self.reader(stream, counts);
        let found = self.container_fields(&mut from, container);
        // Plain fields stand before those of the decompressed stream, which were added on the way.
        let plain = from.take_fields();
        self.fields.splice(0..0, plain);
        found
    }

    fn container_fields<R: Read>(&mut self, from: &mut Reader<R>, container: Container) -> Result<Found> {
        let magic = from.array::<4>("magic")?;
        if magic != container.name().as_bytes() {
            return Err(from.refuse(container.name(), ascii_or_hex(&magic)));
        }
        match container.metadata_at() {
            MetadataAt::Plain => {
                let metadata = match metadata(from, container, self.limits)? {
                    Ok(metadata) => metadata,
                    Err(newer) => return Ok(Found::Other(newer)),
                };
                let mut backup = Backup::new(container, metadata);
                if container == Container::Bzv3 && self.depth != Depth::Listing {
                    // The metadata stands for itself: damage behind it does not take it back.
                    match self.zstd_stream(from, |inner, _| size_record(inner)) {
                        Ok(size) => backup.archive_size = size,
                        Err(error) => backup.faults.push(error),
                    }
                }
                Ok(Found::Backup(Box::new(backup)))
            }
            MetadataAt::InStream => {
                let depth = self.depth;
                self.zstd_stream(from, |inner, limits| {
                    let metadata = match metadata(inner, container, limits)? {
                        Ok(metadata) => metadata,
                        Err(newer) => return Ok(Found::Other(newer)),
                    };
                    let mut backup = Backup::new(container, metadata);
                    if depth == Depth::Listing && inner.get_ref().at_hand() < SIZE_RECORD {
                        return Ok(Found::Backup(Box::new(backup)));
                    }
                    match size_record(inner) {
                        Ok(size) => backup.archive_size = size,
                        Err(error) => backup.faults.push(error),
                    }
                    Ok(Found::Backup(Box::new(backup)))
                })
            }
            MetadataAt::Nowhere if container == Container::Dgv1 => {
                let gzip = from.array::<2>("gzip magic")?;
                if gzip != [0x1f, 0x8b] {
                    return Err(from.refuse("1f8b", hex(&gzip)));
                }
                Ok(Found::Dump { container, archive_size: None, faults: Vec::new() })
            }
            MetadataAt::Nowhere => {
                let size = self.zstd_stream(from, |inner, _| size_record(inner));
                let (archive_size, faults) = match size {
                    Ok(size) => (size, Vec::new()),
                    Err(error) => (None, vec![error]),
                };
                Ok(Found::Dump { container, archive_size, faults })
            }
        }
    }

    /// Reads fields at the front of a zstd stream whose magic comes next.
    fn zstd_stream<R: Read, T>(
        &mut self,
        from: &mut Reader<R>,
        read: impl FnOnce(&mut Reader<FirstBlocks<&mut R>>, &Limits) -> Result<T>,
    ) -> Result<T> {
        let magic = from.array::<4>("zstd frame magic")?;
        if magic != ZSTD {
            return Err(from.refuse("28b52ffd", hex(&magic)));
        }
        let (counts, offset) = (from.counts(), from.offset());
        let blocks = FirstBlocks::after_magic(from.get_mut(), counts, offset, self.limits.header_bytes)?;
        let mut inner = self.reader(blocks, Stream::Decompressed);
        let start = stream_start(&mut inner);
        self.is_ours = start.is_ok();
        let found = start.and_then(|()| read(&mut inner, self.limits));
        self.fields.extend(inner.take_fields());
        found
    }

    /// A zstd frame without a container: Neo4j's old dumps begin with their own four letters.
    fn legacy_zstd<R: Read>(&mut self, stream: R) -> Result<Found> {
        let mut from = self.reader(ZSTD.as_slice().chain(stream), Stream::File);
        let found = self.zstd_stream(&mut from, |inner, _| {
            let archive_size = size_record(inner)?;
            Ok(Found::Dump { container: Container::LegacyZstd, archive_size, faults: Vec::new() })
        });
        self.fields.splice(0..0, from.take_fields());
        // Only what begins with Neo4j's letters is Neo4j's, damaged or not.
        match found {
            Err(error) if !self.is_ours && !hides_the_start(&error) => {
                Ok(Found::Other(Reason::Stranger { what: Stranger::Zstd }))
            }
            found => found,
        }
    }

    fn split<S: Source>(&mut self, source: &mut S, name: &FileName, manifest: Manifest) -> Result<Found> {
        let mut parts = Vec::new();
        let mut faults = Vec::new();
        for index in 1..=manifest.parts {
            match split::open_part(source, name, &manifest, index, &mut self.taken) {
                Ok((_, part)) => parts.push(PartFile { path: part.name, size: part.size }),
                Err(error) if index == 1 => return Err(error),
                Err(error) => faults.push(error),
            }
        }
        let split = Split { archive_id: manifest.archive_id, part_count: manifest.parts, parts };
        let mut joined = Joined::new(source, name.clone(), manifest);
        let found = self.joined(&mut joined);
        self.taken += joined.taken();
        let mut found = found?;
        match &mut found {
            Found::Backup(backup) => {
                // A part that is missing explains why the stream ended; once is enough.
                if !faults.is_empty() {
                    backup.faults = faults;
                }
                backup.split = Some(split);
            }
            Found::Dump { faults: own, .. } if !faults.is_empty() => *own = faults,
            _ => {}
        }
        Ok(found)
    }

    fn joined(&mut self, mut stream: impl Read) -> Result<Found> {
        let start = up_to(&mut stream, 4)?;
        let magic = <[u8; 4]>::try_from(start.as_slice()).map(Magic::of);
        match magic {
            Ok(Magic::Known(container)) => {
                let manifest = std::mem::take(&mut self.fields);
                let found = self.container(start.chain_to(stream), container, Stream::JoinedParts);
                self.fields.splice(0..0, manifest);
                found
            }
            Ok(Magic::Newer) => {
                let magic = start.iter().map(|byte| char::from(*byte)).collect();
                Ok(Found::Other(Reason::NewerContainer { magic }))
            }
            _ => Err(Reader::new(stream, Stream::JoinedParts).error(
                "magic of the joined archive",
                Cause::Unexpected { expected: "a container's magic".into(), found: ascii_or_hex(&start) },
            )),
        }
    }
}

impl Backup {
    fn new(container: Container, metadata: Metadata) -> Self {
        Self { container, metadata, archive_size: None, split: None, faults: Vec::new() }
    }
}

/// A gzip member: an old dump if it holds a tar with the names of Neo4j's files.
fn legacy_gzip<R: Read>(start: &[u8], stream: R) -> Result<Found> {
    let input = BufReader::with_capacity(4096, start.chain(stream.take(64 << 10)));
    let mut tar = Vec::new();
    let read = GzDecoder::new(input).take(32 << 10).read_to_end(&mut tar);
    // Damage, and the end of what is looked at: what came before it is enough to judge.
    let judged = |error: &io::Error| {
        use io::ErrorKind::{InvalidData, InvalidInput, UnexpectedEof};
        matches!(error.kind(), InvalidData | InvalidInput | UnexpectedEof)
    };
    if let Err(error) = read
        && !judged(&error)
    {
        return Err(Error::open(&error));
    }
    let what = match tar.get(257..262) {
        Some(b"ustar") if tar_names(&tar).iter().any(|name| is_neo4j(name)) => {
            let container = Container::LegacyGzip;
            return Ok(Found::Dump { container, archive_size: None, faults: Vec::new() });
        }
        Some(b"ustar") => Stranger::GzipTar,
        _ => Stranger::Gzip,
    };
    Ok(Found::Other(Reason::Stranger { what }))
}

/// Whether a zstd stream ended in an error before its first bytes could tell whose it is: it may well be a
/// dump that was cut short, or one that the host could not read.
fn hides_the_start(error: &Error) -> bool {
    let compressed = error.place.as_ref().is_none_or(|place| place.stream != Stream::Decompressed);
    match error.cause {
        Cause::Io { .. } => true,
        Cause::Ended { .. } => compressed,
        _ => false,
    }
}

/// Bytes already read, put back in front of their stream.
trait ChainTo {
    fn chain_to<R: Read>(&self, rest: R) -> io::Chain<&[u8], R>;
}

impl ChainTo for Vec<u8> {
    fn chain_to<R: Read>(&self, rest: R) -> io::Chain<&[u8], R> {
        self.as_slice().chain(rest)
    }
}

fn up_to(stream: &mut impl Read, len: usize) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    stream.take(len as u64).read_to_end(&mut bytes).map_err(|error| Error::open(&error))?;
    Ok(bytes)
}

pub(crate) fn stream_start<R: Read>(from: &mut Reader<R>) -> Result<()> {
    let start = from.array::<4>("start of the stream")?;
    if start != STREAM_START {
        return Err(from.refuse("zstd", ascii_or_hex(&start)));
    }
    Ok(())
}

/// The metadata of a container that has some; the inner error is a version that is not known.
pub(crate) fn metadata<R: Read>(
    from: &mut Reader<R>,
    container: Container,
    limits: &Limits,
) -> Result<std::result::Result<Metadata, Reason>> {
    let known = container.metadata_version().unwrap_or(1);
    if known > 1 {
        let version = from.u8("metadata version")?;
        if version > known {
            let mut start = Vec::new();
            // Shown as it is, so an early end is no error.
            let _ = from.get_mut().take(256).read_to_end(&mut start);
            let start = hex(&start);
            return Ok(Err(Reason::NewerMetadata { container, version, start }));
        }
        if version < known {
            return Err(from.refuse(known.to_string(), version.to_string()));
        }
    }
    Metadata::read(from, known, limits).map(Ok)
}

/// The archive size record; both numbers 0 means that the writer did not count.
pub(crate) fn size_record<R: Read>(from: &mut Reader<R>) -> Result<Option<ArchiveSize>> {
    let version = from.i32("size record version")?;
    if version != 1 {
        return Err(from.refuse("1", version.to_string()));
    }
    let mut count = |field| {
        let stated = from.i64(field)?;
        u64::try_from(stated).map_err(|_| from.refuse("a count of 0 or more", stated.to_string()))
    };
    let (files, bytes) = (count("number of files")?, count("number of bytes")?);
    Ok((files != 0 || bytes != 0).then_some(ArchiveSize { files, bytes }))
}

/// Names in the headers of a tar's beginning, as far as it goes.
fn tar_names(tar: &[u8]) -> Vec<String> {
    let mut names = Vec::new();
    let mut at = 0_usize;
    while let Some(header) = at.checked_add(512).and_then(|end| tar.get(at..end)) {
        let name = header[..100].split(|byte| *byte == 0).next().unwrap_or_default();
        names.push(String::from_utf8_lossy(name).into_owned());
        let size = std::str::from_utf8(&header[124..135]).ok();
        let size = size.and_then(|text| usize::from_str_radix(text.trim_matches([' ', '\0']), 8).ok());
        let Some(next) = size.and_then(|size| at.checked_add(512 + size.checked_next_multiple_of(512)?))
        else {
            break;
        };
        at = next;
    }
    names
}

/// Names that only a Neo4j store or its logs have.
fn is_neo4j(name: &str) -> bool {
    let name = name.strip_prefix("./").unwrap_or(name);
    ["neostore", "checkpoint.", "schema/index/", "block.", "database_lock"]
        .iter()
        .any(|start| name.starts_with(start))
}

impl Found {
    fn into_reading(self, name: &FileName, size: u64, bytes_read: u64) -> Reading {
        let path = name.clone();
        match self {
            Self::Backup(backup) => Reading::Artifact(Box::new(backup.into_artifact(path, size, bytes_read))),
            Self::Dump { container, archive_size, faults } => {
                let database_by_name = path.base().strip_suffix(".dump").map(str::to_owned);
                Reading::Dump(Box::new(Dump {
                    path,
                    size,
                    bytes_read,
                    container,
                    database_by_name,
                    archive_size,
                    faults,
                    verified: None,
                }))
            }
            Self::Other(reason) => {
                let problem = problem_of(&path, &reason);
                Reading::Other(Box::new(OtherFile { path, size, bytes_read, reason, problem }))
            }
        }
    }
}

impl Backup {
    fn into_artifact(self, path: FileName, size: u64, bytes_read: u64) -> Artifact {
        let metadata = self.metadata;
        let parts: u64 = self.split.iter().flat_map(|split| &split.parts).map(|part| part.size).sum();
        let exact = |index: i64| (index.unsigned_abs() > EXACT_IN_JSON as u64).then(|| index.to_string());
        let kind = match metadata.flags.full {
            _ if metadata.is_empty() => BackupType::Empty,
            true => BackupType::Full,
            false => BackupType::Differential,
        };
        Artifact {
            path,
            size: size.saturating_add(parts),
            bytes_read,
            container: self.container,
            database_id: metadata.database_id,
            time: metadata.backup_time,
            kind,
            full: metadata.flags.full,
            lowest_tx: metadata.lowest,
            highest_tx: metadata.highest,
            lowest_tx_text: exact(metadata.lowest),
            highest_tx_text: exact(metadata.highest),
            recovered: metadata.flags.recovered,
            compressed: metadata.flags.compressed,
            unknown_flags: (metadata.flags.unknown != 0).then_some(metadata.flags.unknown),
            store_id_hash: metadata.store_id.hash(),
            metadata_version: self.container.metadata_version().unwrap_or(1),
            script: metadata.script_stored().map(|(compressed, bytes)| ScriptInfo { compressed, bytes }),
            topology: metadata.topology(),
            unknown_keys: metadata.unknown().map(unknown_key).collect(),
            archive_size: self.archive_size,
            split: self.split,
            faults: self.faults,
            verified: None,
            database: metadata.database_name,
            store_id: metadata.store_id,
        }
    }
}

fn unknown_key(entry: &crate::metadata::Entry) -> UnknownKey {
    let bytes = entry.value.len() as u64;
    let (text, hex) = match std::str::from_utf8(&entry.value) {
        // A plain script beside a compressed one: a report names it and keeps its password hashes out.
        _ if is_script(&entry.key) => (None, None),
        Ok(text) => (Some(text[..text.floor_char_boundary(SHOWN)].to_owned()), None),
        Err(_) => (None, Some(hex(&entry.value[..entry.value.len().min(SHOWN)]))),
    };
    UnknownKey { key: entry.key.clone(), bytes, text, hex }
}

/// Says in words why a file is not among the artifacts.
fn problem_of(path: &FileName, reason: &Reason) -> Problem {
    let name = path.base();
    match reason {
        Reason::Unreadable { error } => {
            let problem = Problem::new(error.code(), format!("cannot read `{name}`: {error}"));
            match error.hint() {
                Some(hint) => problem.remedy(hint),
                None => problem,
            }
        }
        Reason::NewerContainer { magic } => Problem::new(
            Code::ContainerNewer,
            format!("`{name}` was written by a newer Neo4j ({magic}); its header fields are unknown"),
        )
        .remedy("look for a newer version of this program, or read it with the neo4j-admin that wrote it"),
        Reason::NewerMetadata { version, container, .. } => Problem::new(
            Code::MetadataNewer,
            format!("`{name}` was written by a newer Neo4j (metadata version {version} in {container}); its header fields are unknown"),
        )
        .remedy("look for a newer version of this program, or read it with the neo4j-admin that wrote it"),
        Reason::Part { index, archive_id } => Problem::new(
            Code::SplitPartAlone,
            format!("`{name}` is part {index} of the split archive {archive_id}, and its manifest is not here"),
        )
        .remedy(format!(
            "put it beside `{}` and the other parts",
            name.strip_suffix(&format!(".{index}")).unwrap_or("the file without a number")
        )),
        Reason::Stranger { what } => {
            let problem = Problem::new(Code::FileStranger, format!("`{name}` is {}", what.what()));
            match what.advice() {
                Some(advice) => problem.remedy(advice),
                None => problem,
            }
        }
    }
}
