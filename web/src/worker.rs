//! The worker: requests in, one reply each out. It blocks while it reads, which is why it is ended, not asked,
//! when its work is no longer wanted.

use std::ops::ControlFlow;

use graphkeep_core::progress::Visitor;
use graphkeep_core::report::Level;
use graphkeep_core::verify::verify;
use graphkeep_core::{Limits, artifact};
use js_sys::Array;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{DedicatedWorkerGlobalScope, File, MessageEvent};

use crate::blob_reader::DroppedFiles;
use crate::protocol::{Reply, Request, Work};

/// Takes requests from now on.
///
/// # Panics
/// Outside of a dedicated worker.
pub fn start() {
    std::panic::set_hook(Box::new(|panic| post(&Reply::Panicked(panic.to_string()))));
    let on_message = Closure::<dyn Fn(MessageEvent)>::new(|event: MessageEvent| {
        let (request, files) = unpack(&event.data());
        post(&answer(&request, files));
    });
    scope().set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget();
    post(&Reply::Ready { build: crate::BUILD.to_owned() });
}

/// Does what a request asks for.
pub fn answer(request: &Request, handles: Vec<File>) -> Reply {
    let mut files = DroppedFiles::new(request.files.iter().cloned().zip(handles));
    let limits = Limits::default();
    match request.work {
        Work::Read => Reply::Read(artifact::read(&mut files, request.name(), &limits)),
        Work::Verify => {
            let (reading, found) = verify(&mut files, request.name(), Level::L3, &limits, &mut Posting);
            Reply::Verified(reading, found.map(Box::new))
        }
        Work::Details => Reply::Details(Box::new(artifact::details(&mut files, request.name(), &limits))),
    }
}

/// Tells the page how far a verification is. Never breaks off: a worker is ended, not asked.
struct Posting;

impl Visitor for Posting {
    fn progress(&mut self, done: u64, _total: u64) -> ControlFlow<()> {
        post(&Reply::Progress { done });
        ControlFlow::Continue(())
    }
}

/// Puts a request and its handles into one message.
///
/// # Panics
/// Never: the text of a request can always be written.
pub fn pack(request: &Request, handles: impl IntoIterator<Item = File>) -> JsValue {
    let text = serde_json::to_string(request).expect("a request has no map with keys other than text");
    let message = Array::of1(&JsValue::from(text));
    for handle in handles {
        message.push(&handle);
    }
    message.into()
}

fn unpack(message: &JsValue) -> (Request, Vec<File>) {
    let message: Vec<JsValue> = Array::from(message).to_vec();
    let text = message.first().and_then(JsValue::as_string).unwrap_or_default();
    let request = serde_json::from_str(&text).expect("the page of the same build wrote it");
    let handles = message.into_iter().skip(1).map(JsCast::unchecked_into).collect();
    (request, handles)
}

fn post(reply: &Reply) {
    let text = serde_json::to_string(reply).expect("a reply has no map with keys other than text");
    // Fails only for values that cannot be copied, and text can.
    let _ = scope().post_message(&JsValue::from(text));
}

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}
