//! Where the keyboard is, when a screen is drawn anew.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// To be called before a screen is drawn anew: what has the focus gets it back in the new one, by its id.
pub fn keep_focus() {
    let focused = document().active_element().map(|element| element.id()).filter(|id| !id.is_empty());
    let Some(id) = focused else { return };
    request_animation_frame(move || {
        let body = document().body();
        let is_lost =
            document().active_element().is_none_or(|element| body.is_some_and(|body| *body == element));
        if let Some(element) = document().get_element_by_id(&id).filter(|_| is_lost) {
            let _ = element.unchecked_into::<HtmlElement>().focus();
        }
    });
}
