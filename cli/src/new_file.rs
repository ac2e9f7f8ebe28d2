//! A file that appears under its name only when it is whole and on disk. Until then it has a hidden temporary
//! name beside it, which is gone when the work is broken off.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile, TempPath};

/// What to do with a file of that name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Existing {
    Replace,
    Refuse,
}

pub(crate) struct NewFile {
    temporary: NamedTempFile,
    path: PathBuf,
}

impl NewFile {
    /// Begins a file; nothing is at `path` yet.
    ///
    /// # Errors
    /// The file system's own.
    pub(crate) fn create(path: &Path) -> io::Result<Self> {
        let mut builder = Builder::new();
        builder.prefix(".graphkeep-").suffix(".part");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            // As any new file, and not for the owner alone: the umask takes off what it must.
            builder.permissions(std::fs::Permissions::from_mode(0o666));
        }
        Ok(Self { temporary: builder.tempfile_in(folder(path))?, path: path.to_owned() })
    }

    /// Where it is until it is kept.
    pub(crate) fn temporary_path(&self) -> &Path {
        self.temporary.path()
    }

    pub(crate) fn file(&mut self) -> &mut File {
        self.temporary.as_file_mut()
    }

    /// Puts it on disk and under its name.
    ///
    /// # Errors
    /// The file system's own; `AlreadyExists` where that is refused.
    pub(crate) fn keep(self, existing: Existing) -> io::Result<()> {
        self.temporary.as_file().sync_all()?;
        let kept = match existing {
            Existing::Replace => self.temporary.persist(&self.path),
            Existing::Refuse => self.temporary.persist_noclobber(&self.path),
        };
        kept.map_err(|error| error.error)?;
        sync_folder(folder(&self.path))
    }
}

/// Writes a file whole, over one that may be there.
///
/// # Errors
/// The file system's own.
pub(crate) fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut new = NewFile::create(path)?;
    new.file().write_all(content)?;
    new.keep(Existing::Replace)
}

/// Gives a file that is whole and on disk its name, which nothing has: with `AlreadyExists` it stays where it is.
///
/// # Errors
/// The file system's own.
pub(crate) fn name(partial: &Path, path: &Path) -> io::Result<()> {
    if let Err(refused) = TempPath::try_from_path(partial)?.persist_noclobber(path) {
        refused.path.keep()?;
        return Err(refused.error);
    }
    sync_folder(folder(path))
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A rename is on disk when its folder is.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_name_that_is_taken_stays_with_whoever_has_it() {
        let place = tempfile::tempdir().expect("a folder");
        let (partial, path) = (place.path().join("partial"), place.path().join("a.backup"));
        fs::write(&partial, "new").and_then(|()| fs::write(&path, "old")).expect("they can be written");
        let refused = name(&partial, &path).expect_err("it has a file");
        assert_eq!(refused.kind(), io::ErrorKind::AlreadyExists);
        let read = |path: &Path| fs::read_to_string(path).expect("it is there");
        assert_eq!((read(&partial), read(&path)), ("new".into(), "old".into()));

        fs::remove_file(&path).expect("it can be removed");
        name(&partial, &path).expect("nothing is in its way");
        assert_eq!(read(&path), "new");
        assert!(!partial.exists());
    }
}
