//! Numbers, times and names as people read them.

use std::borrow::Cow;
use std::fmt::Write as _;

use graphkeep_core::time::UtcTime;

/// `1.2 GB`: decimal, as disks and object stores count.
pub(crate) fn size(bytes: u64) -> String {
    humansize::format_size(bytes, humansize::DECIMAL.decimal_places(1).decimal_zeroes(0))
}

/// `1 file`, `2 files`.
pub(crate) fn count(count: impl Into<u64>, what: &str) -> String {
    let count = count.into();
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}

/// `3 d 4 h`: the two largest units.
pub(crate) fn duration(seconds: i64) -> String {
    const UNITS: [(u64, &str); 5] = [(365 * 86_400, "y"), (86_400, "d"), (3600, "h"), (60, "min"), (1, "s")];
    let mut rest = seconds.unsigned_abs();
    let Some(first) = UNITS.iter().position(|(unit, _)| rest >= *unit) else {
        return "0 s".into();
    };
    let mut text = String::new();
    for (unit, name) in UNITS.iter().skip(first).take(2) {
        let whole = rest / unit;
        rest %= unit;
        if whole > 0 {
            let space = if text.is_empty() { "" } else { " " };
            let _ = write!(text, "{space}{whole} {name}");
        }
    }
    text
}

/// `2026-09-12T02:00:07.123Z`, from milliseconds since 1970.
pub(crate) fn milliseconds(time: i64) -> String {
    let seconds = UtcTime(time.div_euclid(1000)).to_string();
    let rest = time.rem_euclid(1000);
    match seconds.strip_suffix('Z') {
        Some(seconds) => format!("{seconds}.{rest:03}Z"),
        None => format!("{seconds}.{rest:03}"),
    }
}

/// `3 d ago`, or `in 2 h` where a clock is wrong.
pub(crate) fn ago(time: UtcTime, now: UtcTime) -> String {
    let seconds = now.0.saturating_sub(time.0);
    if seconds < 0 { format!("in {}", duration(seconds)) } else { format!("{} ago", duration(seconds)) }
}

/// Text from a file with everything spelled out that could move a cursor, change colours or turn the
/// direction of what follows: a terminal obeys what it is shown.
pub(crate) fn printable(text: &str) -> Cow<'_, str> {
    if !text.contains(is_unprintable) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 8);
    for char in text.chars() {
        match char {
            '\n' => safe.push_str("\\n"),
            '\r' => safe.push_str("\\r"),
            '\t' => safe.push_str("\\t"),
            char if is_unprintable(char) => {
                let _ = write!(safe, "\\u{{{:x}}}", u32::from(char));
            }
            char => safe.push(char),
        }
    }
    Cow::Owned(safe)
}

/// Control characters, line and paragraph separators, marks without width, and those that turn the direction
/// of writing.
pub(crate) fn is_unprintable(char: char) -> bool {
    char.is_control()
        || matches!(char,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_decimal() {
        for (bytes, text) in
            [(0, "0 B"), (600, "600 B"), (1000, "1 kB"), (1_234_567_890, "1.2 GB"), (u64::MAX, "18.4 EB")]
        {
            assert_eq!(size(bytes), text);
        }
    }

    #[test]
    fn durations_have_at_most_two_units() {
        for (seconds, text) in [
            (0, "0 s"),
            (59, "59 s"),
            (3600, "1 h"),
            (3 * 86_400 + 4 * 3600 + 59, "3 d 4 h"),
            (86_400 + 5, "1 d"),
            (400 * 86_400, "1 y 35 d"),
            (-60, "1 min"),
        ] {
            assert_eq!(duration(seconds), text);
        }
        duration(i64::MIN);
        assert_eq!(ago(UtcTime(i64::MAX), UtcTime(0)).split(' ').next(), Some("in"));
    }

    #[test]
    fn nothing_that_a_terminal_obeys_gets_through() {
        assert_eq!(printable("malmö"), "malmö");
        assert_eq!(printable("a\x1b[31mb\nc\u{202e}d\u{9b}e"), "a\\u{1b}[31mb\\nc\\u{202e}d\\u{9b}e");
        let every: String = ('\0'..=char::MAX).collect();
        assert!(!printable(&every).contains(is_unprintable));
    }
}
