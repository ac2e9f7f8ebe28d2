//! `backup aggregate`: one full backup in place of a chain.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, bail};
use graphkeep_core::plan::Point;

use super::chosen::{Asked, chosen};
use super::{Ended, Refused};
use crate::args::{BackupAggregate, Output};
use crate::exit::{Exit, Exits};
use crate::neo4j::aggregate::{Place, aggregate, remove};
use crate::neo4j::lock::WorkFolder;
use crate::neo4j::unpack::Cancelled;
use crate::printer::Printer;
use crate::progress::{Decoding, Progress};
use crate::words::{count, size};

pub(crate) fn run(args: &BackupAggregate, printer: &Printer, output: &Output) -> Ended {
    let asked = Asked {
        paths: std::slice::from_ref(&args.from_path),
        database: args.database.as_deref(),
        point: Point::Newest,
    };
    let chosen = match chosen(&asked, printer, output)? {
        Ok(chosen) => chosen,
        Err(exits) => return Ok(exits),
    };
    let chain = chosen.chain();
    let (Some(full), Some(last)) = (chain.first(), chain.last()) else { bail!("there is no chain") };
    let database = last.database.clone();
    if chain.len() == 1 {
        printer.note(&format!(
            "`{}` is a full backup with nothing behind it: there is nothing to fold",
            full.path.base()
        ));
        return Ok(Exits::default());
    }
    if full.topology.is_some() || full.store_id.engine != "record" {
        return Err(Refused {
            exit: Exit::Failed,
            message: format!(
                "`{database}` is of storage engine `{}`, and folding is proven for `record` alone: nothing was done",
                full.store_id.engine
            ),
            hint: Some("Enterprise's `neo4j-admin backup aggregate` folds it".into()),
        }
        .into());
    }
    let range = format!("1..{}", last.highest_tx);
    let (folded_from, old_bytes) = (chain.len(), chain.iter().map(|artifact| artifact.size).sum::<u64>());
    let last_path = chosen.files.path(&last.path);
    let folder = last_path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let work = WorkFolder::take(folder)?;
    let elsewhere = match &args.temp_path {
        Some(temp) if temp.canonicalize()? != folder.canonicalize()? => Some(WorkFolder::take(temp)?),
        _ => None,
    };
    let room = elsewhere.as_ref().unwrap_or(&work);
    // Beside the chain under a name of its own, so that at every moment what is in the folder restores.
    let beside = folder.join(format!("{database}-{}-aggregate.backup", last.time.file_name()));
    let old: Vec<_> = chain.iter().map(|artifact| (*artifact).clone()).collect();

    let begun = Instant::now();
    let mut progress = Progress::new(printer, output);
    let watch = &mut |_, done, total| {
        let bytes = Decoding { bytes_done: done, bytes_total: total, files_total: 1, ..Decoding::default() };
        progress.at(bytes.since(begun), &database);
    };
    let to = Place { target: &beside, work: &work, room };
    let finished = aggregate(chain, &to, &chosen.files, printer, output, watch);
    drop(progress);
    let finished = match finished {
        Ok(finished) => finished,
        Err(error) if error.is::<Cancelled>() => {
            printer.note("cancelled; the chain is as it was");
            return Ok(Exit::Cancelled.into());
        }
        Err(error) => {
            return Err(error.context(format!("`{database}` was not folded; the chain is as it was")));
        }
    };
    let mut path = finished.path.clone();
    if !args.keep_old_backup {
        path =
            replace(&finished.path, &last_path, folder, &format!("{database}-{}.backup", last_time(&old)))?;
        for artifact in old.iter().filter(|artifact| chosen.files.path(&artifact.path) != path) {
            remove(artifact, &chosen.files).with_context(|| {
                format!("the new backup is there, and the old `{}` cannot be removed", artifact.path.base())
            })?;
        }
    }
    printer.out(&format!(
        "{} of `{database}` folded into `{}` (full, tx {range}, {} in place of {}, {}), transactions not yet applied; {}\n",
        count(folded_from as u64, "backup"),
        path.display(),
        size(finished.bytes),
        size(old_bytes),
        finished.verification.level.as_str(),
        if args.keep_old_backup { "the old chain is kept" } else { "the old chain is removed" },
    ))?;
    Ok(Exits::default())
}

fn last_time(old: &[graphkeep_core::report::Artifact]) -> String {
    old.last().map(|last| last.time.file_name()).unwrap_or_default()
}

/// Gives the new backup the name that a backup of its time has: its last differential's, which it replaces.
fn replace(new: &Path, last: &Path, folder: &Path, name: &str) -> anyhow::Result<PathBuf> {
    let target = folder.join(name);
    if target.exists() && target.canonicalize()? != last.canonicalize()? {
        // Somebody else's: the new one stays where it is.
        return Ok(new.to_owned());
    }
    fs::rename(new, &target).with_context(|| format!("cannot name `{}`", target.display()))?;
    Ok(target)
}
