//! `transactions`: every commit once, in order, with its time.

use serde_json::Value;

use crate::harness::{Ran, in_folder, run, say};

const CHAIN: &str = "real/neo4j-2026.05.0/chain";

fn lines(words: &[&str]) -> Vec<Value> {
    let ran = run(["transactions", "--format", "jsonl"].iter().chain(words));
    Ran::objects(&ran.stdout)
}

fn numbers(lines: &[Value], member: &str) -> Vec<i64> {
    lines.iter().map(|line| line[member].as_i64().expect("a number")).collect()
}

#[test]
fn logs_of_every_format_give_all_their_commits_in_order() {
    for (file, last) in [
        ("rotated-5.26.28", 410),
        ("envelopes-rotated-2026.05.0", 410),
        ("zero-tail-after-crash-2026.05.0", 160),
        ("upgraded-kernels-5-20-29", 71),
        ("format-9-then-10", 70),
        ("format-11-unreleased", 29),
    ] {
        let lines = lines(&[&format!("real/logs/{file}.backup")]);
        assert_eq!(numbers(&lines, "tx"), (2..=last).collect::<Vec<_>>(), "{file}");
        let indexes = numbers(&lines, "append_index");
        assert!(indexes.windows(2).all(|pair| pair[0] < pair[1]), "{file}");
        let logs = numbers(&lines, "log");
        assert!(logs.windows(2).all(|pair| pair[0] <= pair[1]), "{file}");
        assert!(lines.iter().all(|line| line["message_type"] == "transaction"), "{file}");
    }
}

#[test]
fn the_bytes_of_a_log_are_its_transactions() {
    // One file, one log of plain format: a header of 128 bytes, then nothing but transactions.
    let dump = "real/neo4j-5.26.28/formats/neo4j.DZV1.dump";
    let bytes: i64 = numbers(&lines(&[dump]), "bytes").iter().sum();
    let listing: Value =
        serde_json::from_str(&run(["ls", dump, "neostore.transaction.db.0", "--format", "json"]).stdout)
            .expect("a document");
    assert_eq!(listing["entries"][0]["bytes"], bytes + 128);
}

#[test]
fn a_folder_lists_each_transaction_once_from_the_first_file_that_holds_it() {
    let lines = lines(&[CHAIN]);
    assert_eq!(numbers(&lines, "tx"), (2..=49).collect::<Vec<_>>());
    for line in &lines {
        let tx = line["tx"].as_i64().expect("a number");
        let hour = match tx {
            ..20 => "02",
            20..30 => "03",
            30..40 => "04",
            _ => "05",
        };
        let file = format!("{CHAIN}/neo4j-2026-03-01T{hour}-00-00.backup");
        assert_eq!(line["file"], file, "{tx}");
    }
}

#[test]
fn ranges_are_transactions_or_times() {
    let all = lines(&[CHAIN]);
    let between = |words: &[&str]| numbers(&lines(&[&[CHAIN], words].concat()), "tx");
    assert_eq!(between(&["--from", "18", "--to", "tx 21"]), [18, 19, 20, 21]);
    // A time with its milliseconds cut off keeps what was committed in that very second.
    let time = all[20]["time"].as_str().expect("a time");
    let second = format!("{}Z", &time[..19]);
    let expected = |from: bool| {
        let kept = all.iter().filter(|line| {
            let is_before = line["time"].as_str().expect("a time") < &time[..19];
            is_before != from
        });
        kept.map(|line| line["tx"].as_i64().expect("a number")).collect::<Vec<_>>()
    };
    assert_eq!(between(&["--from", &second]), expected(true));
    assert_eq!(between(&["--to", &second]), expected(false));
    assert!(!expected(true).is_empty() && !expected(false).is_empty());

    let ran = run(["transactions", CHAIN, "--from", "1000"]);
    assert_eq!(ran.code, Some(12), "{ran}");
    assert_eq!(run(["transactions", CHAIN, "--from", "newest"]).code, Some(2));
}

#[test]
fn a_few_lines_for_people() {
    insta::assert_snapshot!(run(["transactions", CHAIN, "--from", "18", "--to", "22"]));
    insta::assert_snapshot!(run(["transactions", CHAIN, "--from", "18", "--to", "20", "--format", "csv"]));
    insta::assert_snapshot!(run(["transactions", CHAIN, "--from", "18", "--to", "20", "--format", "json"]));
    insta::assert_snapshot!(say("transactions real/neo4j-5.26.28 -r --from 48"));
}

#[test]
fn every_format_says_the_same() {
    let lines = lines(&["real/logs/envelopes-rotated-2026.05.0.backup"]);
    let format = |format: &str| {
        run(["transactions", "real/logs/envelopes-rotated-2026.05.0.backup", "--format", format]).stdout
    };
    let document: Value = serde_json::from_str(&format("json")).expect("a document");
    let rows = document["transactions"].as_array().expect("rows");
    assert_eq!(rows.len(), lines.len());
    for (row, line) in rows.iter().zip(&lines) {
        for (member, value) in row.as_object().expect("an object") {
            assert_eq!(&line[member], value);
        }
    }
    let text = format("csv");
    let csv: Vec<&str> = text.lines().collect();
    assert_eq!(csv.len(), lines.len() + 1);
    for (row, line) in csv[1..].iter().zip(&lines) {
        let start =
            format!("{},{},{}", line["tx"], line["append_index"], line["time"].as_str().expect("a time"));
        assert!(row.starts_with(&start), "{row}");
    }
    assert_eq!(format("text").lines().count(), lines.len() + 1);
}

#[test]
fn damage_is_said_and_the_rest_is_listed() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let from = crate::harness::fixtures().join("real/neo4j-5.26.28/formats/diff.BTV2.backup");
    let mut bytes = std::fs::read(from).expect("a fixture");
    // The last transaction: its end stands somewhere before the tar's own end.
    let last = bytes.len() - 12_000;
    let at = (0..last).rev().find(|at| bytes[*at] != 0).expect("there are transactions");
    bytes[at - 40] ^= 1;
    std::fs::write(folder.path().join("some.backup"), bytes).expect("there is room");
    let ran = in_folder(folder.path(), "transactions some.backup --format jsonl");
    assert_eq!(ran.code, Some(11), "{ran}");
    let listed = numbers(&Ran::objects(&ran.stdout), "tx");
    assert!(listed.len() > 10 && listed.len() < 28, "{listed:?}");
    assert!(ran.stderr.contains("log."), "{ran}");
}
