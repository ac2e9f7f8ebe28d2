//! Which artifacts of one store follow which, and the best way to each.
//!
//! A differential follows an artifact whose highest is its lowest - 1. The first differential after a full
//! may also begin inside that full's range (Neo4j accepts that from 2026.02), as long as it goes past the
//! full's highest. docs/format.md, "Chains".
//!
//! The number of paths through a history can be exponential, so none are enumerated: each artifact keeps
//! the best way from each of the newest few fulls, built from its parents' ways in order of the highest
//! transaction.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::log::Links;
use crate::report::{Artifact, ArtifactId, BackupType};
use crate::time::UtcTime;

/// Ways kept for each artifact, and parents considered: enough to show the alternatives that a person
/// chooses from, and a bound on the work for hostile histories.
const KEPT: usize = 8;

/// Index into [`Graph::nodes`].
pub(super) type NodeId = usize;

/// A usable, non-empty artifact.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) artifact: ArtifactId,
    pub(super) lowest: i64,
    pub(super) highest: i64,
    pub(super) time: UtcTime,
    pub(super) full: bool,
    bytes: u64,
    files: u64,
    /// Checksums at its ends, where its logs were walked and carry them.
    pub(super) links: Links,
    /// What it can follow.
    pub(super) parents: Vec<NodeId>,
    has_child: bool,
    /// The best way from each full, best first; empty if it cannot be reached.
    pub(super) ways: Vec<Way>,
    /// More fulls reach it than ways are kept.
    pub(super) more_ways: bool,
}

impl Node {
    /// Whether this artifact's logs may continue `parent`, which ends right before them. Where both tell the
    /// checksum of the transaction in between, it must be the same one.
    pub(super) fn continues(&self, parent: &Self) -> bool {
        match (parent.links.at_highest, self.links.before_lowest) {
            (Some(theirs), Some(ours)) => theirs == ours,
            _ => true,
        }
    }

    pub(super) fn is_reached(&self) -> bool {
        !self.ways.is_empty()
    }

    /// Reached, and nothing follows it.
    pub(super) fn is_tip(&self) -> bool {
        self.is_reached() && !self.has_child
    }
}

/// How to get from a full to an artifact.
#[derive(Debug, Clone, Copy)]
pub(super) struct Way {
    pub(super) full: NodeId,
    /// The artifact before this one; absent for the full itself.
    parent: Option<NodeId>,
    pub(super) bytes: u64,
    pub(super) files: u64,
    /// The first differential overlaps the full.
    pub(super) overlaps: bool,
}

/// The artifacts of one store, in order of their highest transaction.
#[derive(Debug)]
pub(super) struct Graph {
    pub(super) nodes: Vec<Node>,
}

impl Graph {
    /// Builds the graph over usable, non-empty artifacts of one store.
    pub(super) fn new(artifacts: &[Artifact], ids: &[ArtifactId]) -> Self {
        let mut nodes: Vec<Node> = ids.iter().map(|id| node(*id, &artifacts[*id])).collect();
        // A parent's highest is below its child's, so this order puts parents first.
        nodes.sort_by_key(|node| (node.highest, !node.full, node.time, node.artifact));
        let mut graph = Self { nodes };
        graph.connect();
        graph
    }

    fn connect(&mut self) {
        // Ends: highest transaction to the artifacts that end there. Best: the same, the few best first, made
        // when the first differential asks for them; all of them are done by then.
        let mut ends: HashMap<i64, Vec<NodeId>> = HashMap::new();
        let mut best: HashMap<i64, Vec<NodeId>> = HashMap::new();
        let mut fulls: BTreeMap<i64, Vec<NodeId>> = BTreeMap::new();
        for id in 0..self.nodes.len() {
            let (lowest, highest, full) =
                (self.nodes[id].lowest, self.nodes[id].highest, self.nodes[id].full);
            if full {
                let Node { bytes, files, .. } = self.nodes[id];
                self.nodes[id].ways = vec![Way { full: id, parent: None, bytes, files, overlaps: false }];
                fulls.entry(highest).or_default().push(id);
            } else {
                // A differential's lowest is 1 or more.
                let before = lowest - 1;
                let mut contiguous =
                    best.entry(before).or_insert_with(|| self.best_of(ends.get(&before))).clone();
                contiguous.retain(|parent| self.nodes[id].continues(&self.nodes[*parent]));
                // Newest first; a full that ends at `before` is among the contiguous ones already.
                let overlapping = fulls.range(lowest..highest).rev().flat_map(|(_, ids)| ids).copied();
                self.nodes[id].parents = contiguous.into_iter().chain(overlapping.take(KEPT)).collect();
                self.ways_from_parents(id);
            }
            ends.entry(highest).or_default().push(id);
        }
        self.mark_parents(&ends, &fulls);
    }

    /// The few best of the artifacts that end at one transaction.
    fn best_of(&self, ids: Option<&Vec<NodeId>>) -> Vec<NodeId> {
        let mut ids = ids.cloned().unwrap_or_default();
        ids.sort_by_key(|id| {
            (self.nodes[*id].ways.first().map_or((1, None), |way| (0, Some(self.rank(way)))), *id)
        });
        ids.truncate(KEPT);
        ids
    }

    /// What makes a way better: a newer full (less to replay), no overlap (every version takes it), less to
    /// read, fewer files.
    fn rank(&self, way: &Way) -> impl Ord + use<> {
        use std::cmp::Reverse;
        let full = &self.nodes[way.full];
        (Reverse(full.highest), Reverse(full.time), way.overlaps, way.bytes, way.files, way.full)
    }

    fn ways_from_parents(&mut self, id: NodeId) {
        let node = &self.nodes[id];
        let mut ways: HashMap<NodeId, Way> = HashMap::new();
        let mut more = false;
        for parent in &node.parents {
            let overlaps = self.nodes[*parent].highest >= node.lowest;
            more |= self.nodes[*parent].more_ways;
            for way in &self.nodes[*parent].ways {
                let way = Way {
                    parent: Some(*parent),
                    bytes: way.bytes.saturating_add(node.bytes),
                    files: way.files + node.files,
                    overlaps: way.overlaps || overlaps,
                    ..*way
                };
                let kept = ways.entry(way.full).or_insert(way);
                if self.rank(&way) < self.rank(kept) {
                    *kept = way;
                }
            }
        }
        let mut ways: Vec<Way> = ways.into_values().collect();
        ways.sort_by_key(|way| self.rank(way));
        if ways.len() > KEPT {
            more = true;
            // Versions before 2026.02 need a way without overlap: the best one is never dropped.
            let plain = ways.iter().position(|way| !way.overlaps).filter(|at| *at >= KEPT);
            if let Some(at) = plain {
                ways.swap(KEPT - 1, at);
            }
            ways.truncate(KEPT);
        }
        self.nodes[id].ways = ways;
        self.nodes[id].more_ways = more;
    }

    /// Marks every artifact that some differential can follow, also where `parents` was cut.
    fn mark_parents(&mut self, ends: &HashMap<i64, Vec<NodeId>>, fulls: &BTreeMap<i64, Vec<NodeId>>) {
        let differentials = || self.nodes.iter().filter(|node| !node.full);
        // Children by where they begin, and by what they say of the transaction before: few answers each.
        let mut wanted: HashMap<i64, HashSet<Option<u32>>> = HashMap::new();
        for node in differentials() {
            wanted.entry(node.lowest - 1).or_default().insert(node.links.before_lowest);
        }
        let ranges: Vec<(i64, i64)> = differentials().map(|node| (node.lowest, node.highest)).collect();
        for (before, answers) in &wanted {
            for id in ends.get(before).into_iter().flatten() {
                let ours = self.nodes[*id].links.at_highest;
                self.nodes[*id].has_child =
                    ours.is_none() || answers.contains(&None) || answers.contains(&ours);
            }
        }
        // A full is overlapped if, of the differentials that begin at or below its highest, one goes past it.
        let mut by_lowest = ranges;
        by_lowest.sort_unstable();
        let mut reach = i64::MIN;
        let mut next = 0;
        for (highest, ids) in fulls {
            while let Some((_, end)) = by_lowest.get(next).filter(|(lowest, _)| lowest <= highest) {
                reach = reach.max(*end);
                next += 1;
            }
            if reach > *highest {
                for id in ids {
                    self.nodes[*id].has_child = true;
                }
            }
        }
    }

    /// The artifacts of a way, the full first.
    pub(super) fn path(&self, end: NodeId, way: &Way) -> Vec<NodeId> {
        let mut path = vec![end];
        let mut step = *way;
        while let Some(parent) = step.parent {
            path.push(parent);
            let before = self.nodes[parent].ways.iter().find(|before| before.full == step.full);
            step = *before.expect("a way was built from its parent's way from the same full");
        }
        path.reverse();
        path
    }

    /// The reached artifact with the highest transaction, the best of those that share it.
    pub(super) fn newest(&self) -> Option<NodeId> {
        self.best_end(|_| true)
    }

    /// The same over ways that every version accepts.
    pub(super) fn newest_without_overlap(&self) -> Option<(NodeId, Way)> {
        let end = self.best_end(|way| !way.overlaps)?;
        let way = self.nodes[end].ways.iter().find(|way| !way.overlaps)?;
        Some((end, *way))
    }

    fn best_end(&self, accept: impl Fn(&Way) -> bool) -> Option<NodeId> {
        let ends = self.nodes.iter().enumerate().filter_map(|(id, node)| {
            let way = node.ways.iter().find(|way| accept(way))?;
            Some((std::cmp::Reverse(node.highest), self.rank(way), id))
        });
        ends.min().map(|(_, _, id)| id)
    }
}

fn node(id: ArtifactId, artifact: &Artifact) -> Node {
    let parts = artifact.split.as_ref().map_or(0, |split| split.parts.len() as u64);
    Node {
        artifact: id,
        lowest: artifact.lowest_tx,
        highest: artifact.highest_tx,
        time: artifact.time,
        full: artifact.kind == BackupType::Full,
        bytes: artifact.size,
        files: 1 + parts,
        links: artifact.verified.as_ref().map(|found| found.links).unwrap_or_default(),
        parents: Vec::new(),
        has_child: false,
        ways: Vec::new(),
        more_ways: false,
    }
}
