//! `database backup` of a home whose files are a genuine server's, by the real binary.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use graphkeep_core::archive::Entry;
use graphkeep_core::log::LogName;
use graphkeep_core::progress::{Silent, Visitor};
use graphkeep_core::report::{Artifact, BackupType, Level, Reading};
use graphkeep_core::verify::verify;
use graphkeep_core::{FileName, Limits, Source};
use serde_json::Value;
use tempfile::TempDir;

use crate::harness::{Ran, fixtures, graphkeep, run};

const VERSIONS: [&str; 2] = ["neo4j-5.26.28", "neo4j-2026.05.0"];

/// A home with the store and logs of a genuine full backup, as `neo4j`, and a folder for backups of it.
struct Home {
    folder: TempDir,
    backups: TempDir,
}

/// Puts an archive's files where a server keeps them.
struct Unpack<'h>(&'h Path);

impl Visitor for Unpack<'_> {
    fn entry(&mut self, entry: &Entry, content: &mut dyn std::io::Read) -> std::io::Result<()> {
        let is_log = LogName::of(&entry.path).is_some();
        let folder = if is_log { "data/transactions/neo4j" } else { "data/databases/neo4j" };
        let path = self.0.join(folder).join(&entry.path);
        fs::create_dir_all(path.parent().expect("it is below a folder"))?;
        std::io::copy(content, &mut fs::File::create(path)?)?;
        Ok(())
    }
}

struct Disk;

impl Source for Disk {
    type Stream = fs::File;

    fn open(&mut self, name: &FileName) -> std::io::Result<(fs::File, u64)> {
        let file = fs::File::open(&name.0)?;
        let len = file.metadata()?.len();
        Ok((file, len))
    }
}

fn text(path: &Path) -> &str {
    path.to_str().expect("these tests have plain names")
}

impl Home {
    /// Transactions 1..19 of the fixtures' chain.
    fn new(version: &str) -> Self {
        let folder = || tempfile::tempdir().expect("a folder");
        let home = Self { folder: folder(), backups: folder() };
        home.unpack(version, "02-00-00");
        home
    }

    /// Unpacks an artifact of the fixtures' chain: its logs take the place of those that are there.
    fn unpack(&self, version: &str, time: &str) {
        let artifact = format!("real/{version}/chain/neo4j-2026-03-01T{time}.backup");
        let name = text(&fixtures().join(artifact)).into();
        let mut unpack = Unpack(self.folder.path());
        let (_, found) = verify(&mut Disk, &name, Level::L2, &Limits::default(), &mut unpack);
        assert!(found.expect("it is an artifact").holds());
    }

    fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    fn log(&self) -> PathBuf {
        self.path("data/transactions/neo4j/neostore.transaction.db.0")
    }

    /// Changes the log's bytes.
    fn spoil(&self, change: impl FnOnce(&mut Vec<u8>)) {
        let mut bytes = fs::read(self.log()).expect("it is there");
        change(&mut bytes);
        fs::write(self.log(), bytes).expect("it can be written");
    }

    fn backup<'w>(&self, words: impl IntoIterator<Item = &'w str>) -> Ran {
        let from = format!("--from={}", self.folder.path().display());
        let to = format!("--to-path={}", self.backups.path().display());
        let words = words.into_iter().map(str::to_owned);
        run(["database".to_owned(), "backup".to_owned(), from, to].into_iter().chain(words))
    }

    /// Backs up, and gives the event.
    fn event<'w>(&self, words: impl IntoIterator<Item = &'w str>) -> Value {
        let ran = self.backup(words.into_iter().chain(["--format=jsonl"]));
        let mut events = Ran::objects(&ran.stdout);
        assert_eq!(events.len(), 1, "{ran}");
        events.remove(0)
    }

    /// What the folder holds, by time; every one of it verified to its last transaction.
    fn artifacts(&self) -> Vec<Artifact> {
        let mut found = BTreeMap::new();
        for entry in fs::read_dir(self.backups.path()).expect("it is there") {
            let path = entry.expect("it is there").path();
            if path.is_dir() {
                continue;
            }
            let name = text(&path).into();
            let (reading, verification) =
                verify(&mut Disk, &name, Level::L3, &Limits::default(), &mut Silent);
            let verification = verification.expect("it is an artifact");
            assert!(verification.holds(), "{:#?}", verification.problems);
            let Reading::Artifact(artifact) = reading else { panic!("{name} is no artifact") };
            found.insert(name, *artifact);
        }
        found.into_values().collect()
    }

    /// What is left in the work folder beside its lock.
    fn leftovers(&self) -> Vec<String> {
        let work = fs::read_dir(self.backups.path().join(".graphkeep")).expect("it is there");
        let names = work.map(|entry| entry.expect("it is there").file_name().to_string_lossy().into_owned());
        names.filter(|name| name != "lock").collect()
    }
}

#[test]
fn a_home_that_is_not_running_gives_a_full_with_all_of_its_store() {
    for version in VERSIONS {
        let home = Home::new(version);
        fs::write(home.path("data/databases/neo4j/database_lock"), "").expect("it can be written");
        fs::write(home.path("data/databases/neo4j/id-buffer.tmp.0"), "x").expect("it can be written");
        let event = home.event(["neo4j"]);
        assert_eq!(event["message_type"], "backup");
        assert_eq!(
            (event["type"].as_str(), event["highest_tx"].as_i64()),
            (Some("full"), Some(19)),
            "{event}"
        );
        assert_eq!(event["database_id_from"], "store-id");
        let artifacts = home.artifacts();
        assert_eq!(artifacts.len(), 1);
        let full = &artifacts[0];
        assert_eq!((full.kind, full.lowest_tx, full.highest_tx), (BackupType::Full, 1, 19));
        assert!(full.recovered, "its last checkpoint is behind its last transaction, and nobody runs it");
        let listed = run(["ls", &full.path.0]);
        assert!(listed.stdout.contains("neostore.nodestore.db"), "{listed}");
        assert!(listed.stdout.contains("checkpoint.0"), "{listed}");
        assert!(!listed.stdout.contains("database_lock") && !listed.stdout.contains("id-buffer"), "{listed}");
        assert!(home.leftovers().is_empty());
    }
}

/// Files go straight into a plain artifact, and by way of `--temp-path` into a compressed one.
#[test]
fn a_plain_and_a_compressed_full_hold_the_same_and_leave_nothing_beside_them() {
    for version in VERSIONS {
        let home = Home::new(version);
        let temp = tempfile::tempdir().expect("a temporary folder");
        let temp_path = format!("--temp-path={}", text(temp.path()));
        let plain = home.event(["neo4j", "--type=FULL", "--compress=false", &temp_path]);
        let compressed = home.event(["neo4j", "--type=FULL", "--compress=true", &temp_path]);
        assert_eq!(
            (plain["highest_tx"].as_i64(), &plain["level"]),
            (Some(19), &compressed["level"]),
            "{plain}"
        );
        let artifacts = home.artifacts();
        let containers: Vec<_> = artifacts.iter().map(|artifact| artifact.container.name()).collect();
        assert_eq!(containers, ["BTV2", "BZV2"]);
        let [plain, compressed] = [0, 1].map(|at: usize| contents(&artifacts[at]));
        assert!(plain.contains_key("neostore") && plain.contains_key("checkpoint.0"), "{:?}", plain.keys());
        assert!(plain == compressed, "{:?} and {:?}", plain.keys(), compressed.keys());
        let work = fs::read_dir(temp.path().join(".graphkeep")).expect("it was used");
        let names: Vec<_> = work.map(|entry| entry.expect("it is there").file_name()).collect();
        assert!(names.iter().all(|name| name == "lock") && home.leftovers().is_empty(), "{names:?}");
    }
}

/// The bytes of every file inside.
fn contents(artifact: &Artifact) -> BTreeMap<String, Vec<u8>> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let ran = run(["extract", "--to", text(folder.path()), &artifact.path.0]);
    assert_eq!(ran.code, Some(0), "{ran}");
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.path().to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).expect("it is there") {
            let path = entry.expect("it is there").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = text(path.strip_prefix(folder.path()).expect("it is below")).to_owned();
                found.insert(name, fs::read(path).expect("it can be read"));
            }
        }
    }
    found
}

#[test]
fn without_a_server_to_ask_a_database_is_backed_up_without_users_and_the_exit_code_says_so() {
    let home = Home::new("neo4j-2026.05.0");
    let nobody = ["--address=http://127.0.0.1:9", "--database-id", "8176bf88-31f0-43f0-90c3-e4370b03f114"];
    for (words, why) in [(&nobody[..], "cannot ask the server at http://127.0.0.1:9"), (&[], "`--address`")] {
        let ran = home.backup(["neo4j", "--include-metadata=users"].into_iter().chain(words.iter().copied()));
        assert_eq!(ran.code, Some(1), "{ran}");
        assert!(ran.stderr.contains("without users and roles") && ran.stderr.contains(why), "{ran}");
    }
    assert!(home.artifacts().iter().all(|artifact| artifact.script.is_none()));
    assert_eq!(home.backup(["neo4j", "--include-metadata=none"]).code, Some(0));
}

#[test]
fn a_chain_is_extended_by_what_was_committed_and_an_empty_says_that_nothing_was() {
    for version in VERSIONS {
        let home = Home::new(version);
        home.event(["neo4j"]);
        home.unpack(version, "03-00-00");
        home.event(["--compress=false"]);
        home.event(["--type=DIFF"]);
        home.unpack(version, "05-00-00");
        home.event(["--type=DIFF"]);
        let artifacts = home.artifacts();
        let ranges: Vec<_> = artifacts.iter().map(|found| (found.lowest_tx, found.highest_tx)).collect();
        assert_eq!(ranges, [(1, 19), (20, 29), (0, 0), (30, 49)]);
        let containers: Vec<_> = artifacts.iter().map(|found| found.container.name()).collect();
        assert_eq!(containers, ["BZV2", "BTV2", "BZV2", "BZV2"]);
        let id = artifacts[0].database_id;
        assert!(artifacts.iter().all(|artifact| artifact.database_id == id));
        let report = run(["inspect", "--format=json", text(home.backups.path())]).report();
        assert_eq!(report.databases[0].newest.as_ref().map(|newest| newest.tx), Some(49));
    }
}

#[test]
fn pruned_logs_fail_a_differential_and_make_a_full_of_auto_and_both_say_why() {
    let home = Home::new("neo4j-5.26.28");
    home.event(["neo4j"]);
    let whole = fs::read(home.log()).expect("it is there");
    // A log that was begun behind tx 30 and holds nothing yet; format 9 says so at byte 16.
    home.spoil(|log| {
        log.truncate(128);
        log[16..24].copy_from_slice(&30_i64.to_be_bytes());
    });
    let ran = home.backup(["--type=DIFF"]);
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.stderr.contains("no differential is possible: tx 20 is no longer in the transaction"),
        "{ran}"
    );
    fs::write(home.log(), whole).expect("it can be written");
    let ran = home.backup(["--database-id=7dcb1d0c-4374-4476-b8ae-d3c3f124683f"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(ran.stderr.contains("gets a full backup: the backups of `neo4j`"), "{ran}");
    assert_eq!(home.artifacts().len(), 2);
}

#[test]
fn a_history_that_was_set_back_is_not_continued() {
    let version = "neo4j-2026.05.0";
    let home = Home::new(version);
    home.unpack(version, "03-00-00");
    home.event(["neo4j"]);
    home.unpack(version, "02-00-00");
    let ran = home.backup(["--type=DIFF"]);
    assert!(ran.code == Some(1) && ran.stderr.contains("the database was set back"), "{ran}");
    assert_eq!(home.event(["neo4j"])["type"], "full");
}

#[test]
fn what_cannot_be_done_is_said_in_one_sentence_and_the_others_are_backed_up() {
    let home = Home::new("neo4j-2026.05.0");
    let ran = home.backup(["nope", "ne*4?"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("`nope` was not backed up: there is no such database in"), "{ran}");
    assert!(ran.stdout.starts_with("neo4j: full, tx 1..19; "), "{ran}");
    let ran = home.backup(["--type=DIFF", "--database-id=7dcb1d0c-4374-4476-b8ae-d3c3f124683f"]);
    assert!(ran.code == Some(1) && ran.stderr.contains("have another id"), "{ran}");
    let missing = format!("--from={}", home.path("missing").display());
    let ran = run(["database", "backup", &missing, "--to-path=/"]);
    assert!(ran.code == Some(1) && ran.stderr.contains("there is no Neo4j home at"), "{ran}");
    let mut unnamed = graphkeep();
    unnamed.args(["database", "backup", "--to-path=."]).env("NEO4J_HOME", "/var/lib/neo4j");
    let ran = Ran::of(unnamed);
    assert!(ran.code == Some(1) && ran.stderr.contains("--from=/var/lib/neo4j"), "{ran}");
}

#[test]
fn another_storage_engine_is_refused_before_anything_is_written() {
    let home = Home::new("neo4j-2026.05.0");
    home.spoil(|log| {
        let at = log.windows(6).position(|word| word == b"record").expect("the store id names its engine");
        log[at..at + 6].copy_from_slice(b"blocks");
    });
    let ran = home.backup(["neo4j"]);
    assert!(ran.code == Some(1) && ran.stderr.contains("its storage engine is `blocks`"), "{ran}");
    assert!(home.artifacts().is_empty() && home.leftovers().is_empty());
}

#[test]
fn a_database_may_have_any_name_that_neo4j_allows() {
    for name in ["lock", "failed-lock", "aggregate"] {
        let home = Home::new("neo4j-2026.05.0");
        for below in ["databases", "transactions"] {
            let folder = home.path("data").join(below);
            fs::rename(folder.join("neo4j"), folder.join(name)).expect("it was unpacked");
        }
        for compress in ["--compress=true", "--compress=false"] {
            let ran = home.backup([name, "--type=FULL", compress]);
            assert_eq!(ran.code, Some(0), "{ran}");
        }
        assert_eq!(home.artifacts().len(), 2);
        assert!(home.leftovers().is_empty(), "{:?}", home.leftovers());
    }
}

#[test]
fn damaged_logs_fail_the_backup_and_leave_nothing_under_a_backups_name() {
    for (compress, kept) in
        [("--compress=true", "failed-neo4j-"), ("--compress=false", "failed-neo4j.partial-")]
    {
        let version = "neo4j-5.26.28";
        let home = Home::new(version);
        home.unpack(version, "05-00-00");
        // Behind the checkpoint, so that the batch is one that a restore needs.
        home.spoil(|log| {
            let at = log.len() * 9 / 10;
            log[at] ^= 0xff;
        });
        let ran = home.backup(["neo4j", "--keep-failed", compress]);
        assert!(ran.code == Some(1) && ran.stderr.contains("do not connect"), "{ran}");
        assert!(home.artifacts().is_empty());
        let leftovers = home.leftovers();
        assert!(leftovers.iter().all(|name| name.starts_with("failed-neo4j")), "{leftovers:?}");
        assert!(leftovers.iter().any(|name| name.starts_with(kept)), "{leftovers:?}");
    }
}

#[test]
fn folders_are_where_the_configuration_says() {
    let home = Home::new("neo4j-2026.05.0");
    fs::rename(home.path("data/transactions"), home.path("logs-apart")).expect("it is there");
    fs::rename(home.path("data"), home.path("store-apart")).expect("it is there");
    fs::create_dir(home.path("conf")).expect("it can be made");
    fs::write(home.path("conf/neo4j.conf"), "server.directories.data=nowhere\n").expect("it can be written");
    let logs = home.path("logs-apart");
    let more = format!(
        "server.directories.data=store-apart\nserver.directories.transaction.logs.root={}\n",
        text(&logs)
    );
    fs::write(home.path("more.conf"), more).expect("it can be written");
    let ran = home.backup(["--additional-config", text(&home.path("more.conf"))]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(home.artifacts()[0].highest_tx, 19);
}
