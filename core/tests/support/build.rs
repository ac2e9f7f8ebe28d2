//! Writes artifacts, whole or wrong in one place. The genuine fixtures judge this writer: what it makes of
//! their fields is what they hold.

use std::fmt;
use std::sync::OnceLock;

use graphkeep_core::FileName;
use graphkeep_core::container::{Compression, Container};
use graphkeep_core::metadata::{Entry, Flags, Metadata};
use graphkeep_core::report::{Artifact, BackupType, Reading};
use graphkeep_core::store_id::StoreId;
use graphkeep_core::time::UtcTime;
use graphkeep_core::wire::Writer;
use uuid::Uuid;

use super::files::Files;

/// A block of a zstd frame holds at most this.
pub(crate) const BLOCK: usize = 128 << 10;

/// Metadata V2 of a full backup with an empty map; a test changes what it is about.
pub(crate) fn metadata() -> Metadata {
    Metadata {
        store_id: StoreId {
            creation_time_ms: 1_700_000_000_000,
            random: 42,
            engine: "record".into(),
            format: "aligned".into(),
            major: 1,
            minor: 1,
        },
        database_id: Uuid::from_u128(0x7dcb_1d0c_4374_4476_b8ae_d3c3_f124_683f),
        database_name: "neo4j".into(),
        backup_time: UtcTime(1_746_095_400),
        lowest: 1,
        highest: 10,
        flags: Flags { recovered: true, compressed: true, full: true, unknown: 0 },
        map: Some(Vec::new()),
    }
}

/// The same with these entries in its map.
pub(crate) fn with_map<'e>(entries: impl IntoIterator<Item = (&'e str, &'e [u8])>) -> Metadata {
    let entry = |(key, value): (&str, &[u8])| Entry { key: key.to_owned(), value: value.to_vec() };
    Metadata { map: Some(entries.into_iter().map(entry).collect()), ..metadata() }
}

/// The metadata as bytes, V1 where it has no map.
pub(crate) fn encoded(metadata: &Metadata) -> Vec<u8> {
    let mut to = Writer::default();
    metadata.write(&mut to).expect("test metadata fits its length fields");
    to.into_bytes()
}

/// A whole artifact of that container around an empty tar. V1 containers have no map.
pub(crate) fn archive(container: Container, metadata: &Metadata) -> Vec<u8> {
    let map = match container.metadata_version() {
        Some(1) => None,
        _ => Some(metadata.map.clone().unwrap_or_default()),
    };
    container_of(container, &encoded(&Metadata { map, ..metadata.clone() }))
}

/// A whole file of any container, with the metadata above where it has some.
pub(crate) fn archive_or_dump(container: Container) -> Vec<u8> {
    if container.is_backup() { archive(container, &metadata()) } else { container_of(container, b"") }
}

/// A container with these bytes where its metadata stands.
pub(crate) fn container_of(container: Container, metadata: &[u8]) -> Vec<u8> {
    let magic = container.name().as_bytes();
    let tar = vec![0; 1024];
    let body = [&size_record(0, 0), tar.as_slice()].concat();
    match container {
        Container::Btv1 | Container::Btv2 => [magic, metadata, &tar].concat(),
        Container::Bzv3 => [magic, metadata, &stream(&body)].concat(),
        Container::Bzv1 | Container::Bzv2 => [magic, &stream(&[metadata, &body].concat())].concat(),
        Container::Dzv1 => [magic, &stream(&body)].concat(),
        Container::LegacyZstd => stream(&body),
        Container::Dgv1 => [magic, &gzip(&tar)].concat(),
        Container::LegacyGzip => gzip(&tar_of("neostore")),
    }
}

/// The record of an archive's contents.
pub(crate) fn size_record(files: i64, bytes: i64) -> Vec<u8> {
    let mut to = Writer::default();
    to.i32(1);
    to.i64(files);
    to.i64(bytes);
    to.into_bytes()
}

/// A zstd frame over Neo4j's four letters and `content`.
pub(crate) fn stream(content: &[u8]) -> Vec<u8> {
    frame_in_blocks(&[b"zstd", content].concat(), BLOCK)
}

/// A frame of raw blocks, `block` bytes each.
pub(crate) fn frame_in_blocks(content: &[u8], block: usize) -> Vec<u8> {
    let count = content.chunks(block).len();
    let blocks = content.chunks(block).enumerate().flat_map(|(at, chunk)| raw_block(chunk, at + 1 == count));
    frame_start().into_iter().chain(blocks).collect()
}

/// Magic and header of a frame with a window of 2 MiB, no content size, no checksum.
pub(crate) fn frame_start() -> Vec<u8> {
    vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, 11 << 3]
}

pub(crate) fn raw_block(content: &[u8], last: bool) -> Vec<u8> {
    let word = u32::try_from(content.len()).expect("blocks are small") << 3 | u32::from(last);
    [&word.to_le_bytes()[..3], content].concat()
}

/// A block that says one byte `times` over.
pub(crate) fn rle_block(byte: u8, times: usize, last: bool) -> Vec<u8> {
    let word = u32::try_from(times).expect("blocks are small") << 3 | 1 << 1 | u32::from(last);
    [&word.to_le_bytes()[..3], &[byte]].concat()
}

pub(crate) fn gzip(content: &[u8]) -> Vec<u8> {
    use std::io::Read;
    let mut bytes = Vec::new();
    flate2::read::GzEncoder::new(content, flate2::Compression::best())
        .read_to_end(&mut bytes)
        .expect("a slice cannot fail");
    bytes
}

/// A tar of one empty file, without its checksum.
pub(crate) fn tar_of(name: &str) -> Vec<u8> {
    let mut tar = vec![0; 512 * 3];
    tar[..name.len()].copy_from_slice(name.as_bytes());
    tar[124..135].copy_from_slice(b"00000000000");
    tar[257..263].copy_from_slice(b"ustar\0");
    tar
}

/// The id that [`split`] gives its archives.
pub(crate) const ARCHIVE_ID: Uuid = Uuid::from_u128(0x0123_4567_89ab_4cde_8f01_2345_6789_abcd);

/// `archive` as the manifest `name` and parts of `part` bytes of data each.
pub(crate) fn split(name: &str, archive: &[u8], part: usize) -> Files {
    let parts = archive.chunks(part);
    let mut files = Files::one(name, manifest(i32::try_from(parts.len()).expect("few parts")));
    for (index, data) in (1..).zip(parts) {
        files = files.with(&format!("{name}.{index}"), part_of(ARCHIVE_ID, index, data));
    }
    files
}

pub(crate) fn manifest(parts: i32) -> Vec<u8> {
    [b"SMV1", parts.to_be_bytes().as_slice(), ARCHIVE_ID.as_bytes()].concat()
}

pub(crate) fn part_of(archive_id: Uuid, index: i32, data: &[u8]) -> Vec<u8> {
    [b"SDV1", index.to_be_bytes().as_slice(), archive_id.as_bytes(), data].concat()
}

/// Every backup container.
pub(crate) fn backups() -> impl Iterator<Item = Container> {
    Container::ALL.into_iter().filter(|container| container.is_backup())
}

/// How a container's body is compressed decides what its header costs to read.
pub(crate) fn is_plain(container: Container) -> bool {
    container.compression() == Compression::None
}

/// A reading of a backup without a file behind it: for histories of thousands.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Backup {
    pub(crate) path: String,
    pub(crate) database: String,
    pub(crate) id: u128,
    pub(crate) store: i64,
    pub(crate) time: i64,
    pub(crate) full: bool,
    pub(crate) lowest: i64,
    pub(crate) highest: i64,
    pub(crate) bytes: u64,
}

/// On one line: failing histories are read by people.
impl fmt::Debug for Backup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, id, store, time, full, lowest, highest, .. } = self;
        let kind = if *full { 'F' } else { 'D' };
        write!(f, "{path}: {kind}{lowest}..{highest} @{time} id {id} store {store}")
    }
}

impl Backup {
    pub(crate) fn full(path: &str, time: i64, highest: i64) -> Self {
        Self {
            path: path.to_owned(),
            database: "neo4j".to_owned(),
            id: 1,
            store: 1,
            time,
            full: true,
            lowest: 1,
            highest,
            bytes: 100,
        }
    }

    pub(crate) fn differential(path: &str, time: i64, lowest: i64, highest: i64) -> Self {
        Self { full: false, lowest, bytes: 10, ..Self::full(path, time, highest) }
    }

    pub(crate) fn empty(path: &str, time: i64) -> Self {
        Self::differential(path, time, 0, 0)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.lowest == 0 && self.highest == 0
    }

    /// As the reader gives it for a file of that metadata.
    pub(crate) fn reading(&self) -> Reading {
        static TEMPLATE: OnceLock<Artifact> = OnceLock::new();
        let template =
            TEMPLATE.get_or_init(|| Files::one("a", archive(Container::Bzv2, &metadata())).artifact("a"));
        let store_id = StoreId { random: self.store, ..template.store_id.clone() };
        Reading::Artifact(Box::new(Artifact {
            path: FileName(self.path.clone()),
            size: self.bytes,
            database: self.database.clone(),
            database_id: Uuid::from_u128(self.id),
            time: UtcTime(self.time),
            kind: match (self.is_empty(), self.full) {
                (true, _) => BackupType::Empty,
                (_, true) => BackupType::Full,
                (_, false) => BackupType::Differential,
            },
            full: self.full,
            lowest_tx: self.lowest,
            highest_tx: self.highest,
            store_id_hash: store_id.hash(),
            store_id,
            ..template.clone()
        }))
    }
}
