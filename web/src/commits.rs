//! Transactions of one file round a point: a window over logs that may hold millions.

use std::collections::{BTreeMap, HashMap};

use graphkeep_core::log::Batch;
use graphkeep_core::plan::Point;
use serde::{Deserialize, Serialize};

/// Commits kept before the point, and from it on: pages to leaf through without reading the file again.
const EACH_SIDE: usize = 5_000;
/// Long transactions that are open at the same time.
const OPEN: usize = 1 << 16;

/// One transaction as the list shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commit {
    pub tx: i64,
    /// Milliseconds since 1970, UTC.
    pub time_ms: i64,
    /// Bytes in the logs; absent where it goes on in another file.
    pub bytes: Option<u64>,
    /// N of `neostore.transaction.db.N`.
    pub log: u64,
}

/// Commits in the order in which they were appended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listing {
    /// Commits in front of those listed.
    pub before: u64,
    pub commits: Vec<Commit>,
    /// Where the point that was asked for lies in `commits`: the first commit at or after it.
    pub at: usize,
    /// Commits behind those listed.
    pub after: u64,
}

impl Listing {
    /// Every commit there is.
    pub fn total(&self) -> u64 {
        self.before.saturating_add(self.commits.len() as u64).saturating_add(self.after)
    }

    /// The first commit at or after a point, where the window is sure to hold it.
    pub fn find(&self, point: Point) -> Option<usize> {
        let is_before = |commit: &Commit| is_before(point, commit.tx, commit.time_ms);
        let at = self.commits.iter().position(|commit| !is_before(commit)).unwrap_or(self.commits.len());
        let may_be_outside = at == 0 && self.before > 0 || at == self.commits.len() && self.after > 0;
        (!may_be_outside && at < self.commits.len()).then_some(at)
    }
}

fn is_before(point: Point, tx: i64, time_ms: i64) -> bool {
    match point {
        Point::Newest => true,
        Point::Tx(wanted) => tx < wanted,
        Point::Before(time) => time_ms < time.0.saturating_mul(1000),
    }
}

/// Takes in batches in whatever order the archive holds them; memory stays flat.
#[derive(Debug)]
pub struct Window {
    point: Point,
    /// By append index.
    before: BTreeMap<i64, Commit>,
    from: BTreeMap<i64, Commit>,
    dropped_before: u64,
    dropped_after: u64,
    /// Bytes so far of transactions that were appended in pieces.
    open: HashMap<i64, Option<u64>>,
}

impl Window {
    /// The window round `point`; `Before` a time stands for the first commit that is not before it.
    pub fn new(point: Point) -> Self {
        Self {
            point,
            before: BTreeMap::new(),
            from: BTreeMap::new(),
            dropped_before: 0,
            dropped_after: 0,
            open: HashMap::new(),
        }
    }

    pub fn batch(&mut self, batch: &Batch) {
        let bytes = (batch.file == batch.end_file).then(|| batch.end.saturating_sub(batch.at));
        let bytes = match self.open.remove(&batch.tx) {
            Some(before) => before.zip(bytes).map(|(before, now)| before.saturating_add(now)),
            None => bytes,
        };
        if !batch.commits {
            if self.open.len() < OPEN {
                self.open.insert(batch.tx, bytes);
            }
            return;
        }
        let commit = Commit { tx: batch.tx, time_ms: batch.time_ms, bytes, log: batch.file };
        if is_before(self.point, batch.tx, batch.time_ms) {
            self.before.insert(batch.append_index, commit);
            if self.before.len() > EACH_SIDE {
                self.before.pop_first();
                self.dropped_before += 1;
            }
        } else {
            self.from.insert(batch.append_index, commit);
            if self.from.len() > EACH_SIDE {
                self.from.pop_last();
                self.dropped_after += 1;
            }
        }
    }

    pub fn finish(self) -> Listing {
        let at = self.before.len();
        let commits: Vec<Commit> = self.before.into_values().chain(self.from.into_values()).collect();
        Listing { before: self.dropped_before, commits, at, after: self.dropped_after }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use graphkeep_core::time::UtcTime;

    fn batch(index: i64) -> Batch {
        Batch {
            file: 0,
            at: 100,
            end: 150,
            end_file: 0,
            kernel: 20,
            append_index: index,
            tx: index,
            commits: true,
            time_ms: index * 1000,
            previous_checksum: None,
            checksum: 0,
        }
    }

    fn listing(point: Point, batches: impl Iterator<Item = Batch>) -> Listing {
        let mut window = Window::new(point);
        batches.for_each(|batch| window.batch(&batch));
        window.finish()
    }

    #[test]
    fn a_window_lies_round_its_point_in_whatever_order_logs_come() {
        let last = 20_000;
        let orders: [Box<dyn Iterator<Item = i64>>; 2] = [Box::new(1..=last), Box::new((1..=last).rev())];
        for order in orders {
            let found = listing(Point::Tx(9_000), order.map(batch));
            assert_eq!((found.before, found.at, found.after, found.total()), (3_999, 5_000, 6_001, 20_000));
            assert_eq!((found.commits[0].tx, found.commits[found.at].tx), (4_000, 9_000));
            assert!(found.commits.is_sorted_by_key(|commit| commit.tx));
        }
    }

    #[test]
    fn a_time_finds_the_first_commit_that_is_not_before_it() {
        let found = listing(Point::Before(UtcTime(5)), (1..=10).map(batch));
        assert_eq!((found.commits.len(), found.commits[found.at].tx), (10, 5));
        assert_eq!(listing(Point::Newest, (1..=10).map(batch)).at, 10);
        assert_eq!(listing(Point::Tx(i64::MIN), (1..=10).map(batch)).at, 0);
    }

    #[test]
    fn a_point_is_found_without_reading_again_only_where_the_window_is_sure_to_hold_it() {
        let all = listing(Point::Tx(1), (1..=10).map(batch));
        assert_eq!((all.find(Point::Tx(4)), all.find(Point::Before(UtcTime(7)))), (Some(3), Some(6)));
        assert_eq!((all.find(Point::Tx(11)), all.find(Point::Newest)), (None, None));
        let middle = listing(Point::Tx(9_000), (1..=20_000).map(batch));
        assert_eq!(
            (middle.find(Point::Tx(9_001)), middle.find(Point::Tx(5)), middle.find(Point::Tx(19_000))),
            (Some(5_001), None, None)
        );
    }

    #[test]
    fn a_transaction_in_pieces_is_one_with_the_bytes_of_all() {
        let pieces = [(1, false), (2, false), (3, true)].map(|(index, commits)| Batch {
            tx: 7,
            commits,
            ..batch(index)
        });
        let found = listing(Point::Tx(1), pieces.into_iter());
        assert_eq!(found.commits, [Commit { tx: 7, time_ms: 3000, bytes: Some(150), log: 0 }]);
    }
}
