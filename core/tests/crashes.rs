//! The fuzz targets with an ordinary compiler: what fuzzing found is replayed, and each target runs on damaged
//! fixtures and arbitrary bytes. `fuzz/README.md` says how to fuzz for real.

#![cfg(not(target_arch = "wasm32"))]

mod support;
#[allow(unreachable_pub, reason = "it is the library of the fuzz crate")]
#[path = "../../fuzz/src/targets.rs"]
mod targets;

use std::path::Path;

use proptest::prelude::*;

use crate::support::files::fixtures;
use crate::targets::TARGETS;

fn crashes() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/crashes")
}

/// Each file of `fuzz/crashes/<target>/` once made that target fail.
#[test]
fn nothing_found_by_fuzzing_comes_back() {
    for folder in std::fs::read_dir(crashes()).expect("the folder is there") {
        let folder = folder.expect("it is readable");
        if !folder.path().is_dir() {
            continue;
        }
        let name = folder.file_name().into_string().expect("a target's name");
        let (_, target) = TARGETS
            .iter()
            .find(|(target, _)| *target == name)
            .unwrap_or_else(|| panic!("{name} is no target"));
        for file in std::fs::read_dir(folder.path()).expect("it is readable") {
            let file = file.expect("it is readable").path();
            println!("{}", file.display());
            target(&std::fs::read(&file).expect("it is readable"));
        }
    }
}

#[test]
fn every_target_has_its_binary() {
    let folder = crashes().join("../fuzz_targets");
    let binaries = std::fs::read_dir(folder).expect("the folder is there");
    let binaries: std::collections::BTreeSet<_> = binaries
        .map(|file| file.expect("it is readable").path().file_stem().expect("a name").to_os_string())
        .collect();
    let names: std::collections::BTreeSet<_> = TARGETS.iter().map(|(name, _)| (*name).into()).collect();
    assert_eq!(binaries, names);
}

/// The start of a fixture, with bytes changed, cut out, put in and repeated.
#[derive(Debug, Clone)]
enum Change {
    Set(prop::sample::Index, u8),
    Cut(prop::sample::Index, usize),
    Insert(prop::sample::Index, Vec<u8>),
    Repeat(prop::sample::Index, usize),
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        4 => (any::<prop::sample::Index>(), any::<u8>()).prop_map(|(at, byte)| Change::Set(at, byte)),
        1 => (any::<prop::sample::Index>(), 1_usize..64).prop_map(|(at, len)| Change::Cut(at, len)),
        1 => (any::<prop::sample::Index>(), prop::collection::vec(any::<u8>(), 1..24))
            .prop_map(|(at, bytes)| Change::Insert(at, bytes)),
        1 => (any::<prop::sample::Index>(), 1_usize..64).prop_map(|(at, len)| Change::Repeat(at, len)),
    ]
}

fn changed(mut bytes: Vec<u8>, changes: &[Change]) -> Vec<u8> {
    for change in changes {
        if bytes.is_empty() {
            break;
        }
        match change {
            Change::Set(at, byte) => *at.get_mut(&mut bytes) = *byte,
            Change::Cut(at, len) => {
                let at = at.index(bytes.len());
                bytes.drain(at..bytes.len().min(at + len));
            }
            Change::Insert(at, more) => {
                let at = at.index(bytes.len());
                bytes.splice(at..at, more.iter().copied());
            }
            Change::Repeat(at, len) => {
                let at = at.index(bytes.len());
                let again = bytes[at..bytes.len().min(at + len)].to_vec();
                bytes.splice(at..at, again);
            }
        }
    }
    bytes
}

/// The first bytes of any fixture, changed here and there, mostly near the start.
fn damaged_fixture() -> impl Strategy<Value = Vec<u8>> {
    let starts: Vec<Vec<u8>> =
        fixtures().0.values().map(|bytes| bytes[..bytes.len().min(6000)].to_vec()).collect();
    (prop::sample::select(starts), prop::collection::vec(change(), 0..6), any::<bool>()).prop_map(
        |(mut bytes, changes, near)| {
            if near && bytes.len() > 300 {
                let rest = bytes.split_off(300);
                let mut start = changed(bytes, &changes);
                start.extend(rest);
                return start;
            }
            changed(bytes, &changes)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    #[test]
    fn damaged_fixtures_make_no_target_fail(bytes in damaged_fixture(), extra in any::<[u8; 8]>()) {
        for (_, target) in TARGETS {
            target(&bytes);
            // Some targets take their first bytes for parameters.
            target(&[extra.as_slice(), &bytes].concat());
        }
    }

    #[test]
    fn arbitrary_bytes_make_no_target_fail(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        for (_, target) in TARGETS {
            target(&bytes);
        }
    }

    #[test]
    fn arbitrary_times_make_no_target_fail(text in "[-+0-9TZ:. @a-f]{0,40}(\\.backup)?") {
        targets::time(text.as_bytes());
    }
}
