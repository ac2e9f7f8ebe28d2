//! What the whole window listens to on the keyboard, and the two dialogs that come of it: the help, generated from
//! the key map, and the palette.

use leptos::html;
use leptos::prelude::*;
use uuid::Uuid;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, HtmlInputElement, KeyboardEvent};

use crate::components::form::Form;
use crate::components::open::{choose_files, choose_folder};
use crate::keys::{self, Action, Binding, Focus, MAP, Struck};
use crate::route::Route;
use crate::state::App;

/// Holds `off` where somebody turned the keys off that are a character.
const KEY: &str = "graphkeep-keys";
/// What takes text.
const FIELDS: &str =
    "input:not([type=checkbox], [type=radio], [type=range]), textarea, select, [contenteditable]";
/// The palette lists as many.
const MOST_OPTIONS: usize = 30;

/// The dialogs, and whether characters act.
#[derive(Clone, Copy)]
pub struct Keyboard {
    help: NodeRef<html::Dialog>,
    palette: NodeRef<html::Dialog>,
    characters: RwSignal<bool>,
    /// What the palette offers as of its opening.
    offered: RwSignal<Vec<Offer>>,
    sought: RwSignal<String>,
    chosen: RwSignal<usize>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Offer {
    Do(&'static Binding),
    Open(Uuid, String),
}

impl Offer {
    fn words(&self) -> String {
        match self {
            Self::Do(binding) => binding.words.to_owned(),
            Self::Open(_, name) => format!("Database {name}"),
        }
    }

    fn key(&self) -> Option<String> {
        match self {
            Self::Do(binding) => binding.keys.first().map(|key| keys::shown(key)),
            Self::Open(..) => None,
        }
    }
}

impl Keyboard {
    /// Put where the footer's button finds it.
    pub fn provide() -> Self {
        let stored =
            window().local_storage().ok().flatten().and_then(|storage| storage.get_item(KEY).ok()?);
        let keyboard = Self {
            help: NodeRef::new(),
            palette: NodeRef::new(),
            characters: RwSignal::new(stored.as_deref() != Some("off")),
            offered: RwSignal::new(Vec::new()),
            sought: RwSignal::new(String::new()),
            chosen: RwSignal::new(0),
        };
        provide_context(keyboard);
        keyboard
    }

    pub fn show_help(self) {
        if let Some(help) = self.help.get_untracked() {
            let _ = help.show_modal();
        }
    }

    fn show_palette(self, app: App) {
        let actions = MAP.iter().filter(|binding| match binding.action {
            Action::Press(ids) => on_screen(ids).is_some(),
            Action::Help | Action::OpenFiles | Action::OpenFolder | Action::Out => true,
            Action::Palette | Action::NextRow | Action::PreviousRow | Action::In => false,
        });
        let mut offered: Vec<Offer> = actions.map(Offer::Do).collect();
        if let Some(report) = untrack(move || app.report()) {
            let databases = report.databases.iter();
            offered.extend(databases.map(|database| Offer::Open(database.id, database.name.clone())));
        }
        self.offered.set(offered);
        self.sought.set(String::new());
        self.chosen.set(0);
        if let Some(palette) = self.palette.get_untracked() {
            let _ = palette.show_modal();
        }
    }

    /// What holds every word that is sought.
    fn found(self) -> Vec<Offer> {
        let sought = self.sought.get().to_lowercase();
        let holds = |offer: &Offer| {
            let words = offer.words().to_lowercase();
            sought.split_whitespace().all(|word| words.contains(word))
        };
        self.offered
            .with(|offered| offered.iter().filter(|offer| holds(offer)).take(MOST_OPTIONS).cloned().collect())
    }

    fn accept(self, app: App, offer: &Offer) {
        if let Some(palette) = self.palette.get_untracked() {
            // The focus goes back first, and on from there.
            palette.close();
        }
        match offer {
            Offer::Do(binding) => self.act(app, binding.action),
            Offer::Open(id, _) => app.go(Route::Database(*id)),
        }
    }

    fn act(self, app: App, action: Action) {
        match action {
            Action::Help => self.show_help(),
            Action::Palette => self.show_palette(app),
            Action::OpenFiles => choose_files(),
            Action::OpenFolder => choose_folder(),
            Action::NextRow => step(|at, rows| at.map_or(0, |at| (at + 1).min(rows - 1))),
            Action::PreviousRow => step(|at, rows| at.map_or(rows - 1, |at| at.saturating_sub(1))),
            Action::In => {}
            Action::Out => out(app),
            Action::Press(ids) => {
                if let Some(element) = on_screen(ids) {
                    press(&element);
                }
            }
        }
    }

    fn struck(self, app: App, event: &KeyboardEvent) {
        // Somebody nearer took it, a text is being composed, or a dialog has the keys.
        if event.default_prevented() || event.is_composing() || event.alt_key() || is_any_open() {
            return;
        }
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let inside = |selector: &str| {
            target.as_ref().is_some_and(|target| target.closest(selector).is_ok_and(|found| found.is_some()))
        };
        let focus = match (inside(FIELDS), inside("tbody tr")) {
            (true, _) => Focus::Field,
            (false, true) => Focus::Row,
            (false, false) => Focus::Elsewhere,
        };
        let with_control = event.ctrl_key() || event.meta_key();
        let struck = Struck { with_control, focus, characters: self.characters.get_untracked() };
        match keys::meant(&event.key(), struck) {
            None | Some(Action::In) => {}
            Some(action) => {
                event.prevent_default();
                self.act(app, action);
            }
        }
    }

    fn let_characters(self, act: bool) {
        self.characters.set(act);
        // Where storage is forbidden the choice lasts as long as the page.
        if let Some(storage) = window().local_storage().ok().flatten() {
            let _ = if act { storage.remove_item(KEY) } else { storage.set_item(KEY, "off") };
        }
    }
}

/// A dialog or a menu, which closes by Escape itself.
fn is_any_open() -> bool {
    document().query_selector("dialog[open], :popover-open").is_ok_and(|found| found.is_some())
}

/// The first of these that a person sees and may use.
fn on_screen(ids: &[&str]) -> Option<HtmlElement> {
    let found = ids.iter().filter_map(|id| document().get_element_by_id(id));
    found
        .filter(|element| is_seen(element) && !element.has_attribute("disabled"))
        .find_map(|element| element.dyn_into().ok())
}

fn is_seen(element: &Element) -> bool {
    let place = element.get_bounding_client_rect();
    place.width() > 0.0 && place.height() > 0.0
}

fn press(element: &HtmlElement) {
    if element.matches("input, select, textarea").unwrap_or_default() {
        let _ = element.focus();
    } else {
        element.click();
    }
}

/// Puts the focus on the row that is said for the one that has it and for their number.
fn step(to: impl FnOnce(Option<usize>, usize) -> usize) {
    let Ok(rows) = document().query_selector_all("main tbody tr") else { return };
    let rows = (0..rows.length()).filter_map(|at| rows.item(at)?.dyn_into::<Element>().ok());
    let rows = rows.filter(is_seen);
    let buttons = rows.filter_map(|row| row.query_selector("button, a").ok()?);
    let buttons: Vec<HtmlElement> = buttons.filter_map(|button| button.dyn_into().ok()).collect();
    if buttons.is_empty() {
        return;
    }
    let row = document().active_element().and_then(|element| element.closest("tr").ok()?);
    let at = row.and_then(|row| buttons.iter().position(|button| row.contains(Some(button))));
    let _ = buttons[to(at, buttons.len())].focus();
}

/// One screen back; from the first one, an end to what is under way.
fn out(app: App) {
    untrack(move || {
        if app.route() != Route::Estate {
            app.leave();
        } else if app.activity().is_busy() {
            app.cancel();
        } else if app.verifying().is_some_and(|verifying| !verifying.is_over()) {
            app.stop_verifying();
        }
    });
}

/// The listener and the dialogs; once a page.
#[component]
pub fn KeyboardDialogs(keyboard: Keyboard) -> impl IntoView {
    let app = App::here();
    let listener = window_event_listener(leptos::ev::keydown, move |event| keyboard.struck(app, &event));
    on_cleanup(move || listener.remove());
    view! {
        <Help keyboard/>
        <Palette keyboard/>
    }
}

#[component]
fn Help(keyboard: Keyboard) -> impl IntoView {
    let rows = MAP.iter().map(|binding| {
        let keys = binding.keys.iter().enumerate().map(|(at, key)| {
            view! { {(at > 0).then_some(" or ")}<kbd>{keys::shown(key)}</kbd> }
        });
        view! { <div><dt>{keys.collect::<Vec<_>>()}</dt><dd>{binding.words}</dd></div> }
    });
    let rows: Vec<_> = rows.collect();
    let close = move |_| {
        if let Some(help) = keyboard.help.get_untracked() {
            help.close();
        }
    };
    view! {
        <dialog id="help" node_ref=keyboard.help aria-labelledby="help-title">
            <h2 id="help-title">"Keys"</h2>
            <p class="muted">"A key whose button is not on the screen does nothing. "<kbd>"Ctrl"</kbd>" is "<kbd>"⌘"</kbd>" on a Mac."</p>
            <dl class="facts keys">{rows}</dl>
            <p class="muted">"In the drawing of backups over time: arrows along the chain, "<kbd>"+"</kbd>" and "<kbd>"-"</kbd>" to zoom, "<kbd>"0"</kbd>" for the whole."</p>
            <label class="choice">
                <input
                    type="checkbox"
                    id="character-keys"
                    prop:checked=move || keyboard.characters.get()
                    on:change=move |event| keyboard.let_characters(event_target_checked(&event))
                />
                " Keys that are a single character act"
            </label>
            <p class="actions"><button id="close-help" on:click=close>"Close"</button></p>
        </dialog>
    }
}

#[component]
fn Palette(keyboard: Keyboard) -> impl IntoView {
    let app = App::here();
    let Keyboard { palette, sought, chosen, .. } = keyboard;
    let found = Memo::new(move |_| keyboard.found());
    let write = move |event: leptos::ev::Event| {
        sought.set(event_target::<HtmlInputElement>(&event).value());
        chosen.set(0);
    };
    let strike = move |event: KeyboardEvent| {
        let last = found.with_untracked(Vec::len).saturating_sub(1);
        match event.key().as_str() {
            "ArrowDown" => chosen.update(|at| *at = (*at + 1).min(last)),
            "ArrowUp" => chosen.update(|at| *at = at.saturating_sub(1)),
            "Enter" => {
                if let Some(offer) = found.get_untracked().get(chosen.get_untracked()) {
                    keyboard.accept(app, offer);
                }
            }
            _ => return,
        }
        event.prevent_default();
    };
    let options = move || {
        let options = found.get().into_iter().enumerate().map(|(at, offer)| {
            let (words, key) = (offer.words(), offer.key());
            view! {
                <li
                    id=format!("palette-{at}")
                    role="option"
                    aria-selected=move || (chosen.get() == at).to_string()
                    on:click=move |_| keyboard.accept(app, &offer)
                >
                    <span>{words}</span>
                    {key.map(|key| view! { <kbd>{key}</kbd> })}
                </li>
            }
        });
        options.collect::<Vec<_>>()
    };
    view! {
        <dialog id="palette" class="palette" node_ref=palette aria-label="Find an action or a database">
            <Form class="sought">
                <input
                    id="palette-input"
                    type="text"
                    role="combobox"
                    autocomplete="off"
                    aria-label="Find an action or a database"
                    aria-expanded="true"
                    aria-controls="palette-options"
                    aria-activedescendant=move || format!("palette-{}", chosen.get())
                    prop:value=move || sought.get()
                    on:input=write
                    on:keydown=strike
                />
            </Form>
            <ul id="palette-options" role="listbox" aria-label="Actions and databases">{options}</ul>
            <p class="muted small" role="status">{move || found.with(Vec::is_empty).then_some("Nothing of that name.")}</p>
        </dialog>
    }
}
