//! What is being read, in numbers that are true: files found, read, and those that are something else.

use std::time::Duration;

use leptos::prelude::*;

use crate::library::Counts;
use crate::state::App;
use crate::wording::count;

/// Screen readers hear of it this often at most.
const SAY_EVERY: Duration = Duration::from_secs(5);

/// `500 found · 487 read · 9 not backups · 4 unreadable`; what is none is left out.
pub fn line(counts: Counts) -> String {
    let parts = [
        (Some(counts.found), "found"),
        (Some(counts.read), "read"),
        (some(counts.strangers), "not backups"),
        (some(counts.newer), "newer than this version"),
        (some(counts.unreadable), "unreadable"),
    ];
    let parts =
        parts.into_iter().filter_map(|(number, word)| Some(format!("{} {word}", count(number? as i128))));
    parts.collect::<Vec<_>>().join(" · ")
}

fn some(number: usize) -> Option<usize> {
    (number > 0).then_some(number)
}

#[component]
pub fn Progress() -> impl IntoView {
    let app = App::here();
    let heard = RwSignal::new(String::new());
    let say = move || {
        let activity = app.activity();
        let text = if activity.is_busy() { line(activity.counts) } else { heard.get_untracked() };
        if heard.get_untracked() != text {
            heard.set(text);
        }
    };
    let ticking = set_interval_with_handle(move || untrack(say), SAY_EVERY);
    on_cleanup(move || {
        if let Ok(handle) = ticking {
            handle.clear();
        }
    });
    let busy = Memo::new(move |_| app.activity().is_busy());
    Effect::new(move |_| {
        let activity = app.activity();
        if !activity.is_busy() && activity.counts.found > 0 {
            let end = if activity.cancelled { "Cancelled" } else { "Done" };
            heard.set(format!("{end}: {}", line(activity.counts)));
        }
    });
    let left_over = move || {
        let activity = app.activity();
        activity.cancelled && activity.counts.waiting() > 0
    };
    view! {
        <section id="progress" aria-label="Progress" class="progress">
            <Show when=move || busy.get()>
                <progress
                    aria-label="Files read"
                    max=move || app.activity().counts.found.max(1)
                    value=move || app.activity().counts.read
                ></progress>
                <p class="progress-line">{move || line(app.activity().counts)}</p>
                <button id="cancel" on:click=move |_| app.cancel()>"Cancel"</button>
            </Show>
            <Show when=left_over>
                <p class="progress-line">
                    {move || format!("Cancelled. {} What was read is kept.", line(app.activity().counts))}
                </p>
                <button id="go-on" on:click=move |_| app.go_on()>"Go on"</button>
            </Show>
            <p class="sr-only" role="status" aria-live="polite">{move || heard.get()}</p>
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_leaves_out_what_is_none() {
        let counts = Counts { found: 1500, read: 487, ..Counts::default() };
        assert_eq!(line(counts), "1,500 found · 487 read");
        let counts = Counts { strangers: 9, unreadable: 4, newer: 1, ..counts };
        assert_eq!(
            line(counts),
            "1,500 found · 487 read · 9 not backups · 1 newer than this version · 4 unreadable"
        );
    }
}
