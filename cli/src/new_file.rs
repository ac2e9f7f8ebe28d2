//! A file that appears under its name only when it is whole and on disk. Until then it has a hidden temporary
//! name beside it, which is gone when the work is broken off.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

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

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A rename is on disk when its folder is.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}
