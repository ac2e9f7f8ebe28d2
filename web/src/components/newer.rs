//! A newer build of the page waits: it says so, and starts when it is told to.

use leptos::prelude::*;

use crate::offline::Offline;

#[component]
pub fn NewerBuild() -> impl IntoView {
    let offline = expect_context::<Offline>();
    let words = move || {
        if offline.others_are_open() {
            "A newer version is here. Close the other tabs of Graphkeep first: they would change under you."
        } else {
            "A newer version is here, and is used from the next start on. Started now, the page forgets what was dropped."
        }
    };
    // The status is there before it has something to say, so that screen readers hear it.
    view! {
        <div id="newer" role="status">
            <Show when=move || offline.is_newer_waiting()>
                <p class="note">
                    <span>{words}</span>
                    " "
                    <button id="start-newer" class="small" on:click=move |_| offline.start_newer()>"Start it now"</button>
                </p>
            </Show>
        </div>
    }
}
