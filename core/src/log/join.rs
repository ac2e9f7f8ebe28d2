//! The files of one artifact put together: order, continuity, checkpoints, and the promised range.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::checkpoint::Record;
use super::entry::kernel_name;
use super::{Batch, Damage, End, Histogram, LogFile, Logs};
use crate::problem::{Code, Problem};
use crate::report::BackupType;
use crate::store_id::StoreId;

/// What the metadata promises; absent parts are not compared (a dump promises nothing).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expected {
    pub kind: Option<BackupType>,
    pub lowest: Option<i64>,
    pub highest: Option<i64>,
    pub store_id: Option<StoreId>,
}

/// A transaction by its numbers and commit time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TxPoint {
    pub append_index: i64,
    pub tx: i64,
    /// Commit time, milliseconds since 1970, UTC.
    pub time_ms: i64,
}

/// A kernel version that wrote part of the logs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Kernel {
    pub byte: u8,
    /// The Neo4j that introduced it, `5.25`; absent where this program does not know the byte.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub introduced_in: Option<String>,
}

/// The checkpoint that recovery would start from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Checkpoint {
    pub tx: i64,
    pub append_index: i64,
    /// When it was taken, milliseconds since 1970, UTC.
    pub time_ms: i64,
    /// Number of the log, and the offset in it from which recovery reads.
    pub log: u64,
    pub offset: u64,
    pub reason: String,
}

/// What joins an artifact's logs to its neighbours' in a chain. The checksums are absent where the format
/// carries none, or where the batch is not in these logs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Links {
    /// The checksum of the batch before the artifact's lowest, as its own logs say.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub before_lowest: Option<u32>,
    /// The checksum of the batch that is its highest.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub at_highest: Option<u32>,
}

impl Links {
    pub(super) fn note(&mut self, batch: &Batch, expected: &Expected) {
        if Some(batch.append_index) == expected.highest {
            self.at_highest = Some(batch.checksum);
        }
        if Some(batch.append_index) == expected.lowest && batch.previous_checksum.is_some() {
            self.before_lowest = batch.previous_checksum;
        }
        if batch.append_index.checked_add(1) == expected.lowest {
            self.before_lowest = Some(batch.checksum);
        }
    }
}

/// What the transaction logs of an artifact say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LogReport {
    /// Transaction log files.
    pub files: u64,
    pub checkpoint_files: u64,
    /// Bytes of all of them, preallocated zeros included.
    pub bytes: u64,
    /// Log format bytes, 8 to 11.
    pub formats: Vec<u8>,
    /// Kernel versions that wrote them, oldest first.
    pub kernels: Vec<Kernel>,
    /// Appends: transactions, and pieces and rollbacks of long ones.
    pub batches: u64,
    /// Commits.
    pub transactions: u64,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub first: Option<TxPoint>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub last: Option<TxPoint>,
    pub histogram: Histogram,
    /// The last checkpoint, from which recovery would start.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub checkpoint: Option<Checkpoint>,
    /// Checkpoint records found, and those whose transaction was in the logs and agreed.
    pub checkpoints: u64,
    pub checkpoints_agreed: u64,
    pub links: Links,
    pub problems: Vec<Problem>,
}

impl LogReport {
    /// The oldest Neo4j that can read these logs, by the newest kernel version in them; absent where there is
    /// no log, or an unknown kernel.
    pub fn oldest_neo4j(&self) -> Option<&str> {
        self.kernels.last().and_then(|kernel| kernel.introduced_in.as_deref())
    }
}

pub(super) fn finish(logs: Logs, each: &mut dyn FnMut(&Batch)) -> LogReport {
    let Logs { expected, mut files, records, compared, mut links, mut histogram, .. } = logs;
    files.sort_by(|a, b| (a.is_checkpoint, a.number, &a.path).cmp(&(b.is_checkpoint, b.number, &b.path)));
    let mut problems = Vec::new();
    let mut spanning = Vec::new();
    let (checkpoints, mut transactions): (Vec<_>, Vec<_>) =
        files.into_iter().partition(|file| file.is_checkpoint);

    span_files(&mut transactions, &mut spanning);
    for batch in &spanning {
        if batch.commits {
            histogram.add(batch.time_ms);
        }
        links.note(batch, &expected);
        each(batch);
    }
    for group in [&checkpoints, &transactions] {
        sequence(group, &mut problems);
        for (at, file) in group.iter().enumerate() {
            let is_last = at + 1 == group.len();
            problems.extend(file.damage.iter().map(|damage| damaged(file, damage, is_last)));
            problems.extend(cut(file, is_last));
            problems.extend(header_problems(file, &expected));
        }
    }
    continuity(&transactions, &mut problems);

    let everything = || checkpoints.iter().chain(&transactions);
    let bytes_of_kernels: BTreeSet<u8> = everything().flat_map(|file| &file.kernels).copied().collect();
    let unknown: BTreeSet<u8> = everything().filter_map(|file| file.unknown_kernel).collect();
    for byte in &unknown {
        let message = format!(
            "the logs were written by a newer Neo4j (kernel byte {byte}); what they hold was checked by checksums only"
        );
        problems.push(Problem::new(Code::LogNewer, message));
    }
    let point =
        |batch: &Batch| TxPoint { append_index: batch.append_index, tx: batch.tx, time_ms: batch.time_ms };
    let batches = transactions.iter().flat_map(|file| [&file.first, &file.last]).flatten().chain(&spanning);
    let mut points: Vec<TxPoint> = batches.map(point).collect();
    points.sort_by_key(|point| point.append_index);
    let (first, last) = (points.first().copied(), points.last().copied());

    let last_record = judge_records(&records, &compared, &transactions, &mut problems);
    promised(&expected, first, last, last_record, transactions.is_empty(), &mut problems);

    let kernel = |byte: &u8| Kernel { byte: *byte, introduced_in: kernel_name(*byte).map(str::to_owned) };
    let formats: BTreeSet<u8> = everything().filter_map(|file| Some(file.header.as_ref()?.format)).collect();
    LogReport {
        files: transactions.len() as u64,
        checkpoint_files: checkpoints.len() as u64,
        bytes: everything().map(|file| file.bytes).sum(),
        formats: formats.into_iter().collect(),
        kernels: bytes_of_kernels.union(&unknown).map(kernel).collect(),
        batches: transactions.iter().map(|file| file.batches).sum::<u64>() + spanning.len() as u64,
        transactions: transactions.iter().map(|file| file.transactions).sum::<u64>()
            + spanning.iter().filter(|batch| batch.commits).count() as u64,
        first,
        last,
        histogram,
        checkpoint: last_record.map(|record| Checkpoint {
            tx: record.tx,
            append_index: record.append_index,
            time_ms: record.time_ms,
            log: record.oldest.0,
            offset: record.oldest.1,
            reason: record.reason.clone(),
        }),
        checkpoints: records.len() as u64,
        checkpoints_agreed: compared.values().filter(|agrees| **agrees).count() as u64,
        links,
        problems,
    }
}

/// Joins what one enveloped file began with what the next one ends.
fn span_files(files: &mut [LogFile], spanning: &mut Vec<Batch>) {
    for at in 1..files.len() {
        let (before, rest) = files.split_at_mut(at);
        let (before, file) = (&mut before[at - 1], &mut rest[0]);
        match (before.open.take(), file.lead.take()) {
            (Some(open), Some(lead)) if open.append_index == lead.append_index => {
                spanning.extend(open.join(&lead).batch(file.number));
                file.lead = Some(lead);
            }
            // A batch longer than a file: the middle one has neither its beginning nor its end.
            (Some(open), None)
                if file.batches == 0
                    && file
                        .open
                        .as_ref()
                        .is_some_and(|next| next.is_rest && next.append_index == open.append_index) =>
            {
                let next = file.open.take().unwrap_or_default();
                file.open = Some(open.join(&next));
            }
            (open, lead) => {
                if let Some(lead) = &lead {
                    file.damage.push(Damage::CorruptBatch { at: lead.at, resumes_at: lead.end });
                }
                if let Some(open) = open {
                    before.damage.push(Damage::Torn {
                        at: open.at,
                        bytes: before.bytes.saturating_sub(open.at),
                        zeros: 0,
                    });
                }
                file.lead = lead;
            }
        }
    }
    if let Some(last) = files.last_mut()
        && let Some(open) = last.open.take()
    {
        last.damage.push(Damage::Torn { at: open.at, bytes: open.end.saturating_sub(open.at), zeros: 0 });
    }
}

/// Numbers without holes, names and headers that agree.
fn sequence(files: &[LogFile], problems: &mut Vec<Problem>) {
    for pair in files.windows(2) {
        let (before, file) = (&pair[0], &pair[1]);
        if before.number == file.number {
            let message = format!("`{}` is there twice", file.path);
            problems.push(Problem::new(Code::LogGap, message));
        } else if before.number + 1 != file.number {
            let message = format!(
                "log files {} to {} are missing between `{}` and `{}`",
                before.number + 1,
                file.number - 1,
                before.path,
                file.path,
            );
            problems.push(Problem::new(Code::LogGap, message));
        }
    }
}

fn header_problems(file: &LogFile, expected: &Expected) -> Vec<Problem> {
    let Some(header) = &file.header else {
        return Vec::new();
    };
    let mut problems = Vec::new();
    if header.number != file.number {
        let message = format!(
            "`{}` says in its header that it is number {}: expected {}",
            file.path, header.number, file.number
        );
        problems.push(Problem::new(Code::LogHeader, message));
    }
    if let (Some(found), Some(expected)) = (&header.store_id, &expected.store_id)
        && found != expected
    {
        let message = format!(
            "`{}` belongs to another store: STORE ID HASH {}, expected {}",
            file.path,
            found.hash(),
            expected.hash()
        );
        problems.push(Problem::new(Code::LogOtherStore, message));
    }
    problems
}

/// Only the last file may end in preallocated zeros.
fn cut(file: &LogFile, is_last: bool) -> Option<Problem> {
    let End::Zeros { from, bytes } = file.end else {
        return None;
    };
    if is_last {
        return None;
    }
    let message = format!(
        "`{}` ends in {bytes} zero bytes from {from} on, and it is not the last log: it was cut short or never filled",
        file.path
    );
    Some(Problem::new(Code::LogCut, message))
}

fn continuity(files: &[LogFile], problems: &mut Vec<Problem>) {
    for pair in files.windows(2) {
        let (before, file) = (&pair[0], &pair[1]);
        let (Some(last), Some(header)) = (&before.last, &file.header) else {
            continue;
        };
        let reached = match &file.lead {
            // A batch under way is counted by the header already.
            Some(lead) => lead.append_index,
            None => last.append_index,
        };
        if header.last_append_index != reached {
            let message = format!(
                "`{}` continues after append index {}, and `{}` ends at {}",
                file.path, header.last_append_index, before.path, last.append_index
            );
            problems.push(Problem::new(Code::LogGap, message));
        }
        let link = match (&header.envelopes, before.last_envelope) {
            (Some(envelopes), Some(checksum)) => Some((checksum, envelopes.previous_checksum)),
            (Some(envelopes), None) => Some((last.checksum, envelopes.previous_checksum)),
            (None, _) => {
                file.first.as_ref().and_then(|first| Some((last.checksum, first.previous_checksum?)))
            }
        };
        if let Some((expected, found)) = link
            && expected != found
        {
            let message = format!(
                "`{}` follows a batch with checksum {found:08x}, and `{}` ends with {expected:08x}: they are of different histories",
                file.path, before.path
            );
            problems.push(Problem::new(Code::LogChain, message));
        }
    }
}

/// Compares every record with the batch it names; gives the newest.
fn judge_records<'r>(
    records: &'r [Record],
    compared: &std::collections::HashMap<usize, bool>,
    files: &[LogFile],
    problems: &mut Vec<Problem>,
) -> Option<&'r Record> {
    let mut disagreed: Vec<usize> =
        compared.iter().filter(|(_, agrees)| !**agrees).map(|(index, _)| *index).collect();
    disagreed.sort_unstable();
    for index in disagreed {
        let record = &records[index];
        let message = format!(
            "the checkpoint at byte {} of `checkpoint.{}` names tx {} with another checksum or commit time than the log has",
            record.at, record.file, record.tx
        );
        problems.push(Problem::new(Code::LogCheckpoint, message));
    }
    let last = records.iter().max_by_key(|record| (record.file, record.at))?;
    let ends = files.iter().map(|file| (file.number, file.bytes)).max();
    if let Some(end) = ends
        && (last.log, last.offset) > end
    {
        let message = format!(
            "the last checkpoint is at byte {} of log {}, beyond the end of the logs (byte {} of log {}): the end of the logs is lost",
            last.offset, last.log, end.1, end.0
        );
        problems.push(Problem::new(Code::LogCheckpoint, message));
    }
    Some(last)
}

/// Whether the logs hold what the metadata promises. Neo4j drops a damaged last batch without a word, so a
/// promised transaction that is not here is lost data.
fn promised(
    expected: &Expected,
    first: Option<TxPoint>,
    last: Option<TxPoint>,
    checkpoint: Option<&Record>,
    none: bool,
    problems: &mut Vec<Problem>,
) {
    let (Some(kind), Some(lowest), Some(highest)) = (expected.kind, expected.lowest, expected.highest) else {
        return;
    };
    if kind == BackupType::Empty {
        return;
    }
    if none {
        let message = format!(
            "there are no transaction logs inside: that it holds tx {lowest}..{highest} is not proven"
        );
        problems.push(Problem::new(Code::LogNone, message));
        return;
    }
    let reached = last.map(|last| last.append_index);
    let recovered = checkpoint.map(|record| record.append_index);
    let end = reached.max(if kind == BackupType::Full { recovered } else { None });
    if end.is_none_or(|end| end < highest) {
        let found = end.map_or("none".to_owned(), |end| format!("up to {end}"));
        let message = format!(
            "the metadata promises tx up to {highest}, and the logs hold {found}: Neo4j would restore less and not say so"
        );
        let remedy = "do not rely on this artifact; take a new full backup";
        problems.push(Problem::new(Code::LogRange, message).remedy(remedy));
    }
    let begin = match kind {
        BackupType::Differential => Some(lowest),
        // A full needs its logs from the checkpoint on.
        _ => recovered.map(|index| index.saturating_add(1)).filter(|index| *index <= highest),
    };
    if let (Some(begin), Some(first)) = (begin, first)
        && first.append_index > begin
    {
        let message = format!(
            "the logs begin at tx {}, and a restore needs them from tx {begin} on",
            first.append_index
        );
        problems.push(Problem::new(Code::LogRange, message));
    }
}

fn damaged(file: &LogFile, damage: &Damage, is_last: bool) -> Problem {
    let path = &file.path;
    let (code, message) = match damage {
        Damage::Header { expected, found } => {
            (Code::LogHeader, format!("`{path}` has no readable header: expected {expected}, found {found}"))
        }
        Damage::NewerFormat(format) => (
            Code::LogNewer,
            format!("`{path}` is in log format {format}, which is newer than this program knows"),
        ),
        Damage::Torn { at, bytes, zeros } if is_last => (
            Code::LogTorn,
            format!(
                "`{path}`: the batch at byte {at} has no end ({bytes} bytes of it, then {zeros} zero bytes); Neo4j drops it without a word"
            ),
        ),
        Damage::Torn { at, bytes, .. } => (
            Code::LogCut,
            format!(
                "`{path}` is cut short: the batch at byte {at} has no end after {bytes} bytes, and more logs follow"
            ),
        ),
        Damage::LastBatchChecksum { at, commit_at, .. } => (
            Code::LogTorn,
            format!(
                "`{path}`: the last batch, bytes {at} to {commit_at}, is damaged (its checksum fails); Neo4j drops it without a word"
            ),
        ),
        Damage::CorruptBatch { at, resumes_at } => (
            Code::LogCorrupt,
            format!(
                "`{path}`: the batch at byte {at} is damaged; the log verifies again from byte {resumes_at}"
            ),
        ),
        Damage::UnknownEntry { at, found } => (
            Code::LogCorrupt,
            format!("`{path}`: expected a log entry at byte {at}, found {}", crate::wire::hex(found)),
        ),
        Damage::Garbage { at, after } => (
            Code::LogGarbage,
            format!("`{path}`: expected zeros or the end after byte {after}, found data at byte {at}"),
        ),
        Damage::Chain { at, expected, found } => (
            Code::LogChain,
            format!(
                "`{path}`: what is at byte {at} follows a batch with checksum {found:08x}, and the one before has {expected:08x}"
            ),
        ),
        Damage::Gap { at, expected, found } => {
            (Code::LogGap, format!("`{path}`: expected append index {expected} at byte {at}, found {found}"))
        }
        Damage::CheckpointChecksum { at } => (
            Code::LogCheckpoint,
            format!("`{path}`: the checkpoint record at byte {at} is damaged (its checksum fails)"),
        ),
    };
    Problem::new(code, message)
}
