//! JSON for programs: the report, the lines, the schema.

use std::fs::File;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

use graphkeep_core::report::{Reading, Report, SCHEMA_VERSION};
use graphkeep_core::{FileName, Limits, Source, artifact, chain};
use serde_json::Value;

use crate::harness::{Ran, fixtures, run, say, scenarios};

fn folders() -> Vec<String> {
    let real = ["5.26.28/chain", "5.26.28/formats", "2026.05.0/chain", "2026.05.0/formats"];
    let real = real.into_iter().map(|folder| format!("real/neo4j-{folder}"));
    scenarios().into_iter().chain(real).chain(["real/logs".to_owned()]).collect()
}

/// The fixtures by the plainest of sources.
struct Fixtures;

impl Source for Fixtures {
    type Stream = BufReader<File>;

    fn open(&mut self, name: &FileName) -> io::Result<(BufReader<File>, u64)> {
        let file = File::open(fixtures().join(&name.0))?;
        let size = file.metadata()?.len();
        Ok((BufReader::with_capacity(4096, file), size))
    }
}

/// What core says of a folder, without the command line in between.
fn judged(folder: &str) -> Report {
    let files = std::fs::read_dir(fixtures().join(folder)).expect("the fixtures are there");
    let readings = files.map(|file| {
        let name = file.expect("the fixtures are readable").file_name();
        let name = FileName(format!("{folder}/{}", name.to_str().expect("the fixtures have plain names")));
        artifact::read(&mut Fixtures, &name, &Limits::default())
    });
    chain::report(readings.collect())
}

#[test]
fn the_document_is_cores_report_and_reads_back_as_one() {
    for folder in folders() {
        let ran = run(["inspect", "--format", "JSON", &folder]);
        assert_eq!(ran.report(), judged(&folder), "{folder}");
        assert!(ran.stdout.starts_with("{\n  \"schema_version\": \"1."), "{folder}");
    }
}

#[test]
fn the_lines_hold_the_whole_report() {
    for folder in folders() {
        let report = judged(&folder);
        let lines = Ran::objects(&run(["inspect", "--format", "jsonl", "--empty", &folder]).stdout);
        let of_type =
            |kind: &'static str| lines.iter().filter(move |line| line["message_type"] == kind).cloned();
        assert!(lines.iter().all(|line| line["schema_version"] == SCHEMA_VERSION), "{folder}");

        let readings: Vec<Reading> =
            of_type("artifact").map(|line| serde_json::from_value(line).expect("a reading")).collect();
        assert_eq!(
            readings.len(),
            report.artifacts.len() + report.dumps.len() + report.others.len(),
            "{folder}"
        );
        // Parts of split archives count in the summary, and are no readings of their own.
        assert_eq!(Report { summary: report.summary, ..chain::report(readings) }, report, "{folder}");

        let indexes: Vec<Value> =
            of_type("artifact").map(|line| line["index"].clone()).filter(|index| !index.is_null()).collect();
        assert_eq!(indexes, (0..report.artifacts.len()).map(Value::from).collect::<Vec<_>>(), "{folder}");
        assert_eq!(
            of_type("verdict").count(),
            report.databases.len() + report.sharded_databases.len(),
            "{folder}"
        );
        let summary = of_type("summary").next().expect("there is a summary");
        assert_eq!(summary["bytes_read"], report.summary.bytes_read, "{folder}");
        assert_eq!(lines.last().expect("there are lines")["message_type"], "summary", "{folder}");
    }
}

#[test]
fn a_gap_as_lines() {
    let ran = say("inspect --format jsonl scenarios/gap");
    insta::assert_snapshot!(ran);
}

#[test]
fn a_gap_as_a_document() {
    insta::assert_snapshot!(say("inspect --format json scenarios/gap"));
}

#[test]
fn errors_are_json_too() {
    insta::assert_snapshot!(say("inspect --format json --latest-chain scenarios/gap"));
    insta::assert_snapshot!(say("plan --format json --at 3 scenarios/manual-example"));
}

#[test]
fn progress_is_lines_in_a_pipe_and_objects_beside_json() {
    let ran = say("--progress-interval 0.000000001 inspect scenarios/gap");
    assert!(ran.stderr.contains("files found, "), "{ran}");
    let ran = say("--progress-interval 0.000000001 inspect --format jsonl scenarios/gap");
    let status = &Ran::objects(&ran.stderr)[0];
    assert_eq!(status["message_type"], "status");
    assert!(status["found"].is_u64() && status["read"].is_u64(), "{status}");
    let ran = say("--progress-interval 0 inspect scenarios/manual-example");
    assert_eq!(ran.stderr, "");
}

/// The schema as it is committed.
fn schema() -> Value {
    serde_json::from_str(&std::fs::read_to_string(schema_file()).expect("it is committed"))
        .expect("it is JSON")
}

fn schema_file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/report.schema.json")
}

/// `GRAPHKEEP_WRITE_SCHEMA=1 cargo test -p graphkeep schema` writes it anew.
#[test]
fn the_committed_schema_is_the_one_of_the_types() {
    let mut generated = schemars::schema_for!(Report).to_value();
    // Whether a map keeps its order depends on what else is built.
    generated.sort_all_objects();
    let mut text = serde_json::to_string_pretty(&generated).expect("a schema is JSON");
    text.push('\n');
    if std::env::var_os("GRAPHKEEP_WRITE_SCHEMA").is_some() {
        std::fs::write(schema_file(), &text).expect("there is room for a file");
    }
    let committed = std::fs::read_to_string(schema_file()).expect("docs/report.schema.json is committed");
    assert!(
        committed == text,
        "docs/report.schema.json is stale: GRAPHKEEP_WRITE_SCHEMA=1 cargo test -p graphkeep schema"
    );
}

#[test]
fn every_report_is_valid_by_the_schema() {
    let validator = jsonschema::validator_for(&schema()).expect("it is a schema");
    let check = |line: &[&str]| {
        let ran = run(line);
        let report: Value = serde_json::from_str(&ran.stdout).expect("a document");
        let errors: Vec<String> = validator
            .iter_errors(&report)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{line:?}: {errors:#?}");
        report
    };
    for folder in folders() {
        check(&["inspect", "--format", "json", &folder]);
    }
    let mut report = check(&["inspect", "--format", "json", "-r", "."]);
    // A check that cannot fail is none.
    report["databases"][0]["state"] = "fine".into();
    assert!(!validator.is_valid(&report));
}
