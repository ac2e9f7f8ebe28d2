//! Sharded property databases: one graph shard with a chain, and a full for each property shard, which must
//! lie within what the graph shard's chain records. docs/format.md, "Chains", rule 7.

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::problem::{Code, Problem};
use crate::report::{Artifact, ArtifactId, BackupType, Database, Shard, ShardState, ShardedDatabase};

/// Missing property shards that get a row of their own.
const MISSING_LISTED: usize = 16;

/// Groups artifacts by the sharded database that their metadata names.
pub(super) fn find(artifacts: &[Artifact], databases: &[Database]) -> Vec<ShardedDatabase> {
    let mut groups: BTreeMap<Uuid, Vec<ArtifactId>> = BTreeMap::new();
    for (id, artifact) in artifacts.iter().enumerate() {
        if let Some(topology) = &artifact.topology {
            groups.entry(topology.virtual_id).or_default().push(id);
        }
    }
    let mut found: Vec<_> =
        groups.into_iter().map(|(id, members)| judge(artifacts, databases, id, &members)).collect();
    found.sort_by(|a, b| (a.valid, &a.name, a.id).cmp(&(b.valid, &b.name, b.id)));
    found
}

fn judge(
    artifacts: &[Artifact],
    databases: &[Database],
    id: Uuid,
    members: &[ArtifactId],
) -> ShardedDatabase {
    let topology =
        |id: &ArtifactId| artifacts[*id].topology.as_ref().expect("it was grouped by its topology");
    let newest = members.iter().max_by_key(|id| artifacts[**id].time).expect("a group has a member");
    let name = topology(newest).virtual_name.clone();
    let graph: Vec<ArtifactId> =
        members.iter().copied().filter(|id| topology(id).shard_index.is_none()).collect();
    let recorded = recorded_range(artifacts, databases, &graph);

    // A count is a claim of the file and may be in the billions: rows are made for shards that are there, and
    // for the first few that are missing.
    let stated = topology(newest).shard_count;
    let mut fulls: BTreeMap<u32, Vec<ArtifactId>> = BTreeMap::new();
    for id in members {
        if let Some(index) = topology(id).shard_index.filter(|index| *index < stated) {
            let fulls = fulls.entry(index).or_default();
            fulls.extend(Some(*id).filter(|id| is_full(&artifacts[*id])));
        }
    }
    let absent = u64::from(stated) - fulls.len() as u64;
    let listed: Vec<u32> =
        (0..stated).filter(|index| !fulls.contains_key(index)).take(MISSING_LISTED).collect();
    let more = absent - listed.len() as u64;
    fulls.extend(listed.into_iter().map(|index| (index, Vec::new())));

    let mut shards = vec![graph_shard(artifacts, &name, recorded)];
    shards.extend(
        fulls.into_iter().map(|(index, fulls)| property_shard(artifacts, &name, index, fulls, recorded)),
    );
    let mut problems: Vec<Problem> = shards.iter().filter_map(|shard| problem(&name, shard)).collect();
    if more > 0 {
        let message = format!(
            "`{name}` has {stated} property shards by its metadata; {more} more than those listed are missing"
        );
        problems.push(Problem::new(Code::ShardMissing, message));
    }
    let valid = problems.is_empty();
    ShardedDatabase { name, id, valid, shards, problems }
}

/// What a property shard needs.
fn is_full(artifact: &Artifact) -> bool {
    artifact.kind == BackupType::Full && artifact.is_usable()
}

/// What the graph shard's newest chain records: its last artifact, the full's highest, the chain's highest.
fn recorded_range(
    artifacts: &[Artifact],
    databases: &[Database],
    graph: &[ArtifactId],
) -> Option<(ArtifactId, i64, i64)> {
    let ours =
        databases.iter().filter(|database| graph.iter().any(|id| artifacts[*id].database_id == database.id));
    let chains = ours.filter_map(|database| Some(&database.chains[database.newest.as_ref()?.chain]));
    let chain = chains.max_by_key(|chain| chain.time)?;
    let (full, end) = (*chain.artifacts.first()?, *chain.artifacts.last()?);
    Some((end, artifacts[full].highest_tx, artifacts[end].highest_tx))
}

fn graph_shard(artifacts: &[Artifact], name: &str, recorded: Option<(ArtifactId, i64, i64)>) -> Shard {
    match recorded {
        Some((end, ..)) => Shard {
            database: artifacts[end].database.clone(),
            index: None,
            artifact: Some(end),
            state: ShardState::Ok,
            status: "OK".into(),
        },
        None => Shard {
            database: format!("{name}-g000"),
            index: None,
            artifact: None,
            state: ShardState::Missing,
            status: "No restorable backup chain of the graph shard".into(),
        },
    }
}

fn property_shard(
    artifacts: &[Artifact],
    name: &str,
    index: u32,
    fulls: Vec<ArtifactId>,
    recorded: Option<(ArtifactId, i64, i64)>,
) -> Shard {
    let judged = |id: ArtifactId| {
        let highest = artifacts[id].highest_tx;
        match recorded {
            Some((_, low, _)) if highest < low => (
                ShardState::Behind,
                format!("Backup is behind ({highest} < {low}) the graph shard backup chain"),
            ),
            Some((_, _, high)) if highest > high => (
                ShardState::Ahead,
                format!("Backup is ahead ({highest} > {high}) of the graph shard backup chain"),
            ),
            Some(_) => (ShardState::Ok, "OK".into()),
            None => (ShardState::Missing, "No graph shard backup chain to compare with".into()),
        }
    };
    // The newest full that fits; where none does, the newest one says what is wrong.
    let best = fulls.into_iter().max_by_key(|id| (judged(*id).0 == ShardState::Ok, artifacts[*id].time));
    match best {
        Some(id) => {
            let (state, status) = judged(id);
            let database = artifacts[id].database.clone();
            Shard { database, index: Some(index), artifact: Some(id), state, status }
        }
        None => Shard {
            database: format!("{name}-p{index:03}"),
            index: Some(index),
            artifact: None,
            state: ShardState::Missing,
            status: "No full backup".into(),
        },
    }
}

fn problem(name: &str, shard: &Shard) -> Option<Problem> {
    let (code, remedy) = match shard.state {
        ShardState::Ok => return None,
        ShardState::Behind => (
            Code::ShardBehind,
            "take a new full backup of this shard, or restore with a graph shard chain whose full is not newer than it",
        ),
        ShardState::Ahead => (
            Code::ShardAhead,
            "take a new differential backup of the graph shard, so that its chain reaches this shard",
        ),
        ShardState::Missing => (Code::ShardMissing, "find or take a full backup of this shard"),
    };
    let message = format!("shard `{}` of `{name}`: {}", shard.database, shard.status);
    Some(Problem::new(code, message).remedy(remedy).about(shard.artifact))
}
