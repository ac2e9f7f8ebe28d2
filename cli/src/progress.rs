//! Signs of life for work that takes long: on a terminal one line that is rewritten, elsewhere a line now
//! and then, for programs an object.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::args::Output;
use crate::printer::{Messages, Printer};
use crate::render::jsonl::Message;
use crate::words::{count, duration, printable, size};

/// Work shorter than this shows nothing on a terminal: a line that flashes up helps nobody.
const PATIENCE: Duration = Duration::from_millis(500);
/// Between two rewrites: fast enough to look alive.
const REWRITE: Duration = Duration::from_millis(100);

/// Bytes that a speed is measured over, at least.
const MEASURED: u64 = 256 << 10;

/// How far the work is, whichever it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(crate) enum Sign {
    Headers(Progressed),
    Contents(Decoding),
    Backup(Backing),
}

/// How far a backup is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Backing {
    /// What is being done with the bytes.
    pub(crate) phase: &'static str,
    #[serde(flatten)]
    pub(crate) bytes: Decoding,
    /// Bytes that the transaction logs grew by since the backup began.
    pub(crate) log_growth: u64,
}

impl Backing {
    fn words(self) -> String {
        let mut words = format!("{}  {}", self.phase, self.bytes.words());
        if self.log_growth > 0 {
            let _ = write!(words, ", logs grew by {}", size(self.log_growth));
        }
        words
    }
}

impl Sign {
    fn words(self) -> String {
        match self {
            Self::Headers(progressed) => progressed.words(),
            Self::Contents(decoding) => decoding.words(),
            Self::Backup(backing) => backing.words(),
        }
    }
}

impl From<Progressed> for Sign {
    fn from(progressed: Progressed) -> Self {
        Self::Headers(progressed)
    }
}

impl From<Decoding> for Sign {
    fn from(decoding: Decoding) -> Self {
        Self::Contents(decoding)
    }
}

impl From<Backing> for Sign {
    fn from(backing: Backing) -> Self {
        Self::Backup(backing)
    }
}

/// How far files are read to their ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub(crate) struct Decoding {
    pub(crate) files_done: usize,
    pub(crate) files_total: usize,
    /// Bytes of the files, as they lie on disk.
    pub(crate) bytes_done: u64,
    pub(crate) bytes_total: u64,
    /// Absent until there is something to measure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) bytes_per_second: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) seconds_left: Option<u64>,
}

impl Decoding {
    /// With the speed so far, and the time that the rest takes at it.
    #[must_use]
    pub(crate) fn since(self, started: Instant) -> Self {
        let took = started.elapsed().as_secs_f64();
        // A rate over less than this is noise: some bytes of the first header, and the time to decode a block.
        if took < 0.2 || self.bytes_done < MEASURED {
            return self;
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a float becomes the nearest integer that there is"
        )]
        let whole = |value: f64| value as u64;
        let rate = self.bytes_done as f64 / took;
        let left = self.bytes_total.saturating_sub(self.bytes_done) as f64 / rate;
        Self { bytes_per_second: Some(whole(rate)), seconds_left: Some(whole(left.ceil())), ..self }
    }

    fn words(self) -> String {
        let percent = self.bytes_done.saturating_mul(100).checked_div(self.bytes_total).unwrap_or(100);
        let mut words = format!("{percent}%  {} of {}", size(self.bytes_done), size(self.bytes_total));
        if self.files_total > 1 {
            let _ = write!(words, ", {} of {} files", self.files_done, self.files_total);
        }
        if let Some(rate) = self.bytes_per_second {
            let _ = write!(words, ", {}/s", size(rate));
        }
        if let Some(left) = self.seconds_left.filter(|left| *left > 0) {
            let _ = write!(words, ", {} left", duration(i64::try_from(left).unwrap_or(i64::MAX)));
        }
        words
    }
}

/// How far headers are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub(crate) struct Progressed {
    /// Files found.
    pub(crate) found: usize,
    /// Files read.
    pub(crate) read: usize,
    /// Of these, files that are no backups.
    pub(crate) not_backups: usize,
    /// Of these, files that could not be read.
    pub(crate) unreadable: usize,
}

impl Progressed {
    fn words(self) -> String {
        let mut words = format!("{} found, {} read", count(self.found as u64, "file"), self.read);
        for (number, what) in [(self.not_backups, "not backups"), (self.unreadable, "unreadable")] {
            if number > 0 {
                let _ = write!(words, ", {number} {what}");
            }
        }
        words
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// A line of a terminal, rewritten.
    Rewritten,
    Lines,
    Objects,
    Nothing,
}

/// Shows progress while it lives.
pub(crate) struct Progress<'p> {
    printer: &'p Printer,
    form: Form,
    every: Duration,
    due: Instant,
    on_screen: bool,
}

impl<'p> Progress<'p> {
    pub(crate) fn new(printer: &'p Printer, output: &Output) -> Self {
        let every = Duration::try_from_secs_f64(output.progress_interval).unwrap_or(Duration::MAX);
        let (form, wait, every) = match printer.messages {
            _ if output.progress_interval == 0.0 => (Form::Nothing, every, every),
            Messages::Json => (Form::Objects, every, every),
            // A time to show is what only a terminal has.
            Messages::Text if printer.stderr.now.is_some() => (Form::Rewritten, PATIENCE, REWRITE),
            Messages::Text => (Form::Lines, every, every),
        };
        let now = Instant::now();
        let due = now.checked_add(wait).unwrap_or_else(|| now + Duration::from_secs(u32::MAX.into()));
        Self { printer, form, every, due, on_screen: false }
    }

    /// Hears how far the work is and at which file; shows it when it is time to.
    pub(crate) fn at(&mut self, sign: impl Into<Sign>, file: &str) {
        if self.form == Form::Nothing || Instant::now() < self.due {
            return;
        }
        self.due = Instant::now().checked_add(self.every).unwrap_or(self.due);
        let sign = sign.into();
        match self.form {
            Form::Rewritten => {
                let line = format!("{}  {}", sign.words(), printable(file));
                let width = self.printer.stderr.width.unwrap_or(80).saturating_sub(1);
                let line: String = line.chars().take(width).collect();
                self.printer.err(&format!("\r{line}\x1b[K"));
                self.on_screen = true;
            }
            Form::Lines => self.printer.err(&format!("{}\n", sign.words())),
            Form::Objects => {
                self.printer.message(&Message::Status { progress: Some(sign), message: None });
            }
            Form::Nothing => {}
        }
    }
}

impl Progress<'_> {
    /// Takes the line off the screen, so that a result can stand there.
    pub(crate) fn clear(&mut self) {
        if self.on_screen {
            self.printer.err("\r\x1b[K");
            self.on_screen = false;
        }
    }
}

impl Drop for Progress<'_> {
    fn drop(&mut self) {
        self.clear();
    }
}
