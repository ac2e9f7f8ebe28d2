//! Where an artifact can be loaded, as far as its header tells: edition, store format, file name, and the
//! traps of Neo4j's own commands. The rules and where they were seen: docs/format.md, "Where it loads".

use serde::{Deserialize, Serialize};

use crate::report::{Artifact, Dump};

/// What an artifact could be loaded into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Target {
    Community,
    Enterprise,
    Aura,
}

/// Yes, no, or something to know first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    Yes,
    /// Yes, once the condition in the reason is met.
    Conditional,
    No,
    /// The header does not tell.
    Unknown,
}

/// One line of the table: a target, a release line, the answer and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Loads {
    pub target: Target,
    /// `5.26 LTS`, `2025`, `2026`; the release lines are the columns of the table.
    pub release: String,
    pub answer: Answer,
    /// A sentence without its full stop.
    pub why: String,
}

/// The whole answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Loading {
    pub table: Vec<Loads>,
    /// Traps by name, whole sentences without their full stop.
    pub notes: Vec<String>,
}

/// Where a backup loads.
pub fn artifact(_artifact: &Artifact) -> Loading {
    todo!()
}

/// Where a dump loads.
pub fn dump(_dump: &Dump) -> Loading {
    todo!()
}
