//! What verification found: a line a file, each as soon as it is done, and what that does not say.

use graphkeep_core::plan::{Plan, Point, Unreachable};
use graphkeep_core::problem::{Problem, Severity};
use graphkeep_core::report::{Database, Level, OtherFile, Reading, Report, Verified};
use graphkeep_core::verify::Checksum;
use serde::Serialize;

use super::Look;
use super::page::{Page, Text, Tone};
use super::plan::wanted;
use crate::commands::verify::Run;
use crate::progress::Decoding;
use crate::verifying::Outcome;
use crate::walk;
use crate::words::{count, size};

/// Whether a database can be restored up to the point that was asked for.
#[derive(Debug, Serialize)]
pub(crate) struct Until {
    pub(crate) database: String,
    pub(crate) database_id: String,
    pub(crate) point: Point,
    pub(crate) reachable: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) plan: Option<Plan>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) unreachable: Option<Unreachable>,
}

impl Until {
    pub(crate) fn new(database: &Database, point: Point, answer: Result<Plan, Box<Unreachable>>) -> Self {
        let (plan, unreachable) = match answer {
            Ok(plan) => (Some(plan), None),
            Err(unreachable) => (None, Some(*unreachable)),
        };
        Self {
            database: database.name.clone(),
            database_id: database.id.to_string(),
            point,
            reachable: plan.is_some(),
            plan,
            unreachable,
        }
    }
}

/// What `verify --format json` prints: the report, then what was asked beside it.
#[derive(Debug, Serialize)]
pub(crate) struct Document<'r> {
    #[serde(flatten)]
    report: &'r Report,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    until: &'r [Until],
    /// Broken off: files without `verified` were not looked at.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    cancelled: bool,
}

impl<'r> Document<'r> {
    pub(crate) fn new(report: &'r Report, until: &'r [Until], cancelled: bool) -> Self {
        Self { report, until, cancelled }
    }
}

/// The lines of files, with columns wide enough for all that will come.
pub(crate) struct Items<'l> {
    look: &'l Look,
    asked: Level,
    range: usize,
    begun: bool,
}

impl<'l> Items<'l> {
    pub(crate) fn new(readings: &[Reading], asked: Level, look: &'l Look) -> Self {
        let range = readings.iter().map(|reading| range(reading).len()).max().unwrap_or(0).max("RANGE".len());
        Self { look, asked, range, begun: false }
    }

    /// The line of a file, and below it what is wrong.
    pub(crate) fn item(&mut self, reading: &Reading) -> String {
        let mut page = Page::new(self.look);
        if !self.begun {
            self.begun = true;
            let heads = self.columns(["", "LEVEL", "SIZE", "TYPE", "RANGE", "COMMITS"]);
            page.line(&Text::tone(Tone::Faint, &format!("{heads}FILE")));
        }
        let Some(outcome) = Outcome::of(reading, self.asked) else {
            return page.into_text();
        };
        let found = found(reading);
        let level = match reading {
            Reading::Other(_) => "-",
            _ => found.map_or(Level::L1, |found| found.level).as_str(),
        };
        let bytes = size(walk::size(reading));
        let range = range(reading);
        let commits =
            found.and_then(|found| found.transactions).map(|number| number.to_string()).unwrap_or_default();
        let columns = self.columns([outcome.as_str(), level, &bytes, kind(reading), &range, &commits]);
        // The word in its colour, the rest plain.
        let (word, rest) = columns.split_at(outcome.as_str().len());
        let line = Text::tone(tone(outcome), word).and(Tone::Plain, rest).and(Tone::Plain, &reading.path().0);
        page.line(&line);
        remarks(&mut page, reading, self.asked);
        page.into_text()
    }

    fn columns(&self, [status, level, bytes, kind, range, commits]: [&str; 6]) -> String {
        let width = self.range;
        format!("{status:<7} {level:<5}  {bytes:>8}  {kind:<12}  {range:>width$}  {commits:>7}  ")
    }
}

fn tone(outcome: Outcome) -> Tone {
    match outcome {
        Outcome::Ok => Tone::Good,
        Outcome::Partly => Tone::Warning,
        Outcome::Damaged | Outcome::Unread => Tone::Bad,
    }
}

fn found(reading: &Reading) -> Option<&Verified> {
    match reading {
        Reading::Artifact(artifact) => artifact.verified.as_deref(),
        Reading::Dump(dump) => dump.verified.as_deref(),
        Reading::Other(_) => None,
    }
}

fn kind(reading: &Reading) -> &'static str {
    match reading {
        Reading::Artifact(artifact) => artifact.kind.as_str(),
        Reading::Dump(_) => "dump",
        Reading::Other(_) => "-",
    }
}

fn range(reading: &Reading) -> String {
    match reading {
        Reading::Artifact(artifact) => artifact.range(),
        _ => String::new(),
    }
}

/// What is wrong with a file, the likely cause, and what to do.
fn remarks(page: &mut Page, reading: &Reading, asked: Level) {
    if let Reading::Other(other) = reading {
        let severity = match Outcome::of_other(other) {
            Some(Outcome::Damaged | Outcome::Unread) => Severity::Error,
            _ => other.problem.severity,
        };
        problem(page, &other.problem, Some(severity));
        if mends(other) {
            command(page, &other.path.0);
        }
        return;
    }
    let Some(found) = found(reading) else {
        let message = "only the header was read";
        page.paragraph("        ", "          ", Text::tone(Tone::Faint, message));
        return;
    };
    for problem_found in &found.problems {
        problem(page, problem_found, None);
    }
    if let Some(cause) = found.damage.as_ref().and_then(|damage| damage.likely_cause.as_deref()) {
        page.paragraph(
            "          ",
            "          ",
            Text::tone(Tone::Faint, "likely: ").and(Tone::Plain, cause),
        );
    }
    if found.damage.as_ref().is_some_and(|damage| damage.cut_to.is_some()) {
        command(page, &reading.path().0);
    }
    if let Reading::Artifact(artifact) = reading
        && !artifact.is_usable()
        && !found.is_damaged()
    {
        let text = format!("its range {} makes no sense", artifact.range());
        page.paragraph("        ", "          ", Text::tone(Tone::Bad, "X ").and(Tone::Plain, &text));
    }
    if found.level < asked && found.problems.is_empty() {
        let text = match found.level {
            Level::L2 => "it holds no transaction logs, so no transaction could be checked",
            _ => "its contents could not be checked to their end",
        };
        page.paragraph("        ", "          ", Text::tone(Tone::Warning, "! ").and(Tone::Plain, text));
    }
}

fn problem(page: &mut Page, problem: &Problem, severity: Option<Severity>) {
    let (tone, sign) = match severity.unwrap_or(problem.severity) {
        Severity::Error => (Tone::Bad, page.glyph("✗ ", "X ")),
        Severity::Warning => (Tone::Warning, "! "),
        Severity::Note => (Tone::Faint, "- "),
    };
    let text = Text::tone(tone, sign)
        .and(Tone::Plain, &problem.message)
        .and(Tone::Faint, &format!(" ({})", problem.code));
    page.paragraph("        ", "          ", text);
    if let Some(remedy) = &problem.remedy {
        let arrow = page.glyph("→ ", "> ");
        page.paragraph(
            "          ",
            "            ",
            Text::tone(Tone::Strong, arrow).and(Tone::Plain, remedy),
        );
    }
}

fn mends(other: &OtherFile) -> bool {
    use graphkeep_core::report::Reason;
    use graphkeep_core::stranger::Stranger;
    matches!(other.reason, Reason::Stranger { what: Stranger::TextBeforeMagic })
}

/// The command that mends a file, to be copied.
fn command(page: &mut Page, path: &str) {
    use graphkeep_core::plan::{Command, Purpose, Shell};
    let new = match path.rsplit_once('.') {
        Some((stem, extension)) => format!("{stem}-repaired.{extension}"),
        None => format!("{path}-repaired"),
    };
    let words = ["graphkeep", "repair", path, "-o", &new].map(str::to_owned).to_vec();
    let line = Command { purpose: Purpose::Prepare, words, note: None }.line(Shell::Sh);
    let arrow = page.glyph("→ ", "> ");
    page.line(&Text::from("          ").and(Tone::Strong, arrow).and(Tone::Plain, &line));
}

/// Files in the place of backups that are none, or cannot be read.
pub(crate) fn others(report: &Report, asked: Level, look: &Look) -> String {
    let mut items = Items { look, asked, range: "RANGE".len(), begun: !report.artifacts.is_empty() };
    let widest = report.artifacts.iter().map(|artifact| artifact.range().len()).max();
    items.range = items.range.max(widest.unwrap_or(0));
    let wanted = report.others.iter().filter(|other| Outcome::of_other(other).is_some());
    wanted.map(|other| items.item(&Reading::Other(Box::new(other.clone())))).collect()
}

/// What the lines leave open, and whether the wanted point can be reached.
pub(crate) fn notes(run: &Run, look: &Look) -> String {
    let mut page = Page::new(look);
    let report = run.report;
    let artifacts = report.artifacts.iter().filter_map(|artifact| artifact.verified.as_deref());
    let dumps = report.dumps.iter().filter_map(|dump| dump.verified.as_deref());
    let bare = artifacts
        .chain(dumps)
        .filter(|found| found.level >= Level::L2 && found.checksum == Checksum::None)
        .count();
    if bare > 0 {
        page.separate();
        let who = if bare == 1 { "1 file has".to_owned() } else { format!("{bare} files have") };
        let text = format!(
            "{who} no checksum over the contents: the structure is sound, and only transactions carry checksums of their own"
        );
        page.paragraph("", "  ", Text::tone(Tone::Warning, "! ").and(Tone::Plain, &text));
    }
    for until in run.until {
        let point = wanted(until.point);
        match (&until.plan, &until.unreachable) {
            (Some(plan), _) => {
                let sign = page.glyph("✓ ", "v ");
                let text = Text::tone(Tone::Good, sign).and(Tone::Strong, &until.database).and(
                    Tone::Plain,
                    &format!(
                        ": {point} can be restored, by {} ({} to read)",
                        count(plan.steps.len() as u64, "backup"),
                        size(plan.bytes)
                    ),
                );
                page.paragraph("", "  ", text);
            }
            (None, Some(unreachable)) => {
                let sign = page.glyph("✗ ", "X ");
                let text = Text::tone(Tone::Bad, sign)
                    .and(Tone::Strong, &until.database)
                    .and(Tone::Plain, &format!(": {point} cannot be restored: {}", unreachable.why));
                page.paragraph("", "  ", text);
            }
            (None, None) => {}
        }
    }
    page.separate();
    format!("\n{}", page.into_text())
}

/// How far it came.
pub(crate) fn cancelled(done: Decoding, look: &Look) -> String {
    let mut page = Page::new(look);
    page.blank();
    let text = format!(
        "cancelled after {} of {} files, {} of {}; the others were not verified, and databases were not judged",
        done.files_done,
        done.files_total,
        size(done.bytes_done),
        size(done.bytes_total)
    );
    page.paragraph("", "  ", Text::tone(Tone::Warning, &text));
    page.into_text()
}
