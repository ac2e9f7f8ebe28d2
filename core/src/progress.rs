//! What a host hears while a file is read to its end, and how it stops that.

use std::cell::RefCell;
use std::io::{self, Read, Write};
use std::ops::ControlFlow;

use crate::archive::Entry;
use crate::error::Error;
use crate::log::Batch;

/// Listens to a walk through an artifact's contents. Every method has a default that does nothing.
pub trait Visitor {
    /// Bytes of the file read so far, of how many; called about once a MiB. Breaking off ends the walk with
    /// what it found. Before a file is called damaged it is read again by another decoder, and the count
    /// begins again.
    fn progress(&mut self, _done: u64, _total: u64) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    /// A file of the archive with its content, which need not be read. Never called for links, nor for paths
    /// that leave their folder.
    ///
    /// # Errors
    /// The host's own, which end the walk and are told as [`Code::FileIo`](crate::problem::Code::FileIo), and
    /// those of `content` passed on.
    fn entry(&mut self, _entry: &Entry, _content: &mut dyn Read) -> io::Result<()> {
        Ok(())
    }

    /// A transaction log or checkpoint file that is about to be walked (L3): what this gives gets its bytes
    /// too. Then [`Visitor::entry`] is not called for it.
    ///
    /// # Errors
    /// The host's own, which end the walk.
    fn log(&mut self, _entry: &Entry) -> io::Result<Option<Box<dyn Write>>> {
        Ok(None)
    }

    /// A batch of the transaction logs, in the order of the files in the archive (L3 only).
    fn batch(&mut self, _batch: &Batch) {}
}

/// Listens to nothing.
pub struct Silent;

impl Visitor for Silent {}

/// Bytes between two reports.
const STEP: u64 = 1 << 20;

/// Counts the bytes of a file while they are read, and tells the visitor.
pub(crate) struct Watched<'w, 'v, R> {
    inner: R,
    watch: &'w Watch<'v>,
}

/// Shared between the stream, which counts, and the walk, which asks.
pub(crate) struct Watch<'v> {
    pub(crate) visitor: RefCell<&'v mut dyn Visitor>,
    state: RefCell<Counts>,
}

struct Counts {
    done: u64,
    total: u64,
    next: u64,
    stopped: bool,
    failed: Option<Error>,
}

impl<'v> Watch<'v> {
    pub(crate) fn new(visitor: &'v mut dyn Visitor, total: u64) -> Self {
        let state = RefCell::new(Counts { done: 0, total, next: 0, stopped: false, failed: None });
        Self { visitor: RefCell::new(visitor), state }
    }

    pub(crate) fn done(&self) -> u64 {
        self.state.borrow().done
    }

    /// Whether the visitor broke off.
    pub(crate) fn is_stopped(&self) -> bool {
        self.state.borrow().stopped
    }

    /// Why the source gave no more bytes, if it failed.
    pub(crate) fn failure(&self) -> Option<Error> {
        self.state.borrow().failed.clone()
    }

    /// Begins to count again, for another pass over the file.
    pub(crate) fn begin_again(&self) {
        let mut state = self.state.borrow_mut();
        (state.done, state.next) = (0, 0);
    }

    pub(crate) fn watch<R: Read>(&self, inner: R) -> Watched<'_, 'v, R> {
        Watched { inner, watch: self }
    }
}

impl<R: Read> Read for Watched<'_, '_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = loop {
            match self.inner.read(buffer) {
                Ok(count) => break count,
                // Decoders take it for the end of all things.
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.watch.state.borrow_mut().failed.get_or_insert(Error::open(&error));
                    return Err(error);
                }
            }
        };
        let mut state = self.watch.state.borrow_mut();
        state.done += count as u64;
        // The visitor may be at work on an entry's content, which is what is being read here.
        if state.done >= state.next
            && let Ok(mut visitor) = self.watch.visitor.try_borrow_mut()
        {
            state.next = state.done + STEP;
            if visitor.progress(state.done, state.total).is_break() {
                state.stopped = true;
                return Err(io::Error::other("stopped"));
            }
        }
        Ok(count)
    }
}
