//! Which artifacts follow which, over any number of folders, and what that means for each database.
//!
//! The rules are Neo4j's own; docs/format.md, "Chains", lists them. Nothing is read here: headers in, a
//! [`Report`] out, the same whatever the order of the input.

mod database;
mod gaps;
mod graph;
mod shards;

use std::collections::{BTreeMap, HashMap, HashSet};

use uuid::Uuid;

use crate::problem::{Code, Problem};
use crate::report::{
    Artifact, ArtifactId, Database, Dump, Level, OtherFile, Reading, Reason, Report, SCHEMA_VERSION, State,
    Summary, Tool,
};
use crate::source::FileName;

/// Judges everything that was read. Order of `readings` does not matter.
pub fn report(readings: Vec<Reading>) -> Report {
    let (mut artifacts, mut dumps, mut others) = (Vec::new(), Vec::new(), Vec::new());
    let mut bytes_read = 0_u64;
    for reading in readings {
        bytes_read = bytes_read.saturating_add(reading.bytes_read());
        match reading {
            Reading::Artifact(artifact) => artifacts.push(*artifact),
            Reading::Dump(dump) => dumps.push(*dump),
            Reading::Other(other) => others.push(*other),
        }
    }
    artifacts.sort_by(|a, b| a.path.cmp(&b.path));
    dumps.sort_by(|a, b| a.path.cmp(&b.path));
    others.sort_by(|a, b| a.path.cmp(&b.path));
    let folded = fold_parts(&artifacts, &mut others);

    let mut by_id: BTreeMap<Uuid, Vec<ArtifactId>> = BTreeMap::new();
    for (id, artifact) in artifacts.iter().enumerate() {
        by_id.entry(artifact.database_id).or_default().push(id);
    }
    let unread = database::Unread::new(&artifacts, &others);
    let mut databases: Vec<Database> =
        by_id.iter().map(|(id, members)| database::judge(*id, &artifacts, members, &unread)).collect();
    let problems = ambiguous_names(&mut databases);
    // Worst first, then as people look for them.
    databases.sort_by(|a, b| (b.state, &a.name, a.id).cmp(&(a.state, &b.name, b.id)));
    let sharded_databases = shards::find(&artifacts, &databases);

    let files = (artifacts.len() + dumps.len() + others.len()) as u64 + folded;
    let summary = Summary { files, bytes_read, ..summary(&artifacts, &dumps, &others, &databases) };
    Report {
        schema_version: SCHEMA_VERSION.to_owned(),
        tool: Tool { name: "graphkeep".into(), version: env!("CARGO_PKG_VERSION").into() },
        level: databases.iter().map(|database| database.level).min().unwrap_or(Level::L1),
        summary,
        databases,
        sharded_databases,
        artifacts,
        dumps,
        others,
        problems,
    }
}

/// Takes out the parts that belong to a split archive at hand, and says of the rest what is known about
/// their manifest. Gives the number of parts taken out.
fn fold_parts(artifacts: &[Artifact], others: &mut Vec<OtherFile>) -> u64 {
    let splits = || artifacts.iter().filter_map(|artifact| artifact.split.as_ref());
    let parts: HashSet<&FileName> = splits().flat_map(|split| &split.parts).map(|part| &part.path).collect();
    let before = others.len();
    others.retain(|other| !(matches!(other.reason, Reason::Part { .. }) && parts.contains(&other.path)));

    let manifests: HashSet<FileName> = artifacts
        .iter()
        .filter(|artifact| artifact.split.is_some())
        .map(|artifact| artifact.path.clone())
        .chain(others.iter().map(|other| other.path.clone()))
        .collect();
    for other in others.iter_mut() {
        let Reason::Part { index, archive_id } = &other.reason else {
            continue;
        };
        let Some(base) = other.path.0.strip_suffix(&format!(".{index}")) else {
            continue;
        };
        if manifests.contains(&FileName::from(base)) {
            let (name, base) = (other.path.base(), FileName::from(base));
            let message = format!(
                "`{name}` is part {index} of the split archive {archive_id}; `{}` beside it cannot be read with it",
                base.base()
            );
            other.problem.message = message;
            other.problem.remedy = Some("compare the archive id of each part with the manifest's; copy the whole set again from its source".into());
        }
    }
    (before - others.len()) as u64
}

/// One name, several ids: a database that was dropped and made again, or two servers in one folder.
fn ambiguous_names(databases: &mut [Database]) -> Vec<Problem> {
    let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, database) in databases.iter().enumerate() {
        by_name.entry(&database.name).or_default().push(at);
    }
    let mut ambiguous: Vec<Vec<usize>> = by_name.into_values().filter(|ids| ids.len() > 1).collect();
    ambiguous.sort_unstable();
    let mut problems = Vec::new();
    for ids in ambiguous {
        let name = databases[ids[0]].name.clone();
        // The sentence goes to each of them: listing thousands in each would make a report of gigabytes.
        let mut list: Vec<String> = ids.iter().take(4).map(|at| databases[*at].id.to_string()).collect();
        if ids.len() > list.len() {
            list.push(format!("and {} more", ids.len() - list.len()));
        }
        let problem = Problem::new(
            Code::NameAmbiguous,
            format!(
                "{} databases are called `{name}` (ids {}): it was dropped and made again, or the files come from several servers; their chains are separate",
                ids.len(),
                list.join(", "),
            ),
        )
        .remedy("choose by database id; keep them in separate folders before you use neo4j-admin on them by name");
        for at in ids {
            databases[at].problems.push(problem.clone());
        }
        problems.push(problem);
    }
    problems
}

fn summary(artifacts: &[Artifact], dumps: &[Dump], others: &[OtherFile], databases: &[Database]) -> Summary {
    let mut summary = Summary {
        databases: databases.len() as u64,
        artifacts: artifacts.len() as u64,
        dumps: dumps.len() as u64,
        bytes: artifacts
            .iter()
            .map(|artifact| artifact.size)
            .chain(dumps.iter().map(|dump| dump.size))
            .fold(0, u64::saturating_add),
        ..Summary::default()
    };
    summary.unreadable += artifacts.iter().filter(|artifact| !artifact.is_usable()).count() as u64;
    summary.unreadable += dumps.iter().filter(|dump| !dump.is_usable()).count() as u64;
    for other in others {
        *match other.reason {
            Reason::Unreadable { .. } | Reason::Part { .. } => &mut summary.unreadable,
            Reason::NewerContainer { .. } | Reason::NewerMetadata { .. } => &mut summary.newer,
            Reason::Stranger { .. } => &mut summary.strangers,
        } += 1;
    }
    for database in databases {
        *match database.state {
            State::Restorable => &mut summary.restorable,
            State::Unverified => &mut summary.unverified,
            State::Unknown => &mut summary.unknown,
            State::RestorableUntil => &mut summary.restorable_until,
            State::Broken => &mut summary.broken,
            State::Corrupt => &mut summary.corrupt,
        } += 1;
    }
    summary
}
