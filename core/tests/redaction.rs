//! A redacted report holds nothing of what it covers, and says the same about chains.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use graphkeep_core::FileName;
use graphkeep_core::artifact::unread;
use graphkeep_core::error::{Cause, Error};
use graphkeep_core::redact::{Redaction, redact};
use graphkeep_core::report::{Reading, Report};
use support::files::fixtures;

const ALL: Redaction = Redaction { names: true, paths: true, ids: true };

/// Every text by which the report's subject could be known.
fn secrets(report: &Report) -> Vec<String> {
    let mut secrets = Vec::new();
    for artifact in &report.artifacts {
        secrets.push(artifact.path.base().to_owned());
        secrets.push(artifact.database_id.to_string());
        secrets.push(artifact.store_id_hash.to_string());
        secrets.push(artifact.store_id.creation_time_ms.to_string());
        // Words of the report itself are no secrets.
        if !["neo4j"].contains(&artifact.database.as_str()) {
            secrets.push(artifact.database.clone());
        }
        secrets.extend(artifact.topology.iter().map(|topology| topology.virtual_id.to_string()));
        secrets.extend(artifact.split.iter().map(|split| split.archive_id.to_string()));
    }
    secrets.extend(report.others.iter().map(|other| other.path.base().to_owned()));
    secrets.extend(report.artifacts.iter().map(|artifact| artifact.path.folder().to_owned()));
    secrets.retain(|secret| !secret.is_empty());
    secrets
}

#[test]
fn nothing_covered_is_left_in_any_scenario() {
    let all = fixtures();
    let mut folders: Vec<String> = all
        .names()
        .filter_map(|name| name.0.starts_with("scenarios/").then(|| name.folder().to_owned()))
        .collect();
    folders.dedup();
    assert!(folders.len() > 10);
    for folder in folders {
        // With their folder in the path, as a host names them.
        let readings: Vec<Reading> =
            all.names().filter(|name| name.folder() == folder).map(|name| all.read(&name.0)).collect();
        let report = graphkeep_core::chain::report(readings);
        let covered = redact(report.clone(), ALL);
        let text = serde_json::to_string(&covered).expect("a report serialises");
        for secret in secrets(&report) {
            assert!(!text.contains(&secret), "{folder}: {secret} in {text}");
        }
        let shape = |report: &Report| -> Vec<_> {
            let verdicts = report.databases.iter().map(|database| {
                let codes: Vec<_> = database.problems.iter().map(|problem| problem.code).collect();
                (database.state, database.chains.clone(), database.members.clone(), codes)
            });
            verdicts.collect()
        };
        assert_eq!(shape(&report), shape(&covered), "{folder}");
    }
}

#[test]
fn the_same_thing_has_the_same_cover_name_in_its_sentences() {
    let report = redact(fixtures().below("scenarios/gap").report(), ALL);
    let database = &report.databases[0];
    let problem = &database.problems[0];
    let before = &report.artifacts[problem.artifacts[0]].path;
    assert!(problem.message.contains(&format!("`{before}`")), "{}", problem.message);
    assert_eq!(report.artifacts[0].database, database.name);
    assert_eq!(report.artifacts[0].store_id_hash, report.artifacts[0].store_id.hash());
}

#[test]
fn what_is_not_asked_for_stays() {
    let report = fixtures().below("scenarios/manual-example").report();
    assert_eq!(redact(report.clone(), Redaction { names: false, paths: false, ids: false }), report);
    let covered = redact(report.clone(), Redaction { ids: false, ..ALL });
    assert_eq!(covered.databases[0].id, report.databases[0].id);
    assert_ne!(covered.databases[0].name, report.databases[0].name);
}

#[test]
fn odd_names_and_the_hosts_words_are_covered_too() {
    let all = fixtures().below("scenarios/gap");
    let ends = [".backup.acme", "-`acme`.backup", ".backup"];
    let readings = all.names().zip(ends.iter().cycle()).map(|(name, end)| {
        let mut reading = all.read(&name.0);
        let Reading::Artifact(artifact) = &mut reading else { panic!("{name} is no artifact") };
        artifact.path = FileName(format!("ac`me/{}{end}", name.base().trim_end_matches(".backup")));
        artifact.database = "shop`acme".into();
        reading
    });
    let refused = Error { place: None, cause: Cause::Io { message: "no right to open /srv/acme".into() } };
    let refused = unread(&"ac`me/locked.backup".into(), 0, refused);
    let report = graphkeep_core::chain::report(readings.chain([refused]).collect());
    let told = |report: &Report| serde_json::to_string(report).expect("a report serialises");
    assert!(told(&report).contains("/srv/acme") && told(&report).contains("-`acme`.backup"));
    let covered = told(&redact(report, ALL));
    for secret in ["acme", "ac`me", "shop", "locked"] {
        assert!(!covered.contains(secret), "{secret} in {covered}");
    }
}
