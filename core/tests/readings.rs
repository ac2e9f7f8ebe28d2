//! What each kind of file is read as: the fixtures against what their makers wrote down, and files made here
//! for what no fixture holds.

mod support;

use std::collections::{BTreeMap, BTreeSet};

use graphkeep_core::container::Container;
use graphkeep_core::error::{Cause, Stream};
use graphkeep_core::metadata::{COMPRESSED_SCRIPT, Flags, Metadata, SCRIPT, Topology};
use graphkeep_core::problem::Code;
use graphkeep_core::report::{BackupType, Details, Reading, Reason};
use graphkeep_core::store_id::StoreId;
use graphkeep_core::stranger::Stranger;
use graphkeep_core::time::UtcTime;

use crate::support::build::{self, BLOCK};
use crate::support::files::{Files, fixtures};
#[cfg(target_arch = "wasm32")]
use crate::support::test;

/// The columns of a line of `spec.tsv`, from which Neo4j's own classes made an artifact.
fn specs(folder: &str) -> Vec<BTreeMap<String, String>> {
    let bytes = &fixtures().0[&format!("{folder}/spec.tsv")];
    let text = std::str::from_utf8(bytes).expect("a spec is text");
    let column = |cell: &str| {
        let (name, value) = cell.split_once('=').expect("a cell is name=value");
        (name.to_owned(), value.to_owned())
    };
    text.lines().map(|line| line.split('\t').map(column).collect()).collect()
}

fn scenario_folders() -> BTreeSet<String> {
    let spec = |name: &String| name.strip_suffix("/spec.tsv").map(str::to_owned);
    fixtures().0.keys().filter_map(spec).collect()
}

#[test]
fn every_scenario_artifact_reads_as_its_spec_says() {
    assert_eq!(scenario_folders().len(), 14);
    for folder in scenario_folders() {
        let mut files: BTreeSet<_> = fixtures().below(&folder).names().map(|name| name.0).collect();
        for mut spec in specs(&folder) {
            let mut column =
                |name: &str| spec.remove(name).unwrap_or_else(|| panic!("{folder} gives {name}"));
            let name = column("file");
            let artifact = fixtures().artifact(&format!("{folder}/{name}"));

            assert_eq!(artifact.database, column("db"), "{name}");
            assert_eq!(artifact.database_id.to_string(), column("id"), "{name}");
            assert_eq!(artifact.store_id.creation_time_ms.to_string(), column("created"), "{name}");
            assert_eq!(artifact.store_id.random.to_string(), column("random"), "{name}");
            assert_eq!(artifact.store_id.format_name(), "record-aligned-1.1", "{name}");
            assert_eq!(artifact.time.table(), column("time"), "{name}");
            let full = match column("type").as_str() {
                "full" => true,
                "diff" => false,
                other => panic!("{other} is no type"),
            };
            assert_eq!(artifact.full, full, "{name}");
            assert_eq!(artifact.lowest_tx.to_string(), column("low"), "{name}");
            assert_eq!(artifact.highest_tx.to_string(), column("high"), "{name}");
            assert_eq!(artifact.recovered.to_string(), column("recovered"), "{name}");
            let kind = match (full, artifact.lowest_tx, artifact.highest_tx) {
                (_, 0, 0) => BackupType::Empty,
                (true, ..) => BackupType::Full,
                (false, ..) => BackupType::Differential,
            };
            assert_eq!(artifact.kind, kind, "{name}");

            let container = spec.remove("format").unwrap_or("BZV2".into());
            assert_eq!(artifact.container.name(), container, "{name}");
            assert_eq!(artifact.compressed, container != "BTV2", "{name}");
            let topology = spec.remove("topology").map(|text| topology_of(&text));
            assert_eq!(artifact.topology, topology, "{name}");
            let part_bytes = spec.remove("split").map(|bytes| bytes.parse::<u64>().expect("a number"));
            let parts = artifact.split.map(|split| split.parts).unwrap_or_default();
            if let Some(bytes) = part_bytes {
                let (last, whole) = parts.split_last().expect("a split archive has parts");
                // Each part has a header of 24 bytes of its own.
                assert!(whole.iter().all(|part| part.size == bytes + 24), "{name}: {parts:?}");
                assert!(last.size > 24 && last.size <= bytes + 24, "{name}: {last:?}");
            }
            assert_eq!(parts.is_empty(), part_bytes.is_none(), "{name}");
            for part in &parts {
                assert!(files.remove(part.path.base()), "{} is there", part.path);
            }

            assert_eq!(artifact.unknown_keys, [], "{name}");
            assert_eq!(artifact.unknown_flags, None, "{name}");
            assert_eq!(artifact.faults, [], "{name}");
            assert!(spec.is_empty(), "{name} has columns that nobody looks at: {spec:?}");
            assert!(files.remove(&name), "{name} is listed once");
        }
        assert!(files.is_empty(), "{folder} has files without a spec: {files:?}");
    }
}

/// `name,id,shards` for a graph shard; a property shard adds its index.
fn topology_of(text: &str) -> Topology {
    let words: Vec<_> = text.split(',').collect();
    let (name, id, count, index) = match words.as_slice() {
        [name, id, count] => (name, id, count, None),
        [name, id, count, index] => (name, id, count, Some(index)),
        _ => panic!("{text} is no topology"),
    };
    Topology {
        virtual_name: (*name).to_owned(),
        virtual_id: id.parse().expect("an id"),
        shard_count: count.parse().expect("a count"),
        shard_index: index.map(|index| index.parse().expect("an index")),
    }
}

/// What tests/fixtures/README.md says of the real chains.
#[test]
fn the_real_chains_hold_a_full_an_empty_and_three_differentials() {
    use BackupType::{Differential, Empty, Full};
    for version in ["5.26.28", "2026.05.0"] {
        let chain = [
            ("02-00-00", "2026-03-01T02:00:00", Full, 1, 19),
            ("02-30-00", "2026-03-01T02:30:00", Empty, 0, 0),
            ("03-00-00", "2026-03-01T03:00:00", Differential, 20, 29),
            ("04-00-00", "2026-03-01T04:00:00", Differential, 30, 39),
            ("05-00-00", "2026-03-01T05:00:00", Differential, 40, 49),
        ];
        let mut ids = BTreeSet::new();
        for (clock, time, kind, lowest, highest) in chain {
            let name = format!("real/neo4j-{version}/chain/neo4j-2026-03-01T{clock}.backup");
            let artifact = fixtures().artifact(&name);
            assert_eq!(artifact.container, Container::Bzv2, "{name}");
            assert_eq!(artifact.database, "neo4j", "{name}");
            assert_eq!((artifact.time.table().as_str(), artifact.kind), (time, kind), "{name}");
            assert_eq!((artifact.lowest_tx, artifact.highest_tx), (lowest, highest), "{name}");
            assert_eq!(artifact.store_id.format_name(), "record-aligned-1.1", "{name}");
            assert_eq!(artifact.faults, [], "{name}");
            ids.insert((artifact.database_id, artifact.store_id));
        }
        assert_eq!(ids.len(), 1, "one database, one store in the chain of {version}");
    }
}

#[test]
fn the_real_formats_are_what_their_names_say() {
    let folders = ["real/neo4j-5.26.28/formats", "real/neo4j-2026.05.0/formats"];
    let mut seen = BTreeSet::new();
    for name in folders.iter().flat_map(|folder| {
        let names: Vec<_> = fixtures().below(folder).names().collect();
        names.into_iter().map(move |name| format!("{folder}/{name}"))
    }) {
        let expected = name.rsplit('.').nth(1).expect("<what>.<container>.<suffix>");
        seen.insert(expected.to_owned());
        match fixtures().read(&name) {
            Reading::Artifact(artifact) => {
                assert_eq!(artifact.container.name(), expected, "{name}");
                assert_eq!(artifact.container.metadata_version(), Some(artifact.metadata_version), "{name}");
                let (kind, range) = if name.contains("/full.") {
                    (BackupType::Full, "1..19")
                } else {
                    (BackupType::Differential, "20..29")
                };
                assert_eq!((artifact.kind, artifact.range().as_str()), (kind, range), "{name}");
                assert_eq!(artifact.script.is_some(), artifact.metadata_version == 2, "{name}");
            }
            Reading::Dump(dump) => {
                assert_eq!(dump.container.name(), expected, "{name}");
                assert_eq!(dump.faults, [], "{name}");
                // Only `neo4j-admin database dump` itself counted the files.
                let files = dump.archive_size.map(|size| size.files);
                assert_eq!(files, (expected == "DZV1").then_some(36), "{name}");
            }
            Reading::Other(other) => panic!("{name} was read as {other:#?}"),
        }
    }
    let all = Container::ALL.iter().filter(|container| **container != Container::Bzv3);
    let all: BTreeSet<_> = all.map(|container| container.name().to_owned()).collect();
    assert_eq!(&seen | &BTreeSet::from(["BZV2".to_owned()]), all, "every released container has a fixture");
}

#[test]
fn the_real_logs_are_differentials_of_their_whole_range() {
    for (name, range) in [
        ("rotated-5.26.28", "2..410"),
        ("envelopes-rotated-2026.05.0", "2..410"),
        ("zero-tail-after-crash-2026.05.0", "2..160"),
        ("upgraded-kernels-5-20-29", "2..71"),
        ("format-9-then-10", "2..70"),
        ("format-11-unreleased", "2..29"),
    ] {
        let artifact = fixtures().artifact(&format!("real/logs/{name}.backup"));
        assert_eq!(artifact.container, Container::Bzv2, "{name}");
        assert_eq!((artifact.kind, artifact.range().as_str()), (BackupType::Differential, range), "{name}");
    }
}

/// The two values that Neo4j's own class computed, and Java's rules for the ids of all fixtures.
#[test]
fn a_store_id_hashes_as_neo4j_prints_it() {
    let checked = build::metadata().store_id;
    assert_eq!(checked.hash(), 1_292_812_115);
    let checked =
        StoreId { creation_time_ms: 1_795_375_944_656, random: -8_393_541_948_980_050_766, ..checked };
    assert_eq!(checked.hash(), -35_763_003);

    // In whole numbers, each cut to 32 bits afterwards: nothing shared with the code that is judged.
    let cut = |value: i128| value.rem_euclid(1 << 32);
    let java = |id: &StoreId| {
        let long = |value: i64| {
            let value = i128::from(value.cast_unsigned());
            cut(value ^ (value >> 32))
        };
        let text = |text: &str| text.bytes().fold(0, |sum, byte| cut(31 * sum + i128::from(byte)));
        let numbers = [
            long(id.creation_time_ms),
            long(id.random),
            text(&id.engine),
            text(&id.format),
            i128::from(id.major),
            i128::from(id.minor),
        ];
        numbers.iter().fold(1, |sum, number| cut(31 * sum + number))
    };
    let mut hashes = BTreeMap::new();
    for reading in fixtures().readings() {
        if let Reading::Artifact(artifact) = reading {
            let found = cut(i128::from(artifact.store_id_hash));
            assert_eq!(found, java(&artifact.store_id), "{}", artifact.path);
            hashes.insert(artifact.store_id, artifact.store_id_hash);
        }
    }
    assert!(hashes.len() > 10, "the fixtures come from many stores: {hashes:?}");
    let different: BTreeSet<_> = hashes.values().collect();
    assert_eq!(different.len(), hashes.len());
}

#[test]
fn the_script_of_either_version_is_the_same_text() {
    let expected = "CREATE USER $app SET PASSWORD 'x' CHANGE NOT REQUIRED;\n\
                    CREATE ROLE reader IF NOT EXISTS;\n\
                    GRANT ROLE reader TO app;\n";
    for (version, compressed) in [("5.26.28", false), ("2026.05.0", true)] {
        for file in ["formats/diff.BTV2.backup", "chain/neo4j-2026-03-01T02-00-00.backup"] {
            let name = format!("real/neo4j-{version}/{file}");
            let details = fixtures().details(&name);
            assert_eq!(details.script, Some(Ok(expected.to_owned())), "{name}");
            let Reading::Artifact(artifact) = details.reading else { panic!("{name} is an artifact") };
            assert_eq!(artifact.script.map(|script| script.compressed), Some(compressed), "{name}");
            assert_eq!(artifact.unknown_keys, [], "{name}");
        }
    }
}

/// Neo4j's readers look for the compressed script first; what the other one says may hold passwords too.
#[test]
fn a_plain_script_beside_the_compressed_one_is_named_and_not_shown() {
    let compressed = build::gzip(b"CREATE USER a;");
    let metadata = build::with_map([
        (SCRIPT, b"CREATE USER b SET ENCRYPTED PASSWORD '1,secret';".as_slice()),
        (COMPRESSED_SCRIPT, &compressed),
    ]);
    let files = Files::one("a.backup", build::archive(Container::Btv2, &metadata));
    let Details { reading, script, .. } = files.details("a.backup");
    assert_eq!(script, Some(Ok("CREATE USER a;".into())));
    let json = serde_json::to_string(&reading).expect("readings are plain data");
    assert!(!json.contains("secret"), "{json}");
    let Reading::Artifact(artifact) = reading else { panic!("it is an artifact") };
    let keys: Vec<_> = artifact.unknown_keys.iter().map(|entry| (entry.key.as_str(), entry.bytes)).collect();
    assert_eq!(keys, [(SCRIPT, 48)]);
}

/// The hex view and the list of fields are shown without asking; the script is behind a question.
#[test]
fn no_field_repeats_the_script() {
    let gzip = build::gzip(b"CREATE USER b;");
    for (key, value) in
        [(SCRIPT, b"CREATE USER b SET PASSWORD 'secret';".as_slice()), (COMPRESSED_SCRIPT, &gzip)]
    {
        let metadata = build::with_map([(key, value)]);
        for container in [Container::Btv2, Container::Bzv2, Container::Bzv3] {
            let fields =
                Files::one("a.backup", build::archive(container, &metadata)).details("a.backup").fields;
            let field = fields.iter().find(|field| field.name.contains(&format!("`{key}`")) && field.len > 4);
            let field = field.expect("the value is a field");
            assert_eq!(field.len, value.len() as u64);
            assert_eq!(
                (field.hex.as_str(), field.value.as_str()),
                ("", "hidden: it may hold password hashes")
            );
        }
    }
}

#[test]
fn a_script_that_expands_beyond_the_limit_or_is_no_text_is_an_error_and_the_rest_stands() {
    let bomb = build::gzip(&vec![b'x'; (16 << 20) + 1]);
    let cut = &build::gzip(b"CREATE USER a;")[..20];
    let cases = [
        (COMPRESSED_SCRIPT, bomb.as_slice(), Code::HeaderLimit),
        (COMPRESSED_SCRIPT, cut, Code::HeaderDamaged),
        (COMPRESSED_SCRIPT, b"not gzip", Code::HeaderDamaged),
        (SCRIPT, b"\xc3\x28", Code::HeaderUnexpected),
    ];
    for (key, value, code) in cases {
        let metadata = build::with_map([(key, value)]);
        let details = Files::one("a.backup", build::archive(Container::Bzv3, &metadata)).details("a.backup");
        let error = details.script.expect("a script is there").expect_err("it cannot be shown");
        assert_eq!(error.code(), code, "{error}");
        assert!(error.to_string().contains(key), "{error}");
        assert!(matches!(details.reading, Reading::Artifact(_)));
    }
}

/// Every byte of a header is in exactly one field: offsets run on in each stream, lengths sum up.
#[test]
fn fields_lie_end_to_end() {
    for name in fixtures().names() {
        let Details { reading, fields, .. } = fixtures().details(&name.0);
        let mut ends = BTreeMap::new();
        for field in &fields {
            let end = ends.entry(format!("{:?}", field.stream)).or_insert(0);
            assert_eq!(field.offset, *end, "{name}: {} begins where the field before it ends", field.name);
            *end += field.len;
            let hidden = field.name.contains("Script`") && !field.name.starts_with("length");
            let shown = if hidden { 0 } else { 2 * field.len.min(64) };
            assert_eq!(field.hex.len() as u64, shown, "{name}: {}", field.name);
        }
        let end = |stream: Stream| ends.get(&format!("{stream:?}")).copied().unwrap_or_default();
        match &reading {
            Reading::Artifact(artifact) => {
                let metadata = metadata_bytes(&fields, artifact.metadata_version);
                let (plain, inside) = match artifact.container {
                    Container::Btv1 | Container::Btv2 => (4 + metadata, 0),
                    // Magic, and the frame's magic behind the metadata; `zstd` and the size record inside.
                    Container::Bzv3 => (4 + metadata + 4, 4 + 20),
                    _ => (4 + 4, 4 + metadata + 20),
                };
                let archive = if artifact.split.is_some() { Stream::JoinedParts } else { Stream::File };
                assert_eq!((end(archive), end(Stream::Decompressed)), (plain, inside), "{name}");
                if artifact.split.is_some() {
                    assert_eq!(end(Stream::File), 24, "{name}: the manifest");
                } else if artifact.container.compression() == graphkeep_core::container::Compression::None {
                    assert_eq!(
                        end(Stream::File),
                        artifact.bytes_read,
                        "{name}: fields are all that was read"
                    );
                }
            }
            Reading::Dump(dump) => {
                let (plain, inside) = match dump.container {
                    Container::Dzv1 => (8, 24),
                    Container::Dgv1 => (6, 0),
                    Container::LegacyZstd => (4, 24),
                    _ => (0, 0),
                };
                assert_eq!((end(Stream::File), end(Stream::Decompressed)), (plain, inside), "{name}");
            }
            Reading::Other(_) => {}
        }
    }
}

/// Bytes of the metadata by the lengths that its own fields state.
fn metadata_bytes(fields: &[graphkeep_core::wire::Field], version: u8) -> u64 {
    let stated = |name: &str| {
        let field = fields.iter().find(|field| field.name == name);
        field.and_then(|field| field.value.parse::<u64>().ok()).unwrap_or_else(|| panic!("{name} is a field"))
    };
    let store_id =
        1 + 8 + 8 + 1 + stated("length of storage engine") + 1 + stated("length of store format") + 2;
    let names = 1 + stated("length of database id") + 1 + stated("length of database name");
    let v1 = store_id + names + 8 + 8 + 8 + 1 + stated("length of flags");
    if version == 1 {
        return v1;
    }
    let lengths = fields.iter().filter(|field| field.name.starts_with("length of map "));
    let map: u64 = lengths.map(|field| 4 + field.value.parse::<u64>().expect("a length")).sum();
    1 + v1 + 4 + map
}

#[test]
fn unknown_keys_flags_and_topologies_are_kept_and_shown() {
    let long = "ä".repeat(1000);
    let topology: Vec<(&str, &[u8])> =
        vec![("topology_version", b"2"), ("virtual_name", b"foo"), ("shard_count", b"9")];
    let entries = [("retention", b"7 days".as_slice()), ("blob", b"\xff\x00\x01"), ("long", long.as_bytes())];
    let metadata = Metadata {
        flags: Flags { unknown: 0b1_0000_1000, ..build::metadata().flags },
        ..build::with_map(entries.into_iter().chain(topology))
    };
    for container in build::backups().filter(|container| container.metadata_version() == Some(2)) {
        let artifact = Files::one("a.backup", build::archive(container, &metadata)).artifact("a.backup");
        assert_eq!(artifact.unknown_flags, Some(0b1_0000_1000), "{container}");
        assert_eq!(artifact.topology, None, "version 2 means something else than version 1");
        let keys: Vec<_> =
            artifact.unknown_keys.iter().map(|entry| (entry.key.as_str(), entry.bytes)).collect();
        let expected = [
            ("retention", 6),
            ("blob", 3),
            ("long", 2000),
            ("topology_version", 1),
            ("virtual_name", 3),
            ("shard_count", 1),
        ];
        assert_eq!(keys, expected, "{container}");
        assert_eq!(artifact.unknown_keys[0].text.as_deref(), Some("7 days"));
        assert_eq!(artifact.unknown_keys[1].hex.as_deref(), Some("ff0001"));
        assert_eq!(artifact.unknown_keys[2].text.as_deref(), Some(&long[..1024]));
    }
}

#[test]
fn every_container_reads_back_what_was_written_into_it() {
    for container in build::backups() {
        let artifact =
            Files::one("a.backup", build::archive(container, &build::metadata())).artifact("a.backup");
        assert_eq!((artifact.container, artifact.range().as_str()), (container, "1..10"));
        assert_eq!(artifact.faults, [], "{container}");
        assert_eq!(
            (artifact.full, artifact.recovered, artifact.compressed),
            (true, true, true),
            "{container}"
        );
    }
    for container in Container::ALL.into_iter().filter(|container| !container.is_backup()) {
        let dump = Files::one("shop.dump", build::container_of(container, b"")).dump("shop.dump");
        assert_eq!((dump.container, dump.database_by_name.as_deref()), (container, Some("shop")));
        assert_eq!(dump.archive_size, None, "a record of zeros was not filled");
    }
}

#[test]
fn the_size_record_is_read_where_it_was_filled_and_refused_where_it_makes_no_sense() {
    let dump = |record: &[u8]| {
        let bytes = [b"DZV1", build::stream(record).as_slice()].concat();
        Files::one("a.dump", bytes).dump("a.dump")
    };
    let size = dump(&build::size_record(7, 1 << 40)).archive_size.expect("it was filled");
    assert_eq!((size.files, size.bytes), (7, 1 << 40));
    for record in [build::size_record(-1, 5), build::size_record(1, i64::MIN), vec![0, 0, 0, 9], vec![]] {
        let dump = dump(&record);
        assert_eq!((dump.archive_size, dump.faults.len()), (None, 1), "{dump:?}");
    }
}

/// `BZV9`, metadata version 3 and the like come from the future, not from a bad disk.
#[test]
fn what_a_newer_neo4j_wrote_is_newer_and_never_corrupt() {
    for magic in ["BZV9", "BTV3", "BXV1", "DZV2", "DGV7", "SMV2", "SDV9"] {
        let bytes = [magic.as_bytes(), &[7; 300]].concat();
        let other = Files::one("a.backup", bytes).other("a.backup");
        assert_eq!(other.reason, Reason::NewerContainer { magic: magic.into() });
        assert_eq!(other.problem.code, Code::ContainerNewer);
        assert!(other.problem.message.contains(magic), "{}", other.problem.message);
    }
    for container in build::backups().filter(|container| container.metadata_version() == Some(2)) {
        let mut metadata = build::encoded(&build::metadata());
        metadata[0] = 3;
        let other = Files::one("a.backup", build::container_of(container, &metadata)).other("a.backup");
        let Reason::NewerMetadata { container: found, version, start } = &other.reason else {
            panic!("{container} was read as {:?}", other.reason)
        };
        assert_eq!((*found, *version), (container, 3));
        let shown = graphkeep_core::wire::hex(&metadata[1..]);
        assert!(start.starts_with(&shown[..64]), "{start}");
        assert_eq!(other.problem.code, Code::MetadataNewer);
    }
    let joined = build::split("a.backup", &[b"BZV9".as_slice(), &[7; 300]].concat(), 100);
    assert_eq!(joined.other("a.backup").reason, Reason::NewerContainer { magic: "BZV9".into() });
}

/// A whole archive, with each kind of wrong part in each place.
#[test]
fn a_split_archive_is_read_whole_and_each_wrong_part_is_named() {
    let name = "a.backup";
    for container in build::backups() {
        let archive = build::archive(container, &build::metadata());
        let whole = Files::one(name, archive.clone()).artifact(name);
        // Parts smaller than the header, and parts that hold it with room to spare.
        for part in [7, 40, archive.len().div_ceil(2)] {
            let files = build::split(name, &archive, part);
            let count = u32::try_from(archive.len().div_ceil(part)).expect("few parts");
            let artifact = files.artifact(name);
            let split = artifact.split.as_ref().expect("it is split");
            assert_eq!((split.part_count, split.parts.len()), (count, count as usize));
            assert_eq!(split.archive_id, build::ARCHIVE_ID);
            assert_eq!(artifact.size, 24 + archive.len() as u64 + 24 * u64::from(count));
            assert_eq!(artifact.faults, []);
            assert_eq!((artifact.container, artifact.store_id), (whole.container, whole.store_id.clone()));
            assert_eq!((artifact.lowest_tx, artifact.highest_tx), (whole.lowest_tx, whole.highest_tx));

            for index in [1, 2, count] {
                let part_name = format!("{name}.{index}");
                let data = files.0[&part_name][24..].to_vec();
                let stated = i32::try_from(index).expect("small");
                let other_id = uuid::Uuid::from_u128(7);

                let missing = files.clone().without(&part_name);
                assert_named(&missing, Code::SplitPartMissing, &part_name);
                let wrong_index = build::part_of(build::ARCHIVE_ID, stated + 1, &data);
                assert_named(
                    &files.clone().with(&part_name, wrong_index),
                    Code::HeaderUnexpected,
                    &part_name,
                );
                let foreign = build::part_of(other_id, stated, &data);
                assert_named(&files.clone().with(&part_name, foreign), Code::HeaderUnexpected, &part_name);
                let no_part = [b"BZV2".as_slice(), &data].concat();
                assert_named(&files.clone().with(&part_name, no_part), Code::HeaderUnexpected, &part_name);
                let cut = files.0[&part_name][..9].to_vec();
                assert_named(&files.clone().with(&part_name, cut), Code::HeaderTruncated, &part_name);
            }
        }
    }
}

/// Whether the header could be read or not, the first thing said is which part is wrong.
fn assert_named(files: &Files, code: Code, part: &str) {
    let errors = match files.read("a.backup") {
        Reading::Artifact(artifact) => artifact.faults,
        Reading::Other(other) => match other.reason {
            Reason::Unreadable { error } => vec![error],
            reason => panic!("{part}: {reason:?}"),
        },
        Reading::Dump(dump) => panic!("{dump:?}"),
    };
    assert_eq!(errors.len(), 1, "{part}: {errors:?}");
    assert_eq!(errors[0].code(), code, "{part}: {errors:?}");
    assert!(errors[0].to_string().contains(&format!("`{part}`")), "{}", errors[0]);
}

#[test]
fn a_part_alone_is_named_for_what_it_is() {
    let files = fixtures().below("scenarios/new-containers").without("neo4j-2026-07-01T11-00-00.backup");
    let other = files.other("neo4j-2026-07-01T11-00-00.backup.2");
    let Reason::Part { index, archive_id } = other.reason else { panic!("{:?}", other.reason) };
    assert_eq!((index, archive_id.is_nil()), (2, false));
    assert_eq!(other.problem.code, Code::SplitPartAlone);
    let remedy = other.problem.remedy.expect("there is something to do");
    assert!(remedy.contains("`neo4j-2026-07-01T11-00-00.backup`"), "{remedy}");
}

#[test]
fn a_manifest_that_claims_no_or_too_many_parts_is_refused_before_any_is_opened() {
    for (parts, code) in
        [(0, Code::HeaderUnexpected), (-1, Code::HeaderUnexpected), (i32::MAX, Code::HeaderLimit)]
    {
        let other = Files::one("a.backup", build::manifest(parts)).other("a.backup");
        assert_eq!(other.problem.code, code, "{}", other.problem.message);
        assert_eq!(other.bytes_read, 8);
    }
}

/// One file of each kind, as they lie among backups.
#[test]
fn every_stranger_is_named_for_what_it_is() {
    let sum = format!("{}  neo4j.backup\n", "0123456789abcdef".repeat(4));
    let log = [6, 0, 0, 0, 0, 0, 0, 5].into_iter().chain([0; 120]).collect::<Vec<u8>>();
    let dump = build::container_of(Container::Dzv1, b"");
    let examples: Vec<(Stranger, Vec<u8>)> = vec![
        (Stranger::Empty, vec![]),
        (Stranger::Zeros, vec![0; 100_000]),
        (
            Stranger::GitLfsPointer,
            b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12\n".into(),
        ),
        (Stranger::HtmlPage, b"<!DOCTYPE html>\n<html><body>Sign in</body></html>".into()),
        (Stranger::XmlError, b"<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>".into()),
        (Stranger::Xml, b"<?xml version=\"1.0\"?><project/>".into()),
        (Stranger::Json, b"{\"databases\": []}".into()),
        (Stranger::TextBeforeMagic, [b"2026-01-01 INFO Starting\n".as_slice(), &dump].concat()),
        (Stranger::Checksums, sum.into_bytes()),
        (Stranger::Tar, build::tar_of("neostore")),
        (Stranger::GzipTar, build::gzip(&build::tar_of("notes.txt"))),
        (Stranger::Gzip, build::gzip(b"hello")),
        (Stranger::Zstd, build::frame_in_blocks(b"hello", 9)),
        (Stranger::Bzip2, b"BZh91AY&SY\x12\x34\x56\x78".into()),
        (Stranger::Xz, b"\xfd7zXZ\0\0\x04".into()),
        (Stranger::Lz4, b"\x04\x22\x4d\x18\x64\x40\xa7".into()),
        (Stranger::Zip, b"PK\x03\x04\x14\0\0\0".into()),
        (Stranger::SevenZip, b"7z\xbc\xaf\x27\x1c\0\x04".into()),
        (Stranger::Parquet, b"PAR1\x15\x04\x15".into()),
        (Stranger::Pdf, b"%PDF-1.7\n%\xe2\xe3".into()),
        (Stranger::Image, b"\x89PNG\r\n\x1a\n".into()),
        (Stranger::Sqlite, b"SQLite format 3\0\x10\0".into()),
        (Stranger::Encrypted, b"Salted__\x01\x02\x03\x04\x05\x06\x07\x08".into()),
        (Stranger::AppleDouble, b"\x00\x05\x16\x07\x00\x02\0\0Mac OS X".into()),
        (Stranger::TransactionLog, log),
        (Stranger::Script, b"#!/bin/sh\nneo4j-admin database backup\n".into()),
        (Stranger::Text, b"keep these until the audit\n".into()),
        (Stranger::Binary, b"\x01\x02\x03\x04\x05\x06".into()),
    ];
    let named: BTreeSet<_> = examples.iter().map(|(kind, _)| format!("{kind:?}")).collect();
    let all: BTreeSet<_> = Stranger::ALL.iter().map(|kind| format!("{kind:?}")).collect();
    assert_eq!(named, all, "every kind has an example");
    for (kind, bytes) in examples {
        let len = bytes.len() as u64;
        // The name does not decide: this one promises an artifact.
        let other =
            Files::one("neo4j-2025-05-01T10-30-00.backup", bytes).other("neo4j-2025-05-01T10-30-00.backup");
        assert_eq!(other.reason, Reason::Stranger { what: kind });
        assert_eq!(other.problem.code, Code::FileStranger);
        assert!(other.problem.message.ends_with(&format!("is {}", kind.what())), "{}", other.problem.message);
        assert_eq!(other.problem.remedy.as_deref(), kind.advice());
        assert!(other.bytes_read <= len.min(4096), "{kind:?}: {} bytes were read", other.bytes_read);
    }
}

/// Header bytes of a plain container, the first block of a zstd frame: never a matter of the file's size.
#[test]
fn a_header_costs_its_own_bytes_or_one_block() {
    const FRAME: u64 = 4 + 4 + 14 + 3;
    for name in fixtures().names() {
        let reading = fixtures().read(&name.0);
        let bytes = reading.bytes_read();
        match reading {
            // The script is all that can be long, and there it is short.
            Reading::Artifact(artifact) if build::is_plain(artifact.container) => {
                assert!(bytes <= 4096, "{name}");
            }
            Reading::Artifact(artifact) if artifact.split.is_some() => assert!(bytes <= 1024, "{name}"),
            Reading::Artifact(artifact) => {
                let real_log =
                    matches!(artifact.kind, BackupType::Differential) && name.0.starts_with("real/");
                // A full begins with a small store file of its own, and its first block ends with it. The log
                // files of a differential fill a first block to its 128 KiB, 62 kB of them compressed.
                let limit = if real_log { 64 << 10 } else { 1100 };
                assert!(bytes <= limit, "{name}: {bytes}");
            }
            Reading::Dump(dump) if dump.container == Container::LegacyGzip => {
                assert!(bytes <= 64 << 10, "{name}");
            }
            Reading::Dump(_) => assert!(bytes <= 1100, "{name}: {bytes}"),
            Reading::Other(other) => assert!(bytes <= 4096, "{other:?}"),
        }
        assert!(bytes <= FRAME + BLOCK as u64, "{name}: {bytes}");
    }
}

#[test]
fn a_longer_file_costs_no_more() {
    for container in Container::ALL {
        let short = build::archive_or_dump(container);
        let long = [short.as_slice(), &vec![0xa5; 5 << 20]].concat();
        let bytes = |bytes: Vec<u8>| Files::one("a", bytes).read("a").bytes_read();
        let (short, long) = (bytes(short), bytes(long));
        match container {
            // gzip gives no block to stop at: a slice of the file is taken.
            Container::LegacyGzip => assert!(long <= 64 << 10, "{long}"),
            _ => assert_eq!(short, long, "{container}"),
        }
    }
}

#[test]
fn a_script_over_several_blocks_is_read_whole_up_to_the_limit() {
    let script = |len: usize| "CREATE USER a;\n".bytes().cycle().take(len).collect::<Vec<u8>>();
    for len in [BLOCK - 200, BLOCK, 300_000, 1 << 20, (4 << 20) - 4096] {
        let script = script(len);
        let metadata = build::with_map([(SCRIPT, script.as_slice())]);
        for container in build::backups().filter(|container| container.metadata_version() == Some(2)) {
            let details = Files::one("a.backup", build::archive(container, &metadata)).details("a.backup");
            let text = details.script.expect("a script is there").expect("it is text");
            assert_eq!(text.as_bytes(), script, "{container}, {len} bytes");
            let read = usize::try_from(details.reading.bytes_read()).expect("less than the file");
            // Blocks are taken in doubling numbers, so at most twice what was needed and one more.
            assert!(read >= len && read <= 2 * len + 2 * BLOCK, "{container}: {read} bytes for {len}");
            let Reading::Artifact(artifact) = details.reading else { panic!("{container}") };
            assert_eq!(artifact.faults, [], "{container}, {len} bytes");
        }
    }
    let script = script((4 << 20) + 1);
    let metadata = build::with_map([(SCRIPT, script.as_slice())]);
    for container in build::backups().filter(|container| container.metadata_version() == Some(2)) {
        let other = Files::one("a.backup", build::archive(container, &metadata)).other("a.backup");
        assert_eq!(other.problem.code, Code::HeaderLimit, "{}", other.problem.message);
        assert!(other.bytes_read <= BLOCK as u64 + 400, "{container}: {} bytes", other.bytes_read);
    }
}

/// Small blocks, as a writer that flushes often makes them.
#[test]
fn a_header_over_many_small_blocks_is_read() {
    let metadata = build::encoded(&build::metadata());
    let content = [b"zstd", metadata.as_slice(), &build::size_record(3, 4)].concat();
    for block in [1, 2, 7, 50] {
        let bytes = [b"BZV2", build::frame_in_blocks(&content, block).as_slice()].concat();
        let files = Files::one("a.backup", bytes);
        let listed = files.artifact("a.backup");
        let Reading::Artifact(whole) = files.details("a.backup").reading else { panic!("blocks of {block}") };
        assert_eq!(whole.archive_size.map(|size| size.files), Some(3), "blocks of {block}");
        assert_eq!(
            (listed.highest_tx, &listed.faults),
            (whole.highest_tx, &whole.faults),
            "blocks of {block}"
        );
        assert!(listed.bytes_read <= whole.bytes_read, "blocks of {block}");
    }
}

/// Compressed by a real encoder, with matches over block borders.
#[test]
fn compressed_blocks_are_decoded_across_their_borders() {
    let script: Vec<u8> =
        (0..20_000).flat_map(|user| format!("CREATE USER u{user};\n").into_bytes()).collect();
    let metadata = build::encoded(&build::with_map([(SCRIPT, script.as_slice())]));
    let content = [b"zstd", metadata.as_slice(), &build::size_record(3, 4)].concat();
    let frame =
        ruzstd::encoding::compress_to_vec(content.as_slice(), ruzstd::encoding::CompressionLevel::Fastest);
    assert!(frame.len() < content.len() / 2, "it compresses");
    let bytes = [b"BZV2", frame.as_slice()].concat();
    let details = Files::one("a.backup", bytes).details("a.backup");
    assert_eq!(details.script, Some(Ok(String::from_utf8(script).expect("it is text"))));
}

#[test]
fn a_cut_or_unopened_file_says_so_with_a_place() {
    let other = Files::default().other("gone.backup");
    assert_eq!(other.problem.code, Code::FileIo);
    for container in build::backups() {
        let archive = build::archive(container, &build::metadata());
        let other = Files::one("a.backup", &archive[..60]).other("a.backup");
        let Reason::Unreadable { error } = &other.reason else { panic!("{container}: {:?}", other.reason) };
        assert_eq!(error.code(), Code::HeaderTruncated, "{container}: {error}");
        assert!(matches!(error.cause, Cause::Ended { .. }), "{error:?}");
        let place = error.place.as_ref().expect("it is known where");
        assert!(!place.field.is_empty());
        let remedy = other.problem.remedy.as_deref().unwrap_or_default();
        assert!(remedy.contains("cut short"), "{container}: {remedy}");
    }
}

/// The page opens saved reports again.
#[test]
fn every_reading_survives_its_own_json() {
    let mut readings = fixtures().readings();
    let files = fixtures().below("scenarios/new-containers").without("neo4j-2026-07-01T11-00-00.backup.3");
    readings.extend(files.readings());
    readings.push(Files::one("a", b"BZV9".as_slice()).read("a"));
    readings.push(Files::one("a", b"hello".as_slice()).read("a"));
    readings.push(Files::one("a", b"BTV2\x02\x02".as_slice()).read("a"));
    for time in [i64::MIN, i64::MAX, -62_167_219_201, -62_135_596_801, -1, 253_402_300_800] {
        let metadata =
            Metadata { backup_time: UtcTime(time), lowest: i64::MIN, highest: i64::MAX, ..build::metadata() };
        readings.push(Files::one("a", build::archive(Container::Btv2, &metadata)).read("a"));
    }
    for reading in readings {
        let json = serde_json::to_string(&reading).expect("readings are plain data");
        let back: Reading = serde_json::from_str(&json).unwrap_or_else(|error| panic!("{error}: {json}"));
        assert_eq!(back, reading);
    }
}

/// Neo4j ends a block behind the metadata, and what follows is 128 KiB of contents.
#[test]
fn listing_a_genuine_backup_of_the_second_version_decodes_none_of_its_contents() {
    let files = fixtures();
    let names = files.names().filter(|name| name.0.starts_with("real/"));
    let read = names.map(|name| files.read(&name.0)).filter_map(|reading| match reading {
        Reading::Artifact(artifact) if artifact.container == Container::Bzv2 => Some(*artifact),
        _ => None,
    });
    let read: Vec<_> = read.collect();
    assert!(read.len() >= 16, "{} backups", read.len());
    for artifact in read {
        assert!(artifact.bytes_read < 256, "{}: {} bytes", artifact.path, artifact.bytes_read);
    }
}
