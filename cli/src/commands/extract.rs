//! `extract`: the contents of a backup into a folder, and nowhere else.
//!
//! Paths in an archive are a stranger's. Every folder on the way is opened by itself, relative to the one
//! above and without following a link, so that neither the archive nor what lies in the folder already can
//! lead outside.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Component, Path};
use std::time::{Duration, UNIX_EPOCH};

use anyhow::Context;
use cap_fs_ext::{DirExt, FollowSymlinks, OpenOptionsFollowExt};
use cap_std::ambient_authority;
use cap_std::fs::{Dir, OpenOptions};
use graphkeep_core::archive::{Entry, Role, is_enclosed};
use graphkeep_core::report::Level;

use super::Ended;
use super::contents::{self, Copied, Listens, copy, is_wanted};
use crate::args::{Extract, Output};
use crate::exit::Exit;
use crate::new_file::Existing;
use crate::printer::Printer;
use crate::walk::Watching;
use crate::words::{count, printable, size};

pub(crate) fn run(args: &Extract, printer: &Printer, output: &Output) -> Ended {
    let to = args.to.display();
    fs::create_dir_all(&args.to).with_context(|| format!("cannot make the folder `{to}`"))?;
    let folder = Dir::open_ambient_dir(&args.to, ambient_authority())
        .with_context(|| format!("cannot open the folder `{to}`"))?;
    let mut extracting = Extracting {
        folder,
        wanted: &args.entries,
        existing: if args.overwrite { Existing::Replace } else { Existing::Refuse },
        matched: HashSet::new(),
        written: HashSet::new(),
        bytes: 0,
        failed: Vec::new(),
        full: false,
    };
    let contents = contents::read(&args.file, Level::L2, &mut extracting, printer, output)?;
    extracting.folders(&contents.found.entries);

    let mut exits = contents.judge(printer);
    for (path, error) in &extracting.failed {
        let is_there = error.kind() == io::ErrorKind::AlreadyExists;
        let hint = if is_there { "; `--overwrite` replaces it" } else { "" };
        printer.note(&format!("error: cannot write `{path}`: {error}{hint}"));
        exits.add(Exit::Failed);
    }
    for wanted in args.entries.iter().filter(|wanted| !extracting.matched.contains(wanted.as_str())) {
        let why = if contents.found.damage.is_some() { " before the damage" } else { "" };
        printer.note(&format!("there is no `{wanted}` in `{}`{why}", args.file.display()));
        exits.add(Exit::Incomplete);
    }
    let files = count(extracting.written.len() as u64, "file");
    printer.out(&format!(
        "{files}, {}, extracted into {}\n",
        size(extracting.bytes),
        printable(&to.to_string())
    ))?;
    Ok(exits)
}

struct Extracting<'x> {
    folder: Dir,
    wanted: &'x [String],
    existing: Existing,
    /// The arguments that something was found for.
    matched: HashSet<&'x str>,
    /// Paths that were written in this run: an entry that is there twice replaces nothing.
    written: HashSet<String>,
    bytes: u64,
    /// Entries that could not be written, with the reason.
    failed: Vec<(String, io::Error)>,
    /// The disk is full: more of the same would follow.
    full: bool,
}

impl Listens for Extracting<'_> {
    fn entry(&mut self, entry: &Entry, content: &mut dyn Read, watching: &mut Watching) -> io::Result<()> {
        if self.is_done() || !self.is_wanted(&entry.path) {
            return Ok(());
        }
        match self.write(entry, content, watching) {
            Ok(copied) => copied,
            Err(error) => {
                self.full = error.kind() == io::ErrorKind::StorageFull;
                self.failed.push((entry.path.clone(), error));
                Ok(())
            }
        }
    }

    fn is_done(&self) -> bool {
        self.full
    }
}

impl Extracting<'_> {
    fn is_wanted(&mut self, path: &str) -> bool {
        if self.wanted.is_empty() {
            return true;
        }
        let mut any = false;
        for wanted in self.wanted.iter().filter(|wanted| is_wanted(path, wanted)) {
            self.matched.insert(wanted);
            any = true;
        }
        any
    }

    /// Writes one file. The outer error is the target's, the inner one the archive's.
    fn write(
        &mut self,
        entry: &Entry,
        content: &mut dyn Read,
        watching: &mut Watching,
    ) -> io::Result<io::Result<()>> {
        let path = Path::new(&entry.path);
        let (folder, name) = self.open_parent(path)?;
        let is_there = folder.symlink_metadata(name).is_ok();
        if is_there && (self.existing == Existing::Refuse || self.written.contains(&entry.path)) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let temporary = Temporary::create(&folder)?;
        let copied = match copy(content, &mut &temporary.file, watching) {
            Ok(Copied::Whole) => Ok(()),
            Ok(Copied::Cancelled) => return Ok(Ok(())),
            Ok(Copied::Refused(error)) => return Err(error),
            Err(error) => return Ok(Err(error)),
        };
        temporary.keep(name, entry.modified)?;
        self.bytes += entry.bytes;
        self.written.insert(entry.path.clone());
        Ok(copied)
    }

    /// The folder that an entry goes into, made where it is not there, and the entry's name in it.
    fn open_parent<'e>(&self, path: &'e Path) -> io::Result<(Dir, &'e Path)> {
        let name = path.file_name().map(Path::new).ok_or(io::ErrorKind::InvalidFilename)?;
        let parent = path.parent().unwrap_or(Path::new(""));
        Ok((self.open_folder(parent)?, name))
    }

    fn open_folder(&self, path: &Path) -> io::Result<Dir> {
        let mut folder = self.folder.try_clone()?;
        for step in path.components() {
            match step {
                Component::Normal(name) => {
                    match folder.create_dir(name) {
                        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
                        _ => {}
                    }
                    folder = folder.open_dir_nofollow(name)?;
                }
                Component::CurDir => {}
                // Within its folder as it may be, no archive of Neo4j's has such a path.
                _ => return Err(io::ErrorKind::InvalidFilename.into()),
            }
        }
        Ok(folder)
    }

    /// Makes the folders that hold no file.
    fn folders(&mut self, entries: &[Entry]) {
        for entry in entries.iter().filter(|entry| entry.role == Role::Folder) {
            if is_enclosed(&entry.path)
                && self.is_wanted(&entry.path)
                && let Err(error) = self.open_folder(Path::new(&entry.path))
            {
                self.failed.push((entry.path.clone(), error));
            }
        }
    }
}

/// A file under a hidden name, which goes away unless it is kept.
struct Temporary<'d> {
    folder: &'d Dir,
    name: String,
    file: File,
    kept: bool,
}

impl<'d> Temporary<'d> {
    fn create(folder: &'d Dir) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true).follow(FollowSymlinks::No);
        let process = std::process::id();
        for number in 0..1000 {
            let name = format!(".graphkeep-{process}-{number}.part");
            match folder.open_with(&name, &options) {
                Ok(file) => return Ok(Self { folder, name, file: file.into_std(), kept: false }),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    /// Puts it on disk and under its name. A link of that name is replaced, not followed.
    fn keep(mut self, name: &Path, modified: Option<i64>) -> io::Result<()> {
        if let Some(time) = modified.and_then(|time| u64::try_from(time).ok()) {
            let time = UNIX_EPOCH + Duration::from_secs(time.min(1 << 40));
            // A time that the file system cannot keep is no reason to lose the file.
            let _ = self.file.set_modified(time);
        }
        self.file.sync_all()?;
        self.folder.rename(&self.name, self.folder, name)?;
        self.kept = true;
        Ok(())
    }
}

impl Drop for Temporary<'_> {
    fn drop(&mut self) {
        if !self.kept {
            let _ = self.folder.remove_file(&self.name);
        }
    }
}
