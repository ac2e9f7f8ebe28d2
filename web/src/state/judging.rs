//! When what was read is judged, and what is shown of it then.

use std::sync::Arc;
use std::time::Duration;

use graphkeep_core::redact::Redaction;
use graphkeep_core::report::Report;
use leptos::prelude::*;

use super::{App, milliseconds, now};
use crate::export::{self, Format};
use crate::judge::{Answer, Ask, Judge};
use crate::library::{Counts, Library};

/// The shortest time between two updates of what is shown while files are read.
const UPDATE_EVERY: Duration = Duration::from_millis(250);
/// An update may take this part of the page's time at most: one in eight.
const UPDATE_SHARE: u32 = 8;
/// Judges that may end, one after the other, before the page gives up.
const FAILURES: u8 = 2;

type Then = Box<dyn FnOnce()>;
/// A file to be written: which kind, what is covered in it.
pub(super) type Wanted = (Format, Redaction);

/// When what is shown is brought up to date.
#[derive(Default)]
pub(super) struct Judging {
    judge: Option<Judge>,
    /// The update to come.
    planned: Option<TimeoutHandle>,
    pause: Duration,
    /// What the judge is at.
    asked: Option<Asked>,
    /// More came while it was at that.
    again: bool,
    /// To be shown together with the next report that is asked for.
    then: Vec<Then>,
    failures: u8,
}

struct Asked {
    counts: Counts,
    start_ms: f64,
    then: Vec<Then>,
}

impl App {
    /// Starts the judge ahead of the first file.
    pub(super) fn expect_judging(self) {
        self.judging.update_value(|judging| {
            if judging.judge.is_none() {
                // Where it does not start, the first ask says so.
                judging.judge = Judge::start(move |answer| self.judge_said(answer)).ok();
            }
        });
    }

    /// Has what was read judged before long.
    pub(super) fn plan_update(self) {
        self.judging.update_value(|judging| {
            if judging.planned.is_none() {
                let pause = judging.pause.max(UPDATE_EVERY);
                judging.planned = set_timeout_with_handle(move || self.bring_up_to_date(), pause).ok();
            }
        });
    }

    /// As [`App::bring_up_to_date`]; what is done then shows at the same time.
    pub(super) fn bring_up_to_date_and(self, then: impl FnOnce() + 'static) {
        self.judging.update_value(|judging| judging.then.push(Box::new(then)));
        self.bring_up_to_date();
    }

    /// Has everything read so far judged, and shows it once that is done.
    pub(super) fn bring_up_to_date(self) {
        self.now.set(now());
        let is_at_it = self.judging.try_update_value(|judging| {
            // One that is planned would come too soon after this one, and plan the next.
            if let Some(planned) = judging.planned.take() {
                planned.clear();
            }
            judging.again = judging.asked.is_some();
            judging.again
        });
        if is_at_it != Some(false) {
            return;
        }
        let counts = self.library.with_value(Library::counts);
        if counts.read == 0 {
            self.report.set(None);
            self.show_counts(counts);
            let then = self.judging.try_update_value(|judging| std::mem::take(&mut judging.then));
            for then in then.into_iter().flatten() {
                then();
            }
            return;
        }
        self.expect_judging();
        let changes = self.library.try_update_value(Library::changes).unwrap_or_default();
        let asked = self.judging.try_update_value(|judging| {
            let then = std::mem::take(&mut judging.then);
            judging.asked = Some(Asked { counts, start_ms: milliseconds(), then });
            judging.judge.as_ref().map(|judge| judge.ask(&Ask::Judge(changes)))
        });
        if asked.flatten().is_none() {
            self.judge_ended("its worker does not start");
        }
    }

    fn show_counts(self, counts: Counts) {
        self.activity.update(|activity| activity.counts = counts);
    }

    fn judge_said(self, answer: Result<Answer, String>) {
        match answer {
            Ok(Answer::Judged(report)) => self.judged(*report),
            Ok(Answer::Written(format, covered, text)) => self.took_written(format, covered, text),
            Ok(Answer::Ready { .. } | Answer::Panicked(_)) => {}
            Err(details) => self.judge_ended(&details),
        }
    }

    fn judged(self, report: Report) {
        let asked = self.judging.try_update_value(|judging| {
            judging.failures = 0;
            judging.asked.take()
        });
        let Some(Asked { counts, start_ms, then }) = asked.flatten() else { return };
        self.report.set(Some(Arc::new(report)));
        self.show_counts(counts);
        for then in then {
            then();
        }
        let took = Duration::from_secs_f64((milliseconds() - start_ms).max(0.0) / 1000.0);
        let again = self.judging.try_update_value(|judging| {
            judging.pause = took * UPDATE_SHARE;
            judging.again
        });
        if again == Some(true) {
            self.bring_up_to_date();
        }
    }

    /// It keeps nothing any more: another one has to be told everything.
    fn judge_ended(self, details: &str) {
        let failures = self.judging.try_update_value(|judging| {
            judging.judge = None;
            judging.again = false;
            if let Some(asked) = judging.asked.take() {
                judging.then.splice(..0, asked.then);
            }
            judging.failures += 1;
            judging.failures
        });
        self.library.update_value(Library::tell_all_again);
        if failures < Some(FAILURES) {
            self.bring_up_to_date();
            if let Some((format, covered)) = self.saving.get_value() {
                self.write(format, covered);
            }
        } else {
            self.saving.set_value(None);
            self.trouble.set(Some(format!(
                "What was read cannot be judged, which is a defect of this program ({details}, build {}). The command line tool does the same: graphkeep inspect <folder>",
                crate::BUILD
            )));
        }
    }

    /// Forgets what was judged; what is under way is not shown any more.
    pub(super) fn forget_judged(self) {
        self.judging.update_value(|judging| {
            if let Some(planned) = judging.planned.take() {
                planned.clear();
            }
            *judging = Judging::default();
        });
        self.saving.set_value(None);
        self.preview.set(None);
        self.report.set(None);
    }

    /// The report as a file would hold it, once [`App::write`] was asked for the same.
    pub fn written(self, format: Format, covered: Redaction) -> Option<Arc<str>> {
        self.preview.with(|preview| {
            let (of, text) = preview.as_ref()?;
            (*of == (format, covered)).then(|| Arc::clone(text))
        })
    }

    /// Has the report written as a file would hold it, to be looked at.
    pub fn write(self, format: Format, covered: Redaction) {
        self.judging.with_value(|judging| {
            if let Some(judge) = &judging.judge {
                judge.ask(&Ask::Write(format, covered));
            }
        });
    }

    /// Saves the report with names, paths or ids covered.
    pub fn save_redacted(self, format: Format, covered: Redaction) {
        self.saving.set_value(Some((format, covered)));
        self.write(format, covered);
    }

    /// Saves what is known as a file.
    pub fn save(self, format: Format) {
        self.save_redacted(format, Redaction { names: false, paths: false, ids: false });
    }

    fn took_written(self, format: Format, covered: Redaction, text: String) {
        let is_saved = self.saving.try_update_value(|saving| {
            let is_it = *saving == Some((format, covered));
            saving.take_if(|_| is_it).is_some()
        });
        if is_saved == Some(true)
            && let Err(error) = export::save(&text, format)
        {
            self.trouble.set(Some(format!("The report could not be saved: {error:?}")));
        }
        self.preview.set(Some(((format, covered), text.into())));
    }
}
