//! Walking formats 10 and 11: the file is cut into segments, each filled with envelopes that tell their own
//! length and checksum. docs/format.md, "Envelopes".
//!
//! ```text
//! u32 CRC-32C of bytes 4.. | u8 type | i32 payload length | i64 append index | u8 kernel
//! u32 checksum of the envelope before | i64 term | u8 content      little-endian, 31 bytes
//! ```

use std::io::{self, Read};

use crc32c::crc32c;

use super::buffered::Buffered;
use super::entry::{CHUNK_END, CHUNK_START, COMMIT, ROLLBACK, START, is_known};
use super::header::{Envelopes, Header};
use super::{Batch, Damage, End, LogFile, Partial};

/// Bytes of an envelope's header.
const LEN: u64 = 31;
/// With fewer bytes than this left in a segment, zeros are padding and the log goes on in the next one.
const PADDING: u64 = 44;
/// Bytes at the end of a payload: type, transaction id, commit time.
const TAIL: usize = 17;

const FULL: u8 = 1;
const BEGIN: u8 = 2;
const MIDDLE: u8 = 3;
const END: u8 = 4;
const START_OFFSET: u8 = 5;

/// Contents of an envelope: entries as in older formats, and the same behind a cluster's prefix.
const ENTRIES: u8 = 64;
const REPLICATED: u8 = 0;

/// The header of an envelope whose checksum holds.
struct Envelope {
    kind: u8,
    len: u64,
    append_index: i64,
    kernel: u8,
    checksum: u32,
    previous: u32,
    content: u8,
}

/// Walks a file's envelopes, and gives every batch that it holds whole, or the payload of every record.
pub(super) fn walk<R: Read>(
    input: &mut Buffered<R>,
    header: &Header,
    envelopes: Envelopes,
    file: &mut LogFile,
    visit: &mut dyn FnMut(Visit<'_>),
) -> io::Result<()> {
    let mut at = header.data_at;
    let mut previous = envelopes.previous_checksum;
    let mut open: Option<Partial> = None;
    loop {
        input.release(at);
        let left = envelopes.segment - at % envelopes.segment;
        if left <= LEN {
            if !zeros(input, at, left)? {
                file.damage(Damage::Garbage { at, after: at });
                file.end = End::Damaged;
                break;
            }
            if input.end() <= at {
                file.end = End::Eof;
                break;
            }
            at += left;
            continue;
        }
        let head = input.peek(at, LEN)?;
        if head.is_empty() {
            file.end = End::Eof;
            break;
        }
        if head.iter().take(5).all(|byte| *byte == 0) {
            if left < PADDING && zeros(input, at, left)? {
                at += left;
                continue;
            }
            file.end = match input.first_data(at)? {
                None => End::Zeros { from: at, bytes: input.end() - at },
                Some(found) => {
                    file.damage(Damage::Garbage { at: found, after: at });
                    End::Damaged
                }
            };
            break;
        }
        match read(input, at, left)? {
            Ok(envelope) => {
                // It fills the place of what was cut off in front, so nothing else may stand before it.
                if envelope.kind == START_OFFSET && at == header.data_at {
                    at += LEN + envelope.len;
                    continue;
                }
                if envelope.previous != previous {
                    let (expected, found) = (previous, envelope.previous);
                    file.damage(Damage::Chain { at, expected, found });
                }
                previous = envelope.checksum;
                if !is_known(envelope.kernel) {
                    file.unknown_kernel.get_or_insert(envelope.kernel);
                }
                let payload = input.slice(at + LEN, at + LEN + envelope.len);
                collect(&envelope, payload, at, file, &mut open, visit);
                at += LEN + envelope.len;
            }
            Err(broken) => {
                // A length that holds leads to the next envelope: its link to this one says so.
                if let Some((next, link)) = resumption(input, at, envelopes.segment, &broken)? {
                    file.damage(Damage::CorruptBatch { at, resumes_at: Some(next) });
                    open = None;
                    previous = link;
                    at = next;
                    continue;
                }
                input.drain()?;
                let data_end = input.data_end().max(at);
                // Bytes beyond this envelope mean that the log went on, and that this one is damaged.
                file.damage(match broken {
                    // Nothing shows that it ever was an envelope.
                    Broken { kind: 0 | FULL..=START_OFFSET, .. } if broken.is_torn(at, data_end) => {
                        Damage::Torn { at, bytes: data_end - at, zeros: input.end() - data_end }
                    }
                    Broken { kind: 0 | FULL..=START_OFFSET, .. } => {
                        Damage::CorruptBatch { at, resumes_at: None }
                    }
                    Broken { begin, .. } => Damage::UnknownEntry { at, found: begin },
                });
                file.end = End::Damaged;
                break;
            }
        }
    }
    input.drain()?;
    file.bytes = input.end();
    file.last_envelope = Some(previous);
    file.open = open;
    Ok(())
}

/// What a walk finds.
pub(super) enum Visit<'a> {
    Batch(&'a Batch),
    /// The payload of a whole envelope, with its kernel byte, of a checkpoint file.
    Record(u64, u8, &'a [u8]),
}

/// An envelope that cannot be read.
struct Broken {
    /// Its first bytes, and its type; 0 where the file ends before that.
    begin: [u8; 5],
    kind: u8,
    why: Why,
}

#[derive(Clone, Copy)]
enum Why {
    /// The file ends inside it.
    Cut,
    /// Its length leads out of its segment.
    Length,
    /// It states one checksum and has another, or is of no known type.
    Checksum { len: u64, stored: u32, found: u32 },
}

impl Broken {
    /// Whether writing may have ended in it: bytes beyond it mean that the log went on.
    fn is_torn(&self, at: u64, data_end: u64) -> bool {
        match self.why {
            Why::Cut => true,
            Why::Length => false,
            Why::Checksum { len, .. } => data_end <= at + LEN + len,
        }
    }
}

fn read<R: Read>(input: &mut Buffered<R>, at: u64, left: u64) -> io::Result<Result<Envelope, Broken>> {
    let mut head = [0; 31];
    let found = input.peek(at, LEN)?;
    let is_whole = found.len() == head.len();
    head[..found.len()].copy_from_slice(found);
    let word = |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
    let (stored, len, previous) = (word(0), u64::from(word(5)), word(18));
    let append_index = i64::from_le_bytes(head[9..17].try_into().unwrap_or_default());
    let (kind, kernel, content) = (head[4], head[17], head[30]);
    let broken = |why| Ok(Err(Broken { begin: [head[0], head[1], head[2], head[3], kind], kind, why }));
    if len > left - LEN {
        return broken(if is_whole { Why::Length } else { Why::Cut });
    }
    if !is_whole || !input.ensure(at + LEN + len)? {
        return broken(Why::Cut);
    }
    let found = crc32c(input.slice(at + 4, at + LEN + len));
    if found != stored || !(FULL..=START_OFFSET).contains(&kind) {
        return broken(Why::Checksum { len, stored, found });
    }
    Ok(Ok(Envelope { kind, len, append_index, kernel, checksum: stored, previous, content }))
}

/// Where the envelope behind a damaged one begins, and the checksum that it says the damaged one has: the one
/// stated there, or the one found, where the statement itself is what was damaged.
fn resumption<R: Read>(
    input: &mut Buffered<R>,
    at: u64,
    segment: u64,
    broken: &Broken,
) -> io::Result<Option<(u64, u32)>> {
    let Why::Checksum { len, stored, found } = broken.why else {
        return Ok(None);
    };
    let mut next = at + LEN + len;
    let left = segment - next % segment;
    if left < PADDING && zeros(input, next, left)? {
        next += left;
    }
    let link = input.peek(next, LEN)?.get(18..22).and_then(|link| link.try_into().ok());
    let link = link.map(u32::from_le_bytes).filter(|link| [stored, found].contains(link));
    Ok(link.map(|link| (next, link)))
}

fn zeros<R: Read>(input: &mut Buffered<R>, at: u64, len: u64) -> io::Result<bool> {
    Ok(input.peek(at, len)?.iter().all(|byte| *byte == 0))
}

/// Joins envelopes to batches; one that the file cuts is left in `open` or in the file's `lead`.
fn collect(
    envelope: &Envelope,
    payload: &[u8],
    at: u64,
    file: &mut LogFile,
    open: &mut Option<Partial>,
    visit: &mut dyn FnMut(Visit<'_>),
) {
    if file.is_checkpoint {
        visit(Visit::Record(at, envelope.kernel, payload));
        return;
    }
    let mut part = match (envelope.kind, open.take()) {
        (FULL | BEGIN, None) => Partial::begin(envelope, file.number, at),
        // A begin inside an open batch: the earlier one has no end.
        (FULL | BEGIN, Some(cut)) => {
            file.damage(Damage::CorruptBatch { at: cut.at, resumes_at: Some(at) });
            Partial::begin(envelope, file.number, at)
        }
        (_, Some(open)) if open.append_index == envelope.append_index => open,
        // The rest of a batch that the file before began.
        (_, None) if file.batches == 0 && file.continues.is_none() => {
            file.continues = Some(envelope.append_index);
            Partial { is_rest: true, ..Partial::begin(envelope, file.number, at) }
        }
        (_, cut) => {
            file.damage(Damage::CorruptBatch { at: cut.map_or(at, |cut| cut.at), resumes_at: Some(at) });
            return;
        }
    };
    part.extend(payload);
    part.checksum = envelope.checksum;
    part.end = at + LEN + envelope.len;
    match envelope.kind {
        FULL | END if part.is_rest => {
            file.lead = Some(part);
        }
        FULL | END => {
            let batch = part.batch(file.number).unwrap_or_else(|| {
                // What it holds is not known; that it takes its number is.
                file.not_understood += 1;
                part.unread(file.number, file.last.as_ref().map_or(0, |last| last.tx))
            });
            file.add(&batch);
            visit(Visit::Batch(&batch));
        }
        BEGIN | MIDDLE => *open = Some(part),
        _ => {}
    }
}

impl Partial {
    fn begin(envelope: &Envelope, file: u64, at: u64) -> Self {
        let Envelope { append_index, kernel, content, previous, .. } = *envelope;
        Self { append_index, kernel, content, previous, file, at, ..Self::default() }
    }

    fn extend(&mut self, payload: &[u8]) {
        let wanted = TAIL.saturating_sub(self.head.len());
        self.head.extend(payload.iter().take(wanted));
        if payload.len() >= TAIL {
            self.tail = payload[payload.len() - TAIL..].to_vec();
        } else {
            self.tail.extend(payload);
            let excess = self.tail.len().saturating_sub(TAIL);
            self.tail.drain(..excess);
        }
    }

    /// Puts the rest that the next file holds behind what this one began.
    pub(super) fn join(mut self, rest: &Self) -> Self {
        self.extend(&rest.tail);
        if rest.tail.len() == TAIL {
            self.tail.clone_from(&rest.tail);
        }
        self.checksum = rest.checksum;
        self.end = rest.end;
        self
    }

    /// The batch, if the payload is understood: kernel entries, or a replicated transaction with a prefix of
    /// unknown length, that end in a commit or chunk end; or a rollback.
    pub(super) fn batch(&self, end_file: u64) -> Option<Batch> {
        let number =
            |from: &[u8], at: usize| Some(i64::from_le_bytes(from.get(at..at + 8)?.try_into().ok()?));
        let (tx, commits, time_ms) = match (self.content, *self.head.first()?, *self.tail.first()?) {
            (ENTRIES, ROLLBACK, _) => (number(&self.head, 1)?, false, number(&self.head, 9)?),
            (ENTRIES, START | CHUNK_START, COMMIT) | (REPLICATED, _, COMMIT) => {
                (number(&self.tail, 1)?, true, number(&self.tail, 9)?)
            }
            (ENTRIES, START | CHUNK_START, CHUNK_END) | (REPLICATED, _, CHUNK_END) => {
                (number(&self.tail, 1)?, false, number(&self.head, 1)?)
            }
            _ => return None,
        };
        Some(Batch { tx, commits, time_ms, ..self.unread(end_file, 0) })
    }

    /// The batch as far as envelopes tell, with the transaction id of the one before.
    pub(super) fn unread(&self, end_file: u64, tx: i64) -> Batch {
        Batch {
            file: self.file,
            at: self.at,
            end: self.end,
            end_file,
            kernel: self.kernel,
            append_index: self.append_index,
            tx,
            commits: false,
            time_ms: 0,
            previous_checksum: Some(self.previous),
            checksum: self.checksum,
        }
    }
}
