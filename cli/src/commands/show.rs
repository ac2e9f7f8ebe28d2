//! `show`: one file, all there is.

use std::io::IsTerminal;

use graphkeep_core::{Limits, artifact};

use super::{Ended, Refused};
use crate::args::{Show, TextOrJson};
use crate::exit::{Exit, Exits};
use crate::files::Files;
use crate::printer::Printer;
use crate::render::json;
use crate::render::show::{self, Shown};
use crate::words::is_unprintable;

pub(crate) fn run(args: &Show, printer: &Printer) -> Ended {
    if args.file.is_dir() {
        let folder = args.file.display();
        return Err(Refused {
            exit: Exit::Usage,
            message: format!("`{folder}` is a folder, and `show` takes one file"),
            hint: Some(format!("graphkeep inspect {folder}")),
        }
        .into());
    }
    let mut files = Files::default();
    let name = files.name(&args.file);
    let details = artifact::details(&mut &files, &name, &Limits::default());
    let exits = Exits::of_reading(&details.reading);
    if args.script {
        return script(details.script, printer, exits);
    }
    let shown = Shown::new(details.reading, details.fields);
    let text = match args.format {
        TextOrJson::Text => show::text(&shown, &printer.look),
        TextOrJson::Json => json::document(&shown),
    };
    printer.out(&text)?;
    Ok(exits)
}

/// The script as it is, for a file or a pipe into cypher-shell; on a terminal, harmless.
fn script(
    script: Option<Result<String, graphkeep_core::error::Error>>,
    printer: &Printer,
    exits: Exits,
) -> Ended {
    let Some(script) = script else {
        return Err(Refused {
            exit: exits.worst().unwrap_or(Exit::Incomplete),
            message: "there is no script of users and roles in this file".into(),
            hint: Some("`database backup --include-metadata=all` puts one in".into()),
        }
        .into());
    };
    let mut script = script.map_err(|error| Refused {
        exit: Exit::Corrupt,
        message: format!("the script cannot be read: {error}"),
        hint: error.hint().map(str::to_owned),
    })?;
    if std::io::stdout().is_terminal() {
        script = script.chars().flat_map(on_terminal).collect();
    }
    if !script.ends_with('\n') {
        script.push('\n');
    }
    printer.out(&script)?;
    Ok(exits)
}

fn on_terminal(char: char) -> Vec<char> {
    if is_unprintable(char) && char != '\n' && char != '\t' {
        char.escape_unicode().collect()
    } else {
        vec![char]
    }
}
