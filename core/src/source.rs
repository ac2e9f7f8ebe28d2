//! Where artifact files come from. The core opens nothing itself: a host (the command line tool over paths,
//! the page's worker over dropped files, a test over slices) hands it streams by name.

use std::fmt;
use std::io::{self, Read};

use serde::{Deserialize, Serialize};

/// The name of a file as its host knows it: a path as text, with `/` (or `\` on Windows) between folders.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct FileName(pub String);

impl FileName {
    /// Everything before the last separator; empty for a bare name.
    pub fn folder(&self) -> &str {
        self.0.rfind(['/', '\\']).map_or("", |at| &self.0[..at])
    }

    /// The name without its folder.
    pub fn base(&self) -> &str {
        self.0.rfind(['/', '\\']).map_or(&self.0, |at| &self.0[at + 1..])
    }

    /// The name of part `index` (from 1) of the split archive whose manifest has this name.
    #[must_use]
    pub fn part(&self, index: u32) -> Self {
        Self(format!("{}.{index}", self.0))
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for FileName {
    fn from(name: &str) -> Self {
        Self(name.to_owned())
    }
}

/// Opens files by name.
pub trait Source {
    /// A stream that starts at the file's first byte.
    type Stream: Read;

    /// Gives a stream over the file, and the file's length in bytes.
    ///
    /// # Errors
    /// Whatever the host meets; `NotFound` where there is no such file, which is how a missing part of a
    /// split archive is told from one that cannot be read.
    fn open(&mut self, name: &FileName) -> io::Result<(Self::Stream, u64)>;
}
