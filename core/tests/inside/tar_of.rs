//! Tar blocks one by one, so that any of them can lie.

const BLOCK: usize = 512;

/// Two blocks of zeros.
pub(crate) const END: [u8; 2 * BLOCK] = [0; 2 * BLOCK];

/// A ustar header with a right checksum.
pub(crate) fn header(name: &[u8], kind: u8, size: u64) -> Vec<u8> {
    with_size(name, kind, format!("{size:011o}\0").as_bytes())
}

/// A header with any 12 bytes where the size stands.
pub(crate) fn with_size(name: &[u8], kind: u8, size: &[u8]) -> Vec<u8> {
    let mut header = vec![0; BLOCK];
    let mut put = |at: usize, field: &[u8]| header[at..at + field.len()].copy_from_slice(field);
    put(0, &name[..name.len().min(100)]);
    put(100, b"0000644\0");
    put(108, b"0000000\0");
    put(116, b"0000000\0");
    put(124, size);
    put(136, b"14000000000\0");
    put(156, &[kind]);
    put(257, b"ustar\x0000");
    summed(header)
}

/// The same header with its checksum made right.
pub(crate) fn summed(mut header: Vec<u8>) -> Vec<u8> {
    header[148..156].fill(b' ');
    let sum: u64 = header.iter().map(|byte| u64::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    header
}

/// A header and its content, padded.
pub(crate) fn entry(name: &[u8], kind: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = header(name, kind, content.len() as u64);
    bytes.extend_from_slice(content);
    bytes.resize(bytes.len().next_multiple_of(BLOCK), 0);
    bytes
}

pub(crate) fn file(name: &str, content: &[u8]) -> Vec<u8> {
    entry(name.as_bytes(), b'0', content)
}

pub(crate) fn folder(name: &str) -> Vec<u8> {
    entry(name.as_bytes(), b'5', b"")
}

/// A pax header for the entry behind it.
pub(crate) fn pax(records: &[(&str, &[u8])]) -> Vec<u8> {
    let record = |(key, value): &(&str, &[u8])| {
        // The length counts its own digits.
        let rest = key.len() + value.len() + 3;
        let len = (rest + 1..rest + 9)
            .find(|len| rest + len.to_string().len() == *len)
            .expect("a digit more or less");
        [format!("{len} {key}=").as_bytes(), value, b"\n"].concat()
    };
    entry(b"./PaxHeaders.X/_", b'x', &records.iter().flat_map(record).collect::<Vec<u8>>())
}
