//! The judge: a worker of its own that keeps what was read, judges it, and writes what is known into files. The page
//! gets a report to show; of the rules about chains, and of kinds of files, it knows nothing.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use graphkeep_core::chain;
use graphkeep_core::redact::{Redaction, redact};
use graphkeep_core::report::{Reading, Report};
use serde::{Deserialize, Serialize};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{ErrorEvent, Event, MessageEvent, Worker};

use crate::export::Format;
use crate::library::FileId;
use crate::pool;
use crate::protocol::Untagged;

/// The name of its worker.
pub const NAME: &str = "graphkeep judge";

/// Sent to the judge, which answers each with one [`Answer`], in their order.
#[derive(Debug, Serialize, Deserialize)]
pub enum Ask {
    /// What changed since the last time: what files were read as, or that they are gone.
    Judge(Vec<(FileId, Option<Untagged>)>),
    /// The report as a file of this kind, covered so.
    Write(Format, Redaction),
}

#[derive(Debug, Serialize, Deserialize)]
pub enum Answer {
    /// It can be asked.
    Ready {
        /// [`crate::BUILD`] of the worker.
        build: String,
    },
    Judged(Box<Report>),
    Written(Format, Redaction, String),
    /// It met a defect of this program and ends; the text is for the person who reports it.
    Panicked(String),
}

/// What the worker keeps.
#[derive(Debug)]
pub struct Bench {
    readings: BTreeMap<FileId, Reading>,
    report: Report,
}

impl Default for Bench {
    fn default() -> Self {
        Self { readings: BTreeMap::new(), report: chain::report(Vec::new()) }
    }
}

impl Bench {
    /// The text of the answer to the text of an [`Ask`].
    ///
    /// # Panics
    /// Where the page of another build wrote it.
    pub fn answer(&mut self, ask: &str) -> String {
        let answer = match serde_json::from_str(ask).expect("the page of the same build wrote it") {
            Ask::Judge(changes) => {
                for (id, reading) in changes {
                    match reading {
                        Some(Untagged(reading)) => drop(self.readings.insert(id, reading)),
                        None => drop(self.readings.remove(&id)),
                    }
                }
                self.report = chain::report(self.readings.values().cloned().collect());
                Answer::Judged(Box::new(self.report.clone()))
            }
            Ask::Write(format, covered) => {
                Answer::Written(format, covered, format.write(&redact(self.report.clone(), covered)))
            }
        };
        written(&answer)
    }
}

/// # Panics
/// Never: the text of an answer can always be written.
pub fn written(answer: &Answer) -> String {
    serde_json::to_string(answer).expect("an answer has no map with keys other than text")
}

/// The page's handle on the judge. When it is dropped, the worker ends, and what it kept with it.
pub struct Judge {
    inner: Rc<RefCell<Inner>>,
    _on_message: Closure<dyn Fn(MessageEvent)>,
    _on_error: Closure<dyn Fn(Event)>,
}

struct Inner {
    worker: Worker,
    is_ready: bool,
    /// What is sent before it is ready is lost.
    waiting: Vec<String>,
}

impl Judge {
    /// Starts the worker. `listener` hears each answer, or why there will be none any more.
    ///
    /// # Errors
    /// The browser's.
    pub fn start(listener: impl Fn(Result<Answer, String>) + 'static) -> Result<Self, JsValue> {
        let worker = pool::worker(NAME)?;
        let inner = Inner { worker: worker.clone(), is_ready: false, waiting: Vec::new() };
        let inner = Rc::new(RefCell::new(inner));
        let listener = Rc::new(listener);
        let (its, hears) = (Rc::clone(&inner), Rc::clone(&listener));
        let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            let text = event.data().as_string().unwrap_or_default();
            match serde_json::from_str(&text) {
                Ok(Answer::Ready { build }) if build == crate::BUILD => its.borrow_mut().ready(),
                Ok(Answer::Ready { .. }) => {
                    hears(Err("the page and its reader are of different builds; reload the page".into()));
                }
                Ok(Answer::Panicked(words)) => hears(Err(words)),
                Ok(answer) => hears(Ok(answer)),
                Err(error) => hears(Err(error.to_string())),
            }
        });
        let on_error = Closure::<dyn Fn(Event)>::new(move |event: Event| {
            listener(Err(event.dyn_ref::<ErrorEvent>().map(ErrorEvent::message).unwrap_or_default()));
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        Ok(Self { inner, _on_message: on_message, _on_error: on_error })
    }

    /// # Panics
    /// Never: the text of an ask can always be written.
    pub fn ask(&self, ask: &Ask) {
        let text = serde_json::to_string(ask).expect("an ask has no map with keys other than text");
        let mut inner = self.inner.borrow_mut();
        inner.waiting.push(text);
        if inner.is_ready {
            inner.ready();
        }
    }
}

impl Inner {
    fn ready(&mut self) {
        self.is_ready = true;
        for text in self.waiting.drain(..) {
            // Fails only for values that cannot be copied; text can.
            let _ = self.worker.post_message(&text.into());
        }
    }
}

impl Drop for Judge {
    fn drop(&mut self) {
        let worker = &self.inner.borrow().worker;
        worker.set_onmessage(None);
        worker.set_onerror(None);
        worker.terminate();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    fn judged(bench: &mut Bench, changes: Vec<(FileId, Option<Reading>)>) -> Report {
        let changes = changes.into_iter().map(|(id, reading)| (id, reading.map(Untagged))).collect();
        let ask = serde_json::to_string(&Ask::Judge(changes)).expect("it can be written");
        match serde_json::from_str(&bench.answer(&ask)) {
            Ok(Answer::Judged(report)) => *report,
            answer => panic!("{answer:?}"),
        }
    }

    #[test]
    fn what_changed_is_judged_with_what_was_known_before() {
        let expected = testing::report("scenarios/gap");
        let artifacts = expected.artifacts.iter().cloned().map(Box::new).map(Reading::Artifact);
        let others = expected.others.iter().cloned().map(Box::new).map(Reading::Other);
        let readings: Vec<Reading> = artifacts.chain(others).collect();
        let mut bench = Bench::default();
        // Each alone, the last first, as readers end in any order.
        for id in (0..readings.len()).rev() {
            judged(&mut bench, vec![(FileId::try_from(id).expect("few"), Some(readings[id].clone()))]);
        }
        assert_eq!(judged(&mut bench, Vec::new()), expected);
        assert_eq!(judged(&mut bench, vec![(0, None)]).artifacts, expected.artifacts[1..]);
    }

    #[test]
    fn a_file_is_written_of_the_last_report() {
        let report = testing::report("scenarios/gap");
        let mut bench = Bench { readings: BTreeMap::new(), report: report.clone() };
        let covered = Redaction { names: true, paths: true, ids: true };
        for format in Format::ALL {
            let ask = serde_json::to_string(&Ask::Write(format, covered)).expect("it can be written");
            let answer = serde_json::from_str(&bench.answer(&ask));
            let Ok(Answer::Written(_, _, text)) = answer else { panic!("{answer:?}") };
            assert_eq!(text, format.write(&redact(report.clone(), covered)));
        }
    }
}
