//! `transactions`: every commit in the logs of backups.

use std::collections::{BTreeMap, HashMap};

use graphkeep_core::log::Batch;
use graphkeep_core::plan::Point;
use graphkeep_core::problem::Severity;
use graphkeep_core::progress::Visitor;
use graphkeep_core::report::{Level, OtherFile, Reading};
use std::ops::ControlFlow;

use super::{Ended, depth, or_here, read};
use crate::args::{Output, Transactions};
use crate::exit::{Exit, Exits};
use crate::printer::Printer;
use crate::render::transactions::{Owner, Sheet, Transaction};
use crate::select;
use crate::verifying::Outcome;
use crate::walk::{Walked, Watching, Whole, walk};

/// Transactions held until a file was read: archives hold logs in any order, and a batch that goes on in the
/// next log is known only when all were walked. Some 50 bytes each.
const HELD: usize = 8 << 20;
/// Long transactions that are open at the same time.
const OPEN: usize = 1 << 16;

pub(crate) fn run(args: &Transactions, printer: &Printer, output: &Output) -> Ended {
    let found = match read(&or_here(&args.paths), depth(args.recursive), printer, output) {
        Ok(found) => found,
        Err(exits) => return Ok(exits),
    };
    let patterns: Vec<_> = args.database.iter().cloned().collect();
    let mut readings = select::databases(&patterns, found.readings);
    readings.sort_by_cached_key(order);

    let mut exits = Exits::default();
    let owners: Vec<Option<Owner>> = readings.iter().map(Owner::of).collect();
    let mut sheet = Sheet::new(args.format, printer, owners.iter().flatten());
    sheet.begin()?;
    let mut listed: HashMap<Owner, Listed> = HashMap::new();
    for (reading, owner) in readings.iter().zip(owners) {
        let (Some(owner), Some(name)) = (owner, Some(reading.path())) else {
            if let Reading::Other(other) = reading {
                unusable(other, printer, &mut exits);
            }
            continue;
        };
        let mut source = Whole::new(&found.files);
        let mut walker = Walker {
            watching: Watching::new(&source, printer, output),
            held: Vec::new(),
            in_pieces: false,
            open: HashMap::new(),
            listed: listed.entry(owner.clone()).or_default(),
            first_last: None,
            from: args.from,
            to: args.to,
            file: name.0.as_str(),
            owner: &owner,
            sheet: &mut sheet,
            failed: None,
        };
        let Walked { reading: read, found: verified } = walk(&mut source, name, Level::L3, &mut walker);
        walker.end();
        if walker.in_pieces {
            let base = name.base();
            printer.note(&format!(
                "note: `{base}` holds more than {HELD} transactions: they are listed in pieces, each in order"
            ));
        }
        let (failed, cancelled) = (walker.failed.take(), walker.watching.is_cancelled());
        walker.watching.clear();
        if let Some(error) = failed {
            return Err(error.into());
        }
        match (verified, &read) {
            (Some(verified), _) => {
                let errors = verified.problems.iter().filter(|problem| problem.severity == Severity::Error);
                for problem in errors {
                    let (path, message) = (name.base(), &problem.message);
                    printer.note(&format!("error: `{path}`: {message} ({})", problem.code));
                }
                if verified.summary().is_damaged() {
                    exits.add(Exit::Corrupt);
                } else if verified.level < Level::L3 {
                    exits.add(Exit::Incomplete);
                    let why = verified
                        .problems
                        .first()
                        .map_or("it holds no transaction logs", |problem| problem.message.as_str());
                    printer.note(&format!(
                        "warning: `{}`: not every transaction could be read: {why}",
                        name.base()
                    ));
                }
            }
            (None, Reading::Other(other)) => unusable(other, printer, &mut exits),
            (None, _) => exits.add(Exit::Failed),
        }
        if cancelled {
            printer.note("cancelled: the list is not complete");
            exits.add(Exit::Cancelled);
            break;
        }
    }
    if sheet.end()? == 0 && exits.worst().is_none() {
        printer.note("no transaction is in the logs of these files, or none in that range");
        exits.add(Exit::Incomplete);
    }
    Ok(exits)
}

/// Databases by name, and within each the files in the order of what they add.
fn order(reading: &Reading) -> impl Ord + use<> {
    let path = reading.path().clone();
    match reading {
        Reading::Artifact(artifact) => (
            0,
            artifact.database.clone(),
            Some((artifact.database_id, artifact.store_id_hash)),
            artifact.highest_tx,
            path,
        ),
        Reading::Dump(dump) => (1, dump.database_by_name.clone().unwrap_or_default(), None, 0, path),
        Reading::Other(_) => (2, String::new(), None, 0, path),
    }
}

fn unusable(other: &OtherFile, printer: &Printer, exits: &mut Exits) {
    if let Some(exit) = Outcome::of_other(other).and_then(Outcome::exit) {
        printer.note(&format!("error: {}", other.problem.message));
        exits.add(exit);
    }
}

/// Append indexes that were listed, as ranges that neither overlap nor touch.
#[derive(Debug, Default)]
struct Listed(BTreeMap<i64, i64>);

impl Listed {
    fn contains(&self, index: i64) -> bool {
        self.0.range(..=index).next_back().is_some_and(|(_, last)| *last >= index)
    }

    fn add(&mut self, mut first: i64, mut last: i64) {
        while let Some((start, end)) = self.0.range(..=last.saturating_add(1)).next_back()
            && end.saturating_add(1) >= first
        {
            let (start, end) = (*start, *end);
            self.0.remove(&start);
            (first, last) = (first.min(start), last.max(end));
        }
        self.0.insert(first, last);
    }
}

/// What a transaction needs of its batch.
#[derive(Debug, Clone, Copy)]
struct Held {
    append_index: i64,
    tx: i64,
    time_ms: i64,
    bytes: Option<u64>,
    log: u64,
    commits: bool,
}

struct Walker<'l, 'p> {
    watching: Watching<'p>,
    held: Vec<Held>,
    /// There were more than can be held: lists in order, one after the other.
    in_pieces: bool,
    /// Bytes so far of transactions that were appended in pieces.
    open: HashMap<i64, Option<u64>>,
    listed: &'l mut Listed,
    first_last: Option<(i64, i64)>,
    from: Option<Point>,
    to: Option<Point>,
    file: &'l str,
    owner: &'l Owner,
    sheet: &'l mut Sheet<'p>,
    failed: Option<std::io::Error>,
}

impl Visitor for Walker<'_, '_> {
    fn progress(&mut self, done: u64, total: u64) -> ControlFlow<()> {
        self.watching.at(done, total)?;
        if self.failed.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn batch(&mut self, batch: &Batch) {
        let bytes = (batch.file == batch.end_file).then(|| batch.end.saturating_sub(batch.at));
        let Batch { append_index, tx, time_ms, commits, file: log, .. } = *batch;
        if self.held.len() == HELD {
            self.in_pieces = true;
            self.list_held();
        }
        self.held.push(Held { append_index, tx, time_ms, bytes, log, commits });
    }
}

impl Walker<'_, '_> {
    fn list_held(&mut self) {
        let mut held = std::mem::take(&mut self.held);
        held.sort_by_key(|held| held.append_index);
        for held in &held {
            self.list(held);
        }
        // The room that is there is used again.
        held.clear();
        self.held = held;
    }

    /// Lists what is left.
    fn end(&mut self) {
        self.list_held();
        if let Some((first, last)) = self.first_last {
            self.listed.add(first, last);
        }
    }

    fn list(&mut self, held: &Held) {
        let index = held.append_index;
        let (first, last) = self.first_last.unwrap_or((index, index));
        self.first_last = Some((first.min(index), last.max(index)));
        let before = self.open.remove(&held.tx);
        let bytes = match (before, held.bytes) {
            (Some(before), now) => before.zip(now).map(|(before, now)| before.saturating_add(now)),
            (None, now) => now,
        };
        if !held.commits {
            if self.open.len() < OPEN {
                self.open.insert(held.tx, bytes);
            }
            return;
        }
        if self.listed.contains(index) || !self.is_in_range(held) || self.failed.is_some() {
            return;
        }
        let transaction = Transaction {
            tx: held.tx,
            append_index: index,
            time_ms: held.time_ms,
            bytes,
            log: held.log,
            file: self.file,
            owner: self.owner,
        };
        self.watching.clear();
        if let Err(error) = self.sheet.row(&transaction) {
            self.failed = Some(error);
        }
    }

    fn is_in_range(&self, held: &Held) -> bool {
        let from = match self.from {
            Some(Point::Tx(tx)) => held.tx >= tx,
            Some(Point::Before(time)) => held.time_ms >= time.0.saturating_mul(1000),
            _ => true,
        };
        let to = match self.to {
            Some(Point::Tx(tx)) => held.tx <= tx,
            Some(Point::Before(time)) => held.time_ms < time.0.saturating_mul(1000),
            _ => true,
        };
        from && to
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_that_touch_become_one() {
        let mut listed = Listed::default();
        for (first, last) in [(10, 19), (30, 39), (20, 29), (1, 2), (5, 50)] {
            listed.add(first, last);
        }
        assert_eq!(listed.0, BTreeMap::from([(1, 2), (5, 50)]));
        for (index, is) in [(0, false), (1, true), (2, true), (3, false), (5, true), (50, true), (51, false)]
        {
            assert_eq!(listed.contains(index), is, "{index}");
        }
    }
}
