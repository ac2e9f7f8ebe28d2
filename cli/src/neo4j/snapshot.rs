//! A copy of a store that a server may be writing to, such that a replay of the transaction logs makes it
//! whole.
//!
//! Records are rewritten whole by the replay: it does not matter when or how often their pages were read.
//! Trees keep two generations of every pointer instead, and a checkpoint moves them to the next: a tree
//! whose first pages (which say the generation) changed while it was copied is copied again. Files of
//! full-text and vector indexes come and go: what came is taken too, what went was not needed.
//!
//! The order matters to whoever calls this: logs held open and checkpoints copied before, logs copied after.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, bail};

/// Copies of one tree until it is given up.
const TRIES: usize = 20;
/// Listings until the store is given up.
const LISTINGS: usize = 50;
/// Bytes copied at once.
const STEP: u64 = 32 << 20;
/// A tree's meta page and its two state pages.
const STATE: u64 = 3 * 8192;

/// A file of the copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Copied {
    /// From the store's folder, with `/`.
    pub(crate) path: String,
    pub(crate) bytes: u64,
    /// Seconds since 1970, UTC.
    pub(crate) modified: i64,
}

/// The copy of a store.
#[derive(Debug)]
pub(crate) struct Snapshot {
    /// Parents before their children.
    pub(crate) folders: Vec<String>,
    pub(crate) files: Vec<Copied>,
    /// Trees that had to be copied again.
    pub(crate) recopied: usize,
}

/// Hears of bytes as they are copied.
pub(crate) type Watch<'w> = &'w mut dyn FnMut(u64);

/// Bytes of the files that a copy of `store` would hold.
pub(crate) fn size(store: &Path) -> anyhow::Result<u64> {
    Ok(list(store)?.files.values().sum())
}

/// Where the copies go.
pub(crate) trait Place {
    fn folder(&mut self, path: &str) -> io::Result<()>;

    /// Takes a file in: `file.bytes` bytes of `from`, or all of it as it is by now; says how many it took.
    ///
    /// # Errors
    /// `UnexpectedEof` where there are fewer.
    fn file(&mut self, file: &Copied, from: &mut File, watch: Watch) -> io::Result<u64>;

    /// Forgets a file that is spoiled or gone: the one taken in last, half of it, or none of it. Other files stay.
    fn take_back(&mut self, path: &str) -> io::Result<()>;
}

/// Copies `store` to where nothing is yet.
pub(crate) fn take(store: &Path, place: &mut dyn Place, watch: Watch) -> anyhow::Result<Snapshot> {
    let mut taking = Taking { store, place, watch, folders: Vec::new(), files: BTreeMap::new(), recopied: 0 };
    for _ in 0..LISTINGS {
        let listing = list(store)?;
        for path in listing.folders {
            if !taking.folders.contains(&path) {
                taking.place.folder(&path).with_context(|| format!("cannot copy the folder `{path}`"))?;
                taking.folders.push(path);
            }
        }
        let known = taking.files.len();
        for path in listing.files.keys() {
            if !taking.files.contains_key(path) {
                taking.file(path)?;
            }
        }
        if taking.files.len() == known {
            return Ok(taking.into_snapshot());
        }
    }
    bail!(
        "new files appeared in `{}` during each of {LISTINGS} listings: indexes change too fast to be copied now; try again when less is written",
        store.display()
    )
}

struct Listing {
    folders: Vec<String>,
    files: BTreeMap<String, u64>,
}

/// Lists a store without what belongs to the running server alone.
fn list(store: &Path) -> anyhow::Result<Listing> {
    let mut listing = Listing { folders: Vec::new(), files: BTreeMap::new() };
    let mut rest = vec![String::new()];
    while let Some(folder) = rest.pop() {
        let entries = match fs::read_dir(store.join(&folder)) {
            Ok(entries) => entries,
            // An index that was dropped meanwhile.
            Err(error) if error.kind() == io::ErrorKind::NotFound && !folder.is_empty() => continue,
            Err(error) => {
                return Err(error)
                    .with_context(|| format!("cannot list `{}`", store.join(&folder).display()));
            }
        };
        for entry in entries {
            let entry = entry.with_context(|| format!("cannot list `{}`", store.join(&folder).display()))?;
            let Some(name) = entry.file_name().to_str().map(str::to_owned) else {
                bail!("`{}` is no name of Neo4j's", entry.path().display());
            };
            let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
            match entry.metadata() {
                Ok(metadata) if metadata.is_dir() => {
                    listing.folders.push(path.clone());
                    rest.push(path);
                }
                Ok(metadata) if metadata.is_file() && !is_transient(&name) => {
                    listing.files.insert(path, metadata.len());
                }
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => {
                    return Err(error).with_context(|| format!("cannot read `{}`", entry.path().display()));
                }
            }
        }
    }
    listing.folders.sort();
    Ok(listing)
}

/// Locks and scratch files of the server.
fn is_transient(name: &str) -> bool {
    matches!(name, "database_lock" | "store_lock" | "write.lock") || name.starts_with("id-buffer.tmp.")
}

/// Whether a file is a tree, which must not be copied across a checkpoint.
fn is_tree(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    Path::new(name).extension().is_some_and(|extension| extension == "id")
        || matches!(name, "neostore.counts.db" | "neostore.indexstats.db")
        || name.ends_with("degrees.db")
        || path.starts_with("schema/index/") && name.starts_with("index-")
        || name.starts_with("neostore.labelscanstore")
}

struct Taking<'t> {
    store: &'t Path,
    place: &'t mut dyn Place,
    watch: Watch<'t>,
    folders: Vec<String>,
    files: BTreeMap<String, Copied>,
    recopied: usize,
}

impl Taking<'_> {
    /// Copies one file; one that has gone meanwhile is passed over.
    fn file(&mut self, path: &str) -> anyhow::Result<()> {
        let copying = || format!("cannot copy `{}`", self.store.join(path).display());
        for attempt in 0..TRIES {
            match self.attempt(path) {
                Ok(Some(copied)) => {
                    self.recopied += usize::from(attempt > 0);
                    self.files.insert(path.to_owned(), copied);
                    return Ok(());
                }
                Ok(None) => self.place.take_back(path).with_context(copying)?,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    return self.place.take_back(path).with_context(copying);
                }
                Err(error) => return Err(error).with_context(copying),
            }
        }
        bail!(
            "`{}` changed during each of {TRIES} copies: checkpoints follow too fast; try again when less is written",
            self.store.join(path).display()
        )
    }

    /// One copy; absent where the file changed in a way that spoils it.
    fn attempt(&mut self, path: &str) -> io::Result<Option<Copied>> {
        let mut from = File::open(self.store.join(path))?;
        let before = if is_tree(path) { Some(state(&from)?) } else { None };
        let metadata = from.metadata()?;
        let modified = seconds(metadata.modified()?);
        let file = Copied { path: path.to_owned(), bytes: metadata.len(), modified };
        let bytes = match self.place.file(&file, &mut from, self.watch) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            Err(error) => return Err(error),
        };
        let moved = match before {
            Some(before) => before != state(&File::open(self.store.join(path))?)?,
            None => false,
        };
        Ok((!moved).then_some(Copied { bytes, ..file }))
    }

    fn into_snapshot(self) -> Snapshot {
        Snapshot { folders: self.folders, files: self.files.into_values().collect(), recopied: self.recopied }
    }
}

/// Copies in a folder, for an artifact that can be written only when all is known.
pub(crate) struct Stage {
    store: PathBuf,
    folder: PathBuf,
    /// Whether the file system can; not known before the first try.
    reflinks: Option<bool>,
    copied: bool,
}

impl Stage {
    /// Copies of `store` in `folder`, which is empty.
    pub(crate) fn new(store: &Path, folder: &Path) -> Self {
        Self { store: store.to_owned(), folder: folder.to_owned(), reflinks: None, copied: false }
    }

    /// Whether every file shares its blocks with the store.
    pub(crate) fn is_reflinked(&self) -> bool {
        self.reflinks == Some(true) && !self.copied
    }
}

impl Place for Stage {
    fn folder(&mut self, path: &str) -> io::Result<()> {
        fs::create_dir_all(self.folder.join(path))
    }

    fn file(&mut self, file: &Copied, from: &mut File, watch: Watch) -> io::Result<u64> {
        let target = self.folder.join(&file.path);
        if self.reflinks != Some(false) && file.bytes > 0 {
            match reflink_copy::reflink(self.store.join(&file.path), &target) {
                Ok(()) => {
                    self.reflinks = Some(true);
                    watch(file.bytes);
                    return Ok(fs::metadata(&target)?.len());
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(error),
                // Another file system, or one that cannot: whatever the reason, a copy will tell.
                Err(_) => self.reflinks = Some(false),
            }
        }
        self.copied |= file.bytes > 0;
        let mut to = File::create(&target)?;
        let mut done = 0;
        while done < file.bytes {
            // The system copies between the two files by itself; in steps, so that somebody hears of it.
            let count = io::copy(&mut from.take(STEP.min(file.bytes - done)), &mut to)?;
            if count == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            done += count;
            watch(count);
        }
        Ok(done)
    }

    fn take_back(&mut self, path: &str) -> io::Result<()> {
        match fs::remove_file(self.folder.join(path)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

/// The pages that say which generation a tree is in.
fn state(mut file: &File) -> io::Result<Vec<u8>> {
    use std::io::Seek;
    let mut pages = Vec::new();
    file.seek(io::SeekFrom::Start(0))?;
    file.take(STATE).read_to_end(&mut pages)?;
    file.seek(io::SeekFrom::Start(0))?;
    Ok(pages)
}

/// Seconds since 1970, UTC.
pub(crate) fn seconds(time: SystemTime) -> i64 {
    let whole = |duration: std::time::Duration| i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) => whole(since),
        Err(before) => -whole(before.duration()),
    }
}

/// Whether a copy of `store` inside `folder` would share its blocks, and cost no space.
pub(crate) fn is_free(store: &Path, folder: &Path) -> bool {
    let probe = folder.join("probe");
    let free = reflink_copy::reflink(store.join("neostore"), &probe).is_ok();
    let _ = fs::remove_file(probe);
    free
}

/// Makes an empty folder.
pub(crate) fn fresh(folder: PathBuf) -> anyhow::Result<PathBuf> {
    fs::create_dir_all(&folder).with_context(|| format!("cannot make `{}`", folder.display()))?;
    Ok(folder)
}
