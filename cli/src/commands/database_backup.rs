//! `database backup --inspect-path`: the listing under the name that it had before `backup inspect`.

use super::{Ended, Refused, backup_inspect};
use crate::args::{DatabaseBackup, Neo4jFormat, Output};
use crate::exit::Exit;
use crate::printer::Printer;
use crate::select::{Listed, Selection};

pub(crate) fn run(args: &DatabaseBackup, printer: &Printer, output: &Output) -> Ended {
    let Some(path) = &args.inspect_path else {
        return Err(Refused {
            exit: Exit::Failed,
            message: "taking backups is not in this version of graphkeep; nothing was backed up".into(),
            hint: Some("take it with `neo4j-admin database backup`; with `--inspect-path=<path>` this command lists backups that are there".into()),
        }
        .into());
    };
    // It lists everything there is, empties too: the options that choose came with `backup inspect`.
    let selection = Selection { listed: Listed::All, empties: true, end: None };
    backup_inspect::list(path, selection, &args.databases, Neo4jFormat::Tabular, printer, output)
}
