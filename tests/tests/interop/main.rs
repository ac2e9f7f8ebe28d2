//! What we write the real Neo4j takes, and what it writes we take. `cargo xtask interop` sets it up; with
//! `--runs N` everything that is left to chance is tried N times.

mod fixtures;
mod kills;
mod online;
mod pruned;
mod swap;
mod users;
mod writing;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use graphkeep_core::report::{Artifact, Level, Reading};
use graphkeep_core::verify::verify;
use graphkeep_core::{FileName, Limits, progress};
use graphkeep_tests::fixtures::Paths;

/// How often to try what is left to chance; absent in the run that belongs to all tests.
fn runs() -> Option<usize> {
    std::env::var("GRAPHKEEP_INTEROP_RUNS").ok()?.parse().ok()
}

/// The backups in a folder, verified to their last transaction, in the order in which they were taken.
/// Everything that has a backup's name must be one.
fn backups(folder: &Path) -> Result<Vec<Artifact>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_none_or(|extension| extension != "backup") {
            continue;
        }
        let name = FileName(path.display().to_string());
        let limits = Limits::default();
        let (reading, verification) = verify(&mut Paths, &name, Level::L3, &limits, &mut progress::Silent);
        let Reading::Artifact(artifact) = reading else {
            anyhow::bail!("{name} is no backup");
        };
        let verification = verification.context("no verification")?;
        ensure!(verification.holds(), "{name}: {:#?}", verification.problems);
        found.push(*artifact);
    }
    found.sort_by_key(|artifact| artifact.time);
    Ok(found)
}

/// A copy of files in a new folder.
fn copied<'a>(files: impl IntoIterator<Item = &'a Artifact>) -> Result<tempfile::TempDir> {
    let folder = tempfile::tempdir()?;
    for artifact in files {
        fs::copy(path(artifact), folder.path().join(artifact.path.base()))?;
    }
    Ok(folder)
}

fn path(artifact: &Artifact) -> PathBuf {
    PathBuf::from(&artifact.path.0)
}
