//! A chain put into a home as one database: unpacked beside what is there, proven, made durable, and only then
//! moved into its place.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use graphkeep_core::log::LogReport;
use graphkeep_core::report::Artifact;

use super::home::Database;
use super::joined::{Joined, Until, Wanted};
use super::lock;
use super::swap::{Swap, settle};
use super::unpack::{Into, unpack};
use crate::args::Output;
use crate::files::Files;
use crate::printer::Printer;
use crate::walk::{Watching, Whole};
use crate::words::size;

/// A chain with its full first, and the point in it that is wanted.
pub(crate) struct Wish<'w> {
    pub(crate) chain: Vec<&'w Artifact>,
    pub(crate) until: Until,
}

/// What a chain came to.
pub(crate) struct Folded {
    /// The full, as it was read again.
    pub(crate) full: Box<Artifact>,
    /// The joined logs.
    pub(crate) logs: LogReport,
    /// The append index of the last batch.
    pub(crate) reached: i64,
}

/// Where a chain is unpacked to: folders that exist and are empty.
pub(crate) struct Rooms {
    pub(crate) store: PathBuf,
    pub(crate) logs: PathBuf,
    /// For the logs of one differential after the other.
    pub(crate) part: PathBuf,
}

/// Unpacks a chain and joins its logs.
///
/// # Errors
/// Where anything in it is not as it should be, or the point is not in it.
pub(crate) fn fold(
    wish: &Wish,
    rooms: &Rooms,
    files: &Files,
    printer: &Printer,
    output: &Output,
) -> anyhow::Result<Folded> {
    let [first, rest @ ..] = wish.chain.as_slice() else { bail!("a chain without a full backup") };
    let mut source = Whole::new(files);
    let mut watching = Watching::new(&source, printer, output);

    let mut wanted = Wanted::all(wish.until);
    let into = Into { store: Some(&rooms.store), logs: &rooms.logs };
    let (full, found) =
        unpack(&mut source, &first.path, &into, &mut |batch| wanted.note(batch), &mut watching)?;
    if let Some(stop) = wanted.stop().filter(|stop| stop.append_index <= full.highest_tx) {
        bail!(
            "the full backup `{}` holds everything up to tx {}, and a full is restored whole: tx {} of it was not wanted any more",
            full.path.base(),
            full.highest_tx,
            stop.tx
        );
    }
    let written = found.logs.as_ref().and_then(|logs| logs.checkpoint.as_ref());
    let highest = full.highest_tx.max(written.map_or(0, |checkpoint| checkpoint.append_index));
    let mut joined = Joined::begin(&rooms.logs, &wanted, highest)?;
    let mut stopped = wanted.stop().is_some();
    for artifact in rest {
        if stopped {
            break;
        }
        let into = Into { store: None, logs: &rooms.part };
        let mut wanted = Wanted::after(joined.reached(), artifact.highest_tx, wish.until);
        unpack(&mut source, &artifact.path, &into, &mut |batch| wanted.note(batch), &mut watching)?;
        joined
            .extend(&rooms.part, &wanted)
            .with_context(|| format!("`{}` does not continue the chain", artifact.path.base()))?;
        stopped = wanted.stop().is_some_and(|stop| stop.append_index <= artifact.highest_tx);
        empty(&rooms.part)?;
    }
    watching.clear();
    if stopped || !rest.is_empty() {
        joined.cut()?;
    }
    let logs = joined.prove(&full.store_id)?;
    Ok(Folded { full, logs, reached: joined.reached() })
}

fn empty(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        fs::remove_file(entry?.path())?;
    }
    Ok(())
}

/// Whether a database that is there may be replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Overwrite {
    Allowed,
    Refused,
}

/// The right to replace a database: no server has it, no other restore is at work there. Held as long as it
/// lives; the system takes it back from a process that died.
pub(crate) struct Seat<'d> {
    database: &'d Database,
    _alone: File,
    _locks: Vec<File>,
}

impl<'d> Seat<'d> {
    /// # Errors
    /// Where a server runs on the database, another restore is at work, or a database is there and may not be
    /// replaced.
    pub(crate) fn take(database: &'d Database, overwrite: Overwrite) -> anyhow::Result<Self> {
        let parent = |path: &Path| path.parent().map(Path::to_owned).context("a folder without a parent");
        let (databases, transactions) = (parent(&database.store)?, parent(&database.logs)?);
        for folder in [&databases, &transactions] {
            fs::create_dir_all(folder).with_context(|| format!("cannot make `{}`", folder.display()))?;
        }
        let alone = File::open(&databases)?;
        match alone.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                bail!("another restore is at work in `{}`: nothing was done", databases.display())
            }
            Err(TryLockError::Error(error)) => return Err(error).context("cannot lock the folder"),
        }
        // What a broken-off restore left is mended before anybody judges what is there.
        let mut locks = Vec::new();
        let name = &database.name;
        match lock::hold(&database.store.join("database_lock"))? {
            lock::Hold::Free => {}
            lock::Hold::Ours(lock) => locks.push(lock),
            lock::Hold::Theirs => bail!(
                "a Neo4j server has `{name}` open: stop it first (Enterprise: `STOP DATABASE {name}`); nothing was done"
            ),
        }
        // With this one held, no server can start here meanwhile. A server that has it does not have this
        // database, as the lock before told.
        if let lock::Hold::Ours(lock) = lock::hold(&databases.join("store_lock"))? {
            locks.push(lock);
        }
        let seat = Self { database, _alone: alone, _locks: locks };
        Swap::mend_what_was_left(database).context("cannot mend what a broken-off restore left")?;
        let is_there = |folder: &Path| fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some());
        if overwrite == Overwrite::Refused && (is_there(&database.store) || is_there(&database.logs)) {
            bail!(
                "there is a database `{name}` already, in `{}`: nothing was done",
                database.store.display()
            );
        }
        Ok(seat)
    }

    /// Puts a chain into the database's place.
    ///
    /// # Errors
    /// As [`fold`]; then all is as it was.
    pub(crate) fn restore(
        self,
        wish: &Wish,
        files: &Files,
        printer: &Printer,
        output: &Output,
        accept: &dyn Fn(&Folded) -> anyhow::Result<()>,
    ) -> anyhow::Result<Folded> {
        let database = self.database;
        let databases = database.store.parent().unwrap_or(Path::new("."));
        room(wish, databases)?;
        let swap = Swap::begin(database)
            .with_context(|| format!("cannot make room beside `{}`", database.store.display()))?;
        let rooms = Rooms { store: swap.new_store(), logs: swap.new_logs(), part: swap.part() };
        let folded = fold(wish, &rooms, files, printer, output).and_then(|folded| {
            accept(&folded)?;
            let durable = settle(&rooms.store, databases).and_then(|()| settle(&rooms.logs, databases));
            durable.context("cannot make the restored database durable")?;
            Ok(folded)
        });
        match folded {
            Ok(folded) => {
                swap.finish().context(
                    "cannot move the restored database into its place; run the same command again: it puts back what was there",
                )?;
                Ok(folded)
            }
            Err(error) => {
                // What it left is thrown away by the next run at the latest.
                let _ = swap.abandon();
                Err(error)
            }
        }
    }
}

/// Refuses early what would fill the disk. Sizes that an artifact does not state are estimated by its own.
fn room(wish: &Wish, folder: &Path) -> anyhow::Result<()> {
    let needed = wish.chain.iter().map(|artifact| {
        let stated = artifact.archive_size.map(|size| size.bytes);
        stated.unwrap_or(artifact.size).max(artifact.size / 2)
    });
    let needed: u64 = needed.fold(0, u64::saturating_add);
    match lock::available(folder) {
        Some(free) if free < needed => bail!(
            "`{}` has {} free, and unpacking the chain takes {}: nothing was done",
            folder.display(),
            size(free),
            size(needed)
        ),
        _ => Ok(()),
    }
}
