//! What damage is called, where it begins, and what its bytes tell of how it came about.

use std::io::{self, Read};

use crate::container::{Compression, Container};
use crate::error::Error;
use crate::payload::{Position, second_opinion};
use crate::problem::Code;

/// Bytes at a file's start in which line ends are counted.
const SAMPLE: usize = 256 << 10;
/// Zeros at the end of a compressed file that nothing but a missing rest explains.
const MISSING: u64 = 512;

/// Why a body could not be read to its end.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The visitor broke off.
    Stopped,
    /// The source gave no more bytes: not the file's fault.
    Source(Error),
    /// The visitor could not take what was read.
    Host(io::Error),
    /// More comes out of the decoder, or is asked for, than this program allows.
    Expansion,
    Decoder(io::Error),
    /// A field in front of the tar.
    Field(Error),
    /// The stream ends where the tar does not.
    Ended {
        at: u64,
        expected: String,
    },
    Structure {
        at: u64,
        expected: String,
        found: String,
    },
}

/// A failure with what the streams say of where it happened.
#[derive(Debug)]
pub(crate) struct Fallen {
    pub(crate) failure: Failure,
    pub(crate) position: Position,
    /// Offset of the body in the file.
    pub(crate) body_at: u64,
    /// The stream could be decoded to its end, and its checksum holds.
    pub(crate) written_so: bool,
}

impl Fallen {
    /// The layer and the offset in the file at which a decoder failed, which has taken `read` bytes of it.
    pub(crate) fn place(&self, compression: Compression, read: u64) -> (String, u64) {
        let Self { position, body_at, .. } = self;
        match compression {
            // Nothing is left but the comparison: what differs may be anywhere before.
            Compression::Zstd if position.ended => ("zstd checksum".into(), body_at + position.at - 4),
            Compression::Zstd if position.blocks == 0 => ("zstd header".into(), *body_at),
            Compression::Zstd => (format!("zstd block {}", position.blocks), body_at + position.block_at),
            Compression::Gzip => ("gzip".into(), read - position.unread),
            Compression::None => ("file".into(), read),
        }
    }

    /// Whether the decoder ran out of bytes.
    pub(crate) fn is_cut(&self, error: &io::Error) -> bool {
        self.position.cut || error.kind() == io::ErrorKind::UnexpectedEof
    }
}

/// What a second reading of a damaged file found.
pub(crate) struct Evidence {
    /// Of the other decoder, where one was asked.
    pub(crate) opinion: Option<io::Result<()>>,
    /// The file's first bytes.
    start: Vec<u8>,
    /// Zeros at its end.
    zeros: u64,
}

impl Evidence {
    /// Reads a file to its end. `body_at` is given where a second decoder is to judge the body, which may
    /// come to `most` bytes.
    ///
    /// # Errors
    /// The stream's own, or the visitor's wish to stop.
    pub(crate) fn gather(stream: impl Read, body_at: Option<u64>, most: u64) -> io::Result<Self> {
        let mut witness = Witness { stream, start: Vec::new(), len: 0, data: 0, failed: false };
        let opinion = match body_at {
            Some(body_at) => {
                io::copy(&mut witness.by_ref().take(body_at), &mut io::sink())?;
                Some(second_opinion(&mut witness, most))
            }
            None => None,
        };
        if witness.failed {
            return Err(io::Error::other("the file could not be read again"));
        }
        io::copy(&mut witness, &mut io::sink())?;
        Ok(Self { opinion, start: witness.start, zeros: witness.len - witness.data })
    }

    /// Reads no more than a sample.
    ///
    /// # Errors
    /// The stream's own.
    pub(crate) fn of_start(stream: impl Read) -> io::Result<Self> {
        let mut start = Vec::new();
        stream.take(SAMPLE as u64).read_to_end(&mut start)?;
        Ok(Self { opinion: None, start, zeros: 0 })
    }

    /// Whether a transfer in text mode changed the bytes, in words.
    pub(crate) fn text_mode(&self) -> Option<&'static str> {
        let start = &self.start;
        let feeds = memchr::memchr_iter(b'\n', start).count();
        let returns = memchr::memchr(b'\r', start).is_some();
        let pairs = memchr::memmem::find_iter(start, b"\r\n").count();
        // Of four line feeds in compressed bytes, all have a carriage return before them once in 2^32 files; in
        // a plain archive those of pax headers have none.
        if feeds >= 4 && pairs == feeds {
            return Some("every line feed has a carriage return before it: it was transferred in text mode");
        }
        let is_plain = start.starts_with(b"BT");
        let none = !is_plain && start.len() >= 16 << 10 && feeds >= 16 && !returns;
        none.then_some("it holds no carriage return at all: a transfer in text mode took them out")
    }

    /// What probably happened, where the bytes tell.
    pub(crate) fn cause(&self, container: Container, code: Code) -> Option<String> {
        if let Some(cause) = self.text_mode() {
            return Some(cause.into());
        }
        if container.compression() != Compression::None && self.zeros >= MISSING {
            return Some(format!(
                "its last {} bytes are zeros: room was made for the whole file, and the rest never came",
                self.zeros
            ));
        }
        (code == Code::PayloadTruncated).then(|| "the copy or upload broke off, or the disk was full".into())
    }
}

/// Notes what passes.
struct Witness<R> {
    stream: R,
    start: Vec<u8>,
    len: u64,
    /// Offset behind the last byte that is not zero.
    data: u64,
    failed: bool,
}

impl<R: Read> Read for Witness<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.stream.read(buffer).inspect_err(|_| self.failed = true)?;
        let bytes = &buffer[..count];
        let wanted = SAMPLE.saturating_sub(self.start.len()).min(count);
        self.start.extend_from_slice(&bytes[..wanted]);
        if let Some(last) = bytes.iter().rposition(|byte| *byte != 0) {
            self.data = self.len + last as u64 + 1;
        }
        self.len += count as u64;
        Ok(count)
    }
}
