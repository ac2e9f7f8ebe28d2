//! Files cut at every offset and changed in every byte: a reading or an error, and never a false one.

#![cfg(not(target_arch = "wasm32"))]

mod support;

use std::collections::BTreeSet;

use graphkeep_core::container::Container;
use graphkeep_core::report::{Artifact, Details, Reading, Reason};

use crate::support::build;
use crate::support::files::{Files, fixtures};

/// Whole archives with their siblings, small enough to damage everywhere: the scenarios, the empty backups of
/// real databases, and every container made here.
fn small() -> Vec<(String, Files)> {
    let (mut all, mut lengths) = (Vec::new(), BTreeSet::new());
    for (name, bytes) in &fixtures().0 {
        let note = name.ends_with("spec.tsv") || name.ends_with("README.md");
        // Of those that differ in numbers only, one is enough.
        if bytes.len() > 3000 || note || !lengths.insert(bytes.len()) {
            continue;
        }
        // A split archive needs its parts beside it, and those begin with its name.
        let beside = fixtures().0.iter().filter(|(other, _)| other.starts_with(name.as_str()));
        let files = beside.map(|(name, bytes)| (name.clone(), bytes.clone())).collect();
        all.push((name.clone(), Files(files)));
    }
    let script = build::gzip(b"CREATE USER a;\n");
    let metadata = build::with_map([
        (graphkeep_core::metadata::COMPRESSED_SCRIPT, script.as_slice()),
        ("topology_version", b"1"),
        ("virtual_name", b"foo"),
        ("virtual_id", b"99999999-8888-4777-8666-555555555555"),
        ("shard_count", b"2"),
        ("of tomorrow", b"\xff\xfe"),
    ]);
    for container in Container::ALL {
        let archive = if container.is_backup() {
            build::archive(container, &metadata)
        } else {
            build::container_of(container, b"")
        };
        all.push((
            format!("whole.{container}"),
            Files::one(&format!("whole.{container}"), archive.as_slice()),
        ));
        let name = format!("split.{container}");
        all.push((name.clone(), build::split(&name, &archive, archive.len() / 3)));
    }
    assert!(all.len() > 35, "{} files", all.len());
    all
}

/// What the header says, without what depends on the file's length.
fn said(artifact: &Artifact) -> Artifact {
    Artifact { size: 0, bytes_read: 0, faults: Vec::new(), archive_size: None, ..artifact.clone() }
}

#[test]
fn every_prefix_is_an_error_or_reads_as_the_whole() {
    for (name, files) in small() {
        let whole = files.read(&name);
        let bytes = &files.0[&name];
        for end in 0..bytes.len() {
            let cut = files.clone().with(&name, &bytes[..end]);
            match (cut.read(&name), &whole) {
                (Reading::Artifact(found), Reading::Artifact(whole)) => {
                    assert_eq!(said(&found), said(whole), "{name} cut at {end}");
                }
                (Reading::Dump(found), Reading::Dump(whole)) => {
                    assert_eq!(found.container, whole.container, "{name} cut at {end}");
                }
                (Reading::Other(_), _) => {}
                (found, _) => panic!("{name} cut at {end} was read as {found:?}"),
            }
        }
    }
}

/// A cut header is never passed over as something that is no artifact: the four bytes of the magic are enough
/// to know better.
#[test]
fn a_cut_artifact_is_not_taken_for_a_stranger() {
    for (name, files) in small() {
        let Reading::Artifact(_) = files.read(&name) else {
            continue;
        };
        let bytes = &files.0[&name];
        for end in 4..bytes.len() {
            let cut = files.clone().with(&name, &bytes[..end]);
            if let Reading::Other(other) = cut.read(&name) {
                assert!(
                    matches!(other.reason, Reason::Unreadable { .. }),
                    "{name} cut at {end}: {:?}",
                    other.reason
                );
                assert!(other.problem.remedy.is_some(), "{name} cut at {end}: {}", other.problem.message);
            }
        }
    }
}

/// In the archives made here, one of each container, the first bytes take each other value: they hold what
/// steers the reader. All else takes a few masks.
#[test]
fn every_changed_byte_is_an_error_or_a_reading() {
    let all: Vec<u8> = (1..=255).collect();
    for (name, files) in small() {
        let made_here = !name.contains('/');
        for file in files.0.keys() {
            let mut damaged = files.clone();
            for at in 0..files.0[file].len() {
                let masks: &[u8] = match at {
                    0..20 if made_here && *file == name => &all,
                    _ if at < 400 => &[0x01, 0xff],
                    // Behind the header nothing is looked at: a sample shows that.
                    _ if at % 97 == 0 => &[0xff],
                    _ => &[],
                };
                for mask in masks {
                    damaged.0.get_mut(file).expect("it is there")[at] ^= mask;
                    check(&damaged.details(&name), &damaged, &name);
                    damaged.0.get_mut(file).expect("it is there")[at] ^= mask;
                }
            }
        }
    }
}

/// What holds for every reading whatsoever.
fn check(details: &Details, files: &Files, name: &str) {
    let Details { reading, fields, .. } = details;
    let stored: usize = files.0.values().map(Vec::len).sum();
    // The headers of parts are read twice: when they are counted and when they are joined.
    let most = stored + 24 * files.0.len();
    assert!(reading.bytes_read() <= most as u64, "{name}: {} of {stored} bytes", reading.bytes_read());
    assert!(
        fields.iter().all(|field| field.hex.len() <= 128 && field.value.len() <= 300),
        "{name}: {fields:?}"
    );
    match reading {
        Reading::Artifact(artifact) => assert_eq!(artifact.store_id_hash, artifact.store_id.hash()),
        Reading::Dump(_) => {}
        Reading::Other(other) => {
            assert!(other.problem.message.contains(name.rsplit('/').next().unwrap_or(name)));
        }
    }
}

/// Damage in a plain header is either in a field that can hold it, or it is found: the reading that comes out
/// differs from the whole one exactly where the damaged byte says so.
#[test]
fn a_changed_byte_of_a_plain_header_changes_its_own_field_only() {
    let name = "a.backup";
    let files = Files::one(name, build::archive(Container::Btv2, &build::with_map([("k", b"v".as_slice())])));
    let Details { reading: Reading::Artifact(whole), fields, .. } = files.details(name) else {
        panic!("it reads")
    };
    for field in fields.iter().filter(|field| !field.name.starts_with("length of")) {
        for at in field.offset..field.offset + field.len {
            let mut damaged = files.clone();
            damaged.0.get_mut(name).expect("it is there")[usize::try_from(at).expect("small")] ^= 0x01;
            let Reading::Artifact(found) = damaged.read(name) else {
                let fixed = ["magic", "metadata version", "store id version", "map entries"];
                assert!(fixed.contains(&field.name.as_str()), "{} may hold any value", field.name);
                continue;
            };
            assert_ne!(found, whole, "{} at {at} is read", field.name);
        }
    }
}
