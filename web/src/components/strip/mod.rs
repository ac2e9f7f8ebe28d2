//! A thin strip of time: what can be restored is solid, what cannot is hatched, outside of both is nothing.

use leptos::prelude::*;

use crate::reach::{Stretch, in_strip};
use crate::wording::span;

/// Units of the drawing; it is stretched to the width of its place.
const WIDTH: f64 = 240.0;

/// The pattern that strips and plots are hatched with; once a page.
#[component]
pub fn Hatch() -> impl IntoView {
    view! {
        <svg class="defs" width="0" height="0" aria-hidden="true">
            <defs>
                <pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
                    <path class="hatch-line" d="M0 0V5"/>
                </pattern>
            </defs>
        </svg>
    }
}

/// The strip of a database among others, of the same days for all of them.
#[component]
pub fn CommonStrip(strip: Stretch, covered: Option<Stretch>, reachable: Vec<Stretch>) -> impl IntoView {
    match covered.and_then(|covered| before(strip, covered)) {
        // Empty, it would look like a database without a backup.
        Some(words) => view! { <p class="strip-before small">{words}</p> }.into_any(),
        None => view! { <Strip strip covered reachable/> }.into_any(),
    }
}

/// `← newest 41 d before`, where everything lies before the strip begins.
fn before(strip: Stretch, covered: Stretch) -> Option<String> {
    let seconds = strip.from.0.saturating_sub(covered.to.0);
    (seconds > 0).then(|| format!("← newest {} before", span(seconds)))
}

#[component]
pub fn Strip(strip: Stretch, covered: Option<Stretch>, reachable: Vec<Stretch>) -> impl IntoView {
    let label = words(strip, &reachable);
    let bar = move |class: &'static str, stretch: Stretch| {
        in_strip(stretch, strip, WIDTH).map(|(x, width)| {
            view! { <rect class=class x=x.to_string() y="0" width=width.to_string() height="12"/> }
        })
    };
    let title = label.clone();
    view! {
        <svg class="strip" viewBox=format!("0 0 {WIDTH} 12") preserveAspectRatio="none" role="img" aria-label=label>
            <title>{title}</title>
            {covered.and_then(|covered| bar("gone", covered))}
            {reachable.into_iter().filter_map(|stretch| bar("here", stretch)).collect::<Vec<_>>()}
        </svg>
    }
}

/// `restorable for 27 d of 30 d`.
fn words(strip: Stretch, reachable: &[Stretch]) -> String {
    let inside = reachable.iter().filter(|stretch| stretch.to >= strip.from && stretch.from <= strip.to);
    let (mut seconds, mut points) = (0_i64, 0);
    for stretch in inside {
        let from = stretch.from.max(strip.from);
        let to = stretch.to.min(strip.to);
        seconds = seconds.saturating_add(to.0.saturating_sub(from.0));
        points += 1;
    }
    match (points, seconds) {
        (0, _) => "nothing restorable".to_owned(),
        (_, 0) => "single points only".to_owned(),
        _ => format!("restorable for {} of {}", span(seconds), span(strip.to.0.saturating_sub(strip.from.0))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use graphkeep_core::time::UtcTime;

    #[test]
    fn what_ends_before_the_strip_says_how_long_before() {
        let stretch = |from, to| Stretch { from: UtcTime(from), to: UtcTime(to) };
        let strip = stretch(50 * 86_400, 80 * 86_400);
        assert_eq!(before(strip, stretch(0, 9 * 86_400)).as_deref(), Some("← newest 41 d before"));
        assert_eq!(before(strip, stretch(0, 50 * 86_400)), None);
        assert_eq!(before(strip, stretch(60 * 86_400, 80 * 86_400)), None);
        assert!(before(stretch(0, 0), stretch(i64::MIN, i64::MIN)).is_some());
    }

    #[test]
    fn the_label_says_how_much_of_the_strip_is_restorable() {
        let stretch = |from, to| Stretch { from: UtcTime(from), to: UtcTime(to) };
        let strip = stretch(0, 30 * 86_400);
        assert_eq!(words(strip, &[]), "nothing restorable");
        assert_eq!(words(strip, &[stretch(5, 5)]), "single points only");
        assert_eq!(
            words(strip, &[stretch(-86_400, 15 * 86_400), stretch(20 * 86_400, 99 * 86_400)]),
            "restorable for 25 d of 30 d"
        );
    }
}
