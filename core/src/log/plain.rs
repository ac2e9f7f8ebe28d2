//! Walking formats 6 to 9 without knowing commands: they have no length, so each batch's end is found by its
//! checksum. docs/format.md, "Walking a log".
//!
//! From a start entry on, every byte pair that could begin a commit is tried: the checksum over all bytes
//! from the start must equal the one stored there, and the transaction id must be near. A random pair passes
//! with 2^-32 times 2^-40, and a log embedded in a property does not help, since the sum covers the outer
//! batch from its first byte.

use std::io::{self, Read};

use crc32c::{crc32c, crc32c_append};
use memchr::{memchr_iter, memchr2_iter, memchr3_iter};

use super::buffered::Buffered;
use super::entry::{
    CHECKSUM_AT, CHUNK_END, COMMIT, COMMIT_LEN, Commit, HEAD, Place, ROLLBACK, START, Start, is_known, u32_at,
};
use super::header::Header;
use super::{Batch, Damage, End, LogFile};

/// Later beginnings that are kept in mind while a batch's end is searched.
const ALTERNATIVES: usize = 16;

/// The end of a batch: its start, where its end entry stands, and what that says.
type Found = (Start, u64, Commit);

/// What a search that found no end met.
struct Missing {
    /// A commit with the next transaction's id stands there, and only its checksum fails.
    commit_at: Option<u64>,
    /// Where the log verifies again.
    resumes_at: Option<u64>,
}

/// A later start-like entry, with the running checksum of the bytes from it on.
struct Alternative {
    at: u64,
    start: Start,
    sum: Sum,
}

/// A running checksum that is brought up to date when it is asked for: each byte is summed once.
#[derive(Clone, Copy)]
struct Sum {
    sum: u32,
    /// Offset behind the last byte in it.
    to: u64,
}

impl Sum {
    fn from(at: u64) -> Self {
        Self { sum: 0, to: at }
    }

    fn extend<R: Read>(&mut self, input: &Buffered<R>, to: u64) {
        if to > self.to {
            self.sum = crc32c_append(self.sum, input.slice(self.to, to));
            self.to = to;
        }
    }
}

/// Under which kernel bytes entries are looked for.
#[derive(Clone, Copy)]
enum Kernels {
    One(u8),
    /// That of the entry at hand, which may be damaged, and that of the batch before it.
    Either(u8, u8),
    Any,
}

impl Kernels {
    fn of(start: Option<&Start>, before: Option<&Batch>) -> Self {
        match (start.map(|start| start.kernel), before.map(|batch| batch.kernel)) {
            (Some(kernel), Some(before)) if kernel != before => Self::Either(kernel, before),
            (_, Some(kernel)) => Self::One(kernel),
            // The first batch of a file: nothing says that its kernel byte is right.
            (_, None) => Self::Any,
        }
    }
}

/// Walks a file from the first batch on.
pub(super) fn walk<R: Read>(
    input: &mut Buffered<R>,
    header: &Header,
    file: &mut LogFile,
    each: &mut dyn FnMut(&Batch),
) -> io::Result<()> {
    let mut at = header.data_at;
    let mut previous: Option<Batch> = None;
    file.end = loop {
        input.release(at);
        match input.peek(at, 1)?.first() {
            None => break End::Eof,
            Some(0) => break zero_tail(input, at, file)?,
            Some(_) => {}
        }
        match batch(input, at, header, previous.as_ref())? {
            Ok(batch) => {
                // Only a checksum that holds tells a newer kernel from a damaged byte.
                if !is_known(batch.kernel) {
                    file.unknown_kernel.get_or_insert(batch.kernel);
                }
                file.add(&batch);
                each(&batch);
                at = batch.end;
                previous = Some(batch);
            }
            Err(damage) => {
                file.damage(damage);
                break End::Damaged;
            }
        }
    };
    file.bytes = input.end();
    Ok(())
}

/// What follows the last batch must be zeros to the end.
fn zero_tail<R: Read>(input: &mut Buffered<R>, from: u64, file: &mut LogFile) -> io::Result<End> {
    let Some(at) = input.first_data(from)? else {
        return Ok(End::Zeros { from, bytes: input.end() - from });
    };
    file.damage(Damage::Garbage { at, after: from });
    input.drain()?;
    Ok(End::Damaged)
}

/// Reads the batch at `at`, or says what is wrong with it; then the input has been read to its end.
fn batch<R: Read>(
    input: &mut Buffered<R>,
    at: u64,
    header: &Header,
    previous: Option<&Batch>,
) -> io::Result<Result<Batch, Damage>> {
    let place = Place {
        append_index: Some(previous.map_or(header.last_append_index, |batch| batch.append_index)),
        last_committed: Some(previous.map_or(header.last_append_index, |batch| batch.tx)),
    };
    let next = place.append_index.unwrap_or_default().saturating_add(1);
    let previous_tx = previous.map(|batch| batch.tx);
    let head = input.peek(at, HEAD)?;
    let (kernel, kind) = (head[0], head.get(1).copied().unwrap_or_default());
    let batch = Batch {
        file: header.number,
        at,
        end: at,
        end_file: header.number,
        kernel,
        append_index: next,
        tx: previous_tx.unwrap_or_default(),
        commits: false,
        time_ms: 0,
        previous_checksum: None,
        checksum: 0,
    };
    if kind == ROLLBACK
        && let Some((len, checksum)) = rollback(head)
    {
        return Ok(Ok(Batch { end: at + len, checksum, ..batch }));
    }
    let start = Start::parse(head);
    let is_start = Start::is_at(head);
    let found = head.first_chunk().copied().unwrap_or([kernel, kind, 0, 0, 0]);
    let kernels = Kernels::of(start.as_ref(), previous);
    Ok(match search(input, at, start, kernels, previous_tx, &place)? {
        Ok((start, commit_at, commit)) => Ok(Batch {
            end: commit_at + COMMIT_LEN,
            // Before kernel 17 the two are one number; a chunk's is the next.
            append_index: start.append_index.unwrap_or(if kernel < 17 && kind == START {
                commit.tx
            } else {
                next
            }),
            tx: commit.tx,
            commits: commit.time_ms.is_some(),
            time_ms: commit.time_ms.unwrap_or(start.time_ms),
            previous_checksum: start.previous_checksum,
            checksum: commit.checksum,
            ..batch
        }),
        Err(Missing { resumes_at: Some(resumes_at), .. }) => {
            Err(Damage::CorruptBatch { at, resumes_at: Some(resumes_at) })
        }
        Err(_) if !is_start && start.is_none() => Err(Damage::UnknownEntry { at, found }),
        Err(Missing { commit_at, .. }) => {
            let zeros_from = input.data_end().max(at);
            let zeros = input.end() - zeros_from;
            match commit_at.filter(|commit_at| zeros_from <= commit_at + COMMIT_LEN) {
                Some(commit_at) => Err(Damage::LastBatchChecksum { at, end: commit_at + COMMIT_LEN }),
                None => Err(Damage::Torn { at, bytes: zeros_from - at, zeros }),
            }
        }
    })
}

/// A rollback is a batch of its own; its layout depends on the product that wrote it, so the checksum says
/// which of the three lengths it has.
fn rollback(head: &[u8]) -> Option<(u64, u32)> {
    [22_usize, 30, 54].into_iter().find_map(|len| {
        let stored = u32_at(head, len - 4, *head.first()?)?;
        (crc32c(&head[..len - 4]) == stored).then_some((len as u64, stored))
    })
}

/// Looks for the end of the batch that begins at `at`; without a start, only for where the log goes on.
fn search<R: Read>(
    input: &mut Buffered<R>,
    at: u64,
    start: Option<Start>,
    kernels: Kernels,
    previous_tx: Option<i64>,
    place: &Place,
) -> io::Result<Result<Found, Missing>> {
    let mut from = at + start.map_or(1, |start| start.len);
    let mut sum = Sum::from(at);
    // Of what may be the last batch: the transaction that it should commit.
    let next_tx =
        previous_tx.or(start.and_then(|start| start.last_committed)).and_then(|tx| tx.checked_add(1));
    let mut alternatives: Vec<Alternative> = Vec::new();
    let (mut commit_at, mut resumes_at) = (None, None);
    loop {
        // A commit candidate needs its whole entry; the last bytes of a block wait for the next one.
        let more = input.ensure(from + COMMIT_LEN)?;
        let end = input.end();
        let stop = if more { end - COMMIT_LEN + 1 } else { end.max(from) };
        while let Some(here) = candidate(input, from, stop, kernels) {
            from = here + 1;
            let entry = input.slice(here, end);
            let (byte, kind) = (entry[0], entry[1]);
            if kind == START {
                // Where the log goes on, if this batch turns out to be damaged.
                let later = Start::parse(input.peek(here, HEAD)?);
                if let Some(later) = later.filter(|later| is_known(later.kernel) && later.may_follow(place))
                    && alternatives.len() < ALTERNATIVES
                {
                    alternatives.push(Alternative { at: here, start: later, sum: Sum::from(here) });
                }
                continue;
            }
            let Some(commit) = entry.get(..22).and_then(Commit::parse) else {
                continue;
            };
            if let Some(start) = start.filter(|start| start.kernel == byte) {
                if start.may_commit(commit.tx, previous_tx) {
                    sum.extend(input, here + CHECKSUM_AT);
                    if sum.sum == commit.checksum {
                        return Ok(Ok((start, here, commit)));
                    }
                }
                if kind == COMMIT && Some(commit.tx) == next_tx {
                    commit_at.get_or_insert(here);
                }
            }
            if resumes_at.is_none() {
                resumes_at = ends(&mut alternatives, input, here, byte, &commit);
            }
        }
        if !more {
            return Ok(Err(Missing { commit_at, resumes_at }));
        }
        from = stop.max(from);
        if resumes_at.is_some() {
            alternatives.clear();
        }
        let sums = alternatives.iter_mut().map(|later| &mut later.sum).chain([&mut sum]);
        sums.for_each(|sum| sum.extend(input, from.min(end)));
        input.release(from.min(end));
    }
}

/// The first of the alternatives that the commit at `here` ends: its checksum holds over all bytes from there.
fn ends<R: Read>(
    alternatives: &mut [Alternative],
    input: &Buffered<R>,
    here: u64,
    kernel: u8,
    commit: &Commit,
) -> Option<u64> {
    let near =
        |later: &&mut Alternative| later.start.kernel == kernel && later.start.may_commit(commit.tx, None);
    let mut near = alternatives.iter_mut().filter(near);
    near.find_map(|later| {
        later.sum.extend(input, here + CHECKSUM_AT);
        (later.sum.sum == commit.checksum).then_some(later.at)
    })
}

/// The first offset from `from` on and before `stop` at which a commit, a chunk end or a start may begin.
fn candidate<R: Read>(input: &Buffered<R>, from: u64, stop: u64, kernels: Kernels) -> Option<u64> {
    if from >= stop {
        return None;
    }
    let bytes = input.slice(from, input.end().min(stop + 1));
    let is_entry = |at: &usize| matches!(bytes.get(at + 1), Some(&(START | COMMIT | CHUNK_END)));
    let found = match kernels {
        Kernels::One(kernel) => memchr_iter(kernel, bytes).find(is_entry),
        Kernels::Either(one, other) => memchr2_iter(one, other, bytes).find(is_entry),
        Kernels::Any => memchr3_iter(START, COMMIT, CHUNK_END, bytes)
            .filter_map(|kind| kind.checked_sub(1))
            .find(|at| bytes[*at] != 0),
    };
    found.map(|at| from + at as u64).filter(|at| *at < stop)
}
