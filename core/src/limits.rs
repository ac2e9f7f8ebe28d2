//! Ceilings on what a file may make us read or hold. Every length in an artifact is the claim of a
//! stranger: it is compared with one of these before memory grows.

/// How much of a file may be read and held while its header is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Decoded bytes that a header may take, in bytes. Neo4j refuses metadata scripts above 1 MiB; four
    /// times that leaves room for every other field and for what a later version may add.
    pub header_bytes: u64,
    /// Bytes of one text or value of the metadata map. As `header_bytes`: the script is the long one.
    pub value_bytes: u64,
    /// Entries of the metadata map. Neo4j writes at most six keys today.
    pub map_entries: u32,
    /// Bytes of a gzip-compressed script once it is expanded. gzip reaches 1000:1, so the compressed length
    /// alone bounds nothing.
    pub script_bytes: u64,
    /// Parts of a split archive. Parts are at least 1 GiB unless configured smaller, so this is far above
    /// any real archive, and each part costs one opened file.
    pub parts: u32,
    /// Bytes of a file that is no artifact which are looked at to say what it is instead.
    pub stranger_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            header_bytes: 4 << 20,
            value_bytes: 4 << 20,
            map_entries: 1024,
            script_bytes: 16 << 20,
            parts: 4096,
            stranger_bytes: 4096,
        }
    }
}
