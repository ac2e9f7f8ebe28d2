//! What is said about a set of files: one serde model for the command line's JSON, the page and the tests.
//!
//! `schema_version` is `1.x`: within 1 members are only added, and readers ignore those they do not know. A
//! member that is absent is unknown, never zero. docs/report.schema.json is generated from these types.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::container::Container;
use crate::error::Error;
use crate::log::{Links, TxPoint};
use crate::metadata::Topology;
use crate::problem::{Code, Problem};
use crate::source::FileName;
use crate::store_id::StoreId;
use crate::stranger::Stranger;
use crate::time::UtcTime;
use crate::verify::{Checksum, Damage, Verification};
use crate::wire::Field;

/// The version of this model.
pub const SCHEMA_VERSION: &str = "1.0";

/// Index of an artifact in [`Report::artifacts`].
pub type ArtifactId = usize;

/// How much was checked. The words are the same on the page, the command line and in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Level {
    /// Only the file's name.
    L0,
    /// Container and metadata read; chain arithmetic over headers.
    L1,
    /// The whole stream decoded.
    L2,
    /// Every transaction in the logs.
    L3,
    /// A real Neo4j recovered it.
    L4,
}

impl Level {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::L0 => "L0",
            Self::L1 => "L1",
            Self::L2 => "L2",
            Self::L3 => "L3",
            Self::L4 => "L4",
        }
    }
}

/// The verdict on a database, worst last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// The newest backup can be restored, and contents were verified.
    Restorable,
    /// The headers form a chain to the newest backup; contents were not verified.
    Unverified,
    /// This program cannot judge: a newer format, or a dump without metadata.
    Unknown,
    /// An earlier point can be restored; artifacts after it cannot be used.
    RestorableUntil,
    /// Nothing can be restored.
    Broken,
    /// An artifact that is needed is damaged.
    Corrupt,
}

impl State {
    pub const ALL: [Self; 6] = [
        Self::Restorable,
        Self::Unverified,
        Self::Unknown,
        Self::RestorableUntil,
        Self::Broken,
        Self::Corrupt,
    ];

    /// The fixed word, `restorable-until`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Restorable => "restorable",
            Self::Unverified => "unverified",
            Self::Unknown => "unknown",
            Self::RestorableUntil => "restorable-until",
            Self::Broken => "broken",
            Self::Corrupt => "corrupt",
        }
    }
}

/// Full, differential or empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum BackupType {
    Full,
    Differential,
    /// Range 0..0: nothing had changed.
    Empty,
}

impl BackupType {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Differential => "differential",
            Self::Empty => "empty",
        }
    }
}

/// The record of an archive's contents that stands at the start of every zstd stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ArchiveSize {
    /// Files, folders not counted.
    pub files: u64,
    /// Their bytes, uncompressed.
    pub bytes: u64,
}

/// A part of a split archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PartFile {
    pub path: FileName,
    /// Bytes, its header included.
    pub size: u64,
}

/// What is known of a split archive beside its metadata.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Split {
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub archive_id: Uuid,
    /// Parts that the manifest states.
    pub part_count: u32,
    /// Parts that are there and belong here.
    pub parts: Vec<PartFile>,
}

/// An entry of the metadata map that this version does not know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UnknownKey {
    pub key: String,
    /// Length of the value in bytes.
    pub bytes: u64,
    /// The value, if it is UTF-8 text; at most 1,024 bytes of it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub text: Option<String>,
    /// The value in hexadecimal where it is not text; at most 1,024 bytes of it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub hex: Option<String>,
}

/// The metadata script (users and roles) without its text, which may hold password hashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ScriptInfo {
    /// Stored as gzip (2026.05.0) or plain (5.26.28).
    pub compressed: bool,
    /// Stored length in bytes.
    pub bytes: u64,
}

/// A backup artifact, as its header describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Artifact {
    pub path: FileName,
    /// Bytes of the file, or of manifest and parts together.
    pub size: u64,
    /// Bytes that were read to say all this.
    pub bytes_read: u64,
    pub container: Container,
    pub database: String,
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub database_id: Uuid,
    pub time: UtcTime,
    #[serde(rename = "type")]
    pub kind: BackupType,
    /// The full flag as it stands: an empty backup may carry it too.
    pub full: bool,
    pub lowest_tx: i64,
    pub highest_tx: i64,
    /// `highest_tx` again as text where it exceeds 2^53, which JSON numbers may lose.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub highest_tx_text: Option<String>,
    /// `lowest_tx` again as text where it exceeds 2^53.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub lowest_tx_text: Option<String>,
    pub recovered: bool,
    pub compressed: bool,
    /// Flag bits above the three that are known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub unknown_flags: Option<u64>,
    pub store_id: StoreId,
    /// STORE ID HASH of neo4j-admin.
    pub store_id_hash: i32,
    pub metadata_version: u8,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub script: Option<ScriptInfo>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub topology: Option<Topology>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub unknown_keys: Vec<UnknownKey>,
    /// Absent where the container has none, or where the writer left it unfilled.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub archive_size: Option<ArchiveSize>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub split: Option<Split>,
    /// Damage found beside a readable header: a missing part, a body that cannot be decoded at its start.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub faults: Vec<Error>,
    /// What verification found; absent where only the header was read.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub verified: Option<Box<Verified>>,
}

impl Artifact {
    /// Whether chains may use it: nothing is known to be wrong with it.
    pub fn is_usable(&self) -> bool {
        self.faults.is_empty()
            && self.range_is_sane()
            && !self.verified.as_ref().is_some_and(|found| found.is_damaged())
    }

    /// How much of it was checked and holds.
    pub fn level(&self) -> Level {
        self.verified.as_ref().map_or(Level::L1, |found| found.level)
    }

    pub(crate) fn range_is_sane(&self) -> bool {
        match self.kind {
            BackupType::Empty => true,
            BackupType::Full => self.lowest_tx == 1 && self.highest_tx >= 1,
            BackupType::Differential => self.lowest_tx >= 1 && self.highest_tx >= self.lowest_tx,
        }
    }

    /// `1..8`.
    pub fn range(&self) -> String {
        format!("{}..{}", self.lowest_tx, self.highest_tx)
    }
}

/// The result of verifying one file, without its contents one by one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Verified {
    /// The level that holds.
    pub level: Level,
    /// The level that was asked for.
    pub asked: Level,
    pub checksum: Checksum,
    /// Files in the archive, and their bytes.
    pub files: u64,
    pub file_bytes: u64,
    /// Commits in the logs (L3).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub transactions: Option<u64>,
    /// First and last transaction in the logs (L3).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub first: Option<TxPoint>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub last: Option<TxPoint>,
    /// The oldest Neo4j that reads its logs, by their kernel version (L3).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub oldest_neo4j: Option<String>,
    /// What joins its logs to its neighbours' (L3).
    #[serde(default)]
    pub links: Links,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub damage: Option<Damage>,
    /// What is wrong, worst first.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub problems: Vec<Problem>,
}

impl Verified {
    /// Whether something is wrong that makes the file unfit for a restore. A disk that failed while the file
    /// was read says nothing of it.
    pub fn is_damaged(&self) -> bool {
        let is_error = |problem: &&Problem| problem.severity == crate::problem::Severity::Error;
        let mut errors = self.problems.iter().filter(is_error);
        errors.any(|problem| problem.code != crate::problem::Code::FileIo)
    }
}

/// A dump: whole by itself, without metadata. What is not in the file is unknown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Dump {
    pub path: FileName,
    pub size: u64,
    pub bytes_read: u64,
    pub container: Container,
    /// The database by the file's name (L0), `<database>.dump`, which is what `database load` goes by.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub database_by_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub archive_size: Option<ArchiveSize>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub faults: Vec<Error>,
    /// What verification found; absent where only the header was read.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub verified: Option<Box<Verified>>,
}

impl Dump {
    /// Whether nothing is known to be wrong with it.
    pub fn is_usable(&self) -> bool {
        self.faults.is_empty() && !self.verified.as_ref().is_some_and(|found| found.is_damaged())
    }
}

/// Why a file is not among the artifacts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Reason {
    /// It claims to be an artifact and cannot be read as one.
    Unreadable { error: Error },
    /// A container of a later Neo4j.
    NewerContainer {
        /// The four bytes as text.
        magic: String,
    },
    /// Known container, metadata of a later Neo4j.
    NewerMetadata {
        container: Container,
        version: u8,
        /// What follows the version byte, in hexadecimal: at most 256 bytes.
        start: String,
    },
    /// A part of a split archive; whole archives take their parts with them, so this one is left over.
    Part {
        index: u32,
        #[cfg_attr(feature = "schema", schemars(with = "String"))]
        archive_id: Uuid,
    },
    /// Something else than an artifact.
    Stranger { what: Stranger },
}

/// A file that is no readable artifact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OtherFile {
    pub path: FileName,
    pub size: u64,
    pub bytes_read: u64,
    pub reason: Reason,
    /// The same in words: code, sentence, what to do.
    pub problem: Problem,
}

/// What one file was read as.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reading", rename_all = "kebab-case")]
pub enum Reading {
    Artifact(Box<Artifact>),
    Dump(Box<Dump>),
    Other(Box<OtherFile>),
}

impl Reading {
    pub fn path(&self) -> &FileName {
        match self {
            Self::Artifact(artifact) => &artifact.path,
            Self::Dump(dump) => &dump.path,
            Self::Other(other) => &other.path,
        }
    }

    /// Adds what verification found, so that chains are judged by it.
    #[must_use]
    pub fn with(mut self, found: &Verification) -> Self {
        match &mut self {
            Self::Artifact(artifact) => artifact.verified = Some(Box::new(found.summary())),
            Self::Dump(dump) => dump.verified = Some(Box::new(found.summary())),
            Self::Other(_) => {}
        }
        self
    }

    pub fn bytes_read(&self) -> u64 {
        match self {
            Self::Artifact(artifact) => artifact.bytes_read,
            Self::Dump(dump) => dump.bytes_read,
            Self::Other(other) => other.bytes_read,
        }
    }
}

/// One file with all there is to show of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Details {
    pub reading: Reading,
    /// The header's bytes, field by field.
    pub fields: Vec<Field>,
    /// The metadata script's text, or why it cannot be shown. It may hold password hashes.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub script: Option<std::result::Result<String, Error>>,
}

/// What an artifact is good for within its database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// On the way to the newest restorable point.
    Newest,
    /// Restorable, by another chain or as an earlier point.
    Restorable,
    /// Nothing had changed; extends the time for which the chain is known to be complete.
    Empty,
    /// A copy of an artifact that is used.
    Duplicate,
    /// Not restorable, and not needed: a newer full holds its transactions.
    Superseded,
    /// Not restorable: something before it is missing.
    Unusable,
    /// The file itself is incomplete or damaged, or its range makes no sense.
    Damaged,
}

impl Role {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Newest => "newest",
            Self::Restorable => "restorable",
            Self::Empty => "empty",
            Self::Duplicate => "duplicate",
            Self::Superseded => "superseded",
            Self::Unusable => "unusable",
            Self::Damaged => "damaged",
        }
    }
}

/// An artifact of a database with its part in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Member {
    pub artifact: ArtifactId,
    pub role: Role,
    /// What it can follow directly.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub parents: Vec<ArtifactId>,
    /// For a duplicate: the copy that is used.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub copy_of: Option<ArtifactId>,
}

/// A restorable chain: one full backup and the differentials after it, as far as they go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Chain {
    /// The full first, then its differentials in order.
    pub artifacts: Vec<ArtifactId>,
    /// The highest transaction it restores.
    pub highest_tx: i64,
    /// When its last artifact was taken.
    pub time: UtcTime,
    /// Files to read, parts of split archives counted each.
    pub files: u64,
    /// Bytes to read.
    pub bytes: u64,
    /// The first differential overlaps its full, which Neo4j accepts from 2026.02 only.
    pub needs_2026_02: bool,
}

/// A point that can be restored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RestorePoint {
    /// The last transaction in it.
    pub tx: i64,
    /// When the backup that holds it was taken.
    pub time: UtcTime,
    /// The latest time for which empty backups or a later copy prove that nothing newer had been committed.
    pub complete_until: UtcTime,
    /// Index into [`Database::chains`].
    pub chain: usize,
}

/// Transactions that are missing before an artifact that needs them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Gap {
    /// Why: `chain.gap`, `chain.no-full`, `chain.other-store`, ...
    pub code: Code,
    /// First missing transaction; absent where nothing is missing and ranges overlap instead.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub first_tx: Option<i64>,
    /// Last missing transaction.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub last_tx: Option<i64>,
    /// The artifact before it; absent where there is none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub before: Option<ArtifactId>,
    /// The artifact that cannot be reached because of it.
    pub after: ArtifactId,
    /// When the artifact before it was taken.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub from: Option<UtcTime>,
    /// When the artifact after it was taken.
    pub to: UtcTime,
    /// Artifacts that cannot be used because of it.
    pub unusable: Vec<ArtifactId>,
    /// What would close it, in words.
    pub closes: String,
    /// Files that may be what is missing: unreadable ones whose name tells the same database and a time
    /// inside the gap.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub candidates: Vec<FileName>,
}

/// A span of time between two points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Span {
    pub seconds: i64,
    pub from: UtcTime,
    pub to: UtcTime,
}

/// One database id with all its artifacts and the verdict on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Database {
    /// The name in its newest artifact.
    pub name: String,
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub id: Uuid,
    pub state: State,
    /// How much was checked to say so.
    pub level: Level,
    /// The verdict in one sentence, `restorable until 2026-09-12 02:00:07 (tx 30); tx 31..40 are missing`.
    pub verdict: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub newest: Option<RestorePoint>,
    /// The same for a Neo4j before 2026.02, where that differs.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub newest_before_2026_02: Option<RestorePoint>,
    /// Every restorable chain that no longer chain contains, newest point first.
    pub chains: Vec<Chain>,
    /// Whether there are more: of each end, only the eight chains with the newest fulls are listed.
    pub more_chains: bool,
    pub gaps: Vec<Gap>,
    /// The largest time between two consecutive restorable points: the recovery point objective that these
    /// backups really give.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub largest_gap: Option<Span>,
    /// Every artifact, by time.
    pub members: Vec<Member>,
    /// STORE ID HASH of each store that artifacts belong to, newest first.
    pub stores: Vec<i32>,
    /// Bytes of all artifacts.
    pub bytes: u64,
    pub problems: Vec<Problem>,
}

/// How a property shard stands to the graph shard's chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum ShardState {
    Ok,
    Behind,
    Ahead,
    Missing,
}

/// One shard of a sharded property database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Shard {
    /// The shard's own name, `foo-p000`; for a missing one the name it should have.
    pub database: String,
    /// Absent for the graph shard.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub index: Option<u32>,
    /// The artifact judged: the end of the graph shard's chain, or a property shard's full.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub artifact: Option<ArtifactId>,
    pub state: ShardState,
    /// Neo4j's own words: `OK`, `Backup is behind (3 < 5) the graph shard backup chain`.
    pub status: String,
}

/// A sharded property database: several databases that are restored as one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ShardedDatabase {
    pub name: String,
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub id: Uuid,
    /// Whether every shard is `OK`.
    pub valid: bool,
    /// The graph shard first, then property shards by index.
    pub shards: Vec<Shard>,
    pub problems: Vec<Problem>,
}

/// Counts over the whole report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Summary {
    pub databases: u64,
    /// Files looked at, parts of split archives counted each.
    pub files: u64,
    pub artifacts: u64,
    pub dumps: u64,
    /// Artifacts that could not be read, or are damaged.
    pub unreadable: u64,
    /// Files of a later Neo4j than this program knows.
    pub newer: u64,
    /// Files that are no artifacts.
    pub strangers: u64,
    /// Bytes of artifacts and dumps.
    pub bytes: u64,
    /// Bytes read to say all this.
    pub bytes_read: u64,
    /// Databases by state.
    pub restorable: u64,
    pub unverified: u64,
    pub unknown: u64,
    pub restorable_until: u64,
    pub broken: u64,
    pub corrupt: u64,
}

/// The program that made the report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Tool {
    pub name: String,
    pub version: String,
}

/// Everything that is said about a set of files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Report {
    pub schema_version: String,
    pub tool: Tool,
    /// How much was checked.
    pub level: Level,
    pub summary: Summary,
    /// Worst first, then by name.
    pub databases: Vec<Database>,
    pub sharded_databases: Vec<ShardedDatabase>,
    /// By path. Other members refer to these by index.
    pub artifacts: Vec<Artifact>,
    /// By path.
    pub dumps: Vec<Dump>,
    /// Files that are no readable artifacts, by path.
    pub others: Vec<OtherFile>,
    /// Problems that concern more than one database.
    pub problems: Vec<Problem>,
}
