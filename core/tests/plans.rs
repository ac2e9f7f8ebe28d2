//! Which files restore a point, or why none do; and that the commands say to a shell what they say here.

#![cfg(not(target_arch = "wasm32"))]

mod support;

use graphkeep_core::chain;
use graphkeep_core::plan::{self, Command, Plan, Point, Purpose, Shell, Unreachable};
use graphkeep_core::report::{Database, Report};
use graphkeep_core::time::UtcTime;
use proptest::prelude::*;

use crate::support::build::Backup;
use crate::support::files::fixtures;

fn scenario(name: &str) -> Report {
    fixtures().below(&format!("scenarios/{name}")).report()
}

fn database<'r>(report: &'r Report, name: &str) -> &'r Database {
    report.databases.iter().find(|database| database.name == name).expect("the scenario has it")
}

fn planned(report: &Report, name: &str, point: &str) -> Result<Plan, Box<Unreachable>> {
    plan::plan(report, database(report, name), Point::parse(point).expect("a point"))
}

/// `F1..10 D11..20 until 16`: the files in order and what `--restore-until` says.
fn text(plan: &Plan) -> String {
    let step = |step: &plan::Step| {
        let kind = &step.kind.as_str()[..1];
        format!("{}{}..{}", kind.to_uppercase(), step.lowest_tx, step.highest_tx)
    };
    let mut words: Vec<_> = plan.steps.iter().map(step).collect();
    words.extend(plan.restore_until.iter().map(|until| format!("until {until}")));
    words.join(" ")
}

/// `20 | 40`: the nearest points before and after.
fn nearest(unreachable: &Unreachable) -> String {
    let side = |near: Option<plan::Nearest>| near.map_or("-".to_owned(), |near| near.tx.to_string());
    format!("{} | {}", side(unreachable.before), side(unreachable.after))
}

/// What is planned, or the neighbours of what cannot be reached.
fn answer(report: &Report, name: &str, point: &str) -> String {
    match planned(report, name, point) {
        Ok(plan) => {
            let bytes: u64 = plan.steps.iter().map(|step| report.artifacts[step.artifact].size).sum();
            assert_eq!(plan.bytes, bytes);
            text(&plan)
        }
        Err(unreachable) => {
            assert!(!unreachable.why.is_empty());
            nearest(&unreachable)
        }
    }
}

#[test]
fn the_newest_point_of_every_scenario_is_its_newest_chain() {
    for (name, expected) in [
        ("latest-as-parent", "F1..40 D41..50"),
        ("prefer-diff-as-parent", "F1..40 D31..50"),
        ("gap", "F1..10 D11..20"),
        ("overlap-after-full", "F1..40 D31..50 D51..60"),
        ("overlap-between-diffs", "F1..10 D11..20"),
        ("orphan-diffs", "- | -"),
        ("store-replaced", "F1..10"),
        ("duplicate-copies", "F1..10 D11..20"),
        ("only-empty", "- | -"),
        ("new-containers", "F1..12 D13..20 D21..22"),
    ] {
        assert_eq!(answer(&scenario(name), "neo4j", "newest"), expected, "{name}");
    }
    let manual = scenario("manual-example");
    assert_eq!(answer(&manual, "malmo", "newest"), "F1..8");
    assert_eq!(answer(&manual, "london", "newest"), "F1..5 D6..6");
}

#[test]
fn a_transaction_is_reached_by_the_files_up_to_it() {
    for (name, tx, expected) in [
        // In the first full: it can be restored whole only.
        ("latest-as-parent", 9, "- | 10"),
        ("latest-as-parent", 10, "F1..10"),
        ("latest-as-parent", 15, "F1..10 D11..20 until 16"),
        ("latest-as-parent", 20, "F1..10 D11..20"),
        ("latest-as-parent", 30, "F1..10 D11..20 D21..30"),
        // In the second full, and no differential holds it.
        ("latest-as-parent", 35, "30 | 40"),
        ("latest-as-parent", 40, "F1..40"),
        ("latest-as-parent", 41, "F1..40 D41..50 until 42"),
        ("latest-as-parent", 51, "50 | -"),
        // The chain that does not begin with the newer full leads through it.
        ("prefer-diff-as-parent", 35, "F1..10 D11..20 D21..30 D31..50 until 36"),
        ("prefer-diff-as-parent", 45, "F1..40 D31..50 until 46"),
        ("gap", 20, "F1..10 D11..20"),
        ("gap", 25, "20 | -"),
        ("gap", 35, "20 | -"),
        ("overlap-after-full", 41, "F1..40 D31..50 until 42"),
        ("overlap-after-full", 39, "- | 40"),
        ("overlap-between-diffs", 19, "F1..10 D11..20 until 20"),
        ("overlap-between-diffs", 25, "20 | -"),
        ("store-replaced", 15, "10 | -"),
        ("orphan-diffs", 15, "- | -"),
    ] {
        assert_eq!(answer(&scenario(name), "neo4j", &format!("tx {tx}")), expected, "{name}, tx {tx}");
    }
}

#[test]
fn a_time_is_reached_by_the_files_that_hold_it() {
    for (name, time, expected) in [
        ("latest-as-parent", "2025-05-01 10:00:00", "- | 10"),
        ("latest-as-parent", "2025-05-01 10:30:00", "F1..10"),
        ("latest-as-parent", "2025-05-01 11:00:00", "F1..10 D11..20 until 2025-05-01 11:00:00"),
        ("latest-as-parent", "2025-05-01 15:00:00", "F1..40 D41..50 until 2025-05-01 15:00:00"),
        ("latest-as-parent", "2025-05-01 15:30:00", "F1..40 D41..50"),
        ("latest-as-parent", "2025-05-01 15:30:01", "50 | -"),
        ("gap", "2025-05-01 11:30:00", "F1..10 D11..20"),
        // What was committed up to noon may be among what is missing.
        ("gap", "2025-05-01 12:00:00", "20 | -"),
        ("gap", "2025-05-01 14:00:00", "20 | -"),
    ] {
        assert_eq!(answer(&scenario(name), "neo4j", time), expected, "{name}, {time}");
    }
    let real = fixtures().below("real/neo4j-5.26.28/chain").report();
    let until = "F1..19 D20..29 until 2026-03-01 02:40:00";
    assert_eq!(answer(&real, "neo4j", "before 2026-03-01 03:40:00+01:00"), until);
}

#[test]
fn a_point_out_of_reach_says_why() {
    for (name, point, parts) in [
        ("gap", "tx 25", vec!["25", "21..30"]),
        ("gap", "tx 35", vec!["35", "`neo4j-2025-05-01T13-30-00.backup`", "cannot be used"]),
        ("latest-as-parent", "tx 35", vec!["35", "full", "whole"]),
        ("latest-as-parent", "tx 5", vec!["oldest full", "whole"]),
        ("latest-as-parent", "tx 99", vec!["end at tx 50"]),
        ("latest-as-parent", "2025-05-01 09:00:00", vec!["before the oldest"]),
        ("latest-as-parent", "2025-06-01", vec!["2025-05-01 15:30:00", "tx 50"]),
        ("orphan-diffs", "newest", vec!["no full"]),
    ] {
        let unreachable = planned(&scenario(name), "neo4j", point).expect_err("it is out of reach");
        for part in parts {
            assert!(unreachable.why.contains(part), "{name}, {point}: {}", unreachable.why);
        }
    }
}

#[test]
fn an_empty_backup_proves_the_time_up_to_it() {
    let backups = [
        Backup::full("f.backup", 1_000_000, 10),
        Backup::differential("d.backup", 2_000_000, 11, 20),
        Backup::empty("e.backup", 3_000_000),
    ];
    let report = chain::report(backups.iter().map(Backup::reading).collect());
    assert_eq!(answer(&report, "neo4j", "@2500000"), "F1..10 D11..20");
    assert_eq!(answer(&report, "neo4j", "@3000000"), "F1..10 D11..20");
    assert_eq!(answer(&report, "neo4j", "@3000001"), "20 | -");
}

fn command(plan: &Plan, purpose: Purpose) -> Option<Vec<&str>> {
    let command = plan.commands.iter().find(|command| command.purpose == purpose)?;
    Some(command.words.iter().map(String::as_str).collect())
}

#[test]
fn the_commands_are_neo4j_admins_own() {
    let folder = fixtures().below("scenarios/latest-as-parent");
    let report = folder.report();
    let plan = planned(&report, "neo4j", "tx 45").expect("it is in reach");
    let expected = [
        "neo4j-admin",
        "database",
        "restore",
        "--from-path=neo4j-2025-05-01T15-30-00.backup",
        "--restore-until=46",
        "neo4j",
    ];
    assert_eq!(command(&plan, Purpose::Enterprise).as_deref(), Some(expected.as_slice()));
    assert_eq!(command(&plan, Purpose::Community), None, "it would load the full alone");
    assert!(plan.notes.iter().any(|note| note.contains("Community")), "{:?}", plan.notes);

    // Two fulls of one database in one folder: Community's load refuses to choose, so one is set apart.
    let plan = planned(&report, "neo4j", "tx 40").expect("it is in reach");
    let expected = ["neo4j-admin", "database", "load", "--from-path=restore-neo4j", "neo4j"];
    assert_eq!(command(&plan, Purpose::Community).as_deref(), Some(expected.as_slice()));
    let lines: Vec<_> = plan.commands.iter().map(|command| command.line(Shell::Sh)).collect();
    assert!(lines.contains(&"mkdir restore-neo4j".to_owned()), "{lines:?}");

    // A time has a space, so it is quoted.
    let plan = planned(&report, "neo4j", "2025-05-01 15:00:00").expect("it is in reach");
    let line = plan.commands[0].line(Shell::Sh);
    assert!(line.contains("'--restore-until=2025-05-01 15:00:00'"), "{line}");
}

/// A chain over folders is copied into one first, each file under a name of its own.
#[test]
fn scattered_files_are_gathered_without_one_covering_another() {
    let backups = [
        Backup::full("mon/b.backup", 1, 10),
        Backup::differential("tue/b.backup", 2, 11, 20),
        Backup::differential("wed/c.backup", 3, 21, 30),
    ];
    let report = chain::report(backups.iter().map(Backup::reading).collect());
    let plan = planned(&report, "neo4j", "newest").expect("it is in reach");
    let copies: Vec<_> = plan.commands.iter().filter(|command| command.words[0] == "cp").collect();
    let targets: std::collections::BTreeSet<_> = copies.iter().map(|command| &command.words[2]).collect();
    assert_eq!((copies.len(), targets.len()), (3, 3), "{copies:#?}");
    let last = &copies[2].words[2];
    let restore = command(&plan, Purpose::Enterprise).expect("there is one");
    assert!(restore.contains(&format!("--from-path={last}").as_str()), "{restore:?}");
}

/// Names come from files: they are neither options nor ways to other folders.
#[test]
fn a_hostile_database_name_stays_a_name() {
    for name in ["--overwrite-destination=true", "../../etc", "-x", "a b; rm -rf ~", "$(id)"] {
        let backups = [
            Backup { database: name.to_owned(), ..Backup::full("a/1.backup", 1, 10) },
            Backup { database: name.to_owned(), ..Backup::differential("b/2.backup", 2, 11, 20) },
        ];
        let report = chain::report(backups.iter().map(Backup::reading).collect());
        let plan = planned(&report, name, "newest").expect("it is in reach");
        for command in &plan.commands {
            let folders = command.words.iter().filter(|word| word.starts_with("restore-"));
            for folder in folders {
                let (first, rest) = folder.split_once('/').unwrap_or((folder, ""));
                assert!(!first.contains(['/', '\\']) && !rest.contains('/'), "{folder}");
            }
            if command.words[0] == "neo4j-admin" {
                let at = command.words.iter().position(|word| word == name).expect("the name is there");
                assert!(!name.starts_with('-') || command.words[at - 1] == "--", "{:?}", command.words);
            }
        }
    }
}

/// What the shell itself makes of a line.
#[cfg(unix)]
fn words_by_sh(line: &str) -> Vec<String> {
    let script = format!("printf '%s\\0' {line}");
    let output = std::process::Command::new("sh").arg("-c").arg(script).output().expect("there is a shell");
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("words are UTF-8");
    let mut words: Vec<_> = text.split('\0').map(str::to_owned).collect();
    assert_eq!(words.pop().as_deref(), Some(""), "each word ends with a NUL");
    words
}

/// PowerShell's rules for what the lines here hold: bare words, and words in single quotes in which a quote of
/// any kind stands twice.
fn words_by_powershell(line: &str) -> Vec<String> {
    let is_quote = |char: char| matches!(char, '\'' | '\u{2018}'..='\u{201b}');
    let mut words = Vec::new();
    let mut chars = line.chars().peekable();
    while chars.peek().is_some() {
        let mut word = String::new();
        if chars.next_if(|char| is_quote(*char)).is_some() {
            loop {
                let char = chars.next().expect("a quote is closed");
                if !is_quote(char) {
                    word.push(char);
                } else if let Some(second) = chars.next_if(|char| is_quote(*char)) {
                    word.push(second);
                } else {
                    break;
                }
            }
        } else {
            while let Some(char) = chars.next_if(|char| *char != ' ') {
                assert!(!"$`\"'@#(){},;&|<>*?[]~%\n\t".contains(char), "{char:?} is bare in {line}");
                word.push(char);
            }
        }
        words.push(word);
        assert!(chars.next().is_none_or(|char| char == ' '), "{line}");
    }
    words
}

fn command_of(words: Vec<String>) -> Command {
    Command { purpose: Purpose::Prepare, words, note: None }
}

#[test]
fn what_a_shell_reads_is_what_was_meant() {
    let words: Vec<String> = [
        "/backups/my files/neo4j-2025-05-01T10-30-00.backup",
        "it's",
        "$HOME $(id) `id`",
        "\"double\"",
        "new\nline",
        "a\\b",
        "trailing\\",
        "",
        "*",
        "~",
        "!history",
        "{a,b}",
        "#hash",
        "a;b&c|d>e<f",
        "ünïcödé ‘typographic’",
        "--from-path=/a b",
    ]
    .map(str::to_owned)
    .to_vec();
    let command = command_of(words.clone());
    #[cfg(unix)]
    assert_eq!(words_by_sh(&command.line(Shell::Sh)), words);
    assert_eq!(words_by_powershell(&command.line(Shell::PowerShell)), words);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_words_come_through_either_shell(
        words in prop::collection::vec(prop_oneof!["[^\0]{0,20}", "[ '\"$`\\\\\n!*?~#&|;<>(){}\u{2019}-]{0,12}"], 1..30),
    ) {
        let command = command_of(words.clone());
        #[cfg(unix)]
        prop_assert_eq!(words_by_sh(&command.line(Shell::Sh)), words.clone());
        prop_assert_eq!(words_by_powershell(&command.line(Shell::PowerShell)), words);
    }

    #[test]
    fn no_text_makes_a_point_panic(text in ".{0,30}", time in any::<i64>()) {
        let _ = Point::parse(&text);
        let _ = Point::parse(&format!("tx {text}"));
        let _ = Point::parse(&format!("before {text}"));
        prop_assert_eq!(Point::parse(&UtcTime(time).to_string()), Ok(Point::Before(UtcTime(time))));
    }
}
