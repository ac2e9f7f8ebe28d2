//! One line for Nagios and its kin: the worst first, then performance data, with Nagios' exit codes.
//!
//! CRITICAL goes before UNKNOWN, and UNKNOWN before WARNING: what could not be checked may be worse than what
//! is merely late.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::time::Duration;

use graphkeep_core::report::{Database, State};

use crate::commands::verify::Run;
use crate::exit::Exit;
use crate::words::{count, duration, printable, size};

/// The line, and what it amounts to; nothing for OK.
pub(crate) fn line(
    run: &Run,
    warning: Option<Duration>,
    critical: Option<Duration>,
) -> (String, Option<Exit>) {
    let (warning, critical) = (warning.map(seconds), critical.map(seconds));
    let names = Names::new(&run.report.databases);
    let mut said = Said::default();
    for database in &run.report.databases {
        let name = names.of(database);
        match database.state {
            State::RestorableUntil | State::Broken | State::Corrupt => {
                said.add(Exit::NagiosCritical, format!("{name} {}", database.verdict));
            }
            State::Unknown => said.add(Exit::NagiosUnknown, format!("{name} {}", database.verdict)),
            State::Restorable | State::Unverified => {}
        }
        if let Some(age) = age(database, run) {
            let text =
                |limit| format!("{name} newest point is {} old, above {}", duration(age), duration(limit));
            match (critical.filter(|limit| age > *limit), warning.filter(|limit| age > *limit)) {
                (Some(limit), _) => said.add(Exit::NagiosCritical, text(limit)),
                (None, Some(limit)) => said.add(Exit::NagiosWarning, text(limit)),
                (None, None) => {}
            }
        }
    }
    for until in run.until.iter().filter(|until| !until.reachable) {
        let why = until.unreachable.as_ref().map(|unreachable| unreachable.why.as_str()).unwrap_or_default();
        said.add(
            Exit::NagiosCritical,
            format!("{} cannot be restored to the wanted point: {why}", until.database),
        );
    }
    for sharded in run.report.sharded_databases.iter().filter(|sharded| !sharded.valid) {
        said.add(Exit::NagiosCritical, format!("{} has shards that do not fit together", sharded.name));
    }
    for exit in run.exits.all() {
        let nagios = match exit {
            Exit::Corrupt | Exit::Broken => Exit::NagiosCritical,
            _ => Exit::NagiosUnknown,
        };
        // A database's verdict may have said it; a damaged file that no chain needs is told by this alone.
        if !said.has(nagios) {
            said.add(nagios, exit.meaning().to_owned());
        }
    }
    let worst = said.worst();
    let words = worst.map_or("OK", Exit::meaning);
    let text = if said.0.is_empty() {
        format!(
            "{} restorable, {} ({}), verified to {}",
            count(run.report.databases.len() as u64, "database"),
            count(run.report.summary.files, "file"),
            size(run.report.summary.bytes),
            run.asked.as_str()
        )
    } else {
        said.text()
    };
    (
        format!("GRAPHKEEP {words} - {} | {}\n", plain(&text), performance(run, &names, warning, critical)),
        worst,
    )
}

/// The line of a run that came to nothing.
pub(crate) fn failed(why: &str) -> String {
    format!("GRAPHKEEP UNKNOWN - {}\n", plain(why))
}

fn seconds(age: Duration) -> i64 {
    i64::try_from(age.as_secs()).unwrap_or(i64::MAX)
}

/// Seconds since the latest time up to which nothing is missing.
fn age(database: &Database, run: &Run) -> Option<i64> {
    let newest = database.newest.as_ref()?;
    Some(run.now.0.saturating_sub(newest.complete_until.0).max(0))
}

/// What is wrong.
#[derive(Default)]
struct Said(Vec<(Exit, String)>);

impl Said {
    fn add(&mut self, exit: Exit, text: String) {
        self.0.push((exit, text));
    }

    fn has(&self, exit: Exit) -> bool {
        self.0.iter().any(|(said, _)| *said == exit)
    }

    fn worst(&self) -> Option<Exit> {
        self.0.iter().map(|(exit, _)| *exit).max()
    }

    /// The worst first, each once.
    fn text(mut self) -> String {
        self.0.sort_by_key(|(exit, _)| std::cmp::Reverse(*exit));
        let texts: Vec<String> = self.0.into_iter().map(|(_, text)| text).collect();
        texts.join("; ")
    }
}

/// Names that tell databases apart: with the start of the id where one name stands for several.
struct Names<'r>(HashMap<&'r str, usize>);

impl<'r> Names<'r> {
    fn new(databases: &'r [Database]) -> Self {
        let mut names = HashMap::new();
        for database in databases {
            *names.entry(database.name.as_str()).or_default() += 1;
        }
        Self(names)
    }

    fn of(&self, database: &Database) -> String {
        if self.0.get(database.name.as_str()).is_some_and(|number| *number > 1) {
            format!("{} {}", database.name, database.id)
        } else {
            database.name.clone()
        }
    }
}

/// `'label'=value;warning;critical;minimum`, separated by spaces.
fn performance(run: &Run, names: &Names, warning: Option<i64>, critical: Option<i64>) -> String {
    let limit = |limit: Option<i64>| limit.map(|limit| limit.to_string()).unwrap_or_default();
    let limits = format!("{};{}", limit(warning), limit(critical));
    let mut text = String::new();
    for database in &run.report.databases {
        let name = label(&names.of(database));
        if let Some(age) = age(database, run) {
            let _ = write!(text, "'{name} age'={age}s;{limits};0 ");
        }
        if let Some(gap) = database.largest_gap {
            let _ = write!(text, "'{name} largest gap'={}s;;;0 ", gap.seconds);
        }
    }
    let summary = &run.report.summary;
    let _ = write!(
        text,
        "databases={};;;0 files={};;;0 damaged={};;;0 bytes={}B;;;0 verified={}B;;;0 time={:.3}s;;;0",
        summary.databases,
        summary.files,
        summary.unreadable,
        summary.bytes,
        run.bytes,
        run.took.as_secs_f64()
    );
    text
}

/// Text without what has a meaning on that line.
fn plain(text: &str) -> String {
    printable(text).replace('|', "/")
}

/// A label in quotes: those inside are doubled, and `=` may not be.
fn label(name: &str) -> String {
    plain(name).replace('\'', "''").replace('=', "-")
}
