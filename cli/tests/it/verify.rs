//! `verify`: what is proven, what is damaged, and what each consumer is told.

use std::fs;
use std::path::{Path, PathBuf};

use graphkeep_core::report::{Level, State};
use graphkeep_tests::artifact::{Backup, Origin};
use serde_json::Value;

use crate::harness::{Ran, fixtures, folder_of, graphkeep, hour, in_folder, run, say};

const CHAIN: &str = "real/neo4j-2026.05.0/chain";
/// The links of the chain, without the empty one.
const LINKS: [&str; 4] = ["02", "03", "04", "05"];

fn link(hour: &str) -> String {
    format!("neo4j-2026-03-01T{hour}-00-00.backup")
}

/// The real chain, to be damaged.
fn chain() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    for file in fs::read_dir(fixtures().join(CHAIN)).expect("the fixtures are there") {
        let file = file.expect("the fixtures are readable");
        fs::copy(file.path(), folder.path().join(file.file_name())).expect("there is room for a copy");
    }
    folder
}

fn damage(folder: &Path, name: &str, how: impl FnOnce(&mut Vec<u8>)) -> PathBuf {
    let path = folder.join(name);
    let mut bytes = fs::read(&path).expect("it was copied");
    how(&mut bytes);
    fs::write(&path, bytes).expect("there is room for it");
    path
}

#[test]
fn every_real_file_that_releases_wrote_is_proven_to_its_transactions() {
    for folder in
        ["neo4j-5.26.28/chain", "neo4j-2026.05.0/chain", "neo4j-5.26.28/formats", "neo4j-2026.05.0/formats"]
    {
        let ran = run(["verify", "--format", "json", &format!("real/{folder}")]);
        assert_eq!(ran.code, Some(0), "{folder}: {ran}");
        let report = ran.report();
        assert_eq!(report.databases[0].state, State::Restorable, "{folder}");
        let artifacts = report.artifacts.iter().map(|artifact| &artifact.verified);
        let dumps = report.dumps.iter().map(|dump| &dump.verified);
        for verified in artifacts.chain(dumps) {
            let verified = verified.as_ref().expect("it was verified");
            assert_eq!(verified.level, Level::L3, "{folder}");
            assert_eq!(verified.problems, [], "{folder}");
        }
    }
}

#[test]
fn a_sound_chain_reads_as_one() {
    insta::assert_snapshot!(run(["verify", CHAIN]));
    insta::assert_snapshot!(say("verify real/neo4j-5.26.28/formats"));
}

#[test]
fn logs_of_a_kernel_that_no_release_has_are_neither_fine_nor_damaged() {
    let ran = say("verify real/logs/format-11-unreleased.backup --format json");
    let verified = ran.report().artifacts[0].verified.clone().expect("it was verified");
    assert_eq!(verified.level, Level::L2);
    assert!(!verified.is_damaged(), "{verified:?}");
    let objects = Ran::objects(&ran.stderr);
    // Without its full it is no chain either.
    assert_eq!(objects.last().expect("there is a last word")["codes"], serde_json::json!([10, 12]));
    assert!(say("verify real/logs").stdout.contains("PARTLY  L2"));
}

#[test]
fn one_thread_and_eight_say_the_same() {
    for format in ["chains", "json", "jsonl"] {
        let with =
            |jobs: &str| run(["verify", "-r", "real", "scenarios", "--format", format, "--jobs", jobs]);
        let one = with("1");
        assert_eq!(one.code, Some(11), "{one}");
        assert_eq!(with("8"), one, "{format}");
    }
}

#[test]
fn a_level_is_what_was_asked_for() {
    for (level, state, code) in
        [("l1", State::Unverified, 0), ("L2", State::Restorable, 0), ("l3", State::Restorable, 0)]
    {
        let ran = run(["verify", CHAIN, "--level", level, "--format", "json"]);
        assert_eq!(ran.code, Some(code), "{level}: {ran}");
        let report = ran.report();
        assert_eq!(report.databases[0].state, state, "{level}");
        let verified = report.artifacts[0].verified.as_ref().expect("it was looked at");
        assert_eq!(verified.asked.as_str(), level.to_uppercase());
        assert_eq!(verified.transactions.is_some(), level == "l3");
    }
    // An empty tar decodes, and has no transactions to prove anything with.
    assert_eq!(say("verify scenarios/latest-as-parent --level l2").code, Some(0));
    assert_eq!(say("verify scenarios/latest-as-parent").code, Some(11));
    assert_eq!(say("verify scenarios/gap --level l2").code, Some(10));
}

#[test]
fn a_flipped_byte_anywhere_in_a_link_is_found_and_breaks_the_chain_there() {
    for (at, name) in LINKS.iter().enumerate() {
        let folder = chain();
        damage(folder.path(), &link(name), |bytes| {
            let middle = bytes.len() / 2;
            bytes[middle] ^= 0x10;
        });
        let ran = in_folder(folder.path(), "verify --format json");
        assert_eq!(ran.code, Some(11), "{name}: {ran}");
        let database = &ran.report().databases[0];
        let reached = database.newest.as_ref().map(|newest| newest.tx);
        assert_eq!(reached, [None, Some(19), Some(29), Some(39)][at], "{name}");
    }
}

#[test]
fn damage_has_a_name_a_place_a_cause_and_a_remedy() {
    let folder = chain();
    let path = folder.path();
    damage(path, &link("02"), |bytes| bytes.truncate(20_000));
    damage(path, &link("03"), |bytes| bytes[20_000] ^= 1);
    damage(path, &link("04"), |bytes| bytes.extend([7; 1000]));
    damage(path, &link("05"), |bytes| {
        let mut text = b"Selecting JVM - Version:21\nStarting backup\n".to_vec();
        text.append(bytes);
        *bytes = text;
    });
    fs::write(path.join("neo4j-2026-03-01T06-00-00.backup"), "<!DOCTYPE html><title>403</title>")
        .expect("room");
    fs::write(path.join("later.backup"), "BZV9 and what only a later Neo4j knows").expect("room");
    insta::assert_snapshot!(in_folder(path, "verify"));
    assert_eq!(in_folder(path, "verify").code, Some(11));
}

#[test]
fn what_cannot_be_read_is_not_called_damaged() {
    let folder = chain();
    fs::remove_file(folder.path().join(link("03"))).expect("it is there");
    let ran = in_folder(folder.path(), "verify . nowhere");
    assert_eq!(ran.code, Some(1), "{ran}");
    assert!(ran.stdout.contains("FAILED  -"), "{ran}");
    assert!(ran.stdout.contains("cannot read `nowhere`"), "{ran}");
    assert_eq!(
        in_folder(folder.path(), "verify --format json . nowhere").report().databases[0]
            .newest
            .as_ref()
            .map(|newest| newest.tx),
        Some(19)
    );
}

#[test]
fn ten_for_a_chain_with_a_hole_and_for_a_point_that_is_not_there() {
    let folder = chain();
    assert_eq!(in_folder(folder.path(), "verify --until 45").code, Some(0));
    let ran = in_folder(folder.path(), "verify --until 50");
    assert_eq!(ran.code, Some(10), "{ran}");
    assert!(ran.stdout.contains("X neo4j: tx 50 cannot be restored: tx 50 is not in these backups"), "{ran}");
    let ran = in_folder(folder.path(), "verify --until 50 --format json");
    let document: Value = serde_json::from_str(&ran.stdout).expect("a document");
    assert_eq!(document["until"][0]["reachable"], false);
    assert_eq!(document["until"][0]["unreachable"]["before"]["tx"], 49);

    fs::remove_file(folder.path().join(link("04"))).expect("it is there");
    let ran = in_folder(folder.path(), "verify");
    assert_eq!(ran.code, Some(10), "{ran}");
    assert!(ran.stdout.contains("restorable-until  neo4j"), "{ran}");
}

#[test]
fn twelve_where_nothing_matched_or_not_all_could_be_checked() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    assert_eq!(in_folder(folder.path(), "verify").code, Some(12));
    fs::write(folder.path().join("later.backup"), "BZV9 and what only a later Neo4j knows").expect("room");
    let ran = in_folder(folder.path(), "verify");
    assert_eq!(ran.code, Some(12), "{ran}");
    assert!(ran.stdout.starts_with("PARTLY") || ran.stdout.contains("\nPARTLY"), "{ran}");
    assert_eq!(run(["verify", CHAIN, "--database", "nobody"]).code, Some(12));
}

#[test]
fn a_transaction_of_which_database_is_asked_before_anything_is_read() {
    let origins = [Origin::new("orders", 1), Origin::new("stock", 2)];
    let folder = folder_of(&origins.map(|origin| Backup::full(&origin, hour(2), 10)));
    let ran = in_folder(folder.path(), "verify --until 5");
    assert_eq!(ran.code, Some(2), "{ran}");
    assert!(ran.stdout.is_empty() && ran.stderr.contains("orders") && ran.stderr.contains("stock"), "{ran}");
}

#[test]
fn lines_come_file_by_file_and_agree_with_the_document() {
    let lines = Ran::objects(&run(["verify", CHAIN, "--format", "jsonl"]).stdout);
    let report = run(["verify", CHAIN, "--format", "json"]).report();
    let artifacts: Vec<&Value> = lines.iter().filter(|line| line["message_type"] == "artifact").collect();
    assert_eq!(artifacts.len(), report.artifacts.len());
    for (index, (line, artifact)) in artifacts.iter().zip(&report.artifacts).enumerate() {
        assert_eq!(line["index"], index);
        assert_eq!(line["path"], artifact.path.0);
        assert_eq!(line["verified"], serde_json::to_value(&artifact.verified).expect("it is plain data"));
    }
    let kinds: Vec<&Value> = lines.iter().map(|line| &line["message_type"]).collect();
    assert_eq!(kinds[artifacts.len()..], ["verdict", "summary"]);
}

#[test]
fn the_document_is_valid_by_the_schema_of_the_report() {
    let schema = serde_json::to_value(schemars::schema_for!(graphkeep_core::report::Report)).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("it is a schema");
    for words in [&["verify", "-r", "real", "scenarios"][..], &["verify", CHAIN, "--until", "30"]] {
        let ran = run(words.iter().chain(&["--format", "json"]));
        let mut document: Value = serde_json::from_str(&ran.stdout).expect("a document");
        let errors: Vec<String> = validator
            .iter_errors(&document)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{words:?}: {errors:#?}");
        assert!(document["artifacts"][0]["verified"]["level"].is_string());
        // A check that cannot fail is none.
        document["artifacts"][0]["verified"]["level"] = "L9".into();
        assert!(!validator.is_valid(&document));
    }
}

#[test]
fn a_split_archive_and_a_lost_part_of_it() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    for end in ["", ".1", ".2", ".3"] {
        let name = format!("neo4j-2026-07-01T11-00-00.backup{end}");
        let from = fixtures().join("scenarios/new-containers").join(&name);
        fs::copy(from, folder.path().join(name)).expect("there is room for a copy");
    }
    let verified = |level: &str| {
        let ran = in_folder(folder.path(), &format!("verify --format json --level {level}"));
        ran.report().artifacts[0].verified.clone().expect("it was verified")
    };
    assert_eq!(verified("l2").level, Level::L2);
    damage(folder.path(), "neo4j-2026-07-01T11-00-00.backup.3", |bytes| {
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
    });
    assert!(verified("l2").is_damaged());
}

#[test]
fn progress_counts_bytes() {
    let mut command = graphkeep();
    command.args(["--progress-interval", "0.000000001", "verify", CHAIN, "--format", "jsonl"]);
    let ran = Ran::of(command);
    let objects = Ran::objects(&ran.stderr);
    let done = objects.iter().rfind(|object| object["bytes_total"].is_u64()).expect("bytes were told");
    let size: u64 = run(["verify", CHAIN, "--format", "json"])
        .report()
        .artifacts
        .iter()
        .map(|artifact| artifact.size)
        .sum();
    assert_eq!(done["bytes_total"], size);
    assert_eq!(run(["--progress-interval", "0", "verify", CHAIN]).stderr, "");
}

#[test]
fn nagios_gets_one_line_and_its_own_numbers() {
    let folder = chain();
    let nagios = |more: &str| in_folder(folder.path(), &format!("verify --format nagios {more}"));
    let line = |ran: &Ran, word: &str| {
        assert_eq!(ran.stdout.lines().count(), 1, "{ran}");
        assert!(ran.stdout.starts_with(&format!("GRAPHKEEP {word} - ")), "{ran}");
    };
    let ran = nagios("");
    assert_eq!(ran.code, Some(0), "{ran}");
    line(&ran, "OK");
    for datum in
        ["'neo4j age'=", "'neo4j largest gap'=3600s;;;0", "files=5;;;0", "damaged=0;;;0", "bytes=182629B;;;0"]
    {
        assert!(ran.stdout.split(" | ").nth(1).expect("performance data").contains(datum), "{datum}: {ran}");
    }
    let ran = nagios("--warning-age 1h");
    assert_eq!(ran.code, Some(1), "{ran}");
    line(&ran, "WARNING");
    assert!(ran.stdout.contains("s;3600;;0 "), "{ran}");
    let ran = nagios("--warning-age 1h --critical-age 1day");
    assert_eq!(ran.code, Some(2), "{ran}");
    line(&ran, "CRITICAL");
    assert_eq!(nagios("--warning-age 1000years").code, Some(0));

    damage(folder.path(), &link("04"), |bytes| bytes.truncate(9000));
    let ran = nagios("--warning-age 1h");
    assert_eq!(ran.code, Some(2), "{ran}");
    line(&ran, "CRITICAL");

    fs::remove_dir_all(folder.path()).expect("it is there");
    fs::create_dir(folder.path()).expect("there is room for a folder");
    let ran = nagios("");
    assert_eq!(ran.code, Some(3), "{ran}");
    line(&ran, "UNKNOWN");
    assert_eq!(nagios("--level l9").code, Some(3));
    assert_eq!(in_folder(folder.path(), "verify --warning-age 1h").code, Some(2));
}

#[test]
fn a_name_cannot_write_its_own_performance_data() {
    let origin = Origin::new("a'b=c|d\ne", 1);
    let folder = folder_of(&[]);
    fs::write(folder.path().join("odd.backup"), Backup::full(&origin, hour(2), 10).bytes()).expect("room");
    let ran = in_folder(folder.path(), "verify --level l2 --format nagios");
    assert_eq!(ran.stdout.matches('|').count(), 1, "{ran}");
    assert_eq!(ran.stdout.lines().count(), 1, "{ran}");
    assert!(ran.stdout.contains("'a''b-c/d\\ne age'="), "{ran}");
    let ran = in_folder(folder.path(), "verify --level l2 --format prometheus");
    assert!(ran.stdout.contains(r#"{database="a'b=c|d\ne",id="#), "{ran}");
}

/// Each line of Prometheus' text format: a comment, or a name, labels and a number.
fn samples(text: &str) -> Vec<(String, f64)> {
    let sample = |line: &str| {
        let (name, value) = line.rsplit_once(' ').expect("a name and a value");
        (name.to_owned(), value.parse().expect("a number"))
    };
    text.lines().filter(|line| !line.starts_with('#')).map(sample).collect()
}

#[test]
fn prometheus_gets_a_file_that_is_whole_or_not_there() {
    let folder = chain();
    let out = folder.path().join("graphkeep.prom");
    let ran = in_folder(folder.path(), "verify --format prometheus --output graphkeep.prom --until 30");
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), ""), "{ran}");
    let text = fs::read_to_string(&out).expect("it was written");
    let samples = samples(&text);
    let value = |start: &str| {
        let found: Vec<f64> =
            samples.iter().filter(|(name, _)| name.starts_with(start)).map(|(_, value)| *value).collect();
        assert_eq!(found.len(), 1, "{start}");
        found[0]
    };
    for (start, expected) in [
        ("graphkeep_run_exit_code", 0.0),
        ("graphkeep_files{outcome=\"ok\"}", 5.0),
        ("graphkeep_database_level{database=\"neo4j\"", 3.0),
        ("graphkeep_database_newest_restorable_point_timestamp_seconds{", 1_772_341_200.0),
        ("graphkeep_database_newest_restorable_transaction{", 49.0),
        ("graphkeep_database_largest_gap_seconds{", 3600.0),
        ("graphkeep_database_bytes{", 182_629.0),
        ("graphkeep_database_until_reachable{", 1.0),
    ] {
        assert!((value(start) - expected).abs() < f64::EPSILON, "{start}");
    }
    assert!(value("graphkeep_database_newest_restorable_point_age_seconds{") > 0.0);
    let left: Vec<_> = fs::read_dir(folder.path())
        .expect("it is there")
        .map(|file| file.expect("it is readable").file_name())
        .filter(|name| name.to_string_lossy().starts_with('.'))
        .collect();
    assert!(left.is_empty(), "{left:?}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(&out).expect("it was written").permissions().mode();
        let usual = fs::metadata(folder.path().join(link("02"))).expect("a copy").permissions().mode();
        assert_eq!(mode & 0o044, usual & 0o044, "the collector must be able to read it");
    }
    // A folder that is not there: nothing is left half done.
    assert_eq!(in_folder(folder.path(), "verify --format prometheus --output no/where.prom").code, Some(1));
}

#[cfg(unix)]
#[test]
fn ctrl_c_keeps_what_was_done() {
    use std::io::{BufRead, BufReader, Read};
    use std::process::Stdio;

    let folder = tempfile::tempdir().expect("there is room for a folder");
    let first = folder.path().join("000.backup");
    fs::copy(fixtures().join("real/logs/rotated-5.26.28.backup"), &first).expect("there is room for a copy");
    for number in 1..400 {
        fs::hard_link(&first, folder.path().join(format!("{number:03}.backup"))).expect("links can be made");
    }
    let mut command = graphkeep();
    command.current_dir(folder.path()).args(["verify", "--jobs", "1"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary runs");
    let mut stdout = BufReader::new(child.stdout.take().expect("it is a pipe"));
    let mut seen = String::new();
    for _ in 0..2 {
        stdout.read_line(&mut seen).expect("it prints");
    }
    let killed = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(killed.expect("kill is there").success());
    stdout.read_to_string(&mut seen).expect("it prints");
    let status = child.wait().expect("it ends");
    assert_eq!(status.code(), Some(130), "{seen}");
    assert!(seen.contains("OK      L3"), "{seen}");
    let last = seen.lines().last().expect("there are lines");
    assert!(last.starts_with("cancelled after ") && last.contains(" of 400 files"), "{seen}");
    assert!(seen.lines().count() < 400, "{seen}");
}
