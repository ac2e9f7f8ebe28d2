//! Many files read to their ends on as many threads as there are cores. Results come out in the order of the
//! files, whichever thread is done first, so that one thread and eight say the same.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use graphkeep_core::progress::Visitor;
use graphkeep_core::report::{Artifact, Dump, Level, OtherFile, Reading, Reason};
use graphkeep_core::stranger::Stranger;

use crate::exit::{Exit, Exits};
use crate::files::Files;
use crate::progress::{Decoding, Progress};
use crate::walk::{Walked, Whole, size, walk};

/// Between two looks at how far the threads are.
const LOOK: Duration = Duration::from_millis(50);

/// What came out.
pub(crate) struct Verified {
    /// All files, those that were verified with what was found.
    pub(crate) readings: Vec<Reading>,
    /// How far it came; not to the end where Ctrl-C was pressed.
    pub(crate) done: Decoding,
    pub(crate) cancelled: bool,
    pub(crate) took: Duration,
}

/// What to do, beside the files.
pub(crate) struct Job<'j> {
    pub(crate) files: &'j Files,
    pub(crate) level: Level,
    pub(crate) threads: NonZeroUsize,
    pub(crate) cancelled: &'j AtomicBool,
}

/// Verifies every backup and dump among the readings. `each` hears of every one, in order of path.
///
/// # Errors
/// Whatever `each` fails with, which ends the work.
pub(crate) fn verify<E>(
    job: &Job,
    readings: Vec<Reading>,
    progress: &mut Progress,
    mut each: impl FnMut(&Reading, &mut Progress) -> Result<(), E>,
) -> Result<Verified, E> {
    let started = Instant::now();
    let (mut subjects, mut readings): (Vec<Reading>, Vec<Reading>) =
        readings.into_iter().partition(|reading| !matches!(reading, Reading::Other(_)));
    subjects.sort_by(|a, b| a.path().cmp(b.path()));
    let mut done = Decoding {
        files_total: subjects.len(),
        bytes_total: subjects.iter().map(size).fold(0, u64::saturating_add),
        ..Decoding::default()
    };
    let (next, bytes, stop) = (AtomicUsize::new(0), AtomicU64::new(0), AtomicBool::new(false));
    let is_stopped = || stop.load(Ordering::Relaxed) || job.cancelled.load(Ordering::Relaxed);
    let mut slots: BTreeMap<usize, Walked> = BTreeMap::new();
    let mut verified = Vec::with_capacity(subjects.len());
    let ended = thread::scope(|scope| {
        let (sender, receiver) = mpsc::channel();
        for _ in 0..job.threads.get().min(subjects.len()) {
            let (sender, next, bytes, subjects, is_stopped) =
                (sender.clone(), &next, &bytes, &subjects, &is_stopped);
            scope.spawn(move || {
                while let Some(at) = Some(next.fetch_add(1, Ordering::Relaxed)).filter(|_| !is_stopped())
                    && let Some(subject) = subjects.get(at)
                {
                    let mut meter = Meter { bytes, counted: 0, is_stopped };
                    let mut source = Whole::new(job.files);
                    let walked = walk(&mut source, subject.path(), job.level, &mut meter);
                    if is_whole(&walked) {
                        meter.count(size(subject));
                    }
                    if sender.send((at, walked)).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        loop {
            match receiver.recv_timeout(LOOK) {
                Ok((at, walked)) => {
                    done.files_done += usize::from(is_whole(&walked));
                    slots.insert(at, walked);
                    while let Some(walked) = slots.remove(&verified.len()) {
                        let whole = is_whole(&walked);
                        let reading = judged(walked, &subjects[verified.len()]);
                        if whole && let Err(error) = each(&reading, progress) {
                            stop.store(true, Ordering::Relaxed);
                            return Err(error);
                        }
                        verified.push(reading);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            }
            done.bytes_done = bytes.load(Ordering::Relaxed);
            let at = subjects.get(verified.len()).map_or("", |subject| subject.path().base());
            progress.at(done.since(started), at);
        }
    });
    ended?;
    done.bytes_done = bytes.load(Ordering::Relaxed);
    progress.clear();
    // Of those behind the first that was not finished, some may have been done.
    let rest = subjects.into_iter().enumerate().skip(verified.len());
    readings.extend(rest.map(|(at, subject)| match slots.remove(&at) {
        Some(walked) => judged(walked, &subject),
        None => subject,
    }));
    readings.extend(verified);
    let cancelled = job.cancelled.load(Ordering::Relaxed) && done.files_done < done.files_total;
    Ok(Verified { readings, done, cancelled, took: started.elapsed() })
}

fn is_whole(walked: &Walked) -> bool {
    walked.found.as_ref().is_none_or(|found| !found.stopped)
}

/// What a walk that was broken off had found proves nothing.
fn judged(walked: Walked, header: &Reading) -> Reading {
    match walked.found {
        Some(found) if found.stopped => header.clone(),
        Some(found) => walked.reading.with(&found),
        None => walked.reading,
    }
}

/// Counts one file's bytes into the sum of all, and hears that it is time to stop.
struct Meter<'m, F> {
    bytes: &'m AtomicU64,
    counted: u64,
    is_stopped: &'m F,
}

impl<F> Meter<'_, F> {
    fn count(&mut self, done: u64) {
        self.bytes.fetch_add(done.saturating_sub(self.counted), Ordering::Relaxed);
        self.counted = self.counted.max(done);
    }
}

impl<F: Fn() -> bool> Visitor for Meter<'_, F> {
    fn progress(&mut self, done: u64, total: u64) -> ControlFlow<()> {
        self.count(done.min(total));
        if (self.is_stopped)() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

/// What is said about one file, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Ok,
    /// Nothing is known to be wrong, and not all could be checked.
    Partly,
    Damaged,
    /// The disk or the network failed, not the file.
    Unread,
}

impl Outcome {
    pub(crate) fn of(reading: &Reading, asked: Level) -> Option<Self> {
        match reading {
            Reading::Artifact(artifact) => Some(Self::of_artifact(artifact, asked)),
            Reading::Dump(dump) => Some(Self::of_dump(dump, asked)),
            Reading::Other(other) => Self::of_other(other),
        }
    }

    pub(crate) fn of_artifact(artifact: &Artifact, asked: Level) -> Self {
        if !artifact.is_usable() {
            return Self::Damaged;
        }
        if artifact.level() >= asked { Self::Ok } else { Self::Partly }
    }

    pub(crate) fn of_dump(dump: &Dump, asked: Level) -> Self {
        if !dump.is_usable() {
            return Self::Damaged;
        }
        let level = dump.verified.as_ref().map_or(Level::L1, |found| found.level);
        if level >= asked { Self::Ok } else { Self::Partly }
    }

    /// Nothing for a file that nobody took for a backup.
    pub(crate) fn of_other(other: &OtherFile) -> Option<Self> {
        match Exits::of_other(other) {
            Some(Exit::Failed) => Some(Self::Unread),
            Some(Exit::Incomplete) => Some(Self::Partly),
            Some(_) => Some(Self::Damaged),
            None => is_called_a_backup(other).then_some(Self::Damaged),
        }
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Partly => "PARTLY",
            Self::Damaged | Self::Unread => "FAILED",
        }
    }

    pub(crate) fn exit(self) -> Option<Exit> {
        match self {
            Self::Ok => None,
            Self::Partly => Some(Exit::Incomplete),
            Self::Damaged => Some(Exit::Corrupt),
            Self::Unread => Some(Exit::Failed),
        }
    }
}

/// A file that is something else altogether matters where it stands in the place of a backup: a page with an
/// error in it that a download saved, or a backup with text in front.
fn is_called_a_backup(other: &OtherFile) -> bool {
    let extension = other.path.base().rsplit_once('.').map_or("", |(_, extension)| extension);
    let is = |wanted: &str| extension.eq_ignore_ascii_case(wanted);
    let is_behind_text = matches!(other.reason, Reason::Stranger { what: Stranger::TextBeforeMagic });
    is("backup") || is("dump") || is_behind_text
}
