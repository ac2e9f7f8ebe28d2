//! Damage that is mended by leaving bytes out: text in front of an artifact, and old bytes behind its end.
//! Nothing is ever changed in place: the mended file is a stream of its own, to be written under a new name
//! and verified there.

use std::io::{self, Read, Take};

use serde::{Deserialize, Serialize};

use crate::limits::Limits;
use crate::problem::{Code, Severity};
use crate::report::{Level, Reading, Reason};
use crate::source::{FileName, Source};
use crate::stranger::{Stranger, magic_behind_text};
use crate::verify::Verification;

/// Whether a file that was mended may be kept: it is proven to L3, or to L2 where there are no logs to prove more
/// with.
pub fn is_sound(found: &Verification) -> bool {
    let has_logs = found.logs.as_ref().is_some_and(|logs| logs.files > 0);
    let has_errors = found.problems.iter().any(|problem| problem.severity == Severity::Error);
    found.level >= Level::L3 || found.level >= Level::L2 && !(has_logs && has_errors)
}

/// Which bytes of a file to keep.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Repair {
    /// First byte that is kept.
    pub from: u64,
    /// Offset behind the last byte that is kept.
    pub to: u64,
    /// What is left out and why, a sentence without its full stop.
    pub what: String,
}

impl Repair {
    /// Bytes of the mended file.
    pub fn len(&self) -> u64 {
        self.to.saturating_sub(self.from)
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Finds what would mend a file, if leaving bytes out does. `found` is its verification at L2 or above; for a
/// file with text in front there is none.
///
/// # Errors
/// The source's own.
pub fn find<S: Source>(
    source: &mut S,
    name: &FileName,
    reading: &Reading,
    found: Option<&Verification>,
    limits: &Limits,
) -> io::Result<Option<Repair>> {
    if let Some(damage) = found.and_then(|found| found.damage.as_ref()) {
        let tail = damage.cut_to.filter(|_| damage.code == Code::PayloadTrailing);
        let (_, size) = source.open(name)?;
        return Ok(tail.filter(|to| *to < size).map(|to| Repair {
            from: 0,
            to,
            what: format!("drop the last {} bytes, which follow the end of the stream", size - to),
        }));
    }
    let is_behind_text = matches!(
        reading,
        Reading::Other(other) if other.reason == Reason::Stranger { what: Stranger::TextBeforeMagic }
    );
    if !is_behind_text {
        return Ok(None);
    }
    let (stream, size) = source.open(name)?;
    let mut start = Vec::new();
    stream.take(limits.stranger_bytes as u64).read_to_end(&mut start)?;
    Ok(magic_behind_text(&start).map(|from| Repair {
        from: from as u64,
        to: size,
        what: format!("drop the first {from} bytes, which are text in front of the artifact"),
    }))
}

/// A source in which one file has its repair applied, so that the result can be verified before and while it
/// is written.
pub struct Mended<'s, S> {
    source: &'s mut S,
    name: FileName,
    repair: Repair,
}

impl<'s, S: Source> Mended<'s, S> {
    pub fn new(source: &'s mut S, name: FileName, repair: Repair) -> Self {
        Self { source, name, repair }
    }
}

impl<S: Source> Source for Mended<'_, S> {
    type Stream = Take<S::Stream>;

    fn open(&mut self, name: &FileName) -> io::Result<(Self::Stream, u64)> {
        let (mut stream, size) = self.source.open(name)?;
        if *name != self.name {
            return Ok((stream.take(size), size));
        }
        io::copy(&mut stream.by_ref().take(self.repair.from), &mut io::sink())?;
        Ok((stream.take(self.repair.len()), self.repair.len()))
    }
}
