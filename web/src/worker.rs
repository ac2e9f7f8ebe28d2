//! The worker: requests in, one reply each out. It blocks while it reads, which is why it is ended, not asked,
//! when its work is no longer wanted.

use std::io::{self, Read};
use std::ops::ControlFlow;

use graphkeep_core::archive::Entry;
use graphkeep_core::log::Batch;
use graphkeep_core::plan::Boundary;
use graphkeep_core::progress::Visitor;
use graphkeep_core::report::Level;
use graphkeep_core::verify::verify;
use graphkeep_core::{Limits, artifact};
use js_sys::{Array, Uint8Array};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, DedicatedWorkerGlobalScope, File, MessageEvent};

use crate::blob_reader::DroppedFiles;
use crate::commits::Window;
use crate::protocol::{Reply, Request, Work};

/// Bytes of a file that is taken out which are held at once.
const PIECE: u64 = 8 << 20;

/// Takes requests from now on.
///
/// # Panics
/// Outside of a dedicated worker.
pub fn start() {
    std::panic::set_hook(Box::new(|panic| post(&Reply::Panicked(panic.to_string()), None)));
    let on_message = Closure::<dyn Fn(MessageEvent)>::new(|event: MessageEvent| {
        let (request, files) = unpack(&event.data());
        let (reply, blob) = answer(&request, files);
        post(&reply, blob);
    });
    scope().set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget();
    post(&Reply::Ready { build: crate::BUILD.to_owned() }, None);
}

/// Does what a request asks for. Beside the answer may stand bytes.
pub fn answer(request: &Request, handles: Vec<File>) -> (Reply, Option<Blob>) {
    let mut files = DroppedFiles::new(request.files.iter().cloned().zip(handles));
    let (name, limits) = (request.name(), Limits::default());
    let reply = match &request.work {
        Work::Read => Reply::Read(artifact::read(&mut files, name, &limits)),
        Work::Verify => {
            let (reading, found) = verify(&mut files, name, Level::L3, &limits, &mut Posting);
            Reply::Verified(reading, found.map(Box::new))
        }
        Work::Details => Reply::Details(Box::new(artifact::details(&mut files, name, &limits))),
        Work::Transactions(point) => {
            let mut window = Window::new(*point);
            let mut each = |batch: &Batch| window.batch(batch);
            verify(&mut files, name, Level::L3, &limits, &mut Batches(&mut each));
            Reply::Transactions(window.finish())
        }
        Work::Locate(plan) => {
            let mut boundary = Boundary::new(plan.point);
            let mut each = |batch: &Batch| boundary.batch(batch);
            let (reading, found) = verify(&mut files, name, Level::L3, &limits, &mut Batches(&mut each));
            let mut plan = plan.clone();
            let boundary = plan.settle(boundary, &reading, found.as_ref());
            Reply::Located(plan, boundary)
        }
        Work::Extract(path) => {
            let mut extracting = Extracting::new(path);
            verify(&mut files, name, Level::L2, &limits, &mut extracting);
            return match extracting.finish() {
                Ok(blob) => (Reply::Extracted(path.clone(), Ok(())), Some(blob)),
                Err(why) => (Reply::Extracted(path.clone(), Err(why)), None),
            };
        }
    };
    (reply, None)
}

/// Tells the page how far a verification is. Never breaks off: a worker is ended, not asked.
struct Posting;

impl Visitor for Posting {
    fn progress(&mut self, done: u64, _total: u64) -> ControlFlow<()> {
        post(&Reply::Progress { done }, None);
        ControlFlow::Continue(())
    }
}

/// As [`Posting`], and hands on each batch of the logs.
struct Batches<'b>(&'b mut dyn FnMut(&Batch));

impl Visitor for Batches<'_> {
    fn progress(&mut self, done: u64, total: u64) -> ControlFlow<()> {
        Posting.progress(done, total)
    }

    fn batch(&mut self, batch: &Batch) {
        (self.0)(batch);
    }
}

/// Takes one file out of an archive, and ends the walk behind it.
struct Extracting<'e> {
    path: &'e str,
    /// What was read of it so far; the browser holds the bytes, on disk where they are many.
    pieces: Array,
    ended: Option<Result<(), String>>,
}

impl<'e> Extracting<'e> {
    fn new(path: &'e str) -> Self {
        Self { path, pieces: Array::new(), ended: None }
    }

    fn finish(self) -> Result<Blob, String> {
        self.ended.unwrap_or_else(|| Err("it was not reached".into()))?;
        Blob::new_with_blob_sequence(&self.pieces).map_err(|error| format!("{error:?}"))
    }

    fn copy(&self, content: &mut dyn Read) -> io::Result<()> {
        let mut buffer = Vec::new();
        loop {
            buffer.clear();
            if (&mut *content).take(PIECE).read_to_end(&mut buffer)? == 0 {
                return Ok(());
            }
            let piece = Array::of1(&Uint8Array::from(buffer.as_slice()));
            let piece = Blob::new_with_buffer_source_sequence(&piece);
            let piece = piece.map_err(|error| io::Error::other(format!("{error:?}")))?;
            self.pieces.push(&piece);
        }
    }
}

impl Visitor for Extracting<'_> {
    fn progress(&mut self, done: u64, total: u64) -> ControlFlow<()> {
        if self.ended.is_some() { ControlFlow::Break(()) } else { Posting.progress(done, total) }
    }

    fn entry(&mut self, entry: &Entry, content: &mut dyn Read) -> io::Result<()> {
        if self.ended.is_none() && entry.path == self.path {
            let copied = self.copy(content);
            self.ended = Some(copied.as_ref().map_err(ToString::to_string).copied());
            return copied;
        }
        Ok(())
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

fn post(reply: &Reply, blob: Option<Blob>) {
    let text = serde_json::to_string(reply).expect("a reply has no map with keys other than text");
    let message = Array::of1(&JsValue::from(text));
    if let Some(blob) = blob {
        message.push(&blob);
    }
    // Fails only for values that cannot be copied; text and blobs can.
    let _ = scope().post_message(&message);
}

/// Takes apart what a worker posted; nothing where that is no message of ours.
pub fn unpack_reply(message: &JsValue) -> Option<(Reply, Option<Blob>)> {
    let mut message = Array::is_array(message).then(|| Array::from(message).to_vec())?.into_iter();
    let reply = serde_json::from_str(&message.next()?.as_string()?).ok()?;
    Some((reply, message.next().map(JsCast::unchecked_into)))
}

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}
