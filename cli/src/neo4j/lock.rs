//! Who else is at work: a server on a database, another backup on a folder.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::{io, iter};

use anyhow::{Context, bail};

/// The file in a database's folder that a running server holds a lock on.
const DATABASE_LOCK: &str = "database_lock";
/// The folder for work in progress inside a folder of backups. Nothing in it is a backup.
const WORK: &str = ".graphkeep";
const LOCK: &str = "lock";
/// What `--keep-failed` keeps begins with this.
const FAILED: &str = "failed-";

/// Whether a server has the database open. Asking takes no lock: a server that starts meanwhile must get its
/// own.
pub(crate) fn is_running(store: &Path) -> io::Result<bool> {
    match File::open(store.join(DATABASE_LOCK)) {
        Ok(file) => is_held(&file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Java's file locks are POSIX record locks.
#[cfg(unix)]
fn is_held(file: &File) -> io::Result<bool> {
    use nix::fcntl::{FcntlArg, fcntl};
    let mut lock = whole_file();
    fcntl(file, FcntlArg::F_GETLK(&mut lock))?;
    Ok(i32::from(lock.l_type) != libc::F_UNLCK)
}

#[cfg(unix)]
#[expect(
    clippy::cast_possible_truncation,
    reason = "the constants are small; the field's type is the system's"
)]
fn whole_file() -> libc::flock {
    libc::flock {
        l_type: libc::F_WRLCK as libc::c_short,
        l_whence: libc::SEEK_SET as libc::c_short,
        l_start: 0,
        l_len: 0,
        l_pid: 0,
    }
}

#[cfg(not(unix))]
fn is_held(file: &File) -> io::Result<bool> {
    match file.try_lock() {
        Ok(()) => file.unlock().map(|()| false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// What came of trying to hold a server's lock.
#[derive(Debug)]
pub(crate) enum Hold {
    /// There is no such file, so nobody holds it.
    Free,
    /// Held for as long as this file is open.
    Ours(File),
    /// A server has it.
    Theirs,
}

/// Tries to hold a server's lock file, so that no server gets it.
pub(crate) fn hold(path: &Path) -> io::Result<Hold> {
    match OpenOptions::new().read(true).write(true).open(path) {
        Ok(file) => try_hold(file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Hold::Free),
        Err(error) => Err(error),
    }
}

#[cfg(unix)]
fn try_hold(file: File) -> io::Result<Hold> {
    use nix::errno::Errno;
    use nix::fcntl::{FcntlArg, fcntl};
    match fcntl(&file, FcntlArg::F_SETLK(&whole_file())) {
        Ok(_) => Ok(Hold::Ours(file)),
        Err(Errno::EACCES | Errno::EAGAIN) => Ok(Hold::Theirs),
        Err(error) => Err(error.into()),
    }
}

#[cfg(not(unix))]
fn try_hold(file: File) -> io::Result<Hold> {
    match file.try_lock() {
        Ok(()) => Ok(Hold::Ours(file)),
        Err(TryLockError::WouldBlock) => Ok(Hold::Theirs),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// The right to work in a folder, as long as it lives; the system takes it back from a process that died.
#[derive(Debug)]
pub(crate) struct WorkFolder {
    path: PathBuf,
    _lock: File,
}

impl WorkFolder {
    /// Takes the right to work in `folder`, and removes what a run that was killed left there.
    pub(crate) fn take(folder: &Path) -> anyhow::Result<Self> {
        let path = folder.join(WORK);
        fs::create_dir_all(&path).with_context(|| format!("cannot work in `{}`", folder.display()))?;
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(path.join(LOCK));
        let lock = lock.with_context(|| format!("cannot lock `{}`", folder.display()))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                bail!("another graphkeep is at work in `{}`: nothing was done", folder.display())
            }
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("cannot lock `{}`", folder.display()));
            }
        }
        let taken = Self { path, _lock: lock };
        taken.clean().with_context(|| format!("cannot clean up `{}`", taken.path.display()))?;
        Ok(taken)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// A place in it, by name.
    pub(crate) fn join(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Puts one of its places aside that somebody may want to look at, by the name of what it is of.
    pub(crate) fn keep(&self, place: &Path, name: &str, stamp: &str) -> io::Result<PathBuf> {
        let first = self.path.join(format!("{FAILED}{name}-{stamp}"));
        // Two may fail within the second that the stamp names.
        let others = (2_u32..).map(|number| self.path.join(format!("{FAILED}{name}-{stamp}-{number}")));
        let kept = iter::once(first).chain(others).find(|place| !place.exists());
        let kept = kept.expect("some number is free");
        fs::rename(place, &kept)?;
        Ok(kept)
    }

    fn clean(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if name == LOCK || name.starts_with(FAILED) {
                continue;
            }
            if entry.file_type()?.is_dir() {
                fs::remove_dir_all(entry.path())?;
            } else {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }
}

/// Bytes that the file system at `path` has left for us; absent where that cannot be asked.
#[cfg(unix)]
pub(crate) fn available(path: &Path) -> Option<u64> {
    let found = nix::sys::statvfs::statvfs(path).ok()?;
    #[allow(clippy::useless_conversion, reason = "the fields are narrower on some systems")]
    Some(u64::from(found.blocks_available()) * u64::from(found.fragment_size()))
}

#[cfg(not(unix))]
pub(crate) fn available(_path: &Path) -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_worked_in_once_at_a_time_and_cleaned_of_what_was_left() {
        let folder = tempfile::tempdir().expect("a folder");
        let first = WorkFolder::take(folder.path()).expect("nobody is there");
        fs::write(first.join("half"), "x").expect("it can be written");
        fs::create_dir(first.join("neo4j")).expect("it can be made");
        fs::create_dir(first.join("kept")).expect("it can be made");
        let kept = first.keep(&first.join("kept"), "kept", "now").expect("it can be moved");
        fs::create_dir(first.join("kept")).expect("it can be made");
        let kept_too =
            first.keep(&first.join("kept"), "kept", "now").expect("it can be moved beside the other");
        let error = WorkFolder::take(folder.path()).expect_err("somebody is there");
        assert!(error.to_string().contains("another graphkeep"), "{error}");
        drop(first);
        let second = WorkFolder::take(folder.path()).expect("nobody is there any more");
        assert!(!second.join("half").exists() && !second.join("neo4j").exists());
        assert!(kept.exists() && kept_too.exists(), "what was kept on purpose stays");
    }

    #[test]
    fn a_folder_without_a_lock_file_has_no_server() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(!is_running(folder.path()).expect("it can be asked"));
    }
}
