//! Tabs over panels of which one is shown; on paper all of them are. Keys are those that WAI-ARIA gives to tabs:
//! the row of tabs is one stop, arrows, Home and End go from tab to tab and show its panel.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use web_sys::HtmlElement;

/// A tab and what it shows. Panels stay in the document, so that what was typed and unfolded in them stays, too.
pub struct Tab {
    pub id: &'static str,
    pub name: &'static str,
    pub panel: AnyView,
}

/// The tab that was chosen last, for all screens that have one of that name: who looks for transactions in one
/// file does so in the next.
#[derive(Clone, Copy)]
pub struct ChosenTab(RwSignal<&'static str>);

impl ChosenTab {
    pub fn provide() {
        provide_context(Self(RwSignal::new("")));
    }
}

#[component]
pub fn Tabs(
    /// What the tabs are about, for screen readers.
    label: &'static str,
    tabs: Vec<Tab>,
) -> impl IntoView {
    let ids: Vec<&'static str> = tabs.iter().map(|tab| tab.id).collect();
    let wanted = use_context::<ChosenTab>().unwrap_or_else(|| ChosenTab(RwSignal::new(""))).0;
    let ids = StoredValue::new(ids);
    let chosen = Memo::new(move |_| {
        let wanted = wanted.get();
        ids.with_value(
            |ids| if ids.contains(&wanted) { wanted } else { ids.first().copied().unwrap_or_default() },
        )
    });
    let key = move |event: KeyboardEvent| {
        let at = ids.with_value(|ids| ids.iter().position(|id| *id == chosen.get_untracked()).unwrap_or(0));
        let number = ids.with_value(Vec::len);
        let to = match event.key().as_str() {
            "ArrowRight" => (at + 1) % number,
            "ArrowLeft" => (at + number - 1) % number,
            "Home" => 0,
            "End" => number - 1,
            _ => return,
        };
        let id = ids.with_value(|ids| ids[to]);
        wanted.set(id);
        if let Some(tab) = document().get_element_by_id(&tab_id(id)) {
            let _ = wasm_bindgen::JsCast::unchecked_into::<HtmlElement>(tab).focus();
        }
        event.prevent_default();
        event.stop_propagation();
    };
    let (heads, panels): (Vec<_>, Vec<_>) = tabs
        .into_iter()
        .map(|Tab { id, name, panel }| {
            let is_chosen = move || chosen.get() == id;
            let head = view! {
                <button
                    id=tab_id(id)
                    role="tab"
                    aria-selected=move || is_chosen().to_string()
                    aria-controls=panel_id(id)
                    tabindex=move || if is_chosen() { "0" } else { "-1" }
                    on:click=move |_| wanted.set(id)
                >
                    {name}
                </button>
            };
            let panel = view! {
                <div id=panel_id(id) class="panel" role="tabpanel" aria-labelledby=tab_id(id) tabindex="0" hidden=move || !is_chosen()>
                    {panel}
                </div>
            };
            (head, panel)
        })
        .unzip();
    view! {
        <div class="tabs">
            <div class="tablist" role="tablist" aria-label=label on:keydown=key>{heads}</div>
            {panels}
        </div>
    }
}

fn tab_id(id: &str) -> String {
    format!("tab-{id}")
}

fn panel_id(id: &str) -> String {
    format!("panel-{id}")
}
