//! The view for people: databases, worst first; for a single one its chains, what is missing, and every
//! artifact. A pipe gets the same rows and columns, plain.

use std::collections::BTreeMap;

use graphkeep_core::plan::{Command, Purpose, Shell};
use graphkeep_core::problem::{Problem, Severity};
use graphkeep_core::report::{
    Artifact, ArtifactId, BackupType, Chain, Database, Dump, Gap, Level, Member, OtherFile, Reason, Report,
    Role, ShardState, ShardedDatabase, State, Summary,
};
use graphkeep_core::stranger::Stranger;

use super::Look;
use super::page::{Column, Page, Row, Text, Tone};
use crate::select::{Listed, Selection};
use crate::words::{ago, count, duration, size};

/// Entries of a list that are shown without `--verbose`.
const SHOWN: usize = 10;

/// How much is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Detail {
    /// The chains and artifacts of a database where there is but one.
    Brief,
    /// Of all of them, and every file that is no backup.
    Verbose,
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
    let mut view = View { report, asked, page: Page::new(look) };
    view.databases();
    view.sharded();
    view.dumps();
    view.others();
    view.summary();
    view.page.into_text()
}

struct View<'r> {
    report: &'r Report,
    asked: &'r Asked,
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
        let single = databases.len() == 1;
        if databases.len() > 1 {
            self.estate();
            for problem in &self.report.problems {
                self.page.blank();
                self.problem(problem, "");
            }
        }
        let listed = self.asked.selection.listed != Listed::All;
        for database in databases {
            if single || self.asked.detail == Detail::Verbose {
                self.database(database);
            } else if listed {
                self.page.blank();
                self.page.line(
                    &Text::tone(Tone::Strong, &database.name).and(Tone::Faint, &format!("  {}", database.id)),
                );
                self.artifacts(database);
            }
        }
    }

    /// One row a database.
    fn estate(&mut self) {
        let columns = [
            Column::left(""),
            Column::left("STATE"),
            Column::left("DATABASE"),
            Column::left("ID"),
            Column::left("RESTORABLE UNTIL (UTC)"),
            Column::right("TX"),
            Column::left("CHAIN").spare(2),
            Column::right("TO READ").spare(3),
            Column::left("LARGEST GAP").spare(4),
            Column::left("WHY"),
        ];
        let rows = self.report.databases.iter().map(|database| {
            let newest = database.newest.as_ref();
            let chain = newest.map(|newest| &database.chains[newest.chain]);
            Row::Cells(vec![
                self.sign(database.state),
                Text::tone(tone(database.state), database.state.as_str()),
                Text::tone(Tone::Strong, &database.name),
                short(&database.id.to_string()).into(),
                newest.map_or_else(|| "-".into(), |newest| self.until(newest.time)),
                newest.map_or_else(|| "-".into(), |newest| newest.tx.to_string()).into(),
                chain.map(chain_length).unwrap_or_default().into(),
                chain.map(|chain| size(chain.bytes)).unwrap_or_default().into(),
                database.largest_gap.map(|gap| duration(gap.seconds)).unwrap_or_default().into(),
                self.why(database).into(),
            ])
        });
        let rows: Vec<Row> = rows.collect();
        self.page.table("", &columns, &rows);
    }

    /// The time of a restore point, with its age for people.
    fn until(&self, time: graphkeep_core::time::UtcTime) -> Text {
        let look = self.page.look();
        let text = Text::from(look.time(time));
        match look.now {
            Some(now) => text.and(Tone::Faint, &format!(" ({})", ago(time, now))),
            None => text,
        }
    }

    /// What stands in the way, or what to know before a restore.
    fn why(&self, database: &Database) -> String {
        if let Some(reason) = reason(database) {
            return reason.to_owned();
        }
        let warnings =
            database.problems.iter().filter(|problem| problem.severity == Severity::Warning).count();
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

    /// All about one database.
    fn database(&mut self, database: &Database) {
        if self.report.databases.len() > 1 {
            self.page.blank();
        }
        let title = self
            .sign(database.state)
            .and(Tone::Plain, " ")
            .and(tone(database.state), database.state.as_str())
            .and(Tone::Plain, "  ")
            .and(Tone::Strong, &database.name)
            .and(Tone::Faint, &format!("  {}", database.id));
        self.page.line(&title);
        self.page.blank();
        self.card(database);
        self.chains(database);
        self.page.blank();
        self.page.line(&Text::tone(Tone::Strong, "ARTIFACTS"));
        self.artifacts(database);
        self.problems(database);
        self.page.blank();
    }

    fn card(&mut self, database: &Database) {
        let look = *self.page.look();
        let mut facts: Vec<(&str, Text)> = Vec::new();
        if let Some(newest) = &database.newest {
            let mut until = format!("{} UTC (tx {})", newest.time.words(), newest.tx);
            if let Some(now) = look.now {
                until.push_str(&format!(", {}", ago(newest.time, now)));
            }
            facts.push(("Restorable until", Text::tone(Tone::Strong, &until)));
            if newest.complete_until > newest.time {
                let text = format!(
                    "nothing newer up to {} UTC, as later backups prove",
                    newest.complete_until.words()
                );
                facts.push(("Complete until", text.into()));
            }
        } else {
            facts.push(("Restorable", Text::tone(Tone::Bad, "not at all")));
        }
        if let Some(why) = reason(database) {
            facts.push(("Because", why.into()));
        }
        if let Some(older) = &database.newest_before_2026_02 {
            let chain = &database.chains[older.chain];
            let text = format!(
                "{} UTC (tx {}), by {}: older versions accept no overlap",
                older.time.words(),
                older.tx,
                chain_words(chain),
            );
            facts.push(("Before 2026.02", text.into()));
        }
        if let Some(newest) = &database.newest {
            let chain = &database.chains[newest.chain];
            facts.push((
                "To restore it",
                format!("{}, {} to read", chain_words(chain), size(chain.bytes)).into(),
            ));
        }
        if let Some(gap) = &database.largest_gap {
            let text = format!(
                "{} between restorable points, {} to {} UTC",
                duration(gap.seconds),
                gap.from.words(),
                gap.to.words()
            );
            facts.push(("Largest gap", text.into()));
        }
        facts.push(("Checked", checked(database.level).into()));
        self.page.facts("  ", &facts);
    }

    fn chains(&mut self, database: &Database) {
        if database.chains.is_empty() || self.asked.selection.listed != Listed::All {
            return;
        }
        self.page.blank();
        let more = if database.more_chains {
            " (more end at the same artifacts; the newest fulls are listed)"
        } else {
            ""
        };
        self.page.line(&Text::tone(Tone::Strong, "CHAINS").and(Tone::Faint, more));
        let columns = [
            Column::left("RESTORES UNTIL (UTC)"),
            Column::right("TX"),
            Column::left("CHAIN"),
            Column::right("TO READ"),
            Column::left("NEEDS"),
            Column::left("TRANSACTIONS"),
        ];
        let shown = match self.asked.detail {
            Detail::Brief => SHOWN,
            Detail::Verbose => usize::MAX,
        };
        let mut rows: Vec<Row> = Vec::new();
        for chain in database.chains.iter().take(shown) {
            rows.push(Row::Cells(vec![
                self.page.look().time(chain.time).into(),
                chain.highest_tx.to_string().into(),
                chain_length(chain).into(),
                size(chain.bytes).into(),
                Text::from(if chain.needs_2026_02 { "2026.02" } else { "" }),
                self.ranges(chain).into(),
            ]));
        }
        self.page.table("  ", &columns, &rows);
        self.page.more("  ", database.chains.len().saturating_sub(shown));
    }

    /// `1..10, 11..20`, in the middle of a long chain only how many.
    fn ranges(&self, chain: &Chain) -> String {
        let ranges: Vec<String> = chain.artifacts.iter().map(|id| self.artifact(*id).range()).collect();
        if ranges.len() <= 6 || self.page.look().width.is_none() {
            return ranges.join(", ");
        }
        let more = ranges.len() - 4;
        format!("{}, .. {more} more .., {}", ranges[..2].join(", "), ranges[ranges.len() - 2..].join(", "))
    }

    /// The artifacts that are listed, with the gaps between them.
    fn artifacts(&mut self, database: &Database) {
        let selection = &self.asked.selection;
        let mut ids = selection.of(self.report, database);
        if selection.listed == Listed::All {
            // As they came to be: so a gap stands where it is.
            ids.reverse();
        }
        let members: BTreeMap<ArtifactId, &Member> =
            database.members.iter().map(|member| (member.artifact, member)).collect();
        let gaps: BTreeMap<ArtifactId, &Gap> = database.gaps.iter().map(|gap| (gap.after, gap)).collect();
        let folder = common_folder(ids.iter().map(|id| self.artifact(*id).path.folder()));
        let columns = [
            Column::left(""),
            Column::left("ROLE"),
            Column::left("TIME (UTC)").spare(if self.names_tell_times(&ids) { 2 } else { 0 }),
            Column::left("TYPE").spare(1),
            Column::right("TX"),
            Column::right("SIZE").spare(3),
            Column::left("RECOVERED").spare(4),
            Column::right("STORE ID HASH").spare(5),
            Column::left("FILE"),
        ];
        let mut rows = Vec::new();
        for id in &ids {
            if let Some(gap) = gaps.get(id) {
                let text = match (gap.first_tx, gap.last_tx) {
                    (Some(first), Some(last)) => format!("{} tx {first}..{last} missing here", self.bad()),
                    _ => format!("{} overlap here", self.bad()),
                };
                rows.push(Row::Remark(Text::tone(Tone::Bad, &text)));
            }
            let artifact = self.artifact(*id);
            let role = members[id].role;
            let tone = match role {
                Role::Unusable | Role::Damaged => Tone::Bad,
                Role::Newest => Tone::Strong,
                Role::Restorable => Tone::Plain,
                Role::Empty | Role::Duplicate | Role::Superseded => Tone::Faint,
            };
            let sign = if tone == Tone::Bad { self.bad() } else { "" };
            let file = match &folder {
                Some(_) => artifact.path.base(),
                None => &artifact.path.0,
            };
            rows.push(Row::Cells(vec![
                Text::tone(Tone::Bad, sign),
                Text::tone(tone, role.as_str()),
                self.page.look().time(artifact.time).into(),
                artifact.kind.as_str().into(),
                artifact.range().into(),
                size(artifact.size).into(),
                Text::from(if artifact.recovered { "yes" } else { "no" }),
                artifact.store_id_hash.to_string().into(),
                Text::from(file),
            ]));
        }
        self.page.table("  ", &columns, &rows);
        if let Some(folder) = folder.filter(|folder| !folder.is_empty()) {
            self.page.line(&Text::tone(Tone::Faint, &format!("  in {folder}")));
        }
        self.empties(database);
    }

    /// Empties that are not listed, in one line.
    fn empties(&mut self, database: &Database) {
        if self.asked.selection.empties || self.asked.selection.listed != Listed::All {
            return;
        }
        let empties = database.members.iter().map(|member| self.artifact(member.artifact));
        let empties: Vec<&Artifact> = empties.filter(|artifact| artifact.kind == BackupType::Empty).collect();
        let Some(newest) = empties.iter().map(|empty| empty.time).max() else { return };
        let text = format!(
            "{} not listed (--empty lists them): nothing had changed, the newest at {} UTC",
            count(empties.len() as u64, "empty backup"),
            newest.words()
        );
        self.page.paragraph("  ", "  ", Text::tone(Tone::Faint, &text));
    }

    /// Whether every file carries its own time in its name, so that a column of times could go.
    fn names_tell_times(&self, ids: &[ArtifactId]) -> bool {
        ids.iter().map(|id| self.artifact(*id)).all(|artifact| {
            let told = graphkeep_core::time::UtcTime::in_file_name(artifact.path.base());
            told.is_some_and(|(_, time)| time == artifact.time)
        })
    }

    fn problems(&mut self, database: &Database) {
        if database.problems.is_empty() {
            return;
        }
        self.page.blank();
        self.page.line(&Text::tone(Tone::Strong, "FINDINGS"));
        let shown = match self.asked.detail {
            Detail::Brief => SHOWN,
            Detail::Verbose => usize::MAX,
        };
        for problem in database.problems.iter().take(shown) {
            self.problem(problem, "  ");
        }
        self.page.more("  ", database.problems.len().saturating_sub(shown));
        for gap in &database.gaps {
            for file in &gap.candidates {
                let text = format!(
                    "`{file}` may be what is missing: by its name and time it belongs there, but it cannot be read"
                );
                self.page.paragraph("  - ", "    ", text);
            }
        }
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
            let arrow = self.page.glyph("→ ", "> ");
            let text = Text::tone(Tone::Strong, arrow).and(Tone::Plain, remedy);
            self.page.paragraph(&deeper, &format!("{deeper}  "), text);
        }
    }

    fn sharded(&mut self) {
        for sharded in &self.report.sharded_databases {
            self.one_sharded(sharded);
        }
    }

    fn one_sharded(&mut self, sharded: &ShardedDatabase) {
        self.page.separate();
        let (sign, tone, words) = if sharded.valid {
            (Text::tone(Tone::Warning, "!"), Tone::Warning, "its shards fit together")
        } else {
            (
                Text::tone(Tone::Bad, self.bad()),
                Tone::Bad,
                "its shards do not fit together: it cannot be restored as it is",
            )
        };
        let state = if sharded.valid { State::Unverified } else { State::Broken };
        let title = sign
            .and(Tone::Plain, " ")
            .and(tone, state.as_str())
            .and(Tone::Plain, "  ")
            .and(Tone::Strong, &sharded.name)
            .and(Tone::Faint, &format!("  {}", sharded.id))
            .and(Tone::Plain, &format!("  sharded database; {words}"));
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
        for problem in &sharded.problems {
            self.problem(problem, "  ");
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
        self.problem(&other.problem, "  ");
        if !other.path.folder().is_empty() {
            self.page.line(&Text::tone(Tone::Faint, &format!("    in {}", other.path.folder())));
        }
    }

    fn summary(&mut self) {
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
            for (number, what) in [
                (summary.dumps, "of them dumps"),
                (summary.unreadable, "unreadable or damaged"),
                (summary.newer, "from a newer Neo4j"),
                (summary.strangers, "no backups"),
            ] {
                if number > 0 {
                    line = line.and(Tone::Plain, &format!("; {number} {what}"));
                }
            }
            line = line.and(Tone::Faint, &format!(" ({})", checked(self.report.level)));
        }
        self.page.paragraph("", "  ", line);
        for next in self.next() {
            self.page.line(&Text::tone(Tone::Strong, "Next: ").and(Tone::Plain, &next));
        }
    }

    /// The command that leads on, from the worst there is.
    fn next(&self) -> Vec<String> {
        let databases = &self.report.databases;
        let with = |command: &[&str], more: &[&str]| {
            let words = command.iter().chain(more).map(|word| (*word).to_owned());
            let words: Vec<String> = words.chain(self.asked.paths.iter().cloned()).collect();
            Command { purpose: Purpose::Prepare, words, note: None }.line(Shell::Sh)
        };
        let same_name = |name: &str| databases.iter().filter(|other| other.name == name).count() > 1;
        let Some(worst) = databases.first() else {
            if let Some(other) = self.report.others.iter().find(|other| !is_mere_stranger(other)) {
                let words = ["graphkeep", "show", &other.path.0].map(str::to_owned).to_vec();
                return vec![Command { purpose: Purpose::Prepare, words, note: None }.line(Shell::Sh)];
            }
            if self.report.dumps.is_empty() && self.asked.folders_passed_over > 0 {
                let inside = count(self.asked.folders_passed_over as u64, "folder");
                return vec![format!(
                    "{}   ({inside} inside not looked into)",
                    with(&["graphkeep", "inspect", "-r"], &[])
                )];
            }
            return Vec::new();
        };
        let id = short(&worst.id.to_string());
        let name = if same_name(&worst.name) { &id } else { &worst.name };
        if databases.len() > 1 {
            return vec![with(&["graphkeep", "inspect", "--database", name], &[])];
        }
        let bad = matches!(worst.state, State::RestorableUntil | State::Broken | State::Corrupt);
        let mut next = Vec::new();
        if bad && !self.asked.folder {
            next.push("look at the whole folder: only the files that you named were read".into());
        }
        if worst.newest.is_some() {
            next.push(with(&["graphkeep", "plan"], &["--database", name]));
        }
        next
    }
}

fn tone(state: State) -> Tone {
    match state {
        State::Restorable => Tone::Good,
        State::Unverified | State::Unknown => Tone::Warning,
        State::RestorableUntil | State::Broken | State::Corrupt => Tone::Bad,
    }
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

/// The first eight characters of an id.
fn short(id: &str) -> String {
    id.chars().take(8).collect()
}

/// `1+6`: the full and its differentials.
fn chain_length(chain: &Chain) -> String {
    match chain.artifacts.len().saturating_sub(1) {
        0 => "1".into(),
        differentials => format!("1+{differentials}"),
    }
}

fn chain_words(chain: &Chain) -> String {
    match chain.artifacts.len().saturating_sub(1) {
        0 => "1 full".into(),
        differentials => format!("1 full + {}", count(differentials as u64, "differential")),
    }
}

/// What a level says, and what it leaves open.
fn checked(level: Level) -> String {
    let words = match level {
        Level::L0 => "names only",
        Level::L1 => "headers read, contents not verified",
        Level::L2 => "contents decoded, transactions not checked",
        Level::L3 => "transactions checked, not restored",
        Level::L4 => "restored by a real Neo4j",
    };
    format!("{}: {words}", level.as_str())
}

/// The folder in which all of them lie.
fn common_folder<'a>(mut folders: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let first = folders.next()?;
    folders.all(|folder| folder == first).then_some(first)
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
