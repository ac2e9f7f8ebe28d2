//! Two artifacts side by side: what differs, and what they are to each other.

use std::collections::BTreeMap;

use graphkeep_core::archive::Role;
use graphkeep_core::report::{Artifact, BackupType};
use graphkeep_core::verify::Verification;

use crate::wording::{count, size};

/// A field of both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    pub name: &'static str,
    pub left: String,
    pub right: String,
}

impl Field {
    pub fn differs(&self) -> bool {
        self.left != self.right
    }
}

/// Every field of both, those that differ first.
pub fn fields(left: &Artifact, right: &Artifact) -> Vec<Field> {
    let yes_no = |yes: bool| if yes { "yes" } else { "no" }.to_owned();
    let field = |name, of: &dyn Fn(&Artifact) -> String| Field { name, left: of(left), right: of(right) };
    let verified = |artifact: &Artifact| match (artifact.is_usable(), artifact.level()) {
        (true, level) => level.as_str().to_owned(),
        (false, level) => format!("{}, damaged", level.as_str()),
    };
    let commits = |artifact: &Artifact| {
        let found = artifact.verified.as_ref().and_then(|found| found.transactions);
        found.map_or_else(|| "not read".to_owned(), count)
    };
    let contents = |artifact: &Artifact| {
        let stated = artifact.archive_size;
        stated.map_or_else(
            || "not stated".to_owned(),
            |stated| format!("{} files, {} bytes", count(stated.files), count(stated.bytes)),
        )
    };
    let script = |artifact: &Artifact| {
        artifact
            .script
            .map_or_else(|| "none".to_owned(), |script| format!("{} bytes stored", count(script.bytes)))
    };
    let mut fields = vec![
        field("Database", &|artifact| artifact.database.clone()),
        field("Database id", &|artifact| artifact.database_id.to_string()),
        field("Type", &|artifact| artifact.kind.as_str().to_owned()),
        field("Time (UTC)", &|artifact| artifact.time.words()),
        field("Lowest tx", &|artifact| count(artifact.lowest_tx)),
        field("Highest tx", &|artifact| count(artifact.highest_tx)),
        field("Size", &|artifact| format!("{} bytes", count(artifact.size))),
        field("Store id hash", &|artifact| artifact.store_id_hash.to_string()),
        field("Store format", &|artifact| artifact.store_id.format_name()),
        field("Recovered", &|artifact| yes_no(artifact.recovered)),
        field("Container", &|artifact| artifact.container.name().to_owned()),
        field("Metadata version", &|artifact| artifact.metadata_version.to_string()),
        field("Metadata script", &script),
        field("Contents", &contents),
        field("Checked", &verified),
        field("Commits in its logs", &commits),
    ];
    fields.sort_by_key(|field| !field.differs());
    fields
}

/// What the second is to the first, a sentence without its full stop.
pub fn relation(left: &Artifact, right: &Artifact) -> String {
    if left.database_id != right.database_id {
        if left.database != right.database {
            return "backups of two databases".to_owned();
        }
        return format!("two databases of the same name: `{}` was made anew between them", left.database);
    }
    if left.store_id != right.store_id {
        return "one database, two stores: it was replaced between them, so neither continues the other"
            .to_owned();
    }
    if left.kind == BackupType::Empty || right.kind == BackupType::Empty {
        return "one of them is empty: nothing had changed when it was taken".to_owned();
    }
    if (left.kind, left.lowest_tx, left.highest_tx) == (right.kind, right.lowest_tx, right.highest_tx) {
        return "both hold the same transactions: either serves for the other".to_owned();
    }
    let ends = |artifact: &Artifact| (artifact.highest_tx, artifact.lowest_tx);
    let (earlier, later, name) =
        if ends(left) <= ends(right) { (left, right, "the right") } else { (right, left, "the left") };
    if later.kind == BackupType::Full {
        return format!(
            "{name} one is a full that reaches further, tx {}, and needs nothing before it",
            count(later.highest_tx)
        );
    }
    let next = earlier.highest_tx.saturating_add(1);
    match later.lowest_tx {
        lowest if lowest == next => format!("{name} one continues the other at tx {}", count(lowest)),
        lowest if lowest > next => {
            format!("tx {} to {} are missing between them", count(next), count(lowest.saturating_sub(1)))
        }
        lowest => format!(
            "they overlap: both hold tx {} to {}",
            count(lowest.max(earlier.lowest_tx)),
            count(earlier.highest_tx)
        ),
    }
}

/// Files that only one holds, or that are of another size in each: path, then what either holds. For two
/// artifacts whose contents were read.
pub fn contents(left: &Verification, right: &Verification) -> Vec<(String, String, String)> {
    let mut paths: BTreeMap<&str, (Option<u64>, Option<u64>)> = BTreeMap::new();
    for entry in left.entries.iter().filter(|entry| entry.role != Role::Folder) {
        paths.entry(&entry.path).or_default().0 = Some(entry.bytes);
    }
    for entry in right.entries.iter().filter(|entry| entry.role != Role::Folder) {
        paths.entry(&entry.path).or_default().1 = Some(entry.bytes);
    }
    let words = |bytes: Option<u64>| bytes.map_or_else(|| "not there".to_owned(), size);
    let differing = paths.into_iter().filter(|(_, (left, right))| left != right);
    differing.map(|(path, (left, right))| (path.to_owned(), words(left), words(right))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    fn artifacts() -> Vec<Artifact> {
        testing::report("real/neo4j-2026.05.0/chain").artifacts
    }

    #[test]
    fn what_differs_stands_first() {
        let artifacts = artifacts();
        let lines: Vec<String> = fields(&artifacts[0], &artifacts[2])
            .iter()
            .map(|field| {
                format!(
                    "{} {:20} {:40} {}",
                    if field.differs() { '≠' } else { '=' },
                    field.name,
                    field.left,
                    field.right
                )
            })
            .collect();
        insta::assert_snapshot!(lines.join("\n"));
    }

    #[test]
    fn two_artifacts_say_what_they_are_to_each_other() {
        let all = artifacts();
        // A full, an empty one, three differentials.
        assert_eq!(relation(&all[0], &all[2]), "the right one continues the other at tx 20");
        assert_eq!(relation(&all[2], &all[0]), "the left one continues the other at tx 20");
        assert_eq!(relation(&all[0], &all[3]), "tx 20 to 29 are missing between them");
        assert!(relation(&all[0], &all[1]).contains("empty"));
        assert!(relation(&all[2], &all[2]).contains("the same transactions"));
        let mut other = all[3].clone();
        other.lowest_tx = 25;
        assert_eq!(relation(&all[2], &other), "they overlap: both hold tx 25 to 29");
        (other.kind, other.lowest_tx) = (BackupType::Full, 1);
        assert_eq!(
            relation(&all[2], &other),
            "the right one is a full that reaches further, tx 39, and needs nothing before it"
        );
        other.store_id.random = 7;
        assert!(relation(&all[2], &other).contains("two stores"));
        other.database_id = uuid::Uuid::nil();
        assert!(relation(&all[2], &other).contains("made anew"));
        (other.lowest_tx, other.highest_tx, other.database_id) = (i64::MIN, i64::MAX, all[0].database_id);
        other.store_id = all[0].store_id.clone();
        assert!(!relation(&other, &all[0]).is_empty(), "whatever a report says");
    }
}
