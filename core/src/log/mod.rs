//! Transaction logs and checkpoint files inside an artifact: every batch, its checksum, its order, and
//! whether the range that the metadata promises is really there. docs/format.md, "Transaction logs".
//!
//! Each file is walked by itself, in whatever order the archive holds them, and then joined by number. Memory
//! stays flat: batches are handed to the caller one by one and not kept.

mod buffered;
mod checkpoint;
mod cut;
mod entry;
mod envelope;
mod header;
mod histogram;
mod join;
mod plain;

use std::collections::BTreeSet;
use std::io::{self, Read};

use serde::{Deserialize, Serialize};

use crate::report::BackupType;

use buffered::Buffered;
use checkpoint::{Places, Record, Records};
pub use cut::{Checkpoints, Extent, Head, Written, checkpoints};
use envelope::Visit;
use header::{Header, Refused};
pub use histogram::Histogram;
pub use join::{Checkpoint, Expected, Kernel, Links, LogReport, TxPoint};

/// Findings kept of one file: what follows the first few follows from them.
const DAMAGE_KEPT: usize = 16;

/// What one append wrote: a transaction, a piece of a long one, or a rollback.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Batch {
    /// N of `neostore.transaction.db.N`.
    pub file: u64,
    /// Offset of its first byte in that file.
    pub at: u64,
    /// Offset behind its last byte, in `end_file`.
    pub end: u64,
    /// The file that holds its end: a later one where an enveloped batch goes on there.
    pub end_file: u64,
    /// Kernel version byte.
    pub kernel: u8,
    pub append_index: i64,
    /// Transaction id.
    pub tx: i64,
    /// Whether it ends in a commit (and not in a chunk end or rollback).
    pub commits: bool,
    /// Commit time, milliseconds since 1970, UTC; 0 where unknown.
    pub time_ms: i64,
    /// The checksum of the batch before it, where the format carries that.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub previous_checksum: Option<u32>,
    pub checksum: u32,
}

/// What kind of log a file name stands for, and its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogName {
    Transactions(u64),
    Checkpoints(u64),
}

impl LogName {
    /// Judges a path inside an archive by its base name.
    pub fn of(path: &str) -> Option<Self> {
        let base = path.rsplit('/').next()?;
        let number = |text: &str| {
            let plain = text == "0" || !text.starts_with('0');
            (plain && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
        };
        if let Some(rest) = base.strip_prefix("neostore.transaction.db.") {
            return number(rest).map(Self::Transactions);
        }
        base.strip_prefix("checkpoint.").and_then(number).map(Self::Checkpoints)
    }
}

/// How a file ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// Right behind its last batch.
    Eof,
    /// In zeros: the preallocated tail.
    Zeros { from: u64, bytes: u64 },
    /// In something that `damage` names.
    Damaged,
}

/// What is wrong inside one file; offsets are the file's.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Damage {
    /// The header cannot be read.
    Header { expected: String, found: String },
    /// A log format above those known.
    NewerFormat(u8),
    /// The last batch has no end; nothing behind it verifies.
    Torn { at: u64, bytes: u64, zeros: u64 },
    /// The last batch is all there, and only its checksum fails.
    LastBatchChecksum { at: u64, end: u64 },
    /// A batch has no valid end, and data follow; where the log verifies again, if that was found.
    CorruptBatch { at: u64, resumes_at: Option<u64> },
    /// No entry is where one should be, and nothing behind it is one.
    UnknownEntry { at: u64, found: [u8; 5] },
    /// Bytes behind the end of the log.
    Garbage { at: u64, after: u64 },
    /// The checksum of the batch before is another.
    Chain { at: u64, expected: u32, found: u32 },
    /// The append index does not follow.
    Gap { at: u64, expected: i64, found: i64 },
    /// A checkpoint record's own checksum fails.
    CheckpointChecksum { at: u64 },
}

/// A batch that an enveloped file begins or ends with and does not hold whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Partial {
    append_index: i64,
    kernel: u8,
    content: u8,
    /// The checksum of the envelope before its first one.
    previous: u32,
    /// The file that it begins in.
    file: u64,
    at: u64,
    end: u64,
    checksum: u32,
    /// First and last bytes of the payload so far, 17 at most.
    head: Vec<u8>,
    tail: Vec<u8>,
    /// The file before began it.
    is_rest: bool,
}

/// One file after its walk.
#[derive(Debug)]
struct LogFile {
    path: String,
    number: u64,
    is_checkpoint: bool,
    header: Option<Header>,
    bytes: u64,
    end: End,
    damage: Vec<Damage>,
    batches: u64,
    transactions: u64,
    /// Batches and records whose content is in no known form.
    not_understood: u64,
    first: Option<Batch>,
    last: Option<Batch>,
    /// Append index of a batch that the file before began.
    continues: Option<i64>,
    lead: Option<Partial>,
    open: Option<Partial>,
    last_envelope: Option<u32>,
    kernels: BTreeSet<u8>,
    unknown_kernel: Option<u8>,
}

impl LogFile {
    fn new(path: &str, number: u64, is_checkpoint: bool) -> Self {
        Self {
            path: path.to_owned(),
            number,
            is_checkpoint,
            header: None,
            bytes: 0,
            end: End::Eof,
            damage: Vec::new(),
            batches: 0,
            transactions: 0,
            not_understood: 0,
            first: None,
            last: None,
            continues: None,
            lead: None,
            open: None,
            last_envelope: None,
            kernels: BTreeSet::new(),
            unknown_kernel: None,
        }
    }

    fn damage(&mut self, damage: Damage) {
        if self.damage.len() < DAMAGE_KEPT {
            self.damage.push(damage);
        }
    }

    /// Counts a batch and compares it with the one before.
    fn add(&mut self, batch: &Batch) {
        let before = match (&self.last, &self.lead) {
            (Some(last), _) => {
                Some((last.append_index, last.previous_checksum.is_some().then_some(last.checksum)))
            }
            (None, Some(lead)) => Some((lead.append_index, None)),
            (None, None) => self.header.as_ref().map(|header| (header.last_append_index, None)),
        };
        if let Some((index, checksum)) = before {
            let expected = index.saturating_add(1);
            if batch.append_index != expected {
                self.damage(Damage::Gap { at: batch.at, expected, found: batch.append_index });
            }
            // Envelopes are linked one by one; and behind a gap it is another batch that this one follows.
            let is_linked = self.header.as_ref().is_some_and(|header| header.envelopes.is_none());
            if let (Some(before), Some(found)) = (checksum, batch.previous_checksum)
                && is_linked
                && batch.append_index == expected
                && before != found
            {
                let expected = before;
                self.damage(Damage::Chain { at: batch.at, expected, found });
            }
        }
        self.batches += 1;
        self.transactions += u64::from(batch.commits);
        self.kernels.insert(batch.kernel);
        if self.first.is_none() {
            self.first = Some(batch.clone());
        }
        self.last = Some(batch.clone());
    }
}

/// Everything found in the logs of one artifact.
pub struct Logs {
    expected: Expected,
    files: Vec<LogFile>,
    records: Records,
    links: Links,
    histogram: Histogram,
}

impl Logs {
    pub fn new(expected: Expected) -> Self {
        // A differential may hold logs that were cut, so that places in them are not the database's own.
        let places =
            if expected.kind == Some(BackupType::Differential) { Places::Moved } else { Places::Own };
        Self {
            expected,
            files: Vec::new(),
            records: Records::new(places),
            links: Links::default(),
            histogram: Histogram::default(),
        }
    }

    /// Walks one file. `path` is its name in the archive; `each` gets every batch that the file holds whole.
    ///
    /// # Errors
    /// The stream's own; damage is a finding, not an error.
    pub fn file<R: Read>(
        &mut self,
        path: &str,
        name: LogName,
        stream: R,
        each: &mut dyn FnMut(&Batch),
    ) -> io::Result<()> {
        let (number, is_checkpoint) = match name {
            LogName::Transactions(number) => (number, false),
            LogName::Checkpoints(number) => (number, true),
        };
        let mut file = LogFile::new(path, number, is_checkpoint);
        let mut input = Buffered::new(stream);
        match Header::parse(input.peek(0, header::LEN)?) {
            Ok(header) => {
                file.header = Some(header.clone());
                self.walk(&mut input, &header, &mut file, each)?;
            }
            Err(refused) => {
                let found = input.first_data(0)?;
                input.drain()?;
                file.bytes = input.end();
                file.end = End::Damaged;
                match refused {
                    Refused::NotBegun if found.is_none() => {
                        file.end = End::Zeros { from: 0, bytes: file.bytes }
                    }
                    Refused::NotBegun => {
                        file.damage(Damage::Garbage { at: found.unwrap_or(0), after: 0 });
                    }
                    Refused::Newer(format) => file.damage(Damage::NewerFormat(format)),
                    Refused::Wrong(expected, found) => file.damage(Damage::Header { expected, found }),
                }
            }
        }
        self.files.push(file);
        Ok(())
    }

    fn walk<R: Read>(
        &mut self,
        input: &mut Buffered<R>,
        header: &Header,
        file: &mut LogFile,
        each: &mut dyn FnMut(&Batch),
    ) -> io::Result<()> {
        let number = file.number;
        match (header.envelopes, file.is_checkpoint) {
            (Some(envelopes), _) => {
                let mut not_understood = 0;
                envelope::walk(input, header, envelopes, file, &mut |visit| match visit {
                    Visit::Batch(batch) => {
                        self.note(batch);
                        each(batch);
                    }
                    Visit::Record(at, kernel, payload) => {
                        match Record::from_envelope(kernel, payload, number, at) {
                            Some(record) => self.records.add(record),
                            None => not_understood += 1,
                        }
                    }
                })?;
                file.not_understood += not_understood;
            }
            (None, true) => checkpoint::walk(input, header, file, &mut |record| self.records.add(record))?,
            (None, false) => plain::walk(input, header, file, &mut |batch| {
                self.note(batch);
                each(batch);
            })?,
        }
        Ok(())
    }

    /// What must be remembered of a batch.
    fn note(&mut self, batch: &Batch) {
        if batch.commits {
            self.histogram.add(batch.time_ms);
        }
        self.links.note(batch, &self.expected);
        self.records.note(batch);
    }

    /// Joins the files and judges the whole. `each` gets the batches that span two files.
    pub fn finish(self, each: &mut dyn FnMut(&Batch)) -> LogReport {
        join::finish(self, each)
    }
}
