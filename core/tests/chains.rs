//! The verdicts on whole folders: each scenario against what tests/fixtures/README.md says of it.

mod support;

use graphkeep_core::problem::Code;
use graphkeep_core::report::{Database, Gap, Report, Role, ShardState, State};

use crate::support::files::fixtures;
#[cfg(target_arch = "wasm32")]
use crate::support::test;

fn scenario(name: &str) -> Report {
    fixtures().below(&format!("scenarios/{name}")).report()
}

/// The only database of a scenario.
fn the_database(report: &Report) -> &Database {
    let [database] = report.databases.as_slice() else {
        panic!("one database, not {}", report.databases.len())
    };
    database
}

/// `F1..10`, `D11..20`, `E`: an artifact by what its metadata says.
fn label(report: &Report, id: usize) -> String {
    let artifact = &report.artifacts[id];
    match artifact.kind.as_str() {
        "empty" => "E".to_owned(),
        kind => format!("{}{}", kind[..1].to_uppercase(), artifact.range()),
    }
}

fn labels(report: &Report, ids: &[usize]) -> String {
    let labels: Vec<_> = ids.iter().map(|id| label(report, *id)).collect();
    labels.join(" ")
}

/// All chains, best first; `*` marks those that need 2026.02.
fn chains(report: &Report, database: &Database) -> Vec<String> {
    let chain = |chain: &graphkeep_core::report::Chain| {
        assert_eq!(chain.highest_tx, report.artifacts[*chain.artifacts.last().expect("a chain")].highest_tx);
        assert_eq!(chain.time, report.artifacts[*chain.artifacts.last().expect("a chain")].time);
        let bytes: u64 = chain.artifacts.iter().map(|id| report.artifacts[*id].size).sum();
        assert_eq!(chain.bytes, bytes);
        let parts = |id: &usize| report.artifacts[*id].split.as_ref().map_or(0, |split| split.parts.len());
        let files: usize = chain.artifacts.iter().map(|id| 1 + parts(id)).sum();
        assert_eq!(chain.files, files as u64);
        labels(report, &chain.artifacts) + if chain.needs_2026_02 { " *" } else { "" }
    };
    database.chains.iter().map(chain).collect()
}

/// `50 at 15:30, complete until 15:30`.
fn newest(report: &Report, database: &Database) -> Option<String> {
    let point = database.newest.as_ref()?;
    let chain = &database.chains[point.chain];
    assert_eq!(
        (chain.highest_tx, chain.time),
        (point.tx, point.time),
        "{}",
        labels(report, &chain.artifacts)
    );
    let clock = |time: graphkeep_core::time::UtcTime| time.words()[11..].to_owned();
    Some(format!("{} at {}, complete until {}", point.tx, clock(point.time), clock(point.complete_until)))
}

fn codes(database: &Database) -> Vec<&'static str> {
    let mut codes: Vec<_> = database.problems.iter().map(|problem| problem.code.as_str()).collect();
    codes.sort_unstable();
    codes
}

/// Every artifact by time with its part in the whole.
fn roles(report: &Report, database: &Database) -> Vec<(String, Role)> {
    database.members.iter().map(|member| (label(report, member.artifact), member.role)).collect()
}

fn role_of(report: &Report, database: &Database, wanted: &str) -> Role {
    let found = roles(report, database).into_iter().find(|(label, _)| label == wanted);
    found.unwrap_or_else(|| panic!("{wanted} is a member")).1
}

fn the_gap(database: &Database) -> &Gap {
    let [gap] = database.gaps.as_slice() else { panic!("one gap, not {:?}", database.gaps) };
    gap
}

fn gap_text(report: &Report, gap: &Gap) -> String {
    let missing = match (gap.first_tx, gap.last_tx) {
        (Some(first), Some(last)) => format!("{first}..{last}"),
        (None, None) => "nothing".to_owned(),
        other => panic!("half a range: {other:?}"),
    };
    let before = gap.before.map_or("nothing".to_owned(), |id| label(report, id));
    assert_eq!(gap.from, gap.before.map(|id| report.artifacts[id].time));
    assert_eq!(gap.to, report.artifacts[gap.after].time);
    let unusable = labels(report, &gap.unusable);
    format!("{missing} missing after {before}, before {}; unusable {unusable}", label(report, gap.after))
}

#[test]
fn the_manuals_example_is_three_databases_that_restore() {
    let report = scenario("manual-example");
    let names: Vec<_> = report.databases.iter().map(|database| database.name.as_str()).collect();
    assert_eq!(names, ["london", "malmo", "neo4j"], "all are as good, so by name");
    let [london, malmo, neo4j] = report.databases.as_slice() else { panic!("three databases") };

    assert_eq!(chains(&report, london), ["F1..5 D6..6"]);
    assert_eq!(newest(&report, london).as_deref(), Some("6 at 16:04:05, complete until 16:04:05"));
    assert_eq!(chains(&report, malmo)[0], "F1..8", "the latest chain is the full alone");
    assert_eq!(chains(&report, malmo).len(), 3);
    assert!(chains(&report, malmo).contains(&"F1..5 D6..6 D7..7".to_owned()));
    assert!(chains(&report, malmo).contains(&"F1..7".to_owned()));
    assert_eq!(newest(&report, malmo).as_deref(), Some("8 at 16:01:24, complete until 16:01:24"));
    assert_eq!(roles(&report, malmo).iter().filter(|(_, role)| *role == Role::Empty).count(), 2);
    assert_eq!(chains(&report, neo4j), ["F1..3"]);

    for database in &report.databases {
        assert_eq!((database.state, database.gaps.len()), (State::Unverified, 0), "{}", database.name);
        assert_eq!(codes(database), [] as [&str; 0], "{}", database.name);
    }
    assert_eq!((report.summary.databases, report.summary.artifacts, report.summary.unverified), (3, 10, 3));
    // 07 19 34 44 50, 01:08, 01:24: the longest pause of malmo is from 16:00:50 to 16:01:08.
    let pause = malmo.largest_gap.expect("there are several points");
    assert_eq!((pause.seconds, pause.to.words().as_str()), (18, "2024-10-07 16:01:08"));
}

#[test]
fn the_newest_artifact_as_parent_makes_a_new_chain() {
    let report = scenario("latest-as-parent");
    let database = the_database(&report);
    assert_eq!(chains(&report, database), ["F1..40 D41..50", "F1..10 D11..20 D21..30"]);
    assert_eq!(newest(&report, database).as_deref(), Some("50 at 15:30:00, complete until 15:30:00"));
    assert_eq!((database.state, codes(database)), (State::Unverified, vec![]));
    assert_eq!(database.newest_before_2026_02, None);
    assert_eq!(role_of(&report, database, "F1..40"), Role::Newest);
    assert_eq!(role_of(&report, database, "D21..30"), Role::Restorable);
}

#[test]
fn a_differential_as_parent_belongs_to_two_chains() {
    let report = scenario("prefer-diff-as-parent");
    let database = the_database(&report);
    assert_eq!(chains(&report, database), ["F1..40 D31..50 *", "F1..10 D11..20 D21..30 D31..50"]);
    assert_eq!(newest(&report, database).as_deref(), Some("50 at 15:30:00, complete until 15:30:00"));
    assert_eq!(database.newest.as_ref().map(|point| point.chain), Some(0), "the newer full: less to replay");
    let older = database.newest_before_2026_02.as_ref().expect("older versions take the other chain");
    assert_eq!((older.tx, older.chain), (50, 1));
    let unused = roles(&report, database)
        .into_iter()
        .filter(|(_, role)| !matches!(role, Role::Newest | Role::Restorable | Role::Empty));
    assert_eq!(unused.count(), 0, "no artifact is orphaned");
    assert_eq!((database.state, codes(database)), (State::Unverified, vec!["chain.overlap-after-full"]));
}

#[test]
fn a_gap_says_what_is_missing_between_which_files_and_times() {
    let report = scenario("gap");
    let database = the_database(&report);
    assert_eq!(database.state, State::RestorableUntil);
    assert_eq!(newest(&report, database).as_deref(), Some("20 at 11:30:00, complete until 11:30:00"));
    assert_eq!(chains(&report, database), ["F1..10 D11..20"]);
    let gap = the_gap(database);
    let expected = "21..30 missing after D11..20, before D31..40; unusable D31..40 D41..45";
    assert_eq!(gap_text(&report, gap), expected);
    assert!(gap.closes.contains("21..30"), "{}", gap.closes);
    assert_eq!(codes(database), ["chain.gap"]);
    let message = &database.problems[0].message;
    for part in [
        "21..30",
        "neo4j-2025-05-01T11-30-00.backup",
        "2025-05-01 11:30:00",
        "T13-30-00",
        "13:30:00",
        "2 files",
    ] {
        assert!(message.contains(part), "{part}: {message}");
    }
    for part in ["2025-05-01 11:30:00", "tx 20", "21..30"] {
        assert!(database.verdict.contains(part), "{part}: {}", database.verdict);
    }
    assert_eq!(role_of(&report, database, "D31..40"), Role::Unusable);
    assert_eq!(role_of(&report, database, "D41..45"), Role::Unusable);
}

#[test]
fn an_overlap_after_a_full_is_one_chain_that_older_versions_refuse() {
    let report = scenario("overlap-after-full");
    let database = the_database(&report);
    assert_eq!(chains(&report, database)[0], "F1..40 D31..50 D51..60 *");
    assert_eq!(newest(&report, database).as_deref(), Some("60 at 12:30:00, complete until 12:30:00"));
    assert_eq!(database.newest_before_2026_02.as_ref().map(|point| point.tx), Some(40));
    assert_eq!((database.state, codes(database)), (State::Unverified, vec!["chain.overlap-after-full"]));
    assert!(database.problems[0].message.contains("2026.02"), "{}", database.problems[0].message);
}

#[test]
fn an_overlap_between_differentials_ends_the_chain() {
    let report = scenario("overlap-between-diffs");
    let database = the_database(&report);
    assert_eq!(newest(&report, database).as_deref(), Some("20 at 11:30:00, complete until 11:30:00"));
    assert_eq!(
        (database.state, codes(database)),
        (State::RestorableUntil, vec!["chain.overlap-between-differentials"])
    );
    assert_eq!(
        gap_text(&report, the_gap(database)),
        "nothing missing after D11..20, before D18..30; unusable D18..30"
    );
}

#[test]
fn differentials_without_a_full_restore_nothing() {
    let report = scenario("orphan-diffs");
    let database = the_database(&report);
    assert_eq!((database.state, newest(&report, database)), (State::Broken, None));
    assert_eq!((database.chains.len(), codes(database)), (0, vec!["chain.no-full"]));
    let expected = "1..10 missing after nothing, before D11..20; unusable D11..20 D21..30";
    assert_eq!(gap_text(&report, the_gap(database)), expected);
}

#[test]
fn a_recreated_database_is_two_of_one_name() {
    let report = scenario("recreated-database");
    let [one, other] = report.databases.as_slice() else { panic!("two databases") };
    assert_eq!((one.name.as_str(), other.name.as_str()), ("neo4j", "neo4j"));
    let mut found = [chains(&report, one), chains(&report, other)];
    found.sort();
    assert_eq!(found, [["F1..10 D11..20"], ["F1..4 D5..9"]]);
    for database in [one, other] {
        assert_eq!((database.state, database.gaps.len()), (State::Unverified, 0));
        assert_eq!(codes(database), ["name.ambiguous"]);
    }
    let codes: Vec<_> = report.problems.iter().map(|problem| problem.code).collect();
    assert_eq!(codes, [Code::NameAmbiguous]);
}

#[test]
fn another_store_breaks_the_chain_though_the_numbers_fit() {
    let report = scenario("store-replaced");
    let database = the_database(&report);
    assert_eq!(chains(&report, database), ["F1..10"]);
    assert_eq!(newest(&report, database).as_deref(), Some("10 at 10:30:00, complete until 10:30:00"));
    assert_eq!((database.state, codes(database)), (State::RestorableUntil, vec!["chain.other-store"]));
    assert_eq!(the_gap(database).unusable.len(), 1);
    assert_eq!(role_of(&report, database, "D11..20"), Role::Unusable);
    assert_eq!(database.stores.len(), 2);
}

#[test]
fn a_copy_is_a_duplicate_and_no_overlap() {
    let report = scenario("duplicate-copies");
    let database = the_database(&report);
    assert_eq!(chains(&report, database), ["F1..10 D11..20"]);
    assert_eq!((database.state, codes(database)), (State::Unverified, vec!["chain.duplicate"]));
    let copy = database.members.iter().find(|member| member.role == Role::Duplicate).expect("one copy");
    assert_eq!(report.artifacts[copy.artifact].path.0, "copy of neo4j-2025-05-01T11-30-00.backup");
    let used = copy.copy_of.expect("it is a copy of something");
    assert_eq!(report.artifacts[used].path.0, "neo4j-2025-05-01T11-30-00.backup");
}

#[test]
fn an_empty_backup_alone_restores_nothing() {
    let report = scenario("only-empty");
    let database = the_database(&report);
    assert_eq!((database.state, newest(&report, database)), (State::Broken, None));
    assert_eq!(codes(database), ["chain.only-empty"]);
    assert_eq!(database.gaps, []);
}

#[test]
fn shards_are_judged_against_the_graph_shards_chain() {
    let report = scenario("shards-ok");
    let [sharded] = report.sharded_databases.as_slice() else { panic!("one sharded database") };
    assert_eq!((sharded.name.as_str(), sharded.valid, sharded.problems.len()), ("foo", true, 0));
    let rows: Vec<_> = sharded
        .shards
        .iter()
        .map(|shard| (shard.database.as_str(), shard.state, shard.status.as_str()))
        .collect();
    let ok = |name| (name, ShardState::Ok, "OK");
    assert_eq!(rows, [ok("foo-g000"), ok("foo-p000"), ok("foo-p001")]);
    assert_eq!(report.databases.len(), 3, "each shard is a database of its own too");

    let report = scenario("shards-behind-and-ahead");
    let [sharded] = report.sharded_databases.as_slice() else { panic!("one sharded database") };
    assert!(!sharded.valid);
    let rows: Vec<_> = sharded
        .shards
        .iter()
        .map(|shard| (shard.database.as_str(), shard.state, shard.status.as_str()))
        .collect();
    let behind = "Backup is behind (3 < 5) the graph shard backup chain";
    let ahead = "Backup is ahead (12 > 8) of the graph shard backup chain";
    let expected =
        [ok("foo-g000"), ("foo-p000", ShardState::Behind, behind), ("foo-p001", ShardState::Ahead, ahead)];
    assert_eq!(rows, expected);
    let codes: Vec<_> = sharded.problems.iter().map(|problem| problem.code).collect();
    assert_eq!(codes, [Code::ShardBehind, Code::ShardAhead]);
}

#[test]
fn new_containers_make_one_chain_and_a_missing_part_breaks_it() {
    let report = scenario("new-containers");
    let database = the_database(&report);
    assert_eq!(chains(&report, database), ["F1..12 D13..20 D21..22"]);
    assert_eq!(newest(&report, database).as_deref(), Some("22 at 12:00:00, complete until 12:00:00"));
    assert_eq!((database.state, codes(database)), (State::Unverified, vec![]));
    assert_eq!(database.chains[0].files, 6);
    assert_eq!(report.others, [], "parts go with their archive");
    assert_eq!(report.summary.files, 6);

    let folder = fixtures().below("scenarios/new-containers");
    for index in 1..=3 {
        let part = format!("neo4j-2026-07-01T11-00-00.backup.{index}");
        let report = folder.clone().without(&part).report();
        let database = the_database(&report);
        assert_eq!(
            newest(&report, database).map(|text| text[..2].to_owned()).as_deref(),
            Some("12"),
            "{part}"
        );
        let json = serde_json::to_string(&report).expect("plain data");
        assert!(json.contains("split.part-missing") && json.contains(&part), "{part} is named");
        assert!(matches!(database.state, State::Corrupt | State::RestorableUntil), "{:?}", database.state);
    }
    let report = folder.without("neo4j-2026-07-01T11-00-00.backup").report();
    assert_eq!(report.others.len(), 3);
    assert!(report.others.iter().all(|other| other.problem.code == Code::SplitPartAlone));
    let database = the_database(&report);
    assert_eq!(database.state, State::RestorableUntil);
    assert_eq!(the_gap(database).first_tx.zip(the_gap(database).last_tx), Some((13, 20)));
}

#[test]
fn the_real_chains_restore_to_their_last_differential() {
    for version in ["5.26.28", "2026.05.0"] {
        let report = fixtures().below(&format!("real/neo4j-{version}/chain")).report();
        let database = the_database(&report);
        assert_eq!(chains(&report, database), ["F1..19 D20..29 D30..39 D40..49"], "{version}");
        assert_eq!(newest(&report, database).as_deref(), Some("49 at 05:00:00, complete until 05:00:00"));
        assert_eq!((database.state, codes(database)), (State::Unverified, vec![]), "{version}");
        assert_eq!(role_of(&report, database, "E"), Role::Empty);
        assert_eq!(database.largest_gap.map(|span| span.seconds), Some(3600));
    }
}

/// Dumps have no metadata: what is not known is not judged.
#[test]
fn dumps_stand_beside_the_chains() {
    let report = fixtures().below("real/neo4j-5.26.28/formats").report();
    assert_eq!(report.dumps.len(), 4);
    assert_eq!(report.summary.dumps, 4);
    let named: Vec<_> = report.dumps.iter().map(|dump| dump.database_by_name.as_deref()).collect();
    let expected = ["neo4j.DGV1", "neo4j.DZV1", "neo4j.legacy-gzip", "neo4j.legacy-zstd"];
    assert_eq!(named, expected.map(Some));
}

#[test]
fn no_files_make_an_empty_report() {
    let report = graphkeep_core::chain::report(Vec::new());
    assert_eq!((report.databases.len(), report.summary), (0, graphkeep_core::report::Summary::default()));
}

/// The page opens saved reports again, also the command line's.
#[test]
fn every_report_survives_its_own_json() {
    let report = fixtures().report();
    assert_eq!(report.summary.strangers, 0);
    let json = serde_json::to_string(&report).expect("a report is plain data");
    let back: Report = serde_json::from_str(&json).expect("it was just written");
    assert_eq!(back, report);
}

/// Folders do not matter to what can be restored; that neo4j-admin does not look beyond one is said.
#[test]
fn a_chain_over_two_folders_is_a_chain_with_a_warning() {
    let mut files = latest_as_parent();
    let moved = files.0.remove("neo4j-2025-05-01T13-30-00.backup").expect("it is there");
    files = files.with("older/neo4j-2025-05-01T13-30-00.backup", moved);
    let report = files.report();
    let database = the_database(&report);
    assert_eq!(chains(&report, database), ["F1..40 D41..50", "F1..10 D11..20 D21..30"]);
    assert_eq!(codes(database), [] as [&str; 0], "an empty backup is not on the way to the newest point");

    let full = files.0.remove("neo4j-2025-05-01T14-30-00.backup").expect("it is there");
    let report = files.with("other/neo4j-2025-05-01T14-30-00.backup", full).report();
    let database = the_database(&report);
    assert_eq!(codes(database), ["chain.scattered"]);
    assert_eq!(database.state, State::Unverified);
}

fn latest_as_parent() -> crate::support::files::Files {
    fixtures().below("scenarios/latest-as-parent")
}
