//! Reads the headers of many files on a few threads. The order of the files does not matter to the core, and
//! on network storage the time goes into waiting.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::sync::{Arc, OnceLock};
use std::thread;

use graphkeep_core::report::{Reading, Reason};
use graphkeep_core::{FileName, Limits, artifact};

use crate::args::Output;
use crate::files::{self, Depth, Files};
use crate::printer::Printer;
use crate::progress::{Progress, Progressed};

/// Threads at most: enough to hide the latency of a file server, few enough not to trouble it.
const THREADS: usize = 8;
/// Files that a thread reads before it reports: fewer would make the threads wait for each other.
const BATCH: usize = 32;

/// Everything that was found and read.
pub(crate) struct Gathered {
    pub(crate) files: Files,
    pub(crate) readings: Vec<Reading>,
    pub(crate) folders_passed_over: usize,
}

/// Ctrl-C came: what was read until then.
pub(crate) struct Cancelled(pub(crate) Progressed);

/// Lists the paths and reads every file's header.
pub(crate) fn read(
    paths: &[PathBuf],
    depth: Depth,
    printer: &Printer,
    output: &Output,
) -> Result<Gathered, Cancelled> {
    let cancelled = on_ctrl_c();
    let mut progress = Progress::new(printer, output);
    let mut progressed = Progressed::default();
    let flow = |progressed| {
        if cancelled.load(Ordering::Relaxed) {
            ControlFlow::Break(Cancelled(progressed))
        } else {
            ControlFlow::Continue(())
        }
    };
    let listing = files::list(paths, depth, |found| {
        progressed.found = found;
        progress.at(progressed, "");
        flow(progressed)
    });
    let listing = match listing {
        ControlFlow::Continue(listing) => listing,
        ControlFlow::Break(cancelled) => return Err(cancelled),
    };
    progressed.found = listing.names.len();
    let mut readings = listing.unread;
    let files = listing.files;

    keep_freed_memory();
    let limits = Limits::default();
    let batches: Vec<&[FileName]> = listing.names.chunks(BATCH).collect();
    let next = AtomicUsize::new(0);
    let threads = batches.len().min(THREADS);
    let ended = thread::scope(|scope| {
        let (sender, receiver) = mpsc::channel();
        for _ in 0..threads {
            let (sender, next, batches, limits) = (sender.clone(), &next, &batches, &limits);
            let mut source = &files;
            scope.spawn(move || {
                while let Some(batch) = batches.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let readings = batch.iter().map(|name| artifact::read(&mut source, name, limits));
                    // Nobody listens any more once the work was cancelled.
                    if sender.send(readings.collect::<Vec<_>>()).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        for batch in receiver {
            for reading in &batch {
                progressed.count(reading);
                progress.at(progressed, &reading.path().0);
            }
            readings.extend(batch);
            flow(progressed)?;
        }
        flow(progressed)
    });
    match ended {
        ControlFlow::Continue(()) => {
            Ok(Gathered { files, readings, folders_passed_over: listing.folders_passed_over })
        }
        ControlFlow::Break(cancelled) => Err(cancelled),
    }
}

impl Progressed {
    fn count(&mut self, reading: &Reading) {
        self.read += 1;
        if let Reading::Other(other) = reading {
            *match other.reason {
                Reason::Unreadable { .. } | Reason::Part { .. } => &mut self.unreadable,
                _ => &mut self.not_backups,
            } += 1;
        }
    }
}

/// Decoding a header takes and frees some hundred kilobytes. glibc hands them back to the system after every
/// file, and the page faults of the next one cost four times what all the rest does. Freeing one large block
/// raises the threshold for that (mallopt(3), M_MMAP_THRESHOLD); it is never touched, so it costs nothing.
fn keep_freed_memory() {
    drop(std::hint::black_box(Vec::<u8>::with_capacity(16 << 20)));
}

/// The flag that Ctrl-C sets, one for the whole run. A second Ctrl-C ends the program at once.
pub(crate) fn on_ctrl_c() -> Arc<AtomicBool> {
    static FLAG: OnceLock<Arc<AtomicBool>> = OnceLock::new();
    let registered = || {
        let flag = Arc::new(AtomicBool::new(false));
        let signal = signal_hook::consts::SIGINT;
        // Without a handler the signal just ends the program, which is no reason not to start.
        let _ = signal_hook::flag::register_conditional_shutdown(signal, 130, Arc::clone(&flag));
        let _ = signal_hook::flag::register(signal, Arc::clone(&flag));
        flag
    };
    Arc::clone(FLAG.get_or_init(registered))
}
