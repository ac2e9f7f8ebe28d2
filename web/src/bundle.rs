//! Several files of an artifact as one tar, its bytes in pieces that the browser holds, on disk where they are
//! many. Only files that were read whole are in it: where the artifact breaks off, what is behind is left out.

use std::collections::HashSet;
use std::io::{self, Read, Write};
use std::ops::ControlFlow;

use graphkeep_core::archive::Entry;
use graphkeep_core::progress::Visitor;
use js_sys::{Array, Uint8Array};
use tar::{Builder, Header};
use wasm_bindgen::JsValue;
use web_sys::Blob;

/// Bytes that are held in memory at once.
const PIECE: usize = 8 << 20;

/// Bytes on their way to the browser.
#[derive(Default)]
struct Pieces {
    given: Array,
    held: Vec<u8>,
}

impl Pieces {
    /// Gives the browser what is held; the number of pieces then.
    fn give(&mut self) -> io::Result<u32> {
        if !self.held.is_empty() {
            let bytes = Array::of1(&Uint8Array::from(self.held.as_slice()));
            let piece = Blob::new_with_buffer_source_sequence(&bytes).map_err(|error| host(&error))?;
            self.given.push(&piece);
            self.held.clear();
        }
        Ok(self.given.length())
    }

    /// Forgets everything behind the first `pieces`.
    fn cut(&mut self, pieces: u32) {
        self.held.clear();
        self.given.set_length(pieces);
    }
}

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.held.extend_from_slice(bytes);
        if self.held.len() >= PIECE {
            self.give()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn host(error: &JsValue) -> io::Error {
    io::Error::other(format!("{error:?}"))
}

/// Gathers files while an artifact is read.
pub(crate) struct Bundle<'b, V> {
    /// Those that did not come yet.
    wanted: HashSet<&'b str>,
    tar: Builder<Pieces>,
    /// Why the browser would not take more.
    refused: Option<io::Error>,
    progress: V,
}

impl<'b, V: Visitor> Bundle<'b, V> {
    /// Begins one of the files with these paths; `progress` hears how far the reading is.
    pub(crate) fn new(wanted: &'b [String], progress: V) -> Self {
        let wanted = wanted.iter().map(String::as_str).collect();
        Self { wanted, tar: Builder::new(Pieces::default()), refused: None, progress }
    }

    /// The tar, and how many of the files are not in it.
    ///
    /// # Errors
    /// The browser's.
    pub(crate) fn finish(mut self) -> Result<(Blob, usize), String> {
        if let Some(refused) = self.refused {
            return Err(refused.to_string());
        }
        let words = |error: io::Error| error.to_string();
        self.tar.finish().map_err(words)?;
        let pieces = self.tar.get_mut();
        pieces.give().map_err(words)?;
        let blob = Blob::new_with_blob_sequence(&pieces.given).map_err(|error| host(&error).to_string())?;
        Ok((blob, self.wanted.len()))
    }

    fn add(&mut self, entry: &Entry, content: &mut dyn Read) -> io::Result<()> {
        let mut header = Header::new_gnu();
        header.set_size(entry.bytes);
        header.set_mode(0o644);
        header.set_mtime(entry.modified.and_then(|seconds| u64::try_from(seconds).ok()).unwrap_or_default());
        self.tar.append_data(&mut header, &entry.path, content)
    }
}

impl<V: Visitor> Visitor for Bundle<'_, V> {
    fn progress(&mut self, done: u64, total: u64) -> ControlFlow<()> {
        if self.refused.is_some() { ControlFlow::Break(()) } else { self.progress.progress(done, total) }
    }

    fn entry(&mut self, entry: &Entry, content: &mut dyn Read) -> io::Result<()> {
        if self.refused.is_some() || !self.wanted.contains(entry.path.as_str()) {
            return Ok(());
        }
        let before = match self.tar.get_mut().give() {
            Ok(before) => before,
            Err(refused) => {
                self.refused = Some(refused);
                return Ok(());
            }
        };
        let added = self.add(entry, content);
        match &added {
            // Of two with one path, the first is the one that is listed.
            Ok(()) => drop(self.wanted.remove(entry.path.as_str())),
            // Whatever broke off, a file that is not whole is not in it.
            Err(_) => self.tar.get_mut().cut(before),
        }
        added
    }
}
