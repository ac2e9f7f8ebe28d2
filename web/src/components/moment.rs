//! A point in time: UTC first, local time behind it where there is room, its age third.

use graphkeep_core::time::UtcTime;
use js_sys::Date;
use leptos::prelude::*;

use crate::state::App;
use crate::wording::age;

/// UTC, with local time as the title. `2024-10-07 16:01:24`; the column's head says UTC.
#[component]
pub fn Moment(time: UtcTime) -> impl IntoView {
    view! { <time datetime=time.to_string() title=local(time)>{time.words()}</time> }
}

/// UTC, local time and age, in a sentence's length.
#[component]
pub fn LongMoment(time: UtcTime) -> impl IntoView {
    let app = App::here();
    view! {
        <span class="moment">
            <time datetime=time.to_string()>{time.words()}" UTC"</time>
            " "<span class="muted">{local(time)}" · "{move || age(time, app.now())}</span>
        </span>
    }
}

/// `18:01:24 +02:00`, with its date where that is another than in UTC; empty where local time is UTC.
pub fn local(time: UtcTime) -> String {
    let milliseconds = time.0.saturating_mul(1000) as f64;
    let date = Date::new(&milliseconds.into());
    // Outside of what the browser's calendar can show it is not a number.
    let offset = -date.get_timezone_offset();
    if offset.is_nan() {
        return String::new();
    }
    #[expect(clippy::cast_possible_truncation, reason = "minutes of a day")]
    let minutes = offset as i64;
    let shifted = UtcTime(time.0.saturating_add(minutes * 60)).words();
    let (sign, minutes) = (if minutes < 0 { '-' } else { '+' }, minutes.abs());
    let offset = format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60);
    match shifted.split_once(' ') {
        _ if minutes == 0 => String::new(),
        Some((day, clock)) if time.words().starts_with(day) => format!("{clock} {offset}"),
        _ => format!("{shifted} {offset}"),
    }
}
