//! Points in time as Neo4j's metadata has them: whole seconds since 1970, UTC.
//!
//! The number comes from a file, so it may lie outside what a calendar can show; such a value prints as
//! `@<seconds>` (the notation of GNU `date`) and is never rounded into a date.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;
use serde::{Deserialize, Serialize};

/// Seconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(into = "String", try_from = "String")]
#[cfg_attr(feature = "schema", schemars(with = "String"))]
pub struct UtcTime(pub i64);

/// A text that names no point in time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is not a time: write it as 2026-09-12 14:00:00 (UTC), 2026-09-12T14:00:00Z or with an offset as 2026-09-12T16:00:00+02:00"
)]
pub struct NotATime {
    /// What was given.
    pub text: String,
}

impl UtcTime {
    fn civil(self) -> Option<DateTime> {
        let at = Timestamp::from_second(self.0).ok()?;
        // Before year 1 there are several ways to write a year, and readers that know none of them.
        Some(Offset::UTC.to_datetime(at)).filter(|civil| civil.year() >= 1)
    }

    /// `2024-10-07T16:01:24`, as neo4j-admin's tables print it (UTC, no suffix).
    pub fn table(self) -> String {
        self.written('T', ':')
    }

    /// `2024-10-07 16:01:24`, for people and for neo4j-admin's `--restore-until` (UTC).
    pub fn words(self) -> String {
        self.written(' ', ':')
    }

    /// `2024-10-07T16-01-24`, as artifact names carry it (UTC).
    pub fn file_name(self) -> String {
        self.written('T', '-')
    }

    /// Written out here: jiff's own formatter reads patterns of any kind, which costs the page more than all
    /// else about time.
    fn written(self, between: char, within: char) -> String {
        let Some(civil) = self.civil() else { return format!("@{}", self.0) };
        let (year, month, day) = (civil.year(), civil.month(), civil.day());
        let (hour, minute, second) = (civil.hour(), civil.minute(), civil.second());
        format!("{year:04}-{month:02}-{day:02}{between}{hour:02}{within}{minute:02}{within}{second:02}")
    }

    /// Reads a point in time as people write it: a date, a date and a time (UTC unless an offset or `Z`
    /// follows), or `@<seconds>`.
    ///
    /// # Errors
    /// [`NotATime`] when the text is none of these.
    pub fn parse(text: &str) -> Result<Self, NotATime> {
        let text = text.trim();
        let refused = || NotATime { text: text.to_owned() };
        if let Some(seconds) = text.strip_prefix('@') {
            return seconds.parse().map(Self).map_err(|_| refused());
        }
        read(text).map(|at| Self(at.as_second())).ok_or_else(refused)
    }

    /// The time in an artifact's name, `<database>-<YYYY-MM-DDTHH-MM-SS>.backup`, with the database's name.
    pub fn in_file_name(name: &str) -> Option<(&str, Self)> {
        const STAMP: usize = "-2024-10-07T16-01-24".len();
        let stem = &name[..name.rfind(".backup")?];
        let split = stem.len().checked_sub(STAMP).filter(|at| *at > 0 && stem.is_char_boundary(*at))?;
        let stamp = stem[split..].strip_prefix('-')?;
        let (day, clock) = stamp.split_once('T')?;
        let at = Self::parse(&format!("{day}T{}", clock.replace('-', ":"))).ok()?;
        // What else may be read, as a time without seconds, is not how Neo4j writes it.
        (at.file_name() == stamp).then(|| (&stem[..split], at))
    }
}

/// Reads `2024-10-07[T16[:01[:24[.5]]][Z|+02[:00]]]`. Read here as it is written here: jiff's own parser brings all
/// of jiff's errors with it, which cost the page more than its largest screen.
fn read(text: &str) -> Option<Timestamp> {
    let rest = &mut &*text;
    let year = number(rest, 4)?;
    let month = follows(rest, &['-']).then(|| small(rest))??;
    let day = follows(rest, &['-']).then(|| small(rest))??;
    let (mut hour, mut minute, mut second, mut offset) = (0, 0, 0, 0);
    if follows(rest, &['T', 't', ' ']) {
        hour = small(rest)?;
        if follows(rest, &[':']) {
            minute = small(rest)?;
            if follows(rest, &[':']) {
                second = small(rest)?;
                if follows(rest, &['.', ',']) {
                    number(rest, 1)?;
                    *rest = rest.trim_start_matches(|digit: char| digit.is_ascii_digit());
                }
            }
        }
        offset = zone(rest)?;
    }
    let civil = DateTime::new(year, month, day, hour, minute, second, 0).ok()?;
    let at = Offset::from_seconds(offset).ok()?.to_timestamp(civil).ok()?;
    rest.is_empty().then_some(at)
}

/// Seconds east of UTC: none for `Z`, and where nothing is said.
fn zone(rest: &mut &str) -> Option<i32> {
    let east = follows(rest, &['+']);
    if !east && !follows(rest, &['-']) {
        follows(rest, &['Z', 'z']);
        return Some(0);
    }
    let hours = i32::from(small(rest)?);
    let minutes = if follows(rest, &[':']) || !rest.is_empty() { i32::from(small(rest)?) } else { 0 };
    let seconds = hours * 3600 + minutes * 60;
    (minutes < 60).then_some(if east { seconds } else { -seconds })
}

/// Two digits.
fn small(rest: &mut &str) -> Option<i8> {
    number(rest, 2)?.try_into().ok()
}

fn number(rest: &mut &str, digits: usize) -> Option<i16> {
    let (number, after) = rest.split_at_checked(digits)?;
    if !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    *rest = after;
    number.parse().ok()
}

/// Takes one of these signs, where it is next.
fn follows(rest: &mut &str, signs: &[char]) -> bool {
    let after = rest.strip_prefix(signs);
    *rest = after.unwrap_or(rest);
    after.is_some()
}

impl fmt::Display for UtcTime {
    /// ISO 8601 with `Z`: `2024-10-07T16:01:24Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.table())?;
        // Seconds that no calendar shows carry no zone.
        if self.civil().is_some() { f.write_str("Z") } else { Ok(()) }
    }
}

impl From<UtcTime> for String {
    fn from(time: UtcTime) -> Self {
        time.to_string()
    }
}

impl TryFrom<String> for UtcTime {
    type Error = NotATime;

    fn try_from(text: String) -> Result<Self, NotATime> {
        Self::parse(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_second_count_prints_and_reads_back() {
        for seconds in [i64::MIN, -1, 0, 1_728_316_884, 253_402_207_200, i64::MAX] {
            let time = UtcTime(seconds);
            assert_eq!(UtcTime::parse(&time.to_string()), Ok(time));
        }
        assert_eq!(UtcTime(1_728_316_884).table(), "2024-10-07T16:01:24");
        assert_eq!(UtcTime(i64::MAX).words(), "@9223372036854775807");
    }

    #[test]
    fn people_write_times_in_several_ways() {
        let expected = Ok(UtcTime(1_728_316_884));
        for text in [
            "2024-10-07 16:01:24",
            "2024-10-07T16:01:24",
            "2024-10-07T16:01:24Z",
            "2024-10-07T18:01:24+02:00",
            " 2024-10-07 18:01:24+02 ",
            "2024-10-07t11:01:24.987-0500",
            "2024-10-07 16:01:24,5z",
            "@1728316884",
        ] {
            assert_eq!(UtcTime::parse(text), expected, "{text}");
        }
        for text in [
            "",
            "yesterday",
            "2024-10",
            "2024-13-07",
            "2024-02-30",
            "24-10-07",
            "2024-10-07T",
            "2024-10-07T24:00",
            "2024-10-07T1:2:3",
            "2024-10-07T16:01:24.",
            "2024-10-07T16:01:24+2",
            "2024-10-07T16:01:24+02:60",
            "2024-10-07T16:01:24+99:00",
            "2024-10-07T16:01:24Zulu",
            "2024-10-07T16:01:24+02:00:00:00",
            "+2024-10-07",
            "9999-12-31T23:59:59-20:00",
            "2024-10-0é",
        ] {
            assert!(UtcTime::parse(text).is_err(), "{text}");
        }
        assert_eq!(UtcTime::parse("2024-10-07 16:01"), Ok(UtcTime(1_728_316_860)));
        assert_eq!(UtcTime::parse("2024-10-07"), Ok(UtcTime(1_728_259_200)));
    }

    #[test]
    fn an_artifact_name_tells_database_and_time() {
        let time = UtcTime(1_728_316_884);
        assert_eq!(UtcTime::in_file_name("malmo-2024-10-07T16-01-24.backup"), Some(("malmo", time)));
        assert_eq!(UtcTime::in_file_name("a-b-2024-10-07T16-01-24.backup.1"), Some(("a-b", time)));
        let name = "my.backup-2024-10-07T16-01-24.backup";
        assert_eq!(UtcTime::in_file_name(name), Some(("my.backup", time)), "dots are allowed in names");
        for name in [
            "malmo.backup",
            "a--024-10-07T16-01-24.backup",
            "-2024-10-07T16-01-24.backup",
            "é2024-10-07T16-01-24.backup",
            "x",
        ] {
            assert_eq!(UtcTime::in_file_name(name), None, "{name}");
        }
    }
}
