//! Random backup histories against a judge of the test's own: it knows Neo4j's rules and nothing of the code,
//! and walks every path there is.

#![cfg(not(target_arch = "wasm32"))]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use graphkeep_core::chain;
use graphkeep_core::plan::{self, Point};
use graphkeep_core::problem::Code;
use graphkeep_core::report::{Database, Report, Role, State};
use graphkeep_core::time::UtcTime;
use proptest::prelude::*;
use proptest::test_runner::TestRng;

use crate::support::build::Backup;

fn judged(backups: &[Backup]) -> Report {
    chain::report(backups.iter().map(Backup::reading).collect())
}

/// The rules, as the manual states them.
mod oracle {
    use super::Backup;

    /// Whether `next` may be applied right after `before`: (at all, only from 2026.02 on).
    fn follows(before: &Backup, next: &Backup) -> (bool, bool) {
        let same = before.id == next.id && before.store == next.store;
        if !same || next.full || next.is_empty() || before.is_empty() {
            return (false, false);
        }
        let contiguous = next.lowest == before.highest + 1;
        let overlaps = before.full && next.lowest <= before.highest && next.highest > before.highest;
        (contiguous || overlaps, overlaps)
    }

    /// Every way to restore something: indexes of the full and its differentials, and whether it needs 2026.02.
    pub(crate) fn paths(backups: &[Backup]) -> Vec<(Vec<usize>, bool)> {
        fn walk(backups: &[Backup], path: &mut Vec<usize>, needs: bool, found: &mut Vec<(Vec<usize>, bool)>) {
            found.push((path.clone(), needs));
            let last = *path.last().expect("a path has its full");
            for (next, backup) in backups.iter().enumerate() {
                if let (true, overlaps) = follows(&backups[last], backup) {
                    path.push(next);
                    walk(backups, path, needs || overlaps, found);
                    path.pop();
                }
            }
        }
        let mut found = Vec::new();
        for (at, backup) in backups.iter().enumerate() {
            if backup.full && !backup.is_empty() {
                walk(backups, &mut vec![at], false, &mut found);
            }
        }
        found
    }

    /// Whether anything at hand could be applied after it.
    pub(crate) fn is_followed(backups: &[Backup], at: usize) -> bool {
        backups.iter().any(|next| follows(&backups[at], next).0)
    }
}

/// Compares a report with all that the oracle knows of the same backups. Paths are unique, times of different
/// backups differ, and every range makes sense.
fn compare(backups: &[Backup]) {
    let report = judged(backups);
    let by_path: BTreeMap<&str, &Backup> =
        backups.iter().map(|backup| (backup.path.as_str(), backup)).collect();
    let backup_of = |id: usize| by_path[report.artifacts[id].path.0.as_str()];
    let ids: BTreeSet<u128> = backups.iter().map(|backup| backup.id).collect();
    assert_eq!(report.databases.len(), ids.len());

    for database in &report.databases {
        let id = database.id.as_u128();
        let all: Vec<&Backup> = backups.iter().filter(|backup| backup.id == id).collect();
        assert_eq!(database.members.len(), all.len(), "every artifact is a member once");
        // A copy says the same in every word but its path; one of them stands for all.
        let mut own: Vec<Backup> = Vec::new();
        for backup in &all {
            let same =
                |known: &Backup| Backup { path: backup.path.clone(), bytes: backup.bytes, ..known.clone() };
            if !own.iter().any(|known| same(known) == **backup) {
                own.push((*backup).clone());
            }
        }
        let duplicates = database.members.iter().filter(|member| member.role == Role::Duplicate);
        assert_eq!(duplicates.count(), all.len() - own.len(), "duplicates");
        let has_problem = database.problems.iter().any(|problem| problem.code == Code::ChainDuplicate);
        assert_eq!(has_problem, all.len() > own.len());

        let paths = oracle::paths(&own);
        let reached: BTreeSet<usize> =
            paths.iter().map(|(path, _)| *path.last().expect("not empty")).collect();
        let same = |backup: &Backup, at: usize| {
            Backup { path: String::new(), bytes: 0, ..backup.clone() }
                == Backup { path: String::new(), bytes: 0, ..own[at].clone() }
        };
        let index_of = |artifact: usize| {
            let backup = backup_of(artifact);
            (0..own.len()).find(|at| same(backup, *at)).expect("it is one of them")
        };

        // What can be restored, artifact by artifact.
        for member in &database.members {
            let used = member.copy_of.unwrap_or(member.artifact);
            let role =
                database.members.iter().find(|other| other.artifact == used).expect("it is a member").role;
            let at = index_of(member.artifact);
            assert_eq!(index_of(used), at, "a copy is the same backup");
            let expected = reached.contains(&at);
            assert_eq!(matches!(role, Role::Newest | Role::Restorable), expected, "{:?}: {role:?}", own[at]);
            assert_eq!(role == Role::Empty, own[at].is_empty(), "{:?}", own[at]);
            assert_ne!(role, Role::Damaged);
            for parent in &member.parents {
                let before = index_of(*parent);
                assert!(
                    oracle::is_followed(&[own[before].clone(), own[at].clone()], 0),
                    "a parent can be followed"
                );
            }
        }

        compare_newest(database, &own, &paths, &index_of);
        compare_chains(database, &own, &paths, &index_of);
        compare_gaps(&report, database, &own, &reached, &index_of);
    }
}

/// The store whose data is newest counts; an older one only where that gives nothing.
fn newest_store(own: &[Backup], paths: &[(Vec<usize>, bool)]) -> Option<i64> {
    let mut stores: Vec<(i64, i64)> = Vec::new();
    for backup in own.iter().filter(|backup| !backup.is_empty()) {
        stores.push((backup.time, backup.store));
    }
    stores.sort_unstable();
    stores.reverse();
    let gives = |store: i64| paths.iter().any(|(path, _)| own[path[0]].store == store);
    stores.into_iter().map(|(_, store)| store).find(|store| gives(*store))
}

fn compare_newest(
    database: &Database,
    own: &[Backup],
    paths: &[(Vec<usize>, bool)],
    index_of: &impl Fn(usize) -> usize,
) {
    let Some(store) = newest_store(own, paths) else {
        assert_eq!((database.newest.as_ref(), database.state), (None, State::Broken));
        assert_eq!(database.chains, []);
        return;
    };
    let point = database.newest.as_ref().expect("something can be restored");
    let highest = |path: &[usize]| own[*path.last().expect("not empty")].highest;
    let in_store = || paths.iter().filter(|(path, _)| own[path[0]].store == store);
    let newest = in_store().map(|(path, _)| highest(path)).max().expect("the store gives something");
    assert_eq!(point.tx, newest);

    let chain = &database.chains[point.chain];
    let full = &own[index_of(chain.artifacts[0])];
    let newer_full =
        in_store().filter(|(path, _)| highest(path) == newest).map(|(path, _)| own[path[0]].highest).max();
    assert_eq!(Some(full.highest), newer_full, "the newer full: less to replay");

    let plain = in_store().filter(|(_, needs)| !needs).map(|(path, _)| highest(path)).max();
    match &database.newest_before_2026_02 {
        None => assert!(!chain.needs_2026_02),
        Some(older) => {
            assert!(chain.needs_2026_02);
            assert_eq!(Some(older.tx), plain, "what versions before 2026.02 restore");
            assert!(!database.chains[older.chain].needs_2026_02);
            assert_eq!(database.chains[older.chain].highest_tx, older.tx);
        }
    }

    // Later artifacts of the same end, and empties where nothing newer is known of, prove the time.
    let members = || own.iter().filter(|backup| backup.store == store);
    let newer = members().any(|backup| backup.highest > newest);
    let proofs = members().filter(|backup| backup.highest == newest || backup.is_empty() && !newer);
    let complete = proofs.map(|backup| backup.time).max().expect("the newest artifact itself");
    assert_eq!(point.complete_until.0, complete.max(point.time.0));

    // Something newer that cannot be used makes the verdict.
    let reached = |at: usize| paths.iter().any(|(path, _)| path.contains(&at));
    let reach_of = |store: i64| {
        let ends = paths.iter().filter(|(path, _)| own[path[0]].store == store);
        ends.map(|(path, _)| highest(path)).max().unwrap_or_default()
    };
    let unused = || own.iter().enumerate().filter(|(at, backup)| !backup.is_empty() && !reached(*at));
    let lost = unused().any(|(_, backup)| {
        backup.highest > reach_of(backup.store) && (backup.store == store || backup.time > point.time.0)
    });
    let perhaps = unused().any(|(_, backup)| backup.store != store && backup.time > point.time.0);
    match database.state {
        State::Unverified => assert!(!lost, "something newer is lost, {}: {own:#?}", database.verdict),
        State::RestorableUntil => {
            assert!(lost || perhaps, "nothing newer is lost, {}: {own:#?}", database.verdict);
        }
        other => panic!("{other:?} does not fit"),
    }
}

fn compare_chains(
    database: &Database,
    own: &[Backup],
    paths: &[(Vec<usize>, bool)],
    index_of: &impl Fn(usize) -> usize,
) {
    // One chain for each full and each end that nothing follows, without an overlap where that is possible.
    let mut expected: BTreeMap<(usize, usize), bool> = BTreeMap::new();
    for (path, needs) in paths {
        let end = *path.last().expect("not empty");
        if !oracle::is_followed(own, end) {
            let kept = expected.entry((path[0], end)).or_insert(true);
            *kept &= needs;
        }
    }
    assert!(!database.more_chains, "few enough to list all");
    let mut found = BTreeMap::new();
    for (at, chain) in database.chains.iter().enumerate() {
        let path: Vec<usize> = chain.artifacts.iter().map(|id| index_of(*id)).collect();
        let known = paths.iter().find(|(known, _)| *known == path);
        let (_, needs) =
            known.unwrap_or_else(|| panic!("a chain that breaks the rules: {path:?} of {own:#?}"));
        assert_eq!(chain.needs_2026_02, *needs);
        let end = *path.last().expect("not empty");
        let for_older = database.newest_before_2026_02.as_ref().is_some_and(|point| point.chain == at);
        if oracle::is_followed(own, end) {
            assert!(for_older, "a chain that goes on: {path:?}");
            continue;
        }
        let twice = found.insert((path[0], end), *needs);
        assert_eq!(twice, None, "two chains from one full to one end");
    }
    assert_eq!(found, expected, "chains of {own:#?}");
}

fn compare_gaps(
    report: &Report,
    database: &Database,
    own: &[Backup],
    reached: &BTreeSet<usize>,
    index_of: &impl Fn(usize) -> usize,
) {
    // Each artifact that cannot be used is behind one gap, or superseded.
    let mut behind = BTreeSet::new();
    for gap in &database.gaps {
        let root = &own[index_of(gap.after)];
        assert!(gap.unusable.contains(&gap.after));
        for id in &gap.unusable {
            assert!(behind.insert(index_of(*id)), "behind one gap only");
        }
        assert_eq!(gap.to.0, root.time);
        let reach = reached.iter().filter(|end| own[**end].store == root.store).map(|end| own[*end].highest);
        let end = gap.unusable.iter().map(|id| own[index_of(*id)].highest).max();
        assert!(end > reach.max(), "what a newer full holds is superseded, not behind a gap: {own:#?}");
        let needed = root.lowest - 1;
        let siblings = || own.iter().filter(|other| other.store == root.store && !other.is_empty());
        let inside = siblings().any(|other| !other.full && other.lowest <= needed && other.highest > needed);
        let below = siblings().map(|other| other.highest).filter(|highest| *highest < needed).max();
        let expected = (!inside).then_some((below.unwrap_or_default() + 1, needed));
        assert_eq!(gap.first_tx.zip(gap.last_tx), expected, "what is missing before {root:?}");
        if let Some(before) = gap.before {
            assert_eq!(gap.from, Some(report.artifacts[before].time));
        }
        let named = database
            .problems
            .iter()
            .any(|problem| gap.unusable.iter().all(|id| problem.artifacts.contains(id)));
        assert!(named, "a problem names what cannot be used");
    }
    let superseded = database.members.iter().filter(|member| member.role == Role::Superseded);
    for member in superseded {
        let at = index_of(member.artifact);
        assert!(behind.insert(at));
        let reach =
            reached.iter().filter(|end| own[**end].store == own[at].store).map(|end| own[*end].highest).max();
        assert!(Some(own[at].highest) <= reach, "{:?} is needed", own[at]);
    }
    let unreached = (0..own.len()).filter(|at| !own[*at].is_empty() && !reached.contains(at));
    assert_eq!(behind, unreached.collect::<BTreeSet<_>>(), "what cannot be used");
}

/// Any backup at all in a small world, so that numbers meet often.
fn any_backup() -> impl Strategy<Value = Backup> {
    let numbers = (1_i64..14, 1_i64..14, prop_oneof![8 => Just(false), 1 => Just(true)]);
    let place = (prop_oneof![9 => Just(1_u128), 1 => Just(2)], prop_oneof![7 => Just(1_i64), 1 => Just(2)]);
    (numbers, any::<bool>(), place, 0_i64..50, 1_u64..100).prop_map(
        |((a, b, empty), full, (id, store), time, bytes)| Backup {
            path: String::new(),
            database: "neo4j".to_owned(),
            id,
            store,
            time,
            full: full && !empty,
            lowest: if empty {
                0
            } else if full {
                1
            } else {
                a.min(b)
            },
            highest: if empty { 0 } else { a.max(b) },
            bytes,
        },
    )
}

/// Found by the oracle: the gap's first artifact ends below the newest point, and a later one goes further.
#[test]
fn what_is_lost_behind_an_old_gap_is_not_history() {
    let backups = [
        Backup::full("0", 0, 10),
        Backup::differential("1", 100, 11, 40),
        Backup::differential("2", 200, 15, 20),
        Backup::differential("3", 300, 21, 50),
    ];
    compare(&backups);
    let report = judged(&backups);
    assert_eq!(report.databases[0].state, State::RestorableUntil);
    // And where the current store is another one.
    let other = [
        Backup::differential("0", 100, 2, 2),
        Backup { store: 2, ..Backup::full("1", 200, 1) },
        Backup::differential("2", 300, 3, 3),
    ];
    compare(&other);
    assert_eq!(judged(&other).databases[0].state, State::RestorableUntil);
}

/// What an operator does over the days.
#[derive(Debug, Clone)]
enum Step {
    Commit(i64),
    Full,
    Differential,
    /// `--prefer-diff-as-parent`.
    AfterDifferential,
    /// Another store is loaded under the same database id.
    Replace,
    /// The database is dropped and made again.
    Recreate,
    Clock(i64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (1_i64..4).prop_map(Step::Commit),
        2 => Just(Step::Full),
        6 => Just(Step::Differential),
        2 => Just(Step::AfterDifferential),
        1 => Just(Step::Replace),
        1 => Just(Step::Recreate),
        1 => (-20_i64..20).prop_map(Step::Clock),
    ]
}

/// The artifacts that these steps leave behind, as neo4j-admin makes them.
fn history(steps: &[Step]) -> Vec<Backup> {
    let mut backups: Vec<Backup> = Vec::new();
    let (mut committed, mut id, mut store, mut time) = (1, 1, 1, 1000);
    for step in steps {
        time += 1;
        let own: Vec<&Backup> =
            backups.iter().filter(|b| b.id == id && b.store == store && !b.is_empty()).collect();
        let newest = own.last().map(|backup| backup.highest);
        let newest_differential = own.iter().rev().find(|backup| !backup.full).map(|backup| backup.highest);
        let parent = match step {
            Step::Commit(count) => {
                committed += count;
                continue;
            }
            Step::Replace => {
                (store, committed) = (store + 1, 1);
                continue;
            }
            Step::Recreate => {
                (id, store, committed) = (id + 1, store + 1, 1);
                continue;
            }
            Step::Clock(seconds) => {
                time += seconds * 3;
                continue;
            }
            Step::Full => None,
            Step::Differential => newest,
            Step::AfterDifferential => newest_differential.or(newest),
        };
        let backup = match parent {
            None => Backup::full("", time, committed),
            Some(parent) if parent == committed => Backup::empty("", time),
            Some(parent) => Backup::differential("", time, parent + 1, committed),
        };
        backups.push(Backup { id, store, ..backup });
    }
    backups
}

/// Paths of their own, and times of their own but for copies.
fn named(mut backups: Vec<Backup>, copies: &[prop::sample::Index]) -> Vec<Backup> {
    for (at, backup) in (0_i64..).zip(&mut backups) {
        backup.path = format!("neo4j-{at:02}.backup");
        backup.time = backup.time * 100 + at;
    }
    if !backups.is_empty() {
        for (at, copy) in copies.iter().enumerate() {
            let copy = copy.get(&backups).clone();
            backups.push(Backup { path: format!("copies/{at}-{}", copy.path.replace('/', "-")), ..copy });
        }
    }
    backups
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn arbitrary_backups_are_judged_as_the_oracle_judges_them(
        backups in prop::collection::vec(any_backup(), 0..11),
        copies in prop::collection::vec(any::<prop::sample::Index>(), 0..3),
    ) {
        compare(&named(backups, &copies));
    }

    /// A history as it is made, with files lost and copied afterwards.
    #[test]
    fn histories_with_losses_are_judged_as_the_oracle_judges_them(
        steps in prop::collection::vec(step(), 0..24),
        lost in prop::collection::vec(any::<prop::sample::Index>(), 0..4),
        copies in prop::collection::vec(any::<prop::sample::Index>(), 0..3),
    ) {
        let mut backups = history(&steps);
        for at in lost {
            if !backups.is_empty() {
                backups.remove(at.index(backups.len()));
            }
        }
        compare(&named(backups, &copies));
    }

    /// Nothing lost: whatever an operator does, neo4j-admin's own artifacts restore.
    #[test]
    fn a_history_without_losses_restores_to_its_end(steps in prop::collection::vec(step(), 1..24)) {
        let backups = named(history(&steps), &[]);
        for database in &judged(&backups).databases {
            let own: Vec<_> = backups.iter().filter(|backup| backup.id == database.id.as_u128()).collect();
            prop_assert_eq!(database.state, State::Unverified);
            prop_assert_eq!(database.gaps.len(), 0);
            let store = own.iter().filter(|backup| !backup.is_empty()).max_by_key(|backup| backup.time);
            let store = store.expect("the first backup is a full").store;
            let highest = own.iter().filter(|backup| backup.store == store).map(|backup| backup.highest).max();
            prop_assert_eq!(database.newest.as_ref().map(|point| point.tx), highest);
        }
    }

    #[test]
    fn the_order_of_the_files_does_not_matter(
        backups in prop::collection::vec(any_backup(), 0..14),
        copies in prop::collection::vec(any::<prop::sample::Index>(), 0..3),
        seed in any::<[u8; 32]>(),
    ) {
        let backups = named(backups, &copies);
        let mut shuffled = backups.clone();
        let mut random = TestRng::from_seed(prop::test_runner::RngAlgorithm::ChaCha, &seed);
        for at in (1..shuffled.len()).rev() {
            let other = usize::try_from(random.next_u64() % (at as u64 + 1)).expect("small");
            shuffled.swap(at, other);
        }
        prop_assert_eq!(judged(&shuffled), judged(&backups));
    }

    /// One link of a chain is gone: the gap is that link, and all behind it is out of reach.
    #[test]
    fn one_link_taken_out_gives_one_gap(
        lengths in prop::collection::vec(1_i64..1000, 2..12),
        gone in any::<prop::sample::Index>(),
    ) {
        let mut backups = vec![Backup::full("00.backup", 0, 10)];
        let mut highest = 10;
        for (time, length) in (1..).zip(&lengths) {
            let backup = Backup::differential(&format!("{time:02}.backup"), time, highest + 1, highest + length);
            highest += length;
            backups.push(backup);
        }
        // Not the last one: nothing at hand could tell that there was one.
        let gone = gone.index(lengths.len() - 1) + 1;
        let lost = backups.remove(gone);
        let report = judged(&backups);
        let database = &report.databases[0];
        prop_assert_eq!(database.state, State::RestorableUntil);
        prop_assert_eq!(database.newest.as_ref().map(|point| point.tx), Some(lost.lowest - 1));
        prop_assert_eq!(database.gaps.len(), 1);
        let gap = &database.gaps[0];
        prop_assert_eq!((gap.first_tx, gap.last_tx), (Some(lost.lowest), Some(lost.highest)));
        prop_assert_eq!(gap.unusable.len(), backups.len() - gone);
        let path = |id: usize| report.artifacts[id].path.0.as_str();
        prop_assert_eq!(gap.before.map(path), Some(backups[gone - 1].path.as_str()));
        prop_assert_eq!(path(gap.after), backups[gone].path.as_str());
        prop_assert_eq!(database.problems.len(), 1);
        prop_assert_eq!(database.problems[0].code, Code::ChainGap);

        // What the gap says would close it does.
        let closing = Backup::differential("found.backup", lost.time, lost.lowest, lost.highest);
        backups.push(closing);
        prop_assert_eq!(judged(&backups).databases[0].state, State::Unverified);
        backups.pop();
        backups.push(Backup::full("new.backup", lost.time, lost.highest));
        prop_assert_eq!(judged(&backups).databases[0].newest.as_ref().map(|point| point.tx), Some(highest));
    }
}

/// A time is in reach if a chain has been begun by then and goes on behind it, or is known to be complete.
fn compare_times(backups: &[Backup]) {
    let report = judged(backups);
    for database in &report.databases {
        let own: Vec<Backup> =
            backups.iter().filter(|backup| backup.id == database.id.as_u128()).cloned().collect();
        let paths = oracle::paths(&own);
        for time in own.iter().flat_map(|backup| [backup.time - 1, backup.time, backup.time + 1]) {
            let complete = database.newest.as_ref().is_some_and(|newest| {
                let full = &report.artifacts[database.chains[newest.chain].artifacts[0]];
                full.time.0 <= time && newest.complete_until.0 >= time
            });
            let holds =
                |path: &Vec<usize>| own[path[0]].time <= time && path.iter().any(|at| own[*at].time >= time);
            let reachable = complete || paths.iter().any(|(path, _)| holds(path));
            match plan::plan(&report, database, Point::Before(UtcTime(time))) {
                Ok(plan) => {
                    assert!(reachable, "{time} of {own:#?}");
                    let last = plan.steps.last().expect("there are files");
                    let until = (last.time.0 > time).then(|| UtcTime(time).words());
                    assert_eq!(plan.restore_until, until, "{time} of {own:#?}");
                    let sure =
                        plan.steps.iter().filter(|step| step.time.0 <= time).map(|step| step.highest_tx);
                    assert_eq!(sure.max(), Some(plan.reaches_tx), "{time} of {own:#?}");
                }
                Err(unreachable) => {
                    assert!(!reachable, "{time} of {own:#?}: {}", unreachable.why);
                    let ends = || paths.iter().map(|(path, _)| own[path[path.len() - 1]].time);
                    let (before, after) = (unreachable.before, unreachable.after);
                    assert_eq!(before.map(|near| near.time.0), ends().filter(|end| *end < time).max());
                    assert_eq!(after.map(|near| near.time.0), ends().filter(|end| *end > time).min());
                }
            }
        }
    }
}

/// A plan is what the oracle allows, for each transaction there is and those around them.
fn compare_plans(backups: &[Backup]) {
    let report = judged(backups);
    for database in &report.databases {
        let own: Vec<Backup> =
            backups.iter().filter(|backup| backup.id == database.id.as_u128()).cloned().collect();
        let paths = oracle::paths(&own);
        let Some(store) = newest_store(&own, &paths) else {
            assert!(plan::plan(&report, database, Point::Newest).is_err());
            continue;
        };
        let in_store: Vec<&Vec<usize>> =
            paths.iter().map(|(path, _)| path).filter(|path| own[path[0]].store == store).collect();
        let ends: BTreeSet<i64> = in_store.iter().map(|path| own[path[path.len() - 1]].highest).collect();
        for tx in 0..20 {
            let reaches =
                |path: &&Vec<usize>| own[path[0]].highest <= tx && own[path[path.len() - 1]].highest >= tx;
            let reachable = in_store.iter().any(reaches);
            match plan::plan(&report, database, Point::Tx(tx)) {
                Ok(plan) => {
                    assert!(reachable, "tx {tx} of {own:#?}");
                    let path: Vec<usize> = plan
                        .steps
                        .iter()
                        .map(|step| own.iter().position(|backup| backup.path == step.path).expect("a file"))
                        .collect();
                    assert!(in_store.contains(&&path), "the files are a chain: {path:?} of {own:#?}");
                    let (before, last) = (path.len().checked_sub(2), own[path[path.len() - 1]].highest);
                    assert!(last >= tx, "the last file holds it");
                    assert!(
                        before.is_none_or(|before| own[path[before]].highest < tx),
                        "no file is read in vain"
                    );
                    let until = plan.restore_until.map(|until| until.parse::<i64>().expect("a transaction"));
                    assert_eq!(until, (last > tx).then_some(tx + 1), "Neo4j stops before what it is told");
                    assert_eq!(plan.reaches_tx, tx);
                }
                Err(unreachable) => {
                    assert!(!reachable, "tx {tx} of {own:#?}: {}", unreachable.why);
                    let (before, after) =
                        (unreachable.before.map(|near| near.tx), unreachable.after.map(|near| near.tx));
                    assert_eq!(before, ends.range(..tx).next_back().copied(), "before {tx}");
                    assert_eq!(after, ends.range(tx + 1..).next().copied(), "after {tx}");
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_transaction_is_planned_or_refused_with_its_neighbours(
        backups in prop::collection::vec(any_backup(), 0..10),
    ) {
        compare_plans(&named(backups, &[]));
    }

    /// With a clock that never goes back, so that time and transactions tell the same order.
    #[test]
    fn every_time_of_a_history_is_planned_or_refused(
        steps in prop::collection::vec(step(), 0..20),
        lost in prop::collection::vec(any::<prop::sample::Index>(), 0..3),
    ) {
        let steps: Vec<Step> = steps.into_iter().filter(|step| !matches!(step, Step::Clock(_))).collect();
        let mut backups = history(&steps);
        for at in lost {
            if !backups.is_empty() {
                backups.remove(at.index(backups.len()));
            }
        }
        compare_times(&named(backups, &[]));
    }

    #[test]
    fn every_transaction_of_a_history_is_planned_or_refused(
        steps in prop::collection::vec(step(), 0..20),
        lost in prop::collection::vec(any::<prop::sample::Index>(), 0..3),
    ) {
        let mut backups = history(&steps);
        for at in lost {
            if !backups.is_empty() {
                backups.remove(at.index(backups.len()));
            }
        }
        compare_plans(&named(backups, &[]));
    }
}
