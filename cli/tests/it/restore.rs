//! `database restore`, `backup aggregate` and `database load --info` on genuine chains. That the real Neo4j
//! starts what comes out is proven by `cargo xtask interop`.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use graphkeep_core::Limits;
use graphkeep_core::error::Stream;
use graphkeep_core::metadata::{Entry, Metadata};
use graphkeep_core::wire::{Reader, Writer};
use graphkeep_tests::artifact::{Backup, Origin};
use tempfile::TempDir;

use crate::harness::{Ran, fixtures, folder_of, graphkeep, hour, run};

/// Releases of which there are genuine chains: a full 1..19, and differentials to 29, 39 and 49.
const RELEASES: [&str; 2] = ["2026.05.0", "5.26.28"];

fn chain(release: &str) -> PathBuf {
    fixtures().join(format!("real/neo4j-{release}/chain"))
}

/// A home that no server was ever started in.
struct Home(TempDir);

impl Home {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("there is room for a folder"))
    }

    fn restore(&self, from: &Path, more: &[&str]) -> Ran {
        let mut command = graphkeep();
        command.env("NEO4J_HOME", self.0.path()).env_remove("NEO4J_CONF");
        command.args(["database", "restore", "--from-path"]).arg(from).args(more);
        Ran::of(command)
    }

    fn store(&self) -> PathBuf {
        self.0.path().join("data/databases/neo4j")
    }

    fn log(&self) -> PathBuf {
        self.0.path().join("data/transactions/neo4j/neostore.transaction.db.0")
    }

    /// Every path in it, sorted, with its bytes where it is a file.
    fn everything(&self) -> Vec<(PathBuf, Vec<u8>)> {
        fn walk(folder: &Path, found: &mut Vec<(PathBuf, Vec<u8>)>) {
            for entry in fs::read_dir(folder).expect("it can be listed") {
                let path = entry.expect("it can be listed").path();
                if path.is_dir() {
                    found.push((path.clone(), Vec::new()));
                    walk(&path, found);
                } else {
                    found.push((path.clone(), fs::read(&path).expect("it can be read")));
                }
            }
        }
        let mut found = Vec::new();
        walk(self.0.path(), &mut found);
        found.sort();
        found
    }

    fn holds_no_database(&self) {
        let files = self.everything().into_iter().map(|(path, _)| path).filter(|path| path.is_file());
        assert_eq!(files.collect::<Vec<_>>(), Vec::<PathBuf>::new());
    }
}

fn copied(from: &Path) -> TempDir {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    for entry in fs::read_dir(from).expect("the fixtures are there") {
        let path = entry.expect("the fixtures are there").path();
        fs::copy(&path, folder.path().join(path.file_name().expect("a file's"))).expect("it can be copied");
    }
    folder
}

#[test]
fn a_chain_goes_into_a_home_that_was_never_started_and_nothing_else_does() {
    for release in RELEASES {
        let home = Home::new();
        let ran = home.restore(&chain(release), &[]);
        assert_eq!(ran.code, Some(0), "{ran}");
        assert!(ran.stdout.contains("restored to tx 49,"), "{ran}");
        assert!(home.store().join("neostore").is_file() && home.log().is_file());
        for folder in ["data/databases", "data/transactions"] {
            let names = fs::read_dir(home.0.path().join(folder)).expect("it is there");
            let names: Vec<_> = names.map(|entry| entry.expect("listed").file_name()).collect();
            assert_eq!(names, ["neo4j"], "{folder}");
        }
    }
}

#[test]
fn a_point_in_time_is_a_beginning_of_the_whole_log() {
    for release in RELEASES {
        let (whole, part) = (Home::new(), Home::new());
        whole.restore(&chain(release), &[]);
        let whole = fs::read(whole.log()).expect("restored");
        let mut shorter = 0;
        for stop in [20, 21, 30, 31, 49, 50] {
            let until = format!("--restore-until={stop}");
            let ran = part.restore(&chain(release), &[&until, "--overwrite-destination"]);
            assert_eq!(ran.code, Some(0), "{ran}");
            assert!(ran.stdout.contains(&format!("restored to tx {},", stop - 1)), "{ran}");
            let part = fs::read(part.log()).expect("restored");
            let data = part.iter().rposition(|byte| *byte != 0).expect("there is a header") + 1;
            assert!(whole.starts_with(&part[..data]) && data > shorter, "{release} until {stop}");
            shorter = data;
        }
    }
}

#[test]
fn a_point_that_is_not_there_is_refused_with_the_nearest_that_is() {
    let home = Home::new();
    for (stop, nearest) in [("12", "tx 19"), ("51", "tx 49"), ("2026-02-01", "tx 19")] {
        let ran = home.restore(&chain("2026.05.0"), &[&format!("--restore-until={stop}")]);
        assert_eq!(ran.code, Some(1), "{ran}");
        assert!(ran.stderr.contains(nearest), "{ran}");
    }
    home.holds_no_database();
}

#[test]
fn a_database_that_is_there_is_replaced_only_where_that_was_said() {
    let home = Home::new();
    home.restore(&chain("5.26.28").join("neo4j-2026-03-01T02-00-00.backup"), &[]);
    let before = home.everything();
    let ran = home.restore(&chain("5.26.28"), &[]);
    assert_eq!(ran.code, Some(1), "{ran}");
    assert!(ran.stderr.contains("--overwrite-destination=true"), "{ran}");
    assert!(home.everything() == before);
    let ran = home.restore(&chain("5.26.28"), &["--overwrite-destination=true"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(home.everything() != before);
}

#[test]
fn a_damaged_differential_leaves_the_home_as_it_was() {
    let home = Home::new();
    home.restore(&chain("2026.05.0").join("neo4j-2026-03-01T02-00-00.backup"), &[]);
    let before = home.everything();
    let folder = copied(&chain("2026.05.0"));
    let last = folder.path().join("neo4j-2026-03-01T05-00-00.backup");
    let mut bytes = fs::read(&last).expect("it was copied");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&last, bytes).expect("it can be written");
    let ran = home.restore(&last, &["--overwrite-destination"]);
    assert_eq!(ran.code, Some(1), "{ran}");
    assert!(ran.stderr.contains("the home is as it was"), "{ran}");
    assert!(home.everything() == before);
}

/// Neo4j's own plain full backup, with one file's name in its tar made another.
fn renamed(to: &[u8]) -> TempDir {
    let mut bytes =
        fs::read(fixtures().join("real/neo4j-2026.05.0/formats/full.BTV2.backup")).expect("there");
    let name = b"./neostore\0";
    let is_header =
        |at: usize| bytes[at..].starts_with(name) && bytes.get(at + 257..at + 262) == Some(b"ustar");
    let at = (0..bytes.len() - 512).find(|at| is_header(*at)).expect("it holds a neostore");
    bytes[at..at + 100].fill(0);
    bytes[at..at + to.len()].copy_from_slice(to);
    bytes[at + 148..at + 156].fill(b' ');
    let sum: u32 = bytes[at..at + 512].iter().map(|byte| u32::from(*byte)).sum();
    bytes[at + 148..at + 155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    let folder = tempfile::tempdir().expect("there is room for a folder");
    fs::write(folder.path().join("neo4j.backup"), bytes).expect("it can be written");
    folder
}

#[test]
fn a_path_in_the_archive_never_leads_out_of_the_database() {
    let fine = Home::new();
    let ran = fine.restore(renamed(b"./neostore").path(), &[]);
    assert_eq!(ran.code, Some(0), "the same way with its own name: {ran}");
    for hostile in ["../escaped", "../../../escaped", "/tmp/graphkeep-escaped", "./a/../../escaped"] {
        let home = Home::new();
        let ran = home.restore(renamed(hostile.as_bytes()).path(), &[]);
        assert_eq!(ran.code, Some(1), "{hostile}: {ran}");
        home.holds_no_database();
        assert!(!Path::new("/tmp/graphkeep-escaped").exists());
    }
}

#[test]
fn what_community_cannot_open_is_refused_before_anything_is_unpacked() {
    let mut origin = Origin::new("neo4j", 1);
    (origin.store.engine, origin.store.format) = ("block".into(), "block".into());
    let folder = folder_of(&[Backup::full(&origin, hour(0), 9)]);
    let home = Home::new();
    let ran = home.restore(folder.path(), &[]);
    assert_eq!(ran.code, Some(1), "{ran}");
    assert!(ran.stderr.contains("`block` is Enterprise's"), "{ran}");
    home.holds_no_database();
}

#[test]
fn a_home_of_an_older_neo4j_is_told_before_its_database_is_gone() {
    let home = Home::new();
    fs::create_dir(home.0.path().join("lib")).expect("made");
    fs::write(home.0.path().join("lib/neo4j-kernel-5.26.28.jar"), "").expect("written");
    home.restore(&chain("5.26.28"), &[]);
    let before = home.everything();
    let ran = home.restore(&chain("2026.05.0"), &["--overwrite-destination"]);
    assert_eq!(ran.code, Some(1), "{ran}");
    assert!(ran.stderr.contains("2026.02 or later wrote it"), "{ran}");
    assert!(home.everything() == before);
}

#[test]
fn without_a_home_it_says_what_to_set() {
    let mut command = graphkeep();
    command.env_remove("NEO4J_HOME").args(["database", "restore", "--from-path"]).arg(chain("5.26.28"));
    let ran = Ran::of(command);
    assert_eq!(ran.code, Some(1), "{ran}");
    assert!(ran.stderr.contains("NEO4J_HOME") && ran.stderr.contains("--to-path-data"), "{ran}");
}

#[test]
fn names_and_folders_are_what_the_options_say() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let (data, txn) = (folder.path().join("stores"), folder.path().join("logs"));
    let mut command = graphkeep();
    command
        .args(["database", "restore", "--from-path"])
        .arg(chain("5.26.28"))
        .arg("--to-path-data")
        .arg(&data);
    command.arg("--to-path-txn").arg(&txn).args(["--source-database=neo4j", "Copy"]);
    let ran = Ran::of(command);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(data.join("copy/neostore").is_file() && txn.join("copy/checkpoint.0").is_file());
}

fn aggregate(folder: &Path, more: &[&str]) -> Ran {
    let mut command = graphkeep();
    command.args(["backup", "aggregate", "--from-path"]).arg(folder).args(more);
    Ran::of(command)
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("it can be listed");
    let names = entries.map(|entry| entry.expect("listed").file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = names.filter(|name| !name.starts_with('.')).collect();
    names.sort();
    names
}

#[test]
fn a_folded_chain_restores_what_the_chain_restores() {
    for release in RELEASES {
        let folder = copied(&chain(release));
        let ran = aggregate(folder.path(), &[]);
        assert_eq!(ran.code, Some(0), "{ran}");
        let empty = "neo4j-2026-03-01T02-30-00.backup";
        assert_eq!(names(folder.path()), [empty, "neo4j-2026-03-01T05-00-00.backup"]);
        let (one, several) = (Home::new(), Home::new());
        let ran = one.restore(folder.path(), &[]);
        assert!(
            ran.stdout.contains("restored to tx 49,") && ran.stdout.contains("from a full backup"),
            "{ran}"
        );
        several.restore(&chain(release), &[]);
        let bytes =
            |home: &Home| -> Vec<Vec<u8>> { home.everything().into_iter().map(|(_, bytes)| bytes).collect() };
        assert!(bytes(&one) == bytes(&several));
        let ran = aggregate(folder.path(), &[]);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), ""), "nothing is left to fold: {ran}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_chain_is_unpacked_on_another_file_system_where_that_is_asked() {
    use std::os::unix::fs::MetadataExt;
    let folder = copied(&chain("2026.05.0"));
    let elsewhere = tempfile::tempdir_in("/dev/shm").expect("Linux keeps a file system in memory there");
    let device = |path: &Path| fs::metadata(path).expect("it is there").dev();
    assert_ne!(device(folder.path()), device(elsewhere.path()), "one file system tests nothing");
    let temp_path = format!("--temp-path={}", elsewhere.path().display());
    let ran = aggregate(folder.path(), &[&temp_path]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(names(folder.path()).contains(&"neo4j-2026-03-01T05-00-00.backup".to_owned()));
    let work = fs::read_dir(elsewhere.path().join(".graphkeep")).expect("it was used");
    let left: Vec<_> = work.map(|entry| entry.expect("listed").file_name()).collect();
    assert_eq!(left, ["lock"], "nothing of the work is left");
}

#[test]
fn what_a_later_version_added_to_the_metadata_survives_folding() {
    let folder = copied(&chain("2026.05.0"));
    let newest = folder.path().join("neo4j-2026-03-01T05-00-00.backup");
    let bytes = fs::read(&newest).expect("it was copied");
    let mut stream = Vec::new();
    let mut decoder = ruzstd::decoding::StreamingDecoder::new(&bytes[4..]).expect("a frame");
    decoder.read_to_end(&mut stream).expect("it decodes");
    let mut from = Reader::new(&stream[5..], Stream::Decompressed);
    let mut metadata = Metadata::read(&mut from, 2, &Limits::default()).expect("it is genuine");
    metadata.flags.compressed = false;
    let added = Entry { key: "laterKey".into(), value: b"later value".to_vec() };
    metadata.map.as_mut().expect("V2").push(added.clone());
    let mut front = Writer::default();
    front.raw(b"BTV2");
    metadata.write(&mut front).expect("short");
    // Plain containers have no size record, which is 20 bytes.
    let tar = &from.into_inner()[20..];
    fs::write(&newest, [&front.into_bytes(), tar].concat()).expect("it can be written");

    let ran = aggregate(folder.path(), &[]);
    assert_eq!(ran.code, Some(0), "{ran}");
    let ran = run(["show", "--format", "json", newest.to_str().expect("text")]);
    let shown: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let text = shown.to_string();
    assert!(text.contains("laterKey") && text.contains("later value"), "{ran}");
    assert!(text.contains(r#""kind":"full""#) || text.contains(r#""type":"full""#), "{ran}");
}

#[test]
fn a_chain_that_is_kept_or_damaged_stays_as_it_is() {
    let folder = copied(&chain("2026.05.0"));
    let before = names(folder.path());
    let ran = aggregate(folder.path(), &["--keep-old-backup=true"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    let added = "neo4j-2026-03-01T05-00-00-aggregate.backup".to_owned();
    assert!(names(folder.path()).iter().filter(|name| **name != added).eq(before.iter()));
    fs::remove_file(folder.path().join(added)).expect("it was written");

    let middle = folder.path().join("neo4j-2026-03-01T04-00-00.backup");
    let bytes = fs::read(&middle).expect("it was copied");
    fs::write(&middle, &bytes[..bytes.len() - 9]).expect("it can be written");
    let ran = aggregate(folder.path(), &[]);
    assert_eq!(ran.code, Some(1), "{ran}");
    assert_eq!(names(folder.path()), before);
}

#[test]
fn load_info_lists_as_neo4j_admin_does_and_warns_of_chains() {
    let mut command = graphkeep();
    command.args(["database", "load", "--info", "--from-path"]).arg(chain("2026.05.0"));
    let ran = Ran::of(command);
    assert_eq!(ran.code, Some(0), "{ran}");
    let full = "Database: neo4j\nFormat: Neo4j Full Backup\nFiles: 0\nBytes: 0\n\n";
    let differential = "Database: neo4j\nFormat: Neo4j Differential Backup\nFiles: 0\nBytes: 0\n\n";
    assert_eq!(ran.stdout.matches(full).count(), 1, "{ran}");
    assert_eq!(ran.stdout.matches(differential).count(), 4, "{ran}");
    assert!(ran.stderr.contains("the full alone"), "{ran}");
}
