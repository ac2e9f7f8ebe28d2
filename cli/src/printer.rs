//! Where output goes: results to stdout, everything else to stderr.
//!
//! A reader that closed the pipe has what it wanted: the rest is dropped without a word, and the exit code
//! still tells the verdict.

use std::fmt;
use std::io::{self, Write};

use anstream::stream::RawStream;
use anstream::{AutoStream, ColorChoice};
use graphkeep_core::time::UtcTime;

use crate::args::{Color, Output};
use crate::exit::{Exit, Exits};
use crate::render::jsonl::{self, Message};
use crate::render::{self, Glyphs, Look};
use crate::words::printable;

/// How messages on stderr are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Messages {
    Text,
    /// One JSON object a line.
    Json,
}

/// The two streams and how each looks.
#[derive(Debug)]
pub(crate) struct Printer {
    /// How stdout looks.
    pub(crate) look: Look,
    /// How stderr looks.
    pub(crate) stderr: Look,
    pub(crate) messages: Messages,
}

impl Printer {
    pub(crate) fn new(output: &Output, messages: Messages) -> Self {
        Self { look: look(output, &io::stdout()), stderr: look(output, &io::stderr()), messages }
    }

    /// Prints a result.
    ///
    /// # Errors
    /// As writing to stdout, a closed pipe excepted.
    #[expect(clippy::unused_self, reason = "who prints has a printer")]
    pub(crate) fn out(&self, text: &str) -> io::Result<()> {
        let mut stdout = AutoStream::always(io::stdout().lock());
        let written = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
        match written {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            written => written,
        }
    }

    /// Prints to stderr as it is. There is nobody to tell if that fails.
    #[expect(clippy::unused_self, reason = "who prints has a printer")]
    pub(crate) fn err(&self, text: &str) {
        let mut stderr = AutoStream::always(io::stderr().lock());
        let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
    }

    /// Says something beside the result, which lacks nothing without it.
    pub(crate) fn note(&self, text: &str) {
        match self.messages {
            Messages::Text => self.err(&format!("{}\n", printable(text))),
            Messages::Json => self.message(&Message::Status { progress: None, message: Some(text) }),
        }
    }

    /// Says why the command came to nothing, and what to do about it.
    pub(crate) fn error(&self, exit: Exit, message: &dyn fmt::Display, hint: Option<&str>) {
        let message = message.to_string();
        match self.messages {
            Messages::Text => self.err(&render::error(&self.stderr, &message, hint)),
            Messages::Json => {
                self.message(&Message::ExitError {
                    code: exit.code(),
                    codes: vec![exit.code()],
                    message: &message,
                    hint,
                });
            }
        }
    }

    /// For programs, the last word on a run that did not end well. The text output says it already.
    pub(crate) fn outcome(&self, exits: &Exits) {
        if let (Messages::Json, Some(worst)) = (self.messages, exits.worst()) {
            let codes = exits.all().map(Exit::code).collect();
            self.message(&Message::ExitError {
                code: worst.code(),
                codes,
                message: worst.meaning(),
                hint: None,
            });
        }
    }

    pub(crate) fn message(&self, message: &Message) {
        self.err(&jsonl::line(message));
    }
}

fn look(output: &Output, stream: &impl RawStream) -> Look {
    let is_terminal = stream.is_terminal();
    let colour = match output.color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => AutoStream::choice(stream) != ColorChoice::Never,
    };
    let width = match output.width {
        Some(0) => None,
        Some(width) => Some(width),
        None => terminal_size::terminal_size().map(|(width, _)| usize::from(width.0)).filter(|_| is_terminal),
    };
    let glyphs = if is_terminal && speaks_unicode() { Glyphs::Unicode } else { Glyphs::Ascii };
    Look { width, colour, glyphs, now: is_terminal.then(now) }
}

/// Whether the terminal shows more than ASCII: its locale says so, and it is not the bare console.
fn speaks_unicode() -> bool {
    let set = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    let locale = set("LC_ALL").or_else(|| set("LC_CTYPE")).or_else(|| set("LANG")).unwrap_or_default();
    let utf8 = locale.to_ascii_lowercase().replace('-', "").contains("utf8");
    let bare = matches!(set("TERM").as_deref(), Some("linux" | "dumb"));
    (utf8 || set("WT_SESSION").is_some()) && !bare
}

/// The clock, which only a host may read.
pub(crate) fn now() -> UtcTime {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    UtcTime(since.map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX)))
}
