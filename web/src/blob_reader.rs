//! Dropped files as a [`Source`]: `FileReaderSync` over `Blob.slice`. The browser has it in dedicated workers
//! only, so nothing here runs on the page.

use std::collections::HashMap;
use std::io::{self, Read};

use graphkeep_core::{FileName, Source};
use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, DomException, File, FileReaderSync};

/// Length of the first slice in bytes: a header fits, so a listing costs one slice a file.
const FIRST_SLICE: u64 = 4 << 10;
/// Length of the longest slice in bytes. Each slice costs about 2 ms whatever its length, so bodies want long
/// ones: at 8 MiB a read is about as fast as the browser can be made to go.
const LONGEST_SLICE: u64 = 8 << 20;
/// By how much a slice is longer than the one before it.
const GROWTH: u64 = 4;

/// Reads a blob from its start, slice by slice.
pub struct BlobReader {
    blob: Blob,
    reader: FileReaderSync,
    len: u64,
    /// Where the next slice begins.
    at: u64,
    next_slice: u64,
    slice: Vec<u8>,
    /// Bytes of `slice` already handed out.
    taken: usize,
}

impl BlobReader {
    /// # Errors
    /// Where there is no `FileReaderSync`: outside of a dedicated worker.
    pub fn new(blob: Blob) -> io::Result<Self> {
        let reader = FileReaderSync::new().map_err(|error| refused(&error))?;
        let len = len_of(&blob);
        Ok(Self { blob, reader, len, at: 0, next_slice: FIRST_SLICE, slice: Vec::new(), taken: 0 })
    }

    fn fill(&mut self) -> io::Result<()> {
        let end = self.len.min(self.at.saturating_add(self.next_slice));
        let slice = self.blob.slice_with_f64_and_f64(self.at as f64, end as f64);
        let bytes = slice
            .and_then(|slice| self.reader.read_as_array_buffer(&slice))
            .map_err(|error| refused(&error))?;
        let bytes = Uint8Array::new(&bytes);
        if u64::from(bytes.length()) != end - self.at {
            return Err(io::Error::other("the file changed while it was read"));
        }
        self.slice.resize(bytes.length() as usize, 0);
        bytes.copy_to(&mut self.slice);
        self.taken = 0;
        self.at = end;
        self.next_slice = LONGEST_SLICE.min(self.next_slice * GROWTH);
        Ok(())
    }
}

impl Read for BlobReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.taken == self.slice.len() && self.at < self.len && !buffer.is_empty() {
            self.fill()?;
        }
        let count = (&self.slice[self.taken..]).read(buffer)?;
        self.taken += count;
        Ok(count)
    }
}

/// Lengths are whole numbers below 2^53.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the browser gives a length")]
fn len_of(blob: &Blob) -> u64 {
    blob.size() as u64
}

/// The browser's own words: `NotReadableError: permission was lost or the file changed`.
fn refused(error: &JsValue) -> io::Error {
    let Some(exception) = error.dyn_ref::<DomException>() else {
        return io::Error::other(format!("{error:?}"));
    };
    let kind = match exception.name().as_str() {
        "NotFoundError" => "the file is gone, or was changed, since it was dropped",
        "NotReadableError" => {
            "the file cannot be read: it was changed since it was dropped, or permission was lost"
        }
        _ => "the browser could not read the file",
    };
    io::Error::other(format!("{kind} ({}: {})", exception.name(), exception.message()))
}

/// The files that came with a request, by name.
pub struct DroppedFiles(HashMap<FileName, File>);

impl DroppedFiles {
    pub fn new(files: impl IntoIterator<Item = (FileName, File)>) -> Self {
        Self(files.into_iter().collect())
    }
}

impl Source for DroppedFiles {
    type Stream = BlobReader;

    fn open(&mut self, name: &FileName) -> io::Result<(BlobReader, u64)> {
        let file = self.0.get(name).ok_or(io::ErrorKind::NotFound)?;
        let reader = BlobReader::new(file.clone().into())?;
        let len = reader.len;
        Ok((reader, len))
    }
}
