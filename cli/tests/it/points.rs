//! `plan --at`: a point inside a file, by the commits in its logs.

use serde_json::Value;

use crate::harness::{Ran, run};

/// A full up to 410 is not among the real logs; a chain made of one does as well.
const CHAIN: &str = "real/neo4j-5.26.28/chain";

fn boundary(at: &str) -> Value {
    let ran = run(["plan", CHAIN, "--at", at, "--format", "json"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    let answer: Value = serde_json::from_str(&ran.stdout).expect("a document");
    answer["plans"][0].clone()
}

#[test]
fn a_transaction_names_the_last_kept_and_the_first_dropped_with_their_commit_times() {
    let listed = Ran::objects(&run(["transactions", CHAIN, "--format", "jsonl"]).stdout);
    let time =
        |tx: i64| listed.iter().find(|line| line["tx"] == tx).expect("it is listed")["time_ms"].clone();
    for tx in [20, 25, 34, 38, 41, 48] {
        let planned = boundary(&tx.to_string());
        let (kept, dropped) = (&planned["boundary"]["last_kept"], &planned["boundary"]["first_dropped"]);
        assert_eq!((&kept["tx"], &kept["time_ms"]), (&Value::from(tx), &time(tx)));
        assert_eq!((&dropped["tx"], &dropped["time_ms"]), (&Value::from(tx + 1), &time(tx + 1)));
        assert_eq!(planned["plan"]["reaches_tx"], tx);
        assert_eq!(planned["plan"]["restore_until"], (tx + 1).to_string());
    }
    // At a file's end nothing is cut, and nothing needs to be walked.
    assert!(boundary("29")["boundary"].is_null());
}

#[test]
fn the_words_name_both_commits() {
    insta::assert_snapshot!(run(["plan", CHAIN, "--at", "34"]));
}

#[test]
fn times_of_commits_that_contradict_the_backups_are_said_and_not_used() {
    // These backups claim to be older than the commits in them.
    let ran = run(["plan", CHAIN, "--at", "2026-03-01 03:30"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(ran.stdout.contains("by the commit times that point lies before"), "{ran}");
    assert!(!ran.stdout.contains("Last kept"), "{ran}");
}

#[test]
fn a_file_without_logs_says_so() {
    let ran = run(["plan", "scenarios/gap", "--at", "15"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(ran.stdout.contains("holds no transaction logs, so commit times are unknown"), "{ran}");
}
