//! The worker: requests in, one reply each out. It blocks while it reads, which is why it is ended, not asked,
//! when its work is no longer wanted. By its name it is the judge instead.

use std::cell::RefCell;
use std::io::{self, Read};
use std::ops::ControlFlow;

use graphkeep_core::archive::Entry;
use graphkeep_core::log::Batch;
use graphkeep_core::plan::Boundary;
use graphkeep_core::progress::Visitor;
use graphkeep_core::repair::{self, Repair};
use graphkeep_core::report::{Level, Reading, Reason};
use graphkeep_core::stranger::Stranger;
use graphkeep_core::verify::verify;
use graphkeep_core::{FileName, Limits, Source, artifact};
use js_sys::{Array, Uint8Array};
use sha2::{Digest, Sha256};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, DedicatedWorkerGlobalScope, File, MessageEvent};

use crate::blob_reader::DroppedFiles;
use crate::bundle::Bundle;
use crate::commits::Window;
use crate::judge::{self, Answer, Bench};
use crate::protocol::{Mended, Proven, Reply, Request, Untagged, Work};
use crate::saved;

/// Bytes of a file that is taken out which are held at once.
const PIECE: u64 = 8 << 20;

/// Takes requests from now on.
///
/// # Panics
/// Outside of a dedicated worker.
pub fn start() {
    if scope().name() == judge::NAME {
        return start_judge();
    }
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

fn start_judge() {
    let tell = |text: String| drop(scope().post_message(&text.into()));
    std::panic::set_hook(Box::new(move |panic| {
        tell(judge::written(&Answer::Panicked(panic.to_string())));
    }));
    let bench = RefCell::new(Bench::default());
    let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        let ask = event.data().as_string().unwrap_or_default();
        tell(bench.borrow_mut().answer(&ask));
    });
    scope().set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget();
    tell(judge::written(&Answer::Ready { build: crate::BUILD.to_owned() }));
}

/// Does what a request asks for. Beside the answer may stand bytes.
pub fn answer(request: &Request, handles: Vec<File>) -> (Reply, Option<Blob>) {
    let mut files = DroppedFiles::new(request.files.iter().cloned().zip(handles));
    let (name, limits) = (request.name(), Limits::default());
    let reply = match &request.work {
        Work::Read => read(&mut files, name, &limits),
        Work::Verify => {
            let (reading, found) = verify(&mut files, name, Level::L3, &limits, &mut Posting);
            // A file that cannot be read any more has no repair either.
            let repair = repair::find(&mut files, name, &reading, found.as_ref(), &limits).ok().flatten();
            Reply::Verified(Box::new(Proven { reading, found, repair }))
        }
        Work::Details => Reply::Details(artifact::details(&mut files, name, &limits)),
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
        Work::Mend(repair) => Reply::Mended(Box::new(mend(&mut files, name, repair, &limits))),
        Work::Bundle(paths) => {
            let mut bundle = Bundle::new(paths, Posting);
            verify(&mut files, name, Level::L2, &limits, &mut bundle);
            return match bundle.finish() {
                Ok((blob, missing)) => (Reply::Bundled(Ok(missing)), Some(blob)),
                Err(why) => (Reply::Bundled(Err(why)), None),
            };
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

/// Says what a file is: an artifact, something else, or a report on artifacts.
fn read(files: &mut DroppedFiles, name: &FileName, limits: &Limits) -> Reply {
    let mut reading = artifact::read(files, name, limits);
    if let Reading::Other(other) = &mut reading
        && other.reason == (Reason::Stranger { what: Stranger::Json })
        && let Ok((stream, size)) = files.open(name)
    {
        match saved::open(stream, size) {
            Some(Ok(readings)) => return Reply::Opened(readings.into_iter().map(Untagged).collect()),
            Some(Err(why)) => {
                other.problem.message = format!(
                    "`{}` claims to be a report of Graphkeep and cannot be opened: {why}",
                    name.base()
                );
            }
            None => {}
        }
    }
    Reply::Read(reading)
}

/// Verifies what a repair would leave of a file, and takes the digests of both.
fn mend(files: &mut DroppedFiles, name: &FileName, repair: &Repair, limits: &Limits) -> Mended {
    let mut mended = Mended {
        repair: repair.clone(),
        outcome: Err(String::new()),
        original: String::new(),
        new: String::new(),
    };
    let mut source = repair::Mended::new(files, name.clone(), repair.clone());
    let (_, found) = verify(&mut source, name, Level::L3, limits, &mut Posting);
    mended.outcome = match &found {
        Some(found) if repair::is_sound(found) => Ok(found.level),
        found => {
            let worst = found.as_ref().and_then(|found| found.problems.first());
            Err(worst.map_or_else(
                || "what is left is no readable backup".to_owned(),
                |worst| worst.message.clone(),
            ))
        }
    };
    match digests(files, name, repair) {
        Ok((original, new)) => (mended.original, mended.new) = (original, new),
        Err(error) => mended.outcome = Err(error.to_string()),
    }
    mended
}

/// SHA-256 of a file, and of the bytes of it that a repair keeps.
fn digests(files: &mut DroppedFiles, name: &FileName, repair: &Repair) -> io::Result<(String, String)> {
    let (mut stream, _) = files.open(name)?;
    let (mut original, mut new) = (Sha256::new(), Sha256::new());
    let mut buffer = vec![0; 1 << 20];
    let mut at = 0_u64;
    loop {
        let count = stream.read(&mut buffer)?;
        if count == 0 {
            break;
        }
        let bytes = &buffer[..count];
        original.update(bytes);
        let within =
            |offset: u64| usize::try_from(offset.saturating_sub(at)).unwrap_or(usize::MAX).min(count);
        new.update(&bytes[within(repair.from)..within(repair.to)]);
        at += count as u64;
    }
    let hex =
        |digest: Sha256| digest.finalize().iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
    Ok((hex(original), hex(new)))
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
