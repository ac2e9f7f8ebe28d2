//! `man`: the manual pages, made from the same words as the help.

use anyhow::Context;
use clap::{Command, CommandFactory};

use super::{Ended, Refused};
use crate::args::{Cli, Man};
use crate::exit::{Exit, Exits};
use crate::printer::Printer;

pub(crate) fn run(args: &Man, printer: &Printer) -> Ended {
    let mut root = Cli::command();
    if let Some(folder) = &args.folder {
        clap_mangen::generate_to(root, folder)
            .with_context(|| format!("cannot write manual pages into `{}`", folder.display()))?;
        return Ok(Exits::default());
    }
    root.build();
    let mut command = &root;
    for word in &args.command {
        command = command.find_subcommand(word).ok_or_else(|| unknown(command, word))?;
    }
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut page)?;
    printer.out(&String::from_utf8(page)?)?;
    Ok(Exits::default())
}

fn unknown(command: &Command, word: &str) -> Refused {
    let names: Vec<&str> = command.get_subcommands().map(Command::get_name).collect();
    Refused {
        exit: Exit::Usage,
        message: format!("`{}` has no command `{word}`", command.get_name()),
        hint: (!names.is_empty()).then(|| format!("it has: {}", names.join(", "))),
    }
}
