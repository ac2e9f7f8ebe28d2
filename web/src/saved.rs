//! A report that was saved, by the page or by the command line tool, opened again without its files.
//!
//! Only what was read of each file is taken from it. What follows from that is judged anew: a report is a
//! stranger's file too, and its numbers and references need not fit.

use graphkeep_core::FileName;
use graphkeep_core::problem::Problem;
use graphkeep_core::report::{Artifact, Dump, OtherFile, Reading, Verified};
use serde::Deserialize;

/// The first version of the schema whose members keep their meaning.
const MAJOR: &str = "1.";
/// Bytes in which every report names its schema.
const START: usize = 4096;

#[derive(Deserialize)]
struct Saved {
    schema_version: String,
    artifacts: Vec<Artifact>,
    dumps: Vec<Dump>,
    others: Vec<OtherFile>,
}

/// Whether a JSON document claims to be a report.
pub fn claims_to_be(json: &[u8]) -> bool {
    let start = String::from_utf8_lossy(&json[..json.len().min(START)]).into_owned();
    start.trim_start().starts_with('{') && start.contains("\"schema_version\"")
}

/// What each file was read as.
///
/// # Errors
/// Why it is none that this version knows, a sentence without its full stop.
pub fn readings(json: &[u8]) -> Result<Vec<Reading>, String> {
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
    Ok(artifacts.chain(dumps).chain(others).collect())
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

    #[test]
    fn a_report_opens_as_the_report_that_it_was() {
        for folder in ["scenarios/gap", "scenarios/shards-behind-and-ahead", "real/neo4j-5.26.28/formats"] {
            let report = testing::report(folder);
            let json = Format::Json.write(&report);
            assert!(claims_to_be(json.as_bytes()));
            let again = chain::report(readings(json.as_bytes()).expect("it is one"));
            assert_eq!(again, report, "{folder}");
        }
    }

    #[test]
    fn what_is_no_report_says_why() {
        assert!(!claims_to_be(b"[1]") && !claims_to_be(b"{\"a\": 1}") && !claims_to_be(b""));
        for (json, why) in [
            ("{\"schema_version\": \"1.0\"}", "missing field `artifacts`"),
            (
                "{\"schema_version\": \"2.0\", \"artifacts\": [], \"dumps\": [], \"others\": []}",
                "version 2.0",
            ),
            ("{\"schema_version\": ", "EOF"),
        ] {
            assert!(claims_to_be(json.as_bytes()) || json.ends_with(' '));
            let error = readings(json.as_bytes()).expect_err("it is none");
            assert!(error.contains(why), "{error}");
        }
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
