//! However a host hands out the bytes, the reading is the same; and what is written reads back.

#![cfg(not(target_arch = "wasm32"))]

mod support;

use graphkeep_core::container::Container;
use graphkeep_core::error::Stream;
use graphkeep_core::metadata::{
    COMPRESSED_SCRIPT, Entry, Flags, Metadata, SCRIPT, TOPOLOGY_VERSION, Topology,
};
use graphkeep_core::report::{Details, Reading};
use graphkeep_core::store_id::StoreId;
use graphkeep_core::time::UtcTime;
use graphkeep_core::wire::Reader;
use graphkeep_core::{FileName, Limits, artifact};
use proptest::prelude::*;
use uuid::Uuid;

use crate::support::build;
use crate::support::files::{Files, fixtures};
use crate::support::pieces::Pieces;

/// All but the count of bytes where gzip decides it: its decoder takes what a read gives.
fn comparable(mut details: Details) -> Details {
    match &mut details.reading {
        Reading::Dump(dump) if dump.container == Container::LegacyGzip => dump.bytes_read = 0,
        _ => {}
    }
    details
}

fn same_in_pieces(files: &Files, name: &FileName, sizes: &[usize]) {
    let whole = files.details(&name.0);
    let mut source = Pieces { files, sizes: sizes.to_vec() };
    let pieces = artifact::details(&mut source, name, &Limits::default());
    assert_eq!(comparable(pieces), comparable(whole), "{name} in pieces of {sizes:?}");
}

#[test]
fn one_byte_a_read_gives_the_same_reading() {
    for name in fixtures().names() {
        same_in_pieces(fixtures(), &name, &[1]);
        same_in_pieces(fixtures(), &name, &[0, 1, 0, 0]);
    }
}

/// Each container, split archives and their wrong parts, and what is no artifact.
fn made_here() -> Files {
    let mut files = Files::default();
    for container in Container::ALL {
        let archive = build::archive_or_dump(container);
        files = files.with(&format!("cut.{container}"), &archive[..archive.len().min(70)]);
        files = files.with(&format!("whole.{container}"), archive.as_slice());
        let (whole, missing) = (format!("split.{container}"), format!("missing.{container}"));
        let part = archive.len() / 3;
        files.0.extend(build::split(&whole, &archive, part).0);
        files.0.extend(build::split(&missing, &archive, part).without(&format!("{missing}.2")).0);
    }
    let long = vec![b'x'; 300_000];
    let script = build::archive(Container::Bzv2, &build::with_map([(SCRIPT, long.as_slice())]));
    files
        .with("long-script", script)
        .with("notes", b"to be kept".as_slice())
        .with("tar.gz", build::gzip(&build::tar_of("notes.txt")))
        .with("empty", b"".as_slice())
        .with("tiny", b"BZ".as_slice())
        .with("newer", b"BZV9 and whatever follows".as_slice())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn reads_of_any_size_with_interruptions_give_the_same_reading(
        sizes in prop::collection::vec(0_usize..200, 1..20),
        fixture in any::<prop::sample::Index>(),
    ) {
        prop_assume!(sizes.iter().any(|size| *size > 0));
        let files = made_here();
        for name in files.names() {
            same_in_pieces(&files, &name, &sizes);
        }
        let names: Vec<_> = fixtures().names().collect();
        same_in_pieces(fixtures(), fixture.get(&names), &sizes);
    }
}

/// At most 255 bytes of UTF-8, as a length of one byte can say.
fn short_text() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec!["record", "block", "aligned", "high_limit", "neo4j", ""])
            .prop_map(str::to_owned),
        ".{0,60}",
        Just("x".repeat(255)),
    ]
}

fn store_id() -> impl Strategy<Value = StoreId> {
    (any::<i64>(), any::<i64>(), short_text(), short_text(), any::<i8>(), any::<i8>()).prop_map(
        |(creation_time_ms, random, engine, format, major, minor)| StoreId {
            creation_time_ms,
            random,
            engine,
            format,
            major,
            minor,
        },
    )
}

fn flags() -> impl Strategy<Value = Flags> {
    let unknown = prop_oneof![3 => Just(0), 1 => any::<u64>()];
    (any::<bool>(), any::<bool>(), any::<bool>(), unknown).prop_map(
        |(recovered, compressed, full, unknown)| Flags { recovered, compressed, full, unknown: unknown & !7 },
    )
}

/// Keys that are known, with values that fit and that do not, among others.
fn entries() -> impl Strategy<Value = Vec<Entry>> {
    let known = prop::sample::select(vec![
        SCRIPT,
        COMPRESSED_SCRIPT,
        TOPOLOGY_VERSION,
        "virtual_name",
        "virtual_id",
        "shard_count",
        "shard_index",
    ]);
    let key = prop_oneof![known.prop_map(str::to_owned), ".{0,30}"];
    let value = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..300),
        "[0-9]{1,12}".prop_map(String::into_bytes),
        ".{0,200}".prop_map(String::into_bytes),
        ".{0,200}".prop_map(|text| build::gzip(text.as_bytes())),
        any::<u128>().prop_map(|id| Uuid::from_u128(id).to_string().into_bytes()),
    ];
    prop::collection::vec((key, value).prop_map(|(key, value)| Entry { key, value }), 0..8)
}

fn metadata() -> impl Strategy<Value = Metadata> {
    let numbers = (any::<i64>(), any::<i64>(), any::<i64>());
    (store_id(), any::<u128>(), short_text(), numbers, flags(), prop::option::of(entries())).prop_map(
        |(store_id, id, database_name, (time, lowest, highest), flags, map)| Metadata {
            store_id,
            database_id: Uuid::from_u128(id),
            database_name,
            backup_time: UtcTime(time),
            lowest,
            highest,
            flags,
            map,
        },
    )
}

proptest! {
    #[test]
    fn metadata_reads_back_as_it_was_written(metadata in metadata()) {
        let bytes = build::encoded(&metadata);
        let (version, body) = match &metadata.map {
            Some(_) => {
                prop_assert_eq!(bytes[0], 2);
                (2, &bytes[1..])
            }
            None => (1, &bytes[..]),
        };
        let mut from = Reader::new(body, Stream::File);
        let back = Metadata::read(&mut from, version, &Limits::default()).expect("it was just written");
        prop_assert_eq!(from.offset(), body.len() as u64, "nothing is left over");
        prop_assert_eq!(&build::encoded(&back), &bytes);
        prop_assert_eq!(back, metadata);
    }

    /// What the reader says of an artifact is what its maker put in, in every container.
    #[test]
    fn an_artifact_says_what_was_put_into_it(metadata in metadata()) {
        let containers = build::backups().filter(|container| {
            container.metadata_version() == Some(if metadata.map.is_some() { 2 } else { 1 })
        });
        for container in containers {
            let details = Files::one("a", build::archive(container, &metadata)).details("a");
            let Reading::Artifact(artifact) = details.reading else {
                return Err(TestCaseError::fail(format!("{container}: {:?}", details.reading)));
            };
            prop_assert_eq!(&artifact.store_id, &metadata.store_id);
            prop_assert_eq!(artifact.database_id, metadata.database_id);
            prop_assert_eq!(&artifact.database, &metadata.database_name);
            prop_assert_eq!(artifact.time, metadata.backup_time);
            prop_assert_eq!((artifact.lowest_tx, artifact.highest_tx), (metadata.lowest, metadata.highest));
            let flags = Flags {
                recovered: artifact.recovered,
                compressed: artifact.compressed,
                full: artifact.full,
                unknown: artifact.unknown_flags.unwrap_or_default(),
            };
            prop_assert_eq!(flags, metadata.flags);
            prop_assert_eq!(artifact.faults, vec![]);
            // Beyond 2^53 a number stands there as text too.
            let exact = |number: i64| (number.unsigned_abs() > 1 << 53).then(|| number.to_string());
            prop_assert_eq!(&artifact.lowest_tx_text, &exact(metadata.lowest));
            prop_assert_eq!(&artifact.highest_tx_text, &exact(metadata.highest));

            // Every entry is explained or listed; one key twice is one key.
            let map = metadata.map.clone().unwrap_or_default();
            let listed = |key: &str| artifact.unknown_keys.iter().any(|entry| entry.key == key);
            for entry in &map {
                let script = entry.key == SCRIPT || entry.key == COMPRESSED_SCRIPT;
                let explained = script && artifact.script.is_some()
                    || artifact.topology.is_some() && topology_keys().contains(&entry.key.as_str());
                prop_assert!(explained || listed(&entry.key), "{:?}", entry);
            }
            let plain = map.iter().find(|entry| entry.key == SCRIPT);
            let packed = map.iter().find(|entry| entry.key == COMPRESSED_SCRIPT);
            let stored = packed.map(|entry| (true, entry)).or(plain.map(|entry| (false, entry)));
            let found = artifact.script.map(|script| (script.compressed, script.bytes));
            prop_assert_eq!(found, stored.map(|(compressed, entry)| (compressed, entry.value.len() as u64)));
            if let Some((false, entry)) = stored {
                let text = details.script.expect("a script is there").ok();
                prop_assert_eq!(text, String::from_utf8(entry.value.clone()).ok());
            }
        }
    }

    #[test]
    fn a_topology_reads_back_and_explains_its_keys(
        name in ".{0,40}",
        id in any::<u128>(),
        shard_count in any::<u32>(),
        shard_index in prop::option::of(any::<u32>()),
        order in Just(()).prop_perturb(|(), mut random| random.next_u64()),
    ) {
        let virtual_id = Uuid::from_u128(id);
        let mut entries = vec![
            (TOPOLOGY_VERSION, "1".to_owned()),
            ("virtual_name", name.clone()),
            ("virtual_id", virtual_id.to_string()),
            ("shard_count", shard_count.to_string()),
        ];
        entries.extend(shard_index.map(|index| ("shard_index", index.to_string())));
        // The order of the map is the writer's whim.
        let turn = usize::try_from(order % 5).expect("small") % entries.len();
        entries.rotate_left(turn);
        let metadata = build::with_map(entries.iter().map(|(key, value)| (*key, value.as_bytes())));
        let artifact = Files::one("a", build::archive(Container::Btv2, &metadata)).artifact("a");
        prop_assert_eq!(artifact.topology, Some(Topology { virtual_name: name, virtual_id, shard_count, shard_index }));
        prop_assert_eq!(artifact.unknown_keys, vec![]);
    }

    #[test]
    fn every_time_reads_back_from_its_own_text(seconds in any::<i64>()) {
        let time = UtcTime(seconds);
        prop_assert_eq!(UtcTime::parse(&time.to_string()), Ok(time));
        let json = serde_json::to_string(&time).expect("plain data");
        prop_assert_eq!(serde_json::from_str::<UtcTime>(&json).expect("it was just written"), time);
    }

    /// Years that a calendar has, before and after those of four digits.
    #[test]
    fn every_calendar_time_reads_back_from_its_own_text(seconds in -400_000_000_000_i64..400_000_000_000) {
        let time = UtcTime(seconds);
        prop_assert_eq!(UtcTime::parse(&time.to_string()), Ok(time));
    }

    #[test]
    fn no_text_makes_a_time_panic(text in ".{0,40}") {
        let _ = UtcTime::parse(&text);
        let _ = UtcTime::in_file_name(&text);
        let _ = UtcTime::in_file_name(&format!("{text}.backup"));
    }
}

fn topology_keys() -> [&'static str; 5] {
    [TOPOLOGY_VERSION, "virtual_name", "virtual_id", "shard_count", "shard_index"]
}
