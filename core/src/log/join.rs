//! The files of one artifact put together: order, continuity, checkpoints, and the promised range.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::checkpoint::{Places, Record, Records};
use super::entry::kernel_name;
use super::{Batch, Damage, End, Histogram, LogFile, Logs, Partial};
use crate::problem::{Code, Problem, Problems};
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

pub(super) fn finish(mut logs: Logs, each: &mut dyn FnMut(&Batch)) -> LogReport {
    let mut files = std::mem::take(&mut logs.files);
    files.sort_by(|a, b| (a.is_checkpoint, a.number, &a.path).cmp(&(b.is_checkpoint, b.number, &b.path)));
    let mut problems = Problems::default();
    let mut spanning = Vec::new();
    let (checkpoints, mut transactions): (Vec<_>, Vec<_>) =
        files.into_iter().partition(|file| file.is_checkpoint);

    span_files(&mut transactions, &mut spanning);
    for batch in &spanning {
        logs.note(batch);
        each(batch);
    }
    let Logs { expected, records, links, histogram, .. } = logs;
    for group in [&checkpoints, &transactions] {
        sequence(group, &mut problems);
        for (at, file) in group.iter().enumerate() {
            let is_last = at + 1 == group.len();
            let damage = file.damage.iter().map(|damage| damaged(file, damage, is_last));
            let problem = damage.chain(cut(file, is_last)).chain(header_problems(file, &expected));
            problem.for_each(|problem| problems.push(problem));
        }
    }
    continuity(&transactions, &mut problems);

    let everything = || checkpoints.iter().chain(&transactions);
    let bytes_of_kernels: BTreeSet<u8> = everything().flat_map(|file| &file.kernels).copied().collect();
    let unknown: BTreeSet<u8> = everything().filter_map(|file| file.unknown_kernel).collect();
    let not_understood: u64 = everything().map(|file| file.not_understood).sum();
    if not_understood > 0 {
        let message = format!(
            "{not_understood} entries of the logs hold what this program does not know; their checksums hold, and that is all that was checked of them"
        );
        problems.push(Problem::new(Code::LogNewer, message));
    }
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

    let last_record = judge_records(&records, last, &transactions, &mut problems);
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
        checkpoints: records.count(),
        checkpoints_agreed: records.agreed(),
        links,
        problems: problems.into_vec(),
    }
}

/// Joins what one enveloped file began with what the next one ends.
fn span_files(files: &mut [LogFile], spanning: &mut Vec<Batch>) {
    for at in 1..files.len() {
        let (before, rest) = files.split_at_mut(at);
        let (before, file) = (&mut before[at - 1], &mut rest[0]);
        let continues = |open: &Partial, rest: &Partial| {
            before.number.checked_add(1) == Some(file.number) && open.append_index == rest.append_index
        };
        match (before.open.take(), file.lead.take()) {
            (Some(open), Some(lead)) if continues(&open, &lead) => {
                let joined = open.join(&lead);
                let batch = joined.batch(file.number).unwrap_or_else(|| {
                    file.not_understood += 1;
                    joined.unread(file.number, before.last.as_ref().map_or(0, |last| last.tx))
                });
                spanning.push(batch);
                file.lead = Some(lead);
            }
            // A batch longer than a file: the middle one has neither its beginning nor its end.
            (Some(open), None)
                if file.open.as_ref().is_some_and(|next| next.is_rest && continues(&open, next)) =>
            {
                let next = file.open.take().unwrap_or_default();
                file.open = Some(open.join(&next));
            }
            (open, lead) => {
                // Where a file is missing between the two, that has been told.
                if let Some(lead) =
                    lead.as_ref().filter(|_| before.number.checked_add(1) == Some(file.number))
                {
                    file.damage(Damage::CorruptBatch { at: lead.at, resumes_at: Some(lead.end) });
                }
                if let Some(open) = open {
                    before.damage(unfinished(before, &open));
                }
                file.lead = lead;
            }
        }
    }
    if let Some(last) = files.last_mut()
        && let Some(open) = last.open.take()
    {
        last.damage(unfinished(last, &open));
    }
}

/// A batch that nothing ends, with the place of what the file has of it.
fn unfinished(file: &LogFile, open: &Partial) -> Damage {
    let data_at = file.header.as_ref().map_or(0, |header| header.data_at);
    let at = if open.file == file.number { open.at } else { data_at };
    Damage::Torn { at, bytes: open.end.saturating_sub(at), zeros: 0 }
}

/// Numbers without holes, names and headers that agree.
fn sequence(files: &[LogFile], problems: &mut Problems) {
    for pair in files.windows(2) {
        let (before, file) = (&pair[0], &pair[1]);
        if before.number == file.number {
            let message = format!("`{}` is there twice", file.path);
            problems.push(Problem::new(Code::LogGap, message));
        } else if before.number + 1 != file.number {
            let missing = match (before.number + 1, file.number - 1) {
                (first, last) if first == last => format!("log file {first} is missing"),
                (first, last) => format!("log files {first} to {last} are missing"),
            };
            let message = format!("{missing} between `{}` and `{}`", before.path, file.path);
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

/// What the logs so far lead up to.
struct Reached<'f> {
    file: &'f LogFile,
    append_index: i64,
    checksum: u32,
}

impl<'f> Reached<'f> {
    /// Behind a file: its own last batch, or what came before where it holds none.
    fn behind(file: &'f LogFile, before: Option<&Self>) -> Option<Self> {
        let batch = match (&file.last, &file.lead) {
            (Some(last), _) => Some((last.append_index, last.checksum)),
            (None, Some(lead)) => Some((lead.append_index, lead.checksum)),
            (None, None) => None,
        };
        // A batch that goes on in the next file is counted there already, and its last piece is linked to.
        let (index, checksum) = match (batch, before) {
            (Some(batch), _) => batch,
            (None, Some(before)) => (before.append_index, before.checksum),
            (None, None) => return None,
        };
        Some(Self { file, append_index: index, checksum: file.last_envelope.unwrap_or(checksum) })
    }
}

/// Whether each file continues the one before it, by number of batches and by checksum.
fn continuity(files: &[LogFile], problems: &mut Problems) {
    let mut reached: Option<Reached<'_>> = None;
    for file in files {
        // What a damaged or missing file led up to is not known, and that problem has been told.
        let before = reached.take().filter(|before| {
            before.file.end != End::Damaged && before.file.number.checked_add(1) == Some(file.number)
        });
        if let (Some(before), Some(header)) = (&before, &file.header) {
            // A batch under way is counted by the header already.
            let expected = match file.continues {
                Some(_) => before.append_index.saturating_add(1),
                None => before.append_index,
            };
            if header.last_append_index != expected || file.continues.is_some_and(|index| index != expected) {
                let message = format!(
                    "`{}` continues after append index {}, and `{}` ends at {}",
                    file.path, header.last_append_index, before.file.path, before.append_index
                );
                problems.push(Problem::new(Code::LogGap, message));
            }
            let linked = match &header.envelopes {
                Some(envelopes) => Some(envelopes.previous_checksum),
                None => file.first.as_ref().and_then(|first| first.previous_checksum),
            };
            if let Some(found) = linked.filter(|found| *found != before.checksum) {
                let message = format!(
                    "`{}` follows a batch with checksum {found:08x}, and `{}` ends with {:08x}: they are of different histories",
                    file.path, before.file.path, before.checksum
                );
                problems.push(Problem::new(Code::LogChain, message));
            }
        }
        reached = Reached::behind(file, before.as_ref());
    }
}

/// Says which records contradict the logs; gives the newest.
fn judge_records<'r>(
    records: &'r Records,
    reached: Option<TxPoint>,
    files: &[LogFile],
    problems: &mut Problems,
) -> Option<&'r Record> {
    for record in records.contradicting() {
        let message = format!(
            "the checkpoint at byte {} of `checkpoint.{}` names tx {} with another checksum, commit time or place than the log has",
            record.at, record.file, record.tx
        );
        problems.push(Problem::new(Code::LogCheckpoint, message));
    }
    let last = records.last()?;
    if let Some(reached) = reached.filter(|reached| reached.append_index < last.append_index) {
        let message = format!(
            "the last checkpoint was taken at tx {}, and the logs end at tx {}: their end is lost",
            last.tx, reached.tx
        );
        problems.push(Problem::new(Code::LogCheckpoint, message));
        return Some(last);
    }
    let numbers = files.iter().map(|file| file.number);
    if records.places() == Places::Own
        && let (Some(lowest), Some(end)) =
            (numbers.min(), files.iter().map(|file| (file.number, file.bytes)).max())
        && ((last.log, last.offset) > end || last.oldest.0 < lowest)
    {
        let message = format!(
            "recovery would start at byte {} of log {}, which is not here: the logs reach from log {lowest} to byte {} of log {}",
            last.oldest.1, last.oldest.0, end.1, end.0
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
    problems: &mut Problems,
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
    let recovered = checkpoint.map(Record::contained);
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
    let what = if file.is_checkpoint { "record" } else { "batch" };
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
                "`{path}`: the {what} at byte {at} has no valid end ({bytes} bytes of it, then {zeros} zero bytes); Neo4j drops it without a word"
            ),
        ),
        Damage::Torn { at, bytes, .. } => (
            Code::LogCut,
            format!(
                "`{path}` is cut short: the {what} at byte {at} has no valid end after {bytes} bytes, and more logs follow"
            ),
        ),
        Damage::LastBatchChecksum { at, end } if is_last => (
            Code::LogTorn,
            format!(
                "`{path}`: the last batch, bytes {at} to {end}, is damaged (its checksum fails); Neo4j drops it without a word"
            ),
        ),
        Damage::LastBatchChecksum { at, end } => (
            Code::LogCorrupt,
            format!("`{path}`: the last batch in it, bytes {at} to {end}, is damaged (its checksum fails)"),
        ),
        Damage::CorruptBatch { at, resumes_at: None } => (
            Code::LogCorrupt,
            format!("`{path}`: the {what} at byte {at} is damaged; where the log goes on cannot be told"),
        ),
        Damage::CorruptBatch { at, resumes_at: Some(resumes_at) } => (
            Code::LogCorrupt,
            format!(
                "`{path}`: the {what} at byte {at} is damaged; the log verifies again from byte {resumes_at}"
            ),
        ),
        Damage::UnknownEntry { at, found } => (
            Code::LogGarbage,
            format!(
                "`{path}`: expected a log entry or the end at byte {at}, found {}; nothing behind it verifies",
                crate::wire::hex(found)
            ),
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
