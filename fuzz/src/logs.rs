//! Targets for what is inside an archive: the tar, and transaction logs as they come or with checksums that
//! hold, so that what stands behind a checksum is reached too.

use std::io::{self, Read};

use graphkeep_core::container::Container;
use graphkeep_core::log::{Batch, Expected, LogName, LogReport, Logs};
use graphkeep_core::metadata::{Flags, Metadata};
use graphkeep_core::problem::{Code, Problem};
use graphkeep_core::progress::{Silent, Visitor};
use graphkeep_core::report::{BackupType, Level};
use graphkeep_core::store_id::StoreId;
use graphkeep_core::time::UtcTime;
use graphkeep_core::wire::Writer;
use graphkeep_core::{Limits, archive, verify};
use uuid::Uuid;

use super::{NAME, one, survives_json};

/// Files of one input.
const FILES: usize = 6;
/// Bytes of a segment here: small, so that envelopes are cut often.
const SEGMENT: usize = 256;

fn store_id() -> StoreId {
    StoreId {
        creation_time_ms: 1,
        random: 2,
        engine: "record".into(),
        format: "aligned".into(),
        major: 1,
        minor: 1,
    }
}

/// Holds what must be true of entries that are handed out.
struct Contents(u64);

impl Visitor for Contents {
    fn entry(&mut self, entry: &archive::Entry, content: &mut dyn Read) -> io::Result<()> {
        assert!(archive::is_enclosed(&entry.path), "{entry:?}");
        let count = io::copy(content, &mut io::sink())?;
        assert_eq!(count, entry.bytes, "{entry:?}");
        self.0 += count;
        Ok(())
    }
}

/// Any bytes as the tar of a plain backup.
pub fn tar(data: &[u8]) {
    let metadata = Metadata {
        store_id: store_id(),
        database_id: Uuid::from_u128(1),
        database_name: "neo4j".into(),
        backup_time: UtcTime(0),
        lowest: 2,
        highest: 3,
        flags: Flags::default(),
        map: None,
    };
    let mut to = Writer::default();
    to.raw(Container::Btv1.name().as_bytes());
    metadata.write(&mut to).expect("it is small");
    to.raw(data);
    let files = one(&to.into_bytes());
    let mut contents = Contents(0);
    let (_, found) = verify::verify(&mut &files, &NAME.into(), Level::L2, &Limits::default(), &mut contents);
    let found = found.expect("its header is sound");
    assert!(contents.0 <= data.len() as u64 && found.decoded <= data.len() as u64);
    if found.level == Level::L2 {
        assert!(data.len() >= 1024, "a tar ends in two blocks of zeros");
        assert!(found.entries.iter().all(|entry| archive::is_enclosed(&entry.path)), "{:?}", found.entries);
    }
    survives_json(&found);
    let (_, deeper) = verify::verify(&mut &files, &NAME.into(), Level::L3, &Limits::default(), &mut Silent);
    let deeper = deeper.expect("its header is sound");
    assert_eq!(
        (deeper.files, deeper.file_bytes, deeper.damage),
        (found.files, found.file_bytes, found.damage)
    );
}

/// Gives a few bytes at a time.
struct Slowly<'b>(&'b [u8]);

impl Read for Slowly<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let len = buffer.len().min(7);
        self.0.read(&mut buffer[..len])
    }
}

fn expected() -> Expected {
    let store_id = Some(store_id());
    Expected { kind: Some(BackupType::Full), lowest: Some(1), highest: Some(12), store_id }
}

fn walked<'f>(files: impl Iterator<Item = &'f (LogName, Vec<u8>)>, slowly: bool) -> LogReport {
    let mut logs = Logs::new(expected());
    let mut batches = 0;
    for (name, bytes) in files {
        let path = match name {
            LogName::Transactions(number) => format!("neostore.transaction.db.{number}"),
            LogName::Checkpoints(number) => format!("checkpoint.{number}"),
        };
        let mut each = |batch: &Batch| {
            assert!(batch.at < batch.end && batch.end <= bytes.len() as u64, "{batch:?}");
            batches += 1;
        };
        let walk = if slowly {
            logs.file(&path, *name, Slowly(bytes), &mut each)
        } else {
            logs.file(&path, *name, bytes.as_slice(), &mut each)
        };
        walk.expect("memory can be read");
    }
    let report = logs.finish(&mut |_| batches += 1);
    assert_eq!(report.batches, batches);
    report
}

/// Walks files in several ways: all of them say the same.
fn judge(files: &[(LogName, Vec<u8>)]) -> LogReport {
    let report = walked(files.iter(), false);
    assert!(report.transactions <= report.batches && report.checkpoints_agreed <= report.checkpoints);
    assert!(report.problems.len() < 2000);
    assert_eq!(report.histogram.bins.values().sum::<u64>(), report.transactions);
    survives_json(&report);
    assert_eq!(walked(files.iter(), true), report, "bytes may come in pieces");
    let mut names: Vec<_> = files.iter().map(|(name, _)| format!("{name:?}")).collect();
    names.sort();
    names.dedup();
    if names.len() == files.len() {
        assert_eq!(walked(files.iter().rev(), false), report, "files may come in any order");
    }
    report
}

/// The header of a log: 128 bytes in formats 8 and 9, a small segment in 10 and 11.
fn header(format: u8, number: u64, last: i64, previous: u32) -> Vec<u8> {
    let mut to = Writer::default();
    to.i64(i64::from(format) << 56 | i64::try_from(number).unwrap_or_default());
    if format == 9 {
        to.i64(last);
    }
    to.i64(last);
    if format == 11 {
        to.i64(2);
    } else {
        let mut id = Writer::default();
        store_id().write(&mut id).expect("it is small");
        let mut id = id.into_bytes();
        id.resize(64, 0);
        to.raw(&id);
    }
    if format >= 10 {
        to.i32(i32::try_from(SEGMENT).expect("small"));
        to.raw(&previous.to_be_bytes());
        to.i64(-1);
        to.u8(29);
    }
    let mut bytes = to.into_bytes();
    bytes.resize(if format >= 10 { SEGMENT } else { 128 }, 0);
    bytes
}

/// Any bytes as logs: a byte for each file says what it is and whether its header is ours, the next how long.
pub fn log(data: &[u8]) {
    let mut files = Vec::new();
    let mut rest = data;
    while let [what, len, more @ ..] = rest
        && files.len() < FILES
    {
        let (bytes, behind) = more.split_at(more.len().min(usize::from(*len) * 8));
        rest = behind;
        let number = u64::from(what >> 5 & 3);
        let name = if what & 1 == 0 { LogName::Transactions(number) } else { LogName::Checkpoints(number) };
        let bytes = match what >> 1 & 7 {
            format @ 0..=3 => [header(8 + format, number, 1, 0xdead_5eed), bytes.to_vec()].concat(),
            _ => bytes.to_vec(),
        };
        files.push((name, bytes));
    }
    judge(&files);
}

/// What the next entry says of itself.
struct State {
    kernel: u8,
    index: i64,
    tx: i64,
    previous: u32,
}

/// Any bytes as instructions to write logs whose checksums hold, with a lie here and there.
pub fn batches(data: &[u8]) {
    let mut input = data;
    let mut next = || {
        let (first, rest) = input.split_first()?;
        input = rest;
        Some(*first)
    };
    let Some(format) = next().map(|byte| 8 + byte % 4) else { return };
    let kernels = [5_u8, 16, 17, 20, 21, 22, 29, 254];
    let kernel = kernels[usize::from(next().unwrap_or_default()) % kernels.len()];
    let mut state = State { kernel, index: 1, tx: 1, previous: 0xdead_5eed };
    let mut files = vec![(LogName::Transactions(0), header(format, 0, 1, state.previous))];
    let mut checkpoints = header(format, 0, 0, 0xdead_5eed);
    let mut lies = false;
    while let Some(what) = next() {
        let (number, is_room) = (files.len() as u64 - 1, files.len() < FILES);
        let (_, log) = files.last_mut().expect("there is one");
        // A number now and then that does not follow.
        let mut follows = |number: i64, odd: bool| {
            lies |= odd;
            if odd { number.wrapping_add(i64::from(what)) } else { number }
        };
        match what % 16 {
            0..=6 => {
                let len = usize::from(next().unwrap_or_default());
                let payload: Vec<u8> = std::iter::from_fn(&mut next).take(len).collect();
                state.index = follows(state.index.wrapping_add(1), what & 0x81 == 0x81);
                state.tx = follows(state.tx.wrapping_add(1), what & 0x82 == 0x82);
                if what & 0xc0 == 0x40 {
                    state.previous ^= 1;
                    lies = true;
                }
                if format >= 10 {
                    envelopes(log, &mut state, &payload);
                } else {
                    transaction(log, &mut state, &payload);
                }
                continue;
            }
            11 | 12 if is_room => {
                let header = header(format, number + 1, state.index, state.previous);
                files.push((LogName::Transactions(number + 1), header));
                continue;
            }
            7 => log.push(next().unwrap_or_default()),
            8 => {
                let at = log.len().saturating_sub(1 + usize::from(next().unwrap_or_default()));
                if let Some(byte) = log.get_mut(at) {
                    *byte ^= what | 1;
                }
            }
            9 => log.extend([0; 40]),
            10 => log.truncate(log.len().saturating_sub(usize::from(next().unwrap_or_default()))),
            _ => record(&mut checkpoints, format, (number, log.len() as u64), &state),
        }
        lies = true;
    }
    let count = state.index.wrapping_sub(1);
    files.push((LogName::Checkpoints(0), checkpoints));
    let report = judge(&files);
    if !lies {
        assert_eq!((i64::try_from(report.batches).ok(), report.transactions), (Some(count), report.batches));
        // The promise is 12, and kernel 254 is nobody's.
        let known = |problem: &Problem| [Code::LogRange, Code::LogNewer].contains(&problem.code);
        assert!(report.problems.iter().all(known), "{:#?}", report.problems);
    }
}

fn summed(mut bytes: Vec<u8>) -> Vec<u8> {
    let sum = crc32c::crc32c(&bytes);
    bytes.extend(sum.to_le_bytes());
    bytes
}

fn transaction(log: &mut Vec<u8>, state: &mut State, payload: &[u8]) {
    let kernel = state.kernel;
    let mut bytes = vec![kernel, 1];
    bytes.extend(1000_i64.to_le_bytes());
    bytes.extend(state.tx.wrapping_sub(1).to_le_bytes());
    if kernel <= 21 {
        bytes.extend(state.previous.to_le_bytes());
    }
    if kernel >= 17 {
        bytes.extend(state.index.to_le_bytes());
    }
    bytes.extend(0_i32.to_le_bytes());
    bytes.extend([kernel, 3]);
    bytes.extend(payload);
    bytes.extend([kernel, 5]);
    bytes.extend(state.tx.to_le_bytes());
    bytes.extend(1000_i64.to_le_bytes());
    let bytes = summed(bytes);
    state.previous = u32::from_le_bytes(*bytes.last_chunk().expect("it ends in a checksum"));
    log.extend(bytes);
}

/// A batch in as many envelopes as its segments ask for.
fn envelopes(log: &mut Vec<u8>, state: &mut State, payload: &[u8]) {
    let mut entries = vec![1];
    entries.extend(1000_i64.to_le_bytes());
    entries.extend(state.tx.wrapping_sub(1).to_le_bytes());
    entries.extend(0_i32.to_le_bytes());
    entries.push(3);
    entries.extend(payload);
    entries.push(5);
    entries.extend(state.tx.to_le_bytes());
    entries.extend(1000_i64.to_le_bytes());
    let mut left = entries.as_slice();
    let mut begun = false;
    while !left.is_empty() {
        let room = SEGMENT - log.len() % SEGMENT;
        if room < 44 {
            log.resize(log.len() + room, 0);
            continue;
        }
        let (piece, rest) = left.split_at(left.len().min(room - 31));
        left = rest;
        let kind = match (begun, rest.is_empty()) {
            (false, true) => 1,
            (false, false) => 2,
            (true, false) => 3,
            (true, true) => 4,
        };
        begun = true;
        envelope(log, kind, state, piece);
    }
}

fn envelope(log: &mut Vec<u8>, kind: u8, state: &mut State, payload: &[u8]) {
    let mut bytes = vec![kind];
    bytes.extend(u32::try_from(payload.len()).expect("small").to_le_bytes());
    bytes.extend(state.index.to_le_bytes());
    bytes.push(state.kernel);
    bytes.extend(state.previous.to_le_bytes());
    bytes.extend((-1_i64).to_le_bytes());
    bytes.push(64);
    bytes.extend(payload);
    state.previous = crc32c::crc32c(&bytes);
    log.extend(state.previous.to_le_bytes());
    log.extend(bytes);
}

/// A checkpoint record as kernels from 18 on write it.
fn record(log: &mut Vec<u8>, format: u8, (number, offset): (u64, u64), state: &State) {
    let mut bytes = vec![0; 228];
    bytes[..2].copy_from_slice(&[state.kernel, 9]);
    let mut put = |at: usize, number: u64| bytes[at..at + 8].copy_from_slice(&number.to_le_bytes());
    for at in [2, 18] {
        put(at, number);
        put(at + 8, offset);
    }
    put(106, state.tx.cast_unsigned());
    put(114, state.index.cast_unsigned());
    put(127, 1000);
    put(143, state.index.cast_unsigned());
    bytes[123..127].copy_from_slice(&state.previous.to_le_bytes());
    if format < 10 {
        log.extend(summed(bytes));
    } else {
        // Segments here are smaller than a whole record: its reason is cut.
        let mut state = State { previous: 0xdead_5eed, ..*state };
        envelope(log, 1, &mut state, &bytes[1..225]);
    }
}
