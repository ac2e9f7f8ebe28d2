//! `verify`: whether backups are what they claim to be, and what that means for each database.

use std::collections::HashSet;
use std::num::NonZeroUsize;
use std::path::Path;
use std::thread;
use std::time::Duration;

use anyhow::Context;
use graphkeep_core::plan::{self, Point};
use graphkeep_core::report::{Reading, Report, State};
use graphkeep_core::{chain, report};

use super::{Ended, Refused, depth, or_here, read, words};
use crate::args::{Output, Verify, VerifyFormat};
use crate::exit::{Exit, Exits};
use crate::new_file;
use crate::printer::{Printer, now};
use crate::progress::Progress;
use crate::readings::on_ctrl_c;
use crate::render::chains::{Asked, Detail};
use crate::render::verify::{Document, Items, Until};
use crate::render::{chains, json, jsonl, nagios, prometheus, verify as view};
use crate::select::{self, Listed, Selection};
use crate::verifying::{self, Job, Outcome, Verified};

/// What a run came to, for the formats that say it in a few words.
pub(crate) struct Run<'r> {
    pub(crate) report: &'r Report,
    pub(crate) until: &'r [Until],
    pub(crate) exits: &'r Exits,
    pub(crate) asked: report::Level,
    pub(crate) took: Duration,
    pub(crate) bytes: u64,
    pub(crate) now: graphkeep_core::time::UtcTime,
}

pub(crate) fn run(args: &Verify, printer: &Printer, output: &Output) -> Ended {
    let ended = verify(args, printer, output);
    if args.format != VerifyFormat::Nagios {
        return ended;
    }
    // A plugin says even that it failed on its line, and in Nagios' numbers.
    ended.or_else(|error| {
        printer.out(&nagios::failed(&format!("{error:#}")))?;
        Ok(Exit::NagiosUnknown.into())
    })
}

fn verify(args: &Verify, printer: &Printer, output: &Output) -> Ended {
    if (args.warning_age.is_some() || args.critical_age.is_some()) && args.format != VerifyFormat::Nagios {
        return Err(Refused {
            exit: Exit::Usage,
            message: "`--warning-age` and `--critical-age` are for `--format nagios`".into(),
            hint: None,
        }
        .into());
    }
    let cancelled = on_ctrl_c();
    let paths = or_here(&args.paths);
    let depth = depth(args.recursive);
    let found = match read(&paths, depth, printer, output) {
        Ok(found) => found,
        Err(exits) => return Ok(exits),
    };
    let patterns: Vec<_> = args.database.iter().cloned().collect();
    let readings = select::databases(&patterns, found.readings);
    if let Some(Point::Tx(tx)) = args.until {
        one_database(tx, &readings)?;
    }

    let asked = args.level.into();
    let job = Job {
        files: &found.files,
        level: asked,
        threads: args.jobs.or_else(|| thread::available_parallelism().ok()).unwrap_or(NonZeroUsize::MIN),
        cancelled: &cancelled,
    };
    let mut to = To { printer, buffer: args.output.as_ref().map(|_| String::new()) };
    let mut progress = Progress::new(printer, output);
    let verified = files(args.format, &job, readings, &mut to, &mut progress)?;
    let Verified { readings, done, cancelled, took } = verified;
    let report = chain::report(readings);
    let mut exits = exits(&report, asked);
    let until = until(args.until, &report);
    if until.iter().any(|until| !until.reachable) {
        exits.add(Exit::Broken);
    }
    if cancelled {
        exits.add(Exit::Cancelled);
    }
    let run = Run {
        report: &report,
        until: &until,
        exits: &exits,
        asked,
        took,
        bytes: done.bytes_done,
        now: now(),
    };
    match args.format {
        VerifyFormat::Chains => {
            to.write(&view::others(&report, asked, &printer.look))?;
            if cancelled {
                to.write(&view::cancelled(done, &printer.look))?;
            } else {
                let asked = Asked {
                    selection: Selection { listed: Listed::All, empties: true, end: None },
                    detail: Detail::Verdicts,
                    paths: words(&paths, depth),
                    folder: paths.iter().any(|path| path.is_dir()),
                    folders_passed_over: found.folders_passed_over,
                };
                to.write(&view::notes(&run, &printer.look))?;
                to.write(&chains::text(&report, &asked, &printer.look))?;
            }
        }
        VerifyFormat::Nagios if !cancelled => {
            let (line, exit) = nagios::line(&run, args.warning_age, args.critical_age);
            to.write(&line)?;
            exits = exit.map(Exits::from).unwrap_or_default();
        }
        // Half a run is no measurement: the file of the last whole one stays.
        VerifyFormat::Prometheus if cancelled => {
            printer.note("cancelled; no metrics were written");
            return Ok(exits);
        }
        VerifyFormat::Json => to.write(&json::document(&Document::new(&report, &until, cancelled)))?,
        VerifyFormat::Jsonl => to.write(&jsonl::rest(&report, cancelled))?,
        VerifyFormat::Nagios => to.write(&nagios::failed("cancelled; nothing was judged"))?,
        VerifyFormat::Prometheus => to.write(&prometheus::text(&run))?,
    }
    to.close(args.output.as_deref())?;
    Ok(exits)
}

/// Verifies the files, and says of each what came out where the format has a line for it.
fn files(
    format: VerifyFormat,
    job: &Job,
    readings: Vec<Reading>,
    to: &mut To,
    progress: &mut Progress,
) -> std::io::Result<Verified> {
    match format {
        VerifyFormat::Chains => {
            let mut items = Items::new(&readings, job.level, &to.printer.look);
            verifying::verify(job, readings, progress, |reading, progress| {
                progress.clear();
                to.write(&items.item(reading))
            })
        }
        VerifyFormat::Jsonl => {
            // Artifacts come by path, which is their order in the report.
            let mut index = 0;
            verifying::verify(job, readings, progress, |reading, progress| {
                progress.clear();
                let line = match reading {
                    Reading::Artifact(artifact) => {
                        index += 1;
                        jsonl::file(Some(index - 1), jsonl::Entry::Artifact(artifact))
                    }
                    Reading::Dump(dump) => jsonl::file(None, jsonl::Entry::Dump(dump)),
                    // The disk failed: the report has it among the others, and so the lines at the end.
                    Reading::Other(_) => return Ok(()),
                };
                to.write(&line)
            })
        }
        _ => verifying::verify(job, readings, progress, |_, _| Ok(())),
    }
}

/// Where results go.
struct To<'p> {
    printer: &'p Printer,
    buffer: Option<String>,
}

impl To<'_> {
    fn write(&mut self, text: &str) -> std::io::Result<()> {
        match &mut self.buffer {
            Some(buffer) => buffer.push_str(text),
            None => self.printer.out(text)?,
        }
        Ok(())
    }

    /// Writes what was gathered into the file that was named.
    fn close(self, path: Option<&Path>) -> anyhow::Result<()> {
        if let (Some(path), Some(text)) = (path, self.buffer) {
            new_file::replace(path, text.as_bytes())
                .with_context(|| format!("cannot write `{}`", path.display()))?;
        }
        Ok(())
    }
}

/// A transaction's number means something within one database only.
fn one_database(tx: i64, readings: &[Reading]) -> Result<(), Refused> {
    let artifacts = readings.iter().filter_map(|reading| match reading {
        Reading::Artifact(artifact) => Some((artifact.database_id, artifact.database.as_str())),
        _ => None,
    });
    let databases: HashSet<_> = artifacts.collect();
    let ids: HashSet<_> = databases.iter().map(|(id, _)| id).collect();
    if ids.len() < 2 {
        return Ok(());
    }
    let mut names: Vec<String> = databases.iter().map(|(id, name)| format!("{name} ({id})")).collect();
    names.sort_unstable();
    Err(Refused {
        exit: Exit::Usage,
        message: format!(
            "tx {tx} is a transaction of one database, and here are several: {}",
            names.join(", ")
        ),
        hint: Some("choose one with `--database`, by name or id".into()),
    })
}

fn exits(report: &Report, asked: report::Level) -> Exits {
    let mut exits = Exits::of(report);
    let artifacts = report.artifacts.iter().map(|artifact| Outcome::of_artifact(artifact, asked));
    let dumps = report.dumps.iter().map(|dump| Outcome::of_dump(dump, asked));
    let others = report.others.iter().filter_map(Outcome::of_other);
    for outcome in artifacts.chain(dumps).chain(others) {
        if let Some(exit) = outcome.exit() {
            exits.add(exit);
        }
    }
    let unproven = report.databases.iter().any(|database| database.state == State::Unverified);
    if unproven && asked >= report::Level::L2 {
        exits.add(Exit::Incomplete);
    }
    exits
}

fn until(point: Option<Point>, report: &Report) -> Vec<Until> {
    let Some(point) = point else {
        return Vec::new();
    };
    let databases = report.databases.iter();
    databases.map(|database| Until::new(database, point, plan::plan(report, database, point))).collect()
}
