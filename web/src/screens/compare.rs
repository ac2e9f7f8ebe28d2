//! Two artifacts side by side, what differs first.

use graphkeep_core::FileName;
use graphkeep_core::report::Artifact;
use leptos::prelude::*;

use crate::compare::{Field, contents, fields, relation};
use crate::components::gap::FileLink;
use crate::components::problems::Words;
use crate::components::tables::Table;
use crate::components::verifying::VerifyButton;
use crate::route::Route;
use crate::state::App;
use crate::wording::{count, of};

/// Differing files that are listed.
const SHOWN: usize = 200;
/// Files to choose from.
const OFFERED: usize = 500;

#[component]
pub fn CompareScreen(left: FileName, right: FileName) -> impl IntoView {
    let app = App::here();
    let find = |app: App, path: &FileName| -> Option<Artifact> {
        app.report()?.artifacts.iter().find(|artifact| artifact.path == *path).cloned()
    };
    move || {
        let (Some(one), Some(other)) = (find(app, &left), find(app, &right)) else {
            return view! {
                <div class="screen" id="comparison">
                    <h1 id="screen-title" tabindex="-1">"One of these files is not here any more"</h1>
                </div>
            }
            .into_any();
        };
        let unread: Vec<&Artifact> =
            [&one, &other].into_iter().filter(|artifact| app.proof(&artifact.path).is_none()).collect();
        let unread = (
            unread.iter().map(|artifact| artifact.path.clone()).collect(),
            unread.iter().map(|artifact| artifact.size).fold(0, u64::saturating_add),
        );
        let inside = app.proof(&left).zip(app.proof(&right)).map(|(one, other)| contents(&one, &other));
        let (differing, same): (Vec<Field>, Vec<Field>) =
            fields(&one, &other).into_iter().partition(Field::differs);
        let summary = format!("{} are the same", of(same.len(), "field", "fields"));
        let title = format!("{} differ", of(differing.len(), "field", "fields"));
        view! {
            <div class="screen" id="comparison">
                <div class="verdict-card open">
                    <h1 id="screen-title" tabindex="-1">"Two artifacts compared"</h1>
                    <p id="relation"><Words text=capital(&relation(&one, &other))/></p>
                </div>
                <section id="differences" aria-label="Differences">
                    <h2>{title}</h2>
                    <Fields label="Fields that differ" left=left.clone() right=right.clone() fields=differing/>
                </section>
                <section aria-label="The same in both">
                    <details>
                        <summary><h2>{summary}</h2></summary>
                        <Fields label="Fields that are the same" left=left.clone() right=right.clone() fields=same/>
                    </details>
                </section>
                <Inside inside unread/>
            </div>
        }
        .into_any()
    }
}

#[component]
fn Fields(label: &'static str, left: FileName, right: FileName, fields: Vec<Field>) -> impl IntoView {
    let rows = fields.into_iter().map(|field| {
        view! { <tr><th scope="row">{field.name}</th><td class="value">{field.left}</td><td class="value">{field.right}</td></tr> }
    });
    let rows: Vec<_> = rows.collect();
    view! {
        <Table label=label>
            <thead><tr><th scope="col">"Field"</th><th scope="col"><FileLink path=left/></th><th scope="col"><FileLink path=right/></th></tr></thead>
            <tbody>{rows}</tbody>
        </Table>
    }
}

/// Which of their files differ, where both were read to their ends.
#[component]
fn Inside(
    inside: Option<Vec<(String, String, String)>>,
    /// What was not read to its end yet, and the bytes of it.
    unread: (Vec<FileName>, u64),
) -> impl IntoView {
    let Some(differing) = inside else {
        let (paths, bytes) = unread;
        return view! {
            <div class="actions"><VerifyButton id="verify-compared" what="Verify, to compare what is inside" paths bytes/></div>
        }
        .into_any();
    };
    let title = match differing.len() {
        0 => "The same files with the same sizes inside".to_owned(),
        number => format!("{} inside differ", of(number, "file", "files")),
    };
    let more = differing.len().saturating_sub(SHOWN);
    let rows = differing.into_iter().take(SHOWN).map(|(path, left, right)| {
        view! { <tr><th scope="row" class="path">{path}</th><td class="number">{left}</td><td class="number">{right}</td></tr> }
    });
    let rows: Vec<_> = rows.collect();
    view! {
        <section id="contents-differ" aria-label="Contents">
            <h2>{title}</h2>
            {(!rows.is_empty()).then(|| view! {
                <Table label="Files inside that differ">
                    <thead><tr><th scope="col">"File"</th><th scope="col" class="number">"Left"</th><th scope="col" class="number">"Right"</th></tr></thead>
                    <tbody>{rows}</tbody>
                </Table>
            })}
            {(more > 0).then(|| view! { <p class="muted">{format!("and {} more", count(more as i128))}</p> })}
        </section>
    }
    .into_any()
}

/// Chooses what to compare a file with: those of its own database first.
#[component]
pub fn CompareWith(path: FileName) -> impl IntoView {
    let app = App::here();
    let chosen = RwSignal::new(String::new());
    let own = path.clone();
    let others = move || {
        let Some(report) = app.report() else { return Vec::new() };
        let id = report
            .artifacts
            .iter()
            .find(|artifact| artifact.path == own)
            .map(|artifact| artifact.database_id);
        let mut others: Vec<&Artifact> =
            report.artifacts.iter().filter(|artifact| artifact.path != own).collect();
        others.sort_by_key(|artifact| (Some(artifact.database_id) != id, artifact.time));
        let option = |artifact: &Artifact| {
            (
                artifact.path.0.clone(),
                format!("{} {}, {}", artifact.kind.as_str(), artifact.range(), artifact.path),
            )
        };
        others.into_iter().take(OFFERED).map(option).collect()
    };
    let others = Memo::new(move |_| others());
    let go = move |_| {
        let first = others.with_untracked(|others| others.first().map(|(path, _)| path.clone()));
        let other = Some(chosen.get_untracked()).filter(|other| !other.is_empty()).or(first);
        if let Some(other) = other {
            app.go(Route::Compare(path.clone(), FileName(other)));
        }
    };
    view! {
        <Show when=move || others.with(|others| !others.is_empty())>
            <div class="compare-with">
                <select id="compare-with" aria-label="Compare with" on:change=move |event| chosen.set(event_target_value(&event))>
                    {move || others.get().into_iter().map(|(path, words)| view! { <option value=path>{words}</option> }).collect::<Vec<_>>()}
                </select>
                <button id="compare" on:click=go.clone()>"Compare"</button>
            </div>
        </Show>
    }
}

fn capital(sentence: &str) -> String {
    let mut chars = sentence.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
