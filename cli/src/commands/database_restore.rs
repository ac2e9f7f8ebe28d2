//! `database restore`: a chain into a home.

use std::path::PathBuf;
use std::time::Instant;

use anyhow::bail;
use graphkeep_core::plan::Point;
use graphkeep_core::time::UtcTime;

use super::chosen::{Asked, Chosen, chosen};
use super::{Ended, Refused};
use crate::args::{DatabaseRestore, Output, StopAt};
use crate::exit::{Exit, Exits};
use crate::neo4j::conf::Commands;
use crate::neo4j::edition::Edition;
use crate::neo4j::home::{Database, Home};
use crate::neo4j::joined::Until;
use crate::neo4j::restore::{Folded, Overwrite, Seat, Wish};
use crate::neo4j::unpack::Cancelled;
use crate::printer::Printer;
use crate::words::{count, size};

pub(crate) fn run(args: &DatabaseRestore, printer: &Printer, output: &Output) -> Ended {
    let begun = Instant::now();
    let asked = Asked {
        paths: &args.from_path,
        database: args.source_database.as_deref().or(args.database.as_deref()),
        point: point(args.restore_until),
    };
    let chosen = match chosen(&asked, printer, output)? {
        Ok(chosen) => chosen,
        Err(exits) => return Ok(exits),
    };
    let chain = chosen.chain();
    let (Some(full), Some(last)) = (chain.first(), chain.last()) else { bail!("there is no chain") };
    within(args.restore_until, last.highest_tx, &chosen)?;

    let name = name(args.database.as_deref().unwrap_or(&full.database))?;
    let (database, edition) = destination(args, &name)?;
    edition.takes(full)?;
    let overwrite = if args.overwrite_destination { Overwrite::Allowed } else { Overwrite::Refused };
    let seat = Seat::take(&database, overwrite).map_err(|error| {
        let hint = overwrite == Overwrite::Refused && error.to_string().contains("already");
        let hint = hint.then(|| "`--overwrite-destination=true` replaces it".to_owned());
        Refused { exit: Exit::Failed, message: format!("{error:#}"), hint }
    })?;
    if args.configuration.verbose {
        for artifact in &chain {
            printer.note(&format!("{} {}  {}", artifact.kind.as_str(), artifact.range(), artifact.path));
        }
        printer.note(&format!("into {} and {}", database.store.display(), database.logs.display()));
    }
    let bytes: u64 = chain.iter().map(|artifact| artifact.size).sum();
    let differentials = chain.len() - 1;
    let last = (*last).clone();
    let wish = Wish { chain, until: until(args.restore_until) };
    let accept = |folded: &Folded| edition.reads(&folded.logs);
    let folded = match seat.restore(&wish, &chosen.files, printer, output, &accept) {
        Ok(folded) => folded,
        Err(error) if error.is::<Cancelled>() => {
            printer.note("cancelled; the home is as it was");
            return Ok(Exit::Cancelled.into());
        }
        Err(error) => return Err(error.context(format!("`{name}` was not restored; the home is as it was"))),
    };
    remarks(args, &folded, last.time, printer);
    let from = match differentials {
        0 => "a full backup".to_owned(),
        several => format!("a full and {}", count(several as u64, "differential")),
    };
    let took = begun.elapsed().as_secs_f64();
    printer.out(&format!(
        "`{name}` is restored to tx {}{} from {from} ({} in {took:.1} s), every transaction checked; start Neo4j, and it replays what its checkpoint lacks\n",
        folded.reached,
        committed(&folded),
        size(bytes),
    ))?;
    Ok(Exits::default())
}

/// `, committed 2026-09-12 14:00:00 UTC`, of the last transaction.
fn committed(folded: &Folded) -> String {
    let last = folded.logs.last.filter(|last| last.append_index == folded.reached && last.time_ms > 0);
    last.map(|last| format!(", committed {} UTC,", UtcTime(last.time_ms.div_euclid(1000)).words()))
        .unwrap_or_default()
}

fn point(stop: Option<StopAt>) -> Point {
    match stop {
        None => Point::Newest,
        Some(StopAt::Tx(tx)) => Point::Tx(tx.saturating_sub(1)),
        Some(StopAt::Time(time)) => Point::Before(time),
    }
}

fn until(stop: Option<StopAt>) -> Until {
    match stop {
        None => Until::TheEnd,
        Some(StopAt::Tx(tx)) => Until::Tx(tx),
        Some(StopAt::Time(time)) => Until::Time(time),
    }
}

/// A transaction that the chain does not reach would leave less than was asked for, and not say so.
fn within(stop: Option<StopAt>, highest: i64, chosen: &Chosen) -> Result<(), Refused> {
    let Some(StopAt::Tx(tx)) = stop else { return Ok(()) };
    if tx <= highest.saturating_add(1) {
        return Ok(());
    }
    let known = chosen.report.databases.iter().filter_map(|database| database.newest.as_ref());
    let newer = known.map(|newest| newest.tx).max().filter(|newest| *newest > highest);
    Err(Refused {
        exit: Exit::Failed,
        message: format!("the chain ends at tx {highest}, before tx {tx}: nothing was done"),
        hint: Some(match newer {
            Some(newer) => {
                format!("backups in the same folder reach tx {newer}: name the folder, or the last of them")
            }
            None => "leave `--restore-until` out to restore all that there is".into(),
        }),
    })
}

/// A name that is one folder's, as databases' names are: letters, digits, dots and dashes.
fn name(name: &str) -> anyhow::Result<String> {
    let name = name.to_lowercase();
    let fine = |char: char| char.is_alphanumeric() || matches!(char, '.' | '-' | '_');
    if name.is_empty() || name.len() > 65 || name.starts_with(['.', '-']) || !name.chars().all(fine) {
        bail!(
            "`{name}` is no name for a database: expected letters, digits, dots and dashes, a letter first"
        );
    }
    Ok(name)
}

/// The database's two folders, and which Neo4j it is for.
fn destination(args: &DatabaseRestore, name: &str) -> anyhow::Result<(Database, Edition)> {
    let root = std::env::var_os("NEO4J_HOME").filter(|home| !home.is_empty()).map(PathBuf::from);
    let commands = if args.configuration.expand_commands { Commands::Run } else { Commands::Refuse };
    let additional = args.configuration.additional_config.as_deref();
    let home = match &root {
        Some(root) => Some(Home::configured(root, additional, commands)?),
        None => None,
    };
    let (databases, transactions) = match (&args.to_path_data, &args.to_path_txn, &home) {
        (Some(data), Some(txn), _) => (data.clone(), txn.clone()),
        (data, txn, Some(home)) => (
            data.clone().unwrap_or_else(|| home.databases.clone()),
            txn.clone().unwrap_or_else(|| home.transactions.clone()),
        ),
        _ => {
            return Err(Refused {
                exit: Exit::Failed,
                message: "where to restore to is not known: NEO4J_HOME is not set".into(),
                hint: Some(
                    "set NEO4J_HOME to the Neo4j home, or give both `--to-path-data` and `--to-path-txn`"
                        .into(),
                ),
            }
            .into());
        }
    };
    let database = Database {
        name: name.to_owned(),
        store: std::path::absolute(databases)?.join(name),
        logs: std::path::absolute(transactions)?.join(name),
    };
    Ok((database, root.map(|root| Edition::of(&root)).unwrap_or_default()))
}

/// What a person should know beside the result.
fn remarks(args: &DatabaseRestore, folded: &Folded, newest: UtcTime, printer: &Printer) {
    if let Some(StopAt::Time(time)) = args.restore_until
        && newest < time
    {
        printer.note(&format!(
            "note: the newest backup of the chain was taken at {} UTC: what was committed after it is not in it",
            newest.words()
        ));
    }
    let renamed =
        args.database.as_deref().is_some_and(|name| !name.eq_ignore_ascii_case(&folded.full.database));
    if renamed {
        printer.note(
            "note: a database of a new name is found where `initial.dbms.default_database` names it before the first start (Community), or after `CREATE DATABASE` (Enterprise)",
        );
    }
    if folded.full.script.is_some() {
        printer.note(
            "note: the backup carries users and roles, which a restore of the data does not run: `graphkeep show --script` prints them",
        );
    }
}
