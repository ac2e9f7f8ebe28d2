//! `inspect`, for people.

use graphkeep_tests::artifact::{Backup, Origin};

use crate::harness::{fixtures, folder_of, hour, in_folder, run, say, scenarios};

/// The last part of a folder's path, as snapshots are named.
fn base(folder: &str) -> &str {
    folder.rsplit('/').next().unwrap_or(folder)
}

#[test]
fn every_scenario_reads_as_its_snapshot_says() {
    for folder in scenarios() {
        let ran = run(["inspect", &folder]);
        insta::assert_snapshot!(format!("chains__{}", base(&folder)), ran);
    }
}

#[test]
fn every_scenario_in_neo4j_admins_table() {
    for folder in scenarios() {
        let ran = run(["inspect", "--format", "tabular", "--empty", &folder]);
        let table = as_in_backups(&ran.stdout, &file_uri(&folder));
        insta::assert_snapshot!(format!("tabular__{}", base(&folder)), table);
    }
}

/// The table as it is for a folder `/backups`, wherever this checkout lies: the first column is as wide as the
/// longest path in it.
fn as_in_backups(table: &str, uri: &str) -> String {
    const BACKUPS: &str = "file:///backups";
    let (head, rows) = table.split_once('\n').expect("a table has a head");
    let wider = " ".repeat(uri.len() - BACKUPS.len());
    format!("{}\n{}", head.replacen(&wider, "", 1), rows.replace(uri, BACKUPS))
}

fn file_uri(folder: &str) -> String {
    let path = std::path::absolute(fixtures().join(folder)).expect("the current folder is known");
    format!("file://{}", path.display())
}

#[test]
fn genuine_chains_of_both_versions() {
    insta::assert_snapshot!(say("inspect real/neo4j-5.26.28/chain"));
    insta::assert_snapshot!(say("inspect real/neo4j-2026.05.0/chain"));
}

#[test]
fn an_estate_has_the_worst_first_and_names_what_is_no_backup() {
    insta::assert_snapshot!(say("inspect -r scenarios real/neo4j-5.26.28"));
}

#[test]
fn eighty_columns_are_enough() {
    let ran = say("inspect --width 80 scenarios/gap");
    insta::assert_snapshot!(ran);
    let estate = say("inspect --width 80 -r scenarios real/neo4j-5.26.28");
    insta::assert_snapshot!(estate);
    for line in estate.stdout.lines().filter(|line| line.chars().count() > 80) {
        // What is wider holds one word that must not be broken.
        let words = line.split_whitespace().count();
        assert!(words == 1 || line.starts_with("Next:"), "too wide: {line}");
    }
}

#[test]
fn colour_repeats_what_words_say() {
    let plain = say("inspect scenarios/gap");
    let coloured = say("inspect --color always scenarios/gap");
    assert!(coloured.stdout.contains("\x1b[1m\x1b[31mrestorable-until\x1b[0m"), "{}", coloured.stdout);
    assert_eq!(anstream::adapter::strip_str(&coloured.stdout).to_string(), plain.stdout);
    assert!(!plain.stdout.contains('\x1b'));
}

#[test]
fn a_pipe_gets_ascii_only_where_names_are_ascii() {
    let ran = say("inspect -r scenarios real/neo4j-5.26.28");
    assert!(ran.stdout.is_ascii(), "{}", ran.stdout);
}

#[test]
fn one_database_is_chosen_by_name_glob_or_id() {
    let names = |pattern: &str| {
        let ran = run(["inspect", "--format", "json", "--database", pattern, "scenarios/manual-example"]);
        let report = ran.report();
        report.databases.into_iter().map(|database| database.name).collect::<Vec<_>>()
    };
    assert_eq!(names("malmo"), ["malmo"]);
    assert_eq!(names("MALMO"), ["malmo"]);
    assert_eq!(names("*o*"), ["london", "malmo", "neo4j"]);
    assert_eq!(names("l?ndon"), ["london"]);
    assert_eq!(names("62d1820c"), ["malmo"]);
    assert_eq!(names("62d1820c-3ac6-4b15-a0b3-bf7e7becc8d0"), ["malmo"]);
    assert_eq!(names("62d"), Vec::<String>::new());
}

#[test]
fn a_sharded_database_is_chosen_with_all_its_shards() {
    let ran = say("inspect --format json --database foo scenarios/shards-ok");
    assert_eq!(ran.report().databases.len(), 3);
}

#[test]
fn rows_are_chosen_by_latest_backup_latest_chain_and_empty() {
    insta::assert_snapshot!(say("inspect --latest-backup scenarios/manual-example"));
    insta::assert_snapshot!(say("inspect --latest-chain scenarios/manual-example"));
    insta::assert_snapshot!(say("inspect --database malmo --empty scenarios/manual-example"));
}

#[test]
fn verbose_gives_every_database_its_chains() {
    insta::assert_snapshot!(say("inspect --verbose scenarios/recreated-database"));
}

#[test]
fn the_current_folder_is_meant_where_none_is_named() {
    let ran = in_folder(&fixtures().join("scenarios/gap"), "inspect");
    assert!(ran.stdout.contains("ARTIFACTS\n"), "{ran}");
    assert!(ran.stdout.contains("Next: graphkeep plan --database neo4j\n"), "{ran}");
}

#[test]
fn files_and_folders_can_be_mixed_and_no_file_counts_twice() {
    let gap = "scenarios/gap";
    let once = run(["inspect", "--format", "json", gap]).report();
    let file = "scenarios/gap/neo4j-2025-05-01T10-30-00.backup";
    let twice =
        run(["inspect", "--format", "json", gap, file, "scenarios/../scenarios/gap", "--inspect-path", gap]);
    assert_eq!(twice.report(), once);
}

#[test]
fn chains_come_together_over_folders() {
    let origin = Origin::new("orders", 1);
    let full = folder_of(&[Backup::full(&origin, hour(2), 10)]);
    let rest = folder_of(&[Backup::differential(&origin, hour(3), 11, 20)]);
    let ran = run([
        "inspect".as_ref(),
        "--format".as_ref(),
        "json".as_ref(),
        full.path().as_os_str(),
        rest.path().as_os_str(),
    ]);
    let report = ran.report();
    assert_eq!(report.databases[0].newest.as_ref().map(|newest| newest.tx), Some(20));
    assert_eq!(report.databases[0].problems[0].code.as_str(), "chain.scattered");
}

#[test]
fn names_from_files_cannot_command_a_terminal() {
    let name = "evil\u{1b}[2J\u{9b}31m\u{202e}\n\rname";
    let mut backup = Backup::full(&Origin::new(name, 1), hour(2), 10);
    let bytes = {
        backup.metadata.map = Some(vec![graphkeep_core::metadata::Entry {
            key: "k\u{1b}]0;title\u{7}".into(),
            value: b"v\x1b[31m".to_vec(),
        }]);
        backup.bytes()
    };
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let file = folder.path().join("a\u{1b}[5m.backup");
    std::fs::write(&file, bytes).expect("there is room for a file");
    let obeyed = |char: char| (char.is_control() && char != '\n') || matches!(char, '\u{202e}' | '\u{9b}');
    for command in ["inspect", "inspect --format tabular", "inspect --format json", "inspect --format jsonl"]
    {
        let ran = in_folder(folder.path(), command);
        assert!(!ran.stdout.is_empty() && !ran.stdout.contains(obeyed), "{command}: {:?}", ran.stdout);
    }
    for format in ["text", "json"] {
        let ran = run(["show".as_ref(), "--format".as_ref(), format.as_ref(), file.as_os_str()]);
        assert!(!ran.stdout.is_empty() && !ran.stdout.contains(obeyed), "{:?}", ran.stdout);
    }
    let ran = in_folder(folder.path(), "plan");
    assert!(!ran.stdout.is_empty() && !ran.stdout.contains(obeyed), "{:?}", ran.stdout);
}

#[cfg(unix)]
mod on_unix {
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn links_are_followed_and_loops_are_not() {
        let origin = Origin::new("orders", 1);
        let folder = folder_of(&[Backup::full(&origin, hour(2), 10)]);
        let root = folder.path();
        let inside = root.join("inside");
        std::fs::create_dir(&inside).expect("there is room for a folder");
        Backup::differential(&origin, hour(3), 11, 20).save(&inside).expect("there is room for a backup");
        symlink(root, inside.join("loop")).expect("links can be made");
        symlink("orders-2026-09-12T02-00-00.backup", root.join("latest.backup")).expect("links can be made");
        symlink(&inside, root.join("again")).expect("links can be made");
        symlink("nowhere", root.join("dangling.backup")).expect("links can be made");

        let ran = in_folder(root, "inspect -r --format json");
        let report = ran.report();
        let names: Vec<&str> = report.artifacts.iter().map(|artifact| artifact.path.base()).collect();
        assert_eq!(names, ["orders-2026-09-12T03-00-00.backup", "orders-2026-09-12T02-00-00.backup"]);
        let others: Vec<&str> = report.others.iter().map(|other| other.path.0.as_str()).collect();
        assert_eq!(others, ["dangling.backup"]);
        assert_eq!(ran.code, Some(1));
    }

    #[test]
    fn a_pipe_in_a_folder_hangs_nobody() {
        let folder = folder_of(&[Backup::full(&Origin::new("orders", 1), hour(2), 10)]);
        let pipe = folder.path().join("pipe.backup");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status().expect("mkfifo is there");
        assert!(made.success());
        // In a folder it is no file; by name it is refused.
        assert_eq!(in_folder(folder.path(), "inspect").code, Some(0));
        let ran = in_folder(folder.path(), "inspect pipe.backup");
        assert_eq!(ran.code, Some(1));
        assert!(ran.stdout.contains("no regular file"), "{ran}");
    }

    #[test]
    fn a_name_that_is_no_text_is_read_all_the_same() {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let name = std::ffi::OsStr::from_bytes(b"orders-\xff.backup");
        let backup = Backup::full(&Origin::new("orders", 1), hour(2), 10);
        std::fs::write(folder.path().join(name), backup.bytes()).expect("there is room for a file");
        let ran = in_folder(folder.path(), "inspect --format json");
        assert_eq!(ran.report().artifacts[0].path.0, r"orders-\xff.backup");
        let table = in_folder(folder.path(), "inspect --format tabular");
        assert!(table.stdout.contains("/orders-%FF.backup |"), "{table}");
    }

    #[test]
    fn the_parts_of_a_split_archive_are_found_under_a_name_that_is_no_text() {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let from = fixtures().join("scenarios/new-containers/neo4j-2026-07-01T11-00-00.backup");
        for end in ["", ".1", ".2", ".3"] {
            let mut source = from.clone().into_os_string();
            source.push(end);
            let mut name = std::ffi::OsStr::from_bytes(b"\xff.backup").to_owned();
            name.push(end);
            std::fs::copy(source, folder.path().join(name)).expect("there is room for a copy");
        }
        let report = in_folder(folder.path(), "inspect --format json").report();
        assert_eq!(report.artifacts.len(), 1);
        assert_eq!(report.artifacts[0].split.as_ref().map(|split| split.parts.len()), Some(3));
        assert!(report.others.is_empty());
    }
}
