//! The command line tool: arguments in, exit code out.

mod args;
mod commands;
mod exit;
mod files;
mod neo4j;
mod new_file;
mod printer;
mod progress;
mod readings;
mod render;
mod select;
mod verifying;
mod walk;
mod words;

use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;

use args::{
    Backup, Cli, Command, Database, Format, Inspect, Ls, Neo4jFormat, Plan, Repair, Show, TextOrJson,
    TextOrJsonl, TransactionsFormat, VerifyFormat,
};
use commands::{Ended, Refused};
use exit::{Exit, Exits};
use printer::{Messages, Printer};

fn main() -> ExitCode {
    match Cli::try_parse() {
        Ok(cli) => run(&cli).into(),
        Err(error) => not_parsed(&error).into(),
    }
}

fn run(cli: &Cli) -> Exits {
    let printer = Printer::new(&cli.output, messages(&cli.command));
    match execute(cli, &printer) {
        Ok(exits) => {
            printer.outcome(&exits);
            exits
        }
        Err(error) => {
            let refused = error.downcast_ref::<Refused>();
            let exit = refused.map_or(Exit::Failed, |refused| refused.exit);
            let hint = refused.and_then(|refused| refused.hint.as_deref());
            printer.error(exit, &format!("{error:#}"), hint);
            exit.into()
        }
    }
}

fn execute(cli: &Cli, printer: &Printer) -> Ended {
    let output = &cli.output;
    match &cli.command {
        Command::Inspect(args) => commands::inspect::run(args, printer, output),
        Command::Show(args) => commands::show::run(args, printer),
        Command::Plan(args) => commands::plan::run(args, printer, output),
        Command::Verify(args) => commands::verify::run(args, printer, output),
        Command::Ls(args) => commands::ls::run(args, printer, output),
        Command::Cat(args) => commands::cat::run(args, printer, output),
        Command::Extract(args) => commands::extract::run(args, printer, output),
        Command::Transactions(args) => commands::transactions::run(args, printer, output),
        Command::Repair(args) => commands::repair::run(args, printer, output),
        Command::Backup(Backup::Aggregate(args)) => commands::backup_aggregate::run(args, printer, output),
        Command::Backup(Backup::Inspect(args)) => commands::backup_inspect::run(args, printer, output),
        Command::Backup(Backup::Validate(args)) => commands::backup_validate::run(args, printer, output),
        Command::Database(Database::Backup(args)) => commands::database_backup::run(args, printer, output),
        Command::Database(Database::Load(args)) => commands::database_load::run(args, printer, output),
        Command::Database(Database::Restore(args)) => commands::database_restore::run(args, printer, output),
        Command::Completions(args) => commands::completions::run(args, printer),
        Command::Man(args) => commands::man::run(args, printer),
    }
}

/// Who prints JSON is read by a program, on stderr too.
fn messages(command: &Command) -> Messages {
    let json = match command {
        Command::Inspect(Inspect { format, .. }) => matches!(format, Format::Json | Format::Jsonl),
        Command::Show(Show { format, .. })
        | Command::Plan(Plan { format, .. })
        | Command::Ls(Ls { format, .. })
        | Command::Repair(Repair { format, .. }) => *format == TextOrJson::Json,
        Command::Verify(args) => matches!(args.format, VerifyFormat::Json | VerifyFormat::Jsonl),
        Command::Transactions(args) => {
            matches!(args.format, TransactionsFormat::Json | TransactionsFormat::Jsonl)
        }
        Command::Backup(Backup::Inspect(args)) => args.format == Neo4jFormat::Json,
        Command::Backup(Backup::Validate(args)) => args.format == Neo4jFormat::Json,
        Command::Database(Database::Backup(args)) => args.taking.format == TextOrJsonl::Jsonl,
        _ => false,
    };
    if json { Messages::Json } else { Messages::Text }
}

/// Help and version are no failures; neo4j-admin's commands know no code but 1.
fn not_parsed(error: &clap::Error) -> Exits {
    let _ = error.print();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Exits::default(),
        _ if matches!(std::env::args().nth(1).as_deref(), Some("backup" | "database")) => Exit::Failed.into(),
        // To Nagios, 2 is CRITICAL.
        _ if std::env::args().any(|argument| argument.trim_start_matches("--format=") == "nagios") => {
            Exit::NagiosUnknown.into()
        }
        _ => Exit::Usage.into(),
    }
}
