//! An artifact that exists whole or not at all: written under a temporary name, read back and verified to
//! its last transaction, made durable, and only then given its own name.
//!
//! What is known beforehand is a [`Draft`], and is verified and made durable while it is written. A plain
//! artifact of a store that is still being copied is a [`Direct`], and is verified at the end.

use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, Write};
use std::ops::ControlFlow;
use std::panic;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread::{self, JoinHandle, Scope};
use std::time::Duration;

use anyhow::{Context, anyhow, bail, ensure};
use graphkeep_core::container::Container;
use graphkeep_core::encode::Encoder;
use graphkeep_core::metadata::Metadata;
use graphkeep_core::progress::Visitor;
use graphkeep_core::report::{ArchiveSize, Level, Reading};
use graphkeep_core::verify::{Verification, verify};
use graphkeep_core::{FileName, Limits};

use super::growth::{Followed, Growing};
use super::logs::Piece;
use super::snapshot::{self, Copied, Place, seconds};
use crate::new_file;

/// Between two looks at how far the verification is.
const LOOK: Duration = Duration::from_millis(50);

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
    fn write<W: Write>(&self, encoder: &mut Encoder<W>, watch: &mut dyn FnMut(u64)) -> io::Result<()> {
        match self {
            Self::Copy { path, at, bytes, modified } => {
                encoder.file(path, *bytes, *modified, &mut Counted { inner: File::open(at)?, watch })
            }
            Self::Log(piece) => {
                let (modified, inner) = (seconds(piece.modified()?), piece.content()?);
                encoder.file(&piece.name(), piece.bytes(), modified, &mut Counted { inner, watch })
            }
        }
    }

    pub(crate) fn bytes(&self) -> u64 {
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

    /// Writes it to `partial` while that is verified, and renames it to `target`, which does not exist.
    pub(crate) fn finish(&self, partial: &Path, target: &Path, watch: Watch) -> anyhow::Result<Finished> {
        let writing = || format!("cannot write `{}`", partial.display());
        let file = File::create(partial).with_context(writing)?;
        let growing = Growing::new(file.try_clone()?);
        let syncing = growing.keep_durable()?;
        let total = self.size().bytes;
        let followed = Followed { path: partial.to_owned(), size: total, growth: growing.growth() };
        let verification = thread::scope(|scope| {
            let verifying = Verifying::start(scope, &followed, &self.metadata, self.size());
            // Whatever becomes of it, the file has its end now.
            self.write(growing, watch).with_context(writing)?;
            verifying.end(total, watch)
        })?;
        name(&file, syncing, partial, target)?;
        Ok(Finished { path: target.to_owned(), bytes: file.metadata()?.len(), verification })
    }

    fn write(&self, to: Growing, watch: Watch) -> io::Result<()> {
        let container = if self.metadata.flags.compressed { Container::Bzv2 } else { Container::Btv2 };
        let size = self.size();
        let mut encoder = Encoder::new(to.buffered(), container, &self.metadata, size)?;
        encoder.folder("", self.modified)?;
        for folder in &self.folders {
            encoder.folder(folder, self.modified)?;
        }
        let mut done = 0;
        for entry in &self.entries {
            entry.write(&mut encoder, &mut |count| {
                done += count;
                watch(Step::Writing, done, size.bytes);
            })?;
        }
        encoder.finish()?.flush()
    }
}

/// A plain artifact that is written while nobody knows yet what its metadata will say: copies of a store's
/// files go straight into it.
pub(crate) struct Direct {
    partial: PathBuf,
    file: File,
    encoder: Encoder<BufWriter<Growing>>,
    syncing: JoinHandle<io::Result<()>>,
    /// Bytes that the metadata will take.
    front: usize,
    /// The newest file, and where its header is.
    newest: Option<(String, u64)>,
    modified: i64,
}

impl Direct {
    /// Begins at `partial`; `metadata` has the names of the final one, and any range and time.
    pub(crate) fn begin(partial: PathBuf, metadata: &Metadata) -> io::Result<Self> {
        let front = Encoder::<File>::front(metadata)?;
        let mut file = File::options().read(true).write(true).create(true).truncate(true).open(&partial)?;
        file.write_all(&front)?;
        let growing = Growing::new(file.try_clone()?);
        let syncing = growing.keep_durable()?;
        let mut encoder = Encoder::behind_front(growing.buffered());
        let modified = metadata.backup_time.0;
        encoder.folder("", modified)?;
        Ok(Self { partial, file, encoder, syncing, front: front.len(), newest: None, modified })
    }

    pub(crate) fn entry(&mut self, entry: &Entry) -> io::Result<()> {
        entry.write(&mut self.encoder, &mut |_| {})
    }

    fn to(&mut self) -> io::Result<&mut BufWriter<Growing>> {
        self.encoder.get_mut().ok_or_else(|| io::Error::other("it is not plain"))
    }

    /// Puts the metadata in front, verifies that all of it is there, `size` of files, and renames it to
    /// `target`, which does not exist.
    pub(crate) fn finish(
        self,
        metadata: &Metadata,
        size: ArchiveSize,
        target: &Path,
        watch: Watch,
    ) -> anyhow::Result<Finished> {
        let Self { partial, mut file, encoder, syncing, front, .. } = self;
        let writing = || format!("cannot write `{}`", partial.display());
        let growing = encoder.finish().and_then(|to| to.into_inner().map_err(io::IntoInnerError::into_error));
        let growing = growing.with_context(writing)?;
        let bytes = Encoder::<File>::front(metadata)?;
        ensure!(bytes.len() == front, "its metadata takes {} bytes: expected {front}", bytes.len());
        file.rewind()?;
        file.write_all(&bytes).with_context(writing)?;
        let total = file.metadata()?.len();
        let followed = Followed { path: partial.clone(), size: total, growth: growing.growth() };
        drop(growing);
        let verification = thread::scope(|scope| {
            let verifying = Verifying::start(scope, &followed, metadata, size);
            // Meanwhile most of it reaches the disk.
            file.sync_data().with_context(writing)?;
            verifying.end(total, watch)
        })?;
        name(&file, syncing, &partial, target)?;
        Ok(Finished { path: target.to_owned(), bytes: total, verification })
    }
}

impl Place for Direct {
    fn folder(&mut self, path: &str) -> io::Result<()> {
        self.encoder.folder(path, self.modified)
    }

    fn file(&mut self, file: &Copied, from: &mut File, watch: snapshot::Watch) -> io::Result<u64> {
        let to = self.to()?;
        to.flush()?;
        let start = to.get_mut().position()?;
        self.newest = Some((file.path.clone(), start));
        let mut counted = Counted { inner: from, watch };
        self.encoder.file(&file.path, file.bytes, file.modified, &mut counted)?;
        Ok(file.bytes)
    }

    fn take_back(&mut self, path: &str) -> io::Result<()> {
        // A file that went before it could be opened left nothing: what is newest then is another, and is whole.
        let Some((_, start)) = self.newest.take_if(|(newest, _)| newest == path) else { return Ok(()) };
        let to = self.to()?;
        to.flush()?;
        to.get_mut().cut(start)
    }
}

/// A thread that reads an artifact as anybody would, to its last transaction, while it is written.
struct Verifying {
    done: Arc<AtomicU64>,
    found: Receiver<anyhow::Result<Verification>>,
}

impl Verifying {
    fn start<'s>(
        scope: &'s Scope<'s, '_>,
        followed: &'s Followed,
        metadata: &'s Metadata,
        size: ArchiveSize,
    ) -> Self {
        let (done, (sender, found)) = (Arc::<AtomicU64>::default(), mpsc::channel());
        let mut told = Told { done: Arc::clone(&done) };
        scope.spawn(move || {
            // Nobody listens where the writing failed.
            let _ = sender.send(verified(followed, metadata, size, &mut told));
        });
        Self { done, found }
    }

    fn end(self, total: u64, watch: Watch) -> anyhow::Result<Verification> {
        loop {
            match self.found.recv_timeout(LOOK) {
                Ok(found) => return found,
                Err(RecvTimeoutError::Timeout) => {
                    watch(Step::Verifying, self.done.load(Ordering::Relaxed).min(total), total);
                }
                Err(RecvTimeoutError::Disconnected) => bail!("the verification broke off"),
            }
        }
    }
}

/// Its files are counted as well: a store file that is missing breaks no checksum.
fn verified(
    mut followed: &Followed,
    metadata: &Metadata,
    size: ArchiveSize,
    told: &mut Told,
) -> anyhow::Result<Verification> {
    let name = FileName(followed.path.display().to_string());
    let (reading, found) = verify(&mut followed, &name, Level::L3, &Limits::default(), told);
    let found = found.context("what was written does not read as a backup")?;
    let promised = match &reading {
        Reading::Artifact(artifact) => {
            (artifact.lowest_tx, artifact.highest_tx) == (metadata.lowest, metadata.highest)
                && artifact.store_id == metadata.store_id
                && artifact.database_id == metadata.database_id
        }
        _ => false,
    };
    if !promised || !found.holds() {
        let why = found.problems.first().map_or("its header", |problem| problem.message.as_str());
        return Err(anyhow!("what was written does not verify: {why}"));
    }
    ensure!(
        (found.files, found.file_bytes) == (size.files, size.bytes),
        "what was written holds {} files of {} bytes: expected {} of {}",
        found.files,
        found.file_bytes,
        size.files,
        size.bytes
    );
    Ok(found)
}

/// Makes a verified file durable and gives it its name.
fn name(
    file: &File,
    syncing: JoinHandle<io::Result<()>>,
    partial: &Path,
    target: &Path,
) -> anyhow::Result<()> {
    let durable = || format!("cannot make `{}` durable", partial.display());
    // An error of the disk is told once: to whoever waited for it first.
    syncing.join().unwrap_or_else(|panic| panic::resume_unwind(panic)).with_context(durable)?;
    file.sync_all().with_context(durable)?;
    new_file::name(partial, target).with_context(|| format!("cannot name `{}`", target.display()))
}

struct Counted<'c, R> {
    inner: R,
    watch: &'c mut dyn FnMut(u64),
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        (self.watch)(count as u64);
        Ok(count)
    }
}

struct Told {
    done: Arc<AtomicU64>,
}

impl Visitor for Told {
    fn progress(&mut self, done: u64, _total: u64) -> ControlFlow<()> {
        self.done.store(done, Ordering::Relaxed);
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests {
    use graphkeep_core::metadata::Flags;
    use graphkeep_core::store_id::StoreId;
    use graphkeep_core::time::UtcTime;
    use uuid::Uuid;

    use std::fs;

    use super::super::snapshot::Stage;
    use super::*;

    fn metadata() -> Metadata {
        Metadata {
            store_id: StoreId {
                creation_time_ms: 1,
                random: 2,
                engine: "record".into(),
                format: "aligned".into(),
                major: 1,
                minor: 1,
            },
            database_id: Uuid::from_u128(7),
            database_name: "neo4j".into(),
            backup_time: UtcTime(0),
            lowest: 1,
            highest: 2,
            flags: Flags { recovered: false, compressed: false, full: true, unknown: 0 },
            map: Some(Vec::new()),
        }
    }

    /// A place beside which a server drops files: one once folders are made, one once `b` is copied.
    struct Dropping<'s, P> {
        place: P,
        store: &'s Path,
    }

    impl<P: Place> Place for Dropping<'_, P> {
        fn folder(&mut self, path: &str) -> io::Result<()> {
            fs::remove_file(self.store.join("a"))?;
            self.place.folder(path)
        }

        fn file(&mut self, file: &Copied, from: &mut File, watch: snapshot::Watch) -> io::Result<u64> {
            let taken = self.place.file(file, from, watch)?;
            if file.path == "b" {
                fs::remove_file(self.store.join("c"))?;
            }
            Ok(taken)
        }

        fn take_back(&mut self, path: &str) -> io::Result<()> {
            self.place.take_back(path)
        }
    }

    fn copied<P: Place>(place: P, store: &Path) -> P {
        for name in ["a", "b", "c", "d"] {
            fs::write(store.join(name), format!("what {name} holds")).expect("it can be written");
        }
        fs::create_dir(store.join("index")).expect("it can be made");
        let mut place = Dropping { place, store };
        let copy = snapshot::take(store, &mut place, &mut |_| {}).expect("files may go");
        let paths: Vec<_> = copy.files.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(paths, ["b", "d"]);
        place.place
    }

    #[test]
    fn a_file_that_goes_after_it_was_listed_takes_no_other_with_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let partial = folder.path().join("partial");
        let store = folder.path().join("store");
        fs::create_dir(&store).expect("it can be made");
        let direct = Direct::begin(partial.clone(), &metadata()).expect("it can be begun");
        let mut direct = copied(direct, &store);
        direct.to().and_then(BufWriter::flush).expect("it can be written");
        let bytes = fs::read(&partial).expect("it is there");
        let front = Encoder::<File>::front(&metadata()).expect("plain data");
        assert!(bytes.starts_with(&front));
        let holds = |text: &str| bytes.windows(text.len()).any(|found| found == text.as_bytes());
        assert!(holds("what b holds") && holds("what d holds"));
        assert!(!holds("what a holds") && !holds("what c holds"));

        direct.take_back("d").expect("it can be cut");
        let cut = fs::read(&partial).expect("it is there");
        assert!(cut.len() < bytes.len() && bytes.starts_with(&cut), "a spoiled file is forgotten, alone");
    }

    #[test]
    fn a_file_that_goes_takes_no_other_with_it_from_the_stage() {
        let folder = tempfile::tempdir().expect("a folder");
        let (store, stage) = (folder.path().join("store"), folder.path().join("stage"));
        fs::create_dir(&store).and_then(|()| fs::create_dir(&stage)).expect("they can be made");
        copied(Stage::new(&store, &stage), &store);
        assert!(stage.join("b").is_file() && stage.join("d").is_file());
        assert!(!stage.join("a").exists() && !stage.join("c").exists());
    }
}
