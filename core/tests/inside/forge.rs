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

/// What the next envelope of a format 10 log says of itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Envelopes {
    kernel: u8,
    append_index: i64,
    tx: i64,
    time_ms: i64,
    previous: u32,
}

/// Bytes of a segment, and of an envelope's header.
const SEGMENT: usize = 128 << 10;
const HEADER: usize = 31;

impl Envelopes {
    pub(crate) fn after(last: &Batch) -> Self {
        Self {
            kernel: last.kernel,
            append_index: last.append_index + 1,
            tx: last.tx + 1,
            time_ms: last.time_ms + 1,
            previous: last.checksum,
        }
    }

    /// One envelope of type 1 to 4, which the next one will be linked to.
    fn envelope(&mut self, kind: u8, content: u8, payload: &[u8]) -> Vec<u8> {
        let mut bytes = vec![kind];
        bytes.extend(u32::try_from(payload.len()).expect("small").to_le_bytes());
        bytes.extend(self.append_index.to_le_bytes());
        bytes.push(self.kernel);
        bytes.extend(self.previous.to_le_bytes());
        bytes.extend((-1_i64).to_le_bytes());
        bytes.push(content);
        bytes.extend(payload);
        self.previous = crc32c::crc32c(&bytes);
        [self.previous.to_le_bytes().as_slice(), &bytes].concat()
    }

    /// A batch in one envelope.
    pub(crate) fn full(&mut self, content: u8, payload: &[u8]) -> Vec<u8> {
        let bytes = self.envelope(1, content, payload);
        self.append_index += 1;
        bytes
    }

    /// Start, command and commit without what the envelope says already.
    fn entries(&self, commands: &[u8]) -> Vec<u8> {
        let mut bytes = vec![1];
        bytes.extend(self.time_ms.to_le_bytes());
        bytes.extend((self.tx - 1).to_le_bytes());
        bytes.extend(0_i32.to_le_bytes());
        bytes.push(3);
        bytes.extend(commands);
        bytes.push(5);
        bytes.extend(self.tx.to_le_bytes());
        bytes.extend(self.time_ms.to_le_bytes());
        bytes
    }

    /// A transaction; for content 0, behind a prefix as a cluster has it.
    pub(crate) fn transaction(&mut self, content: u8, commands: &[u8]) -> Vec<u8> {
        let prefix: &[u8] = if content == 0 { b"\x07prefix" } else { b"" };
        let payload = [prefix, &self.entries(commands)].concat();
        let bytes = self.full(content, &payload);
        self.tx += 1;
        bytes
    }

    /// `log` with the beginning of a transaction behind it, a file with the middle of it, and one with its end
    /// and a transaction more. `commands` fill more than a segment.
    pub(crate) fn over_three_files(mut self, log: &[u8], commands: &[u8]) -> [Vec<u8>; 3] {
        let payload = self.entries(commands);
        let room = SEGMENT - log.len() % SEGMENT - HEADER;
        let (first, rest) = payload.split_at(room.min(40_000));
        let (middle, end) = rest.split_at(60_000);
        let header = |number: u8, index: i64, previous: u32| {
            let mut header = log[..SEGMENT].to_vec();
            header[7] = number;
            header[8..16].copy_from_slice(&index.to_be_bytes());
            header[84..88].copy_from_slice(&previous.to_be_bytes());
            header
        };
        let number = log[7];
        let begun = [log, &self.envelope(2, 64, first)].concat();
        let mut going_on = header(number + 1, self.append_index, self.previous);
        going_on.extend(self.envelope(3, 64, middle));
        let mut ended = header(number + 2, self.append_index, self.previous);
        ended.extend(self.envelope(4, 64, end));
        self.append_index += 1;
        self.tx += 1;
        ended.extend(self.transaction(64, b"after it"));
        [begun, going_on, ended]
    }
}
