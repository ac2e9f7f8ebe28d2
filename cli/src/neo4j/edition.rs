//! Which Neo4j a home belongs to, by the jars in its `lib`, and whether that Neo4j takes a backup. Told before
//! anything is written: Neo4j itself finds out when the old database is gone.

use std::fs;
use std::path::Path;

use anyhow::bail;
use graphkeep_core::load::{self, Answer, Release, Target};
use graphkeep_core::log::LogReport;
use graphkeep_core::report::{Artifact, BackupType};

/// What is known of the Neo4j that will start the database.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Edition {
    /// Absent where the home holds no jars, as beside a package or in a container.
    target: Option<Target>,
    version: Option<Version>,
}

/// `2026.05.0`, without what follows the second number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Version(u32, u32);

impl Version {
    fn parse(text: &str) -> Option<Self> {
        let mut numbers = text.split(['.', '-']);
        Some(Self(numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
    }

    fn release(self) -> Release {
        match self.0 {
            ..2025 => Release::V5_26,
            2025 => Release::V2025,
            _ => Release::V2026,
        }
    }
}

impl Edition {
    /// Looks at the jars of a home.
    pub(crate) fn of(home: &Path) -> Self {
        let names = fs::read_dir(home.join("lib")).into_iter().flatten().flatten();
        let names: Vec<String> = names.filter_map(|entry| entry.file_name().into_string().ok()).collect();
        let version = names
            .iter()
            .find_map(|name| Version::parse(name.strip_prefix("neo4j-kernel-")?.strip_suffix(".jar")?));
        let enterprise = names.iter().any(|name| name.starts_with("neo4j-enterprise"));
        let target = if enterprise { Target::Enterprise } else { Target::Community };
        Self { target: version.map(|_| target), version }
    }

    /// Refuses what this Neo4j would refuse, by the full's header.
    pub(crate) fn takes(&self, full: &Artifact) -> anyhow::Result<()> {
        if full.kind != BackupType::Full {
            return Ok(());
        }
        let target = self.target.unwrap_or(Target::Community);
        // Where the version is not known, the newest is the one that refuses least.
        let release = self.version.map_or(Release::V2026, Version::release);
        let table = load::artifact(full).table;
        let cell = table.iter().find(|cell| (cell.target, cell.release) == (target, release));
        if let Some(cell) = cell.filter(|cell| cell.answer == Answer::No) {
            bail!("{} cannot open this backup: {}; nothing was done", self.words(), cell.why);
        }
        if full.store_id.engine != "record" && self.target != Some(Target::Enterprise) {
            bail!(
                "its storage engine is `{}`, which {} does not have; nothing was done",
                full.store_id.engine,
                self.words()
            );
        }
        Ok(())
    }

    /// Refuses what a later Neo4j wrote, by its logs.
    pub(crate) fn reads(&self, logs: &LogReport) -> anyhow::Result<()> {
        let Some(version) = self.version else { return Ok(()) };
        let Some(oldest) = logs.oldest_neo4j() else { return Ok(()) };
        if Version::parse(oldest).is_some_and(|oldest| oldest > version) {
            bail!(
                "Neo4j {oldest} or later wrote it, and here is {}.{:02}: a backup goes into the same or a later version; nothing was done",
                version.0,
                version.1
            );
        }
        Ok(())
    }

    fn words(&self) -> String {
        match (self.target, self.version) {
            (Some(target), Some(version)) => {
                format!("the Neo4j here ({} {}.{:02})", target.as_str(), version.0, version.1)
            }
            _ => "Neo4j Community".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jars_tell_edition_and_version() {
        let home = tempfile::tempdir().expect("a folder");
        assert_eq!(Edition::of(home.path()), Edition::default());
        fs::create_dir(home.path().join("lib")).expect("made");
        fs::write(home.path().join("lib/neo4j-kernel-5.26.28.jar"), "").expect("written");
        let community = Edition { target: Some(Target::Community), version: Some(Version(5, 26)) };
        assert_eq!(Edition::of(home.path()), community);
        fs::write(home.path().join("lib/neo4j-enterprise-kernel-5.26.28.jar"), "").expect("written");
        assert_eq!(Edition::of(home.path()).target, Some(Target::Enterprise));
        assert!(Version(2026, 2) < Version(2026, 5) && Version(5, 26) < Version(2025, 4));
    }
}
