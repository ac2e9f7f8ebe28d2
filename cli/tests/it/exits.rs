//! Every exit code, provoked.

use std::path::Path;

use graphkeep_tests::artifact::{Backup, Origin};

use crate::harness::{fixtures, folder_of, hour, in_folder, run, say};

/// A folder with a good chain, where something else is about to go wrong.
fn good() -> tempfile::TempDir {
    let origin = Origin::new("orders", 1);
    folder_of(&[Backup::full(&origin, hour(2), 10), Backup::differential(&origin, hour(3), 11, 20)])
}

fn write(folder: &Path, name: &str, bytes: &[u8]) {
    std::fs::write(folder.join(name), bytes).expect("there is room for a file");
}

#[test]
fn zero_when_all_that_was_asked_for_holds() {
    for line in [
        "inspect scenarios/manual-example",
        "inspect scenarios/shards-ok",
        "inspect real/neo4j-5.26.28/formats/neo4j.DZV1.dump",
        "show scenarios/gap/neo4j-2025-05-01T10-30-00.backup",
        "plan scenarios/latest-as-parent",
        "--version",
        "--help",
    ] {
        assert_eq!(say(line).code, Some(0), "{line}");
    }
}

#[test]
fn one_where_a_file_cannot_be_read_and_the_rest_is_shown() {
    let folder = good();
    let ran = in_folder(folder.path(), "inspect . nowhere");
    assert_eq!(ran.code, Some(1));
    assert!(ran.stdout.contains("orders"), "{ran}");
    assert!(ran.stdout.contains("cannot read `nowhere`"), "{ran}");
    assert_eq!(say("show nowhere").code, Some(1));
    assert_eq!(say("plan nowhere").code, Some(1));
}

#[test]
fn two_for_a_command_line_that_makes_no_sense() {
    for line in [
        "",
        "inspekt",
        "inspect --latest-backup --latest-chain",
        "inspect --format xml",
        "inspect --format json --latest-chain scenarios/gap",
        "plan --at yesterday",
        "plan --at 3 scenarios/manual-example",
        "show scenarios",
        "man nonsense",
        "--progress-interval=-1 inspect",
    ] {
        let ran = say(line);
        assert_eq!(ran.code, Some(2), "{line}: {ran}");
        assert!(ran.stdout.is_empty() && !ran.stderr.is_empty(), "{line}: {ran}");
    }
}

#[test]
fn ten_for_a_broken_chain_or_a_point_out_of_reach() {
    for folder in [
        "gap",
        "orphan-diffs",
        "overlap-between-diffs",
        "only-empty",
        "store-replaced",
        "shards-behind-and-ahead",
    ] {
        assert_eq!(run(["inspect", &format!("scenarios/{folder}")]).code, Some(10), "{folder}");
    }
    assert_eq!(say("plan --at 35 scenarios/gap").code, Some(10));
    assert_eq!(say("plan scenarios/orphan-diffs").code, Some(10));
}

#[test]
fn eleven_for_a_damaged_artifact_and_the_rest_is_shown() {
    let folder = good();
    let whole =
        std::fs::read(fixtures().join("scenarios/gap/neo4j-2025-05-01T10-30-00.backup")).expect("a fixture");
    write(folder.path(), "other.backup", &whole[..60]);
    let ran = in_folder(folder.path(), "inspect");
    assert_eq!(ran.code, Some(11));
    assert!(ran.stdout.contains("! unverified  orders"), "{ran}");
    assert!(ran.stdout.contains("cannot read `other.backup`"), "{ran}");
    assert_eq!(in_folder(folder.path(), "show other.backup").code, Some(11));
}

#[test]
fn eleven_for_a_split_archive_that_lacks_a_part() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    for end in ["", ".1", ".3"] {
        let name = format!("neo4j-2026-07-01T11-00-00.backup{end}");
        let from = fixtures().join("scenarios/new-containers").join(&name);
        std::fs::copy(from, folder.path().join(name)).expect("there is room for a copy");
    }
    let ran = in_folder(folder.path(), "inspect");
    assert_eq!(ran.code, Some(11));
    insta::assert_snapshot!(ran);
}

#[test]
fn twelve_where_something_could_not_be_checked_or_nothing_matched() {
    let folder = good();
    write(folder.path(), "later.backup", b"BZV9 and what only a later Neo4j knows");
    let ran = in_folder(folder.path(), "inspect");
    assert_eq!(ran.code, Some(12));
    insta::assert_snapshot!(ran);
    assert_eq!(in_folder(folder.path(), "show later.backup").code, Some(12));
    assert_eq!(say("inspect --database nobody scenarios/gap").code, Some(12));
    assert_eq!(say("plan --database nobody scenarios/gap").code, Some(12));
    assert_eq!(say("show scenarios/gap/spec.tsv").code, Some(12));
    assert_eq!(say("show --script scenarios/gap/neo4j-2025-05-01T10-30-00.backup").code, Some(12));
}

#[test]
fn a_folder_without_backups_says_what_is_there_instead() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let ran = in_folder(folder.path(), "inspect");
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(12), "no files\n"));

    std::fs::create_dir(folder.path().join("nightly")).expect("there is room for a folder");
    for (name, bytes) in [
        ("README.md", b"notes".as_slice()),
        ("NOTES.md", b"more notes"),
        ("index.html", b"<!DOCTYPE html><html>"),
        ("table.parquet", b"PAR1...."),
        ("orders-2026-09-12T02-00-00.backup", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n"),
    ] {
        write(folder.path(), name, bytes);
    }
    let ran = in_folder(folder.path(), "inspect");
    insta::assert_snapshot!(ran);
}

#[test]
fn the_worst_decides_and_the_json_names_all() {
    let origin = Origin::new("orders", 1);
    let folder =
        folder_of(&[Backup::full(&origin, hour(2), 10), Backup::differential(&origin, hour(4), 21, 30)]);
    let codes = |line: &str| {
        let ran = in_folder(folder.path(), line);
        let last: serde_json::Value = serde_json::from_str(ran.stderr.trim_end()).expect("one object");
        assert_eq!(last["message_type"], "exit_error");
        assert_eq!(last["code"], ran.code.expect("no signal"));
        last["codes"].clone()
    };
    assert_eq!(codes("inspect --format json"), serde_json::json!([10]));
    write(folder.path(), "later.backup", b"BZV9");
    assert_eq!(codes("inspect --format json"), serde_json::json!([10, 12]));
    write(folder.path(), "cut.backup", b"BZV2\x28\xb5");
    assert_eq!(codes("inspect --format jsonl"), serde_json::json!([11, 10, 12]));
    assert_eq!(codes("inspect --format jsonl . nowhere"), serde_json::json!([1, 11, 10, 12]));
}

#[cfg(unix)]
#[test]
fn ctrl_c_counts_what_was_read_and_judges_nothing() {
    use std::io::{BufRead, BufReader, Read};
    use std::process::Stdio;

    // More progress than a pipe holds: the program waits for its reader, wherever it is.
    let folder = good();
    let file = folder.path().join("orders-2026-09-12T02-00-00.backup");
    for number in 0..4000 {
        std::fs::hard_link(&file, folder.path().join(format!("{number}.backup"))).expect("links can be made");
    }
    let mut command = crate::harness::graphkeep();
    command.current_dir(folder.path()).args(["inspect", "--progress-interval", "0.000000001"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary runs");
    let mut stderr = BufReader::new(child.stderr.take().expect("it is piped"));
    let mut first = String::new();
    stderr.read_line(&mut first).expect("it prints progress");
    let killed = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(killed.expect("kill is there").success());
    let mut rest = String::new();
    stderr.read_to_string(&mut rest).expect("it prints text");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(130), "{rest}");
    assert!(output.stdout.is_empty());
    let last = rest.lines().last().expect("it says so");
    assert!(last.starts_with("cancelled after ") && last.ends_with("; nothing was judged"), "{last}");
}

#[cfg(unix)]
#[test]
fn a_reader_that_had_enough_is_no_failure() {
    use std::process::Stdio;

    let mut command = crate::harness::graphkeep();
    command.args(["inspect", "--format", "json", "-r", "."]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the binary runs");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    // The verdict, and nothing about pipes.
    assert_eq!(output.status.code(), Some(10));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(!stderr.contains("ipe") && !stderr.contains("panic"), "{stderr}");
}
