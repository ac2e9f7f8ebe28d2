//! The transaction logs of a database that may be running: held open, so that pruning cannot take them away,
//! and walked to the last transaction that is whole.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::{Context, anyhow, bail};
use graphkeep_core::log::{
    Checkpoints, Expected, Extent, Head, LogName, LogReport, Logs, Written, checkpoints,
};
use graphkeep_core::problem::{Code, Problem, Severity};
use graphkeep_core::store_id::StoreId;

/// Walks until a damage counts: a batch may be half written at the moment it is read.
const TRIES: usize = 5;
/// Between two of them.
const PAUSE: Duration = Duration::from_millis(100);

/// Log and checkpoint files by number, open.
#[derive(Debug)]
pub(crate) struct HeldLogs {
    folder: PathBuf,
    transactions: BTreeMap<u64, File>,
    checkpoints: BTreeMap<u64, File>,
}

/// A stretch of one log: some bytes, then bytes `from..to` of the file.
#[derive(Debug)]
pub(crate) struct Piece<'l> {
    pub(crate) number: u64,
    head: Vec<u8>,
    file: &'l File,
    from: u64,
    to: u64,
}

/// The copy of a checkpoint file.
#[derive(Debug)]
pub(crate) struct CheckpointCopy {
    pub(crate) name: String,
    pub(crate) at: PathBuf,
}

/// What a walk found.
#[derive(Debug)]
pub(crate) struct Walked {
    pub(crate) report: LogReport,
    pub(crate) extent: Extent,
}

impl HeldLogs {
    pub(crate) fn open(folder: &Path) -> anyhow::Result<Self> {
        let mut held =
            Self { folder: folder.to_owned(), transactions: BTreeMap::new(), checkpoints: BTreeMap::new() };
        held.refresh()?;
        if held.transactions.is_empty() {
            bail!("there are no transaction logs in `{}`", folder.display());
        }
        Ok(held)
    }

    /// Opens what has come since. Files that were pruned meanwhile stay open.
    pub(crate) fn refresh(&mut self) -> anyhow::Result<()> {
        let reading = || format!("cannot read the transaction logs in `{}`", self.folder.display());
        for entry in fs::read_dir(&self.folder).with_context(reading)? {
            let entry = entry.with_context(reading)?;
            let name = entry.file_name();
            let Some(name) = name.to_str().and_then(LogName::of) else { continue };
            let (files, number) = match name {
                LogName::Transactions(number) => (&mut self.transactions, number),
                LogName::Checkpoints(number) => (&mut self.checkpoints, number),
            };
            if files.contains_key(&number) {
                continue;
            }
            match File::open(entry.path()) {
                Ok(file) => drop(files.insert(number, file)),
                // Pruned between the listing and now: whoever needs it will miss it.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => {
                    return Err(error).with_context(|| format!("cannot read `{}`", entry.path().display()));
                }
            }
        }
        Ok(())
    }

    /// The store that the newest log belongs to.
    pub(crate) fn store_id(&self) -> anyhow::Result<StoreId> {
        for number in self.transactions.keys().rev() {
            let Some(head) = self.head(*number)? else { continue };
            return head.store_id().cloned().ok_or_else(|| {
                anyhow!(
                    "the logs are in format {}, which says nothing of the store: no released Neo4j writes it",
                    head.format()
                )
            });
        }
        bail!("no transaction log in `{}` was ever begun", self.folder.display())
    }

    /// The header of a log; absent where it was preallocated and never begun.
    fn head(&self, number: u64) -> anyhow::Result<Option<Head>> {
        let bytes = self.bytes(number, Head::LEN)?;
        Head::parse(&bytes)
            .map_err(|error| anyhow!("`neostore.transaction.db.{number}` has no readable header: {error}"))
    }

    fn bytes(&self, number: u64, len: u64) -> anyhow::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut file = self.transactions.get(&number).with_context(|| format!("log {number} is missing"))?;
        file.seek(SeekFrom::Start(0))?;
        file.take(len).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// The newest file from which the batch after `index` can be reached, the batch `index` itself included
    /// where that is still there.
    pub(crate) fn file_before(&self, index: i64) -> anyhow::Result<Option<u64>> {
        let mut found = None;
        for number in self.transactions.keys() {
            let Some(head) = self.head(*number)? else { continue };
            let last = head.last_append_index();
            // A header that counts `index` may stand behind it: the file before holds it.
            if last < index || found.is_none() && last == index {
                found = Some(*number);
            }
        }
        Ok(found)
    }

    /// What the oldest log follows.
    pub(crate) fn oldest_index(&self) -> anyhow::Result<Option<i64>> {
        let Some(number) = self.transactions.keys().next() else { return Ok(None) };
        Ok(self.head(*number)?.map(|head| head.last_append_index()))
    }

    /// Bytes that the logs take, whether files are still named or not.
    pub(crate) fn bytes_on_disk(&self) -> u64 {
        let sizes = self.transactions.values().map(|file| file.metadata().map_or(0, |found| found.len()));
        sizes.sum()
    }

    /// Walks the logs from file `from` on, looking for the batches from `lowest` on.
    ///
    /// # Errors
    /// Where they cannot be read, belong to another store, or do not connect.
    pub(crate) fn walk(&self, from: u64, lowest: i64, store_id: &StoreId) -> anyhow::Result<Walked> {
        let mut tries = 0;
        loop {
            tries += 1;
            let walked = self.walk_once(from, lowest, store_id)?;
            let Some(problem) = broken(&walked) else { return Ok(walked) };
            if tries == TRIES {
                bail!("the transaction logs in `{}` do not connect: {problem}", self.folder.display());
            }
            std::thread::sleep(PAUSE);
        }
    }

    fn walk_once(&self, from: u64, lowest: i64, store_id: &StoreId) -> anyhow::Result<Walked> {
        let expected = Expected { store_id: Some(store_id.clone()), ..Expected::default() };
        let mut logs = Logs::new(expected);
        let mut extent = Extent::from(lowest);
        for (number, mut file) in self.transactions.range(from..) {
            file.seek(SeekFrom::Start(0))?;
            let path = format!("neostore.transaction.db.{number}");
            logs.file(&path, LogName::Transactions(*number), file, &mut |batch| extent.note(batch))
                .with_context(|| format!("cannot read `{}`", self.folder.join(&path).display()))?;
        }
        let report = logs.finish(&mut |batch| extent.note(batch));
        Ok(Walked { report, extent })
    }

    /// The stretches that hold the batches from `extent`'s first to its last, as logs of their own.
    pub(crate) fn wanted(&self, extent: &Extent) -> anyhow::Result<Vec<Piece<'_>>> {
        let (Some(first), Some(last)) = (&extent.first, &extent.last) else {
            return Ok(Vec::new());
        };
        let mut pieces = Vec::new();
        for (number, file) in self.transactions.range(first.file..=last.end_file) {
            let to = if *number == last.end_file { last.end } else { file.metadata()?.len() };
            let (mut head, mut from) = (Vec::new(), 0);
            if *number == first.file
                && let Some(header) = self.head(*number)?
                && first.at > header.data_at()
            {
                let before = extent.before.as_ref().with_context(|| {
                    format!("the batch before tx {} is not in the logs", first.append_index)
                })?;
                head = header.cut(&self.bytes(*number, header.data_at())?, first.at, before);
                from = first.at;
            }
            pieces.push(Piece { number: *number, head, file, from, to });
        }
        Ok(pieces)
    }

    /// The logs from the one that recovery begins in to the last whole batch.
    pub(crate) fn since_checkpoint(
        &self,
        checkpoint: &Written,
        extent: &Extent,
    ) -> anyhow::Result<Vec<Piece<'_>>> {
        // A log may have been begun right before the checkpoint, and hold nothing yet.
        let position = (checkpoint.log, checkpoint.offset);
        let end = extent.last.as_ref().map_or(position, |last| position.max((last.end_file, last.end)));
        let mut pieces = Vec::new();
        for (number, file) in self.transactions.range(checkpoint.log..=end.0) {
            let to = if *number == end.0 { end.1 } else { file.metadata()?.len() };
            pieces.push(Piece { number: *number, head: Vec::new(), file, from: 0, to });
        }
        Ok(pieces)
    }

    /// Copies the checkpoint files into `folder`, up to the last whole record of each; gives the newest
    /// record, and the copies.
    pub(crate) fn copy_checkpoints(
        &self,
        folder: &Path,
    ) -> anyhow::Result<(Option<Written>, Vec<CheckpointCopy>)> {
        let mut newest = None;
        let mut copies = Vec::new();
        for (number, mut file) in &self.checkpoints {
            let name = format!("checkpoint.{number}");
            let reading = || format!("cannot read `{}`", self.folder.join(&name).display());
            file.seek(SeekFrom::Start(0)).with_context(reading)?;
            let Checkpoints { last, end } = checkpoints(*number, file).with_context(reading)?;
            newest = last.or(newest);
            if end == 0 {
                continue;
            }
            file.seek(SeekFrom::Start(0))?;
            let copy = folder.join(&name);
            let mut to = File::create(&copy).with_context(|| format!("cannot write `{}`", copy.display()))?;
            io::copy(&mut file.take(end), &mut to)
                .with_context(|| format!("cannot write `{}`", copy.display()))?;
            copies.push(CheckpointCopy { name, at: copy });
        }
        Ok((newest, copies))
    }
}

/// What keeps logs from being copied. A batch without an end at the very end is one that is being written.
fn broken(walked: &Walked) -> Option<String> {
    let counts = |problem: &&Problem| problem.severity == Severity::Error && problem.code != Code::LogTorn;
    if let Some(problem) = walked.report.problems.iter().find(counts) {
        return Some(problem.message.clone());
    }
    (!walked.extent.is_unbroken()).then(|| "append indexes are missing or there twice".to_owned())
}

impl Piece<'_> {
    pub(crate) fn name(&self) -> String {
        format!("neostore.transaction.db.{}", self.number)
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.head.len() as u64 + self.to.saturating_sub(self.from)
    }

    pub(crate) fn modified(&self) -> io::Result<SystemTime> {
        self.file.metadata()?.modified()
    }

    pub(crate) fn content(&self) -> io::Result<impl Read + '_> {
        let mut file = self.file;
        file.seek(SeekFrom::Start(self.from))?;
        Ok(self.head.as_slice().chain(file.take(self.to.saturating_sub(self.from))))
    }
}
