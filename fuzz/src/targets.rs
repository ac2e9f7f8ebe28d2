//! What is tried with arbitrary bytes, one function a target. `core/tests/crashes.rs` includes this file too:
//! it replays what was found, and runs each target on damaged fixtures with an ordinary compiler.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::sync::OnceLock;

use graphkeep_core::container::Container;
use graphkeep_core::error::Stream;
use graphkeep_core::metadata::{Flags, Metadata, Topology};
use graphkeep_core::plan::{self, Point};
use graphkeep_core::progress::Silent;
use graphkeep_core::report::{Artifact, BackupType, Level, Reading, Report};
use graphkeep_core::store_id::StoreId;
use graphkeep_core::time::UtcTime;
use graphkeep_core::wire::{Reader, Writer};
use graphkeep_core::{FileName, Limits, Source, artifact, chain, load, repair, verify as verification};
use uuid::Uuid;

#[path = "logs.rs"]
pub mod logs;

/// What is tried with some bytes; it panics where something does not hold.
pub type Target = fn(&[u8]);

/// Every target by its name, as its crashes are filed.
pub const TARGETS: &[(&str, Target)] = &[
    ("header", header),
    ("split", split),
    ("metadata", metadata),
    ("stranger", stranger),
    ("report", report),
    ("time", time),
    ("verify", verify),
    ("tar", logs::tar),
    ("log", logs::log),
    ("batches", logs::batches),
];

/// Files in memory; the first is the one that is read.
struct Files(BTreeMap<String, Vec<u8>>);

const NAME: &str = "neo4j-2025-05-01T10-30-00.backup";

impl<'f> Source for &'f Files {
    type Stream = &'f [u8];

    fn open(&mut self, name: &FileName) -> io::Result<(&'f [u8], u64)> {
        let bytes = self.0.get(&name.0).ok_or(io::ErrorKind::NotFound)?;
        Ok((bytes, bytes.len() as u64))
    }
}

fn one(bytes: &[u8]) -> Files {
    Files(BTreeMap::from([(NAME.to_owned(), bytes.to_vec())]))
}

/// What a listing says of a file: it looks no further for the size record.
fn listed(reading: Reading) -> Reading {
    match reading {
        Reading::Artifact(artifact) => Reading::Artifact(Box::new(Artifact {
            bytes_read: 0,
            archive_size: None,
            faults: Vec::new(),
            ..*artifact
        })),
        other => other,
    }
}

/// Reads a file and holds what must be true of any reading.
fn read(files: &Files) -> Reading {
    let (mut source, name) = (files, FileName::from(NAME));
    let limits = Limits::default();
    let reading = artifact::read(&mut source, &name, &limits);
    let details = artifact::details(&mut source, &name, &limits);
    assert_eq!(details.reading, artifact::whole(&mut source, &name, &limits), "with details or without");
    assert_eq!(listed(details.reading), listed(reading.clone()), "a listing says nothing else");
    // Each part of a split archive is opened twice.
    let stored: usize = files.0.values().map(|bytes| bytes.len() + 24).sum();
    assert!(reading.bytes_read() <= stored as u64, "no more was read than there is");
    for field in &details.fields {
        assert!(field.hex.len() <= 128, "{field:?}");
    }
    survives_json(&reading);
    match &reading {
        Reading::Artifact(artifact) => drop(load::artifact(artifact)),
        Reading::Dump(dump) => drop(load::dump(dump)),
        Reading::Other(other) => assert!(!other.problem.message.is_empty()),
    }
    judge(vec![reading.clone()]);
    reading
}

fn survives_json<T>(value: &T)
where
    T: serde::Serialize + serde::de::DeserializeOwned + PartialEq + std::fmt::Debug,
{
    let json = serde_json::to_string(value).expect("plain data");
    let back: T = serde_json::from_str(&json).unwrap_or_else(|error| panic!("{error}: {json}"));
    assert_eq!(&back, value);
}

/// Judges readings, plans towards some points, and holds what must be true of any report.
fn judge(readings: Vec<Reading>) -> Report {
    let report = chain::report(readings);
    for database in &report.databases {
        for chain in &database.chains {
            assert!(chain.artifacts.iter().all(|id| *id < report.artifacts.len()));
        }
        let ends = database.members.iter().map(|member| report.artifacts[member.artifact].highest_tx);
        let points = ends.take(8).map(Point::Tx).chain([
            Point::Newest,
            Point::Tx(0),
            Point::Before(UtcTime(i64::MIN)),
            Point::Before(UtcTime(i64::MAX)),
        ]);
        for point in points {
            if let Ok(plan) = plan::plan(&report, database, point) {
                assert!(!plan.steps.is_empty());
                drop(plan.commands.iter().map(|command| command.line(plan::Shell::Sh)).collect::<Vec<_>>());
            }
        }
        if let Some(newest) = &database.newest {
            let plan = plan::plan(&report, database, Point::Newest).expect("the newest point is in reach");
            assert_eq!(plan.reaches_tx, newest.tx);
        }
    }
    survives_json(&report);
    report
}

/// Any bytes as a file.
pub fn header(data: &[u8]) {
    read(&one(data));
}

/// Any bytes as an archive, cut into parts: what the parts hold is what the whole holds.
pub fn split(data: &[u8]) {
    let Some((&count, rest)) = data.split_first() else { return };
    let count = usize::from(count % 6) + 1;
    if rest.len() < count {
        return;
    }
    let (cuts, archive) = rest.split_at(count);
    let id = Uuid::from_u128(7);
    let parts = i32::try_from(count).expect("a few parts").to_be_bytes();
    let mut files = one(&[b"SMV1".as_slice(), &parts, id.as_bytes()].concat());
    let mut left = archive;
    for (index, (at, cut)) in (1_i32..).zip(cuts.iter().enumerate()) {
        let len = if at + 1 == count { left.len() } else { left.len().min(usize::from(*cut)) };
        let (data, rest) = left.split_at(len);
        left = rest;
        let part = [b"SDV1".as_slice(), &index.to_be_bytes(), id.as_bytes(), data].concat();
        files.0.insert(format!("{NAME}.{index}"), part);
    }
    let joined = read(&files);
    if let Reading::Artifact(whole) = read(&one(archive)) {
        let Reading::Artifact(joined) = joined else { panic!("{joined:?}") };
        let said = |artifact: Artifact| Artifact {
            size: 0,
            bytes_read: 0,
            split: None,
            // Offsets count the file here and the joined parts there.
            faults: Vec::new(),
            ..artifact
        };
        assert_eq!(said(*joined), said(*whole));
    }
    // And with a part that is not there.
    files.0.remove(&format!("{NAME}.{count}"));
    read(&files);
}

/// Any bytes as metadata: what reads, writes, and reads the same again.
pub fn metadata(data: &[u8]) {
    let Some((&version, data)) = data.split_first() else { return };
    let version = version % 2 + 1;
    let limits = Limits::default();
    let Ok(read) = Metadata::read(&mut Reader::new(data, Stream::File), version, &limits) else { return };
    let mut to = Writer::default();
    read.write(&mut to).expect("it came out of the same length fields");
    let bytes = to.into_bytes();
    let body = if version == 2 { &bytes[1..] } else { &bytes[..] };
    let back = Metadata::read(&mut Reader::new(body, Stream::File), version, &limits);
    assert_eq!(back.as_ref(), Ok(&read));
    let _ = (read.script(&limits), read.topology(), read.unknown().count());
}

/// Any bytes inside a compressed file, as somebody may have packed it.
pub fn stranger(data: &[u8]) {
    let mut packed = Vec::new();
    flate2::read::GzEncoder::new(data, flate2::Compression::fast())
        .read_to_end(&mut packed)
        .expect("a slice cannot fail");
    read(&one(&packed));
    let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, 11 << 3];
    for (at, block) in data.chunks(1 << 16).enumerate() {
        let last = (at + 1) * (1 << 16) >= data.len();
        let word = u32::try_from(block.len()).expect("blocks are small") << 3 | u32::from(last);
        frame.extend_from_slice(&word.to_le_bytes()[..3]);
        frame.extend_from_slice(block);
    }
    read(&one(&frame));
    read(&one(&[b"DZV1".as_slice(), &frame].concat()));
}

/// Any bytes as a list of backups.
pub fn report(data: &[u8]) {
    const LEN: usize = 12;
    let readings: Vec<Reading> =
        data.chunks_exact(LEN).take(300).enumerate().map(|(at, record)| backup(at, record)).collect();
    let mut turned = readings.clone();
    turned.reverse();
    assert_eq!(judge(readings), chain::report(turned), "the order of files does not matter");
}

/// Small numbers, so that they meet, and the ends of the range, so that they overflow.
fn number(byte: u8) -> i64 {
    match byte {
        0..=199 => i64::from(byte),
        200..=219 => i64::MIN + i64::from(byte - 200),
        220..=239 => i64::MAX - i64::from(byte - 220),
        _ => -i64::from(byte - 239),
    }
}

fn backup(at: usize, record: &[u8]) -> Reading {
    static TEMPLATE: OnceLock<Artifact> = OnceLock::new();
    let template = TEMPLATE.get_or_init(|| {
        let store_id = StoreId {
            creation_time_ms: 0,
            random: 0,
            engine: "record".into(),
            format: "aligned".into(),
            major: 1,
            minor: 1,
        };
        let metadata = Metadata {
            store_id,
            database_id: Uuid::nil(),
            database_name: "neo4j".into(),
            backup_time: UtcTime(0),
            lowest: 1,
            highest: 1,
            flags: Flags { full: true, ..Flags::default() },
            map: None,
        };
        let mut to = Writer::default();
        to.raw(b"BTV1");
        metadata.write(&mut to).expect("it is small");
        match artifact::read(&mut &one(&to.into_bytes()), &NAME.into(), &Limits::default()) {
            Reading::Artifact(artifact) => *artifact,
            other => panic!("{other:?}"),
        }
    });
    let (lowest, highest, full) = (number(record[0]), number(record[1]), record[2] & 1 != 0);
    let folder = ["", "a/", "b\\", "-/"][usize::from(record[3] % 4)];
    let topology = (record[4] > 200).then(|| Topology {
        virtual_name: "foo".into(),
        virtual_id: Uuid::from_u128(u128::from(record[4] % 2)),
        shard_count: u32::MAX >> (record[5] % 33).min(31),
        shard_index: (record[5] & 1 != 0).then_some(u32::MAX >> (record[6] % 33).min(31)),
    });
    Reading::Artifact(Box::new(Artifact {
        path: FileName(format!("{folder}{at:03}.backup")),
        size: u64::from(record[7]) << 56 | u64::from(record[7]),
        container: Container::Bzv2,
        database: ["neo4j", "malmo", "-x", ""][usize::from(record[8] % 4)].to_owned(),
        database_id: Uuid::from_u128(u128::from(record[9] % 3)),
        time: UtcTime(number(record[10])),
        kind: match (lowest, highest, full) {
            (0, 0, _) => BackupType::Empty,
            (.., true) => BackupType::Full,
            (.., false) => BackupType::Differential,
        },
        full,
        lowest_tx: lowest,
        highest_tx: highest,
        store_id: StoreId { random: i64::from(record[11] % 3), ..template.store_id.clone() },
        topology,
        ..template.clone()
    }))
}

/// Any text as a time, a point, a file's name.
pub fn time(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(time) = UtcTime::parse(text) {
        assert_eq!(UtcTime::parse(&time.to_string()), Ok(time));
        let _ = (time.table(), time.words(), time.file_name());
    }
    let _ = Point::parse(text);
    if let Some((database, time)) = UtcTime::in_file_name(text) {
        assert!(!database.is_empty());
        let name = format!("{database}-{}.backup", time.file_name());
        assert_eq!(UtcTime::in_file_name(&name), Some((database, time)));
    }
}

/// Any bytes as a file, verified to its last transaction, and mended where that can be done.
pub fn verify(data: &[u8]) {
    let files = one(data);
    let (name, limits) = (FileName::from(NAME), Limits::default());
    let (reading, found) = verification::verify(&mut &files, &name, Level::L3, &limits, &mut Silent);
    if let Some(found) = &found {
        assert!(found.level <= Level::L3 && !found.stopped);
        survives_json(found);
    }
    let mended =
        repair::find(&mut &files, &name, &reading, found.as_ref(), &limits).expect("memory does not fail");
    if let Some(mended) = mended {
        assert!(mended.from < mended.to && mended.to <= data.len() as u64, "{mended:?}");
        assert!(mended.len() < data.len() as u64, "a repair leaves something out");
        let mut source = &files;
        let mut source = repair::Mended::new(&mut source, name.clone(), mended);
        verification::verify(&mut source, &name, Level::L3, &limits, &mut Silent);
    }
}
