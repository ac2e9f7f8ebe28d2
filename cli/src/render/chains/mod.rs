//! The view for people: databases, worst first; for a single one its chains, what is missing, and every
//! artifact. A pipe gets the same rows and columns, plain.

mod database;
mod summary;

use std::collections::{BTreeMap, HashSet};

use graphkeep_core::FileName;
use graphkeep_core::problem::{Problem, Severity};
use graphkeep_core::report::{
    Artifact, ArtifactId, Database, Dump, OtherFile, Reason, Report, ShardState, ShardedDatabase, State,
};
use graphkeep_core::stranger::Stranger;

use self::database::chain_length;
use super::Look;
use super::page::{Column, Page, Row, Text, Tone};
use crate::select::{Listed, Selection};
use crate::words::{count, duration, size};

/// Characters of the first group of an id.
const FIRST_GROUP: usize = 8;
/// Entries of a list that are shown without `--verbose`.
const SHOWN: usize = 10;

/// How much is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Detail {
    /// The chains and artifacts of a database where there is but one.
    Brief,
    /// Of all of them, and every file that is no backup.
    Verbose,
    /// One row a database, and the findings of those that are not well. The files were listed before.
    Verdicts,
}

/// What was asked for, as far as the view repeats it.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) selection: Selection,
    pub(crate) detail: Detail,
    /// The words that name the same files on a command line.
    pub(crate) paths: Vec<String>,
    /// Whether one of them is a folder.
    pub(crate) folder: bool,
    /// Folders inside them that were not looked into.
    pub(crate) folders_passed_over: usize,
}

/// The whole view.
pub(crate) fn text(report: &Report, asked: &Asked, look: &Look) -> String {
    let mut view = View {
        report,
        asked,
        shared_starts: shared_starts(report),
        several_folders: several_folders(report),
        page: Page::new(look),
    };
    let (sound, unsound): (Vec<_>, Vec<_>) =
        report.sharded_databases.iter().partition(|sharded| sharded.valid);
    view.sharded(&unsound);
    view.databases();
    view.sharded(&sound);
    if asked.detail != Detail::Verdicts {
        view.dumps();
        view.others();
    }
    view.summary();
    view.page.into_text()
}

struct View<'r> {
    report: &'r Report,
    asked: &'r Asked,
    /// First groups of ids that several databases have in common.
    shared_starts: HashSet<String>,
    /// Whether it takes a folder to tell files apart.
    several_folders: bool,
    page: Page<'r>,
}

impl<'r> View<'r> {
    fn artifact(&self, id: ArtifactId) -> &'r Artifact {
        &self.report.artifacts[id]
    }

    /// The sign in front of a state, with its colour. The word always stands beside it.
    fn sign(&self, state: State) -> Text {
        match state {
            State::Restorable => Text::tone(Tone::Good, self.page.glyph("✓", "v")),
            State::Unverified => Text::tone(Tone::Warning, "!"),
            State::Unknown => Text::tone(Tone::Warning, "?"),
            State::RestorableUntil | State::Broken | State::Corrupt => Text::tone(Tone::Bad, self.bad()),
        }
    }

    fn bad(&self) -> &'static str {
        self.page.glyph("✗", "X")
    }

    fn databases(&mut self) {
        let databases = &self.report.databases;
        if self.asked.detail == Detail::Verdicts {
            return self.verdicts();
        }
        if let [database] = databases.as_slice() {
            return self.database(database);
        }
        if databases.is_empty() {
            return;
        }
        self.estate();
        for problem in &self.report.problems {
            self.page.blank();
            self.problem(problem, "");
        }
        for database in databases {
            if self.asked.detail == Detail::Verbose {
                self.database(database);
            } else if self.asked.selection.listed != Listed::All {
                self.page.separate();
                self.page.line(&self.title(database.state, &database.name, &database.id.to_string()));
                self.artifacts(database);
            }
        }
    }

    fn verdicts(&mut self) {
        if self.report.databases.is_empty() {
            return;
        }
        self.estate();
        for problem in &self.report.problems {
            self.page.blank();
            self.problem(problem, "");
        }
        for database in &self.report.databases {
            let errors = database.problems.iter().filter(|problem| {
                problem.severity == Severity::Error && !is_of_one_file(problem.code.as_str())
            });
            let errors: Vec<&Problem> = errors.collect();
            if !errors.is_empty() {
                self.page.separate();
                self.page.line(&self.title(database.state, &database.name, &database.id.to_string()));
            }
            for problem in errors {
                self.problem(problem, "  ");
            }
        }
    }

    /// One row a database.
    fn estate(&mut self) {
        self.page.separate();
        let columns = [
            Column::left(""),
            Column::left("STATE"),
            Column::left("DATABASE"),
            Column::left("ID"),
            Column::left("RESTORABLE UNTIL (UTC)"),
            Column::right("TX"),
            Column::right("AGE").spare(1),
            Column::left("CHAIN").spare(2),
            Column::right("TO READ").spare(3),
            Column::left("LARGEST GAP").spare(4),
            Column::left("WHY"),
        ];
        let look = self.page.look();
        let rows = self.report.databases.iter().map(|database| {
            let newest = database.newest.as_ref();
            let chain = newest.map(|newest| &database.chains[newest.chain]);
            Row::Cells(vec![
                self.sign(database.state),
                Text::tone(tone(database.state), database.state.as_str()),
                Text::tone(Tone::Strong, &database.name),
                self.short_id(database).into(),
                newest.map_or_else(|| "-".to_owned(), |newest| look.time(newest.time)).into(),
                newest.map_or_else(|| "-".to_owned(), |newest| newest.tx.to_string()).into(),
                newest
                    .and_then(|newest| Some(duration(look.now?.0.saturating_sub(newest.time.0))))
                    .unwrap_or_default()
                    .into(),
                chain.map(chain_length).unwrap_or_default().into(),
                chain.map(|chain| size(chain.bytes)).unwrap_or_default().into(),
                database.largest_gap.map(|gap| duration(gap.seconds)).unwrap_or_default().into(),
                why(database).into(),
            ])
        });
        let rows: Vec<Row> = rows.collect();
        self.page.table("", &columns, &rows);
    }

    /// The first group of a database's id, or all of it where the group does not tell it from another.
    fn short_id(&self, database: &Database) -> String {
        let id = database.id.to_string();
        if self.shared_starts.contains(&id[..FIRST_GROUP]) { id } else { id[..FIRST_GROUP].to_owned() }
    }

    /// `✗ broken  orders  7dcb1d0c-...`
    fn title(&self, state: State, name: &str, id: &str) -> Text {
        self.sign(state)
            .and(Tone::Plain, " ")
            .and(tone(state), state.as_str())
            .and(Tone::Plain, "  ")
            .and(Tone::Strong, name)
            .and(Tone::Faint, &format!("  {id}"))
    }

    fn problem(&mut self, problem: &Problem, indent: &str) {
        let (tone, sign) = match problem.severity {
            Severity::Error => (Tone::Bad, self.bad()),
            Severity::Warning => (Tone::Warning, "!"),
            Severity::Note => (Tone::Faint, "-"),
        };
        let text = Text::tone(tone, sign)
            .and(Tone::Plain, " ")
            .and(Tone::Plain, &problem.message)
            .and(Tone::Faint, &format!(" ({})", problem.code));
        let deeper = format!("{indent}  ");
        self.page.paragraph(indent, &deeper, text);
        if let Some(remedy) = &problem.remedy {
            self.remedy(remedy, &deeper);
        }
    }

    fn remedy(&mut self, remedy: &str, indent: &str) {
        let arrow = self.page.glyph("→ ", "> ");
        let text = Text::tone(Tone::Strong, arrow).and(Tone::Plain, remedy);
        self.page.paragraph(indent, &format!("{indent}  "), text);
    }

    fn sharded(&mut self, databases: &[&ShardedDatabase]) {
        for sharded in databases {
            self.one_sharded(sharded);
        }
    }

    fn one_sharded(&mut self, sharded: &ShardedDatabase) {
        self.page.separate();
        let (state, words) = if sharded.valid {
            (State::Unverified, "  sharded; its shards fit together")
        } else {
            (State::Broken, "  sharded; its shards do not fit together")
        };
        let title = self.title(state, &sharded.name, &sharded.id.to_string()).and(Tone::Plain, words);
        self.page.paragraph("", "  ", title);
        let columns = [Column::left(""), Column::left("SHARD"), Column::left("STATUS"), Column::left("FILE")];
        let rows = sharded.shards.iter().map(|shard| {
            let bad = shard.state != ShardState::Ok;
            let tone = if bad { Tone::Bad } else { Tone::Plain };
            let file = shard.artifact.map_or("", |id| self.artifact(id).path.base());
            Row::Cells(vec![
                Text::tone(Tone::Bad, if bad { self.bad() } else { "" }),
                Text::from(shard.database.as_str()),
                Text::tone(tone, &shard.status),
                Text::from(file),
            ])
        });
        let rows: Vec<Row> = rows.collect();
        self.page.table("  ", &columns, &rows);
        // The table says what is wrong with which shard; what to do about it is the same for each kind.
        let mut said = HashSet::new();
        for problem in sharded.problems.iter().filter(|problem| said.insert((problem.code, &problem.remedy)))
        {
            match &problem.remedy {
                Some(remedy) => self.remedy(&format!("{remedy} ({})", problem.code), "  "),
                None => self.problem(problem, "  "),
            }
        }
    }

    fn dumps(&mut self) {
        if self.report.dumps.is_empty() {
            return;
        }
        self.page.separate();
        let text = "  without metadata: time, transactions and store are not in the file";
        self.page.line(&Text::tone(Tone::Strong, "DUMPS").and(Tone::Faint, text));
        let columns = [
            Column::left("DATABASE BY NAME"),
            Column::left("CONTAINER"),
            Column::right("SIZE"),
            Column::left("CONTENTS"),
            Column::left("FILE"),
        ];
        let rows = self.report.dumps.iter().map(|dump| {
            Row::Cells(vec![
                dump.database_by_name.as_deref().unwrap_or("unknown").into(),
                dump.container.name().into(),
                size(dump.size).into(),
                contents(dump).into(),
                dump.path.0.as_str().into(),
            ])
        });
        let rows: Vec<Row> = rows.collect();
        self.page.table("  ", &columns, &rows);
        for dump in &self.report.dumps {
            for fault in &dump.faults {
                let text = Text::tone(Tone::Bad, self.bad())
                    .and(Tone::Plain, &format!(" `{}` is damaged: {fault}", dump.path.base()))
                    .and(Tone::Faint, &format!(" ({})", fault.code()));
                self.page.paragraph("  ", "    ", text);
            }
        }
    }

    /// Files that are no readable backups: one cause once, with a count.
    fn others(&mut self) {
        let (strangers, unreadable): (Vec<&OtherFile>, Vec<&OtherFile>) =
            self.report.others.iter().partition(|other| is_mere_stranger(other));
        let verbose = self.asked.detail == Detail::Verbose;
        if !unreadable.is_empty() {
            self.page.separate();
            self.page.line(&Text::tone(Tone::Strong, "CANNOT BE USED"));
            let mut causes: BTreeMap<String, Vec<&OtherFile>> = BTreeMap::new();
            for other in &unreadable {
                causes.entry(cause(other)).or_default().push(other);
            }
            for files in causes.values() {
                let shown = if verbose { files.len() } else { 1 };
                for other in &files[..shown] {
                    self.other(other);
                }
                let more = files.len() - shown;
                if more > 0 {
                    self.page.line(&Text::tone(
                        Tone::Faint,
                        &format!("    and {more} more like it; --verbose lists them"),
                    ));
                }
            }
        }
        if strangers.is_empty() {
            return;
        }
        self.page.separate();
        if verbose {
            self.page.line(&Text::tone(Tone::Strong, "NO BACKUPS"));
            for other in strangers {
                let what = stranger(other).map_or("something else", Stranger::what);
                self.page.paragraph("  ", "    ", format!("{}: {what}", other.path));
            }
            return;
        }
        self.page.paragraph("", "  ", Text::tone(Tone::Faint, &kinds(&strangers)));
    }

    fn other(&mut self, other: &OtherFile) {
        // Called like a backup and none: that is more than a note.
        let severity = other.problem.severity.max(Severity::Warning);
        self.problem(&Problem { severity, ..other.problem.clone() }, "  ");
        if self.several_folders {
            self.page.line(&Text::tone(Tone::Faint, &format!("    in {}", other.path.folder())));
        }
    }
}

/// What stands under the file already, where files were listed.
fn is_of_one_file(code: &str) -> bool {
    ["payload.", "archive.", "log.", "header."].iter().any(|layer| code.starts_with(layer))
}

fn tone(state: State) -> Tone {
    match state {
        State::Restorable => Tone::Good,
        State::Unverified | State::Unknown => Tone::Warning,
        State::RestorableUntil | State::Broken | State::Corrupt => Tone::Bad,
    }
}

fn shared_starts(report: &Report) -> HashSet<String> {
    let mut seen = HashSet::new();
    let starts = report.databases.iter().map(|database| database.id.to_string()[..FIRST_GROUP].to_owned());
    starts.filter(|start| !seen.insert(start.clone())).collect()
}

/// What stands in the way, or what to know before a restore.
fn why(database: &Database) -> String {
    if let Some(reason) = reason(database) {
        return reason.to_owned();
    }
    let warnings = database.problems.iter().filter(|problem| problem.severity == Severity::Warning).count();
    let mut parts = Vec::new();
    if let Some(older) = &database.newest_before_2026_02 {
        let newest = database.newest.as_ref().map(|newest| newest.tx);
        if newest != Some(older.tx) {
            parts.push(format!("before Neo4j 2026.02 only until tx {}", older.tx));
        }
    }
    if warnings > 0 {
        parts.push(count(warnings as u64, "warning"));
    }
    parts.join(", ")
}

fn several_folders(report: &Report) -> bool {
    let artifacts = report.artifacts.iter().map(|artifact| &artifact.path);
    let dumps = report.dumps.iter().map(|dump| &dump.path);
    let others = report.others.iter().map(|other| &other.path);
    let mut folders = artifacts.chain(dumps).chain(others).map(FileName::folder);
    let first = folders.next();
    folders.any(|folder| Some(folder) != first)
}

/// The part of the verdict behind the point that can be restored: `tx 31..40 are missing, 4 files unusable`.
fn reason(database: &Database) -> Option<&str> {
    let verdict = &database.verdict;
    let (_, reason) = match &database.newest {
        Some(_) => verdict.split_once("); ")?,
        None => verdict.split_once(": ")?,
    };
    Some(reason)
}

fn contents(dump: &Dump) -> String {
    dump.archive_size.map_or_else(
        || "unknown".into(),
        |archive| format!("{}, {}", count(archive.files, "file"), size(archive.bytes)),
    )
}

fn stranger(other: &OtherFile) -> Option<Stranger> {
    match other.reason {
        Reason::Stranger { what } => Some(what),
        _ => None,
    }
}

/// A file that nobody took for a backup: something else, and not called like one.
fn is_mere_stranger(other: &OtherFile) -> bool {
    let base = other.path.base();
    stranger(other).is_some() && !base.contains(".backup") && !base.contains(".dump")
}

/// What files that cannot be read have in common.
fn cause(other: &OtherFile) -> String {
    use graphkeep_core::error::Cause;
    match &other.reason {
        Reason::Unreadable { error } => match &error.cause {
            Cause::Io { message } => format!("1 {} {message}", error.code()),
            _ => format!("2 {}", error.code()),
        },
        Reason::Stranger { what } => format!("4 {}", what.what()),
        _ => format!("3 {}", other.problem.code),
    }
}

/// `9 files are no backups: a text file (5), an empty file (4)`, the commonest first.
fn kinds(strangers: &[&OtherFile]) -> String {
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for what in strangers.iter().filter_map(|other| stranger(other)) {
        *kinds.entry(what.what()).or_default() += 1;
    }
    let mut kinds: Vec<(usize, &str)> = kinds.into_iter().map(|(what, number)| (number, what)).collect();
    kinds.sort_by(|a, b| (b.0, a.1).cmp(&(a.0, b.1)));
    let shown: Vec<String> = kinds
        .iter()
        .take(5)
        .map(|(number, what)| if *number == 1 { (*what).to_owned() } else { format!("{what} ({number})") })
        .collect();
    let more = if kinds.len() > 5 { ", and others" } else { "" };
    let all = match strangers.len() {
        1 => "1 file is no backup".to_owned(),
        number => format!("{number} files are no backups"),
    };
    format!("{all}: {}{more}", shown.join(", "))
}
