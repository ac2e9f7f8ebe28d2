//! `repair`: a new file that holds, or none.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::harness::{fixtures, in_folder, say};

const DUMP: &str = "real/neo4j-5.26.28/formats/neo4j.DZV1.dump";
const GZIP: &str = "real/neo4j-5.26.28/formats/neo4j.DGV1.dump";
const FULL: &str = "real/neo4j-2026.05.0/chain/neo4j-2026-03-01T02-00-00.backup";
/// An artifact without logs.
const BARE: &str = "scenarios/gap/neo4j-2025-05-01T10-30-00.backup";

fn fixture(name: &str) -> Vec<u8> {
    fs::read(fixtures().join(name)).expect("the fixtures are there")
}

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

fn names(folder: &Path) -> Vec<String> {
    let files = fs::read_dir(folder).expect("it is there");
    let mut names: Vec<String> =
        files.map(|file| file.expect("it is readable").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// Damages a fixture, mends it, and wants the fixture back.
fn round_trip(fixture_name: &str, damage: impl Fn(&[u8]) -> Vec<u8>, level: &str) {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let whole = fixture(fixture_name);
    let damaged = damage(&whole);
    let path = folder.path().join("bad.dump");
    fs::write(&path, &damaged).expect("there is room");

    let preview = in_folder(folder.path(), "repair bad.dump --dry-run");
    assert_eq!(preview.code, Some(0), "{preview}");
    assert!(preview.stdout.contains("Nothing was written"), "{preview}");
    assert_eq!(names(folder.path()), ["bad.dump"]);

    let ran = in_folder(folder.path(), "repair bad.dump -o good.dump --format json");
    assert_eq!(ran.code, Some(0), "{ran}");
    let said: Value = serde_json::from_str(&ran.stdout).expect("a document");
    assert_eq!(said["original"]["sha256"], hex(&damaged));
    assert_eq!(said["new"]["sha256"], hex(&whole));
    assert_eq!(said["verified"]["level"], level);
    assert!(fs::read(folder.path().join("good.dump")).expect("it was written") == whole, "{fixture_name}");
    assert!(fs::read(&path).expect("it is there") == damaged, "the original is as it was");
    assert_eq!(names(folder.path()), ["bad.dump", "good.dump"]);
}

#[test]
fn bytes_behind_the_end_are_left_out() {
    let tail = |whole: &[u8]| [whole, &whole[..whole.len() / 2], b"old"].concat();
    round_trip(DUMP, tail, "L3");
    round_trip(GZIP, tail, "L3");
    round_trip(FULL, tail, "L3");
    round_trip(BARE, |whole| [whole, b"x"].concat(), "L2");
}

#[test]
fn text_in_front_is_left_out() {
    let text = |whole: &[u8]| [b"Selecting JVM - Version:21.0.5\nStarting dump\n".as_slice(), whole].concat();
    round_trip(DUMP, text, "L3");
    round_trip(FULL, text, "L3");
}

#[test]
fn verify_names_the_command_and_the_command_mends() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    fs::write(folder.path().join("neo4j.dump"), [fixture(DUMP), vec![0; 512]].concat())
        .expect("there is room");
    let ran = in_folder(folder.path(), "verify");
    let line =
        ran.stdout.lines().find_map(|line| line.trim().strip_prefix("> graphkeep ")).expect("a command");
    assert_eq!(line, "repair neo4j.dump -o neo4j-repaired.dump");
    assert_eq!(in_folder(folder.path(), line).code, Some(0));
    assert_eq!(in_folder(folder.path(), "verify neo4j-repaired.dump").code, Some(0));
}

#[test]
fn a_preview_and_a_repair_read_as_such() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    fs::write(folder.path().join("neo4j.dump"), [fixture(DUMP), vec![7; 3000]].concat())
        .expect("there is room");
    insta::assert_snapshot!(in_folder(folder.path(), "repair neo4j.dump --dry-run"));
    insta::assert_snapshot!(in_folder(folder.path(), "repair neo4j.dump -o mended.dump"));
}

#[test]
fn nothing_is_ever_overwritten() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let damaged = [fixture(DUMP), vec![0; 512]].concat();
    fs::write(folder.path().join("bad.dump"), &damaged).expect("there is room");
    fs::write(folder.path().join("there.dump"), "mine").expect("there is room");
    for out in ["there.dump", "bad.dump", "./bad.dump"] {
        let ran = in_folder(folder.path(), &format!("repair bad.dump -o {out}"));
        assert_eq!(ran.code, Some(1), "{out}: {ran}");
        assert!(ran.stderr.contains("is there already"), "{out}: {ran}");
    }
    assert_eq!(fs::read(folder.path().join("there.dump")).expect("it is there"), b"mine");
    assert!(fs::read(folder.path().join("bad.dump")).expect("it is there") == damaged);
    assert_eq!(in_folder(folder.path(), "repair bad.dump -o no/where.dump").code, Some(1));
    assert_eq!(in_folder(folder.path(), "repair bad.dump").code, Some(2));
    assert_eq!(names(folder.path()), ["bad.dump", "there.dump"]);
}

#[test]
fn what_cannot_be_mended_is_told_from_what_needs_no_mending() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let mut flipped = fixture(DUMP);
    flipped[50_000] ^= 1;
    fs::write(folder.path().join("flipped.dump"), &flipped).expect("there is room");
    fs::write(folder.path().join("cut.dump"), &fixture(DUMP)[..50_000]).expect("there is room");
    // Text in front of something that is damaged behind it.
    fs::write(folder.path().join("both.dump"), [b"Starting dump\n".as_slice(), &flipped].concat())
        .expect("room");
    fs::write(folder.path().join("notes.txt"), "notes").expect("there is room");
    fs::write(folder.path().join("good.dump"), fixture(DUMP)).expect("there is room");
    for (name, code) in
        [("flipped.dump", 11), ("cut.dump", 11), ("both.dump", 11), ("notes.txt", 12), ("good.dump", 12)]
    {
        for more in ["-o new.dump", "--dry-run"] {
            let ran = in_folder(folder.path(), &format!("repair {name} {more}"));
            assert_eq!(ran.code, Some(code), "{name}: {ran}");
            assert!(ran.stdout.is_empty(), "{name}: {ran}");
        }
    }
    assert_eq!(names(folder.path()), ["both.dump", "cut.dump", "flipped.dump", "good.dump", "notes.txt"]);
    assert_eq!(say("repair nowhere --dry-run").code, Some(1));
}
