//! All about one database: what restores, its chains, every artifact with the gaps between them, and what was
//! found out.

use std::collections::BTreeMap;

use graphkeep_core::problem::Code;
use graphkeep_core::report::{Artifact, ArtifactId, BackupType, Chain, Database, Gap, Member, Role};
use graphkeep_core::time::UtcTime;

use super::super::page::{Column, Row, Text, Tone};
use super::summary::checked;
use super::{Detail, SHOWN, View, reason};
use crate::select::Listed;
use crate::words::{ago, count, duration, size};

impl View<'_> {
    pub(super) fn database(&mut self, database: &Database) {
        self.page.separate();
        self.page.line(&self.title(database.state, &database.name, &database.id.to_string()));
        self.page.blank();
        self.card(database);
        self.chains(database);
        self.page.blank();
        self.artifacts(database);
        self.findings(database);
    }

    fn card(&mut self, database: &Database) {
        let look = *self.page.look();
        let mut facts: Vec<(&str, Text)> = Vec::new();
        if let Some(newest) = &database.newest {
            let age = look.now.map_or_else(String::new, |now| format!(", {}", ago(newest.time, now)));
            let until = format!("{} UTC (tx {}){age}", newest.time.words(), newest.tx);
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
            Detail::Brief | Detail::Verdicts => SHOWN,
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
    pub(super) fn artifacts(&mut self, database: &Database) {
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
            Column::left("CHAIN"),
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
                rows.push(Row::Remark(Text::tone(Tone::Bad, &format!("{} {}", self.bad(), what(gap)))));
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
        let folder = folder.filter(|folder| !folder.is_empty());
        let folder = folder.map_or_else(String::new, |folder| format!("  in {folder}"));
        self.page.line(&Text::tone(Tone::Strong, "ARTIFACTS").and(Tone::Faint, &folder));
        self.page.table("  ", &columns, &rows);
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
            let told = UtcTime::in_file_name(artifact.path.base());
            told.is_some_and(|(_, time)| time == artifact.time)
        })
    }

    fn findings(&mut self, database: &Database) {
        if database.problems.is_empty() {
            return;
        }
        self.page.blank();
        self.page.line(&Text::tone(Tone::Strong, "FINDINGS"));
        let shown = match self.asked.detail {
            Detail::Brief | Detail::Verdicts => SHOWN,
            Detail::Verbose => usize::MAX,
        };
        for problem in database.problems.iter().take(shown) {
            self.problem(problem, "  ");
        }
        self.page.more("  ", database.problems.len().saturating_sub(shown));
        for file in database.gaps.iter().flat_map(|gap| &gap.candidates) {
            let text = format!(
                "`{file}` may be what is missing: by its name it belongs there, but it cannot be used"
            );
            self.page.paragraph("  - ", "    ", text);
        }
    }
}

/// What a gap is, where it stands among the artifacts.
fn what(gap: &Gap) -> String {
    match (gap.code, gap.first_tx, gap.last_tx) {
        (Code::ChainOtherStore, ..) => "another store begins here".into(),
        (Code::ChainOtherHistory, ..) => "another history begins here".into(),
        (_, Some(first), Some(last)) => format!("tx {first}..{last} missing here"),
        _ => "overlap here".into(),
    }
}

/// `1+6`: the full and its differentials.
pub(super) fn chain_length(chain: &Chain) -> String {
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

/// The folder in which all of them lie.
fn common_folder<'a>(mut folders: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let first = folders.next()?;
    folders.all(|folder| folder == first).then_some(first)
}
