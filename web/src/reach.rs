//! Which times of a database can be restored, and where they stand in a strip of time. No browser.

use graphkeep_core::report::{Database, Report};
use graphkeep_core::time::UtcTime;

/// A stretch of time, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    pub from: UtcTime,
    pub to: UtcTime,
}

/// The times that can be restored, in order and apart from each other: from each chain's full to its end, and
/// up to the time for which empties prove the newest chain complete.
pub fn reachable(report: &Report, database: &Database) -> Vec<Stretch> {
    let newest = database.newest.as_ref();
    let stretches = database.chains.iter().enumerate().map(|(index, chain)| {
        let from = report.artifacts[chain.artifacts[0]].time;
        let complete = newest.filter(|newest| newest.chain == index).map(|newest| newest.complete_until);
        let to = complete.unwrap_or(chain.time).max(chain.time).max(from);
        Stretch { from, to }
    });
    joined(stretches.collect())
}

fn joined(mut stretches: Vec<Stretch>) -> Vec<Stretch> {
    stretches.sort_by_key(|stretch| (stretch.from, stretch.to));
    let mut apart: Vec<Stretch> = Vec::new();
    for stretch in stretches {
        match apart.last_mut() {
            Some(last) if stretch.from <= last.to => last.to = last.to.max(stretch.to),
            _ => apart.push(stretch),
        }
    }
    apart
}

/// The times from the first artifact to the last, which is what could have been reachable.
pub fn covered(report: &Report, database: &Database) -> Option<Stretch> {
    let times = || database.members.iter().map(|member| report.artifacts[member.artifact].time);
    Some(Stretch { from: times().min()?, to: times().max()? })
}

/// A stretch in a strip of `width`, cut at its ends: where it begins and how wide it is. What is shorter than
/// a point is drawn one wide, so that a lone full can be seen.
pub fn in_strip(stretch: Stretch, strip: Stretch, width: f64) -> Option<(f64, f64)> {
    if stretch.to < strip.from || stretch.from > strip.to {
        return None;
    }
    let long = (strip.to.0.saturating_sub(strip.from.0)).max(1) as f64;
    let at = |time: UtcTime| (time.0.saturating_sub(strip.from.0)) as f64 / long * width;
    let from = at(stretch.from).max(0.0);
    let to = at(stretch.to).min(width);
    let wide = (to - from).max(1.0);
    Some((from.min(width - wide), wide))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stretch(from: i64, to: i64) -> Stretch {
        Stretch { from: UtcTime(from), to: UtcTime(to) }
    }

    #[test]
    fn stretches_that_touch_are_one() {
        assert_eq!(
            joined(vec![stretch(50, 60), stretch(0, 10), stretch(10, 20), stretch(5, 7)]),
            [stretch(0, 20), stretch(50, 60)]
        );
    }

    #[test]
    fn a_strip_cuts_what_is_outside_and_shows_what_is_short() {
        let strip = stretch(100, 200);
        assert_eq!(in_strip(stretch(0, 99), strip, 50.0), None);
        assert_eq!(in_strip(stretch(0, 150), strip, 50.0), Some((0.0, 25.0)));
        assert_eq!(in_strip(stretch(150, 500), strip, 50.0), Some((25.0, 25.0)));
        assert_eq!(in_strip(stretch(200, 200), strip, 50.0), Some((49.0, 1.0)));
        assert_eq!(in_strip(stretch(i64::MIN, i64::MAX), strip, 50.0), Some((0.0, 50.0)));
    }
}
