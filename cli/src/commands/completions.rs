//! `completions`: what a shell completes.

use clap::CommandFactory;

use super::Ended;
use crate::args::{Cli, Completions};
use crate::exit::Exits;
use crate::printer::Printer;

pub(crate) fn run(args: &Completions, printer: &Printer) -> Ended {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "graphkeep", &mut script);
    printer.out(&String::from_utf8(script)?)?;
    Ok(Exits::default())
}
