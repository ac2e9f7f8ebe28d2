//! Numbers in words: sizes, counts, spans and ages as every screen writes them.

use graphkeep_core::report::{Database, State};
use graphkeep_core::time::UtcTime;

/// `812 B`, `4.2 kB`, `41 GB`: powers of 1000, as disks and clouds count; at most three figures.
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["kB", "MB", "GB", "TB", "PB", "EB"];
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let mut value = bytes as f64 / 1000.0;
    let mut unit = 0;
    // From 999.5 up three figures would show as 1000.
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    let digits = usize::from(value < 9.95);
    format!("{value:.digits$} {}", UNITS[unit])
}

/// `1,234,567`.
pub fn count(number: impl Into<i128>) -> String {
    let number = number.into();
    let digits = number.unsigned_abs().to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3 + 1);
    if number < 0 {
        text.push('-');
    }
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 file`, `20 files`; `plural` where an s will not do.
pub fn of(number: usize, one: &str, many: &str) -> String {
    let word = if number == 1 { one } else { many };
    format!("{} {word}", count(number as i128))
}

/// `3 d 4 h`, `24 h`, `12 min`, `7 s`: at most two units, rounded down.
pub fn span(seconds: i64) -> String {
    let seconds = seconds.unsigned_abs();
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86400);
    let two = |whole: u64, unit: &str, rest: u64, small: &str| match rest {
        0 => format!("{whole} {unit}"),
        rest => format!("{whole} {unit} {rest} {small}"),
    };
    match () {
        () if days >= 730 => format!("{} y", days / 365),
        () if days >= 14 => format!("{days} d"),
        // A day and a bit is read more easily in hours, as backup plans are written.
        () if hours >= 48 => two(days, "d", hours % 24, "h"),
        () if hours >= 3 => format!("{hours} h"),
        () if hours >= 1 => two(hours, "h", minutes % 60, "min"),
        () if minutes >= 1 => format!("{minutes} min"),
        () => format!("{seconds} s"),
    }
}

/// `9 h ago`, `in 3 d`.
pub fn age(time: UtcTime, now: UtcTime) -> String {
    let seconds = now.0.saturating_sub(time.0);
    match seconds {
        0..60 => "just now".to_owned(),
        60.. => format!("{} ago", span(seconds)),
        _ => format!("in {}", span(seconds)),
    }
}

/// The state's fixed word, with its hyphen as a space.
pub fn state(state: State) -> &'static str {
    match state {
        State::RestorableUntil => "restorable until",
        other => other.as_str(),
    }
}

/// The verdict's sentence without the state's word, where it begins with that.
pub fn after_state(database: &Database) -> &str {
    let word = state(database.state);
    database.verdict.strip_prefix(word).map_or(&database.verdict, str::trim_start)
}

/// The first eight digits of an id, which tell databases of a folder apart.
pub fn short_id(id: uuid::Uuid) -> String {
    let mut text = id.to_string();
    text.truncate(8);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_at_most_three_figures() {
        for (bytes, expected) in [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.0 kB"),
            (9_949, "9.9 kB"),
            (9_950, "10 kB"),
            (999_499, "999 kB"),
            (999_500, "1.0 MB"),
            (41_234_567_890, "41 GB"),
            (u64::MAX, "18 EB"),
        ] {
            assert_eq!(size(bytes), expected);
        }
    }

    #[test]
    fn counts_are_grouped() {
        for (number, expected) in [(0, "0"), (999, "999"), (1_000, "1,000"), (-12_345_678, "-12,345,678")] {
            assert_eq!(count(number), expected);
        }
        assert_eq!(count(i64::MIN), "-9,223,372,036,854,775,808");
        assert_eq!((of(1, "file", "files"), of(0, "file", "files")), ("1 file".into(), "0 files".into()));
    }

    #[test]
    fn spans_keep_two_units_at_most() {
        for (seconds, expected) in [
            (7, "7 s"),
            (3599, "59 min"),
            (3660, "1 h 1 min"),
            (86_400, "24 h"),
            (273_600, "3 d 4 h"),
            (172_800, "2 d"),
            (40 * 86_400, "40 d"),
            (800 * 86_400, "2 y"),
            (i64::MIN, "292471208677 y"),
        ] {
            assert_eq!(span(seconds), expected);
        }
    }

    #[test]
    fn ages_look_both_ways() {
        let now = UtcTime(1_000_000);
        assert_eq!(age(UtcTime(1_000_000 - 9 * 3600), now), "9 h ago");
        assert_eq!(age(UtcTime(1_000_000 + 300), now), "in 5 min");
        assert_eq!(age(UtcTime(1_000_000), now), "just now");
        assert_eq!(age(UtcTime(i64::MAX), now).get(..3), Some("in "));
    }
}
