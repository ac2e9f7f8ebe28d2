//! Folders that were opened before: each opens again by a click, and is forgotten by another.

use graphkeep_core::time::UtcTime;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use crate::recents::{Recent, Recents};
use crate::state::App;
use crate::wording::age;

#[component]
pub fn RecentFolders() -> impl IntoView {
    let app = App::here();
    let recents = use_context::<Recents>()?;
    let row = move |recent: Recent| {
        #[expect(clippy::cast_possible_truncation, reason = "a time")]
        let opened = UtcTime((recent.opened_ms / 1000.0) as i64);
        let (key, name) = (recent.key, recent.name.clone());
        let forget = format!("Forget {name}");
        view! {
            <li>
                <button class="link" on:click=move |_| recents.open(app, recent.clone())>{name}</button>
                <span class="muted">{move || age(opened, app.now())}</span>
                <button class="small quiet" aria-label=forget on:click=move |_| {
                    recents.forget(key);
                    focus_on_title();
                }>"Forget"</button>
            </li>
        }
    };
    let rows = move || recents.folders().into_iter().map(row).collect::<Vec<_>>();
    Some(view! {
        {move || recents.refused().map(|why| view! { <p class="notice" role="alert">{why}</p> })}
        <Show when=move || !recents.folders().is_empty()>
            <section id="recents" class="recents" aria-label="Recent folders">
                <h2>"Recent folders"</h2>
                <ul class="bare">{rows}</ul>
                <p class="muted small">
                    "This browser keeps their names and when you opened them, and nothing of what is in them. It asks you before the page may read one again. "
                    <button id="forget-all" class="small quiet" on:click=move |_| {
                        recents.forget_all();
                        focus_on_title();
                    }>"Forget all"</button>
                </p>
            </section>
        </Show>
    })
}

/// What had the focus is about to go.
fn focus_on_title() {
    if let Some(title) = document().get_element_by_id("screen-title") {
        let _ = title.unchecked_into::<HtmlElement>().focus();
    }
}
