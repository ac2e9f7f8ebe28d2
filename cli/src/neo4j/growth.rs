//! A file that one thread writes while others follow it: one reads what is there already, one makes it durable.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use graphkeep_core::{FileName, Source};

/// Bytes handed to the system at once.
const BUFFER: usize = 1 << 20;
/// Bytes of one read.
const READ: usize = 256 << 10;
/// Bytes that are made durable at once: few waits, and little left to do at the end.
const DURABLE: u64 = 32 << 20;

/// How far the writer is.
#[derive(Debug, Default)]
pub(crate) struct Growth {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    bytes: u64,
    ended: bool,
}

impl Growth {
    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.lock());
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until at least `bytes` are there or no more will come; says whether there are so many.
    fn wait_for(&self, bytes: u64) -> bool {
        let state = self.lock();
        let waiting = |state: &mut State| state.bytes < bytes && !state.ended;
        let state = self.changed.wait_while(state, waiting).unwrap_or_else(PoisonError::into_inner);
        state.bytes >= bytes
    }
}

/// The writing end. Whoever follows hears of the end when this is dropped, however the writing went.
#[derive(Debug)]
pub(crate) struct Growing {
    file: File,
    growth: Arc<Growth>,
}

impl Growing {
    pub(crate) fn new(file: File) -> Self {
        Self { file, growth: Arc::default() }
    }

    pub(crate) fn growth(&self) -> Arc<Growth> {
        Arc::clone(&self.growth)
    }

    pub(crate) fn buffered(self) -> BufWriter<Self> {
        BufWriter::with_capacity(BUFFER, self)
    }

    /// Where the next byte goes.
    pub(crate) fn position(&mut self) -> io::Result<u64> {
        self.file.stream_position()
    }

    /// Goes on at `position`, and forgets what was written behind it.
    pub(crate) fn cut(&mut self, position: u64) -> io::Result<()> {
        self.file.set_len(position)?;
        self.file.seek(SeekFrom::Start(position))?;
        self.growth.change(|state| state.bytes = position);
        Ok(())
    }

    /// Makes what is written durable while more is written. The file's last bytes are left to the caller.
    pub(crate) fn keep_durable(&self) -> io::Result<JoinHandle<io::Result<()>>> {
        let (file, growth) = (self.file.try_clone()?, self.growth());
        Ok(thread::spawn(move || {
            let mut next = DURABLE;
            while growth.wait_for(next) {
                file.sync_data()?;
                next += DURABLE;
            }
            Ok(())
        }))
    }
}

impl Write for Growing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.file.write(bytes)?;
        self.growth.change(|state| state.bytes += count as u64);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Growing {
    fn drop(&mut self) {
        self.growth.change(|state| state.ended = true);
    }
}

/// A growing file as a source: readers wait for bytes that are still to come.
#[derive(Debug)]
pub(crate) struct Followed {
    pub(crate) path: PathBuf,
    /// Bytes that the file may become, as its readers want to know a size.
    pub(crate) size: u64,
    pub(crate) growth: Arc<Growth>,
}

impl Source for &Followed {
    type Stream = BufReader<Following>;

    fn open(&mut self, _name: &FileName) -> io::Result<(Self::Stream, u64)> {
        let following = Following { file: File::open(&self.path)?, at: 0, growth: Arc::clone(&self.growth) };
        Ok((BufReader::with_capacity(READ, following), self.size))
    }
}

/// The reading end.
#[derive(Debug)]
pub(crate) struct Following {
    file: File,
    at: u64,
    growth: Arc<Growth>,
}

impl Read for Following {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.growth.wait_for(self.at.saturating_add(1));
        let count = self.file.read(buffer)?;
        self.at += count as u64;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_waits_for_the_writer_and_ends_with_it() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("growing");
        let mut growing = Growing::new(File::create(&path).expect("made"));
        let followed = Followed { path, size: 0, growth: growing.growth() };
        let reader = thread::spawn(move || {
            let (mut stream, _) = (&mut &followed).open(&"growing".into()).expect("opened");
            let mut read = Vec::new();
            stream.read_to_end(&mut read).expect("read");
            read
        });
        for part in [b"one ".as_slice(), b"two ", b"three"] {
            growing.write_all(part).expect("written");
        }
        assert!(!reader.is_finished(), "more may come");
        drop(growing);
        assert_eq!(reader.join().expect("no panic"), b"one two three");
    }

    #[test]
    fn what_was_cut_off_is_written_again() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("growing");
        let mut growing = Growing::new(File::create(&path).expect("made"));
        growing.write_all(b"header").expect("written");
        let mark = growing.position().expect("known");
        growing.write_all(b"spoiled and long").expect("written");
        growing.cut(mark).expect("cut");
        growing.write_all(b" good").expect("written");
        drop(growing);
        assert_eq!(std::fs::read(path).expect("read"), b"header good");
    }
}
