//! `ls`: the contents of a backup.

use graphkeep_core::report::Level;

use super::Ended;
use super::contents::{self, Nothing, is_wanted};
use crate::args::{Ls, Output, TextOrJson};
use crate::exit::Exit;
use crate::printer::Printer;
use crate::render::json;
use crate::render::ls::{self, Listing};

pub(crate) fn run(args: &Ls, printer: &Printer, output: &Output) -> Ended {
    let contents = contents::read(&args.file, Level::L2, &mut Nothing, printer, output)?;
    let wanted = args.entry.as_deref().unwrap_or_default();
    let mut entries = contents.found.entries.clone();
    entries.retain(|entry| is_wanted(&entry.path, wanted));
    let listing = Listing::new(&contents.found, &entries);
    let text = match args.format {
        TextOrJson::Text => ls::text(&listing, &printer.look),
        TextOrJson::Json => json::document(&listing),
    };
    printer.out(&text)?;
    let mut exits = contents.judge(printer);
    if entries.is_empty() && !wanted.is_empty() {
        printer.note(&format!("there is no `{wanted}` in `{}`", args.file.display()));
        exits.add(Exit::Incomplete);
    }
    let left_out = listing.entries_in_all().saturating_sub(contents.found.entries.len() as u64);
    if left_out > 0 {
        printer.note(&format!("{left_out} more entries are in the archive and not in this list"));
        exits.add(Exit::Incomplete);
    }
    Ok(exits)
}
