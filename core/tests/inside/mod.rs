//! Artifacts taken apart by other people's readers, changed inside, and put together again; tars and logs
//! with a lie in one place.

#![allow(dead_code, reason = "each test file uses its own part of this")]

pub(crate) mod forge;
pub(crate) mod tar_of;

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::sync::{Mutex, PoisonError};

use graphkeep_core::container::{Compression, Container};
use graphkeep_core::error::Stream;
use graphkeep_core::log::{Batch, LogName};
use graphkeep_core::metadata::{Flags, Metadata};
use graphkeep_core::problem::Code;
use graphkeep_core::progress::{Silent, Visitor};
use graphkeep_core::report::Level;
use graphkeep_core::verify::{Verification, verify};
use graphkeep_core::wire::Reader;
use graphkeep_core::{Limits, Source};

use crate::support::build;
use crate::support::files::{Files, fixtures};

/// The files of an artifact, with what stands in front of them.
#[derive(Debug, Clone)]
pub(crate) struct Inside {
    pub(crate) metadata: Metadata,
    /// In the archive's order.
    pub(crate) files: Vec<(String, Vec<u8>)>,
}

/// The decoded stream of a file, by decoders that core does not use for bodies; everything behind the magic
/// where it is plain.
pub(crate) fn decoded(container: Container, bytes: &[u8]) -> Vec<u8> {
    let body = match container {
        Container::LegacyGzip | Container::LegacyZstd => bytes,
        _ => &bytes[4..],
    };
    let mut decoded = Vec::new();
    let read = match container.compression() {
        Compression::None => return body.to_vec(),
        Compression::Gzip => flate2::read::GzDecoder::new(body).read_to_end(&mut decoded),
        Compression::Zstd => {
            ruzstd::decoding::StreamingDecoder::new(body).expect("a frame").read_to_end(&mut decoded)
        }
    };
    read.expect("a sound stream");
    decoded
}

impl Inside {
    /// A genuine backup taken apart.
    pub(crate) fn of(fixture: &str) -> Self {
        static TAKEN: Mutex<BTreeMap<String, Inside>> = Mutex::new(BTreeMap::new());
        let mut taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
        taken.entry(fixture.to_owned()).or_insert_with(|| Self::taken_apart(fixture)).clone()
    }

    fn taken_apart(fixture: &str) -> Self {
        let bytes = &fixtures().0[fixture];
        let container = fixtures().artifact(fixture).container;
        assert_ne!(container, Container::Bzv3, "its metadata is not in its stream");
        let stream = decoded(container, bytes);
        let is_zstd = container.compression() == Compression::Zstd;
        let mut from = Reader::new(&stream[if is_zstd { 4 } else { 0 }..], Stream::Decompressed);
        if container.metadata_version() == Some(2) {
            assert_eq!(from.u8("metadata version"), Ok(2));
        }
        let version = container.metadata_version().expect("a backup");
        let metadata = Metadata::read(&mut from, version, &Limits::default()).expect("sound metadata");
        let mut tar = from.into_inner();
        if is_zstd {
            tar = &tar[20..];
        }
        let mut files = Vec::new();
        for entry in tar::Archive::new(tar).entries().expect("a tar") {
            let mut entry = entry.expect("an entry");
            let path = entry.path().expect("a path").to_str().expect("UTF-8").to_owned();
            let mut content = Vec::new();
            entry.read_to_end(&mut content).expect("content");
            if entry.header().entry_type().is_file() {
                files.push((path.strip_prefix("./").unwrap_or(&path).to_owned(), content));
            }
        }
        Self { metadata, files }
    }

    /// The same without anything but logs, and those without the zeros behind their end.
    pub(crate) fn trimmed(mut self) -> Self {
        self.files.retain(|(path, _)| LogName::of(path).is_some());
        let newest = self.batches().last().cloned().expect("there are batches");
        for (path, bytes) in &mut self.files {
            let end = match LogName::of(path) {
                Some(LogName::Transactions(number)) if number == newest.end_file => newest.end,
                // Only the newest file has a tail.
                Some(LogName::Transactions(_)) => continue,
                _ => end_of_records(bytes),
            };
            bytes.truncate(usize::try_from(end).expect("small"));
        }
        self
    }

    /// The one log of that number alone, cut to its first batches, `most` bytes of them at most; the range is
    /// what is left.
    pub(crate) fn only(mut self, number: u64, most: u64) -> Self {
        let batches = self.batches();
        let of_file = || batches.iter().filter(|batch| batch.file == number && batch.end_file == number);
        let first = of_file().next().expect("the log has batches").clone();
        let kept =
            of_file().take_while(|batch| batch.end <= first.at + most).last().expect("one fits").clone();
        let log = format!("neostore.transaction.db.{number}");
        self.files.retain(|(path, _)| *path == log);
        self.log(number).truncate(usize::try_from(kept.end).expect("small"));
        (self.metadata.lowest, self.metadata.highest) = (first.append_index, kept.append_index);
        self
    }

    /// The batches, as the walk of the unchanged logs gives them.
    pub(crate) fn batches(&self) -> Vec<Batch> {
        struct Batches(Vec<Batch>);
        impl Visitor for Batches {
            fn batch(&mut self, batch: &Batch) {
                self.0.push(batch.clone());
            }
        }
        let mut batches = Batches(Vec::new());
        verified_by(&Files::one("a.backup", self.plain()), Level::L3, &mut batches);
        batches.0.sort_by_key(|batch| (batch.file, batch.at));
        batches.0
    }

    pub(crate) fn file(&mut self, path: &str) -> &mut Vec<u8> {
        let found = self.files.iter_mut().find(|(known, _)| known == path);
        &mut found.unwrap_or_else(|| panic!("{path} is inside")).1
    }

    /// The log of that number.
    pub(crate) fn log(&mut self, number: u64) -> &mut Vec<u8> {
        self.file(&format!("neostore.transaction.db.{number}"))
    }

    #[must_use]
    pub(crate) fn without(mut self, path: &str) -> Self {
        let before = self.files.len();
        self.files.retain(|(known, _)| known != path);
        assert_eq!(self.files.len(), before - 1, "{path} was inside");
        self
    }

    #[must_use]
    pub(crate) fn renamed(mut self, from: &str, to: &str) -> Self {
        let found = self.files.iter_mut().find(|(known, _)| known == from);
        to.clone_into(&mut found.unwrap_or_else(|| panic!("{from} is inside")).0);
        self
    }

    pub(crate) fn tar(&self) -> Vec<u8> {
        let files = self.files.iter().flat_map(|(path, bytes)| tar_of::file(&format!("./{path}"), bytes));
        tar_of::folder("./").into_iter().chain(files).chain(tar_of::END).collect()
    }

    /// As `BTV2`.
    pub(crate) fn plain(&self) -> Vec<u8> {
        btv2(&self.metadata, &self.tar())
    }

    /// As `BZV2`, with the right numbers in its size record.
    pub(crate) fn zstd(&self) -> Vec<u8> {
        let bytes: usize = self.files.iter().map(|(_, bytes)| bytes.len()).sum();
        let count = |number: usize| i64::try_from(number).expect("few");
        bzv2(&self.metadata, (count(self.files.len()), count(bytes)), &self.tar())
    }

    /// What L3 says of the plain form.
    pub(crate) fn verified(&self) -> Verification {
        verified(self.plain(), Level::L3)
    }
}

/// Where the records of a checkpoint file end.
pub(crate) fn end_of_records(bytes: &[u8]) -> u64 {
    let data = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |at| at as u64 + 1);
    let (start, record) = if bytes[0] >= 10 { (128 << 10, 258) } else { (128, 232) };
    start + data.saturating_sub(start).next_multiple_of(record)
}

pub(crate) fn btv2(metadata: &Metadata, tar: &[u8]) -> Vec<u8> {
    [b"BTV2".as_slice(), &encoded(metadata, false), tar].concat()
}

/// A `BZV2` whose frame has a content checksum.
pub(crate) fn bzv2(metadata: &Metadata, (files, bytes): (i64, i64), tar: &[u8]) -> Vec<u8> {
    let content =
        [b"zstd".as_slice(), &encoded(metadata, true), &build::size_record(files, bytes), tar].concat();
    [b"BZV2".as_slice(), &zstd(&content)].concat()
}

/// The metadata in version 2, with the container's own flag.
fn encoded(metadata: &Metadata, compressed: bool) -> Vec<u8> {
    build::encoded(&Metadata {
        flags: Flags { compressed, ..metadata.flags },
        map: Some(metadata.map.clone().unwrap_or_default()),
        ..metadata.clone()
    })
}

/// A frame with a content checksum.
pub(crate) fn zstd(content: &[u8]) -> Vec<u8> {
    let mut encoder = zrip::FrameEncoder::new(Vec::new(), 1).expect("the level is known");
    encoder.write_all(content).expect("a vector takes it");
    encoder.finish().expect("a vector takes it")
}

/// Verifies a file of these bytes.
pub(crate) fn verified(bytes: Vec<u8>, level: Level) -> Verification {
    verified_in(&Files::one("a.backup", bytes), level)
}

/// Verifies `a.backup` among these files.
pub(crate) fn verified_in(files: &Files, level: Level) -> Verification {
    verified_by(files, level, &mut Silent)
}

pub(crate) fn verified_by(files: &Files, level: Level, visitor: &mut dyn Visitor) -> Verification {
    let mut source = files;
    verified_from(&mut source, level, visitor)
}

pub(crate) fn verified_from<S: Source>(
    source: &mut S,
    level: Level,
    visitor: &mut dyn Visitor,
) -> Verification {
    let (reading, found) = verify(source, &"a.backup".into(), level, &Limits::default(), visitor);
    found.unwrap_or_else(|| panic!("an artifact or dump, and was read as {reading:#?}"))
}

/// The codes of its problems, in order.
pub(crate) fn codes(found: &Verification) -> Vec<Code> {
    found.problems.iter().map(|problem| problem.code).collect()
}

/// Everything that is said of it, for the message of a failed assertion.
pub(crate) fn said(found: &Verification) -> String {
    let problems = found.problems.iter().map(|problem| format!("\n  {}: {}", problem.code, problem.message));
    format!("{} of {}{}", found.level.as_str(), found.asked.as_str(), problems.collect::<String>())
}
