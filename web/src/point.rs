//! The point in time that a person asks for: as text, and on a slider over the points there are.

use std::collections::BTreeSet;

use graphkeep_core::plan::Point;
use graphkeep_core::report::{Database, Report};
use graphkeep_core::time::{NotATime, UtcTime};

use crate::wording::count;

/// The end of a backup that some chain leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stop {
    pub time: UtcTime,
    pub tx: i64,
}

impl Stop {
    /// `tx 20`, as the text field has it.
    pub fn text(self) -> String {
        format!("tx {}", self.tx)
    }

    /// `tx 20, 2025-05-01 11:30:00 UTC`.
    pub fn words(self) -> String {
        format!("tx {}, {} UTC", count(self.tx), self.time.words())
    }
}

/// Every end of a restorable backup, by time. Transactions of another store have the same numbers, so chains
/// that do not belong to the newest point's store are left out.
pub fn stops(report: &Report, database: &Database) -> Vec<Stop> {
    let store = |chain: &graphkeep_core::report::Chain| &report.artifacts[chain.artifacts[0]].store_id;
    let newest = database.newest.as_ref().map(|newest| store(&database.chains[newest.chain]));
    let chains = database.chains.iter().filter(|chain| Some(store(chain)) == newest);
    let stops: BTreeSet<Stop> = chains
        .flat_map(|chain| &chain.artifacts)
        .map(|id| &report.artifacts[*id])
        .map(|artifact| Stop { time: artifact.time, tx: artifact.highest_tx })
        .collect();
    stops.into_iter().collect()
}

/// Reads what [`Point::parse`] reads, and times without a year (`09-12 14:00`), which mean that of `newest`.
///
/// # Errors
/// [`NotATime`] when it is none of these.
pub fn parse(text: &str, newest: UtcTime) -> Result<Point, NotATime> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(Point::Newest);
    }
    Point::parse(text).or_else(|refused| {
        let time = text
            .get(..7)
            .filter(|word| word.eq_ignore_ascii_case("before "))
            .map_or(text, |_| text[7..].trim_start());
        let year = newest.words();
        let with_year = format!("{}-{time}", year.split('-').next().unwrap_or_default());
        let is_month = time.len() >= 5
            && time.as_bytes()[2] == b'-'
            && time.as_bytes()[..2].iter().all(u8::is_ascii_digit);
        if is_month { Point::parse(&with_year).map_err(|_| refused) } else { Err(refused) }
    })
}

/// Where a point stands among the stops: at one of them, or behind the last one before it.
pub fn place(stops: &[Stop], point: Point) -> usize {
    let last = stops.len().saturating_sub(1);
    let before = match point {
        Point::Newest => return last,
        Point::Tx(tx) => stops.iter().rposition(|stop| stop.tx <= tx),
        Point::Before(time) => stops.iter().rposition(|stop| stop.time <= time),
    };
    before.unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::report;

    #[test]
    fn a_time_without_a_year_is_of_the_newest_backups_year() {
        let newest = UtcTime::parse("2026-09-15 02:00:00").expect("a time");
        let wanted = Point::Before(UtcTime::parse("2026-09-12 14:00:00").expect("a time"));
        for text in ["before 09-12 14:00", "09-12 14:00", "Before 09-12 16:00+02:00", "2026-09-12 14:00"] {
            assert_eq!(parse(text, newest), Ok(wanted), "{text}");
        }
        assert_eq!(parse(" ", newest), Ok(Point::Newest));
        assert_eq!(parse("tx 7", newest), Ok(Point::Tx(7)));
        for text in ["12-9", "before", "yesterday", "éé-12 14:00", "09-\u{e9}\u{e9} 1"] {
            assert!(parse(text, newest).is_err(), "{text}");
        }
    }

    #[test]
    fn stops_are_the_ends_of_what_chains_reach() {
        let gap = report("scenarios/gap");
        let found: Vec<i64> = stops(&gap, &gap.databases[0]).into_iter().map(|stop| stop.tx).collect();
        assert_eq!(found, [10, 20], "what stands behind the gap is no stop");

        let replaced = report("scenarios/store-replaced");
        let found: Vec<i64> =
            stops(&replaced, &replaced.databases[0]).into_iter().map(|stop| stop.tx).collect();
        assert_eq!(found, [10]);

        let none = report("scenarios/orphan-diffs");
        assert!(stops(&none, &none.databases[0]).is_empty());
    }

    #[test]
    fn a_point_between_two_stops_stands_behind_the_earlier() {
        let gap = report("scenarios/gap");
        let stops = stops(&gap, &gap.databases[0]);
        for (point, expected) in [
            (Point::Newest, 1),
            (Point::Tx(9), 0),
            (Point::Tx(10), 0),
            (Point::Tx(15), 0),
            (Point::Tx(20), 1),
            (Point::Tx(99), 1),
            (Point::Before(stops[1].time), 1),
            (Point::Before(UtcTime(0)), 0),
        ] {
            assert_eq!(place(&stops, point), expected, "{point:?}");
        }
        assert_eq!(place(&[], Point::Newest), 0);
    }
}
