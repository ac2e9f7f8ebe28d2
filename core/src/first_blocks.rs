//! The beginning of a zstd stream, for the price of its first block.
//!
//! A decoder holds back a whole window, so a header at the front of a large frame would cost 128 KiB of
//! input or more. The block structure is in the open (RFC 8878, 3.1.1): this takes the first block alone,
//! puts it behind a frame header of our own, marks it as the last, and any decoder gives it all. Where a
//! header needs more (a long metadata script), twice as many blocks are taken, and so on up to a ceiling,
//! which holds for what is taken from the file as for what comes out: a file of empty blocks, as zeros behind
//! a frame header read, has no end otherwise.
//!
//! The frame header of our own also bounds the window: what a file claims there costs nothing.
//!
//! zrip decodes, which takes a third of ruzstd's time; ruzstd is asked again before a block is called damaged.

use std::io::{self, Read};

use ruzstd::decoding::StreamingDecoder;

use crate::error::{Cause, Error, Place, Result, Stream};

/// A block never decodes to more than this (RFC 8878, 3.1.1.2.4).
const BLOCK: usize = 128 << 10;
/// Magic, no flags at all, a window of 8 MiB: above every ceiling on header bytes.
const OWN_HEADER: [u8; 6] = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 13 << 3];

const FRAME_HEADER: &str = "zstd frame header";
const BLOCK_BODY: &str = "zstd block";

/// Decodes the first blocks of a frame, no more of them than are read for.
pub(crate) struct FirstBlocks<R> {
    input: Input<R>,
    /// A frame of our own header and the compressed blocks so far, each with its header, none marked as last.
    frame: Vec<u8>,
    /// Where in `frame` the newest one begins.
    newest: usize,
    count: usize,
    ended: bool,
    decoded: Vec<u8>,
    given: usize,
    limit: u64,
}

/// Compressed bytes, and where they stand: errors here count bytes of the file.
struct Input<R> {
    inner: R,
    stream: Stream,
    offset: u64,
}

impl<R: Read> FirstBlocks<R> {
    /// Reads the frame header behind the frame's magic, which the caller has read already: `inner` stands at
    /// `offset` of `stream`.
    pub(crate) fn after_magic(inner: R, stream: Stream, offset: u64, limit: u64) -> Result<Self> {
        let mut input = Input { inner, stream, offset };
        let [descriptor] = input.exactly(FRAME_HEADER)?;
        let damaged = |message| input.damaged(FRAME_HEADER, message);
        if descriptor & 0b1000 != 0 {
            return Err(damaged("it sets a reserved bit"));
        }
        let single_segment = descriptor & 0b10_0000 != 0;
        let dictionary = [0, 1, 2, 4][usize::from(descriptor & 0b11)];
        if dictionary > 0 {
            return Err(damaged("it wants a dictionary, which Neo4j never uses"));
        }
        let content_size = match descriptor >> 6 {
            0 => usize::from(single_segment),
            shift => 1 << shift,
        };
        let rest = usize::from(!single_segment) + content_size;
        let mut skipped = [0; 9];
        input.fill(FRAME_HEADER, &mut skipped[..rest])?;
        Ok(Self {
            input,
            frame: OWN_HEADER.to_vec(),
            newest: 0,
            count: 0,
            ended: false,
            decoded: Vec::new(),
            given: 0,
            limit,
        })
    }

    /// Bytes that can be read without taking another block.
    pub(crate) fn at_hand(&self) -> usize {
        self.decoded.len() - self.given
    }

    /// Takes one block from the stream.
    fn take_block(&mut self) -> Result<()> {
        let header: [u8; 3] = self.input.exactly("zstd block header")?;
        let word = u32::from_le_bytes([header[0], header[1], header[2], 0]);
        self.ended = word & 1 != 0;
        let size = (word >> 3) as usize;
        let stored = match word >> 1 & 3 {
            0 | 2 => size,
            1 => 1,
            _ => return Err(self.input.damaged(BLOCK_BODY, "it has the reserved type")),
        };
        if size > BLOCK {
            return Err(self.input.damaged(BLOCK_BODY, "it is larger than 128 KiB"));
        }
        self.newest = self.frame.len();
        let [low, middle, high, _] = (word & !1).to_le_bytes();
        self.frame.extend_from_slice(&[low, middle, high]);
        let start = self.frame.len();
        self.frame.resize(start + stored, 0);
        self.input.fill(BLOCK_BODY, &mut self.frame[start..])?;
        self.count += 1;
        Ok(())
    }

    /// Takes as many blocks as there are so far, at least one, and decodes them all.
    fn grow(&mut self) -> Result<()> {
        if self.is_full() {
            return Err(self.beyond_limit());
        }
        let start = self.input.offset;
        let wanted = (self.count * 2).max(1);
        while self.count < wanted && !self.ended && !self.is_full() {
            self.take_block()?;
        }
        self.frame[self.newest] |= 1;
        self.decoded = self.decode().map_err(|message| {
            let mut error = self.input.damaged(BLOCK_BODY, &message);
            // Which of the new blocks it was, the decoder does not say: it is none before the first of them.
            error.place.as_mut().into_iter().for_each(|place| place.offset = start);
            error
        })?;
        self.frame[self.newest] &= !1;
        Ok(())
    }

    /// All that the blocks hold, up to one byte more than will be given: that byte tells a header that goes on
    /// from one that ends there.
    fn decode(&self) -> std::result::Result<Vec<u8>, String> {
        let most = self.limit.saturating_add(1);
        // It gives all or nothing: what goes beyond the limit is an error to it too.
        if let Ok(content) =
            zrip::decompress_with_limit(&self.frame, usize::try_from(most).unwrap_or(usize::MAX))
        {
            return Ok(content);
        }
        let decoder = StreamingDecoder::new(self.frame.as_slice()).map_err(|error| error.to_string())?;
        let mut content = Vec::new();
        decoder.take(most).read_to_end(&mut content).map_err(|error| error.to_string())?;
        Ok(content)
    }

    fn is_full(&self) -> bool {
        self.frame.len() as u64 >= self.limit
    }

    fn beyond_limit(&self) -> Error {
        let (found, limit) = (self.limit.saturating_add(1), self.limit);
        let unit = "bytes".to_owned();
        self.input.error("header in zstd blocks", Cause::Limit { found, limit, unit })
    }
}

impl<R: Read> Read for FirstBlocks<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given == self.decoded.len() && !self.ended {
            self.grow()?;
        }
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        if self.given >= limit && self.given < self.decoded.len() {
            return Err(self.beyond_limit().into());
        }
        let end = self.decoded.len().min(limit);
        let count = self.decoded[self.given..end].as_ref().read(buffer)?;
        self.given += count;
        Ok(count)
    }
}

impl<R> Input<R> {
    fn error(&self, field: &str, cause: Cause) -> Error {
        let place = Some(Place { stream: self.stream, offset: self.offset, field: field.to_owned() });
        Error { place, cause }
    }

    fn damaged(&self, field: &str, message: &str) -> Error {
        self.error(field, Cause::Damaged { codec: "zstd".into(), message: message.to_owned() })
    }
}

impl<R: Read> Input<R> {
    fn exactly<const N: usize>(&mut self, field: &str) -> Result<[u8; N]> {
        let mut bytes = [0; N];
        self.fill(field, &mut bytes)?;
        Ok(bytes)
    }

    fn fill(&mut self, field: &str, buffer: &mut [u8]) -> Result<()> {
        let mut found = 0;
        while found < buffer.len() {
            match self.inner.read(&mut buffer[found..]) {
                Ok(0) => {
                    let (expected, found) = (buffer.len() as u64, found as u64);
                    return Err(self.error(field, Cause::Ended { expected, found }));
                }
                Ok(count) => found += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    let message = error.to_string();
                    let host = || self.error(field, Cause::Io { message });
                    return Err(Error::inside(&error).unwrap_or_else(host));
                }
            }
        }
        self.offset += buffer.len() as u64;
        Ok(())
    }
}
