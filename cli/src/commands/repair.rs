//! `repair`: what is mended by leaving bytes out, written into a new file that is proven before it is kept.

use std::fmt::Write as _;
use std::io::{self, Read, Write};
use std::path::Path;

use anyhow::{Context, anyhow};
use graphkeep_core::progress::Visitor;
use graphkeep_core::repair::{self, Mended, Repair as Mend};
use graphkeep_core::report::{Level, Reading, SCHEMA_VERSION, Tool};
use graphkeep_core::verify::{Verification, verify};
use graphkeep_core::{FileName, Limits, Source};
use sha2::{Digest, Sha256};

use super::{Ended, Refused};
use crate::args::{Output, Repair, TextOrJson};
use crate::exit::{Exit, Exits};
use crate::files::Files;
use crate::new_file::{Existing, NewFile};
use crate::printer::Printer;
use crate::render::json;
use crate::render::repair::{Digested, Repaired, text};
use crate::walk::{Walked, Watching, Whole, walk};

pub(crate) fn run(args: &Repair, printer: &Printer, output: &Output) -> Ended {
    if let Some(new) = &args.output
        && new.symlink_metadata().is_ok()
    {
        return Err(Refused {
            exit: Exit::Failed,
            message: format!("`{}` is there already, and nothing is ever overwritten", new.display()),
            hint: Some("choose another name for the mended file".into()),
        }
        .into());
    }
    let mut files = Files::default();
    let name = files.name(&args.file);
    let mut source = Whole::new(&files);
    let mut host = Host(Watching::new(&source, printer, output));
    let Walked { reading, found } = walk(&mut source, &name, Level::L3, &mut host);
    if host.is_cancelled(printer) {
        return Ok(Exit::Cancelled.into());
    }
    let mend = repair::find(&mut source, &name, &reading, found.as_ref(), &Limits::default())
        .with_context(|| format!("cannot read `{name}`"))?;
    let Some(mend) = mend else {
        return Err(not_mended(&name, &reading, found.as_ref()).into());
    };

    let mended = match &args.output {
        Some(new) if !args.dry_run => keep(&mut source, &name, &mend, new, &mut host),
        _ => try_out(&mut source, &name, &mend, &mut host),
    };
    let Some(mended) = mended? else {
        host.is_cancelled(printer);
        return Ok(Exit::Cancelled.into());
    };
    host.0.clear();
    let repaired = Repaired {
        schema_version: SCHEMA_VERSION,
        tool: Tool { name: env!("CARGO_PKG_NAME").into(), version: env!("CARGO_PKG_VERSION").into() },
        path: name,
        dry_run: args.dry_run,
        repair: mend,
        verified: mended.found.summary(),
        original: mended.original,
        new: mended.new,
    };
    let text = match args.format {
        TextOrJson::Text => text(&repaired, &printer.look),
        TextOrJson::Json => json::document(&repaired),
    };
    printer.out(&text)?;
    Ok(Exits::default())
}

/// A mended file that holds.
struct Proven {
    found: Verification,
    original: Option<Digested>,
    new: Option<Digested>,
}

/// Verifies what would be written. Nothing where Ctrl-C was pressed.
fn try_out(
    source: &mut Whole,
    name: &FileName,
    mend: &Mend,
    host: &mut Host,
) -> anyhow::Result<Option<Proven>> {
    let mut source = Mended::new(source, name.clone(), mend.clone());
    let (_, found) = verify(&mut source, name, Level::L3, &Limits::default(), host);
    if host.0.is_cancelled() {
        return Ok(None);
    }
    let found = sound(name, found)?;
    Ok(Some(Proven { found, original: None, new: None }))
}

/// Writes the mended file, verifies what was written, and keeps it. Nothing where Ctrl-C was pressed.
fn keep(
    source: &mut Whole,
    name: &FileName,
    mend: &Mend,
    path: &Path,
    host: &mut Host,
) -> anyhow::Result<Option<Proven>> {
    let Some((file, original, new)) = write(source, name, mend, path, host)? else {
        return Ok(None);
    };
    let mut files = Files::default();
    let temporary = files.name(file.temporary_path());
    let found = walk(&mut Whole::new(&files), &temporary, Level::L3, host).found;
    if host.0.is_cancelled() {
        return Ok(None);
    }
    let found = sound(name, found)?;
    file.keep(Existing::Refuse).with_context(|| format!("cannot write `{}`", path.display()))?;
    let original = Digested { path: name.0.clone(), ..original };
    let new = Digested { path: path.display().to_string(), ..new };
    Ok(Some(Proven { found, original: Some(original), new: Some(new) }))
}

/// Only what is whole is kept.
fn sound(name: &FileName, found: Option<Verification>) -> Result<Verification, Refused> {
    match found {
        Some(found) if repair::is_sound(&found) => Ok(found),
        found => Err(still_wrong(name, found.as_ref())),
    }
}

fn not_mended(name: &FileName, reading: &Reading, found: Option<&Verification>) -> Refused {
    let repairs = "only bytes behind the end and text in front can be mended".to_owned();
    match (reading, found) {
        (Reading::Other(other), _) => Refused {
            exit: Exits::of_other(other).unwrap_or(Exit::Incomplete),
            message: format!("this cannot be mended: {}", other.problem.message),
            hint: other.problem.remedy.clone().or(Some(repairs)),
        },
        (_, Some(found)) if found.summary().is_damaged() => {
            let worst = found.problems.first().map(|problem| problem.message.as_str()).unwrap_or_default();
            let hint = found.problems.first().and_then(|problem| problem.remedy.clone()).unwrap_or(repairs);
            Refused {
                exit: Exit::Corrupt,
                message: format!("`{}` is damaged in a way that cannot be mended: {worst}", name.base()),
                hint: Some(hint),
            }
        }
        (_, found) => {
            let level = found.map_or(Level::L1, |found| found.level).as_str();
            Refused {
                exit: Exit::Incomplete,
                message: format!("there is nothing to mend in `{}`: it holds to {level}", name.base()),
                hint: None,
            }
        }
    }
}

fn still_wrong(name: &FileName, found: Option<&Verification>) -> Refused {
    let worst = found.and_then(|found| found.problems.first()).map(|problem| problem.message.as_str());
    Refused {
        exit: Exit::Corrupt,
        message: format!(
            "`{}` would still be damaged after that, so nothing was written: {}",
            name.base(),
            worst.unwrap_or("what is left is no readable backup")
        ),
        hint: Some("copy it again from its source".into()),
    }
}

/// Copies the bytes that are kept, and takes the digests of both. Nothing where Ctrl-C was pressed.
fn write(
    source: &mut Whole,
    name: &FileName,
    mend: &Mend,
    path: &Path,
    host: &mut Host,
) -> anyhow::Result<Option<(NewFile, Digested, Digested)>> {
    let cannot_read = || format!("cannot read `{name}`");
    let cannot_write = || format!("cannot write `{}`", path.display());
    let mut new = NewFile::create(path).with_context(cannot_write)?;
    let (mut stream, size) = source.open(name).with_context(cannot_read)?;
    let (mut original, mut copy) = (Sha256::new(), Sha256::new());
    let mut buffer = vec![0; 1 << 20];
    let (mut at, mut written) = (0_u64, 0_u64);
    loop {
        let count = match stream.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error).with_context(cannot_read),
        };
        let bytes = &buffer[..count];
        original.update(bytes);
        let kept = &bytes[within(mend.from, at, count)..within(mend.to, at, count)];
        copy.update(kept);
        new.file().write_all(kept).with_context(cannot_write)?;
        written += kept.len() as u64;
        at += count as u64;
        if host.0.at(at, size).is_break() {
            return Ok(None);
        }
    }
    if (at, written) != (size, mend.len()) {
        return Err(anyhow!("`{name}` changed while it was read; nothing was written"));
    }
    let digested = |digest: Sha256, bytes| {
        let sha256 = digest.finalize().iter().fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        });
        Digested { path: String::new(), bytes, sha256 }
    };
    Ok(Some((new, digested(original, at), digested(copy, written))))
}

/// Where an offset of the file lies in a piece of `count` bytes that begins at `at`.
fn within(offset: u64, at: u64, count: usize) -> usize {
    usize::try_from(offset.saturating_sub(at)).unwrap_or(usize::MAX).min(count)
}

struct Host<'p>(Watching<'p>);

impl Host<'_> {
    /// Says that it was, and takes the progress off the screen.
    fn is_cancelled(&mut self, printer: &Printer) -> bool {
        self.0.clear();
        let cancelled = self.0.is_cancelled();
        if cancelled {
            printer.note("cancelled; nothing was written");
        }
        cancelled
    }
}

impl Visitor for Host<'_> {
    fn progress(&mut self, done: u64, total: u64) -> std::ops::ControlFlow<()> {
        self.0.at(done, total)
    }
}
