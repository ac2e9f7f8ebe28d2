//! Entries of transaction logs, as far as they must be understood to walk a log: start, commit and their
//! kin. Commands are never parsed. docs/format.md, "Log entries".

/// The version table of Neo4j's kernels, by the byte in every entry.
const KERNELS: [(u8, &str); 29] = [
    (1, "4.0"),
    (2, "4.2"),
    (3, "4.3"),
    (4, "4.4"),
    (5, "5.0"),
    (6, "5.7"),
    (7, "5.8"),
    (8, "5.9"),
    (9, "5.10"),
    (10, "5.11"),
    (11, "5.12"),
    (12, "5.13"),
    (13, "5.14"),
    (14, "5.15"),
    (15, "5.18"),
    (16, "5.19"),
    (17, "5.20"),
    (18, "5.22"),
    (19, "5.23"),
    (20, "5.25"),
    (21, "2025.04"),
    (22, "2025.05"),
    (23, "2025.07"),
    (24, "2025.08"),
    (25, "2025.09"),
    (26, "2025.10"),
    (27, "2025.11"),
    (28, "2026.01"),
    (29, "2026.02"),
];

/// Whether a byte is a kernel version that this program knows.
pub(super) fn is_known(byte: u8) -> bool {
    (1..=29).contains(&byte)
}

/// The Neo4j that introduced a kernel version, which is the oldest that can read what it wrote; absent for a
/// byte that this program does not know.
pub(super) fn kernel_name(byte: u8) -> Option<&'static str> {
    KERNELS.iter().find(|(known, _)| *known == byte).map(|(_, name)| *name)
}

pub(super) const START: u8 = 1;
pub(super) const COMMIT: u8 = 5;
pub(super) const CHECKPOINT: u8 = 9;
pub(super) const CHUNK_START: u8 = 10;
pub(super) const CHUNK_END: u8 = 11;
pub(super) const ROLLBACK: u8 = 12;

/// A transaction id may run ahead of its neighbours by the transactions in flight, never by this many.
pub(super) const REACH: i64 = 1 << 24;

/// Bytes that hold the longest start entry whose layout is known, and every rollback.
pub(super) const HEAD: u64 = 64;

/// Bytes of a commit or chunk end: kernel, type, two i64, u32 checksum.
pub(super) const COMMIT_LEN: u64 = 22;
/// Where the checksum stands in it.
pub(super) const CHECKSUM_AT: u64 = 18;

/// Integers are little-endian from kernel 5.
fn i64_at(bytes: &[u8], at: usize, kernel: u8) -> Option<i64> {
    let field = bytes.get(at..at + 8)?.try_into().ok()?;
    Some(if kernel >= 5 { i64::from_le_bytes(field) } else { i64::from_be_bytes(field) })
}

pub(super) fn u32_at(bytes: &[u8], at: usize, kernel: u8) -> Option<u32> {
    let field = bytes.get(at..at + 4)?.try_into().ok()?;
    Some(if kernel >= 5 { u32::from_le_bytes(field) } else { u32::from_be_bytes(field) })
}

/// The beginning of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Start {
    pub(super) kernel: u8,
    pub(super) time_ms: i64,
    /// Absent in chunk starts.
    pub(super) last_committed: Option<i64>,
    /// Kernels 2 to 21.
    pub(super) previous_checksum: Option<u32>,
    /// From kernel 17; before, it is the transaction id.
    pub(super) append_index: Option<i64>,
    /// Bytes of it that are understood: the search for the end begins behind them.
    pub(super) len: u64,
}

impl Start {
    /// Reads a start or chunk start from the bytes at its kernel byte. For a kernel byte above those known
    /// the newest known layout is tried: checksums judge whether it fits.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let [kernel, kind, ..] = *bytes else { return None };
        if kernel == 0 {
            return None;
        }
        let time_ms = i64_at(bytes, 2, kernel)?;
        if kind == CHUNK_START {
            let append_index = if (17..=29).contains(&kernel) { i64_at(bytes, 26, kernel) } else { None };
            return Some(Self {
                kernel,
                time_ms,
                last_committed: None,
                previous_checksum: None,
                append_index,
                len: 26,
            });
        }
        if kind != START {
            return None;
        }
        let last_committed = Some(i64_at(bytes, 10, kernel)?);
        let (previous_checksum, append_index, fixed) = match kernel {
            1..=16 => (Some(u32_at(bytes, 18, kernel)?), None, 22),
            17..=21 => (Some(u32_at(bytes, 18, kernel)?), Some(i64_at(bytes, 22, kernel)?), 30),
            _ => (None, Some(i64_at(bytes, 18, kernel)?), 26),
        };
        let len = match kernel {
            // Leases of unknown length follow.
            30.. => fixed,
            _ => match u32_at(bytes, fixed, kernel)? {
                0 => fixed + 4,
                8 => fixed + 12,
                _ => return None,
            },
        };
        Some(Self { kernel, time_ms, last_committed, previous_checksum, append_index, len: len as u64 })
    }

    /// Whether the bytes say that a batch begins here, however its fields read; it may be cut behind its first
    /// byte.
    pub(super) fn is_at(bytes: &[u8]) -> bool {
        match *bytes {
            [kernel] | [kernel, START | CHUNK_START, ..] => is_known(kernel),
            [kernel, ref rest @ ..] => is_known(kernel) && rest.iter().all(|byte| *byte == 0),
            [] => false,
        }
    }

    /// Whether a transaction id may belong to this batch.
    pub(super) fn may_commit(&self, tx: i64, previous_tx: Option<i64>) -> bool {
        match (self.last_committed, previous_tx) {
            (Some(last), _) => tx > last && tx.saturating_sub(last) < REACH,
            (None, Some(previous)) => tx.saturating_sub(previous).saturating_abs() < REACH,
            (None, None) => tx > 0,
        }
    }

    /// Whether this may begin a later batch than `before`: used to look for where a damaged log goes on.
    pub(super) fn may_follow(&self, before: &Place) -> bool {
        let near = |index: i64, known: i64| index > known && index.saturating_sub(known) < REACH;
        match (self.append_index, before.append_index, self.last_committed, before.last_committed) {
            (Some(index), Some(known), ..) => near(index, known),
            (_, _, Some(tx), Some(known)) => tx >= known && tx.saturating_sub(known) < REACH,
            _ => false,
        }
    }
}

/// What is known of where a walk stands, when the entry there makes no sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) append_index: Option<i64>,
    pub(super) last_committed: Option<i64>,
}

/// A commit or chunk end; its checksum is not judged here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Commit {
    pub(super) tx: i64,
    /// Absent in chunk ends, which carry a chunk id in its place.
    pub(super) time_ms: Option<i64>,
    pub(super) checksum: u32,
}

impl Commit {
    /// Reads the [`COMMIT_LEN`] bytes of a commit or chunk end.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let [kernel, kind, ..] = *bytes else { return None };
        let second = i64_at(bytes, 10, kernel)?;
        Some(Self {
            tx: i64_at(bytes, 2, kernel)?,
            time_ms: (kind == COMMIT).then_some(second),
            checksum: u32_at(bytes, 18, kernel)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kernel_is_known_if_it_has_a_name() {
        assert!((0..=255).all(|byte| is_known(byte) == kernel_name(byte).is_some()));
    }
}
