//! The report as a file: which kind, what to cover, and what it will say before it is saved.

use std::sync::Arc;

use graphkeep_core::redact::Redaction;
use leptos::prelude::*;

use crate::export::Format;
use crate::state::App;
use crate::wording::size;

/// Characters of the preview.
const SHOWN: usize = 20_000;

#[component]
pub fn ReportScreen() -> impl IntoView {
    let app = App::here();
    let format = RwSignal::new(Format::Markdown);
    let covered = RwSignal::new(Redaction { names: false, paths: false, ids: false });
    Effect::new(move |_| {
        app.report();
        app.write(format.get(), covered.get());
    });
    // What is shown stays until the next is written.
    let text = Memo::new(move |shown: Option<&Arc<str>>| {
        app.written(format.get(), covered.get()).or(shown.cloned()).unwrap_or_default()
    });
    let formats = Format::ALL.map(|which| {
        let pressed = move || (format.get() == which).to_string();
        view! { <button aria-pressed=pressed on:click=move |_| format.set(which)>{which.words()}</button> }
    });
    let check = move |id: &'static str,
                      words: &'static str,
                      is: fn(&Redaction) -> bool,
                      set: fn(&mut Redaction, bool)| {
        let change = move |event| {
            let checked = event_target_checked(&event);
            covered.update(|covered| set(covered, checked));
        };
        view! { <label><input id=id type="checkbox" prop:checked=move || covered.with(is) on:change=change/>" "{words}</label> }
    };
    view! {
        <div class="screen" id="report-screen">
            <div class="headline">
                <h1 id="screen-title" tabindex="-1">"Report"</h1>
                <div class="actions"><button id="save-report" class="primary" on:click=move |_| app.save_redacted(format.get_untracked(), covered.get_untracked())>
                    {move || format!("Save {}, {}", format.get().file_name(), size(text.with(|text| text.len()) as u64))}
                </button></div>
            </div>
            <div class="shells" role="group" aria-label="Kind of file">{formats.into_iter().collect::<Vec<_>>()}</div>
            <fieldset class="redaction">
                <legend>"Cover, each with the same cover name throughout"</legend>
                {check("redact-names", "names of databases", |covered| covered.names, |covered, to| covered.names = to)}
                {check("redact-paths", "folders and file names", |covered| covered.paths, |covered, to| covered.paths = to)}
                {check("redact-ids", "database and store ids", |covered| covered.ids, |covered, to| covered.ids = to)}
            </fieldset>
            <section aria-label="Preview">
                <h2>"What it will say"</h2>
                <pre id="report-preview" class="script" tabindex="0">{move || text.with(|text| cut(text))}</pre>
            </section>
        </div>
    }
}

/// The beginning, and how much follows.
fn cut(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}\n… and {} more", &text[..at], size((text.len() - at) as u64)),
        None => text.to_owned(),
    }
}
