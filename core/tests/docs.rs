//! The documents beside the code say what the code says: every problem code has its section, every field its
//! name, every reference its heading.

#![cfg(not(target_arch = "wasm32"))]

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use graphkeep_core::container::Container;
use graphkeep_core::problem::{Code, Severity};

use crate::support::build;
use crate::support::files::{Files, fixtures};

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn document(name: &str) -> String {
    fs::read_to_string(repository().join("docs").join(name)).expect("the document is there")
}

#[test]
fn every_problem_has_its_section_and_no_section_is_stale() {
    let text = document("problems.md");
    let sections: Vec<(&str, &str)> = text
        .split("\n### ")
        .skip(1)
        .map(|section| section.split_once('\n').expect("a heading has a text below it"))
        .collect();
    let headings: Vec<String> = sections.iter().map(|(heading, _)| (*heading).to_owned()).collect();
    let codes: BTreeSet<String> = Code::ALL.iter().map(|code| format!("`{code}`")).collect();
    assert_eq!(headings.iter().cloned().collect::<BTreeSet<_>>(), codes);
    assert_eq!(headings.len(), codes.len(), "each once");
    for code in Code::ALL {
        let heading = format!("`{code}`");
        let (_, section) = sections.iter().find(|(found, _)| *found == heading).expect("it is there");
        let severity = match code.severity() {
            Severity::Note => "Note. ",
            Severity::Warning => "Warning. ",
            Severity::Error => "Error. ",
        };
        assert!(section.starts_with(severity), "{code} is told as what it is: {severity}");
        for part in ["\nHow it comes about: ", "\nWhat to do: "] {
            assert!(section.contains(part), "{code} says{part}");
        }
    }
}

/// Fields as the hex view labels them, but for the values of map keys, which are data.
#[test]
fn every_field_of_a_header_is_named_in_the_format_document() {
    let text = document("format.md");
    let mut names = BTreeSet::new();
    for name in fixtures().names() {
        names.extend(fixtures().details(&name.0).fields.into_iter().map(|field| field.name));
    }
    for container in Container::ALL {
        let file = Files::one("a", build::archive_or_dump(container));
        names.extend(file.details("a").fields.into_iter().map(|field| field.name));
    }
    assert!(names.len() > 20, "{names:?}");
    for name in names {
        let name = name.strip_prefix("length of ").unwrap_or(&name);
        let name = name.split(" `").next().expect("there is a start");
        let told = ["magic", "zstd frame magic", "gzip magic"].contains(&name);
        assert!(told || text.contains(&format!("`{name}`")), "docs/format.md names the field `{name}`");
    }
}

/// Sources point at sections: `docs/format.md, "Metadata"`.
#[test]
fn every_section_that_the_sources_point_at_is_there() {
    let format = document("format.md");
    let headings: BTreeSet<&str> =
        format.lines().filter_map(|line| line.trim_start_matches('#').strip_prefix(' ')).collect();
    let mut folders = vec![repository().join("core/src")];
    let mut found = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("sources are readable") {
            let path = entry.expect("sources are readable").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let source = fs::read_to_string(&path).expect("sources are text");
            for reference in source.split("docs/format.md, ").skip(1) {
                let sentence = reference.split(['\n', '.']).next().expect("there is a start");
                for section in sentence.split('"').skip(1).step_by(2) {
                    assert!(headings.contains(section), "{} points at \"{section}\"", path.display());
                    found += 1;
                }
            }
        }
    }
    assert!(found > 10, "{found} references were found");
}
