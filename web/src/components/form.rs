//! The form that every field of the page stands in.

use leptos::prelude::*;

/// Chromium asks its maker what the fields of a form are for, by hashes of their names, wherever a text field
/// stands; it leaves out forms whose address ends in `/search`. Nothing is ever sent there: Enter submits nothing,
/// and the page's policy allows no form to be sent.
#[component]
pub fn Form(class: &'static str, children: Children) -> impl IntoView {
    view! {
        <form class=class action="search" autocomplete="off" on:submit=|event| event.prevent_default()>
            {children()}
        </form>
    }
}
