//! The whole window takes drops; while something is held over it, a veil says so.

use leptos::ev;
use leptos::prelude::*;
use web_sys::DragEvent;

use crate::collect::Dropped;
use crate::recents::Recents;
use crate::state::App;

#[component]
pub fn DropVeil() -> impl IntoView {
    let app = App::here();
    let recents = use_context::<Recents>();
    // Entering a child comes before leaving its parent, so the drag is over the window while entries outnumber
    // leavings.
    let depth = RwSignal::new(0_u32);
    let holds_files = |event: &DragEvent| {
        event.data_transfer().is_some_and(|transfer| transfer.types().includes(&"Files".into(), 0))
    };
    let listeners = [
        window_event_listener(ev::dragenter, move |event| {
            if holds_files(&event) {
                event.prevent_default();
                app.expect_files();
                depth.update(|depth| *depth += 1);
            }
        }),
        window_event_listener(ev::dragover, move |event| {
            if holds_files(&event) {
                event.prevent_default();
            }
        }),
        window_event_listener(ev::dragleave, move |event| {
            if holds_files(&event) {
                depth.update(|depth| *depth = depth.saturating_sub(1));
            }
        }),
        window_event_listener(ev::drop, move |event| {
            event.prevent_default();
            depth.set(0);
            if let Some(transfer) = event.data_transfer() {
                if let Some(recents) = recents {
                    recents.remember_dropped(&transfer);
                }
                app.add_dropped(Dropped::of(&transfer));
            }
        }),
    ];
    on_cleanup(move || listeners.into_iter().for_each(WindowListenerHandle::remove));
    view! {
        <div class="veil" class:held=move || { depth.get() > 0 } aria-hidden="true">
            <p>"Drop to inspect"</p>
        </div>
    }
}
