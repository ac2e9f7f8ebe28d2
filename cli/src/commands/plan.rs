//! `plan`: which files restore a point, and the commands.

use graphkeep_core::chain;
use graphkeep_core::plan::{self, Point};

use super::{Ended, Refused, depth, or_here, read};
use crate::args::{Output, Plan, TextOrJson};
use crate::exit::{Exit, Exits};
use crate::printer::Printer;
use crate::render::json;
use crate::render::plan::{Answer, Planned, text};
use crate::select;

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
    let plans = report.databases.iter().map(|database| {
        let (plan, unreachable) = match plan::plan(&report, database, args.at) {
            Ok(plan) => (Some(plan), None),
            Err(unreachable) => (None, Some(*unreachable)),
        };
        let lines = plan.iter().flat_map(|plan| &plan.commands).map(|command| command.line(shell)).collect();
        let (name, id) = (database.name.clone(), database.id.to_string());
        Planned { database: name, database_id: id, point: args.at, plan, unreachable, lines }
    });
    let answer = Answer::new(plans.collect());
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
