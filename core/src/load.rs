//! Where an artifact can be loaded, as far as its header tells: edition, store format, file name, and the
//! traps of Neo4j's own commands. The rules and where they were seen: docs/format.md, "Where it loads".

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use crate::container::Container;
use crate::report::{Artifact, BackupType, Dump};

/// What an artifact could be loaded into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Target {
    Community,
    Enterprise,
    Aura,
}

impl Target {
    pub const ALL: [Self; 3] = [Self::Community, Self::Enterprise, Self::Aura];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Community => "Community",
            Self::Enterprise => "Enterprise",
            Self::Aura => "Aura",
        }
    }
}

/// A line of Neo4j releases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Release {
    #[serde(rename = "5.26")]
    V5_26,
    #[serde(rename = "2025")]
    V2025,
    #[serde(rename = "2026")]
    V2026,
}

impl Release {
    pub const ALL: [Self; 3] = [Self::V5_26, Self::V2025, Self::V2026];

    /// The line that a version of Neo4j belongs to; all of 5 before 5.26 leads to 5.26.
    fn of(version: &str) -> Self {
        match version.split('.').next() {
            Some("2025") => Self::V2025,
            Some(year) if year > "2025" && year.len() == 4 => Self::V2026,
            _ => Self::V5_26,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::V5_26 => "5.26",
            Self::V2025 => "2025",
            Self::V2026 => "2026",
        }
    }
}

/// Yes, no, or something to know first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Answer {
    Yes,
    /// Yes, once the condition in the reason is met.
    If,
    No,
    /// The header does not tell.
    Unknown,
}

impl Answer {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::If => "if",
            Self::No => "no",
            Self::Unknown => "unknown",
        }
    }
}

/// One cell of the table: a target, a release line, the answer and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Loads {
    pub target: Target,
    pub release: Release,
    pub answer: Answer,
    /// A sentence without its full stop.
    pub why: String,
}

/// The whole answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Loading {
    /// Every target with every release line.
    pub table: Vec<Loads>,
    /// Traps by name, whole sentences without their full stop.
    pub notes: Vec<String>,
}

type Verdict = (Answer, String);

/// Where a backup loads.
pub fn artifact(artifact: &Artifact) -> Loading {
    Loading { table: table(|target, release| backup(artifact, target, release)), notes: notes(artifact) }
}

/// Where a dump loads.
pub fn dump(dump: &Dump) -> Loading {
    let judged = |target, _| match target {
        Target::Community => (
            Answer::Unknown,
            "a dump does not say its store format: `record` loads, `block` does not".to_owned(),
        ),
        Target::Enterprise | Target::Aura => {
            (Answer::If, "if no newer Neo4j wrote it; a dump does not say which did".to_owned())
        }
    };
    let base = dump.path.base();
    let mut notes = vec![match &dump.database_by_name {
        Some(name) => format!(
            "`database load` goes by the file's name: this one loads as `{name}`, and must stay called `{base}`"
        ),
        None => {
            format!("`database load` wants the file to be called `<database>.dump`; rename `{base}` first")
        }
    }];
    if matches!(dump.container, Container::LegacyZstd | Container::LegacyGzip) {
        notes.push(
            "a dump without a magic may come from Neo4j 4: load it into 5.26 first, and go on from there"
                .into(),
        );
    }
    notes.push(LEFTOVERS.into());
    Loading { table: table(judged), notes }
}

fn table(judge: impl Fn(Target, Release) -> Verdict) -> Vec<Loads> {
    let cells = Target::ALL.into_iter().flat_map(|target| Release::ALL.map(|release| (target, release)));
    let cell = |(target, release)| {
        let (answer, why) = judge(target, release);
        Loads { target, release, answer, why }
    };
    cells.map(cell).collect()
}

/// Reasons in the order of their weight: the first that settles the matter is the one given.
fn backup(artifact: &Artifact, target: Target, release: Release) -> Verdict {
    let no = |why: &str| (Answer::No, why.to_owned());
    if artifact.kind == BackupType::Empty {
        return no("an empty backup holds no data");
    }
    if artifact.topology.is_some() && target == Target::Community {
        return no("a shard of a sharded property database needs Enterprise");
    }
    if target == Target::Community {
        match (artifact.store_id.engine.as_str(), artifact.store_id.format.as_str()) {
            ("block", _) => {
                return no(
                    "store format `block` is Enterprise's; `database load` finds out only after it has overwritten the local database (neo4j/neo4j#13444)",
                );
            }
            ("record", "high_limit") => return no("store format `high_limit` is Enterprise's"),
            _ => {}
        }
        if artifact.kind == BackupType::Differential {
            return no("`database load` refuses differentials");
        }
    }
    if artifact.container == Container::Bzv3 || artifact.split.is_some() {
        return match release {
            Release::V2026 => {
                (Answer::If, "if it is newer than 2026.05.0, which answers `Unsupported format`".to_owned())
            }
            _ => no("no release of this line reads this container"),
        };
    }
    match store(artifact, release) {
        (Answer::Yes, _) => {}
        settled => return settled,
    }
    if let Some(oldest) = artifact.verified.as_ref().and_then(|found| found.oldest_neo4j.as_deref()) {
        match release.cmp(&Release::of(oldest)) {
            Ordering::Less => {
                return (
                    Answer::No,
                    format!("its logs need Neo4j {oldest} or later, by their kernel version"),
                );
            }
            Ordering::Equal if release != Release::V5_26 => {
                return (
                    Answer::If,
                    format!("if it is {oldest} or later: its logs have that kernel version"),
                );
            }
            _ => {}
        }
    } else if release < Release::V2026 && artifact.script.is_some_and(|script| script.compressed) {
        return (
            Answer::Unknown,
            "its script is compressed, as 2026.05 writes it: if 2026 wrote it, this line refuses it as a downgrade".to_owned(),
        );
    }
    match (artifact.kind, target) {
        (BackupType::Differential, Target::Aura) => {
            (Answer::Unknown, "a differential needs `database restore` and its chain".to_owned())
        }
        (BackupType::Differential, _) => {
            (Answer::If, "with its chain in the same folder, by `database restore`".to_owned())
        }
        (_, Target::Community) => (Answer::Yes, "by `database load`, if no newer Neo4j wrote it".to_owned()),
        (_, Target::Enterprise) => {
            (Answer::Yes, "by `database restore`, if no newer Neo4j wrote it".to_owned())
        }
        (_, Target::Aura) => (Answer::Yes, "by `database upload`, if no newer Neo4j wrote it".to_owned()),
    }
}

/// What the store format alone says; Community's own refusals come before.
fn store(artifact: &Artifact, release: Release) -> Verdict {
    let yes = (Answer::Yes, String::new());
    match (artifact.store_id.engine.as_str(), artifact.store_id.format.as_str()) {
        ("record", "standard") if release == Release::V2026 => (
            Answer::If,
            "before support for `standard` ends, which is planned with the LTS of November 2026; migrate to `aligned` or `block`".to_owned(),
        ),
        ("record", "high_limit") if release == Release::V2026 => (
            Answer::If,
            "up to the LTS of November 2026, the last that opens `high_limit`; migrate to `block`".to_owned(),
        ),
        ("record", "aligned" | "standard" | "high_limit") | ("block", "block") => yes,
        (engine, format) => {
            (Answer::Unknown, format!("this program does not know the store format `{engine}-{format}`"))
        }
    }
}

const LEFTOVERS: &str = "a load that failed leaves folders behind that make the next one fail: give it `--overwrite-destination=true`";

fn notes(artifact: &Artifact) -> Vec<String> {
    let mut notes = Vec::new();
    let database = &artifact.database;
    if artifact.kind == BackupType::Empty {
        return vec![
            "an empty backup records that nothing had changed; the chain it belongs to is what restores"
                .into(),
        ];
    }
    let kernel = artifact.verified.as_ref().and_then(|found| found.oldest_neo4j.as_deref());
    if let Some(kernel) = kernel {
        notes.push(format!(
            "the kernel version in its logs is that of Neo4j {kernel}: no older Neo4j takes it"
        ));
    } else {
        notes.push("the header does not name the version that wrote it; a backup goes into the same or a later version, and an earlier one refuses only after it has unpacked it over the destination".into());
    }
    if artifact.kind == BackupType::Full {
        notes.push(format!("Community's `database load` chooses by the database name in the metadata, whatever the file is called: this one loads as `{database}`, and under another name it finds nothing (rename inside Neo4j afterwards, or pipe it through `--from-stdin`)"));
        notes.push(format!("Community refuses a folder with two fulls of `{database}` as ambiguous; from a folder with a chain it loads the full alone and passes the differentials over without a word"));
        notes.push(LEFTOVERS.into());
        if !artifact.recovered {
            notes.push(
                "it was not recovered when it was taken: Neo4j replays its transaction logs on restore"
                    .into(),
            );
        }
    }
    if artifact.store_id.format == "standard" {
        notes.push("store format `standard` is deprecated since 5.23".into());
    }
    if artifact.script.is_some() {
        notes
            .push("users and roles are in its metadata script, which a load of the data does not run".into());
    }
    if let Some(topology) = &artifact.topology {
        notes.push(format!(
            "it is one shard of `{}`; restore all shards of it together",
            topology.virtual_name
        ));
    }
    notes
}
