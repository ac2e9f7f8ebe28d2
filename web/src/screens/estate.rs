//! All databases, worst first; then the files that are none, with their reasons.

use std::sync::Arc;

use graphkeep_core::problem::Severity;
use graphkeep_core::report::{Database, Dump, OtherFile, Reason, Report, ShardState, ShardedDatabase, State};
use graphkeep_core::time::UtcTime;
use leptos::prelude::*;
use uuid::Uuid;

use crate::components::gap::FileLink;
use crate::components::moment::Moment;
use crate::components::problems::{Problems, Words};
use crate::components::tables::Table;
use crate::components::verdict::{Sign, tone};
use crate::components::verifying::{VerifyEverything, verified_words};
use crate::export::Format;
use crate::route::Route;
use crate::state::App;
use crate::wording::{after_state, age, count, of, short_id, size, span, state as state_words};

#[component]
pub fn EstateScreen() -> impl IntoView {
    let app = App::here();
    let report = Memo::new(move |_| app.report());
    let rows = Memo::new(move |_| {
        report.get().map(|report| report.databases.iter().map(Row::of).collect::<Vec<_>>())
    });
    let has_databases = Memo::new(move |_| {
        report.with(|report| report.as_ref().is_some_and(|report| !report.databases.is_empty()))
    });
    view! {
        <div class="screen">
            <Headline report/>
            {move || app.trouble().map(|trouble| view! { <p class="notice" role="alert">{trouble}</p> })}
            <Show when=move || has_databases.get()>
                <section id="databases" aria-label="Databases">
                    <DatabaseTable rows=Signal::derive(move || rows.get().unwrap_or_default())/>
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
            </div>
            <Show when=move || report.with(Option::is_some)>
                {move || report.get().map(|report| view! { <VerifyEverything report/> })}
                <div class="actions" role="group" aria-label="Export">
                    <button id="export-json" on:click=move |_| app.save(Format::Json)>"Save JSON"</button>
                    <button id="export-csv" on:click=move |_| app.save(Format::Csv)>"Save CSV"</button>
                </div>
            </Show>
        </div>
    }
}

/// `4 databases: 1 restorable until, 3 unverified`, the worst first.
fn headline(report: &Report) -> String {
    let summary = &report.summary;
    if report.databases.is_empty() {
        return match (report.dumps.len(), report.others.len()) {
            (0, others) => format!("{}, none is a Neo4j backup", of(others, "file", "files")),
            (dumps, _) => of(dumps, "dump", "dumps"),
        };
    }
    let states = State::ALL.iter().rev().filter_map(|state| {
        let number = databases_in(report, *state);
        (number > 0).then(|| format!("{} {}", count(number as i128), state_words(*state)))
    });
    let states: Vec<_> = states.collect();
    format!(
        "{}: {}",
        of(usize::try_from(summary.databases).unwrap_or(usize::MAX), "database", "databases"),
        states.join(", ")
    )
}

fn databases_in(report: &Report, state: State) -> usize {
    report.databases.iter().filter(|database| database.state == state).count()
}

fn evidence(report: &Report) -> String {
    let summary = &report.summary;
    format!(
        "{} in {}, {}. {}",
        of(report.artifacts.len() + report.dumps.len(), "backup", "backups"),
        of(usize::try_from(summary.files).unwrap_or(usize::MAX), "file", "files"),
        size(summary.bytes),
        verified_words(report),
    )
}

/// What a row shows; equal rows are not drawn again.
#[derive(Debug, Clone, PartialEq)]
struct Row {
    id: Uuid,
    name: String,
    state: State,
    verdict: String,
    newest: Option<UtcTime>,
    largest_gap: Option<i64>,
    chain: String,
    to_read: Option<u64>,
    artifacts: usize,
}

impl Row {
    fn of(database: &Database) -> Self {
        let chain = database.newest.as_ref().map(|newest| &database.chains[newest.chain]);
        Self {
            id: database.id,
            name: database.name.clone(),
            state: database.state,
            verdict: after_state(database).to_owned(),
            newest: database.newest.as_ref().map(|newest| newest.time),
            largest_gap: database.largest_gap.map(|gap| gap.seconds),
            chain: chain.map(|chain| format!("1+{}", chain.artifacts.len() - 1)).unwrap_or_default(),
            to_read: chain.map(|chain| chain.bytes),
            artifacts: database.members.len(),
        }
    }
}

#[component]
fn DatabaseTable(rows: Signal<Vec<Row>>) -> impl IntoView {
    view! {
        <Table label="Databases, worst first" class="data estate">
                <thead>
                    <tr>
                        <th scope="col">"Verdict"</th>
                        <th scope="col">"Database"</th>
                        <th scope="col">"Newest restorable (UTC)"</th>
                        <th scope="col" class="number">"Largest gap"</th>
                        <th scope="col" class="number">"Chain"</th>
                        <th scope="col" class="number">"To read"</th>
                        <th scope="col" class="number">"Artifacts"</th>
                    </tr>
                </thead>
                <tbody>
                    <For each=move || rows.get() key=|row| row.id let:row>
                        <DatabaseRow id=row.id rows/>
                    </For>
                </tbody>
            </Table>
    }
}

#[component]
fn DatabaseRow(id: Uuid, rows: Signal<Vec<Row>>) -> impl IntoView {
    let app = App::here();
    let row = Memo::new(move |_| rows.with(|rows| rows.iter().find(|row| row.id == id).cloned()));
    let open = move || app.go(Route::Database(id));
    move || {
        row.get().map(|row| {
            view! {
                <tr class="clickable" on:click=move |_| open()>
                    <td>
                        <div class=format!("verdict-cell {}", tone(row.state))>
                            <Sign state=row.state/>
                            <p><strong class="verdict-word">{state_words(row.state)}</strong>" "<Words text=row.verdict/></p>
                        </div>
                    </td>
                    <th scope="row">
                        <button class="link name" id=format!("db-{id}") on:click=move |event| {
                            event.stop_propagation();
                            open();
                        }>{row.name}</button>
                        <p class="small muted"><code title=id.to_string()>{short_id(id)}</code></p>
                    </th>
                    <td class="nowrap">
                        {match row.newest {
                            Some(time) => view! {
                                <Moment time/>
                                <p class="small muted">{move || age(time, app.now())}</p>
                            }
                            .into_any(),
                            None => view! { <span class="muted">"none"</span> }.into_any(),
                        }}
                    </td>
                    <td class="number nowrap">{row.largest_gap.map(span)}</td>
                    <td class="number">{row.chain}</td>
                    <td class="number nowrap">{row.to_read.map(size)}</td>
                    <td class="number">{count(row.artifacts as i128)}</td>
                </tr>
            }
        })
    }
}

/// Everything beside the databases. Folded where it is good to know only, and always counted.
#[component]
fn Rest(report: Arc<Report>) -> impl IntoView {
    let unreadable = others(&report, |reason| !matches!(reason, Reason::Stranger { .. }));
    let strangers = others(&report, |reason| matches!(reason, Reason::Stranger { .. }));
    let problems = report.problems.clone();
    let is_open = problems.iter().any(|problem| problem.severity >= Severity::Warning);
    view! {
        {report.sharded_databases.iter().map(|sharded| view! { <Sharded sharded=sharded.clone()/> }).collect::<Vec<_>>()}
        {(!report.dumps.is_empty()).then(|| view! { <Dumps dumps=report.dumps.clone()/> })}
        {(!problems.is_empty()).then(|| view! {
            <section aria-label="Across databases">
                <details open=is_open>
                    <summary><h2>{of(problems.len(), "thing", "things")}" to know across databases"</h2></summary>
                    <Problems problems/>
                </details>
            </section>
        })}
        <section id="others" aria-label="Other files">
            {(!unreadable.is_empty()).then(|| view! {
                <OtherFiles id="unreadable" title=format!("{} cannot be read", of(unreadable.len(), "file", "files")) files=unreadable open=true/>
            })}
            {(!strangers.is_empty()).then(|| view! {
                <OtherFiles id="strangers" title=of(strangers.len(), "file is no backup", "files are no backups") files=strangers open=report.databases.is_empty()/>
            })}
        </section>
    }
}

fn others(report: &Report, wanted: impl Fn(&Reason) -> bool) -> Vec<OtherFile> {
    report.others.iter().filter(|other| wanted(&other.reason)).cloned().collect()
}

#[component]
fn OtherFiles(id: &'static str, title: String, files: Vec<OtherFile>, open: bool) -> impl IntoView {
    let app = App::here();
    let rows = files.into_iter().map(|other| {
        let again = other.path.clone();
        let can_retry = matches!(other.reason, Reason::Unreadable { .. });
        let details = format!("{}: {} (build {})", other.path, other.problem.message, crate::BUILD);
        view! {
            <tr>
                <th scope="row"><FileLink path=other.path.clone()/></th>
                <td class="number nowrap">{size(other.size)}</td>
                <td>
                    <Words text=other.problem.message/>
                    {other.problem.remedy.map(|remedy| view! { <p class="small muted"><Words text=remedy/></p> })}
                </td>
                <td class="nowrap">
                    {can_retry.then(|| view! {
                        <button class="small" on:click=move |_| app.read_again(&again)>"Read again"</button>
                        " "
                        <crate::components::copy::Copy text=details what="details"/>
                    })}
                </td>
            </tr>
        }
    });
    let rows: Vec<_> = rows.collect();
    view! {
        <details id=id open=open>
            <summary><h2>{title.clone()}</h2></summary>
            <Table label=title>
                    <thead>
                        <tr><th scope="col">"File"</th><th scope="col" class="number">"Size"</th><th scope="col">"Reason"</th><th scope="col"><span class="sr-only">"Actions"</span></th></tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </Table>
        </details>
    }
}

#[component]
fn Dumps(dumps: Vec<Dump>) -> impl IntoView {
    let title = format!("{}: whole by themselves, without metadata", of(dumps.len(), "dump", "dumps"));
    let rows = dumps.into_iter().map(|dump| {
        let contents = dump.archive_size.map(|contents| format!("{} files, {}", count(contents.files), size(contents.bytes)));
        view! {
            <tr>
                <th scope="row"><FileLink path=dump.path.clone()/></th>
                <td>{dump.database_by_name.map_or_else(|| view! { <span class="muted">"not told by its name"</span> }.into_any(), IntoAny::into_any)}</td>
                <td class="number nowrap">{size(dump.size)}</td>
                <td>{dump.container.name()}</td>
                <td class="nowrap">{contents.unwrap_or_else(|| "unknown".to_owned())}</td>
            </tr>
        }
    });
    let rows: Vec<_> = rows.collect();
    view! {
        <section id="dumps" aria-label="Dumps">
            <h2>{title}</h2>
            <Table label="Dumps">
                    <thead>
                        <tr><th scope="col">"File"</th><th scope="col">"Database, by the file's name"</th><th scope="col" class="number">"Size"</th><th scope="col">"Container"</th><th scope="col">"Contents"</th></tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </Table>
        </section>
    }
}

#[component]
fn Sharded(sharded: ShardedDatabase) -> impl IntoView {
    let rows = sharded.shards.into_iter().map(|shard| {
        let tone = if shard.state == ShardState::Ok { "open" } else { "bad" };
        view! { <tr><th scope="row">{shard.database}</th><td class=tone>{shard.status}</td></tr> }
    });
    let rows: Vec<_> = rows.collect();
    let title = format!(
        "Sharded database {}: {}",
        sharded.name,
        if sharded.valid { "its shards fit together" } else { "its shards do not fit together" }
    );
    view! {
        <section class="sharded">
            <h2>{title.clone()}</h2>
            <Table label=title>
                    <thead><tr><th scope="col">"Shard"</th><th scope="col">"Status"</th></tr></thead>
                    <tbody>{rows}</tbody>
                </Table>
        </section>
    }
}
