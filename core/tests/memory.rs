//! What a hostile file may cost: memory and bytes read are bounded by [`Limits`], whatever lengths it states
//! and however long it goes on.
//!
//! One test after another in one thread: the allocator counts for the whole process.

#![cfg(not(target_arch = "wasm32"))]

mod support;

use std::io::{self, Read};

use graphkeep_core::container::Container;
use graphkeep_core::metadata::COMPRESSED_SCRIPT;
use graphkeep_core::problem::Code;
use graphkeep_core::report::{Details, Reading};
use graphkeep_core::{FileName, Limits, Source, artifact};
use peak_alloc::PeakAlloc;

use crate::support::build;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// A file that begins somehow and goes on the same way for ever; its parts, if it has any, do so too.
struct Endless {
    start: Vec<u8>,
    /// Repeated behind the start.
    pattern: Vec<u8>,
}

struct EndlessStream {
    start: io::Cursor<Vec<u8>>,
    pattern: Vec<u8>,
    at: usize,
}

impl Source for &Endless {
    type Stream = EndlessStream;

    fn open(&mut self, name: &FileName) -> io::Result<(EndlessStream, u64)> {
        let index = name.0.strip_prefix("a.backup.").and_then(|index| index.parse().ok());
        let start = match index {
            None => self.start.clone(),
            Some(index) => build::part_of(build::ARCHIVE_ID, index, b"BTV2"),
        };
        let start = io::Cursor::new(start);
        Ok((EndlessStream { start, pattern: self.pattern.clone(), at: 0 }, u64::MAX))
    }
}

impl Read for EndlessStream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.start.read(buffer)?;
        if count > 0 {
            return Ok(count);
        }
        for byte in buffer.iter_mut() {
            *byte = self.pattern[self.at];
            self.at = (self.at + 1) % self.pattern.len();
        }
        Ok(buffer.len())
    }
}

const MIB: usize = 1 << 20;

/// What the file is, how it begins, how it goes on, and what must be said about it.
type Case = (&'static str, Vec<u8>, Vec<u8>, Option<Code>);

/// The metadata up to and including the count of map entries.
fn metadata_with_entries(count: i32) -> Vec<u8> {
    let mut bytes = build::encoded(&build::metadata());
    bytes.truncate(bytes.len() - 4);
    [bytes, count.to_be_bytes().to_vec()].concat()
}

fn in_stream(content: &[u8]) -> Vec<u8> {
    [b"BZV2".as_slice(), &build::frame_start(), &build::raw_block(&[b"zstd", content].concat(), false)]
        .concat()
}

/// The frame header behind the magic of a frame, with these first bytes of its own.
fn frame_header(bytes: &[u8]) -> Vec<u8> {
    [b"BZV2\x28\xb5\x2f\xfd", bytes].concat()
}

#[test]
fn no_file_costs_more_memory_or_reads_than_the_limits_allow() {
    let many = metadata_with_entries(1024);
    let entry = [1_i32.to_be_bytes().as_slice(), b"k", &(4_i32 << 20).to_be_bytes()].concat();
    let value = vec![b'x'; 4 * MIB];
    let plain = |content: &[u8]| [b"BTV2".as_slice(), content].concat();
    let bombs = build::gzip(&vec![b'x'; 64 * MIB]);
    let script = build::with_map([(COMPRESSED_SCRIPT, bombs.as_slice())]);
    let empty = vec![0; 3];
    let tiny = build::rle_block(0, 1, false);
    let large = build::rle_block(2, build::BLOCK, false);
    let reserved = vec![0xff];
    let half_window = [vec![0; 3 * 4096], build::rle_block(0, build::BLOCK, false)].concat();
    let opened = in_stream(&many[..0]);

    let cases: Vec<Case> = vec![
        (
            "a plain value of 2 GiB",
            plain(&[metadata_with_entries(1), i32::MAX.to_be_bytes().to_vec()].concat()),
            vec![0],
            Some(Code::HeaderLimit),
        ),
        ("2 G entries", plain(&metadata_with_entries(i32::MAX)), vec![0], Some(Code::HeaderLimit)),
        ("-1 entries", plain(&metadata_with_entries(-1)), vec![0], Some(Code::HeaderUnexpected)),
        ("a thousand empty entries", plain(&many), vec![0], None),
        (
            "a thousand values of 4 MiB",
            plain(&many),
            [entry.clone(), value.clone()].concat(),
            Some(Code::HeaderLimit),
        ),
        (
            "the same in raw blocks",
            in_stream(&many),
            raw_blocks(&[entry, value].concat()),
            Some(Code::HeaderLimit),
        ),
        ("zeros behind a frame header", frame_header(&[0, 0x58]), empty.clone(), Some(Code::HeaderLimit)),
        ("a sparse file behind the metadata", in_stream(&many), empty, Some(Code::HeaderLimit)),
        ("blocks of one byte", in_stream(&many), tiny, None),
        ("blocks that say one byte 128 Ki times", opened.clone(), large, Some(Code::HeaderUnexpected)),
        ("empty blocks, then large ones", in_stream(&many), half_window, None),
        ("blocks of a reserved type", opened, reserved, Some(Code::HeaderDamaged)),
        ("a window of 1.875 TiB", frame_header(&[0, 0xff]), vec![0], Some(Code::HeaderLimit)),
        (
            "a content of 16 EiB in one segment",
            frame_header(&[0xe0, 255, 255, 255, 255, 255, 255, 255, 255]),
            vec![0],
            Some(Code::HeaderLimit),
        ),
        ("a dictionary", frame_header(&[0x03, 0x58, 1, 2, 3, 4]), vec![0], Some(Code::HeaderDamaged)),
        ("a script that expands to 64 MiB", build::archive(Container::Bzv3, &script), vec![0], None),
        (
            "an old dump that expands a thousandfold",
            build::gzip(&vec![0; 64 * MIB]),
            vec![0],
            Some(Code::FileStranger),
        ),
        (
            "a gzip name without end",
            b"\x1f\x8b\x08\x08\0\0\0\0\0\x03".to_vec(),
            vec![b'a'],
            Some(Code::FileStranger),
        ),
        ("text without end", b"hello ".to_vec(), vec![b'a'], Some(Code::FileStranger)),
        ("zeros without end", vec![], vec![0], Some(Code::FileStranger)),
        ("4,096 parts", build::manifest(4096), vec![0], Some(Code::HeaderUnexpected)),
        ("2 G parts", build::manifest(i32::MAX), vec![0], Some(Code::HeaderLimit)),
    ];
    for (what, start, pattern, code) in cases {
        let endless = Endless { start, pattern };
        let before = ALLOCATOR.current_usage();
        ALLOCATOR.reset_peak_usage();
        let reading = artifact::read(&mut &endless, &"a.backup".into(), &Limits::default());
        let read_peak = ALLOCATOR.peak_usage() - before;
        let bytes = reading.bytes_read();
        drop(reading);
        ALLOCATOR.reset_peak_usage();
        let Details { reading, script, .. } =
            artifact::details(&mut &endless, &"a.backup".into(), &Limits::default());
        let peak = ALLOCATOR.peak_usage() - before;

        // Blocks, their window, what they decode to and the fields: a few times the header's ceiling of 4 MiB.
        assert!(read_peak <= 40 * MIB, "{what}: {} MiB were held", read_peak / MIB);
        // The script's text, while it grows.
        assert!(peak <= 72 * MIB, "{what}: {} MiB were held", peak / MIB);
        assert!(bytes <= 9 * MIB as u64, "{what}: {bytes} bytes were read");
        let found = match &reading {
            Reading::Other(other) => Some(other.problem.code),
            Reading::Artifact(_) | Reading::Dump(_) => None,
        };
        assert_eq!(found, code, "{what}: {reading:?}");
        if what.contains("64 MiB") {
            let error = script.expect("there is a script").expect_err("it is too long");
            assert_eq!(error.code(), Code::HeaderLimit);
            assert!(read_peak < MIB, "a listing does not expand it: {read_peak}");
        }
    }
}

/// `content` cut into raw blocks, none of them the last.
fn raw_blocks(content: &[u8]) -> Vec<u8> {
    content.chunks(build::BLOCK).flat_map(|chunk| build::raw_block(chunk, false)).collect()
}
