//! A state as sign and word. The sign's shape tells states apart without colour, the word without the sign.

use graphkeep_core::report::State;
use leptos::prelude::*;

use crate::wording;

/// How far it can be trusted, for the style.
pub fn tone(state: State) -> &'static str {
    match state {
        State::Restorable => "good",
        State::Unverified | State::Unknown => "open",
        State::RestorableUntil => "warn",
        State::Broken | State::Corrupt => "bad",
    }
}

/// Sign and word.
#[component]
pub fn Verdict(state: State) -> impl IntoView {
    view! { <span class=format!("verdict {}", tone(state))><Sign state/>{wording::state(state)}</span> }
}

/// The sign alone, for where the word stands beside it.
#[component]
pub fn Sign(state: State) -> impl IntoView {
    let shape = match state {
        State::Restorable => view! {
            <circle class="fill" cx="8" cy="8" r="7"/>
            <path class="mark" d="M4.6 8.3l2.3 2.4 4.5-5"/>
        }
        .into_any(),
        State::Unverified => view! {
            <circle class="line" cx="8" cy="8" r="6.2"/>
            <circle class="dot" cx="8" cy="8" r="2"/>
        }
        .into_any(),
        State::Unknown => view! {
            <circle class="line dashed" cx="8" cy="8" r="6.2"/>
            <path class="stroke" d="M6.2 6.4a1.9 1.9 0 1 1 2.5 1.9c-.5.2-.7.5-.7 1v.4M8 11.9v.1"/>
        }
        .into_any(),
        State::RestorableUntil => view! {
            <path class="fill" d="M8 1.2 15.4 14.4H.6z"/>
            <path class="mark" d="M8 6v4M8 12.2v.1"/>
        }
        .into_any(),
        State::Broken => view! {
            <path class="fill" d="M5 1h6l4 4v6l-4 4H5l-4-4V5z"/>
            <path class="mark" d="M5.5 5.5l5 5M10.5 5.5l-5 5"/>
        }
        .into_any(),
        State::Corrupt => view! {
            <path class="fill" d="M2 1h12v14H2z"/>
            <path class="mark" d="M9.5 1.5 6 7h4l-3.5 7.5"/>
        }
        .into_any(),
    };
    view! { <svg class=format!("sign {}", tone(state)) viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">{shape}</svg> }
}
