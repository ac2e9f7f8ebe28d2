//! Which databases and which artifacts a person asked for.

use std::collections::HashSet;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use graphkeep_core::report::{ArtifactId, BackupType, Database, OtherFile, Reading, Reason, Report};
use graphkeep_core::time::UtcTime;
use uuid::Uuid;
use wildmatch::WildMatch;

use crate::args::Rows;

/// The fewest characters of an id that stand for it.
const SHORTEST_ID: usize = 4;

/// A database as a person names it: by its name with `*` and `?`, by its id, or by the start of its id.
#[derive(Debug, Clone)]
pub(crate) struct Pattern {
    text: String,
    glob: WildMatch,
}

impl Pattern {
    /// Names of databases are the same in any case.
    pub(crate) fn is_name(&self, name: &str) -> bool {
        self.glob.matches(&name.to_lowercase())
    }

    pub(crate) fn is_id(&self, id: Uuid) -> bool {
        self.text.len() >= SHORTEST_ID && id.to_string().starts_with(&self.text)
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for Pattern {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() {
            return Err("expected a name");
        }
        let text = text.to_lowercase();
        Ok(Self { glob: WildMatch::new(&text), text })
    }
}

/// Keeps what belongs to the wanted databases, under whatever names their artifacts carry, and files that
/// may belong to them as far as anybody can tell.
pub(crate) fn databases(patterns: &[Pattern], mut readings: Vec<Reading>) -> Vec<Reading> {
    if patterns.is_empty() {
        return readings;
    }
    let any_name = |name: &str| patterns.iter().any(|pattern| pattern.is_name(name));
    let ids = |wanted: &dyn Fn(&graphkeep_core::report::Artifact) -> bool| -> HashSet<Uuid> {
        let artifacts = readings.iter().filter_map(|reading| match reading {
            Reading::Artifact(artifact) => Some(artifact),
            _ => None,
        });
        artifacts.filter(|artifact| wanted(artifact)).map(|artifact| artifact.database_id).collect()
    };
    let virtual_name = |artifact: &graphkeep_core::report::Artifact| {
        artifact.topology.as_ref().is_some_and(|topology| any_name(&topology.virtual_name))
    };
    let mut chosen = ids(&|artifact| any_name(&artifact.database) || virtual_name(artifact));
    // A name is what people mean; only where there is none like it, an id is.
    if chosen.is_empty() {
        chosen = ids(&|artifact| patterns.iter().any(|pattern| pattern.is_id(artifact.database_id)));
    }
    let names: HashSet<String> = readings
        .iter()
        .filter_map(|reading| match reading {
            Reading::Artifact(artifact) if chosen.contains(&artifact.database_id) => {
                Some(artifact.database.clone())
            }
            _ => None,
        })
        .collect();
    readings.retain(|reading| match reading {
        Reading::Artifact(artifact) => chosen.contains(&artifact.database_id),
        Reading::Dump(dump) => dump.database_by_name.as_deref().is_some_and(any_name),
        Reading::Other(other) => may_belong(other, |name| names.contains(name) || any_name(name)),
    });
    readings
}

/// Whether an unreadable file may be of a wanted database: all that is left to go by is its name.
fn may_belong(other: &OtherFile, wanted: impl Fn(&str) -> bool) -> bool {
    match UtcTime::in_file_name(other.path.base()) {
        Some((name, _)) => wanted(name),
        None => !matches!(other.reason, Reason::Stranger { .. }),
    }
}

/// Which artifacts are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Listed {
    All,
    LatestBackup,
    LatestChain,
}

/// A choice of rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Selection {
    pub(crate) listed: Listed,
    /// Empty backups too.
    pub(crate) empties: bool,
    /// The file at which the chain is to end, by its name in the one folder that is read.
    pub(crate) end: Option<String>,
}

impl From<&Rows> for Selection {
    fn from(rows: &Rows) -> Self {
        let listed = match (rows.latest_backup, rows.latest_chain) {
            (true, _) => Listed::LatestBackup,
            (_, true) => Listed::LatestChain,
            _ => Listed::All,
        };
        Self { listed, empties: rows.empty, end: None }
    }
}

impl Selection {
    /// The paths to read: for the chain that ends at a single file, its folder. Remembers the file.
    pub(crate) fn widen(&mut self, paths: &[PathBuf]) -> Vec<PathBuf> {
        if let (Listed::LatestChain, [path]) = (self.listed, paths)
            && path.is_file()
        {
            self.end = path.file_name().map(|name| name.to_string_lossy().into_owned());
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
            return vec![folder.unwrap_or(Path::new(".")).to_owned()];
        }
        paths.to_vec()
    }

    /// The artifacts to list, in neo4j-admin's order: databases by name and id, descending; within each the
    /// newest first, and a chain from its full on.
    pub(crate) fn rows(&self, report: &Report) -> Vec<ArtifactId> {
        let mut databases: Vec<&Database> = report.databases.iter().collect();
        databases.sort_by(|a, b| (&b.name, b.id).cmp(&(&a.name, a.id)));
        databases.into_iter().flat_map(|database| self.of(report, database)).collect()
    }

    /// The same for one database.
    pub(crate) fn of(&self, report: &Report, database: &Database) -> Vec<ArtifactId> {
        if self.listed == Listed::LatestChain {
            return self.chain(report, database);
        }
        let mut ids: Vec<ArtifactId> = database.members.iter().map(|member| member.artifact).collect();
        ids.retain(|id| self.empties || report.artifacts[*id].kind != BackupType::Empty);
        ids.sort_by_key(|id| {
            let artifact = &report.artifacts[*id];
            std::cmp::Reverse((&artifact.database, artifact.time, artifact.highest_tx, &artifact.path))
        });
        if self.listed == Listed::LatestBackup {
            ids.truncate(1);
        }
        ids
    }

    fn chain(&self, report: &Report, database: &Database) -> Vec<ArtifactId> {
        let Some(end) = &self.end else {
            let newest = database.newest.iter().map(|newest| &database.chains[newest.chain]);
            return newest.flat_map(|chain| chain.artifacts.clone()).collect();
        };
        let is_end = |id: ArtifactId| report.artifacts[id].path.base() == end;
        // A copy stands for the artifact that is used in its place.
        let copied =
            database.members.iter().find(|member| is_end(member.artifact)).and_then(|member| member.copy_of);
        let ends_at = |id: &ArtifactId| copied.map_or_else(|| is_end(*id), |used| *id == used);
        database
            .chains
            .iter()
            .find_map(|chain| {
                let at = chain.artifacts.iter().position(ends_at)?;
                Some(chain.artifacts[..=at].to_vec())
            })
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> Pattern {
        text.parse().expect("it is a pattern")
    }

    #[test]
    fn stars_and_question_marks_match_as_in_a_shell() {
        for (text, name, is) in [
            ("orders", "orders", true),
            ("ORDERS", "orders", true),
            ("ord*", "orders", true),
            ("*", "", true),
            ("order?", "orders", true),
            ("order?", "order", false),
            ("[o]rders", "orders", false),
            ("orders", "orders2", false),
        ] {
            assert_eq!(pattern(text).is_name(name), is, "{text} {name}");
        }
    }

    #[test]
    fn an_id_is_known_by_its_first_four_characters() {
        let id = Uuid::from_u128(0x7dcb_1d0c << 96);
        assert!(pattern("7dcb").is_id(id));
        assert!(pattern("7DCB1D0C-0000").is_id(id));
        assert!(!pattern("7dc").is_id(id));
        assert!(!pattern("1d0c").is_id(id));
    }
}
