//! Walking formats 6 to 9 without knowing commands: they have no length, so each batch's end is found by its
//! checksum. docs/format.md, "Walking a log".
//!
//! From a start entry on, every byte pair that could begin a commit is tried: the checksum over all bytes
//! from the start must equal the one stored there, and the transaction id must be near. A random pair passes
//! with 2^-32 times 2^-40, and a log embedded in a property does not help, since the sum covers the outer
//! batch from its first byte.

use std::io::{self, Read};

use crc32c::{crc32c, crc32c_append, crc32c_combine};
use memchr::memchr_iter;

use super::buffered::Buffered;
use super::entry::{
    CHECKSUM_AT, CHUNK_END, COMMIT, COMMIT_LEN, Commit, HEAD, Place, ROLLBACK, START, Start, kernel_name,
    u32_at,
};
use super::header::Header;
use super::{Batch, Damage, End, LogFile};

/// Later beginnings that are kept in mind while a batch's end is searched.
const ALTERNATIVES: usize = 16;

/// How the search for a batch's end came out.
enum Search {
    /// Where its end entry stands, and what that says.
    Found(u64, Commit),
    NotFound {
        /// A commit with the next transaction's id stands there, and only its checksum fails.
        commit_at: Option<u64>,
        /// Where the log verifies again.
        resumes_at: Option<u64>,
    },
}

/// A later start-like entry, with the checksum of all bytes from the search's start up to it.
struct Alternative {
    at: u64,
    start: Start,
    sum_before: u32,
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
        match input.peek(at, 1)?.first().copied() {
            None => break End::Eof,
            Some(0) => break zero_tail(input, at, file)?,
            Some(kernel) if kernel_name(kernel).is_none() => {
                file.unknown_kernel.get_or_insert(kernel);
            }
            Some(_) => {}
        }
        match batch(input, at, header, previous.as_ref())? {
            Ok(batch) => {
                file.add(&batch);
                each(&batch);
                at = batch.end;
                previous = Some(batch);
            }
            Err(damage) => {
                file.damage.push(damage);
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
    file.damage.push(Damage::Garbage { at, after: from });
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
    Ok(match (search(input, at, start.as_ref(), previous_tx, &place)?, start) {
        (Search::Found(commit_at, commit), Some(start)) => Ok(Batch {
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
        (Search::NotFound { resumes_at: Some(resumes_at), .. }, _) => {
            Err(Damage::CorruptBatch { at, resumes_at })
        }
        (_, None) => Err(Damage::UnknownEntry { at, found: [kernel, kind] }),
        (Search::NotFound { commit_at, .. }, Some(_)) => {
            let zeros_from = input.data_end().max(at);
            let zeros = input.end() - zeros_from;
            match commit_at.filter(|commit_at| zeros_from <= commit_at + COMMIT_LEN) {
                Some(commit_at) => Err(Damage::LastBatchChecksum { at, commit_at, zeros }),
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
    start: Option<&Start>,
    previous_tx: Option<i64>,
    place: &Place,
) -> io::Result<Search> {
    // A damaged entry shows no kernel byte: any known one may come next.
    let kernel = start.map_or(0, |start| start.kernel);
    let mut from = at + start.map_or(1, |start| start.len);
    // The sum of all bytes from `at` up to `summed`.
    let (mut sum, mut summed) = (0_u32, at);
    let mut alternatives: Vec<Alternative> = Vec::new();
    let (mut commit_at, mut resumes_at) = (None, None);
    loop {
        // A commit candidate needs its whole entry; the last bytes of a block wait for the next one.
        let more = input.ensure(from + COMMIT_LEN)?;
        let end = input.end();
        let stop = if more { end - COMMIT_LEN + 1 } else { end.max(from) };
        let candidates = candidates(input.slice(from.min(end), end), stop.saturating_sub(from), kernel);
        for offset in candidates {
            let here = from + offset;
            let pair = input.slice(here, end);
            let (byte, kind) = (pair[0], pair[1]);
            sum = crc32c_append(sum, input.slice(summed, here));
            summed = here;
            if kind == START {
                let head = input.peek(here, HEAD)?;
                if let Some(later) = Start::parse(head)
                    && alternatives.len() < ALTERNATIVES
                    && kernel_name(later.kernel).is_some()
                    && later.may_follow(place)
                {
                    alternatives.push(Alternative { at: here, start: later, sum_before: sum });
                }
                continue;
            }
            let Some(commit) = pair.get(..22).and_then(Commit::parse) else {
                continue;
            };
            let whole = crc32c_append(sum, &pair[..usize::try_from(CHECKSUM_AT).unwrap_or_default()]);
            if let Some(start) = start.filter(|start| start.kernel == byte) {
                let sane = start.may_commit(commit.tx, previous_tx);
                if sane && whole == commit.checksum {
                    return Ok(Search::Found(here, commit));
                }
                if kind == COMMIT && previous_tx.is_some_and(|tx| commit.tx == tx.saturating_add(1)) {
                    commit_at.get_or_insert(here);
                }
            }
            if resumes_at.is_none() {
                resumes_at = alternatives
                    .iter()
                    .find(|later| {
                        let len = here + CHECKSUM_AT - later.at;
                        later.start.kernel == byte
                            && later.start.may_commit(commit.tx, None)
                            && whole ^ crc32c_combine(later.sum_before, 0, usize::try_from(len).unwrap_or(0))
                                == commit.checksum
                    })
                    .map(|later| later.at);
            }
        }
        if !more {
            return Ok(Search::NotFound { commit_at, resumes_at });
        }
        from = stop.max(from);
        sum = crc32c_append(sum, input.slice(summed, from.min(end)));
        summed = from.min(end);
        input.release(summed);
    }
}

/// Offsets below `stop` at which an entry of interest may begin: a commit, a chunk end or a start under the
/// kernel byte, or under any known one where the damaged entry shows none.
fn candidates(bytes: &[u8], stop: u64, kernel: u8) -> Vec<u64> {
    let stop = usize::try_from(stop).unwrap_or(usize::MAX);
    let wanted = |at: &usize| *at < stop && matches!(bytes.get(at + 1), Some(&(START | COMMIT | CHUNK_END)));
    if kernel != 0 {
        return memchr_iter(kernel, bytes).filter(wanted).map(|at| at as u64).collect();
    }
    (0..bytes.len())
        .filter(|at| kernel_name(bytes[*at]).is_some())
        .filter(wanted)
        .map(|at| at as u64)
        .collect()
}
