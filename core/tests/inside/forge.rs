//! Log entries written by hand, as docs/format.md, "Log entries", has them.

use graphkeep_core::log::Batch;

/// What the next batch says of itself, under kernel 17 to 29.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entries {
    pub(crate) kernel: u8,
    pub(crate) tx: i64,
    pub(crate) append_index: i64,
    pub(crate) time_ms: i64,
    pub(crate) previous: u32,
}

impl Entries {
    pub(crate) fn after(last: &Batch) -> Self {
        assert!((17..=29).contains(&last.kernel), "other layouts are not written here");
        Self {
            kernel: last.kernel,
            tx: last.tx + 1,
            append_index: last.append_index + 1,
            time_ms: last.time_ms + 1,
            previous: last.checksum,
        }
    }

    /// What comes behind a batch of these bytes.
    pub(crate) fn following(self, batch: &[u8]) -> Self {
        let previous = u32::from_le_bytes(*batch.last_chunk().expect("it ends in a checksum"));
        Self { previous, ..self }
    }

    fn start(&self) -> Vec<u8> {
        let mut bytes = vec![self.kernel, 1];
        bytes.extend(self.time_ms.to_le_bytes());
        bytes.extend((self.tx - 1).to_le_bytes());
        if self.kernel <= 21 {
            bytes.extend(self.previous.to_le_bytes());
        }
        bytes.extend(self.append_index.to_le_bytes());
        bytes.extend(0_i32.to_le_bytes());
        bytes
    }

    fn commands(&self, commands: &[u8]) -> Vec<u8> {
        [&[self.kernel, 3], commands].concat()
    }

    /// Type 5 or 11 with its two numbers, and the checksum over everything before it.
    fn ended(&self, mut bytes: Vec<u8>, kind: u8, first: i64, second: i64) -> Vec<u8> {
        bytes.extend([self.kernel, kind]);
        bytes.extend(first.to_le_bytes());
        bytes.extend(second.to_le_bytes());
        summed(bytes)
    }

    /// A whole transaction.
    pub(crate) fn transaction(&self, commands: &[u8]) -> Vec<u8> {
        let bytes = [self.start(), self.commands(commands)].concat();
        self.ended(bytes, 5, self.tx, self.time_ms)
    }

    fn chunk_start(&self, chunk: i64, previous_index: i64) -> Vec<u8> {
        let mut bytes = vec![self.kernel, 10];
        for number in [self.time_ms, chunk, previous_index, self.append_index] {
            bytes.extend(number.to_le_bytes());
        }
        bytes
    }

    fn rollback(&self) -> Vec<u8> {
        let mut bytes = vec![self.kernel, 12];
        for number in [self.tx, self.time_ms, self.append_index] {
            bytes.extend(number.to_le_bytes());
        }
        summed(bytes)
    }
}

fn summed(mut bytes: Vec<u8>) -> Vec<u8> {
    let sum = crc32c::crc32c(&bytes);
    bytes.extend(sum.to_le_bytes());
    bytes
}

/// Seven batches: one long transaction in three pieces with others between them, and a rollback. The entries
/// are left at what comes next.
pub(crate) fn multi_version(entries: &mut Entries) -> Vec<Vec<u8>> {
    let long = entries.tx;
    let first_index = entries.append_index;
    let mut batches: Vec<Vec<u8>> = Vec::new();
    let mut push = |entries: &mut Entries, batch: Vec<u8>| {
        *entries = entries.following(&batch);
        entries.append_index += 1;
        batches.push(batch);
    };
    let begun = [entries.start(), entries.commands(b"one")].concat();
    let begun = entries.ended(begun, 11, long, 1);
    push(entries, begun);
    entries.tx = long + 1;
    let other = entries.transaction(b"somebody else");
    push(entries, other);
    let piece = [entries.chunk_start(2, first_index), entries.commands(b"two")].concat();
    let piece = entries.ended(piece, 11, long, 2);
    push(entries, piece);
    entries.tx = long + 2;
    let undone = entries.rollback();
    push(entries, undone);
    let piece = [entries.chunk_start(3, first_index + 2), entries.commands(b"three")].concat();
    let piece = entries.ended(piece, 11, long, 3);
    push(entries, piece);
    let end = [entries.chunk_start(4, first_index + 4), entries.commands(b"four")].concat();
    let end = entries.ended(end, 5, long, entries.time_ms);
    push(entries, end);
    entries.tx = long + 3;
    let after = entries.transaction(b"after it");
    push(entries, after);
    entries.tx += 1;
    batches
}
