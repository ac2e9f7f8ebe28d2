//! Logs cut to the transactions that are wanted, so that what is left is a log of its own which any reader
//! can walk. A differential backup holds such logs. docs/format.md, "Transaction logs".
//!
//! ```text
//! file N of the database     | header | ... | batch 40 | batch 41 | batch 42 | zeros
//! file N of a differential   | header: last append index 40 | batch 41 | batch 42 |
//! ```
//!
//! Numbers of files stay, and so do the bytes of every batch: a restore puts the batches of file N behind
//! those that the parent's file N ends with, and has the database's own file again ([`Head::place`]). In
//! enveloped formats a batch keeps its place within its segment, behind an envelope that fills the rest
//! (type 5), and the header links to the checksum before it.

use std::io::{self, Read};

use crc32c::crc32c;

use super::buffered::Buffered;
use super::checkpoint::{self, Record};
use super::envelope::{self, Visit};
use super::header::{self, Header, Refused};
use super::{Batch, LogFile};
use crate::store_id::StoreId;

/// Bytes of an envelope's header.
const ENVELOPE: u64 = 31;
/// Bytes of a checkpoint record of kernel 5 and later, outside envelopes.
const RECORD: u64 = 232;

/// The header of a log or checkpoint file, for whoever handles these files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    header: Header,
}

impl Head {
    /// Bytes from which a header can be read.
    pub const LEN: u64 = header::LEN;

    /// Reads the header from a file's first [`Head::LEN`] bytes, or all there are; absent where the file was
    /// preallocated and never begun.
    ///
    /// # Errors
    /// In words, what was expected and what was found.
    pub fn parse(bytes: &[u8]) -> Result<Option<Self>, String> {
        match Header::parse(bytes) {
            Ok(header) => Ok(Some(Self { header })),
            Err(Refused::NotBegun) => Ok(None),
            Err(Refused::Newer(format)) => {
                Err(format!("log format {format}, which is newer than this program knows"))
            }
            Err(Refused::Wrong(expected, found)) => Err(format!("expected {expected}, found {found}")),
        }
    }

    /// The format byte, 6 to 11.
    pub fn format(&self) -> u8 {
        self.header.format
    }

    /// The first batch that begins in this file has this + 1.
    pub fn last_append_index(&self) -> i64 {
        self.header.last_append_index
    }

    /// Absent in formats 6, 7 and 11.
    pub fn store_id(&self) -> Option<&StoreId> {
        self.header.store_id.as_ref()
    }

    /// Where batches begin; everything before it is the header.
    pub fn data_at(&self) -> u64 {
        self.header.data_at
    }

    /// The bytes to put in place of everything before offset `at` of the file whose first
    /// [`Head::data_at`] bytes are `header`, where the batch at `at` follows `before`.
    pub fn cut(&self, header: &[u8], at: u64, before: &Batch) -> Vec<u8> {
        let mut bytes = header.to_vec();
        if at <= self.header.data_at {
            return bytes;
        }
        let mut put = |at: usize, field: &[u8]| {
            if let Some(place) = bytes.get_mut(at..at + field.len()) {
                place.copy_from_slice(field);
            }
        };
        let index = before.append_index.to_be_bytes();
        put(8, &index);
        if self.header.format == 9 {
            put(16, &index);
        }
        if let Some(envelopes) = self.header.envelopes {
            let checksum_at = if self.header.format == 10 { 84 } else { 28 };
            put(checksum_at, &before.checksum.to_be_bytes());
            if !at.is_multiple_of(envelopes.segment) {
                bytes.extend(filler(at % envelopes.segment));
            }
        }
        bytes
    }

    /// Where a batch at offset `at` of this file belongs in one that ends at `end` so far: behind it, and in
    /// enveloped formats at the same place in a segment.
    pub fn place(&self, end: u64, at: u64) -> u64 {
        let segment = self.header.envelopes.map_or(1, |envelopes| envelopes.segment);
        end + (at % segment + segment - end % segment) % segment
    }
}

/// The start offset: an envelope of zeros that fills a segment's first `len` bytes.
fn filler(len: u64) -> Vec<u8> {
    let payload = len.saturating_sub(ENVELOPE);
    let mut bytes = vec![0; 4];
    bytes.push(5);
    bytes.extend(u32::try_from(payload).unwrap_or_default().to_le_bytes());
    bytes.extend(0_i64.to_le_bytes());
    bytes.push(0xff);
    bytes.extend(0_u32.to_le_bytes());
    bytes.extend((-1_i64).to_le_bytes());
    bytes.push(0xff);
    bytes.resize(usize::try_from(ENVELOPE + payload).unwrap_or_default(), 0);
    let checksum = crc32c(&bytes[4..]);
    bytes[..4].copy_from_slice(&checksum.to_le_bytes());
    bytes
}

/// Where the batches from one on are, found while their logs are walked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extent {
    /// The first append index that is wanted.
    lowest: i64,
    /// The batch before it.
    pub before: Option<Batch>,
    /// The batch that has it.
    pub first: Option<Batch>,
    /// The last batch that is whole.
    pub last: Option<Batch>,
    batches: i64,
}

impl Extent {
    pub fn from(lowest: i64) -> Self {
        Self { lowest, before: None, first: None, last: None, batches: 0 }
    }

    /// Hears of a batch, in any order.
    pub fn note(&mut self, batch: &Batch) {
        if batch.append_index.checked_add(1) == Some(self.lowest) {
            self.before = Some(batch.clone());
        }
        if batch.append_index == self.lowest {
            self.first = Some(batch.clone());
        }
        if batch.append_index >= self.lowest {
            self.batches += 1;
        }
        if self.last.as_ref().is_none_or(|last| last.append_index < batch.append_index) {
            self.last = Some(batch.clone());
        }
    }

    /// Whether every batch from the wanted one to the last was there, once.
    pub fn is_unbroken(&self) -> bool {
        let last = self.last.as_ref().map_or(self.lowest - 1, |last| last.append_index);
        self.batches == (last.saturating_sub(self.lowest).saturating_add(1)).max(0)
    }
}

/// A checkpoint as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The log file, and the offset in it, from which recovery reads.
    pub log: u64,
    pub offset: u64,
    /// The transaction that it names.
    pub tx: i64,
    /// The last batch that is in the store files: that transaction's, or one before it.
    pub append_index: i64,
    /// When it was taken, milliseconds since 1970, UTC.
    pub time_ms: i64,
}

/// What a checkpoint file holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checkpoints {
    /// The last record in it.
    pub last: Option<Written>,
    /// Offset behind the last record: what follows is zeros, or a record under way.
    pub end: u64,
}

/// Reads checkpoint file `number`.
///
/// # Errors
/// The stream's own; `InvalidData` where it has no readable header.
pub fn checkpoints(number: u64, stream: impl Read) -> io::Result<Checkpoints> {
    let mut input = Buffered::new(stream);
    let header = match Header::parse(input.peek(0, header::LEN)?) {
        Ok(header) => header,
        Err(Refused::NotBegun) => return Ok(Checkpoints::default()),
        Err(Refused::Newer(format)) => {
            return Err(io::Error::new(io::ErrorKind::InvalidData, format!("its format is {format}")));
        }
        Err(Refused::Wrong(expected, found)) => {
            let message = format!("expected {expected}, found {found}");
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
    };
    let mut file = LogFile::new("", number, true);
    let mut end = header.data_at;
    let mut last = None;
    if let Some(envelopes) = header.envelopes {
        envelope::walk(&mut input, &header, envelopes, &mut file, &mut |visit| {
            if let Visit::Record(at, kernel, payload) = visit
                && let Some(record) = Record::from_envelope(kernel, payload, number, at)
            {
                end = at + ENVELOPE + payload.len() as u64;
                last = Some(record);
            }
        })?;
    } else {
        checkpoint::walk(&mut input, &header, &mut file, &mut |record| last = Some(record))?;
        end = last.as_ref().map_or(end, |record| record.at + RECORD);
    }
    let written = |record: Record| Written {
        log: record.oldest.0,
        offset: record.oldest.1,
        tx: record.tx,
        append_index: record.contained(),
        time_ms: record.time_ms,
    };
    Ok(Checkpoints { last: last.map(written), end })
}
