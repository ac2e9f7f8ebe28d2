//! Which files restore a point, and the commands that do it.
//!
//! A full can be restored whole only; within a differential Neo4j can stop at any transaction
//! (`--restore-until=<tx>` stops before it) or time (what was committed before it is kept). From headers
//! alone the times at hand are those of the backups.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::load::{self, Answer, Release, Target};
use crate::log::{Batch, TxPoint};
use crate::problem::{Code, Problem};
use crate::progress::Visitor;
use crate::report::{Artifact, ArtifactId, BackupType, Chain, Database, Level, Reading, Report};
use crate::source::FileName;
use crate::time::{NotATime, UtcTime};
use crate::verify::Verification;

/// The point that is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Point {
    /// The newest that can be restored.
    Newest,
    /// Everything up to and including this transaction.
    Tx(i64),
    /// Everything that was committed before this time.
    Before(UtcTime),
}

impl Point {
    /// Reads `newest`, `tx 1234`, `1234`, a time, or `before <time>`.
    ///
    /// # Errors
    /// [`NotATime`] when it is none of these.
    pub fn parse(text: &str) -> Result<Self, NotATime> {
        let text = text.trim();
        if text.eq_ignore_ascii_case("newest") {
            return Ok(Self::Newest);
        }
        let after = |word: &str| {
            let start = text.get(..word.len())?;
            start.eq_ignore_ascii_case(word).then(|| text[word.len()..].trim_start())
        };
        if let Ok(tx) = after("tx").unwrap_or(text).parse() {
            return Ok(Self::Tx(tx));
        }
        UtcTime::parse(after("before ").unwrap_or(text)).map(Self::Before)
    }
}

/// The shell that a command is written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Shell {
    Sh,
    PowerShell,
}

/// Which edition a command is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Purpose {
    /// To be run first, whatever the edition.
    Prepare,
    Enterprise,
    Community,
}

/// A command and what to know about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Command {
    pub purpose: Purpose,
    /// Program and arguments, unquoted.
    pub words: Vec<String>,
    /// What to know before running it, a sentence without its full stop.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub note: Option<String>,
}

impl Command {
    fn new(purpose: Purpose, words: impl IntoIterator<Item = String>) -> Self {
        Self { purpose, words: words.into_iter().collect(), note: None }
    }

    /// The command as a line of that shell, quoted where it needs to be.
    pub fn line(&self, shell: Shell) -> String {
        let words: Vec<String> = self.words.iter().map(|word| quoted(word, shell)).collect();
        words.join(" ")
    }
}

/// Words of harmless characters stay as they are; all else goes between single quotes, in which either shell
/// gives no character but the quote itself a meaning.
fn quoted(word: &str, shell: Shell) -> String {
    let harmless = |char: char| {
        char.is_ascii_alphanumeric()
            || matches!(char, '_' | '-' | '.' | '/' | ':' | '=' | '+')
            || char == '\\' && shell == Shell::PowerShell
    };
    if !word.is_empty() && word.chars().all(harmless) {
        return word.to_owned();
    }
    let inner = match shell {
        Shell::Sh => word.replace('\'', r"'\''"),
        // PowerShell takes the typographic quotes for quotes as well.
        Shell::PowerShell => word.chars().fold(String::new(), |mut text, char| {
            if matches!(char, '\'' | '\u{2018}'..='\u{201b}') {
                text.push(char);
            }
            text.push(char);
            text
        }),
    };
    format!("'{inner}'")
}

/// A file to read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Step {
    pub artifact: ArtifactId,
    pub path: String,
    /// Bytes to read, parts of a split archive included.
    pub bytes: u64,
    #[serde(rename = "type")]
    pub kind: BackupType,
    pub lowest_tx: i64,
    pub highest_tx: i64,
    pub time: UtcTime,
}

/// The way to a point.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Plan {
    pub database: String,
    pub database_id: String,
    pub point: Point,
    /// Files in the order in which they are applied.
    pub steps: Vec<Step>,
    /// Bytes to read in all.
    pub bytes: u64,
    /// What `--restore-until` must say; absent where the files are restored whole.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub restore_until: Option<String>,
    /// The last transaction that is certainly restored.
    pub reaches_tx: i64,
    /// The first differential overlaps its full.
    pub needs_2026_02: bool,
    pub commands: Vec<Command>,
    /// What to know, whole sentences without their full stop.
    pub notes: Vec<String>,
}

/// Where exactly `--restore-until` stops, found by walking the logs of a plan's last file with it as the
/// visitor: the last transaction that is kept and the first that is not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Boundary {
    pub point: Point,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub last_kept: Option<TxPoint>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub first_dropped: Option<TxPoint>,
}

impl Boundary {
    pub fn new(point: Point) -> Self {
        Self { point, last_kept: None, first_dropped: None }
    }

    /// Neo4j stops at the first transaction in the log that is not before the time, or has the id after the
    /// wanted one; commit times do not rise strictly, so later ones of an earlier time are dropped too.
    fn is_dropped(&self, batch: &Batch) -> bool {
        match self.point {
            Point::Newest => false,
            Point::Tx(tx) => batch.tx > tx,
            Point::Before(time) => batch.time_ms >= time.0.saturating_mul(1000),
        }
    }
}

impl Visitor for Boundary {
    fn batch(&mut self, batch: &Batch) {
        if !batch.commits {
            return;
        }
        let at = TxPoint { append_index: batch.append_index, tx: batch.tx, time_ms: batch.time_ms };
        let before = |other: &Option<TxPoint>| other.is_none_or(|other| at.append_index < other.append_index);
        if self.is_dropped(batch) {
            if before(&self.first_dropped) {
                self.first_dropped = Some(at);
                // A log that came out of order in the archive: what was kept before may lie behind.
                self.last_kept = self.last_kept.filter(|kept| kept.append_index < at.append_index);
            }
        } else if before(&self.first_dropped) && !before(&self.last_kept)
            || self.last_kept.is_none() && before(&self.first_dropped)
        {
            self.last_kept = Some(at);
        }
    }
}

impl Plan {
    /// Takes in where it stops exactly, which a walk over the logs of its last file found: what that file was
    /// read as, and what its verification at L3 found. Gives the boundary back, unless the logs cannot tell;
    /// then a note says why.
    pub fn settle(
        &mut self,
        boundary: Boundary,
        reading: &Reading,
        found: Option<&Verification>,
    ) -> Option<Boundary> {
        let last = self.steps.last()?;
        let (name, lowest) = (FileName(last.path.clone()), last.lowest_tx);
        let name = name.base();
        let has_logs = |found: &Verification| found.logs.as_ref().is_some_and(|logs| logs.files > 0);
        if found.is_some_and(|found| !has_logs(found)) {
            self.notes.push(format!("`{name}` holds no transaction logs, so commit times are unknown"));
            return None;
        }
        if !found.is_some_and(Verification::holds) {
            let problems = found.iter().flat_map(|found| &found.problems).map(|problem| &problem.message);
            let other = match reading {
                Reading::Other(other) => Some(&other.problem.message),
                _ => None,
            };
            self.notes.extend(problems.chain(other).map(|message| format!("`{name}`: {message}")));
            // What stands before the damage is still so.
            boundary.first_dropped?;
        }
        if let Some(dropped) = boundary.first_dropped.filter(|dropped| dropped.append_index < lowest) {
            let time = UtcTime(dropped.time_ms.div_euclid(1000)).words();
            self.notes.push(format!(
                "tx {}, which an earlier file holds already, was committed at {time}.{:03} UTC: by the commit times that point lies before `{name}`",
                dropped.tx,
                dropped.time_ms.rem_euclid(1000),
            ));
            return None;
        }
        if let Some(kept) = boundary.last_kept {
            self.reaches_tx = kept.tx;
        }
        Some(boundary)
    }
}

/// A point that can be restored, offered in place of one that cannot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Nearest {
    pub tx: i64,
    pub time: UtcTime,
}

/// Why a point cannot be reached, and what can be instead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Unreachable {
    /// A sentence without its full stop.
    pub why: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub before: Option<Nearest>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub after: Option<Nearest>,
    /// What stands in the way.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub problems: Vec<Problem>,
}

/// A chain as far as it is needed.
struct Cut<'r> {
    chain: &'r Chain,
    /// Artifacts of the chain that are read.
    len: usize,
    restore_until: Option<String>,
    reaches_tx: i64,
}

/// Finds the files that restore `point` of `database`, a member of `report.databases`.
///
/// # Errors
/// [`Unreachable`], with the nearest points on either side.
pub fn plan(report: &Report, database: &Database, point: Point) -> Result<Plan, Box<Unreachable>> {
    let search = Search { report, database };
    let cut = match point {
        Point::Newest => search.newest(),
        Point::Tx(tx) => search.tx(tx),
        Point::Before(time) => search.before(time),
    };
    match cut {
        Some(cut) => Ok(search.plan(point, &cut)),
        None => Err(Box::new(search.unreachable(point))),
    }
}

struct Search<'r> {
    report: &'r Report,
    database: &'r Database,
}

impl<'r> Search<'r> {
    fn artifact(&self, id: ArtifactId) -> &'r Artifact {
        &self.report.artifacts[id]
    }

    fn full(&self, chain: &Chain) -> &'r Artifact {
        self.artifact(chain.artifacts[0])
    }

    /// Chains of the store that the newest point belongs to: transactions of another store are others.
    fn current_chains(&self) -> impl Iterator<Item = &'r Chain> {
        let newest = self.database.newest.as_ref().map(|point| &self.database.chains[point.chain]);
        let store = newest.map(|chain| &self.full(chain).store_id);
        self.database.chains.iter().filter(move |chain| Some(&self.full(chain).store_id) == store)
    }

    fn newest(&self) -> Option<Cut<'r>> {
        let newest = self.database.newest.as_ref()?;
        let chain = &self.database.chains[newest.chain];
        let (len, reaches_tx) = (chain.artifacts.len(), newest.tx);
        Some(Cut { chain, len, restore_until: None, reaches_tx })
    }

    fn tx(&self, tx: i64) -> Option<Cut<'r>> {
        let cuts = self.current_chains().filter_map(|chain| {
            // Up to its full a chain can be restored whole only.
            let reaches = (self.full(chain).highest_tx..=chain.highest_tx).contains(&tx);
            let at = chain.artifacts.iter().position(|id| self.artifact(*id).highest_tx >= tx);
            let at = at.filter(|_| reaches)?;
            let exact = self.artifact(chain.artifacts[at]).highest_tx == tx;
            // `--restore-until` stops before the transaction that it names.
            let restore_until = (!exact).then(|| tx.saturating_add(1).to_string());
            Some(Cut { chain, len: at + 1, restore_until, reaches_tx: tx })
        });
        cuts.min_by_key(|cut| self.cost(cut))
    }

    fn before(&self, time: UtcTime) -> Option<Cut<'r>> {
        let cuts = self.database.chains.iter().enumerate().filter_map(|(index, chain)| {
            if self.full(chain).time > time {
                return None;
            }
            let whole = |len: usize| {
                let reaches_tx = self.artifact(chain.artifacts[len - 1]).highest_tx;
                Cut { chain, len, restore_until: None, reaches_tx }
            };
            match chain.artifacts.iter().position(|id| self.artifact(*id).time >= time) {
                Some(at) if self.artifact(chain.artifacts[at]).time == time => Some(whole(at + 1)),
                Some(at) => Some(Cut { len: at + 1, restore_until: Some(time.words()), ..whole(at) }),
                None => {
                    let newest = self.database.newest.as_ref()?;
                    let complete = newest.chain == index && newest.complete_until >= time;
                    complete.then(|| whole(chain.artifacts.len()))
                }
            }
        });
        cuts.min_by_key(|cut| self.cost(cut))
    }

    /// A newer full means less to replay; then the fewest bytes.
    fn cost(&self, cut: &Cut) -> impl Ord + use<> {
        let full = self.full(cut.chain);
        (std::cmp::Reverse(full.time), cut.chain.needs_2026_02, self.bytes(cut), cut.len)
    }

    fn bytes(&self, cut: &Cut) -> u64 {
        let sizes = cut.chain.artifacts[..cut.len].iter().map(|id| self.artifact(*id).size);
        sizes.fold(0, u64::saturating_add)
    }

    fn plan(&self, point: Point, cut: &Cut) -> Plan {
        let ids = &cut.chain.artifacts[..cut.len];
        let steps = ids.iter().map(|id| {
            let artifact = self.artifact(*id);
            Step {
                artifact: *id,
                path: artifact.path.0.clone(),
                bytes: artifact.size,
                kind: artifact.kind,
                lowest_tx: artifact.lowest_tx,
                highest_tx: artifact.highest_tx,
                time: artifact.time,
            }
        });
        // The overlap is between the full and the first differential.
        let needs_2026_02 = cut.chain.needs_2026_02 && cut.len > 1;
        let (commands, mut notes) = self.commands(ids, cut);
        if needs_2026_02 {
            notes.push("needs Neo4j 2026.02 or later: the first differential overlaps its full".into());
        }
        if self.database.problems.iter().any(|problem| problem.code == Code::NameAmbiguous) {
            notes.push(format!(
                "several databases here are called `{}`; these files belong to the one with id {}",
                self.database.name, self.database.id
            ));
        }
        if ids.iter().any(|id| self.artifact(*id).level() < Level::L2) {
            notes.push("contents were not verified: this plan rests on the headers (L1)".into());
        }
        Plan {
            database: self.database.name.clone(),
            database_id: self.database.id.to_string(),
            point,
            steps: steps.collect(),
            bytes: self.bytes(cut),
            restore_until: cut.restore_until.clone(),
            reaches_tx: cut.reaches_tx,
            needs_2026_02,
            commands,
            notes,
        }
    }

    fn commands(&self, ids: &[ArtifactId], cut: &Cut) -> (Vec<Command>, Vec<String>) {
        let (mut commands, mut notes) = (Vec::new(), Vec::new());
        let name = &self.database.name;
        let (first, last) = (self.artifact(ids[0]), self.artifact(ids[ids.len() - 1]));
        let folders: HashSet<&str> = ids.iter().map(|id| self.artifact(*id).path.folder()).collect();
        let gathered = gathering_folder(name);

        let mut from = argument_path(&last.path.0);
        if folders.len() > 1 {
            let chain: Vec<&Artifact> = ids.iter().map(|id| self.artifact(*id)).collect();
            commands.extend(gather(&gathered, &chain));
            from = gathered_path(&gathered, &chain, chain.len() - 1);
        }
        let words = ["neo4j-admin", "database", "restore"].map(str::to_owned).into_iter();
        let mut words: Vec<String> = words.chain([format!("--from-path={from}")]).collect();
        words.extend(cut.restore_until.iter().map(|until| format!("--restore-until={until}")));
        words.extend(argument_name(name));
        let mut restore = Command::new(Purpose::Enterprise, words);
        restore.note = Some("stop the database first; add `--overwrite-destination=true` to replace it, and `CREATE DATABASE` it afterwards if it is new here".into());
        commands.push(restore);

        let community = load::artifact(first);
        let refused = community.table.iter().find(|cell| {
            cell.target == Target::Community && cell.release == Release::V2026 && cell.answer == Answer::No
        });
        if let Some(refused) = refused {
            notes.push(format!("Community cannot load it: {}", refused.why));
        } else if ids.len() > 1 {
            notes.push(format!(
                "Community's `database load` takes the full alone, up to tx {} ({} UTC), and passes the differentials over without a word",
                first.highest_tx,
                first.time.words(),
            ));
        } else {
            let rivals = self.report.artifacts.iter().filter(|other| {
                other.kind == BackupType::Full
                    && other.database == first.database
                    && other.path.folder() == first.path.folder()
            });
            let mut folder = argument_path(first.path.folder());
            if rivals.count() > 1 {
                // Two fulls of one name in a folder are refused as ambiguous.
                commands.extend(gather(&gathered, &[first]));
                folder = gathered;
            }
            let words = ["neo4j-admin", "database", "load"].map(str::to_owned).into_iter();
            let words = words.chain([format!("--from-path={folder}")]).chain(argument_name(name));
            let mut load = Command::new(Purpose::Community, words);
            load.note =
                Some("stop Neo4j first; add `--overwrite-destination=true` to replace the database".into());
            commands.push(load);
        }
        (commands, notes)
    }

    fn unreachable(&self, point: Point) -> Unreachable {
        let problems: Vec<Problem> = self
            .database
            .problems
            .iter()
            .filter(|problem| problem.severity == crate::problem::Severity::Error)
            .cloned()
            .collect();
        let Some(newest) = &self.database.newest else {
            return Unreachable { why: self.database.verdict.clone(), before: None, after: None, problems };
        };
        let (before, after) = match point {
            Point::Newest => (None, None),
            Point::Tx(tx) => self.around(self.current_chains(), (tx, 0), |near| (near.tx, 0)),
            // A backup of that very second would have been reached.
            Point::Before(time) => {
                self.around(self.database.chains.iter(), (time.0, i64::MIN), |near| (near.time.0, near.tx))
            }
        };
        let why = match point {
            Point::Newest => self.database.verdict.clone(),
            Point::Tx(tx) if tx > newest.tx => match self.gap_at(tx) {
                Some(why) => why,
                None => format!("tx {tx} is not in these backups: they end at tx {}", newest.tx),
            },
            Point::Tx(tx) if before.is_none() => {
                format!("tx {tx} lies inside the oldest full backup, which can be restored whole only")
            }
            Point::Tx(tx) => format!(
                "tx {tx} lies inside a full backup, which can be restored whole only, and no differentials lead to it"
            ),
            Point::Before(time) if after.is_none() => format!(
                "no restorable backup holds what was committed up to {} UTC: the newest was taken at {} UTC (tx {})",
                time.words(),
                newest.time.words(),
                newest.tx,
            ),
            Point::Before(time) if before.is_none() => format!(
                "{} UTC is before the oldest restorable backup, which can be restored whole only",
                time.words()
            ),
            Point::Before(time) => format!(
                "no chain leads through {} UTC: the backup before it has no differentials that reach it, and the one after it is a full, which can be restored whole only",
                time.words()
            ),
        };
        Unreachable { why, before, after, problems }
    }

    /// If a transaction is missing, or lies in a file that cannot be used: why.
    fn gap_at(&self, tx: i64) -> Option<String> {
        self.database.gaps.iter().find_map(|gap| {
            if let (Some(first), Some(last)) = (gap.first_tx, gap.last_tx)
                && (first..=last).contains(&tx)
            {
                return Some(format!("tx {tx} is missing: no backup here holds tx {first}..{last}"));
            }
            let unusable = gap.unusable.iter().map(|id| self.artifact(*id));
            let holds = |artifact: &&Artifact| (artifact.lowest_tx..=artifact.highest_tx).contains(&tx);
            let artifact = unusable.into_iter().find(holds)?;
            Some(format!(
                "tx {tx} is in `{}`, which cannot be used: what it follows is missing",
                artifact.path.base()
            ))
        })
    }

    /// The nearest ends of artifacts below and above a point.
    fn around(
        &self,
        chains: impl Iterator<Item = &'r Chain>,
        wanted: (i64, i64),
        place: impl Fn(&Nearest) -> (i64, i64),
    ) -> (Option<Nearest>, Option<Nearest>) {
        let ends = chains.flat_map(|chain| &chain.artifacts).map(|id| {
            let artifact = self.artifact(*id);
            Nearest { tx: artifact.highest_tx, time: artifact.time }
        });
        let ends: Vec<Nearest> = ends.collect();
        let below = ends.iter().filter(|near| place(near) < wanted).max_by_key(|near| place(near));
        let above = ends.iter().filter(|near| place(near) > wanted).min_by_key(|near| place(near));
        (below.copied(), above.copied())
    }
}

/// Commands that copy files into one folder of their own; they read the same in both shells.
fn gather(folder: &str, artifacts: &[&Artifact]) -> Vec<Command> {
    let mut commands = vec![Command::new(Purpose::Prepare, ["mkdir".to_owned(), argument_path(folder)])];
    for (at, artifact) in artifacts.iter().enumerate() {
        let to = gathered_path(folder, artifacts, at);
        let mut copy = |from: &FileName, to: String| {
            let words = ["cp".to_owned(), argument_path(&from.0), argument_path(&to)];
            commands.push(Command::new(Purpose::Prepare, words));
        };
        copy(&artifact.path, to.clone());
        for part in artifact.split.iter().flat_map(|split| &split.parts) {
            // A part goes by its manifest's name and its own number.
            let number = part.path.0.strip_prefix(&artifact.path.0).unwrap_or_default();
            copy(&part.path, format!("{to}{number}"));
        }
    }
    commands
}

/// Where a file of a chain is copied to. Two of one name would end as one, so they are numbered then: Neo4j
/// goes by the metadata, not by the name.
fn gathered_path(folder: &str, artifacts: &[&Artifact], at: usize) -> String {
    let mut names: Vec<&str> = artifacts.iter().map(|artifact| artifact.path.base()).collect();
    let own = names[at];
    names.sort_unstable();
    if names.windows(2).all(|pair| pair[0] != pair[1]) {
        format!("{folder}/{own}")
    } else {
        format!("{folder}/{}-{own}", at + 1)
    }
}

/// A folder named for a database. The name comes from a file, and must not lead anywhere else.
fn gathering_folder(database: &str) -> String {
    let plain = |char: char| if char.is_alphanumeric() || matches!(char, '.' | '-') { char } else { '_' };
    format!("restore-{}", database.chars().map(plain).collect::<String>())
}

/// A database's name as an argument. It comes from a file, and must not be taken for an option.
fn argument_name(database: &str) -> Vec<String> {
    let end_of_options = database.starts_with('-').then(|| "--".to_owned());
    end_of_options.into_iter().chain([database.to_owned()]).collect()
}

/// A path as an argument: never empty, never taken for an option.
fn argument_path(path: &str) -> String {
    match path {
        "" => ".".to_owned(),
        path if path.starts_with('-') => format!("./{path}"),
        path => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_written_in_several_ways() {
        let time = UtcTime(1_728_316_884);
        for (text, expected) in [
            ("newest", Point::Newest),
            ("tx 1234", Point::Tx(1234)),
            ("TX1234", Point::Tx(1234)),
            ("1234", Point::Tx(1234)),
            ("2024-10-07 16:01:24", Point::Before(time)),
            ("before 2024-10-07T18:01:24+02:00", Point::Before(time)),
        ] {
            assert_eq!(Point::parse(text), Ok(expected), "{text}");
        }
        assert!(Point::parse("tx soon").is_err());
    }

    #[test]
    fn words_are_quoted_only_where_a_shell_would_change_them() {
        let line = |word: &str, shell| {
            Command::new(Purpose::Prepare, ["cp".to_owned(), word.to_owned()]).line(shell)
        };
        assert_eq!(line("a/b-1.backup", Shell::Sh), "cp a/b-1.backup");
        assert_eq!(line("it's $HOME", Shell::Sh), r"cp 'it'\''s $HOME'");
        assert_eq!(line("it's $HOME", Shell::PowerShell), "cp 'it''s $HOME'");
        assert_eq!(line(r"C:\b.backup", Shell::PowerShell), r"cp C:\b.backup");
        assert_eq!(line(r"C:\b.backup", Shell::Sh), r"cp 'C:\b.backup'");
        assert_eq!(line("", Shell::Sh), "cp ''");
    }
}
