//! Files on disk as the core's [`Source`], and the listing of folders.
//!
//! Nothing that was asked for is lost: a path that is not there is opened like the rest and fails like the
//! rest, and a folder that cannot be listed is a reading of its own.

use std::collections::{HashMap, HashSet};
use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, BufReader};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use graphkeep_core::error::Error;
use graphkeep_core::report::Reading;
use graphkeep_core::{FileName, Source, artifact};

/// One read of this size serves nearly every header, and costs no more than a read of four bytes.
const HEADER: usize = 4096;

/// Whether folders inside folders are looked into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Depth {
    Flat,
    Recursive,
}

/// Files by name.
#[derive(Debug, Default)]
pub(crate) struct Files {
    /// Paths that are not what their names say: names are text, and paths need not be.
    odd: HashMap<FileName, PathBuf>,
}

impl Files {
    /// The path behind a name. A part of a split archive is found by its manifest's name.
    pub(crate) fn path(&self, name: &FileName) -> PathBuf {
        if let Some(path) = self.odd.get(name) {
            return path.clone();
        }
        let part = name.0.rsplit_once('.').and_then(|(base, index)| {
            let mut path = self.odd.get(&FileName::from(base))?.clone().into_os_string();
            path.push(format!(".{index}"));
            Some(path.into())
        });
        part.unwrap_or_else(|| PathBuf::from(&name.0))
    }

    pub(crate) fn name(&mut self, path: &Path) -> FileName {
        if let Some(text) = path.to_str() {
            return FileName::from(text);
        }
        let mut text = String::new();
        for chunk in path.as_os_str().as_encoded_bytes().utf8_chunks() {
            text.push_str(chunk.valid());
            for byte in chunk.invalid() {
                let _ = write!(text, "\\x{byte:02x}");
            }
        }
        let name = FileName(text);
        self.odd.insert(name.clone(), path.to_owned());
        name
    }
}

impl Source for &Files {
    type Stream = BufReader<File>;

    fn open(&mut self, name: &FileName) -> io::Result<(Self::Stream, u64)> {
        let mut options = OpenOptions::new();
        options.read(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            // Opening a pipe would wait for its writer. For a file the flag means nothing.
            options.custom_flags(libc::O_NONBLOCK);
        }
        let file = options.open(self.path(name))?;
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(io::Error::other(not_a_file(&metadata)));
        }
        Ok((BufReader::with_capacity(HEADER, file), metadata.len()))
    }
}

fn not_a_file(metadata: &Metadata) -> &'static str {
    if metadata.is_dir() {
        "this is a folder"
    } else {
        "this is no regular file but a device, a pipe or a socket"
    }
}

/// What was found under the paths that were given.
#[derive(Debug)]
pub(crate) struct Listing {
    pub(crate) files: Files,
    /// Sorted; no file twice, whatever links lead to it.
    pub(crate) names: Vec<FileName>,
    /// Folders that could not be listed.
    pub(crate) unread: Vec<Reading>,
    /// Folders inside the given ones that were not looked into.
    pub(crate) folders_passed_over: usize,
}

/// A file that was found.
struct Found {
    path: PathBuf,
    /// The file itself, links resolved.
    real: OsString,
    is_link: bool,
}

/// Lists files and folders. `seen` hears the number of files found so far, and may stop the work.
///
/// Links are followed; a folder that was seen already, as in a loop of links, is not entered again.
pub(crate) fn list<B>(
    paths: &[PathBuf],
    depth: Depth,
    mut seen: impl FnMut(usize) -> ControlFlow<B>,
) -> ControlFlow<B, Listing> {
    let mut walk = Walk {
        depth,
        files: Files::default(),
        found: Vec::new(),
        unread: Vec::new(),
        entered: HashSet::new(),
        folders_passed_over: 0,
    };
    for path in paths {
        // Without links resolved in the name: people know their files by the path that they typed.
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => walk.folder(path, &mut seen)?,
            _ => walk.file(path.clone(), None),
        }
    }
    ControlFlow::Continue(walk.into_listing())
}

struct Walk {
    depth: Depth,
    files: Files,
    found: Vec<Found>,
    unread: Vec<Reading>,
    entered: HashSet<PathBuf>,
    folders_passed_over: usize,
}

impl Walk {
    fn folder<B>(&mut self, root: &Path, seen: &mut impl FnMut(usize) -> ControlFlow<B>) -> ControlFlow<B> {
        let mut folders = vec![root.to_owned()];
        while let Some(folder) = folders.pop() {
            if let Err(error) = self.one_folder(&folder, &mut folders) {
                self.fail(&folder, &error);
            }
            seen(self.found.len())?;
        }
        ControlFlow::Continue(())
    }

    fn one_folder(&mut self, folder: &Path, folders: &mut Vec<PathBuf>) -> io::Result<()> {
        let real = fs::canonicalize(folder)?;
        if !self.entered.insert(real.clone()) {
            return Ok(());
        }
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            // `.` is what was typed or meant, and says nothing in front of a name.
            let path = if folder == Path::new(".") { entry.file_name().into() } else { entry.path() };
            let kind = entry.file_type()?;
            if kind.is_symlink() {
                match fs::metadata(&path) {
                    Ok(target) if target.is_dir() => self.below(path, folders),
                    Ok(target) if !target.is_file() => {}
                    // A link that leads nowhere is shown with the reason.
                    _ => self.file(path, None),
                }
            } else if kind.is_dir() {
                self.below(path, folders);
            } else if kind.is_file() {
                self.file(path, Some(real.join(entry.file_name()).into_os_string()));
            }
        }
        Ok(())
    }

    fn below(&mut self, folder: PathBuf, folders: &mut Vec<PathBuf>) {
        match self.depth {
            Depth::Recursive => folders.push(folder),
            Depth::Flat => self.folders_passed_over += 1,
        }
    }

    /// Keeps a file; `real` is where it is, unless that has still to be found out.
    fn file(&mut self, path: PathBuf, real: Option<OsString>) {
        let is_link = real.is_none() && path.is_symlink();
        let real =
            real.unwrap_or_else(|| fs::canonicalize(&path).unwrap_or_else(|_| path.clone()).into_os_string());
        self.found.push(Found { path, real, is_link });
    }

    fn fail(&mut self, folder: &Path, error: &io::Error) {
        let name = self.files.name(folder);
        self.unread.push(artifact::unread(&name, 0, Error::open(error)));
    }

    fn into_listing(mut self) -> Listing {
        // A file goes before the links to it.
        self.found.sort_by(|a, b| (a.is_link, a.path.as_os_str()).cmp(&(b.is_link, b.path.as_os_str())));
        let mut known = HashSet::new();
        self.found.retain(|found| known.insert(found.real.clone()));
        let mut names: Vec<FileName> = self.found.iter().map(|found| self.files.name(&found.path)).collect();
        names.sort();
        let Self { files, unread, folders_passed_over, .. } = self;
        Listing { files, names, unread, folders_passed_over }
    }
}
