//! What is written reads back: whole artifacts made of genuine contents, and logs cut to some of their
//! transactions.

#![cfg(not(target_arch = "wasm32"))]

mod support;

use std::collections::BTreeMap;
use std::io::{self, Read};

use graphkeep_core::archive::{Entry, Role};
use graphkeep_core::container::Container;
use graphkeep_core::encode::Encoder;
use graphkeep_core::log::{Batch, Expected, Extent, Head, LogName, LogReport, Logs};
use graphkeep_core::metadata::{Flags, Metadata};
use graphkeep_core::progress::{Silent, Visitor};
use graphkeep_core::report::{ArchiveSize, Artifact, BackupType, Level};
use graphkeep_core::verify::verify;
use graphkeep_core::{FileName, Limits};
use proptest::prelude::*;

use crate::support::build;
use crate::support::files::{Files, fixtures};

/// Keeps every file of an archive.
#[derive(Default)]
struct Contents(Vec<(Entry, Vec<u8>)>);

impl Visitor for Contents {
    fn entry(&mut self, entry: &Entry, content: &mut dyn Read) -> io::Result<()> {
        let mut bytes = Vec::new();
        content.read_to_end(&mut bytes)?;
        self.0.push((entry.clone(), bytes));
        Ok(())
    }
}

fn contents(files: &Files, name: &str) -> Vec<(Entry, Vec<u8>)> {
    let mut contents = Contents::default();
    // Logs are handed out as they are where nobody walks them.
    let (_, found) = verify(&mut &*files, &name.into(), Level::L2, &Limits::default(), &mut contents);
    assert!(found.expect("it is an artifact").holds(), "{name}");
    contents.0
}

fn metadata_of(artifact: &Artifact, container: Container) -> Metadata {
    Metadata {
        store_id: artifact.store_id.clone(),
        database_id: artifact.database_id,
        database_name: artifact.database.clone(),
        backup_time: artifact.time,
        lowest: artifact.lowest_tx,
        highest: artifact.highest_tx,
        flags: Flags {
            recovered: artifact.recovered,
            compressed: container == Container::Bzv2,
            full: artifact.full,
            unknown: 0,
        },
        map: Some(Vec::new()),
    }
}

fn written(container: Container, metadata: &Metadata, files: &[(Entry, Vec<u8>)]) -> Vec<u8> {
    let bytes = files.iter().map(|(_, bytes)| bytes.len() as u64).sum();
    let size = ArchiveSize { files: files.len() as u64, bytes };
    let mut encoder = Encoder::new(Vec::new(), container, metadata, size).expect("a vector takes it");
    encoder.folder("", 0).expect("a vector takes it");
    for (entry, bytes) in files {
        let modified = entry.modified.unwrap_or(0);
        encoder
            .file(&entry.path, bytes.len() as u64, modified, &mut bytes.as_slice())
            .expect("a vector takes it");
    }
    encoder.finish().expect("a vector takes it")
}

/// Every backup of a real database that is sound.
fn backups() -> impl Iterator<Item = FileName> {
    fixtures().names().filter(|name| name.0.starts_with("real/") && name.0.ends_with(".backup"))
}

#[test]
fn a_genuine_artifact_written_again_reads_the_same_to_its_last_transaction() {
    for name in backups() {
        let artifact = fixtures().artifact(&name.0);
        let files = contents(fixtures(), &name.0);
        for container in [Container::Bzv2, Container::Btv2] {
            let metadata = metadata_of(&artifact, container);
            let again = Files::one("a", written(container, &metadata, &files));
            let (_, before) = verify(&mut fixtures(), &name, Level::L3, &Limits::default(), &mut Silent);
            let (_, after) = verify(&mut &again, &"a".into(), Level::L3, &Limits::default(), &mut Silent);
            let (before, after) = (before.expect("an artifact"), after.expect("an artifact"));
            assert_eq!(after.level, before.level, "{name} {container}: {:#?}", after.problems);
            assert_eq!(after.logs, before.logs, "{name} {container}");
            let read = again.artifact("a");
            assert_eq!(metadata_of(&read, container), metadata, "{name} {container}");
            assert_eq!(read.container, container);
            let unpacked = contents(&again, "a");
            let plain = |files: &[(Entry, Vec<u8>)]| -> Vec<(String, Role, Option<i64>, Vec<u8>)> {
                let plain = |(entry, bytes): &(Entry, Vec<u8>)| {
                    (entry.path.clone(), entry.role, entry.modified, bytes.clone())
                };
                files.iter().map(plain).collect()
            };
            assert!(plain(&unpacked) == plain(&files), "{name} {container}: contents differ");
        }
    }
}

proptest! {
    #[test]
    fn whatever_is_written_is_what_is_read(
        files in prop::collection::vec(("[a-zö]{1,150}(/[a-z]{1,90}){0,3}", prop::collection::vec(any::<u8>(), 0..3000), any::<i32>()), 0..6),
        highest in 1..i64::MAX,
        compressed: bool,
    ) {
        let container = if compressed { Container::Bzv2 } else { Container::Btv2 };
        let mut seen = std::collections::HashSet::new();
        let files: Vec<(Entry, Vec<u8>)> = files
            .into_iter()
            .filter(|(path, ..)| seen.insert(path.clone()))
            .map(|(path, bytes, modified)| {
                let role = Role::of(&path);
                let entry = Entry { path, role, bytes: bytes.len() as u64, modified: Some(modified.into()), offset: 0 };
                (entry, bytes)
            })
            .collect();
        let flags = Flags { recovered: false, compressed, full: true, unknown: 0 };
        let metadata = Metadata { highest, flags, ..build::metadata() };
        let again = Files::one("a", written(container, &metadata, &files));
        prop_assert_eq!(metadata_of(&again.artifact("a"), container), metadata);
        let read: Vec<_> = contents(&again, "a").into_iter().map(|(entry, bytes)| (Entry { offset: 0, ..entry }, bytes)).collect();
        prop_assert_eq!(read, files);
    }
}

/// The transaction logs of a fixture, by number.
fn logs_of(name: &str) -> BTreeMap<u64, Vec<u8>> {
    let files = contents(fixtures(), name).into_iter();
    let logs = files.filter_map(|(entry, bytes)| match LogName::of(&entry.path) {
        Some(LogName::Transactions(number)) => Some((number, bytes)),
        _ => None,
    });
    logs.collect()
}

fn walk(logs: &BTreeMap<u64, Vec<u8>>, expected: Expected, each: &mut dyn FnMut(&Batch)) -> LogReport {
    let mut walk = Logs::new(expected);
    for (number, bytes) in logs {
        let name = LogName::Transactions(*number);
        let path = format!("neostore.transaction.db.{number}");
        walk.file(&path, name, bytes.as_slice(), each).expect("a slice can be read");
    }
    walk.finish(each)
}

/// The logs from batch `lowest` up to batch `highest`.
fn cut(logs: &BTreeMap<u64, Vec<u8>>, lowest: i64, highest: i64) -> BTreeMap<u64, Vec<u8>> {
    let mut extent = Extent::from(lowest);
    walk(logs, Expected::default(), &mut |batch| {
        if batch.append_index <= highest {
            extent.note(batch);
        }
    });
    assert!(extent.is_unbroken());
    let (first, last) = (extent.first.expect("it is there"), extent.last.expect("it is there"));
    let mut cut = BTreeMap::new();
    for (number, bytes) in logs.range(first.file..=last.end_file) {
        let to = if *number == last.end_file { offset(last.end) } else { bytes.len() };
        let piece = if *number == first.file {
            let head = Head::parse(bytes).expect("a header").expect("a header");
            let header = &bytes[..offset(head.data_at())];
            let from = offset(first.at.max(head.data_at()));
            let mut piece = match &extent.before {
                Some(before) => head.cut(header, first.at, before),
                None => header.to_vec(),
            };
            piece.extend(&bytes[from..to]);
            piece
        } else {
            bytes[..to].to_vec()
        };
        cut.insert(*number, piece);
    }
    cut
}

fn offset(at: u64) -> usize {
    usize::try_from(at).expect("fixtures are small")
}

const LOGS: [(&str, i64); 5] = [
    ("real/logs/rotated-5.26.28.backup", 410),
    ("real/logs/envelopes-rotated-2026.05.0.backup", 410),
    ("real/logs/upgraded-kernels-5-20-29.backup", 71),
    ("real/logs/format-9-then-10.backup", 70),
    ("real/logs/zero-tail-after-crash-2026.05.0.backup", 160),
];

#[test]
fn cut_logs_are_logs_that_hold_what_is_promised_and_nothing_else() {
    for (name, highest) in LOGS {
        let logs = logs_of(name);
        let store_id = fixtures().artifact(name).store_id;
        for (lowest, highest) in [(3, highest), (highest / 3, highest - 7), (highest, highest), (2, 9)] {
            let cut = cut(&logs, lowest, highest);
            let kind = Some(BackupType::Differential);
            let store_id = Some(store_id.clone());
            let expected = Expected { kind, lowest: Some(lowest), highest: Some(highest), store_id };
            let report = walk(&cut, expected, &mut |_| {});
            assert_eq!(report.problems, [], "{name} {lowest}..{highest}");
            let range = (report.first.map(|at| at.append_index), report.last.map(|at| at.append_index));
            assert_eq!(range, (Some(lowest), Some(highest)), "{name}");
        }
    }
}

/// What a restore does: the batches of each later piece behind those of the earlier ones.
#[test]
fn pieces_put_together_are_the_databases_own_logs_again() {
    for (name, highest) in LOGS {
        let logs = logs_of(name);
        let bounds = [2, 5, highest / 2, highest / 2 + 1, highest - 3, highest + 1];
        let mut joined: BTreeMap<u64, Vec<u8>> = BTreeMap::new();
        for pair in bounds.windows(2) {
            for (number, piece) in cut(&logs, pair[0], pair[1] - 1) {
                let Some(file) = joined.get_mut(&number) else {
                    joined.insert(number, piece);
                    continue;
                };
                let head = Head::parse(&piece).expect("a header").expect("a header");
                let mut first = None;
                walk(&BTreeMap::from([(number, piece.clone())]), Expected::default(), &mut |batch| {
                    first.get_or_insert(batch.at);
                });
                let at = first.expect("a piece holds a batch, or it would not be there");
                let place = head.place(file.len() as u64, at);
                file.resize(offset(place), 0);
                file.extend(&piece[offset(at)..]);
            }
        }
        for (number, file) in &joined {
            let whole = &logs[number];
            assert!(whole.starts_with(file), "{name}: file {number} differs");
            assert!(whole[file.len()..].iter().all(|byte| *byte == 0), "{name}: file {number} is short");
        }
        assert_eq!(joined.keys().next(), logs.keys().next(), "{name}");
    }
}
