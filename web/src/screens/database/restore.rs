//! Choose a point in time; see which files and commands restore it, or why nothing does and what is nearest.

use std::sync::Arc;

use graphkeep_core::plan::{Nearest, Plan, Point, Shell, Unreachable, plan};
use graphkeep_core::report::{Database, Report};
use graphkeep_core::time::UtcTime;
use leptos::prelude::*;

use crate::components::exactly::Exactly;
use crate::components::form::Form;
use crate::components::moment::LongMoment;
use crate::components::plan::{PlanBody, effect, unpacked};
use crate::components::problems::Words;
use crate::components::strip::Strip;
use crate::point::{Stop, parse, place, stops};
use crate::reach::{covered, reachable};
use crate::state::App;
use crate::wording::size;

#[component]
pub fn Restore(
    report: Arc<Report>,
    database: Arc<Database>,
    /// What was asked for, as typed.
    text: RwSignal<String>,
) -> impl IntoView {
    let app = App::here();
    let stops = StoredValue::new(stops(&report, &database));
    let newest = database.newest.as_ref().map_or(UtcTime(0), |newest| newest.time);
    let point = Memo::new(move |_| text.with(|text| parse(text, newest)));
    let shell = RwSignal::new(Shell::Sh);
    let choose = move |stop: Stop| text.set(stop.text());
    let found = {
        let (report, database) = (report.clone(), database.clone());
        Memo::new(move |_| {
            let report = app.with_folder(&report);
            point.get().map(|point| plan(&report, &database, point))
        })
    };
    let answer = {
        let report = report.clone();
        move || match found.get() {
            Ok(Ok(plan)) => view! { <Reached report=report.clone() plan shell/> }.into_any(),
            Ok(Err(unreachable)) => {
                view! { <Missed unreachable=*unreachable choose=Callback::new(choose)/> }.into_any()
            }
            Err(refused) => view! { <p class="refused"><Words text=refused.to_string()/></p> }.into_any(),
        }
    };
    let strip = covered(&report, &database).map(|strip| {
        view! { <Strip strip covered=Some(strip) reachable=reachable(&report, &database)/> }
    });
    let has_stops = stops.with_value(|stops| !stops.is_empty());
    view! {
        <section id="restore" aria-label="Restore">
            <h2>"Restore"</h2>
            {has_stops.then(|| view! {
                <Form class="point">
                    <label for="point">"Point in time"</label>
                    <input
                        id="point"
                        type="text"
                        autocomplete="off"
                        spellcheck="false"
                        aria-describedby="point-help"
                        prop:value=move || text.get()
                        on:input=move |event| text.set(event_target_value(&event))
                    />
                    <p id="point-help" class="muted small">
                        <code>"newest"</code>", "<code>"tx 1234"</code>", "<code>"2026-09-12 14:00"</code>" (UTC), "<code>"2026-09-12 16:00+02:00"</code>", "<code>"before 09-12 14:00"</code>
                    </p>
                    <div class="slide">
                        {strip}
                        <Slider stops point=Signal::derive(move || point.get().ok()) choose=Callback::new(choose)/>
                    </div>
                </Form>
            })}
            <div id="answer" class="answer-box" aria-live="polite">{answer}</div>
        </section>
    }
}

/// The restorable points, one step each.
#[component]
fn Slider(
    stops: StoredValue<Vec<Stop>>,
    point: Signal<Option<Point>>,
    choose: Callback<Stop>,
) -> impl IntoView {
    let last = stops.with_value(|stops| stops.len().saturating_sub(1));
    let at =
        Memo::new(move |_| point.get().map_or(last, |point| stops.with_value(|stops| place(stops, point))));
    let words = move || stops.with_value(|stops| stops.get(at.get()).map(|stop| stop.words()));
    let on_input = move |event| {
        let at = event_target_value(&event).parse::<usize>().unwrap_or(last);
        if let Some(stop) = stops.with_value(|stops| stops.get(at).copied()) {
            choose.run(stop);
        }
    };
    view! {
        <input
            id="point-slider"
            type="range"
            min="0"
            max=last
            step="1"
            aria-label="Restorable points"
            aria-valuetext=words
            disabled=last == 0
            prop:value=move || at.get().to_string()
            on:input=on_input
        />
        <p class="muted small">{words}</p>
    }
}

#[component]
fn Reached(report: Arc<Report>, plan: Plan, shell: RwSignal<Shell>) -> impl IntoView {
    let app = App::here();
    let unpacked = unpacked(&report, &plan);
    let last = plan.steps.last().map(|last| report.artifacts[last.artifact].path.clone());
    let exactly = last.map(|file| view! { <Exactly plan=plan.clone() file/> });
    view! {
        <p class="effect"><Words text=effect(&report, &plan)/></p>
        {exactly}
        {unpacked.map(|bytes| view! { <p class="muted">"It unpacks to "{size(bytes)}" at least; as much has to be free."</p> })}
        <Form class="folder">
            <label for="base-folder">"Folder that holds what you dropped"</label>
            <input
                id="base-folder"
                type="text"
                autocomplete="off"
                spellcheck="false"
                placeholder="/backups"
                prop:value=move || app.folder()
                on:change=move |event| app.set_folder(event_target_value(&event))
            />
        </Form>
        <PlanBody plan shell/>
    }
}

/// Says why, and offers the nearest points on either side. Nothing is moved there by itself.
#[component]
fn Missed(unreachable: Unreachable, choose: Callback<Stop>) -> impl IntoView {
    let offer = move |word: &'static str, nearest: Option<Nearest>| {
        nearest.map(|Nearest { tx, time }| {
            view! {
                <li>
                    <button class="small" on:click=move |_| choose.run(Stop { time, tx })>{format!("{word}: tx {tx}")}</button>
                    " "<LongMoment time/>
                </li>
            }
        })
    };
    view! {
        <p class="refused"><Words text=unreachable.why/></p>
        <ul class="bare offers">{offer("Nearest before", unreachable.before)}{offer("Nearest after", unreachable.after)}</ul>
    }
}
