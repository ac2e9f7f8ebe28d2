//! What is kept of the page and what its host has are of different builds: it says so, and what can be done.

use leptos::prelude::*;

use crate::offline::{Newer, Offline};

#[component]
pub fn NewerBuild() -> impl IntoView {
    let offline = expect_context::<Offline>();
    let words = move |newer| match newer {
        _ if offline.others_are_open() => {
            "Close the other tabs of Graphkeep first: they would change under you."
        }
        Newer::Waiting => {
            "A newer version is here, and is used from the next start on. Started now, the page forgets what was dropped."
        }
        Newer::NotWhole => {
            "The host has a newer version, of which not every file could be fetched: the connection broke, one is missing, or one belongs to yet another version. This one goes on working, and the next start tries again. If it stays so, whoever runs the host has to copy the page there again."
        }
        Newer::Gone => {
            "This version was kept on an earlier visit, and its host has nothing any more that would replace it by a newer one. It goes on working until it is left for what the host has now."
        }
    };
    let act = move |newer| {
        match newer {
        Newer::Waiting => Some(
            view! { <button id="start-newer" class="small" on:click=move |_| offline.start_newer()>"Start it now"</button> }
                .into_any(),
        ),
        Newer::Gone => Some(
            view! { <button id="leave-kept" class="small" on:click=move |_| offline.leave()>"Leave it"</button> }.into_any(),
        ),
        Newer::NotWhole => None,
    }
    };
    // A first build that could not be kept is no newer one: the first screen tells.
    let newer = move || offline.newer().filter(|_| offline.is_kept());
    // The status is there before it has something to say, so that screen readers hear it.
    view! {
        <div id="newer" role="status">
            {move || newer().map(|newer| view! { <p class="note"><span>{words(newer)}</span>" "{act(newer)}</p> })}
        </div>
    }
}
