//! The store id: which store a file belongs to. It changes when a database is dropped and made again, or
//! when another store is loaded into it; numbers of transactions are comparable within one store only.
//!
//! ```text
//! u8 version (1) | i64 creation time, ms since 1970 | i64 random
//! u8 n, n bytes engine name | u8 n, n bytes format name | i8 major version | i8 minor version
//! ```
//! Seen in metadata written by Neo4j 5.26.28 and 2026.05.0; docs/format.md, "Store id".

use std::io::Read;

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::wire::{Reader, TooLong, Writer};

/// The only layout known.
const VERSION: u8 = 1;

/// Identity and format of a store.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StoreId {
    /// When the store was made, milliseconds since 1970, UTC.
    pub creation_time_ms: i64,
    /// A random number that tells stores of the same millisecond apart.
    pub random: i64,
    /// Storage engine: `record` (Community, Enterprise) or `block` (Enterprise, Aura).
    pub engine: String,
    /// Store format: `aligned`, `standard`, `high_limit`, `block`.
    pub format: String,
    /// Major version of the format; negative for a beta.
    pub major: i8,
    /// Minor version of the format.
    pub minor: i8,
}

impl StoreId {
    /// # Errors
    /// Where the bytes end, a name is not UTF-8, or the version is not 1.
    pub fn read<R: Read>(from: &mut Reader<R>) -> Result<Self> {
        let version = from.u8("store id version")?;
        if version != VERSION {
            return Err(from.refuse(VERSION.to_string(), version.to_string()));
        }
        Ok(Self {
            creation_time_ms: from.i64("store creation time, ms")?,
            random: from.i64("store random")?,
            engine: from.text_u8("storage engine")?,
            format: from.text_u8("store format")?,
            major: from.i8("store format major version")?,
            minor: from.i8("store format minor version")?,
        })
    }

    /// # Errors
    /// [`TooLong`] for a name of more than 255 bytes.
    pub fn write(&self, to: &mut Writer) -> std::result::Result<(), TooLong> {
        to.u8(VERSION);
        to.i64(self.creation_time_ms);
        to.i64(self.random);
        to.bytes_u8("storage engine", self.engine.as_bytes())?;
        to.bytes_u8("store format", self.format.as_bytes())?;
        to.i8(self.major);
        to.i8(self.minor);
        Ok(())
    }

    /// What neo4j-admin prints as STORE ID HASH: Java's `Objects.hash` over the six fields, each of which
    /// Java sees as a boxed `Long`, `String` or `Integer`.
    pub fn hash(&self) -> i32 {
        [
            hash_long(self.creation_time_ms),
            hash_long(self.random),
            hash_string(&self.engine),
            hash_string(&self.format),
            i32::from(self.major),
            i32::from(self.minor),
        ]
        .into_iter()
        .fold(1, step)
    }

    /// `record-aligned-1.1`, as Neo4j writes format names.
    pub fn format_name(&self) -> String {
        format!("{}-{}-{}.{}", self.engine, self.format, self.major, self.minor)
    }
}

fn step(sum: i32, hash: i32) -> i32 {
    sum.wrapping_mul(31).wrapping_add(hash)
}

/// `Long.hashCode`: the halves, exclusive-or.
#[expect(clippy::cast_possible_truncation, reason = "the hash is defined as the low half")]
fn hash_long(value: i64) -> i32 {
    (value ^ (value >> 32)) as i32
}

/// `String.hashCode` is defined over UTF-16 units.
fn hash_string(text: &str) -> i32 {
    text.encode_utf16().fold(0, |sum, unit| step(sum, i32::from(unit)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(creation_time_ms: i64, random: i64) -> StoreId {
        let (engine, format) = ("record".into(), "aligned".into());
        StoreId { creation_time_ms, random, engine, format, major: 1, minor: 1 }
    }

    /// Values that Neo4j's own class computed.
    #[test]
    fn the_hash_is_the_one_neo4j_prints() {
        assert_eq!(id(1_700_000_000_000, 42).hash(), 1_292_812_115);
        assert_eq!(id(1_795_375_944_656, -8_393_541_948_980_050_766).hash(), -35_763_003);
    }
}
