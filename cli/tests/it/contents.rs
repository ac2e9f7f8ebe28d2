//! `ls`, `cat` and `extract`: what is inside, byte for byte, and nowhere but where it was asked for.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Cursor, Read};
use std::path::Path;
use std::process::Stdio;

use graphkeep_tests::artifact::{Backup, Origin};
use serde_json::Value;
use tar::{Archive, Builder, EntryType, Header};

use crate::harness::{Ran, fixtures, graphkeep, hour, in_folder, run, say};

const FORMATS: &str = "real/neo4j-5.26.28/formats";

/// The files of a tar, read by another program's library.
fn files(tar: impl Read) -> BTreeMap<String, Vec<u8>> {
    let mut archive = Archive::new(tar);
    let entries = archive.entries().expect("it is a tar").map(|entry| entry.expect("it is whole"));
    let files = entries.filter(|entry| entry.header().entry_type().is_file()).map(|mut entry| {
        let path = entry.path().expect("it has a path").to_string_lossy().into_owned();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).expect("it is whole");
        (path.trim_start_matches("./").to_owned(), bytes)
    });
    files.collect()
}

fn fixture(name: &str) -> Vec<u8> {
    fs::read(fixtures().join(name)).expect("the fixtures are there")
}

/// What is inside, by decoders of others: 4 bytes of magic in front, and in zstd streams 4 letters and the
/// size record.
fn gzip(bytes: &[u8]) -> BTreeMap<String, Vec<u8>> {
    files(flate2::read::GzDecoder::new(bytes))
}

fn zstd(bytes: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut plain = Vec::new();
    ruzstd::decoding::StreamingDecoder::new(bytes)
        .expect("it is zstd")
        .read_to_end(&mut plain)
        .expect("whole");
    files(&plain[4 + 20..])
}

/// The raw bytes that `cat` prints.
fn cat(file: &str, entry: &str) -> (Option<i32>, Vec<u8>) {
    let output = graphkeep().args(["cat", file, entry]).output().expect("the binary runs");
    (output.status.code(), output.stdout)
}

#[test]
fn cat_prints_what_other_decoders_find() {
    for (name, inside) in [
        ("neo4j.DGV1.dump", gzip(&fixture(&format!("{FORMATS}/neo4j.DGV1.dump"))[4..])),
        ("neo4j.legacy-gzip.dump", gzip(&fixture(&format!("{FORMATS}/neo4j.legacy-gzip.dump")))),
        ("neo4j.DZV1.dump", zstd(&fixture(&format!("{FORMATS}/neo4j.DZV1.dump"))[4..])),
        ("neo4j.legacy-zstd.dump", zstd(&fixture(&format!("{FORMATS}/neo4j.legacy-zstd.dump")))),
    ] {
        assert!(inside.len() > 30, "{name}: {:?}", inside.keys());
        for entry in ["neostore", "neostore.transaction.db.0", "checkpoint.0", "neostore.counts.db"] {
            let (code, printed) = cat(&format!("{FORMATS}/{name}"), entry);
            assert_eq!(code, Some(0), "{name} {entry}");
            assert!(printed == inside[entry], "{name} {entry}: {} bytes", printed.len());
        }
    }
}

#[test]
fn a_full_in_a_plain_tar_holds_the_same_as_the_compressed_one() {
    let folder = "real/neo4j-2026.05.0/formats";
    let list = |name: &str| {
        let ran = run(["ls", "--format", "json", &format!("{folder}/{name}")]);
        assert_eq!(ran.code, Some(0), "{ran}");
        let listing: Value = serde_json::from_str(&ran.stdout).expect("a document");
        let entries = listing["entries"].as_array().expect("entries").clone();
        let names = entries.iter().map(|entry| (entry["path"].to_string(), entry["bytes"].as_u64()));
        names.collect::<BTreeMap<_, _>>()
    };
    let plain = list("full.BTV2.backup");
    assert_eq!(plain, list("full.BZV1.backup"));
    for path in plain.keys().filter(|path| !path.ends_with("/\"") && !path.contains("\"\"")) {
        let entry: String = serde_json::from_str(path).expect("a string");
        let (code, bytes) = cat(&format!("{folder}/full.BTV2.backup"), &entry);
        assert_eq!((code, bytes), cat(&format!("{folder}/full.BZV1.backup"), &entry), "{entry}");
    }
}

#[test]
fn a_listing_reads_as_one() {
    insta::assert_snapshot!(say(&format!("ls {FORMATS}/diff.BZV1.backup")));
    insta::assert_snapshot!(say(&format!("ls {FORMATS}/neo4j.DZV1.dump neostore.counts.db")));
    insta::assert_snapshot!(say("ls --format json real/logs/upgraded-kernels-5-20-29.backup checkpoint.0"));
}

#[test]
fn what_is_not_there_is_said() {
    let dump = format!("{FORMATS}/neo4j.DZV1.dump");
    assert_eq!(run(["ls", &dump, "nothing"]).code, Some(12));
    let ran = run(["cat", &dump, "nothing"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(12), ""));
    assert!(ran.stderr.contains("there is no file `nothing`"), "{ran}");
    // A folder's name is no file.
    assert_eq!(run(["cat", &dump, "."]).code, Some(12));
    assert_eq!(say("ls scenarios").code, Some(2));
    assert_eq!(say("ls nowhere").code, Some(1));
    assert_eq!(say("ls scenarios/gap/spec.tsv").code, Some(12));
}

#[cfg(unix)]
#[test]
fn a_reader_that_has_enough_is_no_failure() {
    let mut child = graphkeep()
        .args(["cat", &format!("{FORMATS}/neo4j.DZV1.dump"), "neostore.transaction.db.0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Everything below a folder: paths with contents, links as they are.
fn tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(at) = folders.pop() {
        for entry in fs::read_dir(&at).expect("it is there") {
            let path = entry.expect("it is readable").path();
            let kind = path.symlink_metadata().expect("it is there").file_type();
            let name = path.strip_prefix(folder).expect("it is below").to_string_lossy().into_owned();
            if kind.is_dir() {
                folders.push(path);
            } else if kind.is_symlink() {
                found.insert(name, b"a link".to_vec());
            } else {
                found.insert(name, fs::read(&path).expect("it is readable"));
            }
        }
    }
    found
}

#[test]
fn extraction_gives_every_file_as_it_was() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let dump = fixtures().join(FORMATS).join("neo4j.DGV1.dump");
    fs::copy(dump, folder.path().join("neo4j.dump")).expect("there is room for a copy");
    let ran = in_folder(folder.path(), "extract neo4j.dump --to out/deep");
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(ran.stdout, "36 files, 1.0 MB, extracted into out/deep\n");
    assert_eq!(
        tree(&folder.path().join("out/deep")),
        gzip(&fixture(&format!("{FORMATS}/neo4j.DGV1.dump"))[4..])
    );

    // Nothing is replaced unasked.
    fs::write(folder.path().join("out/deep/neostore"), "mine").expect("there is room");
    let ran = in_folder(folder.path(), "extract neo4j.dump neostore checkpoint.0 --to out/deep");
    assert_eq!(ran.code, Some(1), "{ran}");
    assert!(ran.stderr.contains("cannot write `neostore`"), "{ran}");
    assert!(ran.stderr.contains("--overwrite"), "{ran}");
    assert_eq!(fs::read(folder.path().join("out/deep/neostore")).expect("it is there"), b"mine");
    let ran = in_folder(folder.path(), "extract neo4j.dump neostore --to out/deep --overwrite");
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(fs::metadata(folder.path().join("out/deep/neostore")).expect("it is there").len(), 8192);

    let ran = in_folder(folder.path(), "extract neo4j.dump neostore no-such-thing --to other");
    assert_eq!(ran.code, Some(12), "{ran}");
    assert_eq!(tree(&folder.path().join("other")).into_keys().collect::<Vec<_>>(), ["neostore"]);
}

/// A tar with whatever names a stranger likes.
struct Hostile(Builder<Vec<u8>>);

impl Hostile {
    fn new() -> Self {
        Self(Builder::new(Vec::new()))
    }

    fn header(name: &str, kind: EntryType, size: usize) -> Header {
        let mut header = Header::new_gnu();
        header.as_gnu_mut().expect("it is a GNU header").name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(kind);
        header.set_size(size as u64);
        header.set_mode(0o644);
        header
    }

    fn file(mut self, name: &str, bytes: &[u8]) -> Self {
        let mut header = Self::header(name, EntryType::Regular, bytes.len());
        header.set_cksum();
        self.0.append(&header, bytes).expect("memory takes it");
        self
    }

    fn link(mut self, name: &str, to: &str, kind: EntryType) -> Self {
        let mut header = Self::header(name, kind, 0);
        header.as_gnu_mut().expect("it is a GNU header").linkname[..to.len()].copy_from_slice(to.as_bytes());
        header.set_cksum();
        self.0.append(&header, io::empty()).expect("memory takes it");
        self
    }

    fn folder(mut self, name: &str) -> Self {
        let mut header = Self::header(name, EntryType::Directory, 0);
        header.set_cksum();
        self.0.append(&header, io::empty()).expect("memory takes it");
        self
    }

    /// As a plain tar container, which needs no compressor.
    fn save(self, path: &Path) {
        let tar = self.0.into_inner().expect("memory takes it");
        let backup = Backup::full(&Origin::new("orders", 1), hour(2), 10);
        fs::write(path, backup.around_tar(&tar)).expect("there is room");
    }
}

#[test]
fn no_path_leads_out_of_the_folder() {
    let root = tempfile::tempdir().expect("there is room for a folder");
    let absolute = root.path().join("absolute").to_string_lossy().into_owned();
    Hostile::new()
        .file("inside", b"1")
        .file("../outside", b"2")
        .file("a/../../outside", b"3")
        .file("a/../b", b"4")
        .file(&absolute, b"5")
        .file("C:\\outside", b"6")
        .folder("../made")
        .folder("empty/folder")
        .file("last", b"7")
        .save(&root.path().join("hostile.backup"));
    let ran = in_folder(root.path(), "extract hostile.backup --to out");
    assert_eq!(ran.code, Some(1), "{ran}");
    assert!(ran.stderr.contains("`../outside` would leave the folder"), "{ran}");
    let names: Vec<String> = tree(root.path()).into_keys().collect();
    assert_eq!(names, ["hostile.backup", "out/inside", "out/last"]);
    assert!(root.path().join("out/empty/folder").is_dir());
    assert!(!root.path().join("made").exists());
}

#[test]
fn no_link_is_made() {
    let root = tempfile::tempdir().expect("there is room for a folder");
    fs::write(root.path().join("secret"), "secret").expect("there is room");
    Hostile::new()
        .link("soft", "../secret", EntryType::Symlink)
        .link("up", "..", EntryType::Symlink)
        .file("up/written", b"through the link")
        .link("hard", "secret", EntryType::Link)
        .link("pipe", "", EntryType::Fifo)
        .file("after", b"1")
        .save(&root.path().join("hostile.backup"));
    let ran = in_folder(root.path(), "extract hostile.backup --to out");
    assert_eq!(ran.code, Some(11), "{ran}");
    assert!(ran.stderr.contains("is a link or device"), "{ran}");
    // `up` is a plain folder, made for the file below it.
    let names: Vec<String> = tree(root.path()).into_keys().collect();
    assert_eq!(names, ["hostile.backup", "out/after", "out/up/written", "secret"]);
}

#[cfg(unix)]
#[test]
fn no_link_that_lies_there_is_followed() {
    use std::os::unix::fs::symlink;
    let root = tempfile::tempdir().expect("there is room for a folder");
    let at = |name: &str| root.path().join(name);
    Hostile::new()
        .file("folder/file", b"1")
        .file("file", b"2")
        .file("deep/er/file", b"3")
        .save(&at("some.backup"));
    fs::create_dir(at("elsewhere")).expect("there is room for a folder");
    fs::write(at("precious"), "precious").expect("there is room");
    fs::create_dir_all(at("out/deep")).expect("there is room for a folder");
    symlink(at("elsewhere"), at("out/folder")).expect("links can be made");
    symlink(at("elsewhere"), at("out/deep/er")).expect("links can be made");
    symlink(at("precious"), at("out/file")).expect("links can be made");

    for line in ["extract some.backup --to out", "extract some.backup --to out --overwrite"] {
        let ran = in_folder(root.path(), line);
        assert_eq!(ran.code, Some(1), "{line}: {ran}");
        assert!(ran.stderr.contains("cannot write `folder/file`"), "{ran}");
        assert_eq!(fs::read_dir(at("elsewhere")).expect("it is there").count(), 0, "{line}");
        assert_eq!(fs::read(at("precious")).expect("it is there"), b"precious", "{line}");
    }
    // Asked to overwrite, the link itself is replaced.
    assert_eq!(fs::read(at("out/file")).expect("it is there"), b"2");
    assert!(!at("out/file").is_symlink());
}

#[test]
fn an_entry_that_is_there_twice_replaces_nothing() {
    let root = tempfile::tempdir().expect("there is room for a folder");
    Hostile::new().file("same", b"first").file("same", b"second").save(&root.path().join("some.backup"));
    let ran = in_folder(root.path(), "extract some.backup --to out --overwrite");
    assert_eq!(ran.code, Some(1), "{ran}");
    assert!(ran.stderr.contains("is in the archive twice"), "{ran}");
    assert_eq!(fs::read(root.path().join("out/same")).expect("it is there"), b"first");
    let ran = in_folder(root.path(), "cat some.backup same");
    assert_eq!(ran.stdout, "first", "{ran}");
}

#[test]
fn what_was_whole_before_the_damage_is_kept_and_nothing_else() {
    let root = tempfile::tempdir().expect("there is room for a folder");
    let whole = fixture(&format!("{FORMATS}/neo4j.DZV1.dump"));
    let inside = zstd(&whole[4..]);
    fs::write(root.path().join("neo4j.dump"), &whole[..whole.len() / 3]).expect("there is room");
    let listed = in_folder(root.path(), "ls --format json neo4j.dump");
    assert_eq!(listed.code, Some(11), "{listed}");
    let listing: Value = serde_json::from_str(&listed.stdout).expect("a document");
    assert_eq!(listing["damage"]["code"], "payload.truncated");

    let ran = in_folder(root.path(), "extract neo4j.dump --to out");
    assert_eq!(ran.code, Some(11), "{ran}");
    assert!(ran.stderr.contains("payload.truncated"), "{ran}");
    let kept = tree(&root.path().join("out"));
    assert_eq!(listing["damage"]["whole_files"], kept.len());
    assert!(!kept.is_empty() && kept.len() < inside.len(), "{:?}", kept.keys());
    for (path, bytes) in &kept {
        assert!(bytes == &inside[path], "{path}");
    }
    let lost = inside.keys().find(|path| !kept.contains_key(*path)).expect("something is lost");
    let ran = in_folder(root.path(), &format!("extract neo4j.dump {lost} --to other"));
    assert_eq!(ran.code, Some(11), "{ran}");
    assert!(ran.stderr.contains("before the damage"), "{ran}");
    assert!(tree(&root.path().join("other")).is_empty());
}

#[test]
fn a_long_path_and_an_empty_file_come_out() {
    let root = tempfile::tempdir().expect("there is room for a folder");
    let long = format!("schema/{}/index", "i".repeat(150));
    let mut tar = Builder::new(Vec::new());
    for (path, bytes) in [(long.as_str(), b"long".as_slice()), ("empty", b"")] {
        let mut header = Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, path, Cursor::new(bytes)).expect("memory takes it");
    }
    let tar = tar.into_inner().expect("memory takes it");
    let backup = Backup::full(&Origin::new("orders", 1), hour(2), 10);
    fs::write(root.path().join("some.backup"), backup.around_tar(&tar)).expect("there is room");
    let ran: Ran = in_folder(root.path(), "extract some.backup schema empty --to out");
    assert_eq!(ran.code, Some(0), "{ran}");
    let expected = BTreeMap::from([(long, b"long".to_vec()), ("empty".to_owned(), Vec::new())]);
    assert_eq!(tree(&root.path().join("out")), expected);
}
