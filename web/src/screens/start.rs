//! Nothing was handed over yet: what this is, and three ways in.

use leptos::prelude::*;

use crate::components::open::{before_it_asks, choose_files, choose_folder};
use crate::components::recents::RecentFolders;
use crate::offline::{Newer, Offline};
use crate::state::App;

#[component]
pub fn StartScreen() -> impl IntoView {
    let app = App::here();
    view! {
        <section class="start">
            <h1 id="screen-title" tabindex="-1">"Inspect Neo4j backups"</h1>
            <p class="lead">"Which databases they hold, when, which transactions; whether they restore, and what is missing."</p>
            <div id="drop" class="drop">
                <p class="drop-title">"Drop files or folders anywhere"</p>
                <p class="muted">"or paste a file. "<code>".backup"</code>" and "<code>".dump"</code>": full, differential, split"</p>
                <div class="drop-buttons">
                    <button id="open-files" class="primary" on:click=|_| choose_files()>"Open files"</button>
                    <button id="open-folder" aria-describedby="upload-note" on:click=|_| choose_folder()>"Open folder"</button>
                    <button id="open-report" title="A report that was saved as JSON, by this page or by graphkeep inspect --format json" on:click=move |_| choose_files()>"Open report"</button>
                    <button id="try-sample" on:click=move |_| app.open_sample()>"Try the sample"</button>
                </div>
                <p id="upload-note" class="muted small">{before_it_asks(use_context())}</p>
            </div>
            {move || app.trouble().map(|trouble| view! { <p class="notice" role="alert">{trouble}</p> })}
            <RecentFolders/>
            <OfflineLine/>
            <details class="plain">
                <summary>"Nothing leaves this tab. How to check it"</summary>
                <ul>
                    <li>"The page's content security policy (first lines of its source) lets it load from its own address only, and send to nobody. The browser enforces it, in the workers that read your files too."</li>
                    <li>"Open the developer tools, Network, and drop a file: what is asked for are parts of the page, from its own address, and nothing is sent along."</li>
                    <li>"Take the network away once the page has loaded. It goes on working."</li>
                </ul>
            </details>
            <p class="muted">"In a terminal: "<code>"graphkeep inspect <folder>"</code>" reads the same verdicts."</p>
        </section>
    }
}

/// Says that the page needs no network, once that is so, and offers to install it where the browser does.
#[component]
fn OfflineLine() -> impl IntoView {
    let offline = use_context::<Offline>();
    offline.map(|offline| {
        view! {
            <p id="offline" class="offline muted" role="status">
                <Show when=move || offline.is_kept()>"Works offline"</Show>
                <Show when=move || !offline.is_kept() && offline.newer() == Some(Newer::NotWhole)>
                    "Not kept for use offline: a file of the page is missing on its host, or belongs to another version"
                </Show>
                <Show when=move || offline.is_installable()>
                    <button id="install" class="small" on:click=move |_| offline.install()>"Install"</button>
                </Show>
            </p>
        }
    })
}
