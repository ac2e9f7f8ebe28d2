//! Whole artifacts verified, and artifacts with damage or a lie in one place: what is said, at which level, and
//! where. docs/problems.md has the codes.

#![cfg(not(target_arch = "wasm32"))]

mod inside;
mod support;

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::ops::ControlFlow;
use std::sync::OnceLock;

use graphkeep_core::archive::{Entry, Role};
use graphkeep_core::container::{Compression, Container};
use graphkeep_core::error::Stream;
use graphkeep_core::log::Batch;
use graphkeep_core::problem::{Code, Problem, Severity};
use graphkeep_core::progress::{Silent, Visitor};
use graphkeep_core::repair;
use graphkeep_core::report::{Level, Reading};
use graphkeep_core::verify::{Checksum, Verification, verify};
use graphkeep_core::{FileName, Limits, Source};
use proptest::prelude::*;

use crate::inside::{
    Inside, btv2, bzv2, codes, said, tar_of, verified, verified_by, verified_from, verified_in, zstd,
};
use crate::support::build;
use crate::support::files::{Files, fixtures};
use crate::support::pieces::Pieces;

const UPGRADED: &str = "real/logs/upgraded-kernels-5-20-29.backup";

fn genuine() -> impl Iterator<Item = &'static str> {
    let names = fixtures().0.keys().map(String::as_str);
    names.filter(|name| name.starts_with("real/"))
}

/// A few transactions of a real database, as a differential backup.
fn small() -> Inside {
    static SMALL: OnceLock<Inside> = OnceLock::new();
    SMALL.get_or_init(|| Inside::of(UPGRADED).only(1, 3000)).clone()
}

/// The same with store files and a dump's container.
fn dump(container: Container) -> Vec<u8> {
    let mut inside = small();
    inside.files.insert(0, ("neostore".into(), vec![7; 700]));
    let tar = inside.tar();
    let bytes: usize = inside.files.iter().map(|(_, bytes)| bytes.len()).sum();
    let record = build::size_record(2, i64::try_from(bytes).expect("small"));
    let stream = || zstd(&[b"zstd", record.as_slice(), &tar].concat());
    match container {
        Container::Dzv1 => [b"DZV1".as_slice(), &stream()].concat(),
        Container::LegacyZstd => stream(),
        Container::Dgv1 => [b"DGV1".as_slice(), &build::gzip(&tar)].concat(),
        Container::LegacyGzip => build::gzip(&tar),
        other => panic!("{other} holds a backup"),
    }
}

#[track_caller]
fn only_problem(found: &Verification, code: Code) -> &str {
    assert_eq!(codes(found), [code], "{}", said(found));
    &found.problems[0].message
}

// Whole files.

/// Entries by role in place of the list of them.
fn summary(found: &Verification) -> serde_json::Value {
    let mut roles: BTreeMap<Role, (u64, u64)> = BTreeMap::new();
    for entry in &found.entries {
        let role = roles.entry(entry.role).or_default();
        *role = (role.0 + 1, role.1 + entry.bytes);
    }
    let mut summary = serde_json::to_value(found).expect("plain data");
    let counted =
        |(role, (files, bytes)): (Role, (u64, u64))| (role.as_str(), format!("{files}, {bytes} bytes"));
    let roles: BTreeMap<_, _> = roles.into_iter().map(counted).collect();
    summary["entries"] = serde_json::to_value(roles).expect("plain data");
    // Some hundred numbers, which the count of transactions sums up.
    if let Some(histogram) = summary.pointer_mut("/logs/histogram/bins") {
        let bins = histogram.as_object().map_or(0, serde_json::Map::len);
        *histogram = bins.into();
    }
    // Whether a map keeps its order depends on what else is built.
    summary.sort_all_objects();
    summary
}

#[test]
fn every_genuine_file_verifies_as_its_snapshot_says() {
    let mut all = BTreeMap::new();
    for name in genuine() {
        let mut source = fixtures();
        let (_, found) = verify(&mut source, &name.into(), Level::L3, &Limits::default(), &mut Silent);
        let found = found.expect("it is an artifact or a dump");
        let newer = name.contains("format-11");
        assert_eq!(found.level, if newer { Level::L2 } else { Level::L3 }, "{name}: {}", said(&found));
        all.insert(name, summary(&found));
    }
    insta::assert_json_snapshot!(all);
}

#[test]
fn the_same_history_in_every_container_holds_the_same() {
    for version in ["5.26.28", "2026.05.0"] {
        let folder = format!("real/neo4j-{version}/formats/");
        let mut contents: BTreeMap<&str, (String, u64, u64)> = BTreeMap::new();
        for name in genuine().filter(|name| name.starts_with(&folder)) {
            let mut source = fixtures();
            let (_, found) = verify(&mut source, &name.into(), Level::L3, &Limits::default(), &mut Silent);
            let found = found.expect("it is sound");
            let kind = name[folder.len()..].split('.').next().expect("a name");
            let seen = (name.to_owned(), found.files, found.file_bytes);
            let first = contents.entry(kind).or_insert_with(|| seen.clone());
            assert_eq!(first.1, seen.1, "{name} and {}", first.0);
            // Dumps were made at different moments: one has a log file's zeros that another has not.
            if kind != "neo4j" {
                assert_eq!(first.2, seen.2, "{name} and {}", first.0);
            }
        }
    }
}

#[test]
fn a_plain_archive_is_sound_and_not_checksummed() {
    let found = verified(small().plain(), Level::L3);
    assert_eq!((found.level, found.checksum), (Level::L3, Checksum::None), "{}", said(&found));
    let found = verified(small().zstd(), Level::L3);
    assert_eq!((found.level, found.checksum), (Level::L3, Checksum::Zstd), "{}", said(&found));
    let found = verified(dump(Container::Dgv1), Level::L3);
    assert_eq!((found.level, found.checksum), (Level::L3, Checksum::Gzip), "{}", said(&found));
}

#[test]
fn a_dump_without_transaction_logs_proves_none() {
    let tar: Vec<u8> = tar_of::file("./neostore", b"x").into_iter().chain(tar_of::END).collect();
    let found = verified([b"DGV1".as_slice(), &build::gzip(&tar)].concat(), Level::L3);
    assert_eq!(found.level, Level::L2);
    only_problem(&found, Code::LogNone);
    assert!(!found.holds());
}

// However the bytes come.

#[test]
fn bytes_one_by_one_and_interrupted_give_the_same_result() {
    let files = [small().zstd(), small().plain(), dump(Container::Dgv1), dump(Container::LegacyZstd)];
    let split = build::split("a.backup", &small().zstd(), 700);
    for files in files.map(|bytes| Files::one("a.backup", bytes)).iter().chain([&split]) {
        let right = verified_in(files, Level::L3);
        assert_eq!(right.level, Level::L3, "{}", said(&right));
        for sizes in [vec![1], vec![0, 1], vec![3, 0, 0, 700], vec![513]] {
            let found = verified_from(&mut Pieces { files, sizes: sizes.clone() }, Level::L3, &mut Silent);
            assert_eq!(comparable(found), comparable(right.clone()), "{sizes:?}");
        }
    }
}

/// Without the count of bytes: how far a decoder's buffer reads ahead is its own affair.
fn comparable(found: Verification) -> Verification {
    Verification { bytes: 0, ..found }
}

/// A file whose disk fails behind `good` bytes.
struct Failing<'f> {
    bytes: &'f [u8],
    good: usize,
    opened: usize,
}

struct FailingStream<'f>(&'f [u8]);

impl<'f> Source for Failing<'f> {
    type Stream = FailingStream<'f>;

    fn open(&mut self, _: &FileName) -> io::Result<(FailingStream<'f>, u64)> {
        self.opened += 1;
        // The header is read first: the disk fails later.
        let good = if self.opened == 1 { self.bytes.len() } else { self.good };
        Ok((FailingStream(&self.bytes[..good]), self.bytes.len() as u64))
    }
}

impl Read for FailingStream<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.read(buffer)? {
            0 if !buffer.is_empty() => Err(io::Error::other("the disk is on fire")),
            count => Ok(count),
        }
    }
}

#[test]
fn a_disk_that_fails_does_not_make_a_file_damaged() {
    for bytes in [small().zstd(), small().plain(), dump(Container::Dgv1), dump(Container::Dzv1)] {
        for good in [5, 20, 400, bytes.len() / 2, bytes.len() - 3, bytes.len()] {
            let mut source = Failing { bytes: &bytes, good, opened: 0 };
            let found = verified_from(&mut source, Level::L3, &mut Silent);
            assert_eq!(
                (codes(&found), found.level),
                (vec![Code::FileIo], Level::L1),
                "{good}: {}",
                said(&found)
            );
            assert!(found.problems[0].message.contains("the disk is on fire"), "{}", said(&found));
            assert_eq!(found.damage, None);
            assert!(!found.summary().is_damaged());
        }
    }
}

/// Takes the first entries, then fails.
struct Full(usize);

impl Visitor for Full {
    fn entry(&mut self, _: &Entry, content: &mut dyn Read) -> io::Result<()> {
        io::copy(content, &mut io::sink())?;
        self.0
            .checked_sub(1)
            .map(|left| self.0 = left)
            .ok_or_else(|| io::Error::other("no space left on device"))
    }
}

#[test]
fn a_host_that_cannot_take_an_entry_does_not_make_the_file_damaged() {
    for bytes in [dump(Container::Dzv1), dump(Container::Dgv1), small().plain()] {
        let found = verified_by(&Files::one("a.backup", bytes), Level::L2, &mut Full(0));
        assert!(found.stopped && found.level == Level::L1);
        assert!(only_problem(&found, Code::FileIo).contains("no space left on device"), "{}", said(&found));
        assert_eq!(found.damage, None);
    }
    // What the content itself says stays the content's.
    let mut cut = small().plain();
    cut.truncate(cut.len() - 1500);
    let found = verified_by(&Files::one("a.backup", cut), Level::L2, &mut Full(9));
    only_problem(&found, Code::PayloadTruncated);
}

/// Counts what it hears and stops at a number of progress reports.
#[derive(Default)]
struct Listener {
    reports: Vec<(u64, u64)>,
    stop_at: usize,
    batches: Vec<Batch>,
}

impl Visitor for Listener {
    fn progress(&mut self, done: u64, total: u64) -> ControlFlow<()> {
        self.reports.push((done, total));
        if self.reports.len() == self.stop_at { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn batch(&mut self, batch: &Batch) {
        self.batches.push(batch.clone());
    }
}

/// A backup of some MiB that do not compress.
fn large() -> Inside {
    let mut inside = small();
    let mut state = 88_172_645_463_325_252_u64;
    let noise = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    });
    inside.files.insert(0, ("neostore.propertystore.db".into(), noise.take(1 << 19).flatten().collect()));
    inside
}

#[test]
fn progress_counts_the_bytes_of_the_file_and_can_stop_the_walk() {
    for bytes in [large().zstd(), large().plain()] {
        let total = bytes.len() as u64;
        let files = Files::one("a.backup", bytes);
        let mut listener = Listener::default();
        let found = verified_by(&files, Level::L3, &mut listener);
        assert!(found.holds(), "{}", said(&found));
        assert_eq!((found.bytes, listener.batches.len() as u64), (total, found.logs.expect("logs").batches));
        assert!(listener.reports.len() >= 4, "one a MiB: {:?}", listener.reports);
        assert!(listener.reports.is_sorted() && listener.reports.iter().all(|(_, of)| *of == total));
        for stop_at in 1..=listener.reports.len() {
            let mut listener = Listener { stop_at, ..Listener::default() };
            let found = verified_by(&files, Level::L3, &mut listener);
            assert!(found.stopped && !found.holds() && found.level == Level::L1, "{}", said(&found));
            assert_eq!((codes(&found), found.damage), (vec![], None), "cancelled is not damaged");
        }
    }
}

// Bits that flip.

/// Whether two decoders that core does not use for bodies read the same bytes from both files without
/// complaint: then nothing was damaged but what nobody reads.
fn decodes_the_same(container: Container, bytes: &[u8], changed: &[u8]) -> bool {
    let body_at = if matches!(container, Container::LegacyGzip | Container::LegacyZstd) { 0 } else { 4 };
    if bytes[..body_at] != changed[..body_at] {
        return false;
    }
    let decode = |bytes: &[u8]| match container.compression() {
        Compression::Zstd => ruzstd_checked(&bytes[body_at..]),
        Compression::Gzip => {
            let options = zune_inflate::DeflateOptions::default().set_confirm_checksum(true);
            zune_inflate::DeflateDecoder::new_with_options(&bytes[body_at..], options).decode_gzip().ok()
        }
        Compression::None => panic!("nothing to decode"),
    };
    decode(changed).is_some_and(|changed| Some(changed) == decode(bytes))
}

/// It computes the checksum and leaves the comparison to its caller.
fn ruzstd_checked(frame: &[u8]) -> Option<Vec<u8>> {
    let mut stream = ruzstd::decoding::StreamingDecoder::new(frame).ok()?;
    let mut decoded = Vec::new();
    stream.read_to_end(&mut decoded).ok()?;
    let stored = stream.decoder.get_checksum_from_data()?;
    (Some(stored) == stream.decoder.get_calculated_checksum()).then_some(decoded)
}

/// Verifies a file that may have lost its magic.
fn level_of(bytes: &[u8], level: Level) -> (Level, Option<Verification>) {
    let files = Files::one("a.backup", bytes);
    let (_, found) = verify(&mut &files, &"a.backup".into(), level, &Limits::default(), &mut Silent);
    (found.as_ref().map_or(Level::L0, |found| found.level), found)
}

/// Flips bits of every `stride`-th byte, one in turn and all of them; each is found by L2, or nobody would
/// notice. Says how many nobody would.
fn flip(what: &str, container: Container, bytes: &[u8], stride: usize) -> usize {
    let mut unnoticed = 0;
    for at in (0..bytes.len()).step_by(stride) {
        for mask in [1 << (at % 8), 0xff] {
            let mut changed = bytes.to_vec();
            changed[at] ^= mask;
            let (level, found) = level_of(&changed, Level::L2);
            let is_error = |problem: &Problem| problem.severity == Severity::Error;
            if level < Level::L2 && found.as_ref().is_none_or(|found| found.problems.iter().any(is_error)) {
                continue;
            }
            // Not found, or disputed, which calls nothing damaged.
            let same = decodes_the_same(container, bytes, &changed);
            assert!(same, "{what}, byte {at} ^ {mask:02x}: {:?}", found.map(|found| said(&found)));
            unnoticed += 1;
        }
    }
    unnoticed
}

#[test]
fn a_flipped_bit_anywhere_in_a_compressed_file_is_found() {
    let made = [
        ("BZV2", Container::Bzv2, small().zstd()),
        ("DZV1", Container::Dzv1, dump(Container::Dzv1)),
        ("legacy zstd", Container::LegacyZstd, dump(Container::LegacyZstd)),
        ("DGV1", Container::Dgv1, dump(Container::Dgv1)),
        ("legacy gzip", Container::LegacyGzip, dump(Container::LegacyGzip)),
    ];
    for (what, container, bytes) in made {
        let unnoticed = flip(what, container, &bytes, 1);
        // The window's size, the unused bit and the single bit that asks for a dictionary of id 0 in zstd;
        // time, system and hints in gzip.
        assert!(unnoticed <= 24, "{what}: {unnoticed} bits make no difference");
    }
}

/// Each byte of the small genuine files; of the others every so many, and all of them with `--release`.
#[test]
fn a_flipped_bit_in_a_genuine_compressed_file_is_found() {
    for name in genuine() {
        let bytes = &fixtures().0[name];
        let container = match fixtures().read(name) {
            Reading::Artifact(artifact) => artifact.container,
            Reading::Dump(dump) => dump.container,
            Reading::Other(other) => panic!("{name} was read as {other:?}"),
        };
        if container.compression() == Compression::None || name.starts_with("real/logs/") {
            continue;
        }
        let stride = match bytes.len() {
            ..1000 => 1,
            len if cfg!(debug_assertions) => len / 12 + 1,
            _ => 1,
        };
        flip(name, container, bytes, stride);
    }
}

// Files that end early.

/// Cuts at every `stride`-th byte; every piece is refused, and the place is said.
fn cut(what: &str, bytes: &[u8], stride: usize) {
    for len in (0..bytes.len()).step_by(stride) {
        let (level, found) = level_of(&bytes[..len], Level::L3);
        assert!(level < Level::L2, "{what} cut to {len} bytes");
        let Some(found) = found else { continue };
        let code = found.problems.first().map(|problem| problem.code);
        assert!(
            matches!(code, Some(Code::PayloadTruncated | Code::HeaderTruncated)),
            "{what} cut to {len} bytes: {}",
            said(&found)
        );
        let damage = found.damage.as_ref().unwrap_or_else(|| panic!("{what} cut to {len}: {}", said(&found)));
        assert!(
            [Code::PayloadTruncated, Code::HeaderTruncated].contains(&damage.code),
            "{what} cut to {len}"
        );
        assert!(damage.offset <= len as u64, "{what} cut to {len}: {}", damage.offset);
        let named = damage.code == Code::HeaderTruncated
            || found
                .problems
                .iter()
                .any(|problem| problem.message.contains(&format!("at byte {}", damage.offset)));
        assert!(named, "{what} cut to {len}: {}", said(&found));
    }
}

#[test]
fn a_file_cut_anywhere_is_truncated_and_never_verified() {
    cut("BZV2", &small().zstd(), 1);
    cut("BTV2", &small().plain(), 1);
    cut("DZV1", &dump(Container::Dzv1), 1);
    cut("DGV1", &dump(Container::Dgv1), 1);
    cut("legacy gzip", &dump(Container::LegacyGzip), 1);
    for name in genuine() {
        let bytes = &fixtures().0[name];
        cut(name, bytes, if bytes.len() < 1000 { 1 } else { bytes.len() / 9 + 1 });
    }
}

#[test]
fn a_plain_archive_cut_between_two_entries_is_not_whole() {
    // As long as every entry is there, nothing but the two zero blocks says that it was written to its end.
    let whole = small().plain();
    for missing in [1, 511, 512, 1023, 1024] {
        let found = verified(whole[..whole.len() - missing].to_vec(), Level::L3);
        assert_eq!(found.level, Level::L1, "{missing}");
        let ended = only_problem(&found, Code::PayloadTruncated);
        assert!(
            ended.contains("two zero blocks") || ended.contains("511 more bytes of a tar header"),
            "{ended}"
        );
        let damage = found.damage.expect("it is damaged");
        assert_eq!((damage.whole_files, damage.layer.as_str(), damage.stream), (1, "tar", Stream::File));
    }
    // In a compressed one the checksum holds: it was written like that.
    let tar = small().tar();
    for missing in [512, 1024] {
        let found = verified(bzv2(&small().metadata, (0, 0), &tar[..tar.len() - missing]), Level::L3);
        assert_eq!((found.level, found.checksum), (Level::L1, Checksum::Zstd));
        only_problem(&found, Code::ArchiveDamaged);
        let remedy = found.problems[0].remedy.as_deref().unwrap_or_default();
        assert!(remedy.contains("it was written like this"), "{remedy}");
    }
}

#[test]
fn a_split_archive_that_ends_early_or_lacks_a_part_is_told_apart() {
    let whole = build::split("a.backup", &large().zstd(), 1 << 20);
    assert!(verified_in(&whole, Level::L3).holds());
    let last = format!("a.backup.{}", whole.0.len() - 1);
    let mut cut = whole.clone();
    cut.0.get_mut(&last).expect("it is there").pop();
    let found = verified_in(&cut, Level::L3);
    only_problem(&found, Code::PayloadTruncated);
    assert_eq!(found.damage.expect("it is damaged").stream, Stream::JoinedParts);
    let found = verified_in(&whole.clone().without(&last), Level::L3);
    only_problem(&found, Code::SplitPartMissing);
    assert_eq!((found.level, found.damage), (Level::L1, None));
}

/// The size record of a genuine backup begins its second block, which the header's reading and the walk both
/// decode.
#[test]
fn damage_near_the_start_of_a_stream_is_told_once() {
    let bytes = &fixtures().0["real/neo4j-2026.05.0/chain/neo4j-2026-03-01T02-00-00.backup"];
    let mut told = 0;
    for at in (241..1064).step_by(23) {
        let mut flipped = bytes.clone();
        flipped[at] ^= 0xff;
        for changed in [flipped, bytes[..at].to_vec()] {
            let found = verified(changed, Level::L3);
            let codes = codes(&found);
            assert!(codes.len() == 1, "byte {at}: {}", said(&found));
            told += usize::from(codes[0].as_str().starts_with("payload."));
        }
    }
    assert!(told > 50, "{told} times in the walk's words");
}

// Decoders that differ.

/// One byte of an entropy table changed: zrip finds the table malformed, ruzstd (and `zstd -dc`) decode it to
/// the same bytes, and the checksum over them holds.
#[test]
fn damage_that_only_one_decoder_sees_is_disputed_and_proves_nothing() {
    let name = "real/neo4j-2026.05.0/chain/neo4j-2026-03-01T02-30-00.backup";
    let bytes = &fixtures().0[name];
    let mut changed = bytes.clone();
    changed[223] ^= 0xff;
    assert!(decodes_the_same(Container::Bzv2, bytes, &changed));
    let found = verified(changed, Level::L3);
    assert_eq!(found.level, Level::L1);
    let disputed = only_problem(&found, Code::PayloadDisputed);
    assert!(disputed.contains("zstd block 2 at byte 97 of the file"), "{disputed}");
    assert!(disputed.contains("another decoder reads all of it, and its checksum holds"), "{disputed}");
    assert!(!found.summary().is_damaged(), "nobody knows that it is");
}

#[test]
fn damage_that_both_decoders_see_is_told_in_the_words_of_both() {
    let mut bytes = small().zstd();
    let checksum = bytes.len() - 4;
    bytes[checksum] ^= 1;
    let found = verified(bytes, Level::L3);
    let damaged = only_problem(&found, Code::PayloadDamaged);
    assert!(damaged.contains(&format!("zstd checksum at byte {checksum} of the file")), "{damaged}");
    assert!(damaged.contains("another decoder says: the content checksum differs"), "{damaged}");
}

// What follows the end.

fn mended(files: &Files) -> Option<Vec<u8>> {
    let mut source = files;
    let name: FileName = "a.backup".into();
    let (reading, found) = verify(&mut source, &name, Level::L2, &Limits::default(), &mut Silent);
    let repair = repair::find(&mut source, &name, &reading, found.as_ref(), &Limits::default());
    let repair = repair.expect("memory can be read")?;
    let (mut stream, _) =
        repair::Mended::new(&mut source, name.clone(), repair).open(&name).expect("it is there");
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).expect("memory can be read");
    Some(bytes)
}

#[test]
fn what_follows_the_end_is_told_with_the_length_that_mends_it() {
    let sound = [
        small().zstd(),
        small().plain(),
        dump(Container::Dzv1),
        dump(Container::Dgv1),
        dump(Container::LegacyZstd),
        dump(Container::LegacyGzip),
    ];
    let older = large().zstd();
    for bytes in sound {
        let is_dump = bytes[0] != b'B';
        let tails: [(&[u8], &str); 5] = [
            (
                &older[1000..90_000],
                if is_dump { "--overwrite-destination" } else { "written over a longer one" },
            ),
            (b"x", if is_dump { "--overwrite-destination" } else { "written over a longer one" }),
            (&older, "another artifact begins there"),
            (&bytes, "another artifact begins there"),
            (&[0; 5000], "zeros only"),
        ];
        for (tail, cause) in tails {
            let with_tail = [bytes.as_slice(), tail].concat();
            let found = verified(with_tail.clone(), Level::L3);
            let is_plain = bytes.starts_with(b"BT");
            if is_plain && tail[0] == 0 {
                // Zeros are how a tar ends.
                assert_eq!(found.level, Level::L3);
                continue;
            }
            assert_eq!(found.level, Level::L1);
            only_problem(&found, Code::PayloadTrailing);
            let damage = found.damage.as_ref().expect("it is named");
            assert_eq!(damage.cut_to, Some(bytes.len() as u64), "{}", said(&found));
            let likely = damage.likely_cause.as_deref().unwrap_or_default();
            // A gzip member has no magic of Neo4j's that could be told from an old tail.
            assert!(likely.contains(cause) || tail.starts_with(b"\x1f\x8b"), "{likely}: expected {cause}");
            assert_eq!(mended(&Files::one("a.backup", with_tail)), Some(bytes.clone()));
        }
    }
    assert_eq!(mended(&Files::one("a.backup", small().zstd())), None, "nothing to mend");
}

#[test]
fn text_in_front_of_an_artifact_is_found_and_cut_off() {
    let bytes = small().zstd();
    let with_text =
        [b"2026-03-01 02:00:00.000+0000 INFO  Dumping database 'neo4j'\n".as_slice(), &bytes].concat();
    let files = Files::one("a.backup", with_text);
    assert_eq!(files.other("a.backup").problem.code, Code::FileStranger);
    assert_eq!(mended(&files), Some(bytes));
}

#[test]
fn data_between_the_tar_and_the_end_of_its_stream_is_told_and_not_cut() {
    let tar = [small().tar(), b"hidden".to_vec()].concat();
    let found = verified(bzv2(&small().metadata, (0, 0), &tar), Level::L3);
    let expected = "found data at byte";
    assert!(only_problem(&found, Code::PayloadTrailing).contains(expected), "{}", said(&found));
    assert_eq!((found.level, found.damage), (Level::L1, None));
}

// How a file was damaged.

fn crlf(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().flat_map(|byte| if *byte == b'\n' { vec![b'\r', b'\n'] } else { vec![*byte] }).collect()
}

#[test]
fn a_transfer_in_text_mode_is_named_as_the_cause() {
    let with_carriage_returns = large().zstd();
    for (bytes, cause) in [
        (crlf(&with_carriage_returns), "every line feed has a carriage return before it"),
        (crlf(&large().plain()), "every line feed has a carriage return before it"),
        (crlf(&fixtures().0["real/neo4j-5.26.28/chain/neo4j-2026-03-01T04-00-00.backup"]), "every line feed"),
        (
            with_carriage_returns.iter().copied().filter(|byte| *byte != b'\r').collect(),
            "it holds no carriage return at all",
        ),
    ] {
        let files = Files::one("a.backup", bytes);
        let (reading, found) =
            verify(&mut &files, &"a.backup".into(), Level::L2, &Limits::default(), &mut Silent);
        let likely = match (found, reading) {
            (Some(found), _) => found.damage.and_then(|damage| damage.likely_cause).unwrap_or_default(),
            // Not even its header can be read.
            (None, Reading::Other(other)) => other.problem.message,
            (None, other) => panic!("{other:?}"),
        };
        assert!(likely.contains(cause), "{likely}");
    }
}

#[test]
fn a_download_that_was_allocated_and_not_finished_is_named() {
    let whole = large().zstd();
    let mut bytes = whole.clone();
    bytes[1 << 20..].fill(0);
    let found = verified(bytes, Level::L2);
    let likely = found.damage.and_then(|damage| damage.likely_cause).unwrap_or_default();
    assert!(likely.contains(&format!("its last {} bytes are zeros", whole.len() - (1 << 20))), "{likely}");
    let found = verified(whole[..1 << 20].to_vec(), Level::L2);
    let likely = found.damage.and_then(|damage| damage.likely_cause).unwrap_or_default();
    assert!(likely.contains("the copy or upload broke off"), "{likely}");
}

// Lies in the archive.

/// A backup around this tar, declared to be so many files and bytes.
fn around(tar: &[u8], declared: (i64, i64)) -> [Vec<u8>; 2] {
    let metadata = small().metadata;
    [btv2(&metadata, tar), bzv2(&metadata, declared, tar)]
}

fn tar(entries: &[Vec<u8>]) -> Vec<u8> {
    entries.iter().flatten().copied().chain(tar_of::END).collect()
}

#[test]
fn a_size_record_that_lies_either_way_is_an_error_and_zeros_mean_not_counted() {
    let inside = small();
    let bytes = i64::try_from(inside.files[0].1.len()).expect("small");
    for (declared, lies) in [
        ((1, bytes), false),
        ((0, 0), false),
        ((1, bytes + 1), true),
        ((1, bytes - 1), true),
        ((2, bytes), true),
        ((1, 0), true),
        ((0, 1), true),
        ((i64::MAX, i64::MAX), true),
    ] {
        let found = verified(bzv2(&inside.metadata, declared, &inside.tar()), Level::L3);
        assert_eq!(found.level, if lies { Level::L1 } else { Level::L3 }, "{declared:?}: {}", said(&found));
        assert_eq!(codes(&found), if lies { vec![Code::ArchiveSize] } else { vec![] }, "{declared:?}");
    }
    for declared in [(-1, 0), (0, i64::MIN)] {
        let found = verified(bzv2(&inside.metadata, declared, &inside.tar()), Level::L3);
        // Its checksum holds, so that no decoder is to blame.
        assert_eq!((found.level, found.checksum), (Level::L1, Checksum::Zstd), "{}", said(&found));
        assert!(
            only_problem(&found, Code::HeaderUnexpected).contains("a count of 0 or more"),
            "{}",
            said(&found)
        );
    }
}

/// Notes the files it is handed.
#[derive(Default)]
struct Handed(Vec<String>);

impl Visitor for Handed {
    fn entry(&mut self, entry: &Entry, _: &mut dyn Read) -> io::Result<()> {
        self.0.push(entry.path.clone());
        Ok(())
    }
}

#[test]
fn paths_that_leave_their_folder_are_told_and_handed_to_nobody() {
    let long = format!("../{}", "a".repeat(200));
    let through_pax = |path: &[u8]| [tar_of::pax(&[("path", path)]), tar_of::file("innocent", b"x")].concat();
    let through_gnu = |path: &[u8]| {
        let name = [path, b"\0"].concat();
        [tar_of::entry(b"././@LongLink", b'L', &name), tar_of::file("innocent", b"x")].concat()
    };
    let evil = [
        tar_of::file("../neostore", b"x"),
        tar_of::file("a/../../neostore", b"x"),
        tar_of::file("/etc/passwd", b"x"),
        tar_of::file("\\\\host\\share", b"x"),
        tar_of::file("..\\neostore", b"x"),
        tar_of::file("C:\\neostore", b"x"),
        tar_of::file("c:neostore", b"x"),
        tar_of::file("../neostore.transaction.db.0", b"x"),
        through_pax(b"../../x"),
        through_pax(b"/x"),
        through_pax(b"neostore\0.png"),
        through_gnu(long.as_bytes()),
        tar_of::entry(b"neostore", b'1', b""),
        tar_of::entry(b"neostore", b'2', b""),
        tar_of::entry(b"neostore", b'3', b""),
        tar_of::entry(b"neostore", b'4', b""),
        tar_of::entry(b"neostore", b'6', b""),
        tar_of::folder("../folder/"),
    ];
    for (which, entry) in evil.iter().enumerate() {
        for bytes in around(&tar(&[tar_of::file("./good", b"y"), entry.clone()]), (0, 0)) {
            let mut handed = Handed::default();
            let found = verified_by(&Files::one("a.backup", bytes), Level::L2, &mut handed);
            only_problem(&found, Code::ArchivePath);
            assert_eq!(
                (found.level, handed.0.as_slice()),
                (Level::L1, ["good".to_owned()].as_slice()),
                "{which}"
            );
            assert!(found.problems[0].message.contains("it is not extracted"));
        }
    }
}

#[test]
fn long_names_and_sizes_of_both_kinds_read_as_they_are() {
    let name = format!("schema/index/{}", "long-".repeat(60));
    let gnu = [
        tar_of::entry(b"././@LongLink", b'L', [name.as_bytes(), b"\0"].concat().as_slice()),
        tar_of::file("short", b"gnu"),
    ];
    let pax = [tar_of::pax(&[("path", name.as_bytes()), ("size", b"3"), ("mtime", b"-12.5")]), {
        // What the header says gives way.
        let mut entry = tar_of::header(b"short", b'0', 0);
        entry.extend(b"pax");
        entry.resize(1024, 0);
        entry
    }];
    let mut binary = [0; 12];
    binary[0] = 0x80;
    binary[11] = 3;
    let base256 = [tar_of::with_size(b"binary", b'0', &binary), [b"bin".as_slice(), &[0; 509]].concat()];
    let prefixed = {
        let mut header = tar_of::header(b"index-3", b'0', 0);
        header[345..345 + 20].copy_from_slice(b"schema/index/range/3");
        tar_of::summed(header)
    };
    let mut entries: Vec<Vec<u8>> = Vec::new();
    entries.extend(gnu);
    entries.extend(base256);
    entries.push(prefixed);
    let first = tar(&entries);
    let second = tar(&pax);
    for bytes in around(&first, (3, 6)) {
        let found = verified(bytes, Level::L2);
        assert_eq!(codes(&found), [], "{}", said(&found));
        let paths: Vec<_> = found.entries.iter().map(|entry| (entry.path.as_str(), entry.bytes)).collect();
        assert_eq!(paths, [(name.as_str(), 3), ("binary", 3), ("schema/index/range/3/index-3", 0)]);
    }
    for bytes in around(&second, (1, 3)) {
        let found = verified(bytes, Level::L2);
        assert_eq!(codes(&found), [], "{}", said(&found));
        let entry = &found.entries[0];
        assert_eq!((entry.path.as_str(), entry.bytes, entry.modified), (name.as_str(), 3, Some(-12)));
    }
}

#[test]
fn a_tar_that_lies_about_its_structure_is_damaged_and_bounded() {
    let over = |len: u64| tar_of::header(b"./PaxHeaders.X/_", b'x', len);
    let huge = tar_of::header(b"neostore", b'0', 0o777_7777_7777);
    let mut negative = [0xff; 12];
    negative[0] = 0xff;
    let mut wrong_sum = tar_of::file("neostore", b"x");
    wrong_sum[0] ^= 1;
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("a pax header of 2 GiB", over(2 << 30), "a pax header of at most"),
        ("a GNU name of 2 GiB", tar_of::header(b"././@LongLink", b'L', 2 << 30), "a pax header of at most"),
        ("a pax header that ends early", over(5000), "more bytes of a pax header"),
        ("a file of 8 GiB that is not there", huge, "more bytes of an entry"),
        ("a size of 2^95", tar_of::with_size(b"neostore", b'0', &negative), "a size in octal digits"),
        (
            "a size in letters",
            tar_of::with_size(b"neostore", b'0', b"one hundred\0"),
            "a size in octal digits",
        ),
        ("another checksum", wrong_sum, "a tar header whose checksum holds"),
        (
            "a pax size beyond the end",
            [tar_of::pax(&[("size", b"99999999999999")]), tar_of::file("neostore", b"x")].concat(),
            "more bytes of an entry",
        ),
        (
            "a pax size that is none",
            [tar_of::pax(&[("size", b"-1")]), tar_of::file("neostore", b"x")].concat(),
            "pax records",
        ),
        (
            "a pax size that wraps round",
            [tar_of::pax(&[("size", b"18446744073709551615")]), tar_of::file("neostore", b"x")].concat(),
            "more bytes of an entry",
        ),
        (
            "a pax record longer than its header",
            [tar_of::entry(b"_", b'x', b"99 path=x\n"), tar_of::file("neostore", b"x")].concat(),
            "pax records",
        ),
        (
            "a pax record of no length",
            [tar_of::entry(b"_", b'x', b"0 path=x\n"), tar_of::file("neostore", b"x")].concat(),
            "pax records",
        ),
        (
            "a path of 5,000 bytes",
            [tar_of::pax(&[("path", &[b'a'; 5000])]), tar_of::file("x", b"x")].concat(),
            "a path of at most 4096 bytes",
        ),
        ("zeros, then a file", [vec![0; 512], tar_of::file("neostore", b"x")].concat(), "found data at byte"),
    ];
    for (what, entry, expected) in cases {
        for bytes in around(&tar(&[tar_of::file("./good", b"y"), entry.clone()]), (0, 0)) {
            let is_plain = bytes.starts_with(b"BT");
            let found = verified(bytes, Level::L2);
            assert_eq!((found.level, found.problems.len()), (Level::L1, 1), "{what}: {}", said(&found));
            assert!(found.problems[0].message.contains(expected), "{what}: {}", said(&found));
            let code = found.problems[0].code;
            let ended = expected.contains("more bytes");
            let right = match code {
                Code::PayloadTruncated => ended && is_plain,
                Code::ArchiveDamaged => !ended || !is_plain,
                Code::PayloadTrailing => expected.contains("found data"),
                _ => false,
            };
            assert!(right, "{what}: {}", said(&found));
            assert!(
                found.files <= 1 && found.damage.is_some() == (code != Code::PayloadTrailing || is_plain),
                "{what}"
            );
        }
    }
}

#[test]
fn an_entry_that_is_there_twice_is_told() {
    let twice = [
        tar_of::file("./neostore", b"1"),
        tar_of::file("neostore", b"2"),
        tar_of::folder("./"),
        tar_of::folder("./"),
    ];
    for bytes in around(&tar(&twice), (2, 2)) {
        let found = verified(bytes, Level::L2);
        assert!(only_problem(&found, Code::ArchiveDuplicate).contains("`neostore` is in the archive twice"));
        assert_eq!((found.level, found.folders), (Level::L2, 2));
    }
    let mut inside = small();
    let log = inside.files[0].1.clone();
    inside.files.push(("./x/neostore.transaction.db.1".into(), log));
    let found = inside.verified();
    assert_eq!((found.level, codes(&found)), (Level::L2, vec![Code::LogGap]), "{}", said(&found));
}

#[test]
fn a_thousand_findings_of_one_kind_are_a_hundred_and_a_count() {
    let links: Vec<_> =
        (0..1000).map(|at| tar_of::entry(format!("link-{at}").as_bytes(), b'2', b"")).collect();
    for bytes in around(&tar(&links), (0, 0)) {
        let found = verified(bytes, Level::L2);
        assert_eq!((found.problems.len(), found.entries.len()), (101, 1000));
        assert_eq!(found.problems[100].message, "and 900 more of this kind");
        assert_eq!(found.level, Level::L1);
    }
}

#[test]
fn a_file_that_changes_between_two_readings_is_disputed() {
    struct Changing(Vec<Vec<u8>>);
    impl Source for Changing {
        type Stream = io::Cursor<Vec<u8>>;
        fn open(&mut self, _: &FileName) -> io::Result<(Self::Stream, u64)> {
            let bytes = if self.0.len() > 1 { self.0.remove(0) } else { self.0[0].clone() };
            let size = bytes.len() as u64;
            Ok((io::Cursor::new(bytes), size))
        }
    }
    let mut other = small();
    other.metadata.lowest += 1;
    for (first, second) in [(small().zstd(), other.zstd()), (small().plain(), other.plain())] {
        let found = verified_from(&mut Changing(vec![first, second]), Level::L2, &mut Silent);
        only_problem(&found, Code::PayloadDisputed);
        assert_eq!(found.level, Level::L1);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Bytes changed, cut out or put in anywhere: a verdict, never a panic; and what is verified in a
    /// compressed file is what was there.
    #[test]
    fn whatever_happens_to_a_file_it_is_judged(
        which in 0_usize..5,
        changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>(), 0_usize..3), 1..6),
    ) {
        let containers = [Container::Bzv2, Container::Btv2, Container::Dzv1, Container::Dgv1, Container::LegacyGzip];
        let container = containers[which];
        let whole = match container {
            Container::Bzv2 => small().zstd(),
            Container::Btv2 => small().plain(),
            other => dump(other),
        };
        let mut bytes = whole.clone();
        for (at, byte, how) in changes {
            let at = at.index(bytes.len());
            match how {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                _ => { bytes.truncate(at.max(1)); }
            }
        }
        let (level, found) = level_of(&bytes, Level::L3);
        if level >= Level::L2 && container.compression() != Compression::None {
            prop_assert!(decodes_the_same(container, &whole, &bytes), "{:?}", found.map(|found| said(&found)));
        }
    }
}
