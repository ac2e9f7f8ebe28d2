//! Records of checkpoint files: from where recovery would start. docs/format.md, "Checkpoint records".

use std::collections::{HashMap, VecDeque};
use std::io::{self, Read};

use crc32c::crc32c;

use super::buffered::Buffered;
use super::entry::{CHECKPOINT, is_known};
use super::header::Header;
use super::{Batch, Damage, End, LogFile};

/// Bytes of a record of kernel 5 and later.
const LEN: u64 = 232;
/// Bytes of a record of kernels 2 to 4.
const OLD_LEN: u64 = 192;
/// Records kept of one artifact: Neo4j keeps three files of 1 MiB, which hold fewer than this.
const KEPT: usize = 1 << 16;
/// Batches remembered for records that come after their log in the archive.
const RECENT: usize = 1 << 16;

/// A checkpoint: everything before its position is in the store files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    /// The checkpoint file and the record's place in it.
    pub(super) file: u64,
    pub(super) at: u64,
    pub(super) kernel: u8,
    /// The log position behind batch `reached`.
    pub(super) log: u64,
    pub(super) offset: u64,
    /// Where the oldest transaction not completed began; recovery starts there.
    pub(super) oldest: (u64, u64),
    pub(super) time_ms: i64,
    pub(super) tx: i64,
    pub(super) append_index: i64,
    /// The last batch before the position, where the record says it. It may be an earlier one than the
    /// transaction's: with several writers Neo4j takes the two numbers at different moments.
    pub(super) reached: Option<i64>,
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
    reached: Option<usize>,
    reason: usize,
}

fn layout(kernel: u8) -> Layout {
    let (oldest, time, tx, append_index, checksum, commit_time, reached, reason) = match kernel {
        ..=5 => (None, 18, 90, None, 98, 102, None, 110),
        6..=16 => (None, 18, 90, None, 98, 102, None, 118),
        17 => (None, 18, 90, Some(98), 107, 111, Some(127), 135),
        _ => (Some(18), 34, 106, Some(114), 123, 127, Some(143), 151),
    };
    Layout { oldest, time, tx, append_index, checksum, commit_time, reached, reason }
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
            reached: layout.reached.and_then(i64_at),
            checksum: u32::from_le_bytes(bytes.get(layout.checksum..layout.checksum + 4)?.try_into().ok()?),
            commit_time_ms: i64_at(layout.commit_time)?,
            reason: String::from_utf8_lossy(reason).trim_end_matches('\0').to_owned(),
        })
    }

    /// The last batch that is in the store files for certain.
    pub(super) fn contained(&self) -> i64 {
        self.reached.map_or(self.append_index, |reached| reached.min(self.append_index))
    }

    /// The record in an envelope: its payload has everything but the kernel byte and the checksum.
    pub(super) fn from_envelope(kernel: u8, payload: &[u8], file: u64, at: u64) -> Option<Self> {
        if payload.first() != Some(&CHECKPOINT) {
            return None;
        }
        Self::parse(&[&[kernel], payload].concat(), file, at)
    }
}

/// Whether offsets in the logs are those that records name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Places {
    Own,
    /// Logs were cut: only numbers, checksums and times are comparable.
    Moved,
}

/// What a record has in common with the batch that it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Named {
    end: (u64, u64),
    checksum: u32,
    time_ms: i64,
}

/// The records of an artifact, each compared with its batch, in whatever order the two come.
pub(super) struct Records {
    places: Places,
    kept: Vec<Record>,
    /// Records, and whether their batch agreed; absent where it was not in the logs.
    verdicts: Vec<Option<bool>>,
    /// Records whose batch is still to come, by its append index.
    awaited: HashMap<i64, Vec<usize>>,
    /// The newest batches, for records that come after their log in the archive.
    recent: HashMap<i64, Named>,
    order: VecDeque<i64>,
}

impl Records {
    pub(super) fn new(places: Places) -> Self {
        Self {
            places,
            kept: Vec::new(),
            verdicts: Vec::new(),
            awaited: HashMap::new(),
            recent: HashMap::new(),
            order: VecDeque::new(),
        }
    }

    /// Adds a record; beyond the ceiling the newest takes the place of the one before it.
    pub(super) fn add(&mut self, record: Record) {
        if self.kept.len() == KEPT {
            self.verdicts.pop();
            let replaced = self.kept.pop().map(|replaced| replaced.append_index);
            let awaiting = replaced.and_then(|index| self.awaited.get_mut(&index));
            if let Some(awaiting) = awaiting {
                awaiting.pop_if(|index| *index == KEPT - 1);
            }
        }
        let index = self.kept.len();
        let named = self.recent.get(&record.append_index);
        let verdict = named.map(|named| self.agrees(&record, named));
        if verdict.is_none() {
            self.awaited.entry(record.append_index).or_default().push(index);
        }
        self.verdicts.push(verdict);
        self.kept.push(record);
    }

    /// Hears of a batch.
    pub(super) fn note(&mut self, batch: &Batch) {
        let named =
            Named { end: (batch.end_file, batch.end), checksum: batch.checksum, time_ms: batch.time_ms };
        for index in self.awaited.remove(&batch.append_index).unwrap_or_default() {
            self.verdicts[index] = Some(self.agrees(&self.kept[index], &named));
        }
        if self.order.len() == RECENT
            && let Some(oldest) = self.order.pop_front()
        {
            self.recent.remove(&oldest);
        }
        self.recent.insert(batch.append_index, named);
        self.order.push_back(batch.append_index);
    }

    fn agrees(&self, record: &Record, named: &Named) -> bool {
        let position = (record.log, record.offset);
        let is_there = match (self.places, record.reached) {
            (Places::Moved, _) => true,
            (Places::Own, Some(reached)) if reached >= record.append_index => position == named.end,
            // Recovery begins before its transaction, and replays that again.
            (Places::Own, _) => position <= named.end,
        };
        is_there && (record.checksum, record.commit_time_ms) == (named.checksum, named.time_ms)
    }

    pub(super) fn count(&self) -> u64 {
        self.kept.len() as u64
    }

    /// How many agree with the logs.
    pub(super) fn agreed(&self) -> u64 {
        self.verdicts.iter().filter(|verdict| **verdict == Some(true)).count() as u64
    }

    /// Those that contradict the logs, by their place.
    pub(super) fn contradicting(&self) -> Vec<&Record> {
        let judged = self.kept.iter().zip(&self.verdicts);
        let mut found: Vec<_> = judged.filter(|(_, verdict)| **verdict == Some(false)).collect();
        found.sort_by_key(|(record, _)| (record.file, record.at));
        found.into_iter().map(|(record, _)| record).collect()
    }

    pub(super) fn places(&self) -> Places {
        self.places
    }

    pub(super) fn last(&self) -> Option<&Record> {
        self.kept.iter().max_by_key(|record| (record.file, record.at))
    }
}

/// Walks a checkpoint file of formats 6 to 9: records back to back, then zeros or the end.
pub(super) fn walk<R: Read>(
    input: &mut Buffered<R>,
    header: &Header,
    file: &mut LogFile,
    each: &mut dyn FnMut(Record),
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
                    file.damage(Damage::Garbage { at: found, after: at });
                    End::Damaged
                }
            };
            break;
        }
        // Kernels before 5 have another layout, big-endian, and no transaction in it: passed over.
        if kernel < 5 && header.format < 8 {
            file.not_understood += 1;
            at += OLD_LEN;
            continue;
        }
        let whole = head.len() as u64 == LEN;
        let stored = head.get(228..232).map(|bytes| u32::from_le_bytes(bytes.try_into().unwrap_or_default()));
        if !whole || stored != Some(crc32c(&head[..228])) || head[1] != CHECKPOINT {
            let zeros = input.end() - input.data_end().max(at);
            let bytes = input.data_end().saturating_sub(at);
            file.damage(if whole {
                Damage::CheckpointChecksum { at }
            } else {
                Damage::Torn { at, bytes, zeros }
            });
            if !whole {
                file.end = End::Damaged;
                break;
            }
        } else if let Some(record) = Record::parse(&head[..228], file.number, at) {
            // Only a checksum that holds tells a newer kernel from a damaged byte.
            if !is_known(kernel) {
                file.unknown_kernel.get_or_insert(kernel);
            }
            file.batches += 1;
            each(record);
        } else {
            file.not_understood += 1;
        }
        at += LEN;
    }
    input.drain()?;
    file.bytes = input.end();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A record of a 2026.05.0 that four writers kept busy while a log was rotated: its position is behind
    /// batch 5964, and its transaction is 5969.
    const BUSY: &str = "\
        1d0906000000000000003032000000000000060000000000000030320000000000009a4e9805a201000001000001a20575cb \
        416b65d7d76906b9bf067265636f726407616c69676e65640101000000000000000000000000000000000000000000000000 \
        000000000000511700000000000051170000000000001d10dbc5e7544c9805a2010000ffffffffffffffff4c170000000000 \
        004b00436865636b706f696e742074726967676572656420627920225363686564756c656420636865636b706f696e742066 \
        6f72206576657279203130207365636f6e6473207468726573686f6cdd2b82a1";

    fn busy() -> Record {
        let digits: Vec<char> = BUSY.chars().filter(|digit| !digit.is_whitespace()).collect();
        let byte = |pair: &[char]| u8::from_str_radix(&pair.iter().collect::<String>(), 16);
        let bytes: Vec<u8> = digits.chunks(2).map(|pair| byte(pair).expect("they are digits")).collect();
        assert_eq!(bytes[228..], crc32c(&bytes[..228]).to_le_bytes());
        Record::parse(&bytes, 0, 6392).expect("it is a record")
    }

    /// Batch 5969 as the log has it, ending at `end`.
    fn named(end: u64, checksum: u32) -> Named {
        Named { end: (6, end), checksum, time_ms: 1_795_390_196_820 }
    }

    #[test]
    fn a_position_before_the_named_transaction_agrees_and_one_behind_it_does_not() {
        let records = Records::new(Places::Own);
        let busy = busy();
        assert_eq!((busy.tx, busy.reached, busy.contained()), (5969, Some(5964), 5964));
        assert!(records.agrees(&busy, &named(18_148, 0xe7c5_db10)));
        assert!(!records.agrees(&busy, &named(18_148, 0xe7c5_db11)), "another checksum");
        assert!(!records.agrees(&busy, &named(12_000, 0xe7c5_db10)), "recovery would begin behind it");
        let exact = Record { reached: Some(5969), ..busy };
        assert!(!records.agrees(&exact, &named(18_148, 0xe7c5_db10)), "it says that it is right behind");
        assert!(records.agrees(&exact, &named(12_848, 0xe7c5_db10)));
    }
}
