//! The body of a long table: only the rows near the screen are in the document, with empty space for the rest.
//! Screen readers are told the whole count (`aria-rowcount` on the table) and each row's place in it.

use std::hash::Hash;
use std::ops::Range;

use leptos::ev;
use leptos::html::Tbody;
use leptos::prelude::*;

/// Tables up to this long are in the document whole.
pub const WHOLE: usize = 100;
/// The window moves by this many rows, so that most scrolling changes nothing.
const STEP: usize = 20;
/// Rows beyond the screen at either end, for fast scrolling.
const BEYOND: usize = 20;

/// The rows to have in the document. `top` is where the body begins, in pixels below the top of the screen.
pub fn window(count: usize, row_height: f64, top: f64, screen: f64) -> Range<usize> {
    if count <= WHOLE {
        return 0..count;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped at nought")]
    let row = |pixels: f64| (pixels / row_height).max(0.0) as usize;
    let first = row(-top).saturating_sub(BEYOND) / STEP * STEP;
    let last = (row(screen - top) + BEYOND).div_ceil(STEP) * STEP;
    first.min(count - count % STEP)..last.min(count).max(first.min(count))
}

/// `view` draws one row from its place in the table and its data.
#[component]
pub fn RowWindow<T, K>(
    rows: Signal<Vec<T>>,
    key: fn(&T) -> K,
    /// What every row is high, in pixels, where there are many.
    row_height: f64,
    /// Columns of the table.
    columns: usize,
    view: impl Fn(Memo<Option<(usize, T)>>) -> AnyView + Clone + Send + 'static,
) -> impl IntoView
where
    T: Clone + PartialEq + Send + Sync + 'static,
    K: Clone + Eq + Hash + Send + Sync + 'static,
{
    let body = NodeRef::<Tbody>::new();
    let count = Memo::new(move |_| rows.with(Vec::len));
    let shown = RwSignal::new(0..WHOLE.min(count.get_untracked()));
    let measure = move || {
        let Some(body) = body.get_untracked() else { return };
        let screen = leptos::prelude::window().inner_height().ok().and_then(|height| height.as_f64());
        let top = body.get_bounding_client_rect().top();
        let next = window(count.get_untracked(), row_height, top, screen.unwrap_or(1000.0));
        if shown.get_untracked() != next {
            shown.set(next);
        }
    };
    let listeners = [
        window_event_listener(ev::scroll, move |_| measure()),
        window_event_listener(ev::resize, move |_| measure()),
    ];
    on_cleanup(move || listeners.into_iter().for_each(WindowListenerHandle::remove));
    Effect::new(move |_| {
        count.track();
        body.track();
        measure();
    });
    let keys = move || {
        let range = shown.get();
        rows.with(|rows| {
            rows.get(range.start..range.end.min(rows.len()))
                .unwrap_or_default()
                .iter()
                .map(key)
                .collect::<Vec<_>>()
        })
    };
    let pad = move |rows: usize| {
        (rows > 0).then(|| {
            let height = format!("{}px", rows as f64 * row_height);
            view! { <tr class="pad" aria-hidden="true"><td colspan=columns style:height=height></td></tr> }
        })
    };
    view! {
        <tbody node_ref=body>
            {move || pad(shown.get().start)}
            <For each=keys key=|key| key.clone() let:this>
                {
                    let row = Memo::new(move |_| {
                        rows.with(|rows| {
                            let at = rows.iter().position(|row| key(row) == this)?;
                            Some((at, rows[at].clone()))
                        })
                    });
                    view(row)
                }
            </For>
            {move || pad(count.get().saturating_sub(shown.get().end))}
        </tbody>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_table_is_there_whole() {
        assert_eq!(window(100, 30.0, -5000.0, 800.0), 0..100);
        assert_eq!(window(0, 30.0, 0.0, 800.0), 0..0);
    }

    #[test]
    fn a_long_table_is_there_as_far_as_it_can_be_seen() {
        assert_eq!(window(5000, 30.0, 200.0, 800.0), 0..40);
        // Row 1000 is at the top of the screen.
        assert_eq!(window(5000, 30.0, -30_000.0, 900.0), 980..1060);
        // Scrolled past its end, as when the list shrinks.
        let range = window(5000, 30.0, -900_000.0, 900.0);
        assert_eq!(range.end, 5000);
        assert!(range.start <= range.end);
    }

    #[test]
    fn every_row_can_be_scrolled_to() {
        for at in 0..500_u16 {
            let range = window(500, 32.0, -32.0 * f64::from(at) + 100.0, 700.0);
            assert!(range.contains(&usize::from(at)), "{at} is not in {range:?}");
        }
    }
}
