//! A report that was saved, by the page or by the command line tool, opened again without its files.
//!
//! Only what was read of each file is taken from it. What follows from that is judged anew: a report is a
//! stranger's file too, and its numbers and references need not fit.

use std::collections::HashMap;
use std::io::Read;

use graphkeep_core::FileName;
use graphkeep_core::problem::Problem;
use graphkeep_core::report::{Artifact, Dump, OtherFile, Reading, Verified};
use serde::Deserialize;

use crate::wording;

/// The first version of the schema whose members keep their meaning.
const MAJOR: &str = "1.";
/// Bytes in which every report names its schema.
const START: u64 = 4096;
/// Bytes of a report that is opened; five thousand artifacts take some ten million. Each reader may hold one.
const REPORT: u64 = 64 << 20;
/// Files that it may tell of.
const FILES: usize = 50_000;
/// Bytes that it may say of each, all lists included.
const FILE: usize = 1 << 20;
/// Files that it may tell of by one path; each gets a folder with a number.
const NAMESAKES: usize = 100;

#[derive(Deserialize)]
struct Saved {
    schema_version: String,
    artifacts: Vec<Artifact>,
    dumps: Vec<Dump>,
    others: Vec<OtherFile>,
}

/// What each file was read as, of a JSON document that claims to be a report; nothing of any other, of which only the
/// start is read.
///
/// # Errors
/// Why it is none that this version opens, a sentence without its full stop.
pub fn open(mut stream: impl Read, size: u64) -> Option<Result<Vec<Reading>, String>> {
    let mut json = Vec::new();
    (&mut stream).take(START).read_to_end(&mut json).ok()?;
    if !claims_to_be(&json) {
        return None;
    }
    if size > REPORT {
        return Some(Err(format!(
            "it has {}, and reports of up to {} are opened",
            wording::size(size),
            wording::size(REPORT)
        )));
    }
    // A file may grow while it is read.
    if let Err(error) = stream.take(REPORT).read_to_end(&mut json) {
        return Some(Err(format!("it cannot be read to its end: {error}")));
    }
    Some(readings(&json))
}

fn claims_to_be(start: &[u8]) -> bool {
    let start = String::from_utf8_lossy(start);
    start.trim_start().starts_with('{') && start.contains("\"schema_version\"")
}

fn readings(json: &[u8]) -> Result<Vec<Reading>, String> {
    let saved: Saved =
        serde_json::from_slice(json).map_err(|error| format!("it does not follow the schema: {error}"))?;
    if !saved.schema_version.starts_with(MAJOR) {
        return Err(format!(
            "its schema is version {}, and this program knows {MAJOR}x",
            saved.schema_version
        ));
    }
    let artifacts = saved.artifacts.into_iter().map(|mut artifact| {
        verified(artifact.verified.as_deref_mut());
        // It follows from the store's id.
        artifact.store_id_hash = artifact.store_id.hash();
        Reading::Artifact(Box::new(artifact))
    });
    let dumps = saved.dumps.into_iter().map(|mut dump| {
        verified(dump.verified.as_deref_mut());
        Reading::Dump(Box::new(dump))
    });
    let others = saved.others.into_iter().map(|mut other| {
        unbound(&mut other.problem);
        Reading::Other(Box::new(other))
    });
    bounded(artifacts.chain(dumps).chain(others).collect())
}

/// The page holds what a report lists, and shows it: both are bounded.
fn bounded(readings: Vec<Reading>) -> Result<Vec<Reading>, String> {
    if readings.len() > FILES {
        let (files, most) = (wording::count(readings.len() as i128), wording::count(FILES as i128));
        return Err(format!("it tells of {files} files, and reports of up to {most} are opened"));
    }
    let mut namesakes: HashMap<&FileName, usize> = HashMap::new();
    for reading in &readings {
        let path = reading.path();
        let name = || path.base().chars().take(100).collect::<String>();
        let number = namesakes.entry(path).or_default();
        *number += 1;
        if *number > NAMESAKES {
            return Err(format!("it tells of `{}` more than {NAMESAKES} times", name()));
        }
        let text = serde_json::to_string(reading).map_err(|error| error.to_string())?;
        if text.len() > FILE {
            let (bytes, most) = (wording::size(text.len() as u64), wording::size(FILE as u64));
            let name = name();
            return Err(format!("it says {bytes} of one file, `{name}`, and up to {most} of each are taken"));
        }
    }
    Ok(readings)
}

fn verified(verified: Option<&mut Verified>) {
    if let Some(verified) = verified {
        verified.problems.iter_mut().for_each(unbound);
    }
}

/// Numbers of artifacts count in the report that they were written in.
fn unbound(problem: &mut Problem) {
    problem.artifacts.clear();
}

/// The same reading of a file by another path, its parts beside it.
#[must_use]
pub fn at(mut reading: Reading, path: FileName) -> Reading {
    match &mut reading {
        Reading::Artifact(artifact) => {
            for part in artifact.split.iter_mut().flat_map(|split| &mut split.parts) {
                if let Some(number) = part.path.0.strip_prefix(&artifact.path.0) {
                    part.path.0 = format!("{path}{number}");
                }
            }
            artifact.path = path;
        }
        Reading::Dump(dump) => dump.path = path,
        Reading::Other(other) => other.path = path,
    }
    reading
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::{fields, relation};
    use crate::export::Format;
    use crate::testing;
    use graphkeep_core::chain;
    use graphkeep_core::redact::{Redaction, redact};
    use serde_json::Value;

    fn opened(json: &str) -> Option<Result<Vec<Reading>, String>> {
        open(json.as_bytes(), json.len() as u64)
    }

    #[test]
    fn a_report_opens_as_the_report_that_it_was() {
        for folder in ["scenarios/gap", "scenarios/shards-behind-and-ahead", "real/neo4j-5.26.28/formats"] {
            let report = testing::report(folder);
            let json = Format::Json.write(&report);
            let readings = opened(&json).expect("it claims to be one").expect("it is one");
            let again = chain::report(readings);
            assert_eq!(again, report, "{folder}");
        }
    }

    #[test]
    fn what_is_no_report_says_why() {
        for json in ["[1]", "{\"a\": 1}", ""] {
            assert_eq!(opened(json), None, "{json}");
        }
        for (json, why) in [
            ("{\"schema_version\": \"1.0\"}", "missing field `artifacts`"),
            (
                "{\"schema_version\": \"2.0\", \"artifacts\": [], \"dumps\": [], \"others\": []}",
                "version 2.0",
            ),
            ("{\"schema_version\": ", "EOF"),
        ] {
            let error = opened(json).expect("it claims to be one").expect_err("it is none");
            assert!(error.contains(why), "{error}");
        }
    }

    /// What may not be read.
    struct Rest;

    impl Read for Rest {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            panic!("more than the start is read");
        }
    }

    #[test]
    fn of_what_is_no_report_or_too_large_a_one_only_the_start_is_read() {
        let open = |start: &str| {
            let spaces = std::io::repeat(b' ').take(START - start.len() as u64);
            open(start.as_bytes().chain(spaces).chain(Rest), 200 << 20)
        };
        assert_eq!(open("{\"nodes\": ["), None);
        let error = open("{\"schema_version\": \"1.0\", \"artifacts\": [");
        let error = error.expect("it claims to be one").expect_err("too large");
        assert_eq!(error, "it has 210 MB, and reports of up to 67 MB are opened");
    }

    #[test]
    fn what_a_report_may_hold_is_bounded() {
        let mut report = testing::report("scenarios/gap");
        let artifact = report.artifacts.remove(0);
        let mut refused = |artifacts: Vec<Artifact>, why: &str| {
            report.artifacts = artifacts;
            let json = serde_json::to_string(&report).expect("it is JSON");
            let error = opened(&json).expect("it claims to be one").expect_err(why);
            assert!(error.contains(why) && error.len() < 300, "{error}");
        };
        refused(vec![artifact.clone(); NAMESAKES + 1], "more than 100 times");
        let long = Artifact { database: "x".repeat(FILE), ..artifact.clone() };
        refused(vec![long], "it says 1.0 MB of one file");
        let many =
            (0..=FILES).map(|number| Artifact { path: FileName(number.to_string()), ..artifact.clone() });
        refused(many.collect(), "files, and reports of up to 50,000 are opened");
    }

    /// Every number of a report replaced by extremes, one after the other: nothing that the page makes of it ends
    /// the program.
    #[test]
    fn no_number_in_a_report_ends_the_page() {
        let report = testing::report("scenarios/gap");
        let json: Value = serde_json::to_value(&report).expect("it is JSON");
        let mut places = Vec::new();
        numbers(&json["artifacts"], "/artifacts".to_owned(), &mut places);
        assert!(places.len() > 30, "{places:?}");
        for place in &places {
            for extreme in [
                Value::from(i64::MIN),
                Value::from(i64::MAX),
                Value::from(u64::MAX),
                Value::from(0),
                Value::from(-1),
            ] {
                let mut hostile = json.clone();
                *hostile.pointer_mut(place).expect("it is there") = extreme.clone();
                let Ok(found) = readings(hostile.to_string().as_bytes()) else { continue };
                let report = chain::report(found);
                for format in Format::ALL {
                    assert!(!format.write(&report).is_empty());
                }
                let redacted = redact(report.clone(), Redaction { names: true, paths: true, ids: true });
                assert_eq!(redacted.artifacts.len(), report.artifacts.len(), "{place}");
                for artifact in &report.artifacts {
                    assert!(!fields(&report.artifacts[0], artifact).is_empty());
                    relation(&report.artifacts[0], artifact);
                }
            }
        }
    }

    fn numbers(value: &Value, place: String, places: &mut Vec<String>) {
        match value {
            Value::Number(_) => places.push(place),
            Value::Array(items) => {
                items
                    .iter()
                    .enumerate()
                    .for_each(|(at, item)| numbers(item, format!("{place}/{at}"), places));
            }
            Value::Object(members) => {
                members.iter().for_each(|(key, member)| numbers(member, format!("{place}/{key}"), places));
            }
            _ => {}
        }
    }
}
