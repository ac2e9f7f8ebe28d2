//! Counters that filter, search, and the choices beside them.

use graphkeep_core::container::Container;
use graphkeep_core::report::{BackupType, State};
use leptos::prelude::*;

use crate::components::form::Form;
use crate::components::verdict::Sign;
use crate::select::{OlderThan, Row, Selection};
use crate::state::App;
use crate::wording::{count, of, state as state_words};

const KINDS: [BackupType; 3] = [BackupType::Full, BackupType::Differential, BackupType::Empty];

#[component]
pub fn Toolbar(rows: Memo<Vec<Row>>, listed: Memo<Vec<Row>>) -> impl IntoView {
    let app = App::here();
    let left_out = move || {
        let (all, some) = (rows.with(Vec::len), listed.with(Vec::len));
        (all != some)
            .then(|| format!("{} of {} listed", count(some as i128), of(all, "database", "databases")))
    };
    view! {
        <div class="toolbar">
            <Counters rows/>
            <search aria-label="Databases">
            <Form class="choices">
                <input
                    id="search"
                    type="search"
                    placeholder="Name, id or file"
                    aria-label="Search name, id or file"
                    prop:value=move || app.selection().text
                    on:input=move |event| app.select(|selection| selection.text = event_target_value(&event))
                />
                <Choices/>
                <button
                    type="button"
                    id="by-folder"
                    aria-pressed=move || app.selection().by_folder.to_string()
                    on:click=move |_| app.select(|selection| selection.by_folder = !selection.by_folder)
                >
                    "By folder"
                </button>
                <Show when=move || app.selection().is_narrow()>
                    <button type="button" id="show-all" on:click=move |_| app.select(Selection::widen)>"Show all"</button>
                </Show>
            </Form>
            </search>
            <p class="muted small" role="status">{left_out}</p>
        </div>
    }
}

#[component]
fn Counters(rows: Memo<Vec<Row>>) -> impl IntoView {
    let app = App::here();
    // Counters stay as long as there is something to count, so that the focus stays on the one pressed.
    let counted = Memo::new(move |_| {
        rows.with(|rows| State::ALL.map(|state| rows.iter().filter(|row| row.state == state).count()))
    });
    let counters = State::ALL.into_iter().enumerate().rev().map(|(at, state)| {
        let number = move || counted.get()[at];
        let pressed = move || app.selection().states.contains(&state);
        view! {
            <Show when=move || { number() > 0 || pressed() }>
                <button
                    class="counter"
                    aria-pressed=move || pressed().to_string()
                    on:click=move |_| app.select(|selection| selection.toggle(state))
                >
                    <Sign state/>
                    <span><strong>{move || count(number() as i128)}</strong>" "{state_words(state)}</span>
                </button>
            </Show>
        }
    });
    view! { <div class="counters" role="group" aria-label="Filter by verdict">{counters.collect::<Vec<_>>()}</div> }
}

#[component]
fn Choices() -> impl IntoView {
    let app = App::here();
    let containers = Memo::new(move |_| {
        let report = app.report();
        let used = |container: &Container| {
            report.as_ref().is_some_and(|report| {
                report.artifacts.iter().any(|artifact| artifact.container == *container)
            })
        };
        Container::ALL.into_iter().filter(used).map(Container::name).collect::<Vec<_>>()
    });
    let choose_kind = move |value: Option<String>| {
        let kind = KINDS.into_iter().find(|kind| Some(kind.as_str()) == value.as_deref());
        app.select(|selection| selection.kind = kind);
    };
    let choose_container = move |value: Option<String>| {
        let container =
            Container::ALL.into_iter().find(|container| Some(container.name()) == value.as_deref());
        app.select(|selection| selection.container = container);
    };
    let choose_age = move |value: Option<String>| {
        let older = OlderThan::ALL.into_iter().find(|older| Some(older.words()) == value.as_deref());
        app.select(|selection| selection.older = older);
    };
    view! {
        <Choice
            id="filter-type"
            label="Holds"
            all="any type"
            options=Signal::derive(|| KINDS.map(BackupType::as_str).to_vec())
            chosen=Signal::derive(move || app.selection().kind.map(BackupType::as_str))
            choose=choose_kind
        />
        <Choice
            id="filter-container"
            label="Container"
            all="any"
            options=Signal::derive(move || containers.get())
            chosen=Signal::derive(move || app.selection().container.map(Container::name))
            choose=choose_container
        />
        <Choice
            id="filter-age"
            label="Newest point"
            all="any age"
            options=Signal::derive(|| OlderThan::ALL.map(OlderThan::words).to_vec())
            chosen=Signal::derive(move || app.selection().older.map(OlderThan::words))
            choose=choose_age
        />
    }
}

/// One of several words, or none of them.
#[component]
fn Choice(
    id: &'static str,
    label: &'static str,
    /// What none of them is called.
    all: &'static str,
    options: Signal<Vec<&'static str>>,
    chosen: Signal<Option<&'static str>>,
    choose: impl Fn(Option<String>) + Send + 'static,
) -> impl IntoView {
    let on_change = move |event| {
        let value = event_target_value(&event);
        choose((!value.is_empty()).then_some(value));
    };
    view! {
        <label>
            {label}" "
            <select id=id on:change=on_change>
                <option value="" selected=move || chosen.get().is_none()>{all}</option>
                <For each=move || options.get() key=|option| *option let:option>
                    <option value=option selected=move || chosen.get() == Some(option)>{option}</option>
                </For>
            </select>
        </label>
    }
}
