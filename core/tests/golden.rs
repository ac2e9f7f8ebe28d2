//! Every genuine artifact, read whole and kept as a snapshot.

mod support;

#[cfg(target_arch = "wasm32")]
use crate::support::test;

use crate::support::files::fixtures;

#[cfg(not(target_arch = "wasm32"))]
#[test]
fn every_fixture_reads_as_its_snapshot_says() {
    insta::assert_json_snapshot!(fixtures().readings());
}

/// There is no insta in wasm, so the snapshot itself is inside the test.
#[cfg(target_arch = "wasm32")]
#[test]
fn every_fixture_reads_as_its_snapshot_says() {
    let snapshot = include_str!("snapshots/golden__every_fixture_reads_as_its_snapshot_says.snap");
    let (_, expected) = snapshot.split_once("\n---\n").expect("a snapshot has a head");
    let expected: serde_json::Value = serde_json::from_str(expected).expect("it is JSON");
    let found = serde_json::to_value(fixtures().readings()).expect("readings are plain data");
    assert_eq!(found, expected);
}
