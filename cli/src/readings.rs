//! Reads the headers of many files on a few threads. The order of the files does not matter to the core, and
//! on network storage the time goes into waiting.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use graphkeep_core::report::{Reading, Reason};
use graphkeep_core::{Limits, artifact};

use crate::args::Output;
use crate::files::{self, Depth, Files};
use crate::printer::Printer;
use crate::progress::{Progress, Progressed};

/// Threads at most: enough to hide the latency of a file server, few enough not to trouble it.
const THREADS: usize = 8;
/// Files that are worth a thread of their own.
const FILES_A_THREAD: usize = 32;

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
    let (names, limits) = (&listing.names, Limits::default());
    let next = AtomicUsize::new(0);
    let threads = names.len().div_ceil(FILES_A_THREAD).min(THREADS);
    let ended = thread::scope(|scope| {
        let (sender, receiver) = mpsc::channel();
        for _ in 0..threads {
            let (sender, next, limits, mut source) = (sender.clone(), &next, &limits, &files);
            scope.spawn(move || {
                while let Some(name) = names.get(next.fetch_add(1, Ordering::Relaxed)) {
                    // Nobody listens any more once the work was cancelled.
                    if sender.send(artifact::read(&mut source, name, limits)).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        for reading in receiver {
            progressed.count(&reading);
            progress.at(progressed, &reading.path().0);
            readings.push(reading);
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
