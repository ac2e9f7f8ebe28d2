//! Why artifacts of a store cannot be reached: what is missing before them, and what would close it.

use std::collections::BTreeMap;

use super::graph::{Graph, Node, NodeId};
use crate::problem::{Code, Problem};
use crate::report::{Artifact, ArtifactId, Gap};

/// What was found out about the artifacts of one store that no full reaches.
#[derive(Debug, Default)]
pub(super) struct Findings {
    pub(super) gaps: Vec<Gap>,
    pub(super) problems: Vec<Problem>,
    /// Unreached, but a newer full holds their transactions.
    pub(super) superseded: Vec<ArtifactId>,
}

/// Judges the unreached artifacts of `graph`. `others` are the graphs of the same database's other stores.
pub(super) fn find(artifacts: &[Artifact], graph: &Graph, others: &[&Graph]) -> Findings {
    let mut findings = Findings::default();
    let newest = graph.newest().map_or(0, |id| graph.nodes[id].highest);
    for (root, members) in groups(graph) {
        let root = &graph.nodes[root];
        let end = members.iter().map(|id| graph.nodes[*id].highest).max().unwrap_or(root.highest);
        let ids: Vec<ArtifactId> = members.iter().map(|id| graph.nodes[*id].artifact).collect();
        if end <= newest {
            findings.problems.push(superseded(artifacts, root, &ids, newest));
            findings.superseded.extend(ids);
            continue;
        }
        let (gap, problem) = gap(artifacts, graph, others, root, ids);
        findings.gaps.push(gap);
        findings.problems.push(problem);
    }
    findings
}

/// Unreached artifacts by the first of them: the one that nothing at hand precedes.
fn groups(graph: &Graph) -> BTreeMap<NodeId, Vec<NodeId>> {
    let mut first: Vec<NodeId> = (0..graph.nodes.len()).collect();
    let mut groups: BTreeMap<NodeId, Vec<NodeId>> = BTreeMap::new();
    for (id, node) in graph.nodes.iter().enumerate().filter(|(_, node)| !node.is_reached()) {
        if let Some(parent) = node.parents.first() {
            first[id] = first[*parent];
        }
        groups.entry(first[id]).or_default().push(id);
    }
    groups
}

fn superseded(artifacts: &[Artifact], root: &Node, ids: &[ArtifactId], newest: i64) -> Problem {
    let what = match ids.len() {
        1 => format!("`{}` has", artifacts[root.artifact].path.base()),
        count => format!("{count} differentials from `{}` on have", artifacts[root.artifact].path.base()),
    };
    Problem::new(
        Code::ChainSuperseded,
        format!("{what} nothing to follow, and is not needed: backups up to tx {newest} hold the same transactions")
            .replace("have nothing to follow, and is", "have nothing to follow, and are"),
    )
    .about(ids.iter().copied())
}

fn gap(
    artifacts: &[Artifact],
    graph: &Graph,
    others: &[&Graph],
    root: &Node,
    unusable: Vec<ArtifactId>,
) -> (Gap, Problem) {
    let name = |id: ArtifactId| artifacts[id].path.base();
    let needed = root.lowest - 1;
    let count = match unusable.len() {
        1 => "1 file cannot be used".to_owned(),
        count => format!("{count} files cannot be used"),
    };
    let here = format!("`{}` ({} UTC)", name(root.artifact), root.time.words());

    // It would follow this one, were it not for what the logs say.
    let history = graph.nodes.iter().find(|node| node.highest == needed);
    // An artifact that runs past the point where this one begins.
    let mut covering = graph.nodes.iter().filter(|node| node.lowest <= needed && node.highest > needed);
    let overlapped = covering.find(|node| !node.full);
    // The artifact that comes nearest from below.
    let below = graph.nodes.iter().filter(|node| node.highest < needed);
    let below = below.max_by_key(|node| (node.highest, node.is_reached(), node.time));

    let before = history.or(overlapped).or(below);
    let is_missing = history.is_none() && overlapped.is_none();
    let first_tx = is_missing.then(|| below.map_or(0, |node| node.highest) + 1);
    let last_tx = first_tx.map(|_| needed);
    let missing = first_tx.map(|first| range(first, needed));

    let other_store = others.iter().flat_map(|graph| &graph.nodes).find(|node| {
        node.highest == needed || node.full && node.highest >= needed && node.highest < root.highest
    });

    let mut closes = match (&missing, before) {
        (Some(missing), Some(_)) => {
            format!(
                "a differential {missing}, or several that cover it without a break, or a full whose highest is {needed}"
            )
        }
        (Some(_), None) => format!("a full whose highest is {needed}"),
        (None, _) => format!("an artifact that ends at exactly {needed}"),
    };
    if let Some(last) = root.highest.checked_sub(1).filter(|last| *last > needed) {
        closes = format!("{closes} (from Neo4j 2026.02 a full up to {last} does as well)");
    }
    if other_store.is_some() {
        let hash = artifacts[root.artifact].store_id_hash;
        closes = format!("{closes}, of the store with STORE ID HASH {hash}");
    }
    closes.push_str("; if it is lost, take a new full backup now");

    let (code, message) = match (&missing, before) {
        (None, Some(node)) => (
            Code::ChainOverlapBetweenDifferentials,
            format!(
                "{here} begins at tx {}, inside `{}`, which holds tx {}..{}; after that one Neo4j accepts only a differential that begins at {}; {count}",
                root.lowest,
                name(node.artifact),
                node.lowest,
                node.highest,
                node.highest.saturating_add(1),
            ),
        ),
        (Some(missing), Some(node)) => (
            Code::ChainGap,
            format!(
                "tx {missing} are missing between `{}` ({} UTC) and {here}; {count}",
                name(node.artifact),
                node.time.words(),
            ),
        ),
        (missing, None) => (
            Code::ChainNoFull,
            format!(
                "there is no full backup before {here}: tx {} are missing; {count}",
                missing.as_deref().unwrap_or("1"),
            ),
        ),
    };
    let mut problem = Problem::new(code, message).about(before.map(|node| node.artifact));
    if let Some(node) = other_store {
        let (theirs, ours) = (artifacts[node.artifact].store_id_hash, artifacts[root.artifact].store_id_hash);
        let message = format!(
            "{here} does not belong to `{}`, though its numbers fit: STORE ID HASH {ours}, not {theirs}; the database was replaced by another store in between; {count}",
            name(node.artifact),
        );
        problem = Problem::new(Code::ChainOtherStore, message).about([node.artifact]);
    }
    if let Some(node) = history {
        let sum = |sum: Option<u32>| sum.map_or("unknown".to_owned(), |sum| format!("{sum:08x}"));
        let message = format!(
            "{here} does not continue `{}`, though its numbers fit: tx {needed} has checksum {} there, and {} before tx {}; they are of different histories, as after a restore to an earlier point; {count}",
            name(node.artifact),
            sum(node.links.at_highest),
            sum(root.links.before_lowest),
            root.lowest,
        );
        problem = Problem::new(Code::ChainOtherHistory, message).about([node.artifact]);
    }
    let problem = problem.about(unusable.iter().copied()).remedy(format!("to close it: {closes}"));
    let gap = Gap {
        code: problem.code,
        first_tx,
        last_tx,
        before: before.map(|node| node.artifact),
        after: root.artifact,
        from: before.map(|node| node.time),
        to: root.time,
        unusable,
        closes,
        candidates: Vec::new(),
    };
    (gap, problem)
}

/// `21..30`, and `21..21` for one: as artifacts' ranges are written.
fn range(first: i64, last: i64) -> String {
    format!("{first}..{last}")
}
