//! The last lines: the sum of everything, and the command that leads on.

use std::collections::BTreeMap;

use graphkeep_core::plan::{Command, Purpose, Shell};
use graphkeep_core::report::{Database, Level, OtherFile, State, Summary};

use super::super::page::{Text, Tone};
use super::{Detail, View, is_mere_stranger, tone};
use crate::words::{count, size};

impl View<'_> {
    pub(super) fn summary(&mut self) {
        let summary = &self.report.summary;
        self.page.separate();
        let mut line = Text::default();
        if summary.artifacts + summary.dumps == 0 {
            let text = match summary.files {
                0 => "no files".to_owned(),
                1 => "1 file, and it is no readable Neo4j backup".to_owned(),
                files => format!("{files} files, none is a readable Neo4j backup"),
            };
            line = line.and(Tone::Strong, &text);
        } else {
            let counted = format!(
                "{}, {}, {}",
                count(summary.databases, "database"),
                count(summary.files, "file"),
                size(summary.bytes)
            );
            line = line.and(Tone::Strong, &counted);
            let states = states(summary);
            if !states.is_empty() {
                line = line.and(Tone::Plain, ": ");
                for (at, (state, number)) in states.iter().enumerate() {
                    let comma = if at == 0 { "" } else { ", " };
                    line = line
                        .and(Tone::Plain, comma)
                        .and(tone(*state), &format!("{number} {}", state.as_str()));
                }
            }
            let unsound = self.report.sharded_databases.iter().filter(|sharded| !sharded.valid).count();
            for (number, what) in [
                (unsound as u64, "sharded and broken"),
                (summary.dumps, "of them dumps"),
                (summary.unreadable, "unreadable or damaged"),
                (summary.newer, "from a newer Neo4j"),
            ] {
                if number > 0 {
                    line = line.and(Tone::Plain, &format!("; {number} {what}"));
                }
            }
            let proven = match self.asked.detail {
                Detail::Verdicts => self.proven(),
                Detail::Brief | Detail::Verbose => checked(self.report.level),
            };
            line = line.and(Tone::Faint, &format!(" ({proven})"));
        }
        self.page.paragraph("", "  ", line);
        for next in self.next() {
            self.page.line(&Text::tone(Tone::Strong, "Next: ").and(Tone::Plain, &next));
        }
    }

    /// How far each file holds: `4 verified to L3, 1 damaged`.
    fn proven(&self) -> String {
        let artifacts = self.report.artifacts.iter();
        let artifacts = artifacts.map(|artifact| artifact.is_usable().then(|| artifact.level()));
        let dumps = self.report.dumps.iter().map(|dump| {
            let level = dump.verified.as_ref().map_or(Level::L1, |found| found.level);
            dump.is_usable().then_some(level)
        });
        let mut numbers: BTreeMap<Option<Level>, usize> = BTreeMap::new();
        for level in artifacts.chain(dumps) {
            *numbers.entry(level).or_default() += 1;
        }
        let words = numbers.iter().rev().map(|(level, number)| match level {
            Some(level) => format!("{number} verified to {}", level.as_str()),
            None => format!("{number} damaged"),
        });
        words.collect::<Vec<_>>().join(", ")
    }

    fn next(&self) -> Vec<String> {
        let [worst, rest @ ..] = self.report.databases.as_slice() else {
            return self.next_without_database().into_iter().collect();
        };
        let brief = self.asked.detail != Detail::Verbose;
        let unsound = self.report.sharded_databases.iter().find(|sharded| !sharded.valid);
        match unsound.filter(|_| tone(worst.state) != Tone::Bad) {
            Some(_) if !brief => Vec::new(),
            Some(unsound) => {
                vec![self.command(&["graphkeep", "inspect", "--verbose", "--database", &unsound.name])]
            }
            None if brief && !rest.is_empty() => {
                vec![self.command(&["graphkeep", "inspect", "--database", &self.called(worst)])]
            }
            None => self.next_for(worst),
        }
    }

    /// The name by which a command finds this database and no other.
    fn called(&self, database: &Database) -> String {
        let same_name = self.report.databases.iter().filter(|other| other.name == database.name).count();
        if same_name > 1 { self.short_id(database) } else { database.name.clone() }
    }

    fn next_without_database(&self) -> Option<String> {
        let readable = |other: &&OtherFile| other.bytes_read > 0 && !is_mere_stranger(other);
        if let Some(other) = self.report.others.iter().find(readable) {
            return Some(line(["graphkeep", "show", &other.path.0]));
        }
        if let Some(dump) = self.report.dumps.first() {
            return Some(line(["graphkeep", "show", &dump.path.0]));
        }
        (self.asked.folders_passed_over > 0).then(|| {
            let inside = count(self.asked.folders_passed_over as u64, "folder");
            format!("{}   ({inside} inside not looked into)", self.command(&["graphkeep", "inspect", "-r"]))
        })
    }

    fn next_for(&self, database: &Database) -> Vec<String> {
        let mut next = Vec::new();
        if tone(database.state) == Tone::Bad {
            // Damage behind the header is not what `show` looks at, and a verification has told of it already.
            let mut members = database.members.iter().map(|member| self.artifact(member.artifact));
            let damaged = members.rfind(|artifact| !artifact.faults.is_empty());
            if let Some(damaged) = damaged.filter(|_| self.asked.detail != Detail::Verdicts) {
                next.push(line(["graphkeep", "show", &damaged.path.0]));
            } else if self.asked.folder {
                let folder =
                    database.members.last().map_or("", |last| self.artifact(last.artifact).path.folder());
                let folder = format!("--to-path={}", if folder.is_empty() { "." } else { folder });
                let full =
                    line(["neo4j-admin", "database", "backup", "--type=FULL", &folder, &database.name]);
                next.push(format!("{full}   (begins a new chain)"));
            } else {
                next.push("look at the whole folder: only the files that you named were read".into());
            }
        }
        if database.newest.is_some() {
            next.push(self.command(&["graphkeep", "plan", "--database", &self.called(database)]));
        }
        next
    }

    /// A command on the same files.
    fn command(&self, words: &[&str]) -> String {
        line(words.iter().copied().chain(self.asked.paths.iter().map(String::as_str)))
    }
}

/// Words as a line for a shell.
fn line<'w>(words: impl IntoIterator<Item = &'w str>) -> String {
    let words = words.into_iter().map(str::to_owned).collect();
    Command { purpose: Purpose::Prepare, words, note: None }.line(Shell::Sh)
}

/// What a level says, and what it leaves open.
pub(super) fn checked(level: Level) -> String {
    let words = match level {
        Level::L0 => "names only",
        Level::L1 => "headers read, contents not verified",
        Level::L2 => "contents decoded, transactions not checked",
        Level::L3 => "transactions checked, not restored",
        Level::L4 => "restored by a real Neo4j",
    };
    format!("{}: {words}", level.as_str())
}

fn states(summary: &Summary) -> Vec<(State, u64)> {
    State::ALL
        .iter()
        .rev()
        .map(|state| {
            let number = match state {
                State::Restorable => summary.restorable,
                State::Unverified => summary.unverified,
                State::Unknown => summary.unknown,
                State::RestorableUntil => summary.restorable_until,
                State::Broken => summary.broken,
                State::Corrupt => summary.corrupt,
            };
            (*state, number)
        })
        .filter(|(_, number)| *number > 0)
        .collect()
}
