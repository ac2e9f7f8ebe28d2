//! The transaction logs of a chain joined to those of one database: the full's, and behind them what each
//! differential adds, up to the last transaction that is wanted. The full's checkpoint files stay as they are,
//! since its store files are what a recovery begins with.
//!
//! ```text
//! full           log 3: | header | .. 40 | 41 | zeros
//! differential   log 3: | header | 42 | 43 |   log 4: | header | 44 | 45 |
//! joined         log 3: | header | .. 40 | 41 | 42 | 43 |   log 4: | header | 44 |      (until 45)
//! ```
//! A differential may hold more than its own range, as those of some releases do: whatever the logs before it
//! hold already is passed over. What comes out is walked once more, from the first byte to the last.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use graphkeep_core::log::{Batch, Expected, Head, LogName, LogReport, Logs};
use graphkeep_core::problem::Severity;
use graphkeep_core::report::BackupType;
use graphkeep_core::store_id::StoreId;
use graphkeep_core::time::UtcTime;

use super::unpack::logs;

/// Where a restore stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Until {
    /// At the end of what there is.
    TheEnd,
    /// Before this transaction.
    Tx(i64),
    /// Before the first commit, in the order of the log, that was not before this time.
    Time(UtcTime),
}

impl Until {
    fn stops_at(self, batch: &Batch) -> bool {
        match self {
            Self::TheEnd => false,
            Self::Tx(tx) => batch.commits && batch.tx >= tx,
            Self::Time(time) => batch.commits && batch.time_ms >= time.0.saturating_mul(1000),
        }
    }
}

/// Hears of the batches of one artifact, and remembers where those begin and end that are wanted of it.
#[derive(Debug)]
pub(crate) struct Wanted {
    /// The append index that comes next.
    next: i64,
    /// The last one that is wanted, where the artifact may hold more.
    highest: Option<i64>,
    until: Until,
    first: Option<Batch>,
    last: Option<Batch>,
    /// The lowest that is not wanted any more.
    stop: Option<Batch>,
}

impl Wanted {
    /// Everything that a full holds.
    pub(crate) fn all(until: Until) -> Self {
        Self { next: 0, highest: None, until, first: None, last: None, stop: None }
    }

    /// What a differential up to `highest` adds to logs that end at `reached`.
    pub(crate) fn after(reached: i64, highest: i64, until: Until) -> Self {
        Self { next: reached.saturating_add(1), highest: Some(highest), ..Self::all(until) }
    }

    pub(crate) fn note(&mut self, batch: &Batch) {
        let index = batch.append_index;
        if index < self.next {
            return;
        }
        let too_high = self.highest.is_some_and(|highest| index > highest);
        if (too_high || self.until.stops_at(batch))
            && self.stop.as_ref().is_none_or(|stop| index < stop.append_index)
        {
            self.stop = Some(batch.clone());
        }
        if self.first.as_ref().is_none_or(|first| index < first.append_index) {
            self.first = Some(batch.clone());
        }
        if self.last.as_ref().is_none_or(|last| index > last.append_index) {
            self.last = Some(batch.clone());
        }
    }

    /// The first batch that is not wanted any more.
    pub(crate) fn stop(&self) -> Option<&Batch> {
        self.stop.as_ref()
    }

    /// The append index of the last that is wanted.
    pub(crate) fn reached(&self) -> Option<i64> {
        match &self.stop {
            Some(stop) => Some(stop.append_index.saturating_sub(1)),
            None => self.last.as_ref().map(|last| last.append_index),
        }
    }

    /// Where the last that is wanted ends, or the next begins, which is the same: file and offset.
    fn end(&self) -> Option<(u64, u64)> {
        match &self.stop {
            Some(stop) => Some((stop.file, stop.at)),
            None => self.last.as_ref().map(|last| (last.end_file, last.end)),
        }
    }
}

/// Logs in a folder, which end where the last wanted batch ends.
#[derive(Debug)]
pub(crate) struct Joined {
    folder: PathBuf,
    /// The file that comes last, and where it ends.
    end: (u64, u64),
    reached: i64,
}

impl Joined {
    /// Takes over the logs that a full was unpacked with; it reaches `highest` by its metadata.
    pub(crate) fn begin(folder: &Path, wanted: &Wanted, highest: i64) -> anyhow::Result<Self> {
        let end = match wanted.end() {
            Some(end) => end,
            // Rotated right after the last commit, and pruned: a header and nothing else.
            None => header_of_last(folder)?,
        };
        let reached = wanted.reached().unwrap_or(highest).max(highest);
        Ok(Self { folder: folder.to_owned(), end, reached })
    }

    /// The append index of the last batch.
    pub(crate) fn reached(&self) -> i64 {
        self.reached
    }

    fn file(&self, number: u64) -> PathBuf {
        file(&self.folder, number)
    }

    /// Cuts off what is behind the end: zeros, logs that were begun and hold nothing, and what is not wanted.
    pub(crate) fn cut(&self) -> io::Result<()> {
        let (last, end) = self.end;
        for (name, path) in logs(&self.folder)? {
            match name {
                LogName::Transactions(number) if number > last => fs::remove_file(path)?,
                LogName::Transactions(number) if number == last => {
                    OpenOptions::new().write(true).open(path)?.set_len(end)?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Adds what a differential was unpacked with; its files are used up.
    ///
    /// # Errors
    /// Where its logs do not continue these.
    pub(crate) fn extend(&mut self, part: &Path, wanted: &Wanted) -> anyhow::Result<()> {
        let (Some(first), Some(reached), Some(end)) = (&wanted.first, wanted.reached(), wanted.end()) else {
            return Ok(());
        };
        if reached <= self.reached {
            return Ok(());
        }
        let next = self.reached + 1;
        if first.append_index != next {
            bail!("its logs go on with tx {}, and tx {next} comes next", first.append_index);
        }
        self.cut()?;
        let (last, at) = self.end;
        let head = head(&file(part, first.file))?;
        // Where the differential's first file lies in what is joined.
        let shift = if first.file == last {
            let to = head.place(at, first.at);
            append(&file(part, first.file), first.at, &self.file(last), to)?;
            (to, first.at)
        } else if first.file == last + 1 && first.at == head.data_at() {
            fs::rename(file(part, first.file), self.file(first.file))?;
            (0, 0)
        } else {
            bail!(
                "its logs go on in file {} at byte {}, and those before it end in file {last}",
                first.file,
                first.at
            );
        };
        for (name, path) in logs(part)? {
            if let LogName::Transactions(number) = name
                && (first.file + 1..=end.0).contains(&number)
            {
                fs::rename(path, self.file(number))?;
            }
        }
        self.end = if end.0 == first.file { (end.0, end.1 - shift.1 + shift.0) } else { end };
        self.reached = reached;
        Ok(())
    }

    /// Walks all of it: every checksum, every link, no gap, from the full's checkpoint to the wanted end.
    ///
    /// # Errors
    /// With what is wrong.
    pub(crate) fn prove(&self, store_id: &StoreId) -> anyhow::Result<LogReport> {
        let mut walk = Logs::new(Expected {
            kind: Some(BackupType::Full),
            lowest: Some(1),
            highest: Some(self.reached),
            store_id: Some(store_id.clone()),
        });
        for (name, path) in logs(&self.folder)? {
            let shown = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            walk.file(&shown, name, BufReader::new(File::open(&path)?), &mut |_| {})?;
        }
        let report = walk.finish(&mut |_| {});
        if let Some(problem) = report.problems.iter().find(|problem| problem.severity > Severity::Note) {
            bail!("the joined logs are not sound: {}", problem.message);
        }
        let ends_at = report.last.map_or(self.reached, |last| last.append_index);
        if ends_at != self.reached {
            bail!("the joined logs end at tx {ends_at}: expected {}", self.reached);
        }
        Ok(report)
    }
}

fn file(folder: &Path, number: u64) -> PathBuf {
    folder.join(format!("neostore.transaction.db.{number}"))
}

fn head(path: &Path) -> anyhow::Result<Head> {
    let mut bytes = Vec::new();
    File::open(path)?.take(Head::LEN).read_to_end(&mut bytes)?;
    let head = Head::parse(&bytes).map_err(anyhow::Error::msg);
    let reading = || format!("cannot read the header of `{}`", path.display());
    head.with_context(reading)?.with_context(reading)
}

fn header_of_last(folder: &Path) -> anyhow::Result<(u64, u64)> {
    for (name, path) in logs(folder)?.into_iter().rev() {
        if let LogName::Transactions(number) = name
            && let Ok(head) = head(&path)
        {
            return Ok((number, head.data_at()));
        }
    }
    bail!("there are no transaction logs in it: Neo4j starts no database without them")
}

/// Puts the bytes of one file from `from` on into another at `to`.
fn append(source: &Path, from: u64, target: &Path, to: u64) -> io::Result<()> {
    let mut source = File::open(source)?;
    source.seek(SeekFrom::Start(from))?;
    let mut target = OpenOptions::new().write(true).open(target)?;
    target.seek(SeekFrom::Start(to))?;
    io::copy(&mut source, &mut target)?;
    Ok(())
}
