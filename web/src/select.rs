//! Which databases are listed, in which order: plain data in, plain data out.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use graphkeep_core::container::Container;
use graphkeep_core::problem::Code;
use graphkeep_core::report::{BackupType, Database, Report, State};
use graphkeep_core::time::UtcTime;
use uuid::Uuid;

use crate::reach::{Stretch, covered, reachable};
use crate::wording::after_state;

/// A database as its row shows it, and as filters look at it.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub id: Uuid,
    pub name: String,
    pub state: State,
    /// The verdict without the state's word.
    pub verdict: String,
    pub newest: Option<UtcTime>,
    /// Seconds.
    pub largest_gap: Option<i64>,
    /// `1+6`: a full and its differentials.
    pub chain: Option<String>,
    pub to_read: Option<u64>,
    pub artifacts: usize,
    /// The deepest folder that holds all of its artifacts.
    pub folder: String,
    /// What is worth a word beside the name.
    pub notes: Vec<&'static str>,
    pub covered: Option<Stretch>,
    pub reachable: Vec<Stretch>,
    kinds: BTreeSet<BackupType>,
    containers: BTreeSet<&'static str>,
    /// Name, id and paths in small letters, a line each.
    haystack: String,
}

impl Row {
    pub fn of(report: &Report, database: &Database) -> Self {
        let chain = database.newest.as_ref().map(|newest| &database.chains[newest.chain]);
        let artifacts = || database.members.iter().map(|member| &report.artifacts[member.artifact]);
        let mut haystack = format!("{}\n{}", database.name.to_lowercase(), database.id);
        for artifact in artifacts() {
            haystack.push('\n');
            haystack.push_str(&artifact.path.0.to_lowercase());
        }
        let worth_a_word = [
            (Code::NameAmbiguous, "another id has this name"),
            (Code::NameDiffers, "was called otherwise"),
            (Code::ChainScattered, "in several folders"),
            (Code::TimeClockWentBack, "clock went back"),
        ];
        let notes = worth_a_word
            .into_iter()
            .filter(|(code, _)| database.problems.iter().any(|problem| problem.code == *code));
        let shard = artifacts().any(|artifact| artifact.topology.is_some());
        Self {
            id: database.id,
            name: database.name.clone(),
            state: database.state,
            verdict: after_state(database).to_owned(),
            newest: database.newest.as_ref().map(|newest| newest.time),
            largest_gap: database.largest_gap.map(|gap| gap.seconds),
            chain: chain.map(|chain| format!("1+{}", chain.artifacts.len() - 1)),
            to_read: chain.map(|chain| chain.bytes),
            artifacts: database.members.len(),
            folder: common_folder(artifacts().map(|artifact| artifact.path.folder())).to_owned(),
            notes: notes.map(|(_, note)| note).chain(shard.then_some("a shard")).collect(),
            covered: covered(report, database),
            reachable: reachable(report, database),
            kinds: artifacts().map(|artifact| artifact.kind).collect(),
            containers: artifacts().map(|artifact| artifact.container.name()).collect(),
            haystack,
        }
    }
}

/// `a/b` of `a/b/c` and `a/b/d`.
fn common_folder<'p>(mut folders: impl Iterator<Item = &'p str>) -> &'p str {
    let Some(first) = folders.next() else { return "" };
    let mut len = first.len();
    for folder in folders {
        let same = first[..len].bytes().zip(folder.bytes()).take_while(|(a, b)| a == b).count();
        if same < len || folder.len() > same {
            // Cut at a separator, unless the shorter one ends exactly here.
            let ends_here = |text: &str| text.len() == same || text.as_bytes().get(same) == Some(&b'/');
            len = if ends_here(first) && ends_here(folder) {
                same
            } else {
                first.as_bytes()[..same].iter().rposition(|byte| *byte == b'/').unwrap_or(0)
            };
        }
    }
    &first[..len]
}

/// What the list is ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Column {
    Verdict,
    Database,
    Newest,
    LargestGap,
    ToRead,
    Artifacts,
}

/// The age of the newest point from which a database is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum OlderThan {
    Day,
    Week,
    Month,
}

impl OlderThan {
    pub const ALL: [Self; 3] = [Self::Day, Self::Week, Self::Month];

    fn seconds(self) -> i64 {
        match self {
            Self::Day => 86_400,
            Self::Week => 7 * 86_400,
            Self::Month => 30 * 86_400,
        }
    }

    pub fn words(self) -> &'static str {
        match self {
            Self::Day => "older than 24 h, or none",
            Self::Week => "older than 7 d, or none",
            Self::Month => "older than 30 d, or none",
        }
    }
}

/// What is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    /// None chosen means all.
    pub states: BTreeSet<State>,
    /// Every word must be found in name, id or a path.
    pub text: String,
    pub kind: Option<BackupType>,
    pub container: Option<Container>,
    pub older: Option<OlderThan>,
    pub column: Column,
    pub descending: bool,
    pub by_folder: bool,
}

impl Default for Selection {
    /// Everything, worst first.
    fn default() -> Self {
        Self {
            states: BTreeSet::new(),
            text: String::new(),
            kind: None,
            container: None,
            older: None,
            column: Column::Verdict,
            descending: true,
            by_folder: false,
        }
    }
}

impl Selection {
    /// Whether anything is left out.
    pub fn is_narrow(&self) -> bool {
        let mut wide = self.clone();
        wide.widen();
        *self != wide
    }

    /// Leaves nothing out; order and folders stay.
    pub fn widen(&mut self) {
        *self = Self {
            column: self.column,
            descending: self.descending,
            by_folder: self.by_folder,
            ..Self::default()
        };
    }

    /// Turns a state on, or off again.
    pub fn toggle(&mut self, state: State) {
        if !self.states.remove(&state) {
            self.states.insert(state);
        }
    }

    /// Orders by a column; by the same one again, the other way round.
    pub fn order_by(&mut self, column: Column) {
        self.descending = if self.column == column { !self.descending } else { column == Column::Verdict };
        self.column = column;
    }

    fn takes(&self, row: &Row, words: &[String], now: UtcTime) -> bool {
        let old = |older: OlderThan| {
            row.newest.is_none_or(|newest| now.0.saturating_sub(newest.0) >= older.seconds())
        };
        (self.states.is_empty() || self.states.contains(&row.state))
            && self.kind.is_none_or(|kind| row.kinds.contains(&kind))
            && self.container.is_none_or(|container| row.containers.contains(container.name()))
            && self.older.is_none_or(old)
            && words.iter().all(|word| row.haystack.contains(word))
    }

    fn order(&self, a: &Row, b: &Row) -> Ordering {
        let by_column = match self.column {
            Column::Verdict => a.state.cmp(&b.state),
            Column::Database => a.name.cmp(&b.name),
            Column::Newest => a.newest.cmp(&b.newest),
            Column::LargestGap => a.largest_gap.cmp(&b.largest_gap),
            Column::ToRead => a.to_read.cmp(&b.to_read),
            Column::Artifacts => a.artifacts.cmp(&b.artifacts),
        };
        let by_column = if self.descending { by_column.reverse() } else { by_column };
        by_column.then_with(|| (&a.name, a.id).cmp(&(&b.name, b.id)))
    }

    /// The rows to list, in order; by folder where that is asked for, each folder's rows together.
    pub fn apply(&self, rows: &[Row], now: UtcTime) -> Vec<Row> {
        let words: Vec<String> = self.text.split_whitespace().map(str::to_lowercase).collect();
        let mut listed: Vec<Row> = rows.iter().filter(|row| self.takes(row, &words, now)).cloned().collect();
        listed.sort_by(|a, b| {
            let folders = if self.by_folder { a.folder.cmp(&b.folder) } else { Ordering::Equal };
            folders.then_with(|| self.order(a, b))
        });
        listed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, state: State, newest: Option<i64>, folder: &str) -> Row {
        let mut row = Row {
            id: Uuid::from_u128(name.bytes().map(u128::from).sum()),
            name: name.into(),
            state,
            verdict: String::new(),
            newest: newest.map(UtcTime),
            largest_gap: None,
            chain: None,
            to_read: None,
            artifacts: 1,
            folder: folder.into(),
            notes: Vec::new(),
            covered: None,
            reachable: Vec::new(),
            kinds: BTreeSet::from([BackupType::Full]),
            containers: BTreeSet::from(["BZV2"]),
            haystack: String::new(),
        };
        row.haystack = format!("{name}\n{}\n{folder}/{name}-2026.backup", row.id).to_lowercase();
        row
    }

    fn estate() -> Vec<Row> {
        vec![
            row("orders", State::Broken, None, "b"),
            row("billing", State::Unverified, Some(900_000), "a"),
            row("audit", State::RestorableUntil, Some(1_000), "b"),
            row("Zoo", State::Unverified, Some(999_999), "a"),
        ]
    }

    fn names(selection: &Selection) -> Vec<String> {
        selection.apply(&estate(), UtcTime(1_000_000)).into_iter().map(|row| row.name).collect()
    }

    #[test]
    fn everything_is_listed_worst_first() {
        assert_eq!(names(&Selection::default()), ["orders", "audit", "Zoo", "billing"]);
    }

    #[test]
    fn counters_add_up_and_switch_off_again() {
        let mut selection = Selection::default();
        selection.toggle(State::Broken);
        assert_eq!(names(&selection), ["orders"]);
        selection.toggle(State::RestorableUntil);
        assert_eq!(names(&selection), ["orders", "audit"]);
        assert!(selection.is_narrow());
        selection.toggle(State::Broken);
        selection.toggle(State::RestorableUntil);
        assert_eq!(names(&selection).len(), 4);
        assert!(!selection.is_narrow());
    }

    #[test]
    fn words_are_sought_in_name_id_and_path_whatever_their_case() {
        let text = |text: &str| Selection { text: text.into(), ..Selection::default() };
        assert_eq!(names(&text("zoo")), ["Zoo"]);
        assert_eq!(names(&text(" A/  2026 ")), ["Zoo", "billing"]);
        assert_eq!(names(&text(&estate()[2].id.to_string()[24..])), ["audit"]);
        assert!(names(&text("orders a/")).is_empty());
    }

    #[test]
    fn old_includes_what_cannot_be_restored_at_all() {
        let older = |older| Selection { older: Some(older), ..Selection::default() };
        assert_eq!(names(&older(OlderThan::Day)), ["orders", "audit", "billing"]);
        assert_eq!(names(&older(OlderThan::Week)), ["orders", "audit"]);
        assert_eq!(names(&older(OlderThan::Month)), ["orders"]);
    }

    #[test]
    fn a_column_orders_and_again_the_other_way() {
        let mut selection = Selection::default();
        selection.order_by(Column::Newest);
        assert_eq!(names(&selection), ["orders", "audit", "billing", "Zoo"]);
        selection.order_by(Column::Newest);
        assert_eq!(names(&selection), ["Zoo", "billing", "audit", "orders"]);
        selection.order_by(Column::Verdict);
        assert_eq!(names(&selection)[0], "orders", "the worst first, whatever was chosen before");
    }

    #[test]
    fn folders_keep_their_rows_together() {
        let selection = Selection { by_folder: true, ..Selection::default() };
        assert_eq!(names(&selection), ["Zoo", "billing", "orders", "audit"]);
    }

    #[test]
    fn the_folder_of_a_database_holds_all_of_its_artifacts() {
        for (folders, expected) in [
            (vec!["a/b", "a/b"], "a/b"),
            (vec!["a/b", "a/b/c"], "a/b"),
            (vec!["a/b/c", "a/b"], "a/b"),
            (vec!["a/bc", "a/bd"], "a"),
            (vec!["a/b", "a/bd"], "a"),
            (vec!["a", "b"], ""),
            (vec!["", "b"], ""),
            (vec!["gr\u{fc}n/x", "gr\u{fd}n/x"], ""),
        ] {
            assert_eq!(common_folder(folders.iter().copied()), expected, "{folders:?}");
        }
    }
}
