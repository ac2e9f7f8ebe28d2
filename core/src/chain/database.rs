//! The verdict on one database id: its stores, its chains, what can be restored and what stands in the way.

use std::collections::{BTreeMap, HashMap, HashSet};

use uuid::Uuid;

use super::gaps;
use super::graph::{Graph, NodeId, Way};
use crate::problem::{Code, Problem, Severity};
use crate::report::{
    Artifact, ArtifactId, BackupType, Chain, Database, Gap, Level, Member, OtherFile, Reason, RestorePoint,
    Role, Span, State,
};
use crate::store_id::StoreId;
use crate::time::UtcTime;

/// Members of all listed chains together. Branches share their beginnings, so a hostile history could make
/// the list grow with the square of its artifacts.
const LISTED: usize = 200_000;

/// Files that cannot be read, by the database and time that their names tell: the only thing known of them.
pub(super) struct Unread<'o> {
    by_name: HashMap<&'o str, Vec<(UtcTime, &'o OtherFile)>>,
    /// Where a name stands for several ids: the id that has the newest artifact.
    owners: HashMap<&'o str, Uuid>,
}

impl<'o> Unread<'o> {
    pub(super) fn new(artifacts: &'o [Artifact], others: &'o [OtherFile]) -> Self {
        let mut by_name: HashMap<&str, Vec<(UtcTime, &OtherFile)>> = HashMap::new();
        for other in others.iter().filter(|other| !matches!(other.reason, Reason::Part { .. })) {
            if let Some((name, time)) = UtcTime::in_file_name(other.path.base()) {
                by_name.entry(name).or_default().push((time, other));
            }
        }
        let mut newest: HashMap<&str, (UtcTime, Uuid)> = HashMap::new();
        for artifact in artifacts {
            let seen = (artifact.time, artifact.database_id);
            let kept = newest.entry(&artifact.database).or_insert(seen);
            *kept = seen.max(*kept);
        }
        Self { by_name, owners: newest.into_iter().map(|(name, (_, id))| (name, id)).collect() }
    }

    fn of(&self, name: &str, id: Uuid) -> &[(UtcTime, &'o OtherFile)] {
        if self.owners.get(name) == Some(&id) {
            self.by_name.get(name).map_or(&[], Vec::as_slice)
        } else {
            &[]
        }
    }
}

/// One store of the database.
struct Store<'a> {
    graph: Graph,
    empties: Vec<&'a Artifact>,
    /// Damaged artifacts that claim to be of it.
    damaged: Vec<ArtifactId>,
}

impl Store<'_> {
    /// The newest time of anything in it that holds data.
    fn newest_time(&self, artifacts: &[Artifact]) -> Option<UtcTime> {
        let nodes = self.graph.nodes.iter().map(|node| node.time);
        nodes.chain(self.damaged.iter().map(|id| artifacts[*id].time)).max()
    }
}

/// Judges all artifacts of one database id.
pub(super) fn judge(id: Uuid, artifacts: &[Artifact], members: &[ArtifactId], unread: &Unread) -> Database {
    let newest_member = members.iter().max_by_key(|id| (artifacts[**id].time, **id));
    let name = newest_member.map_or_else(String::new, |id| artifacts[*id].database.clone());
    let copies = copies(artifacts, members);
    let stores = stores(artifacts, members, &copies);
    let graphs: Vec<&Graph> = stores.iter().map(|(_, store)| &store.graph).collect();

    let mut problems = Vec::new();
    let mut all_gaps = Vec::new();
    let mut superseded = HashSet::new();
    for (at, graph) in graphs.iter().enumerate() {
        let others: Vec<&Graph> =
            graphs.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, graph)| *graph).collect();
        let findings = gaps::find(artifacts, graph, &others);
        problems.extend(findings.problems);
        all_gaps.extend(findings.gaps);
        superseded.extend(findings.superseded);
    }

    let (mut chains, mut more_chains) = (Vec::new(), false);
    let mut newest = None;
    let mut newest_store = None;
    let mut newest_before_2026_02 = None;
    for (id, store) in &stores {
        let first = chains.len();
        more_chains |= list_chains(artifacts, &store.graph, &mut chains);
        // The current store's point counts; an older store's only where the current one gives none.
        if newest.is_none() && chains.len() > first {
            newest = point(store, artifacts, &chains[first], first);
            newest_store = Some(*id);
            newest_before_2026_02 = older_point(artifacts, store, &mut chains, first);
        }
    }

    let judged = Judged { id, name: &name, artifacts, members, stores: &stores, copies: &copies };
    judged.common_problems(&chains, &mut problems);
    // The newest point is proven as far as the least proven of the files that lead to it.
    let path = newest.iter().flat_map(|point: &RestorePoint| &chains[point.chain].artifacts);
    let level = path.map(|id| artifacts[*id].level()).min().unwrap_or(Level::L1);
    let newest_in_store = newest.as_ref().zip(newest_store);
    let (state, verdict) = judged.verdict(newest_in_store, &all_gaps, level, unread, &mut problems);
    for gap in &mut all_gaps {
        let inside = |time: UtcTime| gap.from.is_none_or(|from| time >= from) && time <= gap.to;
        let named = unread.of(&name, id).iter().filter(|(time, _)| inside(*time));
        gap.candidates.extend(named.map(|(_, other)| other.path.clone()));
        let damaged = members.iter().map(|id| &artifacts[*id]).filter(|artifact| !artifact.is_usable());
        gap.candidates.extend(damaged.filter(|at| inside(at.time)).map(|artifact| artifact.path.clone()));
    }
    problems.sort_by_key(|problem| std::cmp::Reverse(problem.severity));
    let members = judged.members(&chains, newest.as_ref(), &superseded);
    Database {
        id,
        state,
        level,
        verdict,
        newest,
        newest_before_2026_02,
        chains,
        more_chains,
        gaps: all_gaps,
        largest_gap: largest_gap(&stores),
        stores: stores.iter().map(|(store, _)| store.hash()).collect(),
        bytes: members.iter().map(|member| artifacts[member.artifact].size).fold(0, u64::saturating_add),
        members,
        problems,
        name,
    }
}

/// Copies of one backup: all that the metadata says is the same. Gives each copy the artifact that is used
/// in its place: a whole one, in the folder that holds most of the database, under its own name.
fn copies(artifacts: &[Artifact], members: &[ArtifactId]) -> HashMap<ArtifactId, ArtifactId> {
    let mut folders: HashMap<&str, usize> = HashMap::new();
    let mut groups: HashMap<_, Vec<ArtifactId>> = HashMap::new();
    for id in members {
        let artifact = &artifacts[*id];
        *folders.entry(artifact.path.folder()).or_default() += 1;
        let backup = (
            &artifact.store_id,
            &artifact.database,
            artifact.time,
            artifact.lowest_tx,
            artifact.highest_tx,
            artifact.full,
        );
        groups.entry(backup).or_default().push(*id);
    }
    let mut copies = HashMap::new();
    for mut group in groups.into_values().filter(|group| group.len() > 1) {
        group.sort_by_key(|id| {
            let artifact = &artifacts[*id];
            let own_name = UtcTime::in_file_name(artifact.path.base())
                .is_some_and(|(name, time)| name == artifact.database && time == artifact.time);
            let crowd = folders.get(artifact.path.folder()).copied().unwrap_or_default();
            (!artifact.is_usable(), std::cmp::Reverse(crowd), !own_name, &artifact.path)
        });
        copies.extend(group[1..].iter().map(|copy| (*copy, group[0])));
    }
    copies
}

/// The stores, the one with the newest data first.
fn stores<'a>(
    artifacts: &'a [Artifact],
    members: &[ArtifactId],
    copies: &HashMap<ArtifactId, ArtifactId>,
) -> Vec<(&'a StoreId, Store<'a>)> {
    #[derive(Default)]
    struct Sorted<'a> {
        nodes: Vec<ArtifactId>,
        empties: Vec<&'a Artifact>,
        damaged: Vec<ArtifactId>,
    }
    let mut sorted: BTreeMap<&StoreId, Sorted> = BTreeMap::new();
    for id in members.iter().filter(|id| !copies.contains_key(id)) {
        let artifact = &artifacts[*id];
        let Sorted { nodes, empties, damaged } = sorted.entry(&artifact.store_id).or_default();
        match artifact.kind {
            _ if !artifact.is_usable() => damaged.push(*id),
            BackupType::Empty => empties.push(artifact),
            _ => nodes.push(*id),
        }
    }
    let mut stores: Vec<_> = sorted
        .into_iter()
        .map(|(id, Sorted { nodes, empties, damaged })| {
            (id, Store { graph: Graph::new(artifacts, &nodes), empties, damaged })
        })
        .collect();
    stores.sort_by_key(|(id, store)| std::cmp::Reverse((store.newest_time(artifacts), *id)));
    stores
}

/// Adds the chains of a store, the one with the newest point first. Says whether there are more.
fn list_chains(artifacts: &[Artifact], graph: &Graph, chains: &mut Vec<Chain>) -> bool {
    let mut more = false;
    let mut ends: Vec<NodeId> = (0..graph.nodes.len()).filter(|id| graph.nodes[*id].is_tip()).collect();
    // The newest point's best end comes first, whatever else ends at the same transaction.
    let newest = graph.newest();
    ends.sort_by_key(|id| (Some(*id) != newest, std::cmp::Reverse(graph.nodes[*id].highest), *id));
    let mut listed: usize = chains.iter().map(|chain| chain.artifacts.len()).sum();
    for end in ends {
        more |= graph.nodes[end].more_ways;
        for way in &graph.nodes[end].ways {
            if listed >= LISTED {
                return true;
            }
            let chain = chain(artifacts, graph, end, way);
            listed += chain.artifacts.len();
            chains.push(chain);
        }
    }
    more
}

fn chain(artifacts: &[Artifact], graph: &Graph, end: NodeId, way: &Way) -> Chain {
    let path: Vec<ArtifactId> = graph.path(end, way).into_iter().map(|id| graph.nodes[id].artifact).collect();
    let last = &artifacts[*path.last().expect("a path holds its end")];
    Chain {
        highest_tx: last.highest_tx,
        time: last.time,
        files: way.files,
        bytes: way.bytes,
        needs_2026_02: way.overlaps,
        artifacts: path,
    }
}

/// The newest point of a store, which `chain` reaches.
fn point(store: &Store, artifacts: &[Artifact], chain: &Chain, index: usize) -> Option<RestorePoint> {
    let nodes = || store.graph.nodes.iter();
    let mut complete_until =
        nodes().filter(|node| node.highest == chain.highest_tx).map(|node| node.time).max()?.max(chain.time);
    // An empty backup says that nothing had changed since the newest artifact of its time. Where that may be
    // one that is missing or unusable, it proves nothing about this point.
    let newer = nodes().any(|node| node.highest > chain.highest_tx)
        || store.damaged.iter().any(|id| artifacts[*id].highest_tx > chain.highest_tx);
    if !newer {
        complete_until = store.empties.iter().map(|empty| empty.time).fold(complete_until, UtcTime::max);
    }
    Some(RestorePoint { tx: chain.highest_tx, time: chain.time, complete_until, chain: index })
}

/// The newest point for a Neo4j that accepts no overlap, where it is another one or needs another chain.
fn older_point(
    artifacts: &[Artifact],
    store: &Store,
    chains: &mut Vec<Chain>,
    newest: usize,
) -> Option<RestorePoint> {
    if !chains[newest].needs_2026_02 {
        return None;
    }
    let (end, way) = store.graph.newest_without_overlap()?;
    let chain = chain(artifacts, &store.graph, end, &way);
    let index = chains.iter().position(|listed| *listed == chain).unwrap_or_else(|| {
        chains.push(chain);
        chains.len() - 1
    });
    let (tx, time) = (chains[index].highest_tx, chains[index].time);
    Some(RestorePoint { tx, time, complete_until: time, chain: index })
}

/// The largest time between consecutive restorable points, empty backups that prove something included.
fn largest_gap(stores: &[(&StoreId, Store)]) -> Option<Span> {
    let mut times = Vec::new();
    for (_, store) in stores {
        let nodes = store.graph.nodes.iter().map(|node| (node.time, Some(node.is_reached())));
        let empties = store.empties.iter().map(|empty| (empty.time, None));
        let mut events: Vec<_> = nodes.chain(empties).collect();
        events.sort_unstable();
        let mut reached = false;
        for (time, node) in events {
            reached = node.unwrap_or(reached);
            if reached {
                times.push(time);
            }
        }
    }
    times.sort_unstable();
    let spans = times.windows(2).map(|pair| Span {
        seconds: pair[1].0.saturating_sub(pair[0].0),
        from: pair[0],
        to: pair[1],
    });
    spans.reduce(|largest, span| if span.seconds > largest.seconds { span } else { largest })
}

/// Everything known when the verdict is written.
struct Judged<'a> {
    id: Uuid,
    name: &'a str,
    artifacts: &'a [Artifact],
    members: &'a [ArtifactId],
    stores: &'a [(&'a StoreId, Store<'a>)],
    copies: &'a HashMap<ArtifactId, ArtifactId>,
}

impl Judged<'_> {
    fn base(&self, id: ArtifactId) -> &str {
        self.artifacts[id].path.base()
    }

    fn verdict(
        &self,
        newest: Option<(&RestorePoint, &StoreId)>,
        gaps: &[Gap],
        level: Level,
        unread: &Unread,
        problems: &mut Vec<Problem>,
    ) -> (State, String) {
        let damaged: Vec<ArtifactId> =
            self.stores.iter().flat_map(|(_, store)| &store.damaged).copied().collect();
        let Some((newest, store)) = newest else {
            if let Some(id) = damaged.first() {
                return (State::Corrupt, format!("nothing can be restored: `{}` is damaged", self.base(*id)));
            }
            if gaps.is_empty() {
                let message = "there are only empty backups: nothing to restore";
                let problem = Problem::new(Code::ChainOnlyEmpty, message);
                let remedy = "find the full backup that they follow, or take a new full backup";
                problems.push(problem.remedy(remedy).about(self.members.iter().copied()));
                return (State::Broken, "nothing can be restored: only empty backups".into());
            }
            return (State::Broken, "nothing can be restored: no full backup".into());
        };
        let until = format!("restorable until {} (tx {})", newest.time.words(), newest.tx);
        // Transactions count within one store only; across stores there is nothing but time.
        let newer = |id: &ArtifactId| {
            let artifact = &self.artifacts[*id];
            if artifact.range_is_sane() && artifact.store_id == *store {
                artifact.highest_tx > newest.tx
            } else {
                artifact.time > newest.time
            }
        };
        if let Some(id) = damaged.into_iter().find(newer) {
            return (State::Corrupt, format!("{until}; `{}` after it is damaged", self.base(id)));
        }
        // A gap in an older store, or one that the current chain has left behind, is history; but not if any
        // artifact behind it goes further.
        let current: Vec<_> = gaps.iter().filter(|gap| gap.unusable.iter().any(newer)).collect();
        if let Some(gap) = current.first() {
            let unusable: usize = current.iter().map(|gap| gap.unusable.len()).sum();
            let files = if unusable == 1 { "file" } else { "files" };
            let why = match (gap.code, gap.first_tx, gap.last_tx) {
                (Code::ChainOtherStore, ..) => "what follows belongs to another store".to_owned(),
                (Code::ChainOtherHistory, ..) => "what follows is of another history".to_owned(),
                (_, Some(first), Some(last)) => format!("tx {first}..{last} are missing"),
                _ => "what follows overlaps".to_owned(),
            };
            return (State::RestorableUntil, format!("{until}; {why}, {unusable} {files} unusable"));
        }
        let unread = unread.of(self.name, self.id).iter().filter(|(time, _)| *time > newest.time);
        if let Some((_, file)) = unread.max_by_key(|(time, _)| *time) {
            let base = file.path.base();
            let message =
                format!("`{base}` is a newer backup of `{}` by its name, and {}", self.name, cannot(file));
            let code = file.problem.code;
            problems.push(Problem {
                severity: Severity::Error,
                remedy: file.problem.remedy.clone(),
                ..Problem::new(code, message)
            });
            return (State::RestorableUntil, format!("{until}; the newer `{base}` {}", cannot(file)));
        }
        (if level >= Level::L2 { State::Restorable } else { State::Unverified }, until)
    }

    /// What is worth knowing whatever the verdict.
    fn common_problems(&self, chains: &[Chain], problems: &mut Vec<Problem>) {
        for id in self.members {
            let artifact = &self.artifacts[*id];
            for fault in &artifact.faults {
                let problem = Problem::new(fault.code(), format!("`{}` is damaged: {fault}", self.base(*id)));
                problems.push(Problem { remedy: fault.hint().map(str::to_owned), ..problem }.about([*id]));
            }
            for found in artifact.verified.iter().flat_map(|found| &found.problems) {
                let message = format!("`{}`: {}", self.base(*id), found.message);
                problems.push(Problem { message, ..found.clone() }.about([*id]));
            }
            if !artifact.range_is_sane() {
                let message = format!(
                    "`{}` claims to be a {} backup of tx {}, which none can be",
                    self.base(*id),
                    artifact.kind.as_str(),
                    artifact.range()
                );
                let remedy = "copy it again from its source and compare checksums";
                problems.push(Problem::new(Code::MetadataRange, message).remedy(remedy).about([*id]));
            }
        }
        self.names_differ(problems);
        self.duplicates(problems);
        self.branches(problems);
        self.overlaps(chains, problems);
        self.clocks(chains, problems);
        self.scattered(chains, problems);
    }

    fn names_differ(&self, problems: &mut Vec<Problem>) {
        let mut names: Vec<&str> =
            self.members.iter().map(|id| self.artifacts[*id].database.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        if names.len() > 1 {
            let message =
                format!("artifacts of database id {} carry several names: `{}`", self.id, names.join("`, `"));
            problems.push(Problem::new(Code::NameDiffers, message));
        }
    }

    fn duplicates(&self, problems: &mut Vec<Problem>) {
        let mut groups: BTreeMap<ArtifactId, Vec<ArtifactId>> = BTreeMap::new();
        for (copy, used) in self.copies {
            groups.entry(*used).or_default().push(*copy);
        }
        for (used, mut copies) in groups {
            copies.sort_unstable();
            let size = self.artifacts[used].size;
            let names: Vec<&str> = copies.iter().map(|id| self.artifacts[*id].path.0.as_str()).collect();
            let verb = if names.len() == 1 { "is a copy" } else { "are copies" };
            let mut message =
                format!("`{}` {verb} of `{}`, which is used", names.join("`, `"), self.artifacts[used].path);
            if copies.iter().any(|id| self.artifacts[*id].size != size) {
                message.push_str("; their sizes differ, so one of them may be cut short or packed otherwise");
            }
            problems.push(Problem::new(Code::ChainDuplicate, message).about([used]).about(copies));
        }
    }

    fn branches(&self, problems: &mut Vec<Problem>) {
        for (_, store) in self.stores {
            let mut by_lowest: BTreeMap<i64, Vec<ArtifactId>> = BTreeMap::new();
            for node in store.graph.nodes.iter().filter(|node| !node.full && node.is_reached()) {
                by_lowest.entry(node.lowest).or_default().push(node.artifact);
            }
            for (lowest, ids) in by_lowest.into_iter().filter(|(_, ids)| ids.len() > 1) {
                let names: Vec<&str> = ids.iter().take(4).map(|id| self.base(*id)).collect();
                let more = if ids.len() > 4 { format!(" and {} more", ids.len() - 4) } else { String::new() };
                let message = format!(
                    "{} differentials begin at tx {lowest}: `{}`{more}; each continues the chain by itself",
                    ids.len(),
                    names.join("`, `"),
                );
                problems.push(Problem::new(Code::ChainBranch, message).about(ids));
            }
        }
    }

    fn overlaps(&self, chains: &[Chain], problems: &mut Vec<Problem>) {
        let pairs: std::collections::BTreeSet<(ArtifactId, ArtifactId)> = chains
            .iter()
            .filter(|chain| chain.needs_2026_02)
            .filter_map(|chain| Some((*chain.artifacts.first()?, *chain.artifacts.get(1)?)))
            .collect();
        for (full, differential) in pairs {
            let (f, d) = (&self.artifacts[full], &self.artifacts[differential]);
            let message = format!(
                "`{}` (tx {}) overlaps the full before it, `{}` (tx {}): Neo4j 2026.02 and later accept that, older versions refuse it",
                d.path.base(),
                d.range(),
                f.path.base(),
                f.range(),
            );
            problems.push(Problem::new(Code::ChainOverlapAfterFull, message).about([full, differential]));
        }
    }

    fn clocks(&self, chains: &[Chain], problems: &mut Vec<Problem>) {
        let mut seen = HashSet::new();
        for pair in chains.iter().flat_map(|chain| chain.artifacts.windows(2)) {
            let (earlier, later) = (&self.artifacts[pair[0]], &self.artifacts[pair[1]]);
            if later.time >= earlier.time || !seen.insert((pair[0], pair[1])) {
                continue;
            }
            let message = format!(
                "`{}` follows `{}` by its transactions and is older by its clock ({} UTC before {} UTC): the clock went back, or two servers disagree; the order of transactions counts",
                later.path.base(),
                earlier.path.base(),
                later.time.words(),
                earlier.time.words(),
            );
            problems.push(Problem::new(Code::TimeClockWentBack, message).about(pair.iter().copied()));
        }
    }

    fn scattered(&self, chains: &[Chain], problems: &mut Vec<Problem>) {
        let Some(chain) = chains.first() else { return };
        let folder = |id: &ArtifactId| self.artifacts[*id].path.folder();
        let mut folders: Vec<&str> = chain.artifacts.iter().map(folder).collect();
        folders.sort_unstable();
        folders.dedup();
        if folders.len() > 1 {
            let shown: Vec<String> = folders
                .iter()
                .map(|folder| format!("`{}`", if folder.is_empty() { "." } else { folder }))
                .collect();
            let message = format!(
                "the files of the newest chain lie in {} folders ({}); neo4j-admin looks for a chain in one",
                folders.len(),
                shown.join(", "),
            );
            let remedy = "copy the whole chain into one folder before you restore; `plan` gives the commands";
            problems.push(
                Problem::new(Code::ChainScattered, message).remedy(remedy).about(chain.artifacts.clone()),
            );
        }
    }

    fn members(
        &self,
        chains: &[Chain],
        newest: Option<&RestorePoint>,
        superseded: &HashSet<ArtifactId>,
    ) -> Vec<Member> {
        let on_the_way: HashSet<ArtifactId> =
            newest.iter().flat_map(|point| &chains[point.chain].artifacts).copied().collect();
        let mut nodes = HashMap::new();
        for (_, store) in self.stores {
            for node in &store.graph.nodes {
                let parents: Vec<ArtifactId> =
                    node.parents.iter().map(|id| store.graph.nodes[*id].artifact).collect();
                nodes.insert(node.artifact, (node.is_reached(), parents));
            }
        }
        let member = |id: &ArtifactId| {
            let (role, parents) = match nodes.remove(id) {
                _ if self.copies.contains_key(id) => (Role::Duplicate, Vec::new()),
                Some((_, parents)) if on_the_way.contains(id) => (Role::Newest, parents),
                Some((true, parents)) => (Role::Restorable, parents),
                Some((false, parents)) if superseded.contains(id) => (Role::Superseded, parents),
                Some((false, parents)) => (Role::Unusable, parents),
                None if self.artifacts[*id].is_usable() => (Role::Empty, Vec::new()),
                None => (Role::Damaged, Vec::new()),
            };
            Member { artifact: *id, role, parents, copy_of: self.copies.get(id).copied() }
        };
        let mut ids = self.members.to_vec();
        ids.sort_by_key(|id| (self.artifacts[*id].time, self.artifacts[*id].highest_tx, *id));
        ids.iter().map(member).collect()
    }
}

/// Why a file with a reason of its own is of no use here.
fn cannot(file: &OtherFile) -> &'static str {
    match file.reason {
        Reason::NewerContainer { .. } | Reason::NewerMetadata { .. } => "was written by a newer Neo4j",
        Reason::Stranger { .. } => "is no artifact",
        _ => "cannot be read",
    }
}
