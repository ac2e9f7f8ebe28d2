//! Folders full of artifacts, as a night's backups of many databases leave them.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use graphkeep_core::time::UtcTime;

use crate::artifact::{Backup, Origin};

/// 2026-09-01 02:00 UTC.
const START: i64 = 1_788_228_000;
const HOUR: i64 = 3600;
/// Transactions that each backup covers.
const STEP: i64 = 10;

/// What was written: for each database, up to which transaction it can be restored.
pub type Written = BTreeMap<String, i64>;

/// Backups of `databases` databases, each with one full and `differentials` after it, in `nightly/` beside
/// each other (so that one folder holds very many), but every fourth database in a folder of its own below
/// `weekly/`.
///
/// # Errors
/// Those of the file system.
pub fn write(folder: &Path, databases: u32, differentials: u32) -> io::Result<Written> {
    let nightly = folder.join("nightly");
    fs::create_dir_all(&nightly)?;
    let mut written = Written::new();
    for number in 0..databases {
        let origin = Origin::new(&format!("shop-{number:03}"), number);
        let own = folder.join("weekly").join(&origin.name);
        let place = if number % 4 == 3 { &own } else { &nightly };
        fs::create_dir_all(place)?;
        let highest = chain(&origin, differentials, |backup| backup.save(place).map(drop))?;
        written.insert(origin.name, highest);
    }
    Ok(written)
}

/// A full and its differentials, hour by hour; gives the last transaction.
///
/// # Errors
/// Those of `save`.
pub fn chain(
    of: &Origin,
    differentials: u32,
    mut save: impl FnMut(&Backup) -> io::Result<()>,
) -> io::Result<i64> {
    let mut highest = STEP;
    save(&Backup::full(of, UtcTime(START), highest))?;
    for hour in 1..=i64::from(differentials) {
        let backup = Backup::differential(of, UtcTime(START + hour * HOUR), highest + 1, highest + STEP);
        save(&backup)?;
        highest += STEP;
    }
    Ok(highest)
}

#[cfg(test)]
mod tests {
    use graphkeep_core::report::RestorePoint;
    use graphkeep_core::{Limits, artifact, chain};

    use super::*;
    use crate::fixtures::Paths;

    #[test]
    fn an_estate_reads_back_as_the_databases_it_was_written_for() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let written = write(folder.path(), 5, 3).expect("written");
        let mut readings = Vec::new();
        for place in ["nightly", "weekly/shop-003"] {
            for entry in fs::read_dir(folder.path().join(place)).expect("listed") {
                let name = entry.expect("listed").path().to_str().expect("text").into();
                readings.push(artifact::read(&mut Paths, &name, &Limits::default()));
            }
        }
        assert_eq!(readings.len(), 20);
        let report = chain::report(readings);
        let found = report.databases.iter();
        let newest = |point: &Option<RestorePoint>| point.as_ref().map_or(0, |point| point.tx);
        let found: Written =
            found.map(|database| (database.name.clone(), newest(&database.newest))).collect();
        assert_eq!(found, written);
    }
}
