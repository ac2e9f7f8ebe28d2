//! Transaction logs of real databases, whole and damaged in every way that Neo4j's own behaviour tells apart.
//! docs/format.md, "Walking a log".

#![cfg(not(target_arch = "wasm32"))]

mod inside;
mod support;

use graphkeep_core::log::{Batch, Expected, LogName, LogReport, Logs};
use graphkeep_core::problem::{Code, Severity};
use graphkeep_core::report::Level;
use graphkeep_core::verify::Verification;

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
            let lost = message(&found, Code::LogRange);
            let promise = format!("promises tx up to {}, and the logs hold up to {}", last.tx, last.tx - 1);
            assert!(lost.contains(&promise), "{lost}");
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
            let places = [start, start + 1, start + 5, (start + end) / 2, end - 20, end - 1];
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
        for forged in 0..20_000_i64 {
            commands.extend([last.kernel, 3, last.kernel, 5]);
            commands.extend((last.tx + 1 + forged % 50).to_le_bytes());
            commands.extend(last.time_ms.to_le_bytes());
            commands.extend([forged as u8, 1, 2, 3]);
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
