//! `plan`: which files restore a point, and the commands.

use std::ops::ControlFlow;

use graphkeep_core::log::Batch;
use graphkeep_core::plan::{self, Boundary, Point};
use graphkeep_core::progress::Visitor;
use graphkeep_core::report::Level;
use graphkeep_core::{FileName, chain};

use super::{Ended, Refused, depth, or_here, read};
use crate::args::{Output, Plan, TextOrJson};
use crate::exit::{Exit, Exits};
use crate::files::Files;
use crate::printer::Printer;
use crate::render::json;
use crate::render::plan::{Answer, Planned, text};
use crate::select;
use crate::verifying::Outcome;
use crate::walk::{Walked, Watching, Whole, walk};

pub(crate) fn run(args: &Plan, printer: &Printer, output: &Output) -> Ended {
    let found = match read(&or_here(&args.paths), depth(args.recursive), printer, output) {
        Ok(found) => found,
        Err(exits) => return Ok(exits),
    };
    let patterns: Vec<_> = args.database.iter().cloned().collect();
    let report = chain::report(select::databases(&patterns, found.readings));
    // What cannot be read may be what is missing: it is said, and the rest is planned all the same.
    let mut exits = Exits::default();
    for other in &report.others {
        if let Some(exit) = Exits::of_other(other) {
            exits.add(exit);
            printer.note(&format!("note: {}", other.problem.message));
        }
    }
    if report.databases.is_empty() {
        let exit = exits.worst().unwrap_or(Exit::Incomplete);
        let message = "there is no readable backup here, so nothing to plan with".into();
        return Err(Refused {
            exit,
            message,
            hint: Some("`graphkeep inspect` tells what the files are".into()),
        }
        .into());
    }
    if let (Point::Tx(tx), [_, _, ..]) = (args.at, report.databases.as_slice()) {
        let names: Vec<String> =
            report.databases.iter().map(|database| format!("{} ({})", database.name, database.id)).collect();
        return Err(Refused {
            exit: Exit::Usage,
            message: format!(
                "tx {tx} is a transaction of one database, and here are several: {}",
                names.join(", ")
            ),
            hint: Some("choose one with `--database`, by name or id".into()),
        }
        .into());
    }
    let shell = args.shell.into();
    let mut plans = Vec::new();
    for database in &report.databases {
        let (mut plan, unreachable) = match plan::plan(&report, database, args.at) {
            Ok(plan) => (Some(plan), None),
            Err(unreachable) => (None, Some(*unreachable)),
        };
        let lines = plan.iter().flat_map(|plan| &plan.commands).map(|command| command.line(shell)).collect();
        let (name, id) = (database.name.clone(), database.id.to_string());
        let boundary = match &mut plan {
            Some(plan) => boundary(plan, &found.files, printer, output, &mut exits),
            None => None,
        };
        plans.push(Planned {
            database: name,
            database_id: id,
            point: args.at,
            plan,
            boundary,
            unreachable,
            lines,
        });
    }
    let answer = Answer::new(plans);
    if answer.plans.iter().any(|planned| planned.unreachable.is_some()) {
        exits.add(Exit::Broken);
    }
    let text = match args.format {
        TextOrJson::Text => text(&answer, shell, &printer.look),
        TextOrJson::Json => json::document(&answer),
    };
    printer.out(&text)?;
    Ok(exits)
}

/// Where exactly a plan that stops inside its last file stops, by the commits in that file's logs. Where they
/// cannot tell, the plan says so.
fn boundary(
    plan: &mut plan::Plan,
    files: &Files,
    printer: &Printer,
    output: &Output,
    exits: &mut Exits,
) -> Option<Boundary> {
    plan.restore_until.as_ref()?;
    let last = plan.steps.last()?;
    let name = FileName(last.path.clone());
    let mut source = Whole::new(files);
    let mut walker =
        Walker { watching: Watching::new(&source, printer, output), boundary: Boundary::new(plan.point) };
    let Walked { reading, found } = walk(&mut source, &name, Level::L3, &mut walker);
    walker.watching.clear();
    if walker.watching.is_cancelled() {
        printer.note("cancelled; the plan rests on the headers");
        exits.add(Exit::Cancelled);
        return None;
    }
    let reading = match &found {
        Some(found) => reading.with(found),
        None => reading,
    };
    let has_logs = found.as_ref().and_then(|found| found.logs.as_ref()).is_some_and(|logs| logs.files > 0);
    let is_bare = found.is_some() && !has_logs;
    if let Some(exit) = Outcome::of(&reading, Level::L3).and_then(Outcome::exit).filter(|_| !is_bare) {
        exits.add(exit);
    }
    plan.settle(walker.boundary, &reading, found.as_ref())
}

struct Walker<'p> {
    watching: Watching<'p>,
    boundary: Boundary,
}

impl Visitor for Walker<'_> {
    fn progress(&mut self, done: u64, total: u64) -> ControlFlow<()> {
        self.watching.at(done, total)
    }

    fn batch(&mut self, batch: &Batch) {
        self.boundary.batch(batch);
    }
}
