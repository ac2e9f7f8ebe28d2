//! Files read to their end: in big reads, stopped by Ctrl-C, and with what the disk says kept apart from what
//! the bytes say. A disk that fails in the middle of a file does not make the file corrupt.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use graphkeep_core::error::Error;
use graphkeep_core::progress::Visitor;
use graphkeep_core::report::{Level, Reading};
use graphkeep_core::verify::{Verification, verify};
use graphkeep_core::{FileName, Limits, Source, artifact};

use crate::args::Output;
use crate::files::Files;
use crate::printer::Printer;
use crate::progress::{Decoding, Progress};
use crate::readings::on_ctrl_c;

/// Bytes of one read: few calls, and small enough for many threads.
const READ: usize = 256 << 10;

/// Files by name, for reading them whole.
pub(crate) struct Whole<'f> {
    files: &'f Files,
    meter: Arc<Meter>,
}

/// What all streams of one [`Whole`] have in common.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    bytes: AtomicU64,
    failed: Mutex<Option<io::Error>>,
}

impl Meter {
    fn failure(&self) -> Option<io::Error> {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl<'f> Whole<'f> {
    pub(crate) fn new(files: &'f Files) -> Self {
        Self { files, meter: Arc::default() }
    }

    /// The disk's own error, if there was one.
    pub(crate) fn failure(&self) -> Option<io::Error> {
        self.meter.failure()
    }
}

impl Source for Whole<'_> {
    type Stream = BufReader<Metered>;

    fn open(&mut self, name: &FileName) -> io::Result<(Self::Stream, u64)> {
        let (stream, size) = (&*self.files).open(name)?;
        // Nothing was read into the small buffer yet.
        let file = stream.into_inner();
        let meter = Arc::clone(&self.meter);
        Ok((BufReader::with_capacity(READ, Metered { file, meter }), size))
    }
}

/// A file whose bytes are counted and whose errors are remembered.
#[derive(Debug)]
pub(crate) struct Metered {
    file: File,
    meter: Arc<Meter>,
}

impl Read for Metered {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.file.read(buffer) {
            Ok(count) => {
                self.meter.bytes.fetch_add(count as u64, Ordering::Relaxed);
                Ok(count)
            }
            Err(error) => {
                let copy = error
                    .raw_os_error()
                    .map_or_else(|| io::Error::from(error.kind()), io::Error::from_raw_os_error);
                *self.meter.failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(copy);
                Err(error)
            }
        }
    }
}

/// A file after its walk.
pub(crate) struct Walked {
    pub(crate) reading: Reading,
    /// Absent for what is no backup or could not be read.
    pub(crate) found: Option<Verification>,
}

/// Reads one file to its end, or as far as the level asks.
pub(crate) fn walk(source: &mut Whole, name: &FileName, level: Level, visitor: &mut dyn Visitor) -> Walked {
    let (reading, found) = verify(source, name, level, &Limits::default(), visitor);
    match source.failure() {
        None => Walked { reading, found },
        Some(error) => {
            let reading = artifact::unread(name, size(&reading), Error::open(&error));
            Walked { reading, found: None }
        }
    }
}

/// Bytes of a file, the parts of a split archive included.
pub(crate) fn size(reading: &Reading) -> u64 {
    match reading {
        Reading::Artifact(artifact) => artifact.size,
        Reading::Dump(dump) => dump.size,
        Reading::Other(other) => other.size,
    }
}

/// Shows how far one file is, and hears Ctrl-C.
pub(crate) struct Watching<'p> {
    progress: Progress<'p>,
    cancelled: Arc<AtomicBool>,
    started: Instant,
    meter: Arc<Meter>,
    total: u64,
}

impl<'p> Watching<'p> {
    pub(crate) fn new(source: &Whole, printer: &'p Printer, output: &Output) -> Self {
        Self {
            progress: Progress::new(printer, output),
            cancelled: on_ctrl_c(),
            started: Instant::now(),
            meter: Arc::clone(&source.meter),
            total: 0,
        }
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    /// For [`Visitor::progress`].
    pub(crate) fn at(&mut self, done: u64, total: u64) -> ControlFlow<()> {
        self.total = total;
        let decoding =
            Decoding { files_total: 1, bytes_done: done, bytes_total: total, ..Decoding::default() };
        self.progress.at(decoding.since(self.started), "");
        if self.is_cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    /// For work inside an entry, of which [`Visitor::progress`] hears nothing.
    pub(crate) fn inside(&mut self) -> ControlFlow<()> {
        let done = self.meter.bytes.load(Ordering::Relaxed).min(self.total);
        self.at(done, self.total)
    }

    /// Takes the progress off the screen.
    pub(crate) fn clear(&mut self) {
        self.progress.clear();
    }
}
