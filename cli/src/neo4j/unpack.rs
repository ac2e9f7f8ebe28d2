//! One artifact unpacked into folders of its own, and proven to its last transaction on the way: what fails
//! the proof leaves folders that nobody uses.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Read, Write};
use std::ops::ControlFlow;
use std::path::{Component, Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use anyhow::{Context, anyhow, bail};
use graphkeep_core::FileName;
use graphkeep_core::archive::Entry;
use graphkeep_core::log::{Batch, LogName};
use graphkeep_core::progress::Visitor;
use graphkeep_core::report::{Artifact, Level, Reading};
use graphkeep_core::verify::Verification;

use crate::walk::{Walked, Watching, Whole, walk};

/// Bytes handed on at once.
const BLOCK: usize = 256 << 10;
/// Held by a running server, and meaningless in an archive.
const LOCKS: [&str; 2] = ["database_lock", "store_lock"];

/// Folders to unpack into, which exist and are empty.
pub(crate) struct Into<'i> {
    /// Absent for a differential, which has no store files.
    pub(crate) store: Option<&'i Path>,
    pub(crate) logs: &'i Path,
}

/// Ctrl-C came.
#[derive(Debug, thiserror::Error)]
#[error("cancelled")]
pub(crate) struct Cancelled;

/// Unpacks an artifact; `each` hears of every batch of its logs, in the order of the files in the archive.
///
/// # Errors
/// Where it cannot be read or written, and where anything in it is not as it should be.
pub(crate) fn unpack(
    source: &mut Whole,
    name: &FileName,
    into: &Into,
    each: &mut dyn FnMut(&Batch),
    watching: &mut Watching,
) -> anyhow::Result<(Box<Artifact>, Verification)> {
    let mut unpacking = Unpacking { into, each, watching, failed: None };
    let Walked { reading, found } = walk(source, name, Level::L3, &mut unpacking);
    let failed = unpacking.failed.take();
    if watching.is_cancelled() {
        return Err(Cancelled.into());
    }
    if let Some((path, error)) = failed {
        return Err(error).with_context(|| format!("cannot write `{}`", path.display()));
    }
    let base = name.base();
    let (artifact, found) = match (reading, found) {
        (Reading::Artifact(artifact), Some(found)) => (artifact, found),
        (Reading::Other(other), _) => bail!("cannot read `{base}`: {}", other.problem.message),
        _ => bail!("`{base}` is no backup"),
    };
    if !found.holds() {
        let why = found.problems.first().map(|problem| problem.message.clone());
        let why = why.unwrap_or_else(|| format!("only {} holds", found.level.as_str()));
        return Err(anyhow!("`{base}` is damaged, and was not restored: {why}"));
    }
    Ok((artifact, found))
}

struct Unpacking<'u, 'w> {
    into: &'u Into<'u>,
    each: &'u mut dyn FnMut(&Batch),
    watching: &'u mut Watching<'w>,
    /// The disk's own error, which is not the archive's.
    failed: Option<(PathBuf, io::Error)>,
}

impl Visitor for Unpacking<'_, '_> {
    fn progress(&mut self, done: u64, total: u64) -> ControlFlow<()> {
        self.watching.at(done, total)
    }

    fn entry(&mut self, entry: &Entry, content: &mut dyn Read) -> io::Result<()> {
        let Some(store) = self.into.store else {
            // What it is doing in a differential nobody knows; it belongs to no log.
            return Ok(());
        };
        let path = Path::new(&entry.path);
        let is_plain = path.components().all(|step| matches!(step, Component::Normal(_) | Component::CurDir));
        let Some(name) = path.file_name().filter(|_| is_plain) else {
            return self.fail(PathBuf::from(&entry.path), io::ErrorKind::InvalidFilename.into());
        };
        if LOCKS.iter().any(|lock| name == *lock) {
            return Ok(());
        }
        let path = store.join(path);
        match self.write(&path, entry, content) {
            Ok(read) => read,
            Err(error) => self.fail(path, error),
        }
    }

    fn log(&mut self, entry: &Entry) -> io::Result<Option<Box<dyn Write>>> {
        // By its base name, as Neo4j's own loader takes it.
        let base = entry.path.rsplit('/').next().unwrap_or_default();
        let path = self.into.logs.join(base);
        match create(&path) {
            Ok(file) => Ok(Some(Box::new(BufWriter::with_capacity(BLOCK, file)))),
            Err(error) => self.fail(path, error).map(|()| None),
        }
    }

    fn batch(&mut self, batch: &Batch) {
        (self.each)(batch);
    }
}

impl Unpacking<'_, '_> {
    fn fail(&mut self, path: PathBuf, error: io::Error) -> io::Result<()> {
        let kind = error.kind();
        self.failed = Some((path, error));
        Err(kind.into())
    }

    /// Writes a store file. The outer error is the disk's, the inner one the archive's.
    fn write(&mut self, path: &Path, entry: &Entry, content: &mut dyn Read) -> io::Result<io::Result<()>> {
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        let mut file = create(path)?;
        let mut buffer = vec![0; BLOCK];
        loop {
            let count = match content.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Ok(Err(error)),
            };
            file.write_all(&buffer[..count])?;
            if self.watching.inside().is_break() {
                return Ok(Err(io::ErrorKind::Interrupted.into()));
            }
        }
        if let Some(time) = entry.modified.and_then(|time| u64::try_from(time).ok()) {
            // A time that the file system cannot keep is no reason to fail.
            let _ = file.set_modified(UNIX_EPOCH + Duration::from_secs(time.min(1 << 40)));
        }
        Ok(Ok(()))
    }
}

/// A name that is in the archive twice replaces nothing.
fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

/// The log files of a folder by number, checkpoint files apart.
pub(crate) fn logs(folder: &Path) -> io::Result<Vec<(LogName, PathBuf)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if let Some(name) = entry.file_name().to_str().and_then(LogName::of) {
            found.push((name, entry.path()));
        }
    }
    found.sort_by_key(|(name, _)| match name {
        LogName::Checkpoints(number) => (0, *number),
        LogName::Transactions(number) => (1, *number),
    });
    Ok(found)
}
