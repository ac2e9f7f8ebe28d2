//! All databases, worst first; then the files that are none, with their reasons.

pub mod rest;
pub mod table;
pub mod toolbar;

use std::sync::Arc;

use graphkeep_core::report::{Reason, Report, State};
use leptos::prelude::*;

use self::rest::Rest;
use self::table::DatabaseTable;
use self::toolbar::Toolbar;
use crate::components::focus::keep_focus;
use crate::components::verifying::{VerifyEverything, verified_words};
use crate::export::Format;
use crate::select::Row;
use crate::state::App;
use crate::wording::{count, of, size, state as state_words};

#[component]
pub fn EstateScreen() -> impl IntoView {
    let app = App::here();
    let report = Memo::new(move |_| app.report());
    let rows = Memo::new(move |_| {
        let report = report.get();
        report.map_or_else(Vec::new, |report| {
            report.databases.iter().map(|database| Row::of(&report, database)).collect()
        })
    });
    let listed = Memo::new(move |_| {
        let now = app.now();
        rows.with(|rows| app.selection().apply(rows, now))
    });
    let has_databases = Memo::new(move |_| rows.with(|rows| !rows.is_empty()));
    view! {
        <div class="screen">
            <Headline report/>
            {move || app.trouble().map(|trouble| view! { <p class="notice" role="alert">{trouble}</p> })}
            <Show when=move || has_databases.get()>
                <section id="databases" aria-label="Databases">
                    <Toolbar rows listed/>
                    <DatabaseTable rows listed/>
                </section>
            </Show>
            {move || report.get().map(|report| view! { <Rest report/> })}
        </div>
    }
}

/// The sum of it all, in one sentence; below it what was done to say so, and what was not.
#[component]
fn Headline(report: Memo<Option<Arc<Report>>>) -> impl IntoView {
    let app = App::here();
    view! {
        <div class="headline">
            <div>
                <h1 id="screen-title" tabindex="-1">
                    {move || report.get().map_or_else(|| "Reading …".to_owned(), |report| headline(&report))}
                </h1>
                <p class="muted">{move || report.get().map(|report| evidence(&report))}</p>
                {move || report.get().and_then(|report| kinds(&report)).map(|kinds| view! { <p class="muted" id="kinds">{kinds}</p> })}
            </div>
            <Show when=move || report.with(Option::is_some)>
                <div class="headline-actions">
                    <div class="actions" role="group" aria-label="Verification">
                        {move || {
                            let report = report.get();
                            keep_focus();
                            report.map(|report| view! { <VerifyEverything report/> })
                        }}
                    </div>
                    <div class="actions" role="group" aria-label="Export">
                        <button id="export-json" on:click=move |_| app.save(Format::Json)>"Save JSON"</button>
                        <button id="export-csv" on:click=move |_| app.save(Format::Csv)>"Save CSV"</button>
                    </div>
                </div>
            </Show>
        </div>
    }
}

/// `4 databases: 1 restorable until, 3 unverified`, the worst first.
fn headline(report: &Report) -> String {
    if report.databases.is_empty() {
        return match (report.dumps.len(), report.others.len()) {
            (0, others) => format!("{}, none is a Neo4j backup", of(others, "file", "files")),
            (dumps, _) => of(dumps, "dump", "dumps"),
        };
    }
    let states = State::ALL.iter().rev().filter_map(|state| {
        let number = report.databases.iter().filter(|database| database.state == *state).count();
        (number > 0).then(|| format!("{} {}", count(number as i128), state_words(*state)))
    });
    let states: Vec<_> = states.collect();
    format!("{}: {}", of(report.databases.len(), "database", "databases"), states.join(", "))
}

/// Where nothing is a backup: what there is instead, the commonest first, and what is looked for.
fn kinds(report: &Report) -> Option<String> {
    const MOST: usize = 5;
    if !report.artifacts.is_empty() || !report.dumps.is_empty() {
        return None;
    }
    let mut kinds: Vec<(&str, usize)> = Vec::new();
    for other in &report.others {
        let Reason::Stranger { what } = &other.reason else { continue };
        match kinds.iter_mut().find(|(kind, _)| *kind == what.what()) {
            Some((_, number)) => *number += 1,
            None => kinds.push((what.what(), 1)),
        }
    }
    kinds.sort_by_key(|(_, number)| std::cmp::Reverse(*number));
    let more = if kinds.len() > MOST { ", and others" } else { "" };
    let found: Vec<_> = kinds
        .iter()
        .take(MOST)
        .map(|(kind, number)| match number {
            1 => (*kind).to_owned(),
            number => format!("{kind} ({} of them)", count(*number as i128)),
        })
        .collect();
    let found = if found.is_empty() { String::new() } else { format!("Here: {}{more}. ", found.join(", ")) };
    Some(format!(
        "{found}Looked for are backups and dumps of Neo4j 5 and later, known by what is in them: neo4j-admin calls them .backup, .backup.1 and on, and .dump."
    ))
}

fn evidence(report: &Report) -> String {
    let summary = &report.summary;
    let backups = report.artifacts.len() + report.dumps.len();
    if backups == 0 {
        return format!("{} of them were read.", size(summary.bytes_read));
    }
    format!(
        "{} in {}, {}. {}",
        of(backups, "backup", "backups"),
        of(usize::try_from(summary.files).unwrap_or(usize::MAX), "file", "files"),
        size(summary.bytes),
        verified_words(report),
    )
}
