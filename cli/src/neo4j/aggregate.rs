//! A chain folded into one full backup: the full's store files, and behind them the transactions of the whole
//! chain, as a restore would join them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use graphkeep_core::metadata::{Entry as MapEntry, Flags, Metadata, SCRIPT};
use graphkeep_core::report::Artifact;
use graphkeep_core::{Limits, artifact};

use super::joined::Until;
use super::lock::{self, WorkFolder};
use super::restore::{Rooms, Wish, fold};
use super::snapshot::seconds;
use super::writing::{Draft, Entry, Finished, Watch};
use crate::args::Output;
use crate::files::Files;
use crate::printer::Printer;
use crate::words::size;

/// The folder for the work, inside a work folder.
const WORK: &str = "aggregate";

/// Where the new artifact comes to be.
pub(crate) struct Place<'p> {
    /// Where it will be; nothing is there.
    pub(crate) target: &'p Path,
    /// Where it is written: in the target's folder, so that it only needs a name in the end.
    pub(crate) work: &'p WorkFolder,
    /// Where the chain is unpacked.
    pub(crate) room: &'p WorkFolder,
}

/// Folds `chain`, of a full and at least one differential, into one artifact.
///
/// # Errors
/// Where anything in the chain is not as it should be, or the new artifact does not verify.
pub(crate) fn aggregate(
    chain: Vec<&Artifact>,
    to: &Place,
    files: &Files,
    printer: &Printer,
    output: &Output,
    watch: Watch,
) -> anyhow::Result<Finished> {
    let place = to.room.join(WORK);
    let rooms = Rooms { store: place.join("store"), logs: place.join("logs"), part: place.join("part") };
    for room in [&rooms.store, &rooms.logs, &rooms.part] {
        fs::create_dir_all(room).with_context(|| format!("cannot make `{}`", room.display()))?;
    }
    space(&chain, to.room.path(), to.work.path())?;
    let last = chain.last().copied().context("a chain without a full backup")?.clone();
    let mut map: Vec<MapEntry> = script(&chain, files)?.into_iter().collect();
    // What this version does not know of the newest backup is the new one's no less.
    let newest = artifact::metadata_of(&mut &*files, &last.path, &Limits::default());
    map.extend(newest.iter().flat_map(Metadata::beside_script).cloned());
    let folded = fold(&Wish { chain, until: Until::TheEnd }, &rooms, files, printer, output)?;
    let metadata = Metadata {
        store_id: folded.full.store_id.clone(),
        database_id: last.database_id,
        database_name: last.database.clone(),
        backup_time: last.time,
        lowest: 1,
        highest: folded.reached,
        flags: Flags { recovered: false, compressed: folded.full.compressed, full: true, unknown: 0 },
        map: Some(map),
    };
    let (mut folders, mut entries) = (Vec::new(), Vec::new());
    gather(&rooms.store, "", &mut folders, &mut entries)?;
    gather(&rooms.logs, "", &mut folders, &mut entries)?;
    let draft = Draft { metadata, folders, entries, modified: last.time.0 };
    let finished = draft.finish(&to.work.join("aggregate.part"), to.target, watch)?;
    if let Err(error) = fs::remove_dir_all(&place) {
        printer.note(&format!("note: `{}` cannot be removed: {error}", place.display()));
    }
    Ok(finished)
}

/// Everything under a folder, by its path in the archive.
fn gather(folder: &Path, path: &str, folders: &mut Vec<String>, entries: &mut Vec<Entry>) -> io::Result<()> {
    let mut found: Vec<_> = fs::read_dir(folder)?.collect::<io::Result<_>>()?;
    found.sort_by_key(fs::DirEntry::file_name);
    for entry in found {
        let Ok(name) = entry.file_name().into_string() else {
            return Err(io::Error::other(format!(
                "`{}` has no name that an archive can hold",
                entry.path().display()
            )));
        };
        let path = if path.is_empty() { name } else { format!("{path}/{name}") };
        let metadata = entry.metadata()?;
        if metadata.is_dir() {
            folders.push(path.clone());
            gather(&entry.path(), &path, folders, entries)?;
        } else {
            let modified = seconds(metadata.modified()?);
            entries.push(Entry::Copy { path, at: entry.path(), bytes: metadata.len(), modified });
        }
    }
    Ok(())
}

/// Users and roles as the newest backup of the chain has them.
fn script(chain: &[&Artifact], files: &Files) -> anyhow::Result<Option<MapEntry>> {
    let Some(newest) = chain.iter().rev().find(|artifact| artifact.script.is_some()) else {
        return Ok(None);
    };
    let details = artifact::details(&mut &*files, &newest.path, &Limits::default());
    match details.script {
        Some(Ok(script)) => Ok(Some(MapEntry { key: SCRIPT.to_owned(), value: script.into_bytes() })),
        Some(Err(error)) => bail!("the users and roles in `{}` cannot be read: {error}", newest.path.base()),
        None => Ok(None),
    }
}

/// Unpacked in one folder and archived in another, which may be the same.
fn space(chain: &[&Artifact], room: &Path, work: &Path) -> anyhow::Result<()> {
    let unpacked =
        chain.iter().map(|artifact| artifact.archive_size.map_or(artifact.size, |size| size.bytes));
    let unpacked = unpacked.fold(0_u64, u64::saturating_add);
    let archived = chain.iter().map(|artifact| artifact.size).fold(0_u64, u64::saturating_add);
    let enough = |folder: &Path, needed: u64| match lock::available(folder) {
        Some(free) if free < needed => bail!(
            "`{}` has {} free, and folding the chain takes up to {} there: nothing was done; `--temp-path` names a folder for what is unpacked",
            folder.display(),
            size(free),
            size(needed)
        ),
        _ => Ok(()),
    };
    if room == work {
        return enough(work, unpacked.saturating_add(archived));
    }
    enough(room, unpacked)?;
    enough(work, archived)
}

/// Removes an artifact, with its parts where it is split: the file that says what it is goes first.
pub(crate) fn remove(artifact: &Artifact, files: &Files) -> io::Result<()> {
    let parts = artifact.split.iter().flat_map(|split| &split.parts).map(|part| &part.path);
    let paths: Vec<PathBuf> =
        std::iter::once(&artifact.path).chain(parts).map(|name| files.path(name)).collect();
    paths.iter().try_for_each(fs::remove_file)
}
