//! `cat`: one entry to stdout, byte for byte.

use std::io::{self, IsTerminal, Read, Stdout, Write};

use graphkeep_core::archive::Entry;
use graphkeep_core::report::Level;

use super::contents::{self, Copied, Listens, copy, is_entry};
use super::{Ended, Refused};
use crate::args::{Cat, Output};
use crate::exit::{Exit, Exits};
use crate::printer::Printer;
use crate::walk::Watching;

pub(crate) fn run(args: &Cat, printer: &Printer, output: &Output) -> Ended {
    let stdout = io::stdout();
    if stdout.is_terminal() {
        return Err(Refused {
            exit: Exit::Usage,
            message: "the bytes of an entry are no text for a terminal".into(),
            hint: Some("send them into a file (`> file`) or through `xxd | less`".into()),
        }
        .into());
    }
    let mut printing = Printing { wanted: &args.entry, stdout, found: false, failed: None };
    let contents = contents::read(&args.file, Level::L2, &mut printing, printer, output)?;
    match printing.failed {
        // Whoever read it has what it wanted.
        Some(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(Exits::default()),
        Some(error) => return Err(anyhow::Error::new(error).context("cannot write to stdout")),
        None => {}
    }
    let mut exits = contents.judge(printer);
    if !printing.found {
        let why = if contents.found.damage.is_some() { " before the damage" } else { "" };
        printer.note(&format!("there is no file `{}` in `{}`{why}", args.entry, args.file.display()));
        exits.add(Exit::Incomplete);
    }
    Ok(exits)
}

struct Printing<'c> {
    wanted: &'c str,
    stdout: Stdout,
    found: bool,
    failed: Option<io::Error>,
}

impl Listens for Printing<'_> {
    fn entry(&mut self, entry: &Entry, content: &mut dyn Read, watching: &mut Watching) -> io::Result<()> {
        // An entry that is there twice is a finding; the first is printed.
        if self.found || !is_entry(entry, self.wanted) {
            return Ok(());
        }
        self.found = true;
        let mut stdout = self.stdout.lock();
        let copied = copy(content, &mut stdout, watching)?;
        let flushed = stdout.flush();
        if let (Copied::Refused(error), _) | (_, Err(error)) = (copied, flushed) {
            self.failed = Some(error);
        }
        Ok(())
    }

    fn is_done(&self) -> bool {
        self.failed.is_some()
    }
}
