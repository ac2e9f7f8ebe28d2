//! An artifact written as a stream: magic, metadata, size record, tar. The mirror of [`artifact`] and
//! [`archive`], with Neo4j's own names for everything, so that its loader and our reader read it alike.
//! docs/format.md, "Magic" and "The tar inside".
//!
//! ```text
//! BTV2   magic | metadata V2 | tar
//! BZV2   magic | zstd frame with a content checksum over: "zstd" | metadata V2 | size record | tar
//! ```
//!
//! The metadata stands in front of the contents, and in BZV2 under the same checksum: what it says must be
//! known before the first byte is written. Memory is one buffer, whatever the sizes.
//!
//! [`artifact`]: crate::artifact
//! [`archive`]: crate::archive

use std::io::{self, Read, Write};

use crate::archive::is_enclosed;
use crate::container::{Compression, Container};
use crate::metadata::Metadata;
use crate::payload::Packed;
use crate::report::ArchiveSize;
use crate::wire;

const BLOCK: usize = 512;
/// Bytes of content that are held at once.
const BUFFER: usize = 256 << 10;
/// The largest number in eleven octal digits; a longer one stands in a pax header.
const OCTAL: u64 = 0o777_7777_7777;
/// Bytes of a path in the header itself.
const NAME: usize = 100;

/// Writes one artifact.
pub struct Encoder<W: Write> {
    to: Packed<W>,
    /// Absent where nobody knew yet.
    declared: Option<ArchiveSize>,
    written: ArchiveSize,
    buffer: Box<[u8]>,
}

fn refused(message: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, message)
}

impl<W: Write> Encoder<W> {
    /// Writes everything in front of the tar. `size` counts the files that will follow and their bytes.
    ///
    /// # Errors
    /// The writer's own; `InvalidInput` for a container other than BZV2 and BTV2, for metadata whose
    /// compressed flag is not the container's or that has no map (V1), and for a text too long for its field.
    pub fn new(mut to: W, container: Container, metadata: &Metadata, size: ArchiveSize) -> io::Result<Self> {
        if !matches!(container, Container::Bzv2 | Container::Btv2) {
            return Err(refused(format!("{container} is read and not written")));
        }
        let compressed = container.compression() == Compression::Zstd;
        if metadata.flags.compressed != compressed || metadata.map.is_none() {
            return Err(refused(format!("this metadata does not belong into {container}")));
        }
        if !compressed {
            to.write_all(&Self::front(metadata)?)?;
            return Ok(Self { declared: Some(size), ..Self::behind_front(to) });
        }
        let mut fields = wire::Writer::default();
        fields.raw(b"zstd");
        metadata.write(&mut fields).map_err(|error| refused(error.to_string()))?;
        fields.i32(1);
        fields.i64(signed(size.files)?);
        fields.i64(signed(size.bytes)?);
        to.write_all(container.name().as_bytes())?;
        let mut to = Packed::zstd(to)?;
        to.write_all(&fields.into_bytes())?;
        // Neo4j ends a block behind the metadata too: a listing then decodes no contents.
        to.end_block()?;
        Ok(Self::tar(to, Some(size)))
    }

    /// A BTV2 whose metadata nobody knows yet: writes what stands behind its [`front`](Self::front), for which
    /// the caller has left room.
    pub fn behind_front(to: W) -> Self {
        Self::tar(Packed::plain(to), None)
    }

    /// All that stands in front of the tar of a BTV2. As long for one range and time as for any other.
    ///
    /// # Errors
    /// `InvalidInput` for a text too long for its field.
    pub fn front(metadata: &Metadata) -> io::Result<Vec<u8>> {
        let mut fields = wire::Writer::default();
        fields.raw(Container::Btv2.name().as_bytes());
        metadata.write(&mut fields).map_err(|error| refused(error.to_string()))?;
        Ok(fields.into_bytes())
    }

    fn tar(to: Packed<W>, declared: Option<ArchiveSize>) -> Self {
        let buffer = vec![0; BUFFER].into_boxed_slice();
        Self { to, declared, written: ArchiveSize { files: 0, bytes: 0 }, buffer }
    }

    /// The writer of a plain container, between two entries: whoever cuts the last one off may write it again.
    pub fn get_mut(&mut self) -> Option<&mut W> {
        match &mut self.to {
            Packed::Plain(to) => Some(to),
            Packed::Zstd(_) => None,
        }
    }

    /// Writes a folder; the empty path is the archive's own.
    ///
    /// # Errors
    /// As [`Encoder::file`].
    pub fn folder(&mut self, path: &str, modified: i64) -> io::Result<()> {
        let path = if path.is_empty() { "./".to_owned() } else { format!("./{path}/") };
        self.header(&path, Kind::Folder, 0, modified)
    }

    /// Writes a file: `bytes` bytes of `content`, modified at `modified` (seconds since 1970, UTC).
    ///
    /// # Errors
    /// The reader's and the writer's own; `UnexpectedEof` where the content is shorter, `InvalidInput` for a
    /// path that would leave its folder.
    pub fn file(&mut self, path: &str, bytes: u64, modified: i64, content: &mut dyn Read) -> io::Result<()> {
        self.header(&format!("./{path}"), Kind::File, bytes, modified)?;
        let mut left = bytes;
        while left > 0 {
            let wanted = usize::try_from(left).unwrap_or(usize::MAX).min(self.buffer.len());
            let count = match content.read(&mut self.buffer[..wanted]) {
                Ok(0) => {
                    let message = format!("`{path}`: expected {bytes} bytes, found {}", bytes - left);
                    return Err(io::Error::new(io::ErrorKind::UnexpectedEof, message));
                }
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            self.to.write_all(&self.buffer[..count])?;
            left -= count as u64;
        }
        self.pad(bytes)?;
        self.written.files += 1;
        self.written.bytes += bytes;
        Ok(())
    }

    /// Ends the tar and the frame; gives the writer back, which is neither flushed nor synced.
    ///
    /// # Errors
    /// The writer's own; `InvalidInput` where files or bytes are not as many as were declared.
    pub fn finish(mut self) -> io::Result<W> {
        if let Some(declared) = self.declared.filter(|declared| *declared != self.written) {
            return Err(refused(format!(
                "{} files of {} bytes were declared, and {} of {} written",
                declared.files, declared.bytes, self.written.files, self.written.bytes
            )));
        }
        self.to.write_all(&[0; 2 * BLOCK])?;
        self.to.finish()
    }

    /// Writes an entry's header, with a pax header before it where ustar's fields are too short.
    fn header(&mut self, path: &str, kind: Kind, bytes: u64, modified: i64) -> io::Result<()> {
        if !is_enclosed(path) {
            return Err(refused(format!("`{path}` would leave the folder it is extracted to")));
        }
        let time = u64::try_from(modified).ok().filter(|time| *time <= OCTAL);
        let mut pax = Vec::new();
        if path.len() > NAME || !path.is_ascii() {
            record(&mut pax, "path", path);
        }
        if bytes > OCTAL {
            record(&mut pax, "size", &bytes.to_string());
        }
        if time.is_none() {
            record(&mut pax, "mtime", &modified.to_string());
        }
        let time = time.unwrap_or(0);
        if !pax.is_empty() {
            self.to.write_all(&ustar("./PaxHeaders.X/_", Kind::Pax, pax.len() as u64, time))?;
            self.to.write_all(&pax)?;
            self.pad(pax.len() as u64)?;
        }
        self.to.write_all(&ustar(path, kind, bytes.min(OCTAL), time))
    }

    /// Fills the last block of a content.
    fn pad(&mut self, bytes: u64) -> io::Result<()> {
        let len = usize::try_from(bytes.wrapping_neg() % BLOCK as u64).unwrap_or_default();
        self.to.write_all(&[0; BLOCK][..len])
    }
}

fn signed(number: u64) -> io::Result<i64> {
    i64::try_from(number).map_err(|_| refused(format!("{number} does not fit the size record")))
}

#[derive(Clone, Copy)]
enum Kind {
    File,
    Folder,
    /// What the next header cannot say.
    Pax,
}

/// A header block; a path that does not fit is cut, since a pax header says it whole.
fn ustar(path: &str, kind: Kind, bytes: u64, modified: u64) -> [u8; BLOCK] {
    let mut header = [0; BLOCK];
    let mut put = |at: usize, field: &[u8]| header[at..at + field.len()].copy_from_slice(field);
    let (mode, flag) = match kind {
        Kind::File => (0o100_644, b'0'),
        Kind::Folder => (0o040_755, b'5'),
        Kind::Pax => (0o100_644, b'x'),
    };
    put(0, &path.as_bytes()[..path.len().min(NAME)]);
    put(100, format!("{mode:07o}\0").as_bytes());
    put(108, b"0000000\0");
    put(116, b"0000000\0");
    put(124, format!("{bytes:011o}\0").as_bytes());
    put(136, format!("{modified:011o}\0").as_bytes());
    put(148, b"        ");
    put(156, &[flag]);
    put(257, b"ustar\x0000");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    header
}

/// A pax record, `<length> <key>=<value>\n`, where the length counts itself.
fn record(pax: &mut Vec<u8>, key: &str, value: &str) {
    let rest = key.len() + value.len() + 3;
    let mut len = rest + rest.to_string().len();
    // One digit more may be needed for the sum than for the rest.
    if len.to_string().len() > rest.to_string().len() {
        len = rest + len.to_string().len();
    }
    pax.extend_from_slice(format!("{len} {key}={value}\n").as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::{Archive, Kind as Read};

    fn read_back(tar: &[u8]) -> (String, u64, Option<i64>) {
        let mut archive = Archive::new(tar, 0);
        let (entry, kind) = archive.next().expect("it reads").expect("an entry");
        assert_eq!(kind, Read::File);
        (entry.path, entry.bytes, entry.modified)
    }

    /// A header alone: nobody has the disk for the content.
    fn header(path: &str, bytes: u64, modified: i64) -> Vec<u8> {
        let mut encoder = Encoder::behind_front(Vec::new());
        encoder.header(&format!("./{path}"), Kind::File, bytes, modified).expect("a vector takes it");
        encoder.finish().expect("a vector takes it")
    }

    #[test]
    fn sizes_times_and_names_beyond_ustar_read_back() {
        for len in (1..=130).chain([980, 990, 995, 996, 1000, 4000]) {
            let path = "a".repeat(len);
            assert_eq!(read_back(&header(&path, 0, 0)), (path, 0, Some(0)));
        }
        for bytes in [0, OCTAL, OCTAL + 1, 9 << 30, i64::MAX as u64] {
            for modified in [0, -1, 1_800_000_000, i64::MAX] {
                assert_eq!(read_back(&header("ö", bytes, modified)), ("ö".into(), bytes, Some(modified)));
            }
        }
    }

    #[test]
    fn a_path_that_leaves_its_folder_is_not_written() {
        let mut encoder = Encoder::behind_front(Vec::new());
        let error = encoder.file("../x", 0, 0, &mut io::empty()).expect_err("it leaves");
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
    }
}
