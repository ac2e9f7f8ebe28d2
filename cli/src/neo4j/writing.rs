//! An artifact that exists whole or not at all: written under a temporary name, read back and verified to
//! its last transaction, made durable, and only then given its own name.

use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use graphkeep_core::Limits;
use graphkeep_core::container::Container;
use graphkeep_core::encode::Encoder;
use graphkeep_core::metadata::Metadata;
use graphkeep_core::progress::Visitor;
use graphkeep_core::report::{ArchiveSize, Level, Reading};
use graphkeep_core::verify::{Verification, verify};

use super::logs::Piece;
use super::snapshot::seconds;
use crate::files::Files;

/// Bytes handed to the system at once.
const BUFFER: usize = 1 << 20;

/// What goes into an artifact.
pub(crate) struct Draft<'d> {
    pub(crate) metadata: Metadata,
    pub(crate) folders: Vec<String>,
    pub(crate) entries: Vec<Entry<'d>>,
    /// Modification time of the archive's folders, seconds since 1970.
    pub(crate) modified: i64,
}

/// A file of it.
pub(crate) enum Entry<'d> {
    /// A copy on disk.
    Copy { path: String, at: PathBuf, bytes: u64, modified: i64 },
    /// A stretch of a log that is held open.
    Log(Piece<'d>),
}

/// An artifact under its own name.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) path: PathBuf,
    pub(crate) bytes: u64,
    pub(crate) verification: Verification,
}

/// Which of its two ways through the bytes the work is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Writing,
    Verifying,
}

/// Hears of bytes done, of how many.
pub(crate) type Watch<'w> = &'w mut dyn FnMut(Step, u64, u64);

impl Entry<'_> {
    fn bytes(&self) -> u64 {
        match self {
            Self::Copy { bytes, .. } => *bytes,
            Self::Log(piece) => piece.bytes(),
        }
    }
}

impl Draft<'_> {
    /// Bytes of its files.
    pub(crate) fn size(&self) -> ArchiveSize {
        ArchiveSize { files: self.entries.len() as u64, bytes: self.entries.iter().map(Entry::bytes).sum() }
    }

    /// Writes it to `partial`, verifies that, and renames it to `target`, which does not exist.
    pub(crate) fn finish(&self, partial: &Path, target: &Path, watch: Watch) -> anyhow::Result<Finished> {
        let file =
            self.write(partial, watch).with_context(|| format!("cannot write `{}`", partial.display()))?;
        let verification = self.verify(partial, watch)?;
        let bytes = file.metadata()?.len();
        file.sync_all().with_context(|| format!("cannot make `{}` durable", partial.display()))?;
        drop(file);
        if target.exists() {
            bail!("`{}` is there already: nothing was overwritten", target.display());
        }
        fs::rename(partial, target).with_context(|| format!("cannot name `{}`", target.display()))?;
        sync_folder(target).with_context(|| format!("cannot make `{}` durable", target.display()))?;
        Ok(Finished { path: target.to_owned(), bytes, verification })
    }

    fn write(&self, partial: &Path, watch: Watch) -> io::Result<File> {
        let container = if self.metadata.flags.compressed { Container::Bzv2 } else { Container::Btv2 };
        let size = self.size();
        let file = File::create(partial)?;
        let to = BufWriter::with_capacity(BUFFER, file);
        let mut encoder = Encoder::new(to, container, &self.metadata, size)?;
        encoder.folder("", self.modified)?;
        for folder in &self.folders {
            encoder.folder(folder, self.modified)?;
        }
        let mut done = 0;
        for entry in &self.entries {
            let mut counted = |content: &mut dyn Read, path: &str, bytes, modified| {
                let mut counted = Counted { inner: content, done: &mut done, watch, total: size.bytes };
                encoder.file(path, bytes, modified, &mut counted)
            };
            match entry {
                Entry::Copy { path, at, bytes, modified } => {
                    counted(&mut File::open(at)?, path, *bytes, *modified)?;
                }
                Entry::Log(piece) => {
                    let modified = seconds(piece.modified()?);
                    counted(&mut piece.content()?, &piece.name(), piece.bytes(), modified)?;
                }
            }
        }
        let mut to = encoder.finish()?;
        to.flush()?;
        to.into_inner().map_err(io::IntoInnerError::into_error)
    }

    /// Reads the artifact as anybody would, to its last transaction.
    fn verify(&self, partial: &Path, watch: Watch) -> anyhow::Result<Verification> {
        let mut files = Files::default();
        let name = files.name(partial);
        let (reading, found) = verify(&mut &files, &name, Level::L3, &Limits::default(), &mut Told { watch });
        let found = found.context("what was written does not read as a backup")?;
        let promised = match &reading {
            Reading::Artifact(artifact) => {
                (artifact.lowest_tx, artifact.highest_tx) == (self.metadata.lowest, self.metadata.highest)
                    && artifact.store_id == self.metadata.store_id
                    && artifact.database_id == self.metadata.database_id
            }
            _ => false,
        };
        if !promised || !found.holds() {
            let why = found.problems.first().map_or("its header", |problem| problem.message.as_str());
            return Err(anyhow!("what was written does not verify: {why}"));
        }
        Ok(found)
    }
}

/// A name lasts when its folder is on disk.
fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix)
        && let Some(folder) = path.parent()
    {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

struct Counted<'c, 'w> {
    inner: &'c mut dyn Read,
    done: &'c mut u64,
    watch: &'c mut (dyn FnMut(Step, u64, u64) + 'w),
    total: u64,
}

impl Read for Counted<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        *self.done += count as u64;
        (self.watch)(Step::Writing, *self.done, self.total);
        Ok(count)
    }
}

struct Told<'w> {
    watch: Watch<'w>,
}

impl Visitor for Told<'_> {
    fn progress(&mut self, done: u64, total: u64) -> ControlFlow<()> {
        (self.watch)(Step::Verifying, done, total);
        ControlFlow::Continue(())
    }
}
