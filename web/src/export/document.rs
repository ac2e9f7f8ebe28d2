//! A report as a document for people: Markdown for tickets, and one HTML file that needs nothing else.

use std::fmt::{self, Write as _};

use graphkeep_core::report::{Artifact, ArtifactId, Database, Gap, Report, State};

use crate::components::verifying::verified_words;
use crate::wording::{count, of, size, span, state as state_words};

/// A piece of the document.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Block {
    Title(String),
    Section(String),
    /// Sentences of the core: literals stand between backticks.
    Text(String),
    List(Vec<String>),
    /// Cells are taken as they stand.
    Table {
        head: &'static [&'static str],
        rows: Vec<Vec<String>>,
    },
}

/// A pull request, an issue, a ticket: GitHub's Markdown.
pub(super) fn markdown(report: &Report) -> String {
    let mut text = String::new();
    for block in blocks(report) {
        // Writing into a string never fails.
        let _ = write_markdown(&mut text, block);
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

fn write_markdown(text: &mut String, block: Block) -> fmt::Result {
    match block {
        Block::Title(title) => writeln!(text, "# {}", plain(&title))?,
        Block::Section(title) => writeln!(text, "## {}", plain(&title))?,
        Block::Text(words) => writeln!(text, "{}", sentence(&words))?,
        Block::List(items) => {
            for item in items {
                writeln!(text, "- {}", sentence(&item))?;
            }
        }
        Block::Table { head, rows } => {
            writeln!(text, "| {} |\n| {} |", head.join(" | "), vec!["---"; head.len()].join(" | "))?;
            for row in rows {
                let cells: Vec<String> = row.iter().map(|cell| plain(cell)).collect();
                writeln!(text, "| {} |", cells.join(" | "))?;
            }
        }
    }
    writeln!(text)
}

/// Text that Markdown gives no meaning.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' => out.extend(['\\', char]),
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            _ if char.is_control() => out.push(' '),
            _ => out.push(char),
        }
    }
    out
}

/// A sentence whose literals stay code.
fn sentence(text: &str) -> String {
    // Two in a row quote differently, and what follows would no longer be code.
    if !text.matches('`').count().is_multiple_of(2) || text.contains("``") {
        return plain(text);
    }
    let piece = |(at, piece): (usize, &str)| match at % 2 {
        0 => plain(piece),
        _ => piece.chars().map(|char| if char.is_control() { ' ' } else { char }).collect(),
    };
    text.split('`').enumerate().map(piece).collect::<Vec<_>>().join("`")
}

const STYLE: &str = "
:root { color-scheme: light dark; --line: light-dark(#dadad4, #343940); --muted: light-dark(#575c64, #a0a7b1); }
body { margin: 2rem auto; max-width: 72rem; padding: 0 1.5rem; font: 0.9rem/1.5 system-ui, sans-serif; font-variant-numeric: tabular-nums; background: light-dark(#fff, #15171a); color: light-dark(#1a1c1f, #e7e8ea); }
h1 { font-size: 1.5rem; } h2 { font-size: 1.1rem; margin-top: 2.5rem; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; }
th, td { text-align: start; vertical-align: top; padding: 0.3rem 0.75rem 0.3rem 0; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
th { color: var(--muted); font-weight: 500; } code { font-family: ui-monospace, Menlo, Consolas, monospace; font-size: 0.93em; }
@media print { body { margin: 0; max-width: none; } }
";

/// One file without scripts, which loads nothing and may load nothing.
pub(super) fn html(report: &Report) -> String {
    let blocks = blocks(report);
    let title = blocks.iter().find_map(|block| match block {
        Block::Title(title) => Some(escaped(title)),
        _ => None,
    });
    let title = title.unwrap_or_default();
    let mut body = String::new();
    for block in blocks {
        // Writing into a string never fails.
        let _ = write_html(&mut body, block);
    }
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n{body}</body>\n</html>\n"
    )
}

fn write_html(body: &mut String, block: Block) -> fmt::Result {
    match block {
        Block::Title(words) => writeln!(body, "<h1>{}</h1>", escaped(&words)),
        Block::Section(words) => writeln!(body, "<h2>{}</h2>", escaped(&words)),
        Block::Text(words) => writeln!(body, "<p>{}</p>", coded(&words)),
        Block::List(items) => {
            writeln!(body, "<ul>")?;
            for item in items {
                writeln!(body, "<li>{}</li>", coded(&item))?;
            }
            writeln!(body, "</ul>")
        }
        Block::Table { head, rows } => {
            writeln!(body, "<div class=\"scroll\"><table>")?;
            writeln!(
                body,
                "<thead><tr><th scope=\"col\">{}</th></tr></thead>",
                head.join("</th><th scope=\"col\">")
            )?;
            writeln!(body, "<tbody>")?;
            for row in rows {
                let cells: Vec<String> = row.iter().map(|cell| escaped(cell)).collect();
                writeln!(body, "<tr><td>{}</td></tr>", cells.join("</td><td>"))?;
            }
            writeln!(body, "</tbody>\n</table></div>")
        }
    }
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            _ if char.is_control() => out.push(' '),
            _ => out.push(char),
        }
    }
    out
}

fn coded(text: &str) -> String {
    if !text.matches('`').count().is_multiple_of(2) {
        return escaped(text);
    }
    let piece = |(at, piece): (usize, &str)| match at % 2 {
        0 => escaped(piece),
        _ => format!("<code>{}</code>", escaped(piece)),
    };
    text.split('`').enumerate().map(piece).collect()
}

fn blocks(report: &Report) -> Vec<Block> {
    let summary = &report.summary;
    let number = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    let states = State::ALL.iter().rev().filter_map(|state| {
        let number = report.databases.iter().filter(|database| database.state == *state).count();
        (number > 0).then(|| format!("{} {}", count(number as i128), state_words(*state)))
    });
    let states = states.collect::<Vec<_>>().join(", ");
    let title = format!("Neo4j backups: {}", of(number(summary.databases), "database", "databases"));
    let mut blocks = vec![
        Block::Title(if states.is_empty() { title } else { format!("{title}, {states}") }),
        Block::Text(format!(
            "{}, {}. {} Written by Graphkeep {}.",
            of(number(summary.files), "file", "files"),
            size(summary.bytes),
            verified_words(report),
            report.tool.version
        )),
    ];
    if !report.databases.is_empty() {
        blocks.push(Block::Table {
            head: &[
                "Verdict",
                "Database",
                "Id",
                "Newest restorable (UTC)",
                "Tx",
                "Largest gap",
                "Artifacts",
                "Size",
            ],
            rows: report.databases.iter().map(row).collect(),
        });
    }
    blocks.extend(report.databases.iter().flat_map(|database| about(report, database)));
    if !report.dumps.is_empty() {
        blocks.push(Block::Section(of(report.dumps.len(), "dump", "dumps")));
        let rows = report.dumps.iter().map(|dump| {
            let level = dump.verified.as_ref().map_or("L1", |found| found.level.as_str());
            vec![dump.path.0.clone(), size(dump.size), dump.container.name().to_owned(), level.to_owned()]
        });
        blocks.push(Block::Table { head: &["File", "Size", "Container", "Checked"], rows: rows.collect() });
    }
    if !report.others.is_empty() {
        blocks.push(Block::Section(of(
            report.others.len(),
            "file that is no readable backup",
            "files that are no readable backups",
        )));
        blocks.push(Block::List(
            report
                .others
                .iter()
                .map(|other| format!("{}: {}", code(&other.path.0), other.problem.message))
                .collect(),
        ));
    }
    if !report.problems.is_empty() {
        blocks.push(Block::Section("Across databases".to_owned()));
        blocks.push(Block::List(report.problems.iter().map(problem).collect()));
    }
    blocks
}

/// A name as a literal, unless it holds a backtick itself.
fn code(text: &str) -> String {
    if text.contains('`') { text.to_owned() } else { format!("`{text}`") }
}

fn row(database: &Database) -> Vec<String> {
    let newest = database.newest.as_ref();
    vec![
        state_words(database.state).to_owned(),
        database.name.clone(),
        database.id.to_string(),
        newest.map_or_else(|| "none".to_owned(), |newest| newest.time.words()),
        newest.map(|newest| newest.tx.to_string()).unwrap_or_default(),
        database.largest_gap.map(|gap| span(gap.seconds)).unwrap_or_default(),
        count(database.members.len() as i128),
        size(database.bytes),
    ]
}

fn about(report: &Report, database: &Database) -> Vec<Block> {
    let mut blocks =
        vec![Block::Section(format!("{} ({})", database.name, database.id)), Block::Text(verdict(database))];
    // A gap is a problem with its remedy; only one that no problem tells of is told of here.
    let is_told = |gap: &&Gap| {
        database
            .problems
            .iter()
            .any(|problem| problem.code == gap.code && problem.artifacts.contains(&gap.after))
    };
    let gaps = database.gaps.iter().filter(|gap| !is_told(gap));
    let gaps = gaps.map(|gap| format!("to close the gap before {}: {}", file(report, gap.after), gap.closes));
    let notes: Vec<String> = gaps.chain(database.problems.iter().map(problem)).collect();
    if !notes.is_empty() {
        blocks.push(Block::List(notes));
    }
    let rows = database.members.iter().filter_map(|member| {
        let artifact = report.artifacts.get(member.artifact)?;
        Some(vec![
            artifact.path.0.clone(),
            artifact.kind.as_str().to_owned(),
            artifact.range(),
            artifact.time.words(),
            size(artifact.size),
            artifact.container.name().to_owned(),
            checked(artifact),
            member.role.as_str().to_owned(),
        ])
    });
    blocks.push(Block::Table {
        head: &["File", "Type", "Tx", "Taken (UTC)", "Size", "Container", "Checked", "Role"],
        rows: rows.collect(),
    });
    blocks
}

/// The verdict, which begins with the state's word.
fn verdict(database: &Database) -> String {
    let state = state_words(database.state);
    if database.verdict.starts_with(state) {
        format!("{}.", database.verdict)
    } else {
        format!("{state}: {}.", database.verdict)
    }
}

fn checked(artifact: &Artifact) -> String {
    let level = artifact.level().as_str();
    if artifact.is_usable() { level.to_owned() } else { format!("{level}, damaged") }
}

fn file(report: &Report, id: ArtifactId) -> String {
    report.artifacts.get(id).map(|artifact| code(artifact.path.base())).unwrap_or_default()
}

fn problem(problem: &graphkeep_core::problem::Problem) -> String {
    let remedy = problem.remedy.as_ref().map(|remedy| format!("; {remedy}")).unwrap_or_default();
    format!("{}{remedy} ({})", problem.message, problem.code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_reads_in_a_ticket() {
        insta::assert_snapshot!(markdown(&crate::testing::report("scenarios/gap")));
    }

    #[test]
    fn a_report_is_one_file_of_html() {
        let page = html(&crate::testing::report("scenarios/gap")).replace(STYLE, "…");
        insta::assert_snapshot!(page);
    }

    #[test]
    fn what_stands_in_a_file_stays_text() {
        let mut report = crate::testing::report("scenarios/gap");
        let name = "a|b`<script>alert(1)</script>\n# \"[x](http://x)";
        report.databases[0].name = name.into();
        report.databases[0].verdict = name.into();
        report.artifacts[0].path = name.into();
        let page = html(&report);
        assert!(!page.contains("<script") && page.contains("&lt;script&gt;"), "{page}");
        let text = markdown(&report);
        assert!(!text.contains("<script") && !text.contains("\n# \"") && !text.contains("[x]"), "{text}");
        let line = text.lines().find(|line| line.contains("script")).expect("the name is there");
        assert!(line.contains("a\\|b"), "{line}");
        report.databases[0].verdict = "restore `a``<b>x` first".into();
        assert!(!markdown(&report).contains("<b>"), "two backticks quote nothing");
    }
}
