//! Where a plan stops exactly: the last commit that is kept, and the first that is not.

use graphkeep_core::FileName;
use graphkeep_core::plan::Plan;
use leptos::prelude::*;

use crate::components::problems::Words;
use crate::components::transactions::commit_words;
use crate::state::App;
use crate::wording::size;

/// Nothing for a plan whose files are restored whole.
#[component]
pub fn Exactly(
    plan: Plan,
    /// Its last file, as it was handed over.
    file: FileName,
) -> impl IntoView {
    let app = App::here();
    let last = plan.steps.last().filter(|_| plan.restore_until.is_some());
    let Some(bytes) = last.map(|last| last.bytes) else { return ().into_any() };
    let notes = plan.notes.len();
    let plan = StoredValue::new(plan);
    let located = Memo::new(move |_| plan.with_value(|plan| app.located(plan)));
    view! {
        <div id="exactly">
            {move || match located.get() {
                None => {
                    let file = file.clone();
                    view! {
                    <button id="find-commit" disabled=move || app.is_at_work() on:click=move |_| plan.with_value(|plan| app.locate(plan, &file))>
                        "Find the exact commit"<span class="muted">" · reads "{size(bytes)}</span>
                    </button>
                }
                .into_any()
                }
                Some(located) => {
                    let facts = located.boundary.as_ref().map(|boundary| {
                        let kept = boundary.last_kept.map_or_else(|| "nothing of the last file".to_owned(), commit_words);
                        let dropped = boundary.first_dropped.map_or_else(|| "none: the last file ends before it".to_owned(), commit_words);
                        view! {
                            <dl class="facts">
                                <div><dt>"Last kept"</dt><dd id="last-kept">{kept}</dd></div>
                                <div><dt>"First dropped"</dt><dd id="first-dropped">{dropped}</dd></div>
                            </dl>
                        }
                    });
                    let notes: Vec<_> = located.plan.notes.iter().skip(notes).map(|note| view! { <li><Words text=note.clone()/></li> }).collect();
                    view! {
                        {facts}
                        {(!notes.is_empty()).then(|| view! { <ul class="notes">{notes}</ul> })}
                    }
                    .into_any()
                }
            }}
        </div>
    }
    .into_any()
}
