//! The body of a container as one decoded stream. This is the only module that names a codec for bodies.
//!
//! zrip decodes; its checksum comparison is the proof. Where it reports damage, ruzstd decodes the same
//! bytes again before anything is called corrupt ([`second_opinion`]): young decoders have had bugs.

use std::io::{self, BufReader, Chain, Cursor, Read, Write};

use flate2::bufread::GzDecoder;
use ruzstd::decoding::StreamingDecoder;
use zrip::{FrameDecoder, FrameEncoder};

use crate::container::Compression;

/// The largest window a frame may ask for, in bytes: what `zstd -d` grants too. Decoding holds two of them.
pub(crate) const MAX_WINDOW: u64 = 128 << 20;

/// What a decoder left of its stream: bytes that its buffer took, and the rest.
pub(crate) type Rest<R> = Chain<Cursor<Vec<u8>>, R>;

/// A stream behind its decoder.
pub(crate) enum Payload<R: Read> {
    Plain(R),
    Zstd(Box<FrameDecoder<Blocks<R>>>),
    Gzip(Box<GzDecoder<BufReader<R>>>),
}

impl<R: Read> Payload<R> {
    pub(crate) fn new(stream: R, compression: Compression) -> Self {
        match compression {
            Compression::None => Self::Plain(stream),
            Compression::Zstd => Self::Zstd(Box::new(FrameDecoder::new(Blocks::new(stream)))),
            Compression::Gzip => {
                Self::Gzip(Box::new(GzDecoder::new(BufReader::with_capacity(64 << 10, stream))))
            }
        }
    }

    /// What can be said of the compressed side once decoding has ended or failed, and what follows it.
    pub(crate) fn into_parts(self) -> (Position, Rest<R>) {
        let (position, unread, stream) = match self {
            Self::Plain(stream) => (Position::default(), Vec::new(), stream),
            Self::Zstd(decoder) => {
                let blocks = decoder.into_inner();
                (blocks.position, Vec::new(), blocks.inner)
            }
            Self::Gzip(decoder) => {
                let reader = decoder.into_inner();
                (Position::default(), reader.buffer().to_vec(), reader.into_inner())
            }
        };
        (Position { unread: unread.len() as u64, ..position }, Cursor::new(unread).chain(stream))
    }
}

impl<R: Read> Read for Payload<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.read(buffer),
            Self::Zstd(decoder) => decoder.read(buffer),
            Self::Gzip(decoder) => decoder.read(buffer),
        }
    }
}

/// The level of everything written: on stores it is smaller and twice as fast as the next one up.
const ENCODED_LEVEL: i32 = 1;

/// A stream in front of its encoder: the mirror of [`Payload`] for the two containers that are written.
pub(crate) enum Packed<W: Write> {
    Plain(W),
    /// One frame, with its content checksum.
    Zstd(Box<FrameEncoder<W>>),
}

impl<W: Write> Packed<W> {
    pub(crate) fn plain(to: W) -> Self {
        Self::Plain(to)
    }

    pub(crate) fn zstd(to: W) -> io::Result<Self> {
        let encoder = FrameEncoder::new(to, ENCODED_LEVEL).map_err(io::Error::other)?;
        Ok(Self::Zstd(Box::new(encoder)))
    }

    /// Ends a block here, so that what was written up to now can be read without what follows.
    pub(crate) fn end_block(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(_) => Ok(()),
            Self::Zstd(encoder) => encoder.flush(),
        }
    }

    /// Writes what the encoder held back.
    pub(crate) fn finish(self) -> io::Result<W> {
        match self {
            Self::Plain(to) => Ok(to),
            Self::Zstd(encoder) => encoder.finish(),
        }
    }
}

impl<W: Write> Write for Packed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(to) => to.write(bytes),
            Self::Zstd(encoder) => encoder.write(bytes),
        }
    }

    /// Passes nothing on: a block that is cut short costs ratio and gains nobody anything.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Where a zstd stream stands, by its own block structure.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Position {
    /// Blocks begun.
    pub(crate) blocks: u64,
    /// Offset of the newest block's header, from the frame's first byte.
    pub(crate) block_at: u64,
    /// Offset behind everything that was decoded, from there too.
    pub(crate) at: u64,
    /// The window that the frame asks for, where it asks for one beyond [`MAX_WINDOW`].
    pub(crate) excessive_window: Option<u64>,
    /// The frame has a content checksum.
    pub(crate) checksum: bool,
    /// The frame ended as it should.
    pub(crate) ended: bool,
    /// The stream ended inside the frame.
    pub(crate) cut: bool,
    /// Bytes that a buffer took from the stream and nobody used.
    pub(crate) unread: u64,
}

/// What the next bytes of a frame are.
enum Piece {
    /// Magic and descriptor.
    Descriptor,
    /// The rest of the frame header, and whether the content itself is the window.
    Header(bool),
    BlockHeader,
    /// A block's content; whether it is the last.
    Content(bool),
    Checksum,
    End,
}

/// Follows the block structure of one frame (RFC 8878, 3.1.1) while it passes, so that damage can be told by
/// block and offset, and stops behind it.
pub(crate) struct Blocks<R> {
    inner: R,
    piece: Piece,
    /// Bytes of this piece still to come.
    left: u64,
    /// The piece's bytes, where they are needed.
    seen: Vec<u8>,
    position: Position,
}

impl<R: Read> Blocks<R> {
    fn new(inner: R) -> Self {
        let position = Position::default();
        Self { inner, piece: Piece::Descriptor, left: 5, seen: Vec::new(), position }
    }

    /// The piece at hand is complete: what comes next?
    fn step(&mut self) {
        let seen = std::mem::take(&mut self.seen);
        (self.piece, self.left) = match self.piece {
            Piece::Descriptor => {
                let descriptor = seen.get(4).copied().unwrap_or_default();
                self.position.checksum = descriptor & 0b100 != 0;
                let single_segment = descriptor & 0b10_0000 != 0;
                let content_size = match descriptor >> 6 {
                    0 => u64::from(single_segment),
                    shift => 1 << shift,
                };
                let dictionary = [0, 1, 2, 4][usize::from(descriptor & 0b11)];
                (Piece::Header(single_segment), u64::from(!single_segment) + dictionary + content_size)
            }
            Piece::BlockHeader => {
                let word = match *seen {
                    [low, middle, high] => u32::from_le_bytes([low, middle, high, 0]),
                    _ => 1,
                };
                self.position.blocks += 1;
                self.position.block_at = self.position.at - 3;
                let size = if word >> 1 & 3 == 1 { 1 } else { u64::from(word >> 3) };
                (Piece::Content(word & 1 != 0), size)
            }
            Piece::Header(single_segment) => {
                let window = seen.first().filter(|_| !single_segment).copied().map(window);
                self.position.excessive_window = window.filter(|window| *window > MAX_WINDOW);
                (Piece::BlockHeader, 3)
            }
            Piece::Content(false) => (Piece::BlockHeader, 3),
            Piece::Content(true) if self.position.checksum => (Piece::Checksum, 4),
            Piece::Content(true) | Piece::Checksum | Piece::End => {
                self.position.ended = true;
                (Piece::End, 0)
            }
        };
    }
}

impl<R: Read> Read for Blocks<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.left == 0 {
            if self.position.ended {
                return Ok(0);
            }
            self.step();
            if self.position.excessive_window.is_some() {
                return Err(io::Error::other("its window is too large"));
            }
        }
        let wanted = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let count = self.inner.read(&mut buffer[..wanted])?;
        if count == 0 && wanted > 0 {
            self.position.cut = true;
        }
        if !matches!(self.piece, Piece::Content(_)) {
            self.seen.extend_from_slice(&buffer[..count]);
        }
        self.left -= count as u64;
        self.position.at += count as u64;
        if self.left == 0 && matches!(self.piece, Piece::Content(true) | Piece::Checksum) {
            self.step();
        }
        Ok(count)
    }
}

/// The window in bytes that a window descriptor stands for.
fn window(descriptor: u8) -> u64 {
    let (exponent, mantissa) = (descriptor >> 3, u64::from(descriptor & 0b111));
    let base = 1 << (10 + u32::from(exponent));
    base + base / 8 * mantissa
}

/// Decodes a zstd frame again with the other decoder, up to `most` bytes. `Ok` means that it decodes and its
/// checksum holds.
pub(crate) fn second_opinion(stream: impl Read, most: u64) -> io::Result<()> {
    let damaged = |message: String| io::Error::new(io::ErrorKind::InvalidData, message);
    let mut decoder =
        StreamingDecoder::new(BufReader::new(stream)).map_err(|error| damaged(error.to_string()))?;
    io::copy(&mut decoder.by_ref().take(most), &mut io::sink())?;
    if decoder.read(&mut [0])? > 0 {
        return Err(damaged("the stream goes on beyond what is allowed".into()));
    }
    // It computes the checksum and leaves the comparison to us.
    let stored = decoder.decoder.get_checksum_from_data();
    if stored.is_some() && stored != decoder.decoder.get_calculated_checksum() {
        return Err(damaged("the content checksum differs".into()));
    }
    Ok(())
}
