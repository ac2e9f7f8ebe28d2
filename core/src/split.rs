//! Split archives: a manifest beside numbered parts which, joined in order, are one ordinary archive.
//!
//! ```text
//! <base>      ?MV1 | i32 part count | 16 bytes archive id
//! <base>.n    ?DV1 | i32 n, from 1  | 16 bytes archive id | data
//! ```
//! docs/format.md, "Split archives". In public sources only; no released Neo4j up to 2026.05 writes them.

use std::io::{self, Read};

use uuid::Uuid;

use crate::error::{Cause, Error, Place, Result, Stream};
use crate::limits::Limits;
use crate::source::{FileName, Source};
use crate::wire::Reader;

/// The manifest after its magic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Manifest {
    pub(crate) parts: u32,
    pub(crate) archive_id: Uuid,
}

/// The header of a part after its magic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PartHeader {
    pub(crate) index: u32,
    pub(crate) archive_id: Uuid,
}

impl Manifest {
    pub(crate) fn read<R: Read>(from: &mut Reader<R>, limits: &Limits) -> Result<Self> {
        let stated = from.i32("part count")?;
        let parts = u32::try_from(stated)
            .ok()
            .filter(|count| *count > 0)
            .ok_or_else(|| from.refuse("a count of 1 or more", stated.to_string()))?;
        if parts > limits.parts {
            let (found, limit) = (u64::from(parts), u64::from(limits.parts));
            return Err(from.error("part count", Cause::Limit { found, limit, unit: "parts".into() }));
        }
        let archive_id = Uuid::from_bytes(from.array("archive id")?);
        Ok(Self { parts, archive_id })
    }
}

impl PartHeader {
    pub(crate) fn read<R: Read>(from: &mut Reader<R>) -> Result<Self> {
        let stated = from.i32("part index")?;
        let index = u32::try_from(stated)
            .ok()
            .filter(|index| *index > 0)
            .ok_or_else(|| from.refuse("an index of 1 or more", stated.to_string()))?;
        let archive_id = Uuid::from_bytes(from.array("archive id")?);
        Ok(Self { index, archive_id })
    }
}

/// A part that is there and belongs to the manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) name: FileName,
    pub(crate) size: u64,
}

/// Opens part `index` and checks that it is that part of this archive. Gives the stream behind its header,
/// and adds the bytes of the header to `taken`.
pub(crate) fn open_part<S: Source>(
    source: &mut S,
    base: &FileName,
    manifest: &Manifest,
    index: u32,
    taken: &mut u64,
) -> Result<(S::Stream, Part)> {
    let name = base.part(index);
    let (stream, size) = source.open(&name).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => {
            Error { place: None, cause: Cause::PartMissing { name: name.base().to_owned() } }
        }
        _ => Error::open(&error),
    })?;
    let mut from = Reader::new(stream, Stream::File);
    let checked = check_part(&mut from, manifest, index);
    *taken += from.offset();
    checked.map_err(|mut error| {
        if let Some(place) = &mut error.place {
            place.field = format!("{} of `{}`", place.field, name.base());
        }
        error
    })?;
    Ok((from.into_inner(), Part { name, size }))
}

fn check_part<R: Read>(from: &mut Reader<R>, manifest: &Manifest, index: u32) -> Result<()> {
    let magic = from.array::<4>("magic")?;
    if magic[1..] != *b"DV1" {
        return Err(from.refuse("a part's magic, ?DV1", crate::wire::ascii_or_hex(&magic)));
    }
    let header = PartHeader::read(from)?;
    if header.archive_id != manifest.archive_id {
        return Err(from.refuse(manifest.archive_id.to_string(), header.archive_id.to_string()));
    }
    if header.index != index {
        let (stream, offset, field) = (Stream::File, 4, "part index".into());
        let (expected, found) = (index.to_string(), header.index.to_string());
        return Err(Error {
            place: Some(Place { stream, offset, field }),
            cause: Cause::Unexpected { expected, found },
        });
    }
    Ok(())
}

/// The data of all parts as one stream; a part is opened when the one before it ends.
pub(crate) struct Joined<'s, S: Source> {
    source: &'s mut S,
    base: FileName,
    manifest: Manifest,
    /// The part at hand and its index.
    open: Option<S::Stream>,
    next: u32,
    /// Bytes taken from the parts, headers included.
    taken: u64,
}

impl<'s, S: Source> Joined<'s, S> {
    pub(crate) fn new(source: &'s mut S, base: FileName, manifest: Manifest) -> Self {
        Self { source, base, manifest, open: None, next: 1, taken: 0 }
    }

    pub(crate) fn taken(&self) -> u64 {
        self.taken
    }
}

impl<S: Source> Read for Joined<'_, S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if let Some(stream) = &mut self.open {
                let count = stream.read(buffer)?;
                self.taken += count as u64;
                if count > 0 || buffer.is_empty() {
                    return Ok(count);
                }
            }
            if self.next > self.manifest.parts {
                return Ok(0);
            }
            let (base, manifest) = (&self.base, &self.manifest);
            let (stream, _) = open_part(self.source, base, manifest, self.next, &mut self.taken)?;
            self.open = Some(stream);
            self.next += 1;
        }
    }
}
