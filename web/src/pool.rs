//! The workers: as many as the machine has processors, one file at a time each.
//!
//! A worker is ended, not asked, to cancel; one that crashes takes nothing with it but the file at hand, which
//! is tried once more by a fresh worker and then given back as [`Outcome::Crashed`].
//!
//! A worker starts from a `blob:` script that imports the built one. A worker of a plain URL would get its
//! content security policy from HTTP headers, which static hosts rarely send; one from a blob inherits the
//! page's, so the promise that nothing leaves the page holds in the worker too.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use js_sys::Array;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{
    Blob, BlobPropertyBag, ErrorEvent, Event, File, MessageEvent, Url, Worker, WorkerOptions, WorkerType,
};

use crate::protocol::{Reply, Request, Work};
use crate::worker::{pack, unpack_reply};

/// Workers that may fail to start, one after the other, before the pool gives up.
const FAILED_STARTS: u8 = 3;
/// Times that a file is handed to a worker.
const TRIES: u8 = 2;

/// Work for a worker, with the caller's own number for it.
pub struct Task {
    pub id: u32,
    pub request: Request,
    pub handles: Vec<File>,
    tries: u8,
}

impl Task {
    pub fn new(id: u32, request: Request, handles: Vec<File>) -> Self {
        Self { id, request, handles, tries: 0 }
    }
}

/// What became of the work.
pub enum Outcome {
    Done {
        id: u32,
        reply: Reply,
        /// The bytes that came with it.
        blob: Option<Blob>,
    },
    /// It is under way: bytes of its file done so far.
    Progress { id: u32, done: u64 },
    /// Each worker that had it crashed. The text is for the person who reports it.
    Crashed { id: u32, work: Work, details: String },
    /// No worker can be started at all.
    NoWorkers { details: String },
}

/// A handle on the workers; its clones are the same pool.
#[derive(Clone)]
pub struct Pool(Rc<RefCell<Inner>>);

struct Inner {
    size: usize,
    slots: Vec<Slot>,
    next_slot: u64,
    queue: VecDeque<Task>,
    failed_starts: u8,
    listener: Rc<dyn Fn(Outcome)>,
}

struct Slot {
    id: u64,
    worker: Worker,
    doing: Doing,
    /// What it said when it met a defect.
    last_words: Option<String>,
    _on_message: Closure<dyn Fn(MessageEvent)>,
    _on_error: Closure<dyn Fn(Event)>,
}

enum Doing {
    Starting,
    Waiting,
    Task(Task),
}

impl Pool {
    /// A pool of at most `size` workers, none of them started yet.
    pub fn new(size: usize, listener: impl Fn(Outcome) + 'static) -> Self {
        Self(Rc::new(RefCell::new(Inner {
            size: size.max(1),
            slots: Vec::new(),
            next_slot: 0,
            queue: VecDeque::new(),
            failed_starts: 0,
            listener: Rc::new(listener),
        })))
    }

    /// Starts one worker before there is work, so that the first file need not wait for it.
    pub fn warm_up(&self) {
        if self.0.borrow().slots.is_empty() {
            self.start_worker();
        }
    }

    /// Adds work behind all other.
    pub fn submit(&self, tasks: impl IntoIterator<Item = Task>) {
        self.0.borrow_mut().queue.extend(tasks);
        self.feed();
    }

    /// Adds work that somebody is waiting for, before all other.
    pub fn submit_first(&self, task: Task) {
        self.0.borrow_mut().queue.push_front(task);
        self.feed();
    }

    /// Forgets all work and ends the workers that are at it; what they would have answered never comes.
    pub fn cancel(&self) {
        let mut inner = self.0.borrow_mut();
        inner.queue.clear();
        inner.slots.retain(|slot| {
            let busy = matches!(slot.doing, Doing::Task(_));
            if busy {
                slot.worker.terminate();
            }
            !busy
        });
    }

    /// Hands work to workers that wait, and starts workers while there is more work than workers.
    fn feed(&self) {
        let missing = {
            let mut inner = self.0.borrow_mut();
            let Inner { slots, queue, .. } = &mut *inner;
            for slot in slots.iter_mut().filter(|slot| matches!(slot.doing, Doing::Waiting)) {
                let Some(mut task) = queue.pop_front() else { break };
                task.tries += 1;
                // Fails only for values that cannot be copied; text and files can.
                let _ = slot.worker.post_message(&pack(&task.request, task.handles.iter().cloned()));
                slot.doing = Doing::Task(task);
            }
            let starting = slots.iter().filter(|slot| matches!(slot.doing, Doing::Starting)).count();
            let wanted = queue.len().saturating_sub(starting);
            if inner.failed_starts < FAILED_STARTS { wanted.min(inner.size - inner.slots.len()) } else { 0 }
        };
        for _ in 0..missing {
            self.start_worker();
        }
    }

    fn start_worker(&self) {
        let id = {
            let mut inner = self.0.borrow_mut();
            inner.next_slot += 1;
            inner.next_slot
        };
        match self.slot(id) {
            Ok(slot) => self.0.borrow_mut().slots.push(slot),
            Err(error) => self.start_failed(&format!("{error:?}")),
        }
    }

    fn slot(&self, id: u64) -> Result<Slot, JsValue> {
        let worker = worker("graphkeep reader")?;
        let pool = self.clone();
        let on_message = Closure::new(move |event: MessageEvent| match unpack_reply(&event.data()) {
            Some((reply, blob)) => pool.answered(id, reply, blob),
            None => pool.ended(id, "the reader sent a message that is none"),
        });
        let pool = self.clone();
        let on_error = Closure::new(move |event: Event| {
            let details = event.dyn_ref::<ErrorEvent>().map(ErrorEvent::message).unwrap_or_default();
            pool.ended(id, &details);
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        let doing = Doing::Starting;
        Ok(Slot { id, worker, doing, last_words: None, _on_message: on_message, _on_error: on_error })
    }

    fn answered(&self, id: u64, reply: Reply, blob: Option<Blob>) {
        let (listener, outcome) = {
            let mut inner = self.0.borrow_mut();
            let listener = Rc::clone(&inner.listener);
            let Some(slot) = inner.slots.iter_mut().find(|slot| slot.id == id) else { return };
            let outcome = match reply {
                Reply::Ready { build } if build != crate::BUILD => {
                    drop(inner);
                    let details = "the page and its reader are of different builds; reload the page";
                    return self.ended(id, details);
                }
                Reply::Ready { .. } => {
                    slot.doing = Doing::Waiting;
                    inner.failed_starts = 0;
                    None
                }
                Reply::Panicked(words) => {
                    slot.last_words = Some(words);
                    None
                }
                Reply::Progress { done } => match &slot.doing {
                    Doing::Task(task) => Some(Outcome::Progress { id: task.id, done }),
                    _ => None,
                },
                // An answer.
                reply => match std::mem::replace(&mut slot.doing, Doing::Waiting) {
                    Doing::Task(task) => Some(Outcome::Done { id: task.id, reply, blob }),
                    _ => None,
                },
            };
            (listener, outcome)
        };
        if let Some(outcome) = outcome {
            listener(outcome);
        }
        self.feed();
    }

    /// A worker is of no more use.
    fn ended(&self, id: u64, details: &str) {
        let (listener, slot) = {
            let mut inner = self.0.borrow_mut();
            let Some(at) = inner.slots.iter().position(|slot| slot.id == id) else { return };
            (Rc::clone(&inner.listener), inner.slots.remove(at))
        };
        slot.worker.terminate();
        let details = slot.last_words.as_deref().unwrap_or(details);
        match slot.doing {
            Doing::Starting => self.start_failed(details),
            Doing::Task(task) if task.tries < TRIES => self.0.borrow_mut().queue.push_front(task),
            Doing::Task(Task { id, request, .. }) => {
                listener(Outcome::Crashed { id, work: request.work, details: details.to_owned() });
            }
            Doing::Waiting => {}
        }
        self.feed();
    }

    fn start_failed(&self, details: &str) {
        let (failed, listener) = {
            let mut inner = self.0.borrow_mut();
            inner.failed_starts += 1;
            (inner.failed_starts, Rc::clone(&inner.listener))
        };
        if failed == FAILED_STARTS {
            listener(Outcome::NoWorkers { details: details.to_owned() });
        }
    }
}

/// Starts a worker whose script lies beside the page, under the page's own policy.
pub(crate) fn worker(name: &str) -> Result<Worker, JsValue> {
    let base = leptos::prelude::document().base_uri()?.unwrap_or_default();
    let beside = |name: &str| -> Result<String, JsValue> {
        let url = Url::new_with_base(&format!("{name}?{}", crate::BUILD), &base)?;
        Ok(serde_json::Value::String(url.href()).to_string())
    };
    let (script, wasm) = (beside("worker.js")?, beside("worker_bg.wasm")?);
    // Imported once it runs: what a worker's script imports at its head passes service workers by in Firefox.
    let text = format!(
        "const {{ default: init }} = await import({script}); await init({{ module_or_path: {wasm} }});"
    );
    let options = BlobPropertyBag::new();
    options.set_type("text/javascript");
    let blob = Blob::new_with_str_sequence_and_options(&Array::of1(&text.into()), &options)?;
    let url = Url::create_object_url_with_blob(&blob)?;
    let options = WorkerOptions::new();
    options.set_type(WorkerType::Module);
    options.set_name(name);
    Worker::new_with_options(&url, &options)
}
