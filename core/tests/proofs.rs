//! What verification adds to the verdict on a chain.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use graphkeep_core::problem::Code;
use graphkeep_core::progress::Silent;
use graphkeep_core::report::{Level, Reading, Report, Role, State};
use graphkeep_core::verify::verify;
use graphkeep_core::{FileName, Limits, chain};
use support::files::fixtures;

/// Verifies every file of a fixture folder.
fn verified(folder: &str, level: Level) -> Vec<Reading> {
    let files = fixtures().below(folder);
    let verify_one = |name| {
        let (reading, found) = verify(&mut &files, &name, level, &Limits::default(), &mut Silent);
        match found {
            Some(found) => reading.with(&found),
            None => reading,
        }
    };
    files.names().map(verify_one).collect()
}

fn codes(report: &Report) -> Vec<Code> {
    report.databases[0].problems.iter().map(|problem| problem.code).collect()
}

#[test]
fn a_real_chain_whose_transactions_were_walked_is_restorable() {
    for version in ["5.26.28", "2026.05.0"] {
        let report = chain::report(verified(&format!("real/neo4j-{version}/chain"), Level::L3));
        let database = &report.databases[0];
        assert_eq!((database.state, database.level), (State::Restorable, Level::L3), "{version}");
        assert_eq!(database.newest.as_ref().map(|point| point.tx), Some(49));
        assert_eq!(codes(&report), []);
    }
}

#[test]
fn one_file_that_was_not_verified_leaves_the_database_unverified() {
    let mut readings = verified("real/neo4j-5.26.28/chain", Level::L3);
    if let Reading::Artifact(artifact) = &mut readings[0] {
        artifact.verified = None;
    }
    let report = chain::report(readings);
    assert_eq!((report.databases[0].state, report.databases[0].level), (State::Unverified, Level::L1));
}

#[test]
fn numbers_that_fit_do_not_join_two_histories() {
    for broken in 2..5 {
        let mut readings = verified("real/neo4j-5.26.28/chain", Level::L3);
        let Reading::Artifact(artifact) = &mut readings[broken] else { panic!("a backup") };
        let before = artifact.lowest_tx - 1;
        let links = &mut artifact.verified.as_mut().expect("it was verified").links;
        let sum = links.before_lowest.as_mut().expect("kernel 20 carries it");
        *sum ^= 1;

        let report = chain::report(readings);
        let database = &report.databases[0];
        assert_eq!(database.state, State::RestorableUntil);
        assert_eq!(database.newest.as_ref().map(|point| point.tx), Some(before));
        assert_eq!(codes(&report), [Code::ChainOtherHistory]);
        assert_eq!(database.gaps[0].unusable.len(), 5 - broken);
        assert_eq!((database.gaps[0].first_tx, database.gaps[0].code), (None, Code::ChainOtherHistory));
    }
}

#[test]
fn a_damaged_file_breaks_the_chain_that_needs_it() {
    let mut readings = verified("real/neo4j-2026.05.0/chain", Level::L3);
    let Reading::Artifact(artifact) = &mut readings[3] else { panic!("a backup") };
    let found = artifact.verified.as_mut().expect("it was verified");
    found.level = Level::L1;
    found.problems = vec![graphkeep_core::problem::Problem {
        code: Code::PayloadDamaged,
        severity: Code::PayloadDamaged.severity(),
        message: "flipped".into(),
        remedy: None,
        artifacts: Vec::new(),
    }];
    let report = chain::report(readings);
    let database = &report.databases[0];
    assert_eq!(database.state, State::Corrupt);
    assert_eq!(database.newest.as_ref().map(|point| point.tx), Some(29));
    assert_eq!(database.members[3].role, Role::Damaged);
    assert_eq!(database.gaps[0].candidates, [FileName::from("neo4j-2026-03-01T04-00-00.backup")]);
}
