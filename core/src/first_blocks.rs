//! The beginning of a zstd stream, for the price of its first block.
//!
//! A decoder holds back a whole window, so a header at the front of a large frame would cost 128 KiB of
//! input or more. The block structure is in the open (RFC 8878, 3.1.1): this takes the first block alone,
//! puts it behind a frame header of our own, marks it as the last, and any decoder gives it all. Where a
//! header needs more (a long metadata script), twice as many blocks are taken, and so on up to a ceiling.
//!
//! The frame header of our own also bounds the window: what a file claims there costs nothing.

use std::io::{self, Read};

use ruzstd::decoding::StreamingDecoder;

/// A block never decodes to more than this (RFC 8878, 3.1.1.2.4).
const BLOCK: usize = 128 << 10;
/// Magic, no flags at all, a window of 8 MiB: above every ceiling on header bytes.
const OWN_HEADER: [u8; 6] = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 13 << 3];

/// Decodes the first blocks of a frame, no more of them than are read for.
pub(crate) struct FirstBlocks<R> {
    inner: R,
    /// Compressed blocks so far, each with its header, none marked as last.
    blocks: Vec<u8>,
    /// Where in `blocks` the newest one begins.
    newest: usize,
    count: usize,
    ended: bool,
    decoded: Vec<u8>,
    given: usize,
    limit: u64,
}

impl<R: Read> FirstBlocks<R> {
    /// Reads the frame header behind the frame's magic, which the caller has read already.
    pub(crate) fn after_magic(mut inner: R, limit: u64) -> io::Result<Self> {
        let [descriptor] = exactly(&mut inner)?;
        if descriptor & 0b1000 != 0 {
            return Err(damaged("the frame header sets a reserved bit"));
        }
        let single_segment = descriptor & 0b10_0000 != 0;
        let dictionary = [0, 1, 2, 4][usize::from(descriptor & 0b11)];
        if dictionary > 0 {
            return Err(damaged("the frame wants a dictionary, which Neo4j never uses"));
        }
        let content_size = match descriptor >> 6 {
            0 => usize::from(single_segment),
            shift => 1 << shift,
        };
        let rest = usize::from(!single_segment) + content_size;
        let mut skipped = [0; 9];
        fill(&mut inner, &mut skipped[..rest])?;
        Ok(Self {
            inner,
            blocks: Vec::new(),
            newest: 0,
            count: 0,
            ended: false,
            decoded: Vec::new(),
            given: 0,
            limit,
        })
    }

    /// Takes one block from the stream.
    fn take_block(&mut self) -> io::Result<()> {
        let header: [u8; 3] = exactly(&mut self.inner)?;
        let word = u32::from_le_bytes([header[0], header[1], header[2], 0]);
        self.ended = word & 1 != 0;
        let size = (word >> 3) as usize;
        let stored = match word >> 1 & 3 {
            0 | 2 => size,
            1 => 1,
            _ => return Err(damaged("a block has the reserved type")),
        };
        if size > BLOCK {
            return Err(damaged("a block is larger than 128 KiB"));
        }
        self.newest = self.blocks.len();
        let [low, middle, high, _] = (word & !1).to_le_bytes();
        self.blocks.extend_from_slice(&[low, middle, high]);
        let start = self.blocks.len();
        self.blocks.resize(start + stored, 0);
        fill(&mut self.inner, &mut self.blocks[start..])?;
        self.count += 1;
        Ok(())
    }

    /// Takes as many blocks as there are so far, at least one, and decodes them all.
    fn grow(&mut self) -> io::Result<()> {
        let wanted = (self.count * 2).max(1);
        while self.count < wanted && !self.ended {
            self.take_block()?;
        }
        self.blocks[self.newest] |= 1;
        let frame = OWN_HEADER.as_slice().chain(self.blocks.as_slice());
        let mut decoder = StreamingDecoder::new(frame).map_err(|error| damaged(&error.to_string()))?;
        self.decoded.clear();
        // Twice the ceiling bounds what is held; a header that needs more than the ceiling is refused anyway.
        decoder
            .by_ref()
            .take(self.limit.saturating_mul(2))
            .read_to_end(&mut self.decoded)
            .map_err(|error| damaged(&error.to_string()))?;
        self.blocks[self.newest] &= !1;
        Ok(())
    }
}

impl<R: Read> Read for FirstBlocks<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given == self.decoded.len() && !self.ended && (self.given as u64) < self.limit {
            self.grow()?;
        }
        let count = self.decoded[self.given..].as_ref().read(buffer)?;
        self.given += count;
        Ok(count)
    }
}

fn damaged(message: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("zstd: {message}"))
}

fn exactly<const N: usize>(from: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    fill(from, &mut bytes)?;
    Ok(bytes)
}

fn fill(from: &mut impl Read, buffer: &mut [u8]) -> io::Result<()> {
    from.read_exact(buffer).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => damaged("the stream ends inside its first blocks"),
        _ => error,
    })
}
