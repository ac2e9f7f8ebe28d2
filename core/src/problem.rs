//! Everything that can be wrong, with a code that never changes. docs/problems.md explains each one.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::report::ArtifactId;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $severity:ident;)*) => {
        /// What is wrong, in a form that scripts can rely on.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[non_exhaustive]
        pub enum Code { $($(#[$doc])* #[serde(rename = $code)] $name,)* }

        impl Code {
            /// Every code there is.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The code as text, `chain.gap`.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            pub fn severity(self) -> Severity {
                match self { $(Self::$name => Severity::$severity,)* }
            }
        }
    };
}

codes! {
    /// The file could not be opened or read.
    FileIo = "file.io", Error;
    /// The file is no artifact.
    FileStranger = "file.stranger", Note;
    /// The bytes end inside the header.
    HeaderTruncated = "header.truncated", Error;
    /// A length in the header exceeds what this program will hold.
    HeaderLimit = "header.limit", Error;
    /// A field of the header holds what the format does not allow.
    HeaderUnexpected = "header.unexpected", Error;
    /// The compressed stream cannot be decoded at its start.
    HeaderDamaged = "header.damaged", Error;
    /// The container is newer than this program knows.
    ContainerNewer = "container.newer", Warning;
    /// The metadata is newer than this program knows.
    MetadataNewer = "metadata.newer", Warning;
    /// The range of the metadata makes no sense: lowest above highest, negative, or a full not from 1.
    MetadataRange = "metadata.range", Error;
    /// Artifacts of one database id carry different names.
    NameDiffers = "name.differs", Note;
    /// One name stands for several database ids.
    NameAmbiguous = "name.ambiguous", Warning;
    /// A part of a split archive is missing.
    SplitPartMissing = "split.part-missing", Error;
    /// A part lies there without its manifest.
    SplitPartAlone = "split.part-alone", Error;
    /// Transactions are missing between two artifacts.
    ChainGap = "chain.gap", Error;
    /// There are differentials and no full backup that they could follow.
    ChainNoFull = "chain.no-full", Error;
    /// A differential begins inside another differential's range: no Neo4j accepts that.
    ChainOverlapBetweenDifferentials = "chain.overlap-between-differentials", Error;
    /// The first differential begins inside its full's range: Neo4j accepts that from 2026.02.
    ChainOverlapAfterFull = "chain.overlap-after-full", Note;
    /// The numbers fit, the store does not.
    ChainOtherStore = "chain.other-store", Error;
    /// The numbers and the store fit, and the logs show another history.
    ChainOtherHistory = "chain.other-history", Error;
    /// Old differentials whose parents are gone, inside the range of a newer full.
    ChainSuperseded = "chain.superseded", Note;
    /// Two differentials follow the same artifact.
    ChainBranch = "chain.branch", Note;
    /// Only empty backups: nothing to restore.
    ChainOnlyEmpty = "chain.only-empty", Error;
    /// A copy of an artifact.
    ChainDuplicate = "chain.duplicate", Note;
    /// The files of a chain lie in several folders, where neo4j-admin does not look for them.
    ChainScattered = "chain.scattered", Warning;
    /// A later range was backed up at an earlier time.
    TimeClockWentBack = "time.clock-went-back", Warning;
    /// A property shard's full ends before the graph shard's chain begins.
    ShardBehind = "shard.behind", Error;
    /// A property shard's full ends after the graph shard's chain.
    ShardAhead = "shard.ahead", Error;
    /// A shard has no full backup at all.
    ShardMissing = "shard.missing", Error;
    /// The compressed stream ends early.
    PayloadTruncated = "payload.truncated", Error;
    /// The compressed stream cannot be decoded, or its checksum fails.
    PayloadDamaged = "payload.damaged", Error;
    /// Two decoders disagree about the stream.
    PayloadDisputed = "payload.disputed", Warning;
    /// The stream expands beyond what the artifact declares, or beyond any sane ratio.
    PayloadExpansion = "payload.expansion", Error;
    /// There are bytes behind the end.
    PayloadTrailing = "payload.trailing", Error;
    /// The tar structure is broken.
    ArchiveDamaged = "archive.damaged", Error;
    /// An entry's path would leave the folder it is extracted to, or is a link.
    ArchivePath = "archive.path", Error;
    /// An entry is there twice.
    ArchiveDuplicate = "archive.duplicate", Warning;
    /// Files or bytes are not as many as the size record says.
    ArchiveSize = "archive.size", Error;
    /// No transaction logs where some are needed.
    LogNone = "log.none", Error;
    /// A log's header is damaged or does not fit its name.
    LogHeader = "log.header", Error;
    /// Logs of a newer Neo4j than this program knows.
    LogNewer = "log.newer", Warning;
    /// The last batch has no valid end: Neo4j drops it silently.
    LogTorn = "log.torn", Error;
    /// A log that is not the last is cut short.
    LogCut = "log.cut", Error;
    /// A batch is damaged and others follow.
    LogCorrupt = "log.corrupt", Error;
    /// Data behind the end of the log.
    LogGarbage = "log.garbage", Error;
    /// The checksum chain is broken: different histories.
    LogChain = "log.chain", Error;
    /// A batch or a file is missing.
    LogGap = "log.gap", Error;
    /// A checkpoint is damaged or contradicts the log.
    LogCheckpoint = "log.checkpoint", Error;
    /// The logs do not hold the range that the metadata promises.
    LogRange = "log.range", Error;
    /// A log belongs to another store.
    LogOtherStore = "log.other-store", Error;
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How much a problem matters; it follows from the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Good to know; nothing is lost by it.
    Note,
    /// Something to look at before a restore.
    Warning,
    /// Data that cannot be restored, or a file that cannot be used.
    Error,
}

/// One thing that is wrong, with what it concerns and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Problem {
    pub code: Code,
    pub severity: Severity,
    /// A whole sentence without its full stop; it names files by their base names.
    pub message: String,
    /// What would mend it, where something would.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub remedy: Option<String>,
    /// The artifacts it concerns, indexes into the report's `artifacts`.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub artifacts: Vec<ArtifactId>,
}

impl Problem {
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { code, severity: code.severity(), message, remedy: None, artifacts: Vec::new() }
    }

    #[must_use]
    pub(crate) fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    #[must_use]
    pub(crate) fn about(mut self, artifacts: impl IntoIterator<Item = ArtifactId>) -> Self {
        self.artifacts.extend(artifacts);
        self
    }
}

/// Problems up to a ceiling for each code: a hostile file can hold one in every byte.
#[derive(Debug, Default)]
pub(crate) struct Problems {
    kept: Vec<Problem>,
    counts: BTreeMap<Code, u64>,
}

impl Problems {
    /// Of one code; a person reads the first few, and a count does for the rest.
    const KEPT: u64 = 100;

    pub(crate) fn push(&mut self, problem: Problem) {
        let count = self.counts.entry(problem.code).or_default();
        *count += 1;
        if *count <= Self::KEPT {
            self.kept.push(problem);
        }
    }

    pub(crate) fn contains(&self, problem: &Problem) -> bool {
        self.kept.contains(problem)
    }

    /// Those kept, and for each code that has more, how many.
    pub(crate) fn into_vec(mut self) -> Vec<Problem> {
        for (code, count) in self.counts {
            if let Some(more) = count.checked_sub(Self::KEPT).filter(|more| *more > 0) {
                self.kept.push(Problem::new(code, format!("and {more} more of this kind")));
            }
        }
        self.kept
    }
}
