//! Files read as the page's workers read them: `FileReaderSync` over slices, in a real browser's worker.

#![cfg(target_arch = "wasm32")]

use std::io::Read;

use graphkeep_core::log::TxPoint;
use graphkeep_core::plan::{Point, plan};
use graphkeep_core::report::{BackupType, Reading, Reason};
use graphkeep_core::{FileName, chain};
use graphkeep_web::blob_reader::BlobReader;
use graphkeep_web::protocol::{Reply, Request, Work};
use graphkeep_web::worker::answer;
use js_sys::{Array, Uint8Array};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::File;

wasm_bindgen_test_configure!(run_in_dedicated_worker);

macro_rules! fixture {
    ($path:literal) => {
        include_bytes!(concat!("../../tests/fixtures/", $path)).as_slice()
    };
}

fn file(bytes: &[u8]) -> File {
    let bytes = Uint8Array::from(bytes);
    File::new_with_u8_array_sequence(&Array::of1(&bytes), "test.backup").expect("a file can be made of bytes")
}

/// What the page would send, and what the worker would answer.
fn ask(work: Work, files: &[(&str, &[u8])]) -> Reply {
    let names: Vec<FileName> = files.iter().map(|(name, _)| (*name).into()).collect();
    answer(&Request { work, files: names }, files.iter().map(|(_, bytes)| file(bytes)).collect()).0
}

fn read(files: &[(&str, &[u8])]) -> Reading {
    match ask(Work::Read, files) {
        Reply::Read(reading) => reading,
        other => panic!("{other:?}"),
    }
}

#[wasm_bindgen_test]
fn a_file_of_many_slices_is_read_whole_and_in_order() {
    // Past the first slices of 4 and 16 KiB and past the longest, 8 MiB; not a multiple of any.
    let bytes: Vec<u8> =
        (0..20_000_003_u32).map(|at| (at ^ (at >> 8) ^ (at >> 16)).to_le_bytes()[0]).collect();
    let mut reader = BlobReader::new(file(&bytes).into()).expect("a worker can read");
    let mut found = Vec::new();
    // Odd portions, so that reads straddle slices.
    let mut portion = vec![0; 70_001];
    loop {
        let count = reader.read(&mut portion).expect("the file can be read");
        if count == 0 {
            break;
        }
        found.extend_from_slice(&portion[..count]);
    }
    assert!(found == bytes, "{} bytes of {}", found.len(), bytes.len());
    assert_eq!(reader.read(&mut portion).expect("the end stays the end"), 0);
}

#[wasm_bindgen_test]
fn an_empty_file_ends_at_once() {
    let mut reader = BlobReader::new(file(b"").into()).expect("a worker can read");
    assert_eq!(reader.read(&mut [0; 16]).expect("it can be read"), 0);
}

#[wasm_bindgen_test]
fn a_genuine_artifact_reads_as_in_the_terminal() {
    let bytes = fixture!("real/neo4j-2026.05.0/chain/neo4j-2026-03-01T03-00-00.backup");
    let Reading::Artifact(artifact) = read(&[("a/neo4j.backup", bytes)]) else { panic!("not an artifact") };
    assert_eq!(artifact.path, "a/neo4j.backup".into());
    assert_eq!((artifact.kind, artifact.range()), (BackupType::Differential, "20..29".to_owned()));
    assert_eq!(artifact.size, bytes.len() as u64);
    assert!(artifact.bytes_read < artifact.size, "{} bytes", artifact.bytes_read);
}

#[wasm_bindgen_test]
fn parts_of_a_split_archive_come_with_it() {
    let whole = "neo4j-2026-07-01T11-00-00.backup";
    let files = [
        (whole.to_owned(), fixture!("scenarios/new-containers/neo4j-2026-07-01T11-00-00.backup")),
        (format!("{whole}.1"), fixture!("scenarios/new-containers/neo4j-2026-07-01T11-00-00.backup.1")),
        (format!("{whole}.2"), fixture!("scenarios/new-containers/neo4j-2026-07-01T11-00-00.backup.2")),
        (format!("{whole}.3"), fixture!("scenarios/new-containers/neo4j-2026-07-01T11-00-00.backup.3")),
    ];
    let files: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (name.as_str(), *bytes)).collect();
    let Reading::Artifact(artifact) = read(&files) else { panic!("not an artifact") };
    assert_eq!(artifact.split.expect("it is split").parts.len(), 3);
    assert!(artifact.faults.is_empty(), "{:?}", artifact.faults);

    let Reading::Artifact(artifact) = read(&files[..3]) else { panic!("not an artifact") };
    assert_eq!(artifact.faults.len(), 1, "the third part is not there");
}

#[wasm_bindgen_test]
fn a_cut_file_is_an_answer_and_no_crash() {
    let bytes = fixture!("scenarios/gap/neo4j-2025-05-01T10-30-00.backup");
    for len in [0, 3, 4, 20, 90] {
        let Reading::Other(other) = read(&[("cut.backup", &bytes[..len])]) else {
            panic!("{len} bytes are none")
        };
        let stranger = matches!(other.reason, Reason::Stranger { .. });
        assert_eq!(stranger, len < 4, "{len} bytes: {:?}", other.reason);
    }
}

#[wasm_bindgen_test]
fn details_hold_the_fields_and_the_script() {
    let bytes = fixture!("real/neo4j-5.26.28/chain/neo4j-2026-03-01T02-00-00.backup");
    let Reply::Details(details) = ask(Work::Details, &[("neo4j.backup", bytes)]) else {
        panic!("no details")
    };
    assert_eq!(details.fields[0].name, "magic");
    let script = details.script.expect("it has a script").expect("it can be read");
    assert!(script.contains("CREATE ROLE") || script.contains("CREATE USER"), "{script}");
}

const DIFFERENTIAL: &[u8] = fixture!("real/neo4j-2026.05.0/chain/neo4j-2026-03-01T03-00-00.backup");

#[wasm_bindgen_test]
fn transactions_are_listed_round_the_point_that_was_asked_for() {
    let files = [("a.backup", DIFFERENTIAL)];
    let Reply::Transactions(listing) = ask(Work::Transactions(Point::Tx(25)), &files) else {
        panic!("a list")
    };
    assert_eq!((listing.before, listing.after), (0, 0));
    assert_eq!(listing.commits[listing.at].tx, 25);
    assert!(listing.commits.last().is_some_and(|commit| commit.tx == 29), "{listing:?}");
    assert!(listing.commits.iter().all(|commit| commit.time_ms > 0 && commit.bytes > Some(0)), "{listing:?}");
}

#[wasm_bindgen_test]
fn a_plan_stops_at_a_commit_of_its_last_file() {
    let full = fixture!("real/neo4j-2026.05.0/chain/neo4j-2026-03-01T02-00-00.backup");
    let readings = vec![read(&[("0.backup", full)]), read(&[("1.backup", DIFFERENTIAL)])];
    let report = chain::report(readings);
    let files = [("1.backup", DIFFERENTIAL)];
    let plan = plan(&report, &report.databases[0], Point::Tx(25)).expect("it can be reached");
    let Reply::Located(settled, Some(boundary)) = ask(Work::Locate(Box::new(plan.clone())), &files) else {
        panic!("a place")
    };
    let tx = |point: Option<TxPoint>| point.map(|point| point.tx);
    assert_eq!(
        (tx(boundary.last_kept), tx(boundary.first_dropped), settled.reaches_tx),
        (Some(25), Some(26), 25)
    );

    // Of damaged logs nothing is told that lies behind the damage.
    let cut = &DIFFERENTIAL[..DIFFERENTIAL.len() / 3];
    let Reply::Located(settled, _) = ask(Work::Locate(Box::new(plan)), &[("1.backup", cut)]) else {
        panic!("a plan")
    };
    assert!(!settled.notes.is_empty(), "{settled:?}");
}

#[wasm_bindgen_test]
fn a_file_inside_an_artifact_comes_out_as_it_is() {
    let request = |path: &str| Request { work: Work::Extract(path.into()), files: vec!["a.backup".into()] };
    let (reply, blob) = answer(&request("neostore.transaction.db.0"), vec![file(DIFFERENTIAL)]);
    assert_eq!(reply, Reply::Extracted("neostore.transaction.db.0".into(), Ok(())));
    let mut bytes = Vec::new();
    let reader = BlobReader::new(blob.expect("its bytes")).expect("a worker can read");
    reader.take(1 << 20).read_to_end(&mut bytes).expect("it can be read");
    assert!(bytes.len() > 1000, "{}", bytes.len());

    let (reply, blob) = answer(&request("not/there"), vec![file(DIFFERENTIAL)]);
    assert!(matches!(reply, Reply::Extracted(_, Err(_))) && blob.is_none(), "{reply:?}");
}
