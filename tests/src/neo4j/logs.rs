//! What the transaction logs on disk hold, read by the core: Community's server does not tell its last
//! transaction.

use std::fs::{self, File};
use std::io::BufReader;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use graphkeep_core::log::{Batch, Expected, LogName, Logs};

/// Every batch in a folder of transaction logs that nobody writes to, in their order.
///
/// # Errors
/// Those of the file system; where the logs are not sound.
pub fn batches(folder: &Path) -> Result<Vec<Batch>> {
    let mut logs = Logs::new(Expected::default());
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if let Some(kind) = LogName::of(&name) {
            let stream = BufReader::new(File::open(&path)?);
            logs.file(&name, kind, stream, &mut |batch| found.push(batch.clone()))?;
        }
    }
    let report = logs.finish(&mut |batch| found.push(batch.clone()));
    ensure!(report.problems.is_empty(), "{}: {:#?}", folder.display(), report.problems);
    found.sort_by_key(|batch| batch.append_index);
    Ok(found)
}

/// The last committed transaction.
///
/// # Errors
/// As [`batches`]; where there is none.
pub fn last_tx(folder: &Path) -> Result<i64> {
    let last = batches(folder)?.into_iter().rfind(|batch| batch.commits);
    Ok(last.with_context(|| format!("{} holds no transaction", folder.display()))?.tx)
}
