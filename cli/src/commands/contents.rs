//! What `ls`, `cat` and `extract` have in common: one file, read to its end, and what was wrong on the way.

use std::io::{self, Read, Write};
use std::ops::ControlFlow;
use std::path::Path;

use graphkeep_core::archive::Entry;
use graphkeep_core::log::Batch;
use graphkeep_core::problem::Severity;
use graphkeep_core::progress::Visitor;
use graphkeep_core::report::{Level, Reading};
use graphkeep_core::verify::Verification;

use super::Refused;
use crate::args::Output;
use crate::exit::{Exit, Exits};
use crate::files::Files;
use crate::printer::Printer;
use crate::walk::{Walked, Watching, Whole, walk};

/// Bytes copied at once.
const COPY: usize = 256 << 10;

/// A file that was opened and read.
pub(super) struct Contents {
    pub(super) found: Verification,
    pub(super) cancelled: bool,
}

/// Reads a file to its end. `visitor` hears of every entry; what takes long inside one asks the watching.
///
/// # Errors
/// [`Refused`] for what is no backup or dump, or cannot be read.
pub(super) fn read(
    path: &Path,
    level: Level,
    visitor: &mut dyn Listens,
    printer: &Printer,
    output: &Output,
) -> Result<Contents, Refused> {
    if path.is_dir() {
        return Err(Refused {
            exit: Exit::Usage,
            message: format!("`{}` is a folder, and this command takes one file", path.display()),
            hint: Some(format!("graphkeep inspect {}", path.display())),
        });
    }
    let mut files = Files::default();
    let name = files.name(path);
    let mut source = Whole::new(&files);
    let mut host = Host { watching: Watching::new(&source, printer, output), listener: visitor };
    let Walked { reading, found } = walk(&mut source, &name, level, &mut host);
    host.watching.clear();
    let cancelled = host.watching.is_cancelled();
    match (found, reading) {
        (Some(found), _) => Ok(Contents { found, cancelled }),
        (None, Reading::Other(other)) => Err(Refused {
            exit: Exits::of_other(&other).unwrap_or(Exit::Incomplete),
            message: other.problem.message,
            hint: other.problem.remedy,
        }),
        (None, _) => Err(Refused {
            exit: Exit::Failed,
            message: format!("`{}` could not be read", path.display()),
            hint: None,
        }),
    }
}

/// Hears of files and transactions in an archive.
pub(super) trait Listens {
    /// A file with its content. An error is the content's; what goes wrong elsewhere is the listener's own
    /// affair, and `is_done` ends the walk.
    fn entry(&mut self, _entry: &Entry, _content: &mut dyn Read, _watching: &mut Watching) -> io::Result<()> {
        Ok(())
    }

    fn batch(&mut self, _batch: &Batch) {}

    /// Whether the rest need not be read.
    fn is_done(&self) -> bool {
        false
    }
}

/// Listens to nothing.
pub(super) struct Nothing;

impl Listens for Nothing {}

struct Host<'h, 'p> {
    watching: Watching<'p>,
    listener: &'h mut dyn Listens,
}

impl Visitor for Host<'_, '_> {
    fn progress(&mut self, done: u64, total: u64) -> ControlFlow<()> {
        self.watching.at(done, total)?;
        if self.listener.is_done() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn entry(&mut self, entry: &Entry, content: &mut dyn Read) -> io::Result<()> {
        self.listener.entry(entry, content, &mut self.watching)
    }

    fn batch(&mut self, batch: &Batch) {
        self.listener.batch(batch);
    }
}

/// How a copy out of an archive ended, where the archive itself is not to blame.
pub(super) enum Copied {
    Whole,
    Cancelled,
    /// The target failed.
    Refused(io::Error),
}

/// Copies an entry's content, hearing Ctrl-C on the way.
///
/// # Errors
/// The archive's own.
pub(super) fn copy(
    content: &mut dyn Read,
    to: &mut dyn Write,
    watching: &mut Watching,
) -> io::Result<Copied> {
    let mut buffer = vec![0; COPY];
    loop {
        let count = match content.read(&mut buffer) {
            Ok(0) => return Ok(Copied::Whole),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if let Err(error) = to.write_all(&buffer[..count]) {
            return Ok(Copied::Refused(error));
        }
        if watching.inside().is_break() {
            return Ok(Copied::Cancelled);
        }
    }
}

impl Contents {
    /// Says on stderr what is wrong, and gives the exit codes for it.
    pub(super) fn judge(&self, printer: &Printer) -> Exits {
        let mut exits = Exits::default();
        for problem in &self.found.problems {
            let severity = match problem.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Note => "note",
            };
            printer.note(&format!("{severity}: {} ({})", problem.message, problem.code));
            if let Some(remedy) = &problem.remedy {
                printer.note(&format!("  {remedy}"));
            }
        }
        if let Some(cause) = self.found.damage.as_ref().and_then(|damage| damage.likely_cause.as_deref()) {
            printer.note(&format!("  likely: {cause}"));
        }
        if self.found.summary().is_damaged() {
            exits.add(Exit::Corrupt);
        } else if self.found.level < Level::L2 {
            exits.add(Exit::Incomplete);
        }
        if self.cancelled {
            printer.note("cancelled");
            exits.add(Exit::Cancelled);
        }
        exits
    }
}

/// Whether an entry is the one that was asked for, or lies below it.
pub(super) fn is_wanted(path: &str, wanted: &str) -> bool {
    let wanted = wanted.strip_prefix("./").unwrap_or(wanted);
    let wanted = wanted.trim_end_matches('/');
    let path = path.trim_end_matches('/');
    wanted.is_empty() || wanted == "." || path == wanted || is_below(path, wanted)
}

fn is_below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// Whether an entry has this path.
pub(super) fn is_entry(entry: &Entry, wanted: &str) -> bool {
    entry.path == wanted.strip_prefix("./").unwrap_or(wanted)
}
