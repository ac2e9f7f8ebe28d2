//! zstd frames as Neo4j writes them: what stands first in a block of its own, a content checksum at the end.
//!
//! ruzstd compresses; the frame round its blocks is written here, because its encoder has no way to close a
//! block early, and because one compressed body then serves a thousand artifacts.

use std::hash::Hasher;
use std::io::{self, Write};

use ruzstd::encoding::{CompressionLevel, compress_to_vec};
use twox_hash::XxHash64;

/// Magic, a header that promises a content checksum, a window of 2 MiB.
const START: [u8; 6] = [0x28, 0xb5, 0x2f, 0xfd, 0x04, 11 << 3];
/// The most that a block decodes to.
const BLOCK: usize = 128 << 10;
/// The flag of a frame's last block, lowest bit of a block's three-byte header.
const LAST: u8 = 1;

/// Bytes with their compressed blocks.
#[derive(Debug, Clone)]
pub struct Packed {
    plain: Vec<u8>,
    /// Whole blocks, none of them marked as a frame's last.
    blocks: Vec<u8>,
}

impl Packed {
    pub fn new(plain: Vec<u8>) -> Self {
        let mut blocks = blocks_of(&compress_to_vec(plain.as_slice(), CompressionLevel::Fastest)).to_vec();
        let last = last_block(&blocks);
        blocks[last] &= !LAST;
        Self { plain, blocks }
    }

    /// The same without looking for what repeats: for noise, in which nothing does.
    pub fn stored(plain: Vec<u8>) -> Self {
        let mut blocks = Vec::with_capacity(plain.len() + plain.len() / BLOCK * 3 + 3);
        for chunk in plain.chunks(BLOCK) {
            block(&mut blocks, chunk, 0).expect("memory takes it");
        }
        Self { plain, blocks }
    }

    pub fn plain(&self) -> &[u8] {
        &self.plain
    }
}

/// The blocks of a frame that ruzstd wrote: what is between its header and its checksum.
fn blocks_of(frame: &[u8]) -> &[u8] {
    let descriptor = frame[4];
    let (single_segment, checksum) = (descriptor & 0x20 != 0, descriptor & 0x04 != 0);
    let content_size = match descriptor >> 6 {
        0 => usize::from(single_segment),
        power => 1 << power,
    };
    let dictionary = [0, 1, 2, 4][usize::from(descriptor & 3)];
    let start = 5 + usize::from(!single_segment) + dictionary + content_size;
    &frame[start..frame.len() - if checksum { 4 } else { 0 }]
}

/// Where the header of the last block stands.
fn last_block(blocks: &[u8]) -> usize {
    const RLE: u32 = 1;
    let mut at = 0;
    loop {
        let header = u32::from_le_bytes([blocks[at], blocks[at + 1], blocks[at + 2], 0]);
        if blocks[at] & LAST != 0 {
            return at;
        }
        let len = if header >> 1 & 3 == RLE { 1 } else { header >> 3 };
        at += 3 + len as usize;
    }
}

/// Writes one frame.
pub struct Frame<W> {
    to: W,
    sum: XxHash64,
}

impl<W: Write> Frame<W> {
    /// # Errors
    /// Those of the writer, as in all that follows.
    pub fn start(mut to: W) -> io::Result<Self> {
        to.write_all(&START)?;
        Ok(Self { to, sum: XxHash64::with_seed(0) })
    }

    /// Bytes as they are, in blocks of their own.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn stored(&mut self, bytes: &[u8]) -> io::Result<()> {
        for chunk in bytes.chunks(BLOCK) {
            block(&mut self.to, chunk, 0)?;
            self.sum.write(chunk);
        }
        Ok(())
    }

    /// Bytes that were compressed before.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn packed(&mut self, body: &Packed) -> io::Result<()> {
        self.sum.write(&body.plain);
        self.to.write_all(&body.blocks)
    }

    /// Ends the frame with its checksum.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn finish(mut self) -> io::Result<W> {
        block(&mut self.to, &[], LAST)?;
        let sum = self.sum.finish().to_le_bytes();
        self.to.write_all(&sum[..4])?;
        Ok(self.to)
    }
}

/// A block that holds its content as it is.
fn block(to: &mut impl Write, content: &[u8], last: u8) -> io::Result<()> {
    let header = u32::try_from(content.len()).expect("a block is small") << 3 | u32::from(last);
    to.write_all(&header.to_le_bytes()[..3])?;
    to.write_all(content)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use ruzstd::decoding::StreamingDecoder;

    use super::*;

    #[test]
    fn a_frame_decodes_to_what_went_in_with_a_right_checksum() {
        let texts = ["", "x", "what stands first, and what comes after it, what stands first"];
        let long: Vec<u8> = (0..700_000_u32).map(|at| (at / 7 % 251) as u8).collect();
        for body in texts.map(|text| text.as_bytes().to_vec()).into_iter().chain([long, vec![7; 400_000]]) {
            let head = b"what stands first";
            for packed in [Packed::new(body.clone()), Packed::stored(body.clone())] {
                let mut frame = Frame::start(Vec::new()).expect("memory");
                frame.stored(head).expect("memory");
                frame.packed(&packed).expect("memory");
                let frame = frame.finish().expect("memory");

                let mut decoder = StreamingDecoder::new(frame.as_slice()).expect("a frame");
                let mut found = Vec::new();
                decoder.read_to_end(&mut found).expect("whole blocks");
                assert!(found == [head, body.as_slice()].concat(), "{} bytes of body", body.len());
                let sum = XxHash64::oneshot(0, &found).to_le_bytes();
                assert_eq!(frame.last_chunk(), sum.first_chunk::<4>(), "{} bytes of body", body.len());
            }
        }
    }
}
