//! A file a verb. Each takes its arguments, prints through the printer, and gives what it ended with.

pub(crate) mod backup_aggregate;
pub(crate) mod backup_inspect;
pub(crate) mod backup_validate;
pub(crate) mod cat;
mod chosen;
pub(crate) mod completions;
mod contents;
pub(crate) mod database_backup;
pub(crate) mod database_load;
pub(crate) mod database_restore;
pub(crate) mod extract;
pub(crate) mod inspect;
pub(crate) mod ls;
pub(crate) mod man;
pub(crate) mod plan;
pub(crate) mod repair;
pub(crate) mod show;
pub(crate) mod transactions;
pub(crate) mod verify;

use std::path::PathBuf;

use crate::args::Output;
use crate::exit::{Exit, Exits};
use crate::files::Depth;
use crate::printer::{Messages, Printer};
use crate::progress::Progressed;
use crate::readings::{self, Cancelled, Gathered};
use crate::render::jsonl;

/// What a command ends with: an error is what kept it from doing anything at all.
pub(crate) type Ended = anyhow::Result<Exits>;

/// An exit code that an error asks for, where 1 says too little.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Refused {
    pub(crate) exit: Exit,
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
}

/// Reads everything under the paths, or counts what was read when Ctrl-C came.
fn read(paths: &[PathBuf], depth: Depth, printer: &Printer, output: &Output) -> Result<Gathered, Exits> {
    readings::read(paths, depth, printer, output).map_err(|Cancelled(progressed)| {
        cancelled(printer, progressed);
        Exit::Cancelled.into()
    })
}

/// A verdict over a part of the files would be wrong, so there is none.
fn cancelled(printer: &Printer, progressed: Progressed) {
    let words =
        format!("cancelled after {} of {} files; nothing was judged", progressed.read, progressed.found);
    match printer.messages {
        Messages::Text => printer.note(&words),
        Messages::Json => {
            printer.message(&jsonl::Message::Status {
                progress: Some(progressed.into()),
                message: Some(&words),
            });
        }
    }
}

fn depth(recursive: bool) -> Depth {
    if recursive { Depth::Recursive } else { Depth::Flat }
}

/// The paths, or the current folder where none is named.
fn or_here(paths: &[PathBuf]) -> Vec<PathBuf> {
    if paths.is_empty() { vec![PathBuf::from(".")] } else { paths.to_vec() }
}

/// The words that name the same files on another command line.
fn words(paths: &[PathBuf], depth: Depth) -> Vec<String> {
    let recursive = match depth {
        Depth::Recursive => Some("-r".to_owned()),
        Depth::Flat => None,
    };
    let paths = paths.iter().map(|path| path.to_string_lossy().into_owned());
    recursive.into_iter().chain(paths.filter(|path| path != ".")).collect()
}
