//! The header of a transaction log or checkpoint file. docs/format.md, "Transaction logs".
//!
//! ```text
//! i64 format byte << 56 | file number, then by format, all big-endian:
//! 6      i64 last transaction                                            data at 16
//! 7      i64 last transaction | 5 x i64 legacy store id | i64            data at 64
//! 8      i64 last append index | 64 bytes store id                       data at 128
//! 9      i64 | i64 last append index | 64 bytes store id                 data at 128
//! 10     i64 last append index | 64 bytes store id | i32 segment size
//!        u32 previous checksum | i64 term | u8 kernel                    data at the segment size
//! 11     as 10 with i64 store random in place of the store id
//! ```

use crate::error::Stream;
use crate::store_id::StoreId;
use crate::wire::Reader;

/// Bytes that hold every field of every format.
pub(super) const LEN: u64 = 128;
/// Segments are 128 KiB in all files seen; this only keeps a hostile header from claiming gigabytes.
const MAX_SEGMENT: u32 = 16 << 20;

/// What a log's header says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) format: u8,
    /// N of the file's name.
    pub(super) number: u64,
    /// The batch that begins next in this file has this + 1.
    pub(super) last_append_index: i64,
    /// Absent in formats 6, 7 and 11.
    pub(super) store_id: Option<StoreId>,
    /// Where batches begin.
    pub(super) data_at: u64,
    /// Formats 10 and 11 only.
    pub(super) envelopes: Option<Envelopes>,
}

/// What enveloped formats say beside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Envelopes {
    pub(super) segment: u64,
    pub(super) previous_checksum: u32,
    pub(super) kernel: u8,
}

/// Why a header is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refused {
    /// All zero: preallocated and never begun.
    NotBegun,
    /// A format byte above those known.
    Newer(u8),
    /// Anything else, in words: expected, found.
    Wrong(String, String),
}

impl Header {
    /// Reads a header from the file's first bytes, [`LEN`] of them or all there are.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, Refused> {
        if bytes.iter().take(8).all(|byte| *byte == 0) {
            return Err(Refused::NotBegun);
        }
        let mut from = Reader::new(bytes, Stream::File);
        let cut = |_| Refused::Wrong("a whole log header".into(), format!("{} bytes", bytes.len()));
        let first = from.i64("format and number").map_err(cut)?.cast_unsigned();
        let (format, number) = ((first >> 56) as u8, first & (u64::MAX >> 8));
        match format {
            6..=11 => {}
            12..=31 => return Err(Refused::Newer(format)),
            _ => {
                return Err(Refused::Wrong("a log format from 6 to 11".into(), format.to_string()));
            }
        }
        if format == 9 {
            from.i64("ignored").map_err(cut)?;
        }
        let last_append_index = from.i64("last append index").map_err(cut)?;
        let store_id = match format {
            8..=10 => {
                let id = from.array::<64>("store id").map_err(cut)?;
                let mut fields = Reader::new(id.as_slice(), Stream::File);
                let id = StoreId::read(&mut fields);
                Some(id.map_err(|error| Refused::Wrong("a store id".into(), error.to_string()))?)
            }
            11 => {
                from.i64("store random").map_err(cut)?;
                None
            }
            _ => None,
        };
        let envelopes = if format >= 10 { Some(Envelopes::read(&mut from)?) } else { None };
        let data_at = match (format, &envelopes) {
            (6, _) => 16,
            (7, _) => 64,
            (_, Some(envelopes)) => envelopes.segment,
            _ => 128,
        };
        Ok(Self { format, number, last_append_index, store_id, data_at, envelopes })
    }
}

impl Envelopes {
    fn read(from: &mut Reader<&[u8]>) -> Result<Self, Refused> {
        let cut = |_| Refused::Wrong("a whole log header".into(), "fewer bytes".into());
        let stated = from.i32("segment size").map_err(cut)?;
        let segment = u32::try_from(stated)
            .ok()
            .filter(|size| size.is_power_of_two() && u64::from(*size) >= LEN && *size <= MAX_SEGMENT);
        let segment = segment.ok_or_else(|| {
            Refused::Wrong(format!("a power of two from {LEN} to {MAX_SEGMENT}"), stated.to_string())
        })?;
        let previous_checksum = from.i32("previous checksum").map_err(cut)?.cast_unsigned();
        from.i64("term").map_err(cut)?;
        let kernel = from.u8("kernel version").map_err(cut)?;
        Ok(Self { segment: u64::from(segment), previous_checksum, kernel })
    }
}
