//! `inspect`: the estate, its databases, chains and verdicts.

use std::path::PathBuf;

use graphkeep_core::chain;

use super::{Ended, Refused, depth, or_here, read, words};
use crate::args::{Format, Inspect, Output};
use crate::exit::{Exit, Exits};
use crate::printer::Printer;
use crate::render::chains::{Asked, Detail};
use crate::render::{chains, json, jsonl, tabular};
use crate::select::{self, Listed, Selection};

pub(crate) fn run(args: &Inspect, printer: &Printer, output: &Output) -> Ended {
    let mut selection = Selection::from(&args.rows);
    if args.format == Format::Json && selection.listed != Listed::All {
        return Err(Refused {
            exit: Exit::Usage,
            message: "`--format json` is the whole report, so `--latest-backup` and `--latest-chain` do not go with it".into(),
            hint: Some("use `--format jsonl`, or `graphkeep backup inspect --format=JSON`".into()),
        }
        .into());
    }
    let named: Vec<PathBuf> = args.paths.iter().chain(&args.more_paths).cloned().collect();
    let named = or_here(&named);
    let paths = selection.widen(&named);
    let depth = depth(args.recursive);
    let found = match read(&paths, depth, printer, output) {
        Ok(found) => found,
        Err(exits) => return Ok(exits),
    };
    let patterns: Vec<_> = args.rows.database.iter().cloned().collect();
    let report = chain::report(select::databases(&patterns, found.readings));
    let text = match args.format {
        Format::Chains => {
            let asked = Asked {
                selection,
                detail: if args.verbose { Detail::Verbose } else { Detail::Brief },
                paths: words(&named, depth),
                folder: paths.iter().any(|path| path.is_dir()),
                folders_passed_over: found.folders_passed_over,
            };
            chains::text(&report, &asked, &printer.look)
        }
        Format::Tabular => tabular::inspect(&report, &selection.rows(&report), &found.files),
        Format::Json => json::document(&report),
        Format::Jsonl => jsonl::report(&report, &selection.rows(&report)),
    };
    printer.out(&text)?;
    Ok(Exits::of(&report))
}
