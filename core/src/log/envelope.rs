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
use super::entry::{CHUNK_START, COMMIT, START, kernel_name};
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

/// Walks a file's envelopes; `each` gets the payload of a whole record in checkpoint files, through
/// [`Walked::records`].
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
                file.damage.push(Damage::Garbage { at, after: at });
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
                    file.damage.push(Damage::Garbage { at: found, after: at });
                    End::Damaged
                }
            };
            break;
        }
        match read(input, at, left)? {
            Ok(envelope) => {
                if envelope.kind == START_OFFSET {
                    at += LEN + envelope.len;
                    continue;
                }
                if envelope.previous != previous {
                    let (expected, found) = (previous, envelope.previous);
                    file.damage.push(Damage::Chain { at, expected, found });
                }
                previous = envelope.checksum;
                if kernel_name(envelope.kernel).is_none() {
                    file.unknown_kernel.get_or_insert(envelope.kernel);
                }
                let payload = input.slice(at + LEN, at + LEN + envelope.len);
                collect(&envelope, payload, at, file, &mut open, visit);
                at += LEN + envelope.len;
            }
            Err(Broken { len, stored }) => {
                // The length may still lead to the next envelope: its link to this one says so.
                let next = len.map(|len| at + LEN + len);
                let resumes = match next {
                    Some(next) => {
                        let head = input.peek(next, LEN)?;
                        head.get(18..22).is_some_and(|link| link == stored.to_le_bytes())
                    }
                    None => false,
                };
                if let Some(next) = next.filter(|_| resumes) {
                    file.damage.push(Damage::CorruptBatch { at, resumes_at: next });
                    open = None;
                    previous = stored;
                    at = next;
                    continue;
                }
                input.drain()?;
                let zeros = input.end() - input.data_end().max(at);
                let bytes = input.data_end().saturating_sub(at);
                // Bytes beyond this envelope mean that the log went on, and that this one is damaged.
                let beyond = next.is_some_and(|next| input.data_end() > next);
                file.damage.push(if beyond {
                    Damage::UnknownEntry { at, found: [0, 0] }
                } else {
                    Damage::Torn { at, bytes, zeros }
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

/// An envelope that cannot be read: its length where that is sane, and the checksum that it states.
struct Broken {
    len: Option<u64>,
    stored: u32,
}

fn read<R: Read>(input: &mut Buffered<R>, at: u64, left: u64) -> io::Result<Result<Envelope, Broken>> {
    let head = input.peek(at, LEN)?;
    let word =
        |at: usize| head.get(at..at + 4).and_then(|bytes| Some(u32::from_le_bytes(bytes.try_into().ok()?)));
    let (Some(stored), Some(len)) = (word(0), word(5)) else {
        return Ok(Err(Broken { len: None, stored: 0 }));
    };
    let len = u64::from(len);
    if len > left - LEN {
        return Ok(Err(Broken { len: None, stored }));
    }
    if !input.ensure(at + LEN + len)? {
        return Ok(Err(Broken { len: None, stored }));
    }
    let bytes = input.slice(at, at + LEN + len);
    if crc32c(&bytes[4..]) != stored || !(FULL..=START_OFFSET).contains(&bytes[4]) {
        return Ok(Err(Broken { len: Some(len), stored }));
    }
    let array = |at: usize| <[u8; 8]>::try_from(&bytes[at..at + 8]).unwrap_or_default();
    Ok(Ok(Envelope {
        kind: bytes[4],
        len,
        append_index: i64::from_le_bytes(array(9)),
        kernel: bytes[17],
        checksum: stored,
        previous: u32::from_le_bytes([bytes[18], bytes[19], bytes[20], bytes[21]]),
        content: bytes[30],
    }))
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
            file.damage.push(Damage::CorruptBatch { at: cut.at, resumes_at: at });
            Partial::begin(envelope, file.number, at)
        }
        (_, Some(open)) if open.append_index == envelope.append_index => open,
        // The rest of a batch that the file before began.
        (_, None) if file.batches == 0 && file.lead.is_none() => {
            Partial { is_rest: true, ..Partial::begin(envelope, file.number, at) }
        }
        (_, cut) => {
            file.damage.push(Damage::CorruptBatch { at: cut.map_or(at, |cut| cut.at), resumes_at: at });
            return;
        }
    };
    part.extend(payload);
    part.checksum = envelope.checksum;
    part.end = at + LEN + envelope.len;
    match envelope.kind {
        FULL | END if part.is_rest => {
            file.first_append_index.get_or_insert(part.append_index);
            file.lead = Some(part);
        }
        FULL | END => match part.batch(file.number) {
            Some(batch) => {
                file.add(&batch);
                visit(Visit::Batch(&batch));
            }
            None => file.uncounted += 1,
        },
        BEGIN | MIDDLE => *open = Some(part),
        _ => {}
    }
}

impl Partial {
    fn begin(envelope: &Envelope, file: u64, at: u64) -> Self {
        let Envelope { append_index, kernel, content, .. } = *envelope;
        Self { append_index, kernel, content, file, at, ..Self::default() }
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

    /// The batch, if the payload is one: start or chunk start first, commit or chunk end last. Other contents
    /// than kernel entries are counted, not understood.
    pub(super) fn batch(&self, end_file: u64) -> Option<Batch> {
        let kind = *self.head.first()?;
        if self.content > 64 && self.content != 0 || !matches!(kind, START | CHUNK_START) {
            return None;
        }
        let number = |at: usize| Some(i64::from_le_bytes(self.tail.get(at..at + 8)?.try_into().ok()?));
        let commits = *self.tail.first()? == COMMIT;
        Some(Batch {
            file: self.file,
            at: self.at,
            end: self.end,
            end_file,
            kernel: self.kernel,
            append_index: self.append_index,
            tx: number(1)?,
            commits,
            time_ms: if commits { number(9)? } else { 0 },
            previous_checksum: None,
            checksum: self.checksum,
        })
    }
}
