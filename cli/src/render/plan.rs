//! How to restore a point: the files in order, the commands, or why it cannot be reached.

use graphkeep_core::log::TxPoint;
use graphkeep_core::plan::{Boundary, Command, Plan, Point, Purpose, Shell, Unreachable};
use graphkeep_core::report::{SCHEMA_VERSION, Tool};
use serde::Serialize;

use super::Look;
use super::page::{Align, Column, Page, Row, Text, Tone};
use crate::words::{count, milliseconds, size};

/// The answer for one database.
#[derive(Debug, Serialize)]
pub(crate) struct Planned {
    pub(crate) database: String,
    pub(crate) database_id: String,
    pub(crate) point: Point,
    /// The way, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) plan: Option<Plan>,
    /// Where exactly it stops, where it stops inside its last file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) boundary: Option<Boundary>,
    /// Why there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) unreachable: Option<Unreachable>,
    /// The plan's commands as lines of the chosen shell.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) lines: Vec<String>,
}

/// What `plan --format json` prints.
#[derive(Debug, Serialize)]
pub(crate) struct Answer {
    schema_version: &'static str,
    tool: Tool,
    pub(crate) plans: Vec<Planned>,
}

impl Answer {
    pub(crate) fn new(plans: Vec<Planned>) -> Self {
        let tool = Tool { name: env!("CARGO_PKG_NAME").into(), version: env!("CARGO_PKG_VERSION").into() };
        Self { schema_version: SCHEMA_VERSION, tool, plans }
    }
}

/// The view for people.
pub(crate) fn text(answer: &Answer, shell: Shell, look: &Look) -> String {
    let mut page = Page::new(look);
    for planned in &answer.plans {
        page.separate();
        match (&planned.plan, &planned.unreachable) {
            (Some(plan), _) => reachable(&mut page, plan, planned.boundary.as_ref(), shell),
            (None, Some(unreachable)) => out_of_reach(&mut page, planned, unreachable),
            (None, None) => {}
        }
    }
    page.into_text()
}

pub(super) fn wanted(point: Point) -> String {
    match point {
        Point::Newest => "the newest point".into(),
        Point::Tx(tx) => format!("tx {tx}"),
        Point::Before(time) => format!("everything committed before {} UTC", time.words()),
    }
}

/// A transaction with its commit time.
fn commit(point: &TxPoint) -> String {
    let time = milliseconds(point.time_ms).replace('T', " ").replace('Z', " UTC");
    format!("tx {}, committed {time}", point.tx)
}

fn reachable(page: &mut Page, plan: &Plan, boundary: Option<&Boundary>, shell: Shell) {
    let title = Text::tone(Tone::Strong, &plan.database)
        .and(Tone::Plain, &format!(": {}", wanted(plan.point)))
        .and(Tone::Faint, &format!("  {}", plan.database_id));
    page.line(&title);
    page.blank();
    let mut facts: Vec<(&str, Text)> = Vec::new();
    let newest = plan.steps.last().map(|step| step.time.words());
    let reaches = match plan.point {
        Point::Before(_) if plan.restore_until.is_some() && boundary.is_none() => {
            let most = plan.steps.last().map_or(plan.reaches_tx, |step| step.highest_tx);
            format!("at least tx {}, at most tx {most}: the headers tell no commit times", plan.reaches_tx)
        }
        _ => format!("tx {}, backed up at {} UTC", plan.reaches_tx, newest.unwrap_or_default()),
    };
    match boundary {
        Some(Boundary { last_kept, first_dropped, .. }) => {
            let nothing = format!("nothing of the last file; tx {} of those before it", plan.reaches_tx);
            let kept = last_kept.map_or(nothing, |kept| commit(&kept));
            let dropped = first_dropped
                .map_or_else(|| "none: the last file ends before it".into(), |dropped| commit(&dropped));
            facts.push(("Last kept", Text::tone(Tone::Strong, &kept)));
            facts.push(("First dropped", dropped.into()));
        }
        None => facts.push(("Reaches", reaches.into())),
    }
    facts.push((
        "To read",
        format!("{}, {}", count(plan.steps.len() as u64, "backup"), size(plan.bytes)).into(),
    ));
    if let Some(until) = &plan.restore_until {
        facts.push(("Restore until", format!("{until}: Neo4j stops before it").into()));
    }
    page.facts("  ", &facts);
    page.blank();

    page.line(&Text::tone(Tone::Strong, "FILES, IN ORDER"));
    let columns = [
        Column::right(""),
        Column::left("TYPE").spare(1),
        Column { align: Align::Right, ..Column::left("TX") },
        Column::left("TIME (UTC)").spare(3),
        Column::right("SIZE").spare(2),
        Column::left("FILE"),
    ];
    let rows: Vec<Row> = plan
        .steps
        .iter()
        .enumerate()
        .map(|(at, step)| {
            Row::Cells(vec![
                (at + 1).to_string().into(),
                step.kind.as_str().into(),
                format!("{}..{}", step.lowest_tx, step.highest_tx).into(),
                page.look().time(step.time).into(),
                size(step.bytes).into(),
                step.path.as_str().into(),
            ])
        })
        .collect();
    page.table("  ", &columns, &rows);
    for (purpose, heading) in [
        (Purpose::Prepare, "FIRST"),
        (Purpose::Enterprise, "WITH ENTERPRISE"),
        (Purpose::Community, "WITH COMMUNITY"),
    ] {
        commands(page, plan.commands.iter().filter(|command| command.purpose == purpose), heading, shell);
    }
    if !plan.notes.is_empty() {
        page.blank();
        page.line(&Text::tone(Tone::Strong, "TO KNOW"));
        for note in &plan.notes {
            page.paragraph("  - ", "    ", note.as_str());
        }
    }
}

/// Commands stand on a line of their own, unwrapped: they are there to be copied.
fn commands<'c>(page: &mut Page, commands: impl Iterator<Item = &'c Command>, heading: &str, shell: Shell) {
    let mut commands = commands.peekable();
    if commands.peek().is_none() {
        return;
    }
    page.blank();
    page.line(&Text::tone(Tone::Strong, heading));
    for command in commands {
        page.line(&Text::from("  ").and(Tone::Plain, &command.line(shell)));
        if let Some(note) = &command.note {
            page.paragraph("    ", "    ", Text::tone(Tone::Faint, note));
        }
    }
}

fn out_of_reach(page: &mut Page, planned: &Planned, unreachable: &Unreachable) {
    let sign = page.glyph("✗ ", "X ");
    let title = Text::tone(Tone::Bad, sign)
        .and(Tone::Strong, &planned.database)
        .and(Tone::Plain, &format!(": {} cannot be restored", wanted(planned.point)))
        .and(Tone::Faint, &format!("  {}", planned.database_id));
    page.line(&title);
    page.blank();
    let mut facts: Vec<(&str, Text)> = vec![("Because", unreachable.why.as_str().into())];
    for (label, nearest) in [("Nearest before", unreachable.before), ("Nearest after", unreachable.after)] {
        if let Some(nearest) = nearest {
            let text =
                format!("tx {}, backed up at {} UTC (--at {})", nearest.tx, nearest.time.words(), nearest.tx);
            facts.push((label, text.into()));
        }
    }
    page.facts("  ", &facts);
    for problem in &unreachable.problems {
        let sign = page.glyph("✗ ", "X ");
        let text = Text::tone(Tone::Bad, sign)
            .and(Tone::Plain, &problem.message)
            .and(Tone::Faint, &format!(" ({})", problem.code));
        page.paragraph("  ", "    ", text);
        if let Some(remedy) = &problem.remedy {
            let arrow = page.glyph("→ ", "> ");
            page.paragraph("    ", "      ", Text::tone(Tone::Strong, arrow).and(Tone::Plain, remedy));
        }
    }
}
