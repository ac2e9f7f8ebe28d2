//! A window over a stream: bytes by their offset, a bounded number of them at a time.

use std::io::{self, Read};

/// Bytes read at once.
const BLOCK: usize = 256 << 10;

/// The stream from `start` on, as far as it was read.
pub(super) struct Buffered<R> {
    inner: R,
    bytes: Vec<u8>,
    start: u64,
    ended: bool,
    /// Offset behind the last byte that is not zero, of all that was read.
    data_end: u64,
}

impl<R: Read> Buffered<R> {
    pub(super) fn new(inner: R) -> Self {
        Self { inner, bytes: Vec::new(), start: 0, ended: false, data_end: 0 }
    }

    /// Offset behind the last byte that was read.
    pub(super) fn end(&self) -> u64 {
        self.start + self.bytes.len() as u64
    }

    /// Offset behind the last byte that is not zero, of all that was read.
    pub(super) fn data_end(&self) -> u64 {
        self.data_end
    }

    /// Reads on until `end` is there; says whether it is.
    pub(super) fn ensure(&mut self, end: u64) -> io::Result<bool> {
        while self.end() < end && !self.ended {
            self.read_block()?;
        }
        Ok(self.end() >= end)
    }

    /// Reads one more block; says whether there was one.
    pub(super) fn read_block(&mut self) -> io::Result<bool> {
        let len = self.bytes.len();
        let before = self.end();
        let read = self.inner.by_ref().take(BLOCK as u64).read_to_end(&mut self.bytes)?;
        self.ended = read == 0;
        if let Some(last) = last_data(&self.bytes[len..]) {
            self.data_end = before + last as u64 + 1;
        }
        Ok(!self.ended)
    }

    /// Bytes from `from` (not released) to `to` (read already).
    pub(super) fn slice(&self, from: u64, to: u64) -> &[u8] {
        &self.bytes[self.at(from)..self.at(to)]
    }

    #[expect(clippy::cast_possible_truncation, reason = "the window is far smaller than an address space")]
    fn at(&self, offset: u64) -> usize {
        (offset - self.start) as usize
    }

    /// Up to `len` bytes from `from`, fewer or none where the stream ends.
    pub(super) fn peek(&mut self, from: u64, len: u64) -> io::Result<&[u8]> {
        self.ensure(from + len)?;
        Ok(self.slice(from.min(self.end()), self.end().min(from + len)))
    }

    /// Forgets what is before `offset`, now or once it is worth the copy.
    pub(super) fn release(&mut self, offset: u64) {
        if offset.saturating_sub(self.start) >= BLOCK as u64 {
            let at = self.at(offset.min(self.end()));
            self.bytes.drain(..at);
            self.start += at as u64;
        }
    }

    /// Reads to the end; gives the first offset from `from` on that is not zero.
    pub(super) fn first_data(&mut self, from: u64) -> io::Result<Option<u64>> {
        self.ensure(from)?;
        let mut at = from.min(self.end());
        loop {
            if let Some(found) = first_data(self.slice(at, self.end())) {
                return Ok(Some(at + found as u64));
            }
            at = self.end();
            self.release(at);
            if !self.read_block()? {
                return Ok(None);
            }
        }
    }

    /// Reads to the end and keeps nothing; what follows counts for [`Buffered::end`] and
    /// [`Buffered::data_end`] only.
    pub(super) fn drain(&mut self) -> io::Result<()> {
        loop {
            self.release(self.end());
            if !self.read_block()? {
                return Ok(());
            }
        }
    }
}

/// Bytes looked at together: preallocated tails are hundreds of megabytes of zeros.
const STRIDE: usize = 64;

fn is_zero(bytes: &[u8]) -> bool {
    bytes.iter().fold(0, |seen, byte| seen | byte) == 0
}

/// Where the first byte stands that is not zero.
fn first_data(bytes: &[u8]) -> Option<usize> {
    let (strides, _) = bytes.as_chunks::<STRIDE>();
    let zeros = strides.iter().take_while(|stride| is_zero(stride.as_slice())).count() * STRIDE;
    bytes[zeros..].iter().position(|byte| *byte != 0).map(|at| zeros + at)
}

/// Where the last byte stands that is not zero.
fn last_data(bytes: &[u8]) -> Option<usize> {
    let (_, strides) = bytes.as_rchunks::<STRIDE>();
    let zeros = strides.iter().rev().take_while(|stride| is_zero(stride.as_slice())).count() * STRIDE;
    bytes[..bytes.len() - zeros].iter().rposition(|byte| *byte != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_among_zeros_is_found_at_every_place() {
        for len in [0, 1, 63, 64, 65, 127, 128, 200] {
            let zeros = vec![0; len];
            assert_eq!((first_data(&zeros), last_data(&zeros)), (None, None), "{len}");
            for at in 0..len {
                let mut bytes = zeros.clone();
                bytes[at] = 1;
                assert_eq!((first_data(&bytes), last_data(&bytes)), (Some(at), Some(at)), "{len}");
                bytes[len - 1] = 2;
                assert_eq!((first_data(&bytes), last_data(&bytes)), (Some(at), Some(len - 1)), "{len}");
            }
        }
    }
}
