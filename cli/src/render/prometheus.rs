//! Metrics in Prometheus' text format 0.0.4, for the textfile collector of its node exporter.

use std::fmt::{Display, Write as _};

use graphkeep_core::report::{BackupType, Database, State};

use crate::commands::verify::Run;
use crate::exit::Exit;
use crate::verifying::Outcome;

pub(crate) fn text(run: &Run) -> String {
    let mut page = Page(String::new());
    let report = run.report;
    page.family("graphkeep_build_info", "The program that measured; always 1");
    page.sample("graphkeep_build_info", &[("version", &report.tool.version)], 1);
    page.family("graphkeep_run_timestamp_seconds", "When the run ended, seconds since 1970");
    page.sample("graphkeep_run_timestamp_seconds", &[], run.now.0);
    page.family("graphkeep_run_duration_seconds", "How long verification took");
    page.sample("graphkeep_run_duration_seconds", &[], format_args!("{:.3}", run.took.as_secs_f64()));
    page.family("graphkeep_run_bytes", "Bytes of files that were verified");
    page.sample("graphkeep_run_bytes", &[], run.bytes);
    page.family("graphkeep_run_exit_code", "0: all that was asked for holds; the others are in the help");
    page.sample("graphkeep_run_exit_code", &[], run.exits.worst().map_or(0, Exit::code));
    page.family("graphkeep_files", "Files by what verification said of them");
    for (outcome, number) in outcomes(run) {
        page.sample("graphkeep_files", &[("outcome", outcome)], number);
    }
    databases(run, &mut page);
    page.0
}

fn databases(run: &Run, page: &mut Page) {
    page.of_databases(
        run,
        "state",
        "The verdict: 1 for the state that holds, 0 for the others",
        |page, name, database| {
            for state in State::ALL {
                page.database(
                    name,
                    database,
                    &[("state", state.as_str())],
                    u8::from(database.state == state),
                );
            }
        },
    );
    page.of_databases(
        run,
        "level",
        "Evidence level: 1 headers, 2 contents, 3 transactions",
        |page, name, database| {
            page.database(name, database, &[], &database.level.as_str()[1..]);
        },
    );
    page.of_databases(
        run,
        "newest_restorable_point_timestamp_seconds",
        "When the newest restorable backup was taken, seconds since 1970",
        |page, name, database| {
            if let Some(newest) = &database.newest {
                page.database(name, database, &[], newest.time.0);
            }
        },
    );
    page.of_databases(
        run,
        "newest_restorable_point_age_seconds",
        "How old the latest point is up to which nothing is missing, when the run ended",
        |page, name, database| {
            if let Some(newest) = &database.newest {
                page.database(name, database, &[], run.now.0.saturating_sub(newest.complete_until.0));
            }
        },
    );
    page.of_databases(
        run,
        "newest_restorable_transaction",
        "The last transaction of the newest restorable point",
        |page, name, database| {
            if let Some(newest) = &database.newest {
                page.database(name, database, &[], newest.tx);
            }
        },
    );
    page.of_databases(
        run,
        "largest_gap_seconds",
        "The longest time between two consecutive restorable points",
        |page, name, database| {
            if let Some(gap) = &database.largest_gap {
                page.database(name, database, &[], gap.seconds);
            }
        },
    );
    page.of_databases(run, "bytes", "Bytes of all its backups", |page, name, database| {
        page.database(name, database, &[], database.bytes);
    });
    page.of_databases(run, "backups", "Its backups by type", |page, name, database| {
        for kind in [BackupType::Full, BackupType::Differential, BackupType::Empty] {
            let members = database.members.iter().map(|member| run.report.artifacts[member.artifact].kind);
            page.database(
                name,
                database,
                &[("type", kind.as_str())],
                members.filter(|of| *of == kind).count(),
            );
        }
    });
    if !run.until.is_empty() {
        page.of_databases(
            run,
            "until_reachable",
            "Whether the point of --until can be restored",
            |page, name, database| {
                let id = database.id.to_string();
                if let Some(until) = run.until.iter().find(|until| until.database_id == id) {
                    page.database(name, database, &[], u8::from(until.reachable));
                }
            },
        );
    }
}

fn outcomes(run: &Run) -> [(&'static str, usize); 4] {
    let report = run.report;
    let artifacts = report.artifacts.iter().map(|artifact| Outcome::of_artifact(artifact, run.asked));
    let dumps = report.dumps.iter().map(|dump| Outcome::of_dump(dump, run.asked));
    let others = report.others.iter().filter_map(Outcome::of_other);
    let mut numbers = [
        ("ok", Outcome::Ok, 0),
        ("partly", Outcome::Partly, 0),
        ("damaged", Outcome::Damaged, 0),
        ("unread", Outcome::Unread, 0),
    ];
    for outcome in artifacts.chain(dumps).chain(others) {
        for (_, counted, number) in &mut numbers {
            *number += usize::from(*counted == outcome);
        }
    }
    numbers.map(|(name, _, number)| (name, number))
}

struct Page(String);

impl Page {
    fn family(&mut self, name: &str, help: &str) {
        let _ = write!(self.0, "# HELP {name} {help}\n# TYPE {name} gauge\n");
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl Display) {
        self.0.push_str(name);
        for (at, (label, text)) in labels.iter().enumerate() {
            let open = if at == 0 { '{' } else { ',' };
            let _ = write!(self.0, "{open}{label}=\"{}\"", escaped(text));
        }
        if !labels.is_empty() {
            self.0.push('}');
        }
        let _ = writeln!(self.0, " {value}");
    }

    /// A family with a sample for each database that has one.
    fn of_databases(
        &mut self,
        run: &Run,
        name: &str,
        help: &str,
        sample: impl Fn(&mut Self, &str, &Database),
    ) {
        if run.report.databases.is_empty() {
            return;
        }
        let name = format!("graphkeep_database_{name}");
        self.family(&name, help);
        for database in &run.report.databases {
            sample(self, &name, database);
        }
    }

    fn database(&mut self, name: &str, database: &Database, labels: &[(&str, &str)], value: impl Display) {
        let id = database.id.to_string();
        let own = [("database", database.name.as_str()), ("id", id.as_str())];
        self.sample(name, &[&own, labels].concat(), value);
    }
}

/// Everything is allowed in a label's value; these three are written in two characters.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
