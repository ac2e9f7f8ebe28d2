//! Light, dark, or as the system has it. load.js sets the choice before the first paint.

use leptos::prelude::*;

const KEY: &str = "graphkeep-theme";

/// What was chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Theme {
    System,
    Light,
    Dark,
}

impl Theme {
    fn word(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    fn next(self) -> Self {
        match self {
            Self::System => Self::Light,
            Self::Light => Self::Dark,
            Self::Dark => Self::System,
        }
    }

    fn current() -> Self {
        let root = document().document_element();
        match root.and_then(|root| root.get_attribute("data-theme")).as_deref() {
            Some("light") => Self::Light,
            Some("dark") => Self::Dark,
            _ => Self::System,
        }
    }

    fn apply(self) {
        let Some(root) = document().document_element() else { return };
        // Where storage is forbidden the choice lasts as long as the page.
        let storage = window().local_storage().ok().flatten();
        if self == Self::System {
            let _ = root.remove_attribute("data-theme");
            storage.map(|storage| storage.remove_item(KEY));
        } else {
            let _ = root.set_attribute("data-theme", self.word());
            storage.map(|storage| storage.set_item(KEY, self.word()));
        }
    }
}

/// Goes on to the next theme.
pub fn next_theme() {
    Theme::current().next().apply();
}

#[component]
pub fn ThemeButton() -> impl IntoView {
    let theme = RwSignal::new(Theme::current());
    let next = move |_| {
        next_theme();
        theme.set(Theme::current());
    };
    view! {
        <button id="theme" class="quiet" on:click=next title="Light, dark, or as the system has it">
            {move || format!("Theme: {}", theme.get().word())}
        </button>
    }
}
