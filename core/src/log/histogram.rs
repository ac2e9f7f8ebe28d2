//! Commits over time in a bounded number of bins, whatever span they cover and in whatever order they come.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Bins kept; when there are more, neighbours are joined.
const BINS: usize = 128;

/// Counts of commits in bins of equal width. Bins without a commit are left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Histogram {
    /// Width of a bin, milliseconds.
    pub bin_ms: i64,
    /// Bin number (its start is that many widths after 1970, UTC) and commits in it.
    pub bins: BTreeMap<i64, u64>,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { bin_ms: 1000, bins: BTreeMap::new() }
    }
}

impl Histogram {
    pub(super) fn add(&mut self, time_ms: i64) {
        *self.bins.entry(time_ms.div_euclid(self.bin_ms)).or_default() += 1;
        while self.bins.len() > BINS {
            self.bin_ms = self.bin_ms.saturating_mul(2);
            let mut joined = BTreeMap::new();
            for (bin, count) in std::mem::take(&mut self.bins) {
                *joined.entry(bin.div_euclid(2)).or_default() += count;
            }
            self.bins = joined;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_span_fits_and_nothing_is_lost() {
        let mut histogram = Histogram::default();
        for time in (0..10_000).map(|step| step * 86_400_000).chain([i64::MIN, i64::MAX]) {
            histogram.add(time);
        }
        assert!(histogram.bins.len() <= BINS);
        assert_eq!(histogram.bins.values().sum::<u64>(), 10_002);
    }
}
