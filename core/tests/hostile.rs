//! Histories that nobody has by good luck: thousands of artifacts, exponentially many ways, numbers from the
//! ends of the range. Judging ends, does not overflow, and says an amount that a person's machine can hold.

#![cfg(not(target_arch = "wasm32"))]

mod support;

use graphkeep_core::chain;
use graphkeep_core::metadata::Topology;
use graphkeep_core::plan::{self, Point};
use graphkeep_core::report::{Reading, Report, ShardState, State};
use graphkeep_core::time::UtcTime;
use proptest::prelude::*;
use uuid::Uuid;

use crate::support::build::Backup;

const MANY: i64 = 5000;

fn count<T>(of: &[T]) -> i64 {
    i64::try_from(of.len()).expect("few enough")
}

fn judged(backups: impl IntoIterator<Item = Backup>) -> Report {
    chain::report(backups.into_iter().map(|backup| backup.reading()).collect())
}

/// The report is made, and in proportion to what went in.
fn bounded(what: &str, backups: Vec<Backup>) -> Report {
    let count = backups.len();
    let report = judged(backups);
    let bytes = serde_json::to_vec(&report).expect("a report is plain data").len();
    assert!(bytes < 3000 * count + 4_000_000, "{what}: {} MB for {count} artifacts", bytes / 1_000_000);
    report
}

fn name(at: i64) -> String {
    format!("{at:05}.backup")
}

#[test]
fn a_chain_of_thousands_is_one_chain() {
    let differential = |at: i64| Backup::differential(&name(at), at, at * 10 + 1, at * 10 + 10);
    let chain: Vec<_> =
        [Backup::full(&name(0), 0, 10)].into_iter().chain((1..MANY).map(differential)).collect();
    let report = bounded("one chain", chain);
    let database = &report.databases[0];
    assert_eq!((database.state, database.chains.len()), (State::Unverified, 1));
    assert_eq!(database.newest.as_ref().map(|point| point.tx), Some(MANY * 10));
}

/// Two differentials for each step: two to the power of 2,500 ways.
#[test]
fn a_history_that_branches_at_every_step_is_judged() {
    let twins = |at: i64| {
        let twin = |which: i64| {
            Backup::differential(&name(at * 2 + which), at * 2 + which, at * 10 + 1, at * 10 + 10)
        };
        [twin(0), twin(1)]
    };
    let steps = (1..MANY / 2).flat_map(twins);
    let report = bounded("branches", [Backup::full(&name(0), 0, 10)].into_iter().chain(steps).collect());
    let database = &report.databases[0];
    assert_eq!(database.state, State::Unverified);
    assert_eq!(database.newest.as_ref().map(|point| point.tx), Some(MANY / 2 * 10));
    assert!(database.chains.iter().all(|chain| count(&chain.artifacts) == MANY / 2));
}

/// Each differential overlaps each full before it, and follows the one before.
#[test]
fn fulls_that_everything_overlaps_are_judged() {
    let step = |at: i64| {
        [
            Backup::full(&name(at * 2), at * 2, at + 10),
            Backup::differential(&name(at * 2 + 1), at * 2 + 1, at + 10, at + 10),
            Backup::differential(&format!("over-{at}.backup"), at * 2 + 1, 1, at + 11),
        ]
    };
    let report = bounded("overlaps", (0..MANY / 3).flat_map(step).collect());
    assert_eq!(report.databases[0].newest.as_ref().map(|point| point.tx), Some(MANY / 3 + 10));
    assert_eq!(report.databases[0].state, State::Unverified);
}

/// Every pair of ends: as many chains as there are artifacts, sharing most of their links.
#[test]
fn a_grid_of_ranges_is_judged() {
    let side = 70;
    let ranges = (0..side).flat_map(|low| (low..side).map(move |high| (low, high)));
    let backups = ranges.map(|(low, high)| {
        let time = low * side + high;
        Backup::differential(&name(time), time, low + 2, high + 2)
    });
    let report = bounded("a grid", backups.chain([Backup::full("full.backup", 0, 1)]).collect());
    assert_eq!(report.databases[0].newest.as_ref().map(|point| point.tx), Some(side + 1));
}

/// A gap before each artifact.
#[test]
fn thousands_of_gaps_are_named_each_once() {
    let backups = (1..MANY).map(|at| Backup::differential(&name(at), at, at * 10, at * 10 + 5));
    let report = bounded("gaps", backups.chain([Backup::full("full.backup", 0, 4)]).collect());
    let database = &report.databases[0];
    assert_eq!(database.state, State::RestorableUntil);
    assert_eq!(count(&database.gaps), MANY - 1);
}

#[test]
fn thousands_of_stores_ids_copies_and_names_are_judged() {
    let orphan = |at: i64| Backup::differential(&name(at), at, 11, 20);
    let stores = (0..MANY).map(|at| Backup { store: at, ..orphan(at) });
    let report = bounded("stores", stores.collect());
    assert_eq!(report.databases[0].state, State::Broken);

    let ids = (0..MANY).map(|at| Backup { id: at.unsigned_abs().into(), ..Backup::full(&name(at), at, 10) });
    let report = bounded("ids of one name", ids.collect());
    assert_eq!(count(&report.databases), MANY);
    assert_eq!(report.problems.len(), 1);

    let copies = (0..MANY).map(|at| Backup::full(&format!("{at}/a.backup"), 7, 10));
    let report = bounded("copies", copies.collect());
    assert_eq!(report.databases[0].chains.len(), 1);
    assert_eq!(count(&report.databases[0].members), MANY);

    let names = (0..MANY).map(|at| Backup { database: format!("db{at}"), ..Backup::full(&name(at), at, 10) });
    let report = bounded("names of one id", names.collect());
    assert_eq!(report.databases.len(), 1);

    let empties = (0..MANY).map(|at| Backup::empty(&name(at), at));
    assert_eq!(bounded("empties", empties.collect()).databases[0].state, State::Broken);
}

fn shard(path: &str, id: u128, shard_count: u32, shard_index: Option<u32>) -> Reading {
    let Reading::Artifact(mut artifact) = (Backup { id, ..Backup::full(path, 5, 10) }).reading() else {
        unreachable!("a backup reads as an artifact")
    };
    let virtual_id = Uuid::from_u128(9);
    artifact.topology = Some(Topology { virtual_name: "foo".into(), virtual_id, shard_count, shard_index });
    Reading::Artifact(artifact)
}

/// The count of shards and their indexes are claims of the file.
#[test]
fn a_claim_of_billions_of_shards_costs_nothing() {
    for (count, index) in
        [(u32::MAX, u32::MAX - 1), (u32::MAX, 0), (u32::MAX, u32::MAX), (1, u32::MAX), (0, 0)]
    {
        let graph = shard("g.backup", 1, count, None);
        let property = shard("p.backup", 2, count, Some(index));
        let report = chain::report(vec![graph, property]);
        let [sharded] = report.sharded_databases.as_slice() else { panic!("one sharded database") };
        assert!(sharded.shards.len() < 1000, "{} shards for 2 files", sharded.shards.len());
        let whole = count == 0;
        assert_eq!(sharded.valid, whole, "{count} shards, {index}: {:?}", sharded.problems);
        let missing = sharded.shards.iter().filter(|shard| shard.state == ShardState::Missing).count();
        assert!(count < 2 || missing > 0 && sharded.problems.len() < 1000);
        let rest = sharded.problems.iter().any(|problem| problem.message.contains("more than those listed"));
        assert_eq!(rest, count > 100, "what has no row is counted");
        // The shard that is there is judged, wherever it stands.
        let judged =
            sharded.shards.iter().any(|shard| shard.index == Some(index) && shard.artifact.is_some());
        assert!(judged || index >= count, "shard {index} of {count} is there");
    }
}

/// Numbers that arithmetic trips over; overflow checks are on in tests.
fn number() -> impl Strategy<Value = i64> {
    prop_oneof![
        prop::sample::select(vec![i64::MIN, i64::MIN + 1, -1, 0, 1, 2, 3, i64::MAX - 1, i64::MAX]),
        -5_i64..20,
        any::<i64>(),
    ]
}

fn any_numbers() -> impl Strategy<Value = Backup> {
    let bytes = prop_oneof![Just(u64::MAX), any::<u64>()];
    (number(), number(), number(), any::<bool>(), 1_u128..3, 1_i64..3, bytes).prop_map(
        |(lowest, highest, time, full, id, store, bytes)| Backup {
            path: String::new(),
            database: "neo4j".to_owned(),
            id,
            store,
            time,
            full,
            lowest,
            highest,
            bytes,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn no_number_makes_a_judgement_or_a_plan_overflow(
        mut backups in prop::collection::vec(any_numbers(), 0..12),
        tx in number(),
        time in number(),
    ) {
        for (at, backup) in (0_i64..).zip(&mut backups) {
            backup.path = name(at);
        }
        let report = judged(backups);
        for database in &report.databases {
            for point in [Point::Newest, Point::Tx(tx), Point::Before(UtcTime(time))] {
                let _ = plan::plan(&report, database, point);
            }
        }
        let json = serde_json::to_string(&report).expect("a report is plain data");
        let back: Report = serde_json::from_str(&json).expect("it was just written");
        prop_assert_eq!(back, report);
    }
}
