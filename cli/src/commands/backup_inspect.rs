//! `backup inspect`: neo4j-admin's listing, with its options, output and exit codes.

use std::path::PathBuf;

use graphkeep_core::chain;
use graphkeep_core::report::Report;

use super::{Ended, read};
use crate::args::{BackupInspect, Neo4jFormat, Output};
use crate::exit::{Exit, Exits};
use crate::files::Depth;
use crate::printer::Printer;
use crate::render::{json, tabular};
use crate::select::{self, Listed, Pattern, Selection};

pub(crate) fn run(args: &BackupInspect, printer: &Printer, output: &Output) -> Ended {
    let patterns: Vec<Pattern> = args.rows.database.iter().cloned().collect();
    list(&args.path, Selection::from(&args.rows), &patterns, args.format, printer, output)
}

/// Lists the artifacts of one path.
pub(super) fn list(
    path: &PathBuf,
    mut selection: Selection,
    patterns: &[Pattern],
    format: Neo4jFormat,
    printer: &Printer,
    output: &Output,
) -> Ended {
    let paths = selection.widen(std::slice::from_ref(path));
    let found = match read(&paths, Depth::Flat, printer, output) {
        Ok(found) => found,
        Err(exits) => return Ok(exits),
    };
    let report = chain::report(select::databases(patterns, found.readings));
    let rows = selection.rows(&report);
    let text = match format {
        Neo4jFormat::Tabular => tabular::inspect(&report, &rows, &found.files),
        Neo4jFormat::Json => json::inspect(&report, &rows, &found.files),
    };
    printer.out(&text)?;
    let mut exits = unreadable(&report, printer);
    if rows.is_empty() && selection.listed == Listed::LatestChain {
        for database in &report.databases {
            printer.note(&format!("no chain of `{}`: {}", database.name, database.verdict));
        }
        exits.add(Exit::Failed);
    }
    Ok(exits.as_neo4j())
}

/// Says which files could not be read. Broken chains are not this command's business.
fn unreadable(report: &Report, printer: &Printer) -> Exits {
    let mut exits = Exits::default();
    for other in &report.others {
        if let Some(exit) = Exits::of_other(other) {
            exits.add(exit);
            printer.note(&other.problem.message);
            if let Some(remedy) = &other.problem.remedy {
                printer.note(&format!("  {remedy}"));
            }
        }
    }
    for artifact in &report.artifacts {
        for fault in &artifact.faults {
            exits.add(Exit::Corrupt);
            printer.note(&format!("`{}` is damaged: {fault}", artifact.path.base()));
        }
    }
    exits
}
