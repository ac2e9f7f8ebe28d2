//! The one chain that a restore or an aggregate is about, from the paths that a person gives.

use std::collections::HashSet;
use std::path::PathBuf;

use graphkeep_core::chain;
use graphkeep_core::plan::{self, Point};
use graphkeep_core::report::{Artifact, ArtifactId, BackupType, Database, Report};

use super::{Refused, read};
use crate::args::Output;
use crate::exit::{Exit, Exits};
use crate::files::{Depth, Files};
use crate::printer::Printer;
use crate::select::{self, Listed, Pattern, Selection};

/// What was read, and the chain in it: the full first.
pub(crate) struct Chosen {
    pub(crate) report: Report,
    pub(crate) files: Files,
    ids: Vec<ArtifactId>,
}

impl Chosen {
    pub(crate) fn chain(&self) -> Vec<&Artifact> {
        self.ids.iter().map(|id| &self.report.artifacts[*id]).collect()
    }
}

/// What a person asked for.
pub(crate) struct Asked<'a> {
    /// One file, one folder, or all files of a chain.
    pub(crate) paths: &'a [PathBuf],
    /// The database, where a folder may hold several.
    pub(crate) database: Option<&'a str>,
    pub(crate) point: Point,
}

/// Finds the chain, or says why there is none.
///
/// # Errors
/// [`Refused`]; the inner `Err` is Ctrl-C's.
pub(crate) fn chosen(
    asked: &Asked,
    printer: &Printer,
    output: &Output,
) -> anyhow::Result<Result<Chosen, Exits>> {
    let mut selection = Selection { listed: Listed::LatestChain, empties: false, end: None };
    let paths = selection.widen(asked.paths);
    let is_file = selection.end.is_some();
    let found = match read(&paths, Depth::Flat, printer, output) {
        Ok(found) => found,
        Err(exits) => return Ok(Err(exits)),
    };
    let patterns: Vec<Pattern> = match asked.database.filter(|_| !is_file) {
        Some(name) => vec![name.parse().map_err(|error: &str| refused(error, None))?],
        None => Vec::new(),
    };
    let report = chain::report(select::databases(&patterns, found.readings));
    let ids = match &selection.end {
        Some(end) => ending_at(&report, &selection, end)?,
        None => newest(&report, asked)?,
    };
    Ok(Ok(Chosen { report, files: found.files, ids }))
}

fn refused(message: impl Into<String>, hint: Option<String>) -> Refused {
    Refused { exit: Exit::Failed, message: message.into(), hint }
}

/// The chain that ends at a file.
fn ending_at(report: &Report, selection: &Selection, end: &str) -> Result<Vec<ArtifactId>, Refused> {
    let chains = report.databases.iter().map(|database| (database, selection.of(report, database)));
    if let Some((_, ids)) = chains.clone().find(|(_, ids)| !ids.is_empty()) {
        return Ok(ids);
    }
    let holds = |database: &Database| {
        database.members.iter().find(|member| report.artifacts[member.artifact].path.base() == end).cloned()
    };
    let Some((database, member)) =
        report.databases.iter().find_map(|database| Some((database, holds(database)?)))
    else {
        let other = report.others.iter().find(|other| other.path.base() == end);
        let dump = report.dumps.iter().any(|dump| dump.path.base() == end);
        return Err(match (other, dump) {
            (Some(other), _) => refused(other.problem.message.clone(), other.problem.remedy.clone()),
            (None, true) => refused(
                format!("`{end}` is a dump, and no backup"),
                Some("`neo4j-admin database load` takes dumps".into()),
            ),
            _ => refused(format!("`{end}` is no backup"), None),
        });
    };
    let artifact = &report.artifacts[member.artifact];
    Err(match artifact.kind {
        BackupType::Empty => refused(
            format!("`{end}` is empty: nothing had changed when it was taken, so there is nothing in it"),
            Some("name the newest backup before it, or the folder".into()),
        ),
        _ => refused(
            format!("no chain leads to `{end}`, tx {}: {}", artifact.range(), database.verdict),
            Some("`graphkeep inspect` on the folder tells what is missing".into()),
        ),
    })
}

/// The best chain of the one database that there is.
fn newest(report: &Report, asked: &Asked) -> Result<Vec<ArtifactId>, Refused> {
    let database = match report.databases.as_slice() {
        [database] => database,
        [] => {
            let what = asked.database.map(|name| format!(" of `{name}`")).unwrap_or_default();
            let paths: Vec<String> = asked.paths.iter().map(|path| path.display().to_string()).collect();
            return Err(refused(
                format!("there is no backup{what} in {}", paths.join(", ")),
                Some("`graphkeep inspect` tells what is there".into()),
            ));
        }
        several => {
            let names: HashSet<&str> = several.iter().map(|database| database.name.as_str()).collect();
            let mut names: Vec<&str> = names.into_iter().collect();
            names.sort_unstable();
            let hint = if names.len() < several.len() {
                "two databases of one name: name the last backup of the chain that you want"
            } else {
                "choose one by its name, or name the last backup of its chain"
            };
            return Err(refused(
                format!("there are backups of several databases: {}", names.join(", ")),
                Some(hint.into()),
            ));
        }
    };
    match plan::plan(report, database, asked.point) {
        Ok(plan) => {
            let ids: Vec<ArtifactId> = plan.steps.iter().map(|step| step.artifact).collect();
            // When a backup was taken is known to the second, when each of its transactions was committed to
            // the millisecond: the logs themselves tell where to stop, in the last file or the one behind it.
            let whole = database.chains.iter().find(|chain| chain.artifacts.starts_with(&ids));
            match (asked.point, whole) {
                (Point::Before(_), Some(chain)) => Ok(chain.artifacts.clone()),
                _ => Ok(ids),
            }
        }
        Err(unreachable) => {
            let near = [unreachable.before, unreachable.after].into_iter().flatten();
            let near: Vec<String> =
                near.map(|near| format!("tx {} ({} UTC)", near.tx, near.time.words())).collect();
            let hint = (!near.is_empty()).then(|| format!("what can be restored: {}", near.join(", ")));
            Err(refused(unreachable.why, hint))
        }
    }
}
