//! One JSON object a line, for programs that do not want to wait for a whole document.

use graphkeep_core::problem::Problem;
use graphkeep_core::report::{
    Artifact, ArtifactId, Database, Dump, OtherFile, Report, SCHEMA_VERSION, ShardedDatabase, Summary, Tool,
};
use serde::Serialize;

use super::json;
use super::transactions::Record;
use crate::neo4j::backup::Outcome;
use crate::progress::Sign;

/// One line.
#[derive(Debug, Serialize)]
#[serde(tag = "message_type", rename_all = "snake_case")]
pub(crate) enum Message<'r> {
    /// A file. Backups carry the index by which verdicts refer to them.
    Artifact {
        #[serde(skip_serializing_if = "Option::is_none")]
        index: Option<ArtifactId>,
        #[serde(flatten)]
        entry: Entry<'r>,
    },
    /// How far the work is, or something to know (stderr).
    Status {
        #[serde(flatten, skip_serializing_if = "Option::is_none")]
        progress: Option<Sign>,
        #[serde(skip_serializing_if = "Option::is_none")]
        message: Option<&'r str>,
    },
    /// A commit in a log.
    Transaction(&'r Record<'r>),
    /// A backup that was taken, or was not.
    Backup(&'r Outcome),
    /// The verdict on a database.
    Verdict(Verdict<'r>),
    /// Counts over everything.
    Summary {
        tool: &'r Tool,
        #[serde(flatten)]
        summary: &'r Summary,
        #[serde(skip_serializing_if = "<[_]>::is_empty")]
        problems: &'r [Problem],
        /// Only a part was read; nothing was judged.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        cancelled: bool,
    },
    /// Why the exit code is not 0 (stderr).
    ExitError {
        code: u8,
        /// Every code that applies, the one that decides first.
        codes: Vec<u8>,
        message: &'r str,
        #[serde(skip_serializing_if = "Option::is_none")]
        hint: Option<&'r str>,
    },
}

/// What a file was read as.
#[derive(Debug, Serialize)]
#[serde(tag = "reading", rename_all = "kebab-case")]
pub(crate) enum Entry<'r> {
    Artifact(&'r Artifact),
    Dump(&'r Dump),
    Other(&'r OtherFile),
}

#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(crate) enum Verdict<'r> {
    Database(&'r Database),
    ShardedDatabase(&'r ShardedDatabase),
}

#[derive(Debug, Serialize)]
struct Versioned<'m, 'r> {
    schema_version: &'static str,
    #[serde(flatten)]
    message: &'m Message<'r>,
}

/// A message on its line.
pub(crate) fn line(message: &Message) -> String {
    json::line(&Versioned { schema_version: SCHEMA_VERSION, message })
}

/// A whole report, with the artifacts of `rows`.
pub(crate) fn report(report: &Report, rows: &[ArtifactId]) -> String {
    let mut rows = rows.to_vec();
    rows.sort_unstable();
    let artifacts =
        rows.into_iter().map(|index| file(Some(index), Entry::Artifact(&report.artifacts[index])));
    let dumps = report.dumps.iter().map(|dump| file(None, Entry::Dump(dump)));
    artifacts.chain(dumps).chain([rest(report, false)]).collect()
}

/// One file.
pub(crate) fn file(index: Option<ArtifactId>, entry: Entry) -> String {
    line(&Message::Artifact { index, entry })
}

/// What follows artifacts and dumps: other files, verdicts, the summary.
pub(crate) fn rest(report: &Report, cancelled: bool) -> String {
    let others = report.others.iter().map(Entry::Other);
    let files = others.map(|entry| Message::Artifact { index: None, entry });
    let verdicts = report.databases.iter().map(Verdict::Database);
    let sharded = report.sharded_databases.iter().map(Verdict::ShardedDatabase);
    let verdicts = verdicts.chain(sharded).map(Message::Verdict);
    let summary = Message::Summary {
        tool: &report.tool,
        summary: &report.summary,
        problems: &report.problems,
        cancelled,
    };
    files.chain(verdicts).chain([summary]).map(|message| line(&message)).collect()
}
