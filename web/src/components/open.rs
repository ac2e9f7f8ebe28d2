//! Buttons that open files and folders, and the choosers behind them.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, HtmlInputElement};

use crate::collect::chosen;
use crate::recents::Recents;
use crate::state::App;

/// The one sentence that has to stand beside the folder button, before the browser asks.
pub fn before_it_asks(recents: Option<Recents>) -> &'static str {
    if recents.is_some_and(Recents::has_picker) {
        "For a folder your browser will ask whether this page may view its files. They stay here: they are read in this tab."
    } else {
        "For a folder your browser will say “upload”. The files stay here: they are read in this tab."
    }
}

const FILES: &str = "open-files-input";
const FOLDER: &str = "open-folder-input";

/// The choosers; once a page.
#[component]
pub fn FileInputs() -> impl IntoView {
    let app = App::here();
    let add = move |event: leptos::ev::Event| {
        let input: HtmlInputElement = event_target(&event);
        if let Some(files) = input.files() {
            app.add(chosen(&files));
        }
        // So that choosing the same files again is a change, too.
        input.set_value("");
    };
    let expect = move |_| app.expect_files();
    let recents = use_context::<Recents>();
    // A folder that comes as a handle can be opened again later; the input serves where there are none.
    let choose = move |event: leptos::ev::MouseEvent| match recents.filter(|recents| recents.has_picker()) {
        Some(recents) => {
            event.prevent_default();
            recents.pick(app);
        }
        None => app.expect_files(),
    };
    view! {
        <input id=FILES type="file" multiple hidden aria-label="Open files" on:click=expect on:change=add/>
        <input id=FOLDER type="file" prop:webkitdirectory=true hidden aria-label="Open folder" on:click=choose on:change=add/>
    }
}

/// Opens the chooser for files.
pub fn choose_files() {
    click(FILES);
}

/// Opens the chooser for a folder.
pub fn choose_folder() {
    click(FOLDER);
}

fn click(id: &str) {
    if let Some(input) = document().get_element_by_id(id) {
        input.unchecked_into::<HtmlElement>().click();
    }
}

/// Both buttons behind one, for the bar at the top.
#[component]
pub fn AddFiles() -> impl IntoView {
    view! {
        <button id="add" popovertarget="add-menu">"Add files"</button>
        <div id="add-menu" class="menu" popover>
            <button on:click=|_| choose_files()>"Open files"</button>
            <button on:click=|_| choose_folder() aria-describedby="add-menu-upload">"Open folder"</button>
            <p id="add-menu-upload" class="muted small">{before_it_asks(use_context())}</p>
        </div>
    }
}
