//! A button that copies a text, and says that it did.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen_futures::JsFuture;

/// `what` completes "Copy …" for those who do not see what stands beside the button.
#[component]
pub fn Copy(#[prop(into)] text: Signal<String>, #[prop(into)] what: String) -> impl IntoView {
    let said = RwSignal::new("Copy");
    let copy = move |_| {
        let text = text.get_untracked();
        spawn_local(async move {
            let done = JsFuture::from(window().navigator().clipboard().write_text(&text)).await;
            said.set(if done.is_ok() { "Copied" } else { "Copying was refused" });
            set_timeout(move || said.set("Copy"), Duration::from_secs(2));
        });
    };
    let label = move || match said.get() {
        "Copy" => format!("Copy {what}"),
        other => other.to_owned(),
    };
    view! { <button class="small" aria-label=label on:click=copy><span aria-live="polite">{move || said.get()}</span></button> }
}
