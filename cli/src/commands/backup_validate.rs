//! `backup validate`: whether the shards of a sharded property database fit together.

use graphkeep_core::chain;

use super::{Ended, Refused, read};
use crate::args::{BackupValidate, Neo4jFormat, Output};
use crate::exit::{Exit, Exits};
use crate::files::Depth;
use crate::printer::Printer;
use crate::render::{json, tabular};

pub(crate) fn run(args: &BackupValidate, printer: &Printer, output: &Output) -> Ended {
    let found = match read(std::slice::from_ref(&args.from_path), Depth::Flat, printer, output) {
        Ok(found) => found,
        Err(exits) => return Ok(exits),
    };
    let report = chain::report(found.readings);
    let wanted = report.sharded_databases.iter().filter(|sharded| args.database.is_name(&sharded.name));
    let wanted: Vec<_> = wanted.collect();
    if wanted.is_empty() {
        for other in report.others.iter().filter(|other| Exits::of_other(other).is_some()) {
            printer.note(&other.problem.message);
        }
        let names: Vec<&str> = report.sharded_databases.iter().map(|sharded| sharded.name.as_str()).collect();
        let hint = if names.is_empty() {
            "there are no backups of shards here; `graphkeep inspect` judges other databases".to_owned()
        } else {
            format!("the sharded databases here are: {}", names.join(", "))
        };
        let message = format!("no shard of `{}` in `{}`", args.database, args.from_path.display());
        return Err(Refused { exit: Exit::Failed, message, hint: Some(hint) }.into());
    }
    let mut exits = Exits::default();
    for sharded in wanted {
        let text = match args.format {
            Neo4jFormat::Tabular => tabular::validate(&report, sharded),
            Neo4jFormat::Json => json::validate(&report, sharded),
        };
        printer.out(&text)?;
        if !sharded.valid {
            exits.add(Exit::Failed);
        }
    }
    Ok(exits)
}
