//! Records of checkpoint files: from where recovery would start. docs/format.md, "Checkpoint records".

use std::io::{self, Read};

use crc32c::crc32c;

use super::buffered::Buffered;
use super::entry::{CHECKPOINT, kernel_name};
use super::header::Header;
use super::{Damage, End, LogFile};

/// Bytes of a record of kernel 5 and later.
const LEN: u64 = 232;
/// Bytes of a record of kernels 2 to 4.
const OLD_LEN: u64 = 192;
/// Records kept of one artifact: Neo4j keeps three files of 1 MiB, which hold fewer than this.
const KEPT: usize = 1 << 16;

/// A checkpoint: everything before its position is in the store files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    /// The checkpoint file and the record's place in it.
    pub(super) file: u64,
    pub(super) at: u64,
    pub(super) kernel: u8,
    /// The log position right behind its transaction.
    pub(super) log: u64,
    pub(super) offset: u64,
    /// Where the oldest transaction not completed began; recovery starts there.
    pub(super) oldest: (u64, u64),
    pub(super) time_ms: i64,
    pub(super) tx: i64,
    pub(super) append_index: i64,
    pub(super) checksum: u32,
    pub(super) commit_time_ms: i64,
    pub(super) reason: String,
}

/// Offsets of fields that moved between kernels.
struct Layout {
    oldest: Option<usize>,
    time: usize,
    tx: usize,
    append_index: Option<usize>,
    checksum: usize,
    commit_time: usize,
    reason: usize,
}

fn layout(kernel: u8) -> Layout {
    let (oldest, time, tx, append_index, checksum, commit_time, reason) = match kernel {
        ..=5 => (None, 18, 90, None, 98, 102, 110),
        6..=16 => (None, 18, 90, None, 98, 102, 118),
        17 => (None, 18, 90, Some(98), 107, 111, 135),
        _ => (Some(18), 34, 106, Some(114), 123, 127, 151),
    };
    Layout { oldest, time, tx, append_index, checksum, commit_time, reason }
}

impl Record {
    /// Reads the first 228 bytes of a record; its checksum is the caller's to judge.
    pub(super) fn parse(bytes: &[u8], file: u64, at: u64) -> Option<Self> {
        let kernel = *bytes.first()?;
        let i64_at = |at: usize| Some(i64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?));
        let u64_at = |at: usize| i64_at(at).and_then(|value| u64::try_from(value).ok());
        let layout = layout(kernel);
        let (log, offset) = (u64_at(2)?, u64_at(10)?);
        let oldest = match layout.oldest {
            Some(at) => (u64_at(at)?, u64_at(at + 8)?),
            None => (log, offset),
        };
        let tx = i64_at(layout.tx)?;
        let reason_len = bytes.get(layout.reason..layout.reason + 2)?;
        let reason_len = usize::from(u16::from_le_bytes(reason_len.try_into().ok()?));
        let reason = bytes.get(layout.reason + 2..)?;
        let reason = &reason[..reason.len().min(reason_len)];
        Some(Self {
            file,
            at,
            kernel,
            log,
            offset,
            oldest,
            time_ms: i64_at(layout.time)?,
            tx,
            append_index: layout.append_index.map_or(Some(tx), i64_at)?,
            checksum: u32::from_le_bytes(bytes.get(layout.checksum..layout.checksum + 4)?.try_into().ok()?),
            commit_time_ms: i64_at(layout.commit_time)?,
            reason: String::from_utf8_lossy(reason).trim_end_matches('\0').to_owned(),
        })
    }

    /// The record in an envelope: its payload has everything but the kernel byte and the checksum.
    pub(super) fn from_envelope(kernel: u8, payload: &[u8], file: u64, at: u64) -> Option<Self> {
        if payload.first() != Some(&CHECKPOINT) {
            return None;
        }
        Self::parse(&[&[kernel], payload].concat(), file, at)
    }
}

/// Adds a record, up to the ceiling.
pub(super) fn keep(records: &mut Vec<Record>, record: Record) {
    if records.len() < KEPT {
        records.push(record);
    }
}

/// Walks a checkpoint file of formats 6 to 9: records back to back, then zeros or the end.
pub(super) fn walk<R: Read>(
    input: &mut Buffered<R>,
    header: &Header,
    file: &mut LogFile,
    records: &mut Vec<Record>,
) -> io::Result<()> {
    let mut at = header.data_at;
    loop {
        input.release(at);
        let head = input.peek(at, LEN)?;
        let Some(kernel) = head.first().copied() else {
            file.end = End::Eof;
            break;
        };
        if kernel == 0 {
            file.end = match input.first_data(at)? {
                None => End::Zeros { from: at, bytes: input.end() - at },
                Some(found) => {
                    file.damage.push(Damage::Garbage { at: found, after: at });
                    End::Damaged
                }
            };
            break;
        }
        // Kernels before 5 have another layout, big-endian, and no transaction in it: passed over.
        if kernel < 5 {
            at += OLD_LEN;
            continue;
        }
        if kernel_name(kernel).is_none() {
            file.unknown_kernel.get_or_insert(kernel);
        }
        let whole = head.len() as u64 == LEN;
        let stored = head.get(228..232).map(|bytes| u32::from_le_bytes(bytes.try_into().unwrap_or_default()));
        if !whole || stored != Some(crc32c(&head[..228])) || head[1] != CHECKPOINT {
            let zeros = input.end() - input.data_end().max(at);
            let bytes = input.data_end().saturating_sub(at);
            file.damage.push(if whole {
                Damage::CheckpointChecksum { at }
            } else {
                Damage::Torn { at, bytes, zeros }
            });
            if !whole {
                file.end = End::Damaged;
                break;
            }
        } else if let Some(record) = Record::parse(&head[..228], file.number, at) {
            file.batches += 1;
            keep(records, record);
        }
        at += LEN;
    }
    input.drain()?;
    file.bytes = input.end();
    Ok(())
}
