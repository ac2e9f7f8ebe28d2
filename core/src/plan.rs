//! Which files restore a point, and the commands that do it.

use serde::{Deserialize, Serialize};

use crate::problem::Problem;
use crate::report::{ArtifactId, Database, Report};
use crate::time::{NotATime, UtcTime};

/// The point that is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Point {
    /// The newest that can be restored.
    Newest,
    /// Everything up to and including this transaction.
    Tx(i64),
    /// Everything that was committed before this time.
    Before(UtcTime),
}

impl Point {
    /// Reads `newest`, `tx 1234`, `1234`, a time, or `before <time>`.
    ///
    /// # Errors
    /// [`NotATime`] when it is none of these.
    pub fn parse(_text: &str) -> Result<Self, NotATime> {
        todo!()
    }
}

/// How to write a command for a person's shell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Shell {
    Sh,
    PowerShell,
}

/// A command, in words that a shell takes as they are, and what it is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Command {
    /// `Enterprise`, `Community`, or a step before both.
    pub purpose: String,
    /// Program and arguments, unquoted.
    pub words: Vec<String>,
    /// What to know before running it, a sentence without its full stop.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub note: Option<String>,
}

impl Command {
    /// The command as a line of that shell, quoted where it needs to be.
    pub fn line(&self, _shell: Shell) -> String {
        todo!()
    }
}

/// A file to read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Step {
    pub artifact: ArtifactId,
    pub path: String,
    pub bytes: u64,
    pub lowest_tx: i64,
    pub highest_tx: i64,
    pub time: UtcTime,
}

/// The way to a point.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Plan {
    pub database: String,
    pub database_id: String,
    pub point: Point,
    /// Files in the order in which they are applied.
    pub steps: Vec<Step>,
    pub bytes: u64,
    /// What `--restore-until` must say; absent where the files are restored whole.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub restore_until: Option<String>,
    /// The last transaction that is certainly restored.
    pub reaches_tx: i64,
    pub needs_2026_02: bool,
    pub commands: Vec<Command>,
    /// What to know, whole sentences without their full stop.
    pub notes: Vec<String>,
}

/// A point that can be restored, offered in place of one that cannot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Nearest {
    pub tx: i64,
    pub time: UtcTime,
}

/// Why a point cannot be reached, and what can be instead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Unreachable {
    /// A sentence without its full stop.
    pub why: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub before: Option<Nearest>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub after: Option<Nearest>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub problems: Vec<Problem>,
}

/// Finds the files that restore `point` of `database`, a member of `report.databases`.
///
/// # Errors
/// [`Unreachable`], with the nearest points on either side.
pub fn plan(_report: &Report, _database: &Database, _point: Point) -> Result<Plan, Box<Unreachable>> {
    todo!()
}
