//! `show`: one file.

use crate::harness::{Ran, run, say};

const FULL: &str = "real/neo4j-2026.05.0/chain/neo4j-2026-03-01T02-00-00.backup";

#[test]
fn every_kind_of_file_is_shown_whole() {
    for (name, file) in [
        ("full", FULL),
        ("empty", "real/neo4j-5.26.28/chain/neo4j-2026-03-01T02-30-00.backup"),
        ("plain_v1", "real/neo4j-5.26.28/formats/diff.BTV1.backup"),
        ("zstd_v1", "real/neo4j-5.26.28/formats/full.BZV1.backup"),
        ("plain_v2", "real/neo4j-2026.05.0/formats/full.BTV2.backup"),
        ("v3", "scenarios/new-containers/neo4j-2026-07-01T10-00-00.backup"),
        ("split", "scenarios/new-containers/neo4j-2026-07-01T11-00-00.backup"),
        ("part", "scenarios/new-containers/neo4j-2026-07-01T11-00-00.backup.2"),
        ("shard", "scenarios/shards-ok/foo-p000-2025-06-11T21-04-37.backup"),
        ("dump", "real/neo4j-2026.05.0/formats/neo4j.DZV1.dump"),
        ("legacy_dump", "real/neo4j-5.26.28/formats/neo4j.legacy-gzip.dump"),
        ("stranger", "scenarios/gap/spec.tsv"),
        ("nothing", "nowhere"),
    ] {
        insta::assert_snapshot!(name, run(["show", file]));
    }
}

#[test]
fn the_script_is_hidden_until_it_is_asked_for() {
    let secret = "CREATE USER";
    for format in ["text", "json"] {
        let ran = run(["show", "--format", format, FULL]);
        assert!(!ran.stdout.contains(secret), "{ran}");
        // Nor its bytes: `CREATE` in hexadecimal, and the magic of gzip.
        assert!(!ran.stdout.contains("435245415445") && !ran.stdout.contains("1f8b08"), "{ran}");
    }
    insta::assert_snapshot!(run(["show", "--script", FULL]));
    let plain = run(["show", "--script", "real/neo4j-5.26.28/chain/neo4j-2026-03-01T02-00-00.backup"]);
    assert!(plain.stdout.contains(secret) && plain.code == Some(0), "{plain}");
    assert_eq!(plain.stderr, "");
}

#[test]
fn a_file_without_a_script_says_so() {
    insta::assert_snapshot!(say("show --script real/neo4j-5.26.28/formats/diff.BTV1.backup"));
}

#[test]
fn json_holds_reading_fields_and_where_it_loads() {
    let ran: Ran = run(["show", "--format", "json", FULL]);
    let shown: serde_json::Value = serde_json::from_str(&ran.stdout).expect("a document");
    assert_eq!(shown["schema_version"], graphkeep_core::report::SCHEMA_VERSION);
    assert_eq!(shown["reading"], "artifact");
    assert_eq!(shown["store_id_hash"], -35_763_003);
    assert_eq!(shown["fields"][0]["value"], "BZV2");
    assert_eq!(shown["loading"]["table"].as_array().map(Vec::len), Some(9));
    assert!(ran.stdout.starts_with("{\n  \"schema_version\""));
}

#[test]
fn a_folder_is_referred_to_inspect() {
    insta::assert_snapshot!(say("show scenarios/gap"));
}
