//! One database: the verdict, what stands in the way, how to restore, and every artifact.

pub mod restore;

use std::sync::Arc;

use graphkeep_core::problem::Severity;
use graphkeep_core::report::{ArtifactId, Database, Report};
use leptos::prelude::*;
use uuid::Uuid;

use self::restore::Restore;
use crate::components::focus::keep_focus;
use crate::components::gap::GapBox;
use crate::components::moment::LongMoment;
use crate::components::problems::{Problems, Words};
use crate::components::staircase::Staircase;
use crate::components::tables::{ArtifactTable, ChainTable};
use crate::components::verdict::{Sign, tone};
use crate::components::verifying::{VerifyButton, level_words};
use crate::route::Route;
use crate::state::{App, database};
use crate::wording::{after_state, of, size, span, state as state_words};

#[component]
pub fn DatabaseScreen(id: Uuid) -> impl IntoView {
    let app = App::here();
    // Outlives each new report: what was typed stays.
    let point = RwSignal::new("newest".to_owned());
    let found = Memo::new(move |_| {
        let report = app.report()?;
        let database = database(&report, id)?.clone();
        Some((report, database))
    });
    move || {
        let found = found.get();
        keep_focus();
        match found {
            Some((report, database)) => view! { <Body report database point/> }.into_any(),
            None => view! {
                <div class="screen">
                    <h1 id="screen-title" tabindex="-1">"This database is not here any more"</h1>
                    <p>"Its files were removed."</p>
                </div>
            }
            .into_any(),
        }
    }
}

#[component]
fn Body(report: Arc<Report>, database: Database, point: RwSignal<String>) -> impl IntoView {
    let mut problems = database.problems.clone();
    let gaps: Vec<_> = database
        .gaps
        .iter()
        .map(|gap| {
            // The box says all that the problem does.
            let same = problems.iter().position(|problem| {
                problem.severity == Severity::Error && problem.artifacts.contains(&gap.after)
            });
            let code = same.map(|at| problems.remove(at).code);
            view! { <GapBox report=report.clone() gap=gap.clone() code newest=database.newest.clone()/> }
        })
        .collect();
    let newest_chain = database.newest.as_ref().map(|newest| database.chains[newest.chain].clone());
    let artifacts = of(database.members.len(), "artifact", "artifacts");
    let name = database.name.clone();
    let verify = scopes(&report, &database);
    let app = App::here();
    let database = Arc::new(database);
    let chosen = RwSignal::new(None);
    let open = {
        let report = report.clone();
        Callback::new(move |artifact: ArtifactId| {
            app.go(Route::Artifact(report.artifacts[artifact].path.clone()));
        })
    };
    view! {
        <div class="screen" id="database">
            <div class=format!("verdict-card {}", tone(database.state))>
                <h1 id="screen-title" tabindex="-1">{name.clone()}" "<code class="id muted">{database.id.to_string()}</code></h1>
                <p class="verdict-line">
                    <Sign state=database.state/>
                    <span><strong class="verdict-word">{state_words(database.state)}</strong>" "<Words text=after_state(&database)/></span>
                </p>
                <dl class="facts">
                    {database.newest.as_ref().map(|newest| view! {
                        <div>
                            <dt>"Newest point"</dt>
                            <dd>"tx "{newest.tx}", "<LongMoment time=newest.time/></dd>
                        </div>
                        {(newest.complete_until != newest.time).then(|| view! {
                            <div><dt>"Complete until"</dt><dd><LongMoment time=newest.complete_until/><span class="muted">": nothing newer had been committed"</span></dd></div>
                        })}
                    })}
                    {database.newest_before_2026_02.as_ref().map(|newest| view! {
                        <div><dt>"Before Neo4j 2026.02"</dt><dd>"tx "{newest.tx}", "<LongMoment time=newest.time/></dd></div>
                    })}
                    {newest_chain.map(|chain| view! {
                        <div><dt>"To read"</dt><dd>{of(usize::try_from(chain.files).unwrap_or(usize::MAX), "file", "files")}", "{size(chain.bytes)}</dd></div>
                    })}
                    {database.largest_gap.map(|gap| view! {
                        <div><dt>"Largest gap"</dt><dd>{span(gap.seconds)}<span class="muted">" between two restorable points, from "{gap.from.words()}" to "{gap.to.words()}" UTC"</span></dd></div>
                    })}
                    <div><dt>"Checked"</dt><dd>{level_words(database.level)}</dd></div>
                </dl>
                <div class="actions">{verify}</div>
            </div>
            {(!gaps.is_empty()).then(|| view! { <section aria-label="What is missing" id="gaps">{gaps}</section> })}
            {(database.members.len() > 1).then(|| view! {
                <section id="over-time" aria-label="Over time">
                    <h2>"Over time"</h2>
                    <Staircase report=report.clone() database=database.clone() chosen open/>
                </section>
            })}
            <Restore report=report.clone() database=database.clone() text=point/>
            {(!database.chains.is_empty()).then(|| view! {
                <section id="chains" aria-label="Chains">
                    <h2>{of(database.chains.len(), "restorable chain", "restorable chains")}</h2>
                    <ChainTable report=report.clone() chains=database.chains.clone()/>
                </section>
            })}
            <section id="artifacts" aria-label="Artifacts">
                <h2>{artifacts}<span class="muted">" · "{size(database.bytes)}</span></h2>
                <ArtifactTable report=report.clone() database=database.clone() chosen caption=format!("Artifacts of {name}, newest first")/>
            </section>
            {(!problems.is_empty()).then(|| view! {
                <section id="problems" aria-label="Problems">
                    <h2>{of(problems.len(), "thing to know", "things to know")}</h2>
                    <Problems problems/>
                </section>
            })}
        </div>
    }
}

/// What can be verified of a database, with the bytes that takes.
fn scopes(report: &Report, database: &Database) -> impl IntoView + use<> {
    let button = |id: &'static str, what: &'static str, artifacts: Vec<ArtifactId>| {
        let paths: Vec<_> = artifacts.iter().map(|id| report.artifacts[*id].path.clone()).collect();
        let bytes = artifacts.iter().map(|id| report.artifacts[*id].size).fold(0, u64::saturating_add);
        (!paths.is_empty()).then(|| view! { <VerifyButton id what paths bytes/> })
    };
    let chain = database.newest.as_ref().map(|newest| database.chains[newest.chain].artifacts.clone());
    let all: Vec<ArtifactId> = database.members.iter().map(|member| member.artifact).collect();
    let is_all = chain.as_ref().is_some_and(|chain| chain.len() == all.len());
    view! {
        {button("verify-chain", "Verify the newest chain", chain.unwrap_or_default())}
        {(!is_all).then(|| button("verify-all", "Verify all", all))}
    }
}
