//! Transaction logs of real databases, whole and damaged in every way that Neo4j's own behaviour tells apart.
//! docs/format.md, "Walking a log".

#![cfg(not(target_arch = "wasm32"))]

mod inside;
mod support;

use std::sync::OnceLock;

use graphkeep_core::log::{Batch, Expected, LogName, LogReport, Logs};
use graphkeep_core::problem::{Code, Severity};
use graphkeep_core::report::{BackupType, Level};
use graphkeep_core::verify::Verification;
use proptest::prelude::*;

use crate::inside::forge::{self, Entries};
use crate::inside::{Inside, codes, end_of_records, said};

const ROTATED: &str = "real/logs/rotated-5.26.28.backup";
const ENVELOPES: &str = "real/logs/envelopes-rotated-2026.05.0.backup";
const CRASHED: &str = "real/logs/zero-tail-after-crash-2026.05.0.backup";
const UPGRADED: &str = "real/logs/upgraded-kernels-5-20-29.backup";
const SWITCHED: &str = "real/logs/format-9-then-10.backup";
const UNRELEASED: &str = "real/logs/format-11-unreleased.backup";

fn kernels(logs: &LogReport) -> Vec<(u8, Option<&str>)> {
    logs.kernels.iter().map(|kernel| (kernel.byte, kernel.introduced_in.as_deref())).collect()
}

#[test]
fn real_logs_read_as_the_notes_beside_them_say() {
    struct Right {
        name: &'static str,
        files: u64,
        formats: &'static [u8],
        kernels: &'static [(u8, Option<&'static str>)],
        last: i64,
        checkpoints: u64,
        level: Level,
    }
    let right = [
        Right {
            name: ROTATED,
            files: 8,
            formats: &[9],
            kernels: &[(20, Some("5.25"))],
            last: 410,
            checkpoints: 6,
            level: Level::L3,
        },
        Right {
            name: ENVELOPES,
            files: 15,
            formats: &[10],
            kernels: &[(29, Some("2026.02"))],
            last: 410,
            checkpoints: 6,
            level: Level::L3,
        },
        Right {
            name: CRASHED,
            files: 1,
            formats: &[9],
            kernels: &[(29, Some("2026.02"))],
            last: 160,
            checkpoints: 1,
            level: Level::L3,
        },
        Right {
            name: UPGRADED,
            files: 3,
            formats: &[8, 9],
            kernels: &[(5, Some("5.0")), (20, Some("5.25")), (29, Some("2026.02"))],
            last: 71,
            checkpoints: 4,
            level: Level::L3,
        },
        Right {
            name: SWITCHED,
            files: 2,
            formats: &[9, 10],
            kernels: &[(28, Some("2026.01")), (29, Some("2026.02"))],
            last: 70,
            checkpoints: 4,
            level: Level::L3,
        },
        Right {
            name: UNRELEASED,
            files: 1,
            formats: &[11],
            kernels: &[(254, None)],
            last: 29,
            checkpoints: 2,
            level: Level::L2,
        },
    ];
    for right in right {
        let name = right.name;
        let inside = Inside::of(name);
        let found = inside.verified();
        assert_eq!(found.level, right.level, "{name}: {}", said(&found));
        let logs = found.logs.as_ref().expect("there are logs");
        assert_eq!((logs.files, logs.formats.as_slice()), (right.files, right.formats), "{name}");
        assert_eq!(kernels(logs), right.kernels, "{name}");
        let (first, last) = (logs.first.expect("a first"), logs.last.expect("a last"));
        assert_eq!((first.append_index, first.tx), (2, 2), "{name}");
        assert_eq!((last.append_index, last.tx), (right.last, right.last), "{name}");
        let count = u64::try_from(right.last - 1).expect("positive");
        assert_eq!((logs.batches, logs.transactions), (count, count), "{name}");
        assert_eq!(
            (logs.checkpoints, logs.checkpoints_agreed),
            (right.checkpoints, right.checkpoints),
            "{name}"
        );
        assert_eq!(logs.histogram.bins.values().sum::<u64>(), count, "{name}");

        let batches = inside.batches();
        assert_eq!(batches.len() as u64, count, "{name}");
        assert!(batches.windows(2).all(|pair| pair[1].append_index == pair[0].append_index + 1), "{name}");
    }
}

/// The offset as an index.
fn index(offset: u64) -> usize {
    usize::try_from(offset).expect("small")
}

/// The only problem of that code.
#[track_caller]
fn message(found: &Verification, code: Code) -> &str {
    let mut of_code = found.problems.iter().filter(|problem| problem.code == code);
    let message = &of_code.next().unwrap_or_else(|| panic!("{code} is said; {}", said(found))).message;
    assert!(of_code.next().is_none(), "{code} is said once; {}", said(found));
    message
}

/// Contents are sound, transactions are not, and these are the reasons.
#[track_caller]
fn assert_said(found: &Verification, expected: &[Code]) {
    assert_eq!((found.level, codes(found).as_slice()), (Level::L2, expected), "{}", said(found));
}

/// The logs whose last transaction is promised, one for each way to find the end of a batch: format, kernel,
/// fixture, log.
const ENDS: [(&str, u64); 4] = [(ROTATED, 7), (UPGRADED, 2), (SWITCHED, 0), (SWITCHED, 1)];

/// That log alone, without a zero tail, and its last batch.
fn end_of(fixture: &str, number: u64) -> (Inside, Batch) {
    let inside = Inside::of(fixture).only(number, u64::MAX / 2);
    let last = inside.batches().last().expect("there are batches").clone();
    (inside, last)
}

#[test]
fn a_last_transaction_that_the_file_cuts_is_torn_and_lost() {
    for (fixture, number) in ENDS {
        let (inside, last) = end_of(fixture, number);
        let (start, end) = (index(last.at), index(last.end));
        for cut in [end - 1, end - 4, end - 21, start + (end - start) / 2, start + 40, start + 2, start + 1] {
            let mut inside = inside.clone();
            inside.log(number).truncate(cut);
            let found = inside.verified();
            assert_said(&found, &[Code::LogTorn, Code::LogRange]);
            let torn = message(&found, Code::LogTorn);
            let bytes =
                inside.log(number)[start..].iter().rposition(|byte| *byte != 0).map_or(0, |at| at + 1);
            assert!(torn.contains(&format!("`neostore.transaction.db.{number}`")), "{torn}");
            assert!(
                torn.contains(&format!("the batch at byte {start} has no valid end ({bytes} bytes")),
                "{torn}"
            );
            let range = message(&found, Code::LogRange);
            let promise = format!("promises tx up to {}, and the logs hold up to {}", last.tx, last.tx - 1);
            assert!(range.contains(&promise), "{range}");
        }
    }
}

#[test]
fn a_last_transaction_that_ends_in_zeros_is_torn_and_lost() {
    for (fixture, number) in ENDS {
        let (inside, last) = end_of(fixture, number);
        let (start, end) = (index(last.at), index(last.end));
        for from in [end - 4, end - 18, start + (end - start) / 2, start + 6] {
            let mut inside = inside.clone();
            let log = inside.log(number);
            log[from..].fill(0);
            log.resize(end + 4096, 0);
            assert_said(&inside.verified(), &[Code::LogTorn, Code::LogRange]);
        }
        // Nothing is left of it: only the promise tells.
        let mut inside = inside.clone();
        inside.log(number)[start..].fill(0);
        assert_said(&inside.verified(), &[Code::LogRange]);
        inside.log(number).truncate(start);
        assert_said(&inside.verified(), &[Code::LogRange]);
    }
}

#[test]
fn a_last_transaction_with_one_wrong_bit_is_named_as_neo4j_treats_it() {
    for (fixture, number) in ENDS {
        let (inside, last) = end_of(fixture, number);
        let (start, end) = (index(last.at), index(last.end));
        for zeros in [0, 5000] {
            for at in [start + 36, start + (end - start) / 2, end - 40, end - 1] {
                let mut inside = inside.clone();
                let log = inside.log(number);
                log[at] ^= 0x10;
                log.resize(end + zeros, 0);
                let found = inside.verified();
                assert_said(&found, &[Code::LogTorn, Code::LogRange]);
                let torn = message(&found, Code::LogTorn);
                assert!(torn.contains("Neo4j drops it without a word"), "{torn}");
                if log_format(&inside, number) < 10 {
                    assert!(
                        torn.contains(&format!("the last batch, bytes {start} to {end}, is damaged")),
                        "{torn}"
                    );
                }
            }
        }
    }
}

fn log_format(inside: &Inside, number: u64) -> u8 {
    inside.clone().log(number)[0]
}

#[test]
fn an_earlier_transaction_with_a_wrong_byte_is_named_with_where_the_log_goes_on() {
    for (fixture, number) in ENDS {
        let (inside, _) = end_of(fixture, number);
        let batches = inside.batches();
        let of_file: Vec<_> =
            batches.iter().filter(|batch| batch.file == number && batch.end_file == number).collect();
        // In the middle, and the first, whose kernel byte nothing confirms.
        for pair in [[of_file[0], of_file[1]], [of_file[of_file.len() / 2], of_file[of_file.len() / 2 + 1]]] {
            let [broken, next] = pair;
            let (start, end) = (index(broken.at), index(broken.end));
            let format = log_format(&inside, number);
            // Kernel byte, type, times, command bytes, commit, checksum.
            let places = [start, start + 1, start + 5, usize::midpoint(start, end), end - 20, end - 1];
            for at in places {
                let mut inside = inside.clone();
                inside.log(number)[at] ^= 0x02;
                let found = inside.verified();
                assert_eq!(found.level, Level::L2, "{fixture} at {at}: {}", said(&found));
                // A length that does not hold leads nowhere.
                if format < 10 || !(start + 5..start + 9).contains(&at) {
                    let corrupt = message(&found, Code::LogCorrupt);
                    let expected =
                        format!("the batch at byte {start} is damaged; the log verifies again from byte");
                    assert!(corrupt.contains(&expected), "{fixture} at {at}: {corrupt}");
                    // An envelope may be one of several of its batch.
                    let resumes = format!("from byte {}", next.at);
                    assert!(corrupt.contains(&resumes) || format >= 10, "{fixture} at {at}: {corrupt}");
                }
            }
        }
    }
}

#[test]
fn garbage_behind_the_last_transaction_is_found_wherever_it_is() {
    let garbage: Vec<u8> = (0..20).map(|at| 0x9f_u8.wrapping_mul(at + 3) | 1).collect();
    for (fixture, number) in ENDS {
        let (inside, last) = end_of(fixture, number);
        let end = index(last.end);
        let mut right_behind = inside.clone();
        right_behind.log(number).extend(&garbage);
        let found = right_behind.verified();
        assert_eq!(found.level, Level::L2, "{fixture}: {}", said(&found));
        let first = &found.problems[0];
        assert!([Code::LogGarbage, Code::LogCorrupt].contains(&first.code), "{}", said(&found));
        assert!(first.message.contains(&format!("at byte {end}")), "{}", first.message);
        assert_eq!(found.logs.expect("logs").last.map(|last| last.tx), Some(last.tx), "all of it is there");

        for behind in [7, 300, 5000, 200_000] {
            let mut inside = inside.clone();
            let log = inside.log(number);
            log.resize(end + behind, 0);
            log.push(0x80);
            log.resize(end + behind + 70_000, 0);
            let found = inside.verified();
            assert_said(&found, &[Code::LogGarbage]);
            let said = message(&found, Code::LogGarbage);
            assert!(said.contains(&format!("found data at byte {}", end + behind)), "{said}");
        }
    }
}

#[test]
fn a_rotated_file_that_is_cut_is_told_from_a_torn_tail() {
    for fixture in [ROTATED, ENVELOPES] {
        let mut inside = Inside::of(fixture);
        let log = inside.log(3);
        // Up to 38 zeros are padding of a segment.
        log.truncate(log.len() - 40);
        let found = inside.verified();
        assert_eq!(found.level, Level::L2);
        assert!(
            message(&found, Code::LogCut).contains("`neostore.transaction.db.3` is cut short"),
            "{}",
            said(&found)
        );

        // Cut between two batches: nothing in the file itself is wrong.
        let mut inside = Inside::of(fixture);
        let last = inside.batches().into_iter().rfind(|batch| batch.end_file == 3).expect("it has some");
        inside.log(3).truncate(index(last.at));
        let found = inside.verified();
        assert_eq!(found.level, Level::L2);
        assert!(message(&found, Code::LogGap).contains("neostore.transaction.db.4"), "{}", said(&found));

        // Zeros at its end: as if it had been preallocated and never filled.
        let mut inside = Inside::of(fixture);
        inside.log(3).extend([0; 4096]);
        let found = inside.verified();
        assert!(message(&found, Code::LogCut).contains("4096 zero bytes"), "{}", said(&found));
    }
}

#[test]
fn a_file_that_is_missing_is_named() {
    for fixture in [ROTATED, ENVELOPES] {
        let found = Inside::of(fixture).without("neostore.transaction.db.3").verified();
        assert_eq!(found.level, Level::L2);
        let gap = message(&found, Code::LogGap);
        assert!(gap.contains("log file 3 is missing between"), "{gap}");

        let found = Inside::of(fixture)
            .without("neostore.transaction.db.3")
            .without("neostore.transaction.db.4")
            .verified();
        let gap = message(&found, Code::LogGap);
        assert!(gap.contains("log files 3 to 4 are missing between"), "{gap}");
    }
    // The first one is missed by the promise, the last one by both.
    let found = Inside::of(ROTATED).without("neostore.transaction.db.0").verified();
    assert_said(&found, &[Code::LogRange]);
    assert!(message(&found, Code::LogRange).contains("needs them from tx 2 on"), "{}", said(&found));
    let found = Inside::of(ROTATED).without("neostore.transaction.db.7").verified();
    assert_said(&found, &[Code::LogCheckpoint, Code::LogRange]);
    // All of them.
    let mut inside = Inside::of(ROTATED);
    inside.files.retain(|(path, _)| path.starts_with("checkpoint"));
    assert_said(&inside.verified(), &[Code::LogNone]);
}

#[test]
fn a_file_under_another_name_is_found_by_its_header() {
    for fixture in [ROTATED, ENVELOPES] {
        let last = if fixture == ROTATED { 7 } else { 14 };
        let swapped = Inside::of(fixture)
            .renamed("neostore.transaction.db.3", "x")
            .renamed("neostore.transaction.db.4", "neostore.transaction.db.3")
            .renamed("x", "neostore.transaction.db.4");
        let found = swapped.verified();
        assert_eq!(found.level, Level::L2);
        assert_eq!(
            codes(&found).iter().filter(|code| **code == Code::LogHeader).count(),
            2,
            "{}",
            said(&found)
        );

        let renamed = Inside::of(fixture).renamed(
            &format!("neostore.transaction.db.{last}"),
            &format!("neostore.transaction.db.{}", last + 1),
        );
        let found = renamed.verified();
        assert!(
            message(&found, Code::LogHeader).contains(&format!("it is number {last}")),
            "{}",
            said(&found)
        );
        assert!(codes(&found).contains(&Code::LogGap), "{}", said(&found));

        let mut inside = Inside::of(fixture);
        inside.log(2)[7] = 9;
        let found = inside.verified();
        assert!(message(&found, Code::LogHeader).contains("it is number 9: expected 2"), "{}", said(&found));
        assert_eq!(found.level, Level::L2);
    }
}

#[test]
fn a_log_of_another_store_is_told() {
    for (fixture, offset) in [(ROTATED, 24), (ENVELOPES, 16), (UPGRADED, 16)] {
        let mut inside = Inside::of(fixture);
        // The last byte of the creation time, behind the version byte.
        inside.log(0)[offset + 8] ^= 1;
        let found = inside.verified();
        assert_said(&found, &[Code::LogOtherStore]);
        assert!(
            message(&found, Code::LogOtherStore).contains("`neostore.transaction.db.0`"),
            "{}",
            said(&found)
        );
    }
}

#[test]
fn an_index_in_a_header_that_does_not_follow_is_a_gap() {
    for (fixture, offset) in [(ROTATED, 16), (ENVELOPES, 8), (UPGRADED, 16)] {
        let mut inside = Inside::of(fixture);
        inside.log(1)[offset + 7] ^= 1;
        let found = inside.verified();
        assert_eq!(found.level, Level::L2, "{fixture}");
        assert!(codes(&found).iter().all(|code| *code == Code::LogGap), "{}", said(&found));
    }
}

#[test]
fn a_checkpoint_beyond_the_logs_says_that_their_end_is_lost() {
    for fixture in [UPGRADED, SWITCHED] {
        let mut inside = Inside::of(fixture).trimmed();
        let last = inside.batches().last().expect("there are some").clone();
        // The promise is kept down, so that only the checkpoint tells.
        inside.metadata.highest = last.append_index - 1;
        inside.log(last.file).truncate(index(last.at));
        let found = inside.verified();
        assert_said(&found, &[Code::LogCheckpoint]);
        assert!(message(&found, Code::LogCheckpoint).contains("their end is lost"), "{}", said(&found));
    }
}

#[test]
fn every_wrong_byte_in_a_checkpoint_record_is_found() {
    let mut flipped = 0;
    for fixture in [UPGRADED, SWITCHED, CRASHED] {
        let inside = Inside::of(fixture).trimmed();
        for (path, bytes) in &inside.files {
            let Some(LogName::Checkpoints(number)) = LogName::of(path) else { continue };
            let start = if bytes[0] >= 10 { 128 << 10 } else { 128 };
            assert_eq!(bytes.len() as u64, end_of_records(bytes));
            for at in start..bytes.len() {
                let mut bytes = bytes.clone();
                bytes[at] ^= 0x41;
                let report = walked([(path.as_str(), bytes.as_slice())]);
                let errors =
                    report.problems.iter().filter(|problem| problem.severity == Severity::Error).count();
                assert!(errors > 0, "{fixture}, checkpoint.{number}, byte {at}: {:?}", report.problems);
                flipped += 1;
            }
        }
    }
    assert!(flipped > 8 * 232, "{flipped}");
}

/// What a walk of these files says, with nothing promised.
fn walked<'f>(files: impl IntoIterator<Item = (&'f str, &'f [u8])>) -> LogReport {
    let mut logs = Logs::new(Expected::default());
    for (path, bytes) in files {
        let name = LogName::of(path).expect("a log's name");
        logs.file(path, name, bytes, &mut |_| {}).expect("memory can be read");
    }
    logs.finish(&mut |_| {})
}

#[test]
fn a_checkpoint_that_contradicts_its_transaction_is_told() {
    // Time of the commit and checksum, as the record has them; its own checksum is right.
    for (field, bit) in [(123, 1_u8), (127, 1)] {
        let mut inside = Inside::of(CRASHED);
        let record = &mut inside.file("checkpoint.0")[128..360];
        record[field] ^= bit;
        let sum = crc32c::crc32c(&record[..228]);
        record[228..].copy_from_slice(&sum.to_le_bytes());
        let found = inside.verified();
        assert_said(&found, &[Code::LogCheckpoint]);
        assert!(
            message(&found, Code::LogCheckpoint).contains("byte 128 of `checkpoint.0` names tx 3"),
            "{}",
            said(&found)
        );
    }
    // A place that is not its end: comparable only where the logs are the database's own, not cut out of them.
    let mut inside = Inside::of(CRASHED);
    let record = &mut inside.file("checkpoint.0")[128..360];
    record[10] ^= 1;
    let sum = crc32c::crc32c(&record[..228]);
    record[228..].copy_from_slice(&sum.to_le_bytes());
    assert_eq!(inside.verified().level, Level::L3);
    inside.metadata.flags.full = true;
    inside.metadata.lowest = 1;
    let found = inside.verified();
    assert_eq!(
        found.problems.first().map(|problem| problem.code),
        Some(Code::LogCheckpoint),
        "{}",
        said(&found)
    );
}

/// A byte of a batch changed and its checksum made right: what somebody else's history looks like.
fn rewritten(inside: &mut Inside, batch: &Batch) {
    let log = inside.log(batch.file);
    let (start, end) = (index(batch.at), index(batch.end));
    let middle = start + (end - start) / 2;
    log[middle] ^= 0xff;
    if log[0] < 10 {
        let sum = crc32c::crc32c(&log[start..end - 4]);
        log[end - 4..end].copy_from_slice(&sum.to_le_bytes());
    } else {
        let sum = crc32c::crc32c(&log[start + 4..end]);
        log[start..start + 4].copy_from_slice(&sum.to_le_bytes());
    }
}

#[test]
fn a_transaction_of_another_history_breaks_the_chain_of_checksums() {
    for fixture in [ROTATED, ENVELOPES] {
        let inside = Inside::of(fixture);
        let batches = inside.batches();
        let whole: Vec<_> = batches.iter().filter(|batch| batch.file == 3 && batch.end_file == 3).collect();
        // In one envelope: its length says so.
        let is_single = |batch: &Batch| {
            let log = &inside.clone().log(3)[index(batch.at)..index(batch.end)].to_vec();
            fixture == ROTATED || log[4] == 1
        };
        let middle = whole[whole.len() / 3..].iter().find(|batch| is_single(batch)).expect("there is one");
        let mut changed = inside.clone();
        rewritten(&mut changed, middle);
        let found = changed.verified();
        assert_eq!(found.level, Level::L2, "{fixture}");
        let chain = message(&found, Code::LogChain);
        assert!(
            chain.contains("`neostore.transaction.db.3`") && chain.contains("follows a batch with checksum"),
            "{chain}"
        );

        // The last of a file: the next file's first batch, or its header, knows.
        let last = whole.iter().rfind(|batch| is_single(batch)).expect("there is one");
        let mut changed = inside.clone();
        rewritten(&mut changed, last);
        let found = changed.verified();
        let chain = message(&found, Code::LogChain);
        assert!(chain.contains("`neostore.transaction.db."), "{chain}");
        assert_eq!(found.level, Level::L2);
    }
}

/// A file of one database between those of another, with the same numbers and the same store id.
#[test]
fn two_histories_spliced_at_a_file_are_told_apart() {
    let mut inside = Inside::of(ROTATED);
    let batches = inside.batches();
    // Every batch of the last file rewritten, each linked to the one before: a history that is whole in itself.
    let mut previous: Option<u32> = None;
    for batch in batches.iter().filter(|batch| batch.file == 7) {
        let (start, end) = (index(batch.at), index(batch.end));
        let log = inside.log(7);
        if let Some(previous) = previous {
            log[start + 18..start + 22].copy_from_slice(&previous.to_le_bytes());
        } else {
            log[start + 18] ^= 1;
        }
        let sum = crc32c::crc32c(&log[start..end - 4]);
        log[end - 4..end].copy_from_slice(&sum.to_le_bytes());
        previous = Some(sum);
    }
    let found = inside.verified();
    let chain = message(&found, Code::LogChain);
    assert!(chain.contains("they are of different histories"), "{chain}");
}

/// Where a format links its batches, an artifact tells what must come before it.
#[test]
fn an_artifact_knows_the_checksum_before_its_first_transaction() {
    for (fixture, number) in [(ROTATED, 7), (UPGRADED, 1), (SWITCHED, 1)] {
        let whole = Inside::of(fixture);
        let inside = whole.clone().only(number, 9000);
        let first = inside.metadata.lowest;
        let before = whole.batches().into_iter().find(|batch| batch.append_index == first - 1);
        let links = inside.verified().logs.expect("logs").links;
        assert_eq!(links.before_lowest, before.map(|before| before.checksum), "{fixture}");
        assert!(links.before_lowest.is_some() && links.at_highest.is_some(), "{fixture}");
    }
    let links = Inside::of(SWITCHED).only(0, 3000).verified().logs.expect("logs").links;
    assert_eq!(links.before_lowest, None, "format 9 from kernel 22 on has no chain");
}

#[test]
fn log_files_in_any_order_inside_the_archive_give_the_same_report() {
    for fixture in [ROTATED, ENVELOPES, UPGRADED, SWITCHED] {
        let inside = Inside::of(fixture);
        let right = inside.verified();
        for turn in [1, 3, 5] {
            let mut turned = inside.clone();
            let len = turned.files.len();
            turned.files.rotate_left(turn % len);
            assert_eq!(turned.verified().logs, right.logs, "{fixture}");
            turned.files.reverse();
            assert_eq!(turned.verified().logs, right.logs, "{fixture}");
        }
    }
}

#[test]
fn a_transaction_that_holds_whole_logs_and_forged_commits_misleads_nobody() {
    for (fixture, number) in [(ROTATED, 7), (UPGRADED, 2)] {
        let (inside, last) = end_of(fixture, number);
        let embedded = inside.clone().log(number).clone();
        let mut commands = vec![7; 100];
        // A log as it is, cut anywhere, and from a batch's first byte on.
        commands.extend(&embedded);
        commands.extend(&embedded[index(last.at)..]);
        commands.extend(&embedded[..embedded.len() / 2]);
        for forged in (0..=255_u8).cycle().take(20_000) {
            commands.extend([last.kernel, 3, last.kernel, 5]);
            commands.extend((last.tx + 1 + i64::from(forged % 50)).to_le_bytes());
            commands.extend(last.time_ms.to_le_bytes());
            commands.extend([forged, 1, 2, 3]);
        }
        let entries = Entries::after(&last);
        let mut inside = inside.clone();
        inside.metadata.highest += 2;
        let first = entries.transaction(&commands);
        let second = Entries {
            append_index: entries.append_index + 1,
            tx: entries.tx + 1,
            ..entries.following(&first)
        };
        inside.log(number).extend(first.iter().chain(&second.transaction(b"\x05")));
        let found = inside.verified();
        assert_eq!(found.level, Level::L3, "{fixture}: {}", said(&found));
        let logs = found.logs.as_ref().expect("logs");
        assert_eq!(logs.last.map(|last| last.tx), Some(last.tx + 2));

        // The same with its own last byte gone: nothing inside it poses as its end.
        let mut torn = inside.clone();
        let log = torn.log(number);
        log.truncate(index(last.end) + first.len() - 1);
        let found = torn.verified();
        assert_eq!(found.level, Level::L2, "{fixture}");
        assert_eq!(found.logs.expect("logs").last.map(|last| last.tx), Some(last.tx), "{fixture}");
    }
}

/// Multi-version batches: no real database at hand writes them, so these come from their described layout.
#[test]
fn chunks_and_rollbacks_are_batches_too() {
    for (fixture, number) in [(ROTATED, 7), (UPGRADED, 2)] {
        let (mut inside, last) = end_of(fixture, number);
        let batches = inside.batches().len() as u64;
        let mut entries = Entries::after(&last);
        let log = inside.log(number);
        for (step, piece) in forge::multi_version(&mut entries).into_iter().enumerate() {
            assert!(!piece.is_empty(), "{step}");
            log.extend(piece);
        }
        inside.metadata.highest = entries.append_index - 1;
        let found = inside.verified();
        assert_eq!(found.level, Level::L3, "{fixture}: {}", said(&found));
        let logs = found.logs.expect("logs");
        assert_eq!((logs.batches, logs.transactions), (batches + 7, batches + 3));
    }
}

/// A log for each layout, with few transactions: format, kernel, fixture, number.
const LAYOUTS: [(u8, u8, &str, u64); 5] = [
    (8, 5, UPGRADED, 0),
    (9, 20, UPGRADED, 1),
    (9, 29, UPGRADED, 2),
    (9, 28, SWITCHED, 0),
    (10, 29, SWITCHED, 1),
];

fn expected(inside: &Inside) -> Expected {
    Expected {
        kind: Some(BackupType::Differential),
        lowest: Some(inside.metadata.lowest),
        highest: Some(inside.metadata.highest),
        store_id: Some(inside.metadata.store_id.clone()),
    }
}

fn walked_as(expected: &Expected, number: u64, bytes: &[u8]) -> LogReport {
    let mut logs = Logs::new(expected.clone());
    let name = LogName::Transactions(number);
    logs.file("a log", name, bytes, &mut |_| {}).expect("memory can be read");
    logs.finish(&mut |_| {})
}

fn is_refused(report: &LogReport) -> bool {
    report.problems.iter().any(|problem| problem.severity == Severity::Error)
}

#[test]
fn every_wrong_byte_of_every_transaction_is_found() {
    for (format, kernel, fixture, number) in LAYOUTS {
        let mut inside = Inside::of(fixture).only(number, 6000);
        let batches = inside.batches();
        let expected = expected(&inside);
        let log = inside.log(number).clone();
        assert!(
            log[0] == format && batches.iter().all(|batch| batch.kernel == kernel),
            "{fixture}, log {number}"
        );
        assert!(
            batches.len() > 4 && !is_refused(&walked_as(&expected, number, &log)),
            "{fixture}, log {number}"
        );
        let mut bytes = log.clone();
        for at in index(batches[0].at)..log.len() {
            // Every bit in turn, and all of them.
            for mask in [1 << (at % 8), 0xff] {
                bytes[at] ^= mask;
                let report = walked_as(&expected, number, &bytes);
                assert!(is_refused(&report), "{fixture}, log {number}, byte {at} ^ {mask:02x}: {report:#?}");
                bytes[at] = log[at];
            }
        }
        // Through the whole artifact, here and there.
        for at in (index(batches[0].at)..log.len()).step_by(log.len() / 24) {
            inside.log(number)[at] ^= 0x20;
            let found = inside.verified();
            assert_eq!(found.level, Level::L2, "{fixture}, log {number}, byte {at}: {}", said(&found));
            inside.log(number)[at] = log[at];
        }
    }
}

#[test]
fn a_log_cut_anywhere_never_holds_what_was_promised() {
    for (_, _, fixture, number) in LAYOUTS {
        let mut inside = Inside::of(fixture).only(number, 3000);
        let expected = expected(&inside);
        let log = inside.log(number).clone();
        for len in 0..log.len() {
            // The 128 KiB in front of envelopes hold nothing but the header.
            if (200..130_900).contains(&len) && log[0] >= 10 && len % 997 != 0 {
                continue;
            }
            let report = walked_as(&expected, number, &log[..len]);
            assert!(is_refused(&report), "{fixture}, log {number}, {len} bytes: {report:#?}");
            // Zeros in place of what is missing.
            let mut zeroed = log.clone();
            zeroed[len..].fill(0);
            if zeroed == log {
                continue;
            }
            let report = walked_as(&expected, number, &zeroed);
            assert!(is_refused(&report), "{fixture}, log {number}, {len} bytes, then zeros: {report:#?}");
        }
    }
}

/// Three files and one batch through all of them: what a transaction larger than a file leaves.
#[test]
fn a_transaction_longer_than_a_file_is_one_transaction() {
    let (mut inside, last) = end_of(SWITCHED, 1);
    let envelopes = forge::Envelopes::after(&last);
    let payload = vec![0x29; 150_000];
    let [first, middle, end] = envelopes.over_three_files(inside.log(1), &payload);
    let number = |number: u64| format!("neostore.transaction.db.{number}");
    *inside.log(1) = first;
    inside.files.push((number(2), middle));
    inside.files.push((number(3), end));
    inside.metadata.highest += 2;
    let found = inside.verified();
    assert_eq!(found.level, Level::L3, "{}", said(&found));
    let logs = found.logs.expect("logs");
    assert_eq!(logs.last.map(|last| last.append_index), Some(last.append_index + 2));
    let spanning = inside.batches().into_iter().find(|batch| batch.append_index == last.append_index + 1);
    let spanning = spanning.expect("it is handed out");
    assert_eq!((spanning.file, spanning.end_file, spanning.tx), (1, 3, last.tx + 1));

    let missing = inside.clone().without(&number(2)).verified();
    assert_eq!(missing.level, Level::L2);
    assert!(codes(&missing).contains(&Code::LogGap), "{}", said(&missing));
    let mut cut = inside.clone();
    cut.log(3).truncate((128 << 10) + 100);
    cut.metadata.highest -= 2;
    let cut = cut.verified();
    assert_said(&cut, &[Code::LogCut, Code::LogTorn, Code::LogGap]);
    let begun = format!("`neostore.transaction.db.2` is cut short: the batch at byte {} has", 128 << 10);
    assert!(message(&cut, Code::LogCut).contains(&begun), "{}", said(&cut));
}

#[test]
fn an_envelope_of_unknown_content_is_counted_and_said_to_be_unknown() {
    let (mut inside, last) = end_of(SWITCHED, 1);
    let mut envelopes = forge::Envelopes::after(&last);
    let (unknown, known) =
        (envelopes.full(99, b"a later version's affair"), envelopes.transaction(64, b"after it"));
    let cluster = envelopes.transaction(0, b"with a prefix before it");
    let log = inside.log(1);
    for envelope in [unknown, known, cluster] {
        log.extend(envelope);
    }
    inside.metadata.highest += 3;
    let found = inside.verified();
    assert_said(&found, &[Code::LogNewer]);
    assert!(message(&found, Code::LogNewer).contains("1 entries"), "{}", said(&found));
    let logs = found.logs.expect("logs");
    assert_eq!(logs.last.map(|last| last.append_index), Some(last.append_index + 3));
}

#[test]
fn a_newer_kernel_is_newer_only_if_its_checksums_hold() {
    let (mut inside, last) = end_of(UPGRADED, 2);
    let newer = Entries { kernel: 31, ..Entries::after(&Batch { kernel: 29, ..last.clone() }) };
    let batch = newer.transaction(b"of a later version");
    inside.log(2).extend(&batch);
    inside.metadata.highest += 1;
    let found = inside.verified();
    assert_said(&found, &[Code::LogNewer]);
    assert!(message(&found, Code::LogNewer).contains("kernel byte 31"), "{}", said(&found));

    *inside.log(2).last_mut().expect("it has bytes") ^= 1;
    let found = inside.verified();
    assert!(!codes(&found).contains(&Code::LogNewer) && found.level == Level::L2, "{}", said(&found));
}

#[test]
fn two_checkpoints_of_one_transaction_both_agree() {
    let mut inside = Inside::of(CRASHED);
    let records = inside.file("checkpoint.0");
    let record = records[128..360].to_vec();
    records[360..592].copy_from_slice(&record);
    for _ in 0..2 {
        let logs = inside.verified().logs.expect("logs");
        assert_eq!((logs.checkpoints, logs.checkpoints_agreed), (2, 2));
        // The log first, then its checkpoints.
        inside.files.reverse();
    }
}

/// Time and memory go with the bytes, however many findings or beginnings a log pretends to have.
#[test]
fn a_hostile_log_costs_no_more_than_its_bytes() {
    let (inside, last) = end_of(UPGRADED, 2);
    let head = inside.clone().log(2)[..index(last.end)].to_vec();
    // Starts without end, then pairs that may all be the end of any of them.
    let mut starts = head.clone();
    for _ in 0..200 {
        let mut start = vec![29, 1];
        start.extend(1_i64.to_le_bytes());
        start.extend(0x051d_051d_051d_0500_i64.to_le_bytes());
        start.extend((last.append_index + 1).to_le_bytes());
        start.extend(0_i32.to_le_bytes());
        starts.extend(start);
    }
    starts.extend([29, 5].repeat(1 << 16));
    // Batches whose numbers never follow.
    let mut gaps = head;
    let mut entries = Entries::after(&last);
    for at in 0..20_000 {
        entries.append_index = last.append_index + 2 + at % 7;
        gaps.extend(entries.transaction(b""));
    }
    for (log, most) in [(starts, 5), (gaps, 20)] {
        let report = walked_as(&Expected::default(), 2, &log);
        assert!(is_refused(&report) && report.problems.len() <= most, "{:?}", report.problems);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Anything done to a log: a verdict; and a log that lost or changed a byte of a transaction is refused.
    #[test]
    fn whatever_happens_to_a_log_it_is_judged(
        which in 0..LAYOUTS.len(),
        changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>(), 0_u8..4), 1..5),
    ) {
        static LOGS: OnceLock<Vec<(Expected, u64, Vec<u8>)>> = OnceLock::new();
        let logs = LOGS.get_or_init(|| LAYOUTS.map(|(_, _, fixture, number)| {
            let mut inside = Inside::of(fixture).only(number, 3000);
            (expected(&inside), inside.batches()[0].at, inside.log(number).clone())
        }).to_vec());
        let number = LAYOUTS[which].3;
        let (expected, data_at, log) = logs[which].clone();
        let mut bytes = log.clone();
        for (at, byte, how) in changes {
            let at = at.index(bytes.len());
            match how {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                2 if bytes.len() > 1 => { bytes.remove(at); }
                _ => bytes.truncate(at.max(1)),
            }
        }
        let report = walked_as(&expected, number, &bytes);
        let same = bytes.get(index(data_at)..).is_some_and(|left| left.starts_with(&log[index(data_at)..]));
        prop_assert!(same || is_refused(&report), "{report:#?}");
    }
}
