//! The metadata of a backup: which database, when, which transactions.
//!
//! ```text
//! V1   store id | u8 16, 16 bytes database id | u8 n, n bytes database name
//!      i64 backup time, s since 1970 | i64 lowest append index | i64 highest append index
//!      u8 n, n bytes flags, little-endian, trailing zero bytes left out
//! V2   u8 version (2) | V1 | i32 entries, each: i32 n, n bytes key | i32 n, n bytes value
//! ```
//! docs/format.md, "Metadata". Verified on files of 5.26.28 and 2026.05.0. The map keeps every entry in the
//! file's order, so that what a later version adds is shown and survives a rewrite.

use std::borrow::Cow;
use std::io::Read;

use flate2::read::GzDecoder;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::{Cause, Error, Place, Result, Stream};
use crate::limits::Limits;
use crate::store_id::StoreId;
use crate::time::UtcTime;
use crate::wire::{Reader, TooLong, Writer};

/// Cypher that makes users and roles again, plain (5.26.28 writes it).
pub const SCRIPT: &str = "metadataScript";
/// The same, gzip (2026.05.0 writes it); read in preference to the plain one.
pub const COMPRESSED_SCRIPT: &str = "compressedMetadataScript";
/// The version of the topology keys; only `1` is known.
pub const TOPOLOGY_VERSION: &str = "topology_version";
const TOPOLOGY_KEYS: [&str; 5] =
    [TOPOLOGY_VERSION, "virtual_name", "virtual_id", "shard_count", "shard_index"];

/// The bit set at the end of V1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Flags {
    /// The store was recovered before it was archived, so a restore need not replay its logs.
    pub recovered: bool,
    /// The body is compressed.
    pub compressed: bool,
    /// Full backup, not differential.
    pub full: bool,
    /// Bits that this version does not know, as they stand (bit 3 and up).
    #[serde(skip_serializing_if = "is_zero", default)]
    pub unknown: u64,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde's signature; trivial on 64 bits only")]
fn is_zero(bits: &u64) -> bool {
    *bits == 0
}

impl Flags {
    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut whole = [0; 8];
        whole.get_mut(..bytes.len())?.copy_from_slice(bytes);
        let bits = u64::from_le_bytes(whole);
        Some(Self {
            recovered: bits & 1 != 0,
            compressed: bits & 2 != 0,
            full: bits & 4 != 0,
            unknown: bits & !7,
        })
    }

    fn to_bytes(self) -> Vec<u8> {
        let known = u64::from(self.recovered) | u64::from(self.compressed) << 1 | u64::from(self.full) << 2;
        let bits = known | self.unknown & !7;
        let used = 8 - bits.leading_zeros() as usize / 8;
        bits.to_le_bytes()[..used].to_vec()
    }
}

/// An entry of the V2 map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub key: String,
    pub value: Vec<u8>,
}

/// The metadata as it stands in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metadata {
    pub store_id: StoreId,
    pub database_id: Uuid,
    pub database_name: String,
    /// When the backup was taken.
    pub backup_time: UtcTime,
    /// Lowest append index (LOWEST TX); 1 for a full, 0 for an empty backup.
    pub lowest: i64,
    /// Highest append index (HIGHEST TX); 0 for an empty backup.
    pub highest: i64,
    pub flags: Flags,
    /// The map of V2, in the file's order; absent in V1.
    pub map: Option<Vec<Entry>>,
}

/// Which part of a sharded property database a backup holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Topology {
    /// The name that users know.
    pub virtual_name: String,
    /// Its id, the same in all shards.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub virtual_id: Uuid,
    /// Property shards that there are.
    pub shard_count: u32,
    /// Which property shard this is, from 0; absent for the graph shard.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub shard_index: Option<u32>,
}

impl Metadata {
    /// Reads V1, or V2 behind its version byte: the mirror of [`Metadata::write`].
    ///
    /// # Errors
    /// Where the bytes end, a length exceeds [`Limits`], or a field makes no sense. A V2 version byte other
    /// than 2 never comes here: the caller looks at it first.
    pub fn read<R: Read>(from: &mut Reader<R>, version: u8, limits: &Limits) -> Result<Self> {
        let store_id = StoreId::read(from)?;
        let id = from.bytes_u8("database id")?;
        let database_id =
            Uuid::from_slice(&id).map_err(|_| from.refuse("16 bytes", format!("{} bytes", id.len())))?;
        let database_name = from.text_u8("database name")?;
        let backup_time = UtcTime(from.i64("backup time, s")?);
        let lowest = from.i64("lowest append index")?;
        let highest = from.i64("highest append index")?;
        let flags = from.bytes_u8("flags")?;
        let flags = Flags::from_bytes(&flags)
            .ok_or_else(|| from.refuse("at most 8 bytes of flags", format!("{} bytes", flags.len())))?;
        let map = if version >= 2 { Some(read_map(from, limits)?) } else { None };
        Ok(Self { store_id, database_id, database_name, backup_time, lowest, highest, flags, map })
    }

    /// Appends the metadata: V2 with its version byte if there is a map, else V1.
    ///
    /// # Errors
    /// [`TooLong`] for a text that its length field cannot hold.
    pub fn write(&self, to: &mut Writer) -> std::result::Result<(), TooLong> {
        if self.map.is_some() {
            to.u8(2);
        }
        self.store_id.write(to)?;
        to.bytes_u8("database id", self.database_id.as_bytes())?;
        to.bytes_u8("database name", self.database_name.as_bytes())?;
        to.i64(self.backup_time.0);
        to.i64(self.lowest);
        to.i64(self.highest);
        to.bytes_u8("flags", &self.flags.to_bytes())?;
        if let Some(map) = &self.map {
            to.count_i32("map", map.len())?;
            for entry in map {
                to.bytes_i32("map key", entry.key.as_bytes())?;
                to.bytes_i32("map value", &entry.value)?;
            }
        }
        Ok(())
    }

    /// Entries of the map that hold no script, known or not.
    pub fn beside_script(&self) -> impl Iterator<Item = &Entry> {
        self.map.iter().flatten().filter(|entry| !is_script(&entry.key))
    }

    /// Whether this backup records that nothing had changed.
    pub fn is_empty(&self) -> bool {
        self.lowest == 0 && self.highest == 0
    }

    fn value(&self, key: &str) -> Option<&[u8]> {
        let mut entries = self.map.iter().flatten();
        entries.find(|entry| entry.key == key).map(|entry| entry.value.as_slice())
    }

    /// Whether a script is there, and its stored length in bytes: (compressed, length).
    pub fn script_stored(&self) -> Option<(bool, u64)> {
        self.value(COMPRESSED_SCRIPT)
            .map(|bytes| (true, bytes.len() as u64))
            .or_else(|| self.value(SCRIPT).map(|bytes| (false, bytes.len() as u64)))
    }

    /// The Cypher commands that make users and roles again; the compressed key is read first, as Neo4j does.
    /// It may hold password hashes.
    ///
    /// # Errors
    /// When the gzip data is damaged, expands beyond [`Limits::script_bytes`], or is not UTF-8.
    pub fn script(&self, limits: &Limits) -> Option<Result<String>> {
        let (compressed, _) = self.script_stored()?;
        let key = if compressed { COMPRESSED_SCRIPT } else { SCRIPT };
        let bytes = self.value(key)?;
        let bytes = if compressed { expand(bytes, limits.script_bytes) } else { Ok(bytes.to_vec()) };
        Some(bytes.map_err(|cause| script_error(key, cause)).and_then(|bytes| {
            let len = bytes.len();
            String::from_utf8(bytes).map_err(|_| {
                let (expected, found) = (format!("{len} bytes of UTF-8"), "other bytes".to_owned());
                script_error(key, Cause::Unexpected { expected, found })
            })
        }))
    }

    /// The place in a sharded database; absent where the keys are missing, incomplete, or of another version
    /// than 1 (they are then among [`Metadata::unknown`]).
    pub fn topology(&self) -> Option<Topology> {
        let text = |key: &str| std::str::from_utf8(self.value(key)?).ok();
        if text(TOPOLOGY_VERSION)? != "1" {
            return None;
        }
        let shard_index = match self.value("shard_index") {
            None => None,
            Some(_) => Some(text("shard_index")?.parse().ok()?),
        };
        Some(Topology {
            virtual_name: text("virtual_name")?.to_owned(),
            virtual_id: text("virtual_id")?.parse().ok()?,
            shard_count: text("shard_count")?.parse().ok()?,
            shard_index,
        })
    }

    /// Entries of the map that neither [`Metadata::script`] nor [`Metadata::topology`] explains.
    pub fn unknown(&self) -> impl Iterator<Item = &Entry> {
        let script = match self.script_stored() {
            Some((true, _)) => COMPRESSED_SCRIPT,
            _ => SCRIPT,
        };
        let topology: &[&str] = if self.topology().is_some() { &TOPOLOGY_KEYS } else { &[] };
        let entries = self.map.iter().flatten();
        entries.filter(move |entry| entry.key != script && !topology.contains(&entry.key.as_str()))
    }
}

fn read_map<R: Read>(from: &mut Reader<R>, limits: &Limits) -> Result<Vec<Entry>> {
    let stated = from.i32("map entries")?;
    let count = u32::try_from(stated).map_err(|_| from.refuse("a count of 0 or more", stated.to_string()))?;
    if count > limits.map_entries {
        let (found, limit) = (u64::from(count), u64::from(limits.map_entries));
        return Err(from.error("map", Cause::Limit { found, limit, unit: "entries".into() }));
    }
    let mut map = Vec::new();
    // Each value may be as long as a script; all of them together may not be a header each.
    let mut room = limits.header_bytes;
    for _ in 0..count {
        let key = from.text_i32("map key", room.min(limits.value_bytes))?;
        room = room.saturating_sub(key.len() as u64);
        let field = format!("map value `{}`", shortened(&key));
        let limit = room.min(limits.value_bytes);
        let value =
            if is_script(&key) { from.secret_i32(&field, limit)? } else { from.bytes_i32(&field, limit)? };
        room = room.saturating_sub(value.len() as u64);
        map.push(Entry { key, value });
    }
    Ok(map)
}

/// Whether a value under this key may hold password hashes, and is shown on request only.
pub(crate) fn is_script(key: &str) -> bool {
    key == SCRIPT || key == COMPRESSED_SCRIPT
}

/// A key as a label: keys may be as long as the limit allows.
fn shortened(key: &str) -> Cow<'_, str> {
    match key.char_indices().nth(40) {
        None => key.into(),
        Some((at, _)) => format!("{}…", &key[..at]).into(),
    }
}

fn expand(bytes: &[u8], limit: u64) -> std::result::Result<Vec<u8>, Cause> {
    let mut text = Vec::new();
    let damaged = |error: std::io::Error| Cause::Damaged { codec: "gzip".into(), message: error.to_string() };
    GzDecoder::new(bytes).take(limit + 1).read_to_end(&mut text).map_err(damaged)?;
    if text.len() as u64 > limit {
        return Err(Cause::Limit { found: text.len() as u64, limit, unit: "bytes".into() });
    }
    Ok(text)
}

fn script_error(key: &str, cause: Cause) -> Error {
    let field = format!("the expanded value of `{key}`");
    Error { place: Some(Place { stream: Stream::Decompressed, offset: 0, field }), cause }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_leave_trailing_zero_bytes_out() {
        for (flags, bytes) in [
            (Flags::default(), vec![]),
            (Flags { recovered: true, compressed: true, full: true, unknown: 0 }, vec![7]),
            (Flags { unknown: 1 << 9, ..Flags::default() }, vec![0, 2]),
        ] {
            assert_eq!(flags.to_bytes(), bytes);
            assert_eq!(Flags::from_bytes(&bytes), Some(flags));
        }
        assert_eq!(Flags::from_bytes(&[0; 9]), None);
    }
}
