//! How far a verification is, in real bytes: no file counts before its bytes were read.

use std::collections::HashMap;

use crate::library::FileId;

/// The time before a speed says something, in milliseconds.
const SETTLED: f64 = 500.0;

/// What files are read to their ends for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aim {
    Verify,
    List,
    Locate,
    Extract,
    Bundle,
    Mend,
}

impl Aim {
    /// While it is under way.
    pub fn doing(self) -> &'static str {
        match self {
            Self::Verify => "Verifying",
            Self::List => "Listing transactions",
            Self::Locate => "Finding the commit",
            Self::Extract => "Taking out a file",
            Self::Bundle => "Taking out files",
            Self::Mend => "Trying the repair",
        }
    }

    /// Once it is done.
    pub fn done(self) -> &'static str {
        match self {
            Self::Verify => "Verified",
            _ => "Read",
        }
    }
}

/// A verification under way, or one that ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Verifying {
    pub aim: Aim,
    /// Bytes of each file, and of them those that were read.
    files: HashMap<FileId, (u64, u64)>,
    left: usize,
    /// Files that a reader ended over.
    crashed: usize,
    started_ms: f64,
    now_ms: f64,
    stopped: bool,
}

impl Verifying {
    pub fn new(aim: Aim, files: impl Iterator<Item = (FileId, u64)>, now_ms: f64) -> Self {
        let files: HashMap<_, _> = files.map(|(id, bytes)| (id, (bytes, 0))).collect();
        Self { aim, left: files.len(), files, crashed: 0, started_ms: now_ms, now_ms, stopped: false }
    }

    pub fn progress(&mut self, id: FileId, done: u64, now_ms: f64) {
        self.now_ms = now_ms;
        if let Some((bytes, read)) = self.files.get_mut(&id) {
            *read = done.min(*bytes);
        }
    }

    pub fn finished(&mut self, id: FileId, now_ms: f64) {
        self.now_ms = now_ms;
        if let Some((bytes, read)) = self.files.get_mut(&id) {
            *read = *bytes;
            self.left = self.left.saturating_sub(1);
        }
    }

    /// The readers ended over a file: it is done with, and not verified.
    pub fn crashed(&mut self, id: FileId, now_ms: f64) {
        if self.files.contains_key(&id) {
            self.crashed += 1;
        }
        self.finished(id, now_ms);
    }

    pub fn stop(&mut self) {
        self.stopped = true;
    }

    pub fn is_stopped(&self) -> bool {
        self.stopped
    }

    pub fn is_over(&self) -> bool {
        self.stopped || self.left == 0
    }

    /// Whether one file is left of it, or none.
    pub fn is_at_last(&self) -> bool {
        self.stopped || self.left <= 1
    }

    pub fn files(&self) -> usize {
        self.files.len()
    }

    pub fn files_done(&self) -> usize {
        self.files.len() - self.left - self.crashed
    }

    pub fn files_crashed(&self) -> usize {
        self.crashed
    }

    pub fn bytes(&self) -> u64 {
        self.files.values().map(|(bytes, _)| bytes).sum()
    }

    pub fn bytes_done(&self) -> u64 {
        self.files.values().map(|(_, read)| read).sum()
    }

    /// Percent, rounded down, so that 100 means all of it.
    pub fn percent(&self) -> u64 {
        let (bytes, done) = (u128::from(self.bytes()), u128::from(self.bytes_done()));
        let percent = (done * 100).checked_div(bytes).unwrap_or(100);
        u64::try_from(percent).unwrap_or(100)
    }

    /// Bytes a second; absent until that says something.
    pub fn speed(&self) -> Option<f64> {
        let took = self.now_ms - self.started_ms;
        (took >= SETTLED).then(|| self.bytes_done() as f64 / took * 1000.0)
    }

    /// Seconds that are left at this speed.
    pub fn seconds_left(&self) -> Option<i64> {
        let speed = self.speed().filter(|speed| *speed > 0.0)?;
        #[expect(clippy::cast_possible_truncation, reason = "seconds of a person's patience")]
        Some(((self.bytes() - self.bytes_done()) as f64 / speed).ceil() as i64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_bytes_that_were_read_count() {
        let mut verifying = Verifying::new(Aim::Verify, [(1, 1000), (2, 3000)].into_iter(), 0.0);
        assert_eq!((verifying.percent(), verifying.speed()), (0, None));
        verifying.progress(2, 1000, 1000.0);
        assert_eq!(
            (verifying.percent(), verifying.speed(), verifying.seconds_left()),
            (25, Some(1000.0), Some(3))
        );
        verifying.finished(1, 2000.0);
        assert_eq!((verifying.files_done(), verifying.is_over()), (1, false));
        verifying.finished(2, 4000.0);
        assert_eq!((verifying.percent(), verifying.is_over()), (100, true));
    }

    #[test]
    fn a_file_that_a_reader_ended_over_is_not_verified() {
        let mut verifying = Verifying::new(Aim::Verify, [(1, 10), (2, 10)].into_iter(), 0.0);
        verifying.crashed(1, 1.0);
        verifying.crashed(7, 1.0);
        verifying.finished(2, 2.0);
        assert_eq!((verifying.files_done(), verifying.files_crashed(), verifying.is_over()), (1, 1, true));
    }

    #[test]
    fn an_empty_set_is_over_and_a_stopped_one_too() {
        assert!(Verifying::new(Aim::Verify, std::iter::empty(), 0.0).is_over());
        let mut verifying = Verifying::new(Aim::Verify, [(1, 0)].into_iter(), 0.0);
        assert_eq!(verifying.percent(), 100);
        verifying.stop();
        assert!(verifying.is_over());
    }
}
