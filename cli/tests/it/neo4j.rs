//! neo4j-admin's commands: its table byte for byte, its options, its exit codes.

use graphkeep_tests::artifact::{Backup, Origin};

use crate::harness::{Ran, fixtures, folder_of, hour, in_folder, run, say};

const MANUAL: &str = "scenarios/manual-example";

/// With the folder called `/backups` as in the manual: its path also widens the first column.
fn as_in_the_manual(mut ran: Ran, folder: &str) -> Ran {
    let path = std::path::absolute(fixtures().join(folder)).expect("the current folder is known");
    let found = format!("file://{}", path.display());
    let wanted = "file:///backups";
    let spare = " ".repeat(found.len() - wanted.len());
    let line = |line: &str| {
        if line.contains(&found) { line.replace(&found, wanted) } else { line.replacen(&spare, "", 1) }
    };
    ran.stdout = ran.stdout.lines().map(|text| line(text) + "\n").collect();
    ran
}

#[test]
fn the_manuals_table_byte_for_byte() {
    let ran = as_in_the_manual(run(["backup", "inspect", "--empty", MANUAL]), MANUAL);
    let expected = "\
|                                              FILE | DATABASE |                          DATABASE ID |          TIME (UTC) |  FULL | COMPRESSED | LOWEST TX | HIGHEST TX | STORE ID HASH | RECOVERED |
|  file:///backups/neo4j-2024-10-07T16-05-37.backup |    neo4j | 7dcb1d0c-4374-4476-b8ae-d3c3f124683f | 2024-10-07T16:05:37 |  true |       true |         1 |          3 |    1075466086 |      true |
|  file:///backups/malmo-2024-10-07T16-01-24.backup |    malmo | 62d1820c-3ac6-4b15-a0b3-bf7e7becc8d0 | 2024-10-07T16:01:24 |  true |       true |         1 |          8 |    -516856720 |      true |
|  file:///backups/malmo-2024-10-07T16-01-08.backup |    malmo | 62d1820c-3ac6-4b15-a0b3-bf7e7becc8d0 | 2024-10-07T16:01:08 |  true |       true |         1 |          7 |    -516856720 |     false |
|  file:///backups/malmo-2024-10-07T16-00-50.backup |    malmo | 62d1820c-3ac6-4b15-a0b3-bf7e7becc8d0 | 2024-10-07T16:00:50 | false |       true |         0 |          0 |    -516856720 |     false |
|  file:///backups/malmo-2024-10-07T16-00-44.backup |    malmo | 62d1820c-3ac6-4b15-a0b3-bf7e7becc8d0 | 2024-10-07T16:00:44 | false |       true |         7 |          7 |    -516856720 |     false |
|  file:///backups/malmo-2024-10-07T16-00-34.backup |    malmo | 62d1820c-3ac6-4b15-a0b3-bf7e7becc8d0 | 2024-10-07T16:00:34 | false |       true |         6 |          6 |    -516856720 |     false |
|  file:///backups/malmo-2024-10-07T16-00-19.backup |    malmo | 62d1820c-3ac6-4b15-a0b3-bf7e7becc8d0 | 2024-10-07T16:00:19 | false |       true |         0 |          0 |    -516856720 |     false |
|  file:///backups/malmo-2024-10-07T16-00-07.backup |    malmo | 62d1820c-3ac6-4b15-a0b3-bf7e7becc8d0 | 2024-10-07T16:00:07 |  true |       true |         1 |          5 |    -516856720 |      true |
| file:///backups/london-2024-10-07T16-04-05.backup |   london | d4dae73c-dfef-4d28-88cd-fe6cc88ddca1 | 2024-10-07T16:04:05 | false |       true |         6 |          6 |    1562786745 |     false |
| file:///backups/london-2024-10-07T16-03-51.backup |   london | d4dae73c-dfef-4d28-88cd-fe6cc88ddca1 | 2024-10-07T16:03:51 |  true |       true |         1 |          5 |    1562786745 |      true |
";
    assert_eq!(ran.stdout, expected);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
}

#[test]
fn the_same_table_under_all_its_names() {
    let table = run(["backup", "inspect", "--empty", MANUAL]);
    for line in [
        "inspect --format tabular --empty scenarios/manual-example",
        "inspect --format TABULAR --empty --inspect-path scenarios/manual-example",
        "backup inspect --format=TABULAR --empty --show-metadata --expand-commands --additional-config=nix scenarios/manual-example",
        "backup inspect --format tabular --empty scenarios/manual-example",
        "database backup --inspect-path=scenarios/manual-example",
        "database backup --inspect-path=scenarios/manual-example --to-path=/backups --type=FULL --compress --pagecache=8m *",
    ] {
        assert_eq!(say(line), table, "{line}");
    }
}

#[test]
fn empties_are_left_out_unless_asked_for() {
    let ran = run(["backup", "inspect", MANUAL]);
    assert_eq!(ran.stdout.lines().count(), 1 + 8);
    assert!(!ran.stdout.contains("         0 |          0 |"), "{ran}");
}

#[test]
fn latest_backup_lists_one_row_a_database() {
    insta::assert_snapshot!(as_in_the_manual(run(["backup", "inspect", "--latest-backup", MANUAL]), MANUAL));
}

#[test]
fn latest_chain_lists_the_full_first() {
    let chain = |database: &str| {
        let database = format!("--database={database}");
        as_in_the_manual(run(["backup", "inspect", "--latest-chain", &database, MANUAL]), MANUAL)
    };
    insta::assert_snapshot!(chain("london"));
    insta::assert_snapshot!(chain("malmo"));
}

#[test]
fn latest_chain_of_a_file_is_the_one_that_ends_at_it() {
    let rows = |file: &str| {
        let ran = run(["backup", "inspect", "--latest-chain", "--format=JSON", file]);
        assert_eq!(ran.code, Some(0), "{ran}");
        let rows: Vec<serde_json::Value> = serde_json::from_str(&ran.stdout).expect("an array");
        let range = |row: &serde_json::Value| {
            format!("{}..{}", row["lowestTransactionId"], row["highestTransactionId"])
        };
        rows.iter().map(range).collect::<Vec<_>>()
    };
    assert_eq!(rows("scenarios/manual-example/malmo-2024-10-07T16-00-34.backup"), ["1..5", "6..6"]);
    assert_eq!(rows("scenarios/manual-example/malmo-2024-10-07T16-01-24.backup"), ["1..8"]);
    assert_eq!(
        rows("scenarios/latest-as-parent/neo4j-2025-05-01T12-30-00.backup"),
        ["1..10", "11..20", "21..30"]
    );
    assert_eq!(
        rows("scenarios/duplicate-copies/copy of neo4j-2025-05-01T11-30-00.backup"),
        ["1..10", "11..20"]
    );

    let ran = say("backup inspect --latest-chain scenarios/gap/neo4j-2025-05-01T14-30-00.backup");
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("tx 21..30 are missing"), "{ran}");
}

#[test]
fn json_is_an_array_with_neo4js_keys_first() {
    let ran = say("backup inspect --format=JSON --latest-chain --database=london scenarios/manual-example");
    let mut ran = ran;
    let path = std::path::absolute(fixtures()).expect("the current folder is known");
    ran.stdout = ran.stdout.replace(&path.display().to_string(), "");
    insta::assert_snapshot!(ran);
}

#[test]
fn a_file_that_cannot_be_read_is_said_and_the_rest_is_listed() {
    let folder = folder_of(&[Backup::full(&Origin::new("orders", 1), hour(2), 10)]);
    std::fs::write(folder.path().join("cut.backup"), b"BZV2\x28\xb5").expect("there is room for a file");
    let ran = in_folder(folder.path(), "backup inspect .");
    assert_eq!(ran.stdout.lines().count(), 2, "{ran}");
    assert!(ran.stderr.contains("cannot read `cut.backup`"), "{ran}");
    assert_eq!(ran.code, Some(1));
}

#[test]
fn shards_are_validated_in_neo4js_words() {
    insta::assert_snapshot!(say("backup validate --from-path=scenarios/shards-ok --database=foo"));
    insta::assert_snapshot!(say(
        "backup validate --from-path=scenarios/shards-behind-and-ahead --database=foo"
    ));
    insta::assert_snapshot!(say(
        "backup validate --from-path=scenarios/shards-behind-and-ahead --database=foo --format=JSON"
    ));
    insta::assert_snapshot!(say("backup validate --from-path=scenarios/gap --database=neo4j"));
    insta::assert_snapshot!(say("backup validate --from-path=scenarios/shards-ok --database=bar"));
}

#[test]
fn neo4js_commands_know_no_code_but_one() {
    for line in [
        "backup inspect --latest-backup --latest-chain .",
        "backup inspect",
        "backup inspect nowhere",
        "database backup --type=HALF",
        "backup validate --from-path=nowhere --database=foo",
    ] {
        assert_eq!(say(line).code, Some(1), "{line}");
    }
}
