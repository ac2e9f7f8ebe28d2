//! What is on the list beside the databases: shards, dumps, files that are no backups. Folded where it is good
//! to know only, and always counted.

use std::sync::Arc;

use graphkeep_core::problem::Severity;
use graphkeep_core::report::{Dump, OtherFile, Reason, Report, ShardState, ShardedDatabase};
use leptos::prelude::*;

use crate::components::copy::Copy;
use crate::components::gap::FileLink;
use crate::components::problems::{Problems, Words};
use crate::components::tables::Table;
use crate::state::App;
use crate::wording::{count, of, size};

/// Everything beside the databases. Folded where it is good to know only, and always counted.
#[component]
pub fn Rest(report: Arc<Report>) -> impl IntoView {
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
                        <Copy text=details what="details"/>
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
