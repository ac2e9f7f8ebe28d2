//! What the page knows and shows, and everything that may be done to it. Screens read the signals and call
//! the actions; nothing else changes state.

mod inside;
mod judging;

use std::collections::HashMap;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use graphkeep_core::FileName;
use graphkeep_core::report::{Details, Reading, Report};
use graphkeep_core::time::UtcTime;
use graphkeep_core::verify::Verification;
use leptos::prelude::*;
use leptos::task::spawn_local;
use uuid::Uuid;
use web_sys::File;

use crate::collect::{Dropped, Found, Refused};
use crate::library::{Added, Counts, FileId, Library, Stamp};
use crate::pool::{Outcome, Pool, Task};
use crate::protocol::{Proven, Reply, Request, Untagged, Work};
use crate::route::{Route, Visited};
use crate::sample;
use crate::select::Selection;
use crate::verifying::{Aim, Verifying};

use inside::Inside;
use judging::{Judging, Wanted};

/// More workers than this do not read faster, and each holds some memory.
const MOST_WORKERS: usize = 8;

/// What is being done with the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Activity {
    pub counts: Counts,
    /// Drops whose folders are still walked.
    pub walking: u32,
    /// The person ended the reading.
    pub cancelled: bool,
}

impl Activity {
    pub fn is_busy(&self) -> bool {
        self.walking > 0 || (self.counts.waiting() > 0 && !self.cancelled)
    }
}

/// Everything in one artifact, read again from its file when its screen opens.
#[derive(Debug, Clone)]
pub enum Evidence {
    Reading,
    Here(Arc<Details>),
    /// The reader ended over it; the text is for the person who reports it.
    Crashed(String),
    /// The report came without files.
    NoFile,
}

/// A report that was opened again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenedReport {
    pub name: String,
    /// When the file was written.
    pub time: UtcTime,
    pub files: usize,
}

/// The handle that every component has.
#[derive(Clone, Copy)]
pub struct App(&'static Parts);

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        self.0
    }
}

/// What there is one of for as long as the page is open.
pub struct Parts {
    library: StoredValue<Library, LocalStorage>,
    handles: StoredValue<HashMap<FileId, File>, LocalStorage>,
    pool: StoredValue<Option<Pool>, LocalStorage>,
    visited: StoredValue<Visited>,
    judging: StoredValue<Judging, LocalStorage>,
    activity: RwSignal<Activity>,
    report: RwSignal<Option<Arc<Report>>>,
    /// The report as a file would hold it, as it was asked for last.
    preview: RwSignal<Option<(Wanted, Arc<str>)>>,
    /// What is to be saved once it was written.
    saving: StoredValue<Option<Wanted>>,
    route: RwSignal<Route>,
    selection: RwSignal<Selection>,
    folder: RwSignal<String>,
    evidence: RwSignal<Evidence>,
    verifying: RwSignal<Option<Verifying>>,
    proofs: RwSignal<HashMap<FileName, Arc<Verification>>>,
    /// What the readers said that ended over a file while verifying it.
    crashes: RwSignal<HashMap<FileName, String>>,
    inside: Inside,
    /// The artifact that was open when something was dropped, and the one file that was.
    beside: StoredValue<Option<(FileName, Option<FileId>)>>,
    opened: RwSignal<Vec<OpenedReport>>,
    failure: RwSignal<Option<String>>,
    trouble: RwSignal<Option<String>>,
    now: RwSignal<UtcTime>,
}

impl App {
    /// The state at the start, put where every component finds it.
    pub fn provide() -> Self {
        let app = Parts {
            library: StoredValue::new_local(Library::default()),
            handles: StoredValue::new_local(HashMap::new()),
            pool: StoredValue::new_local(None),
            visited: StoredValue::new(Visited::default()),
            judging: StoredValue::new_local(Judging::default()),
            activity: RwSignal::new(Activity::default()),
            report: RwSignal::new(None),
            preview: RwSignal::new(None),
            saving: StoredValue::new(None),
            route: RwSignal::new(Route::Estate),
            selection: RwSignal::new(Selection::default()),
            folder: RwSignal::new(String::new()),
            evidence: RwSignal::new(Evidence::NoFile),
            verifying: RwSignal::new(None),
            proofs: RwSignal::new(HashMap::new()),
            crashes: RwSignal::new(HashMap::new()),
            inside: Inside::new(),
            beside: StoredValue::new(None),
            opened: RwSignal::new(Vec::new()),
            failure: RwSignal::new(None),
            trouble: RwSignal::new(None),
            now: RwSignal::new(now()),
        };
        let app = Self(Box::leak(Box::new(app)));
        provide_context(app);
        app
    }

    /// # Panics
    /// In a component that is not below the one which called [`App::provide`].
    pub fn here() -> Self {
        expect_context()
    }

    pub fn activity(self) -> Activity {
        self.activity.get()
    }

    /// What is known so far; absent before there is anything to judge.
    pub fn report(self) -> Option<Arc<Report>> {
        self.report.get()
    }

    pub fn route(self) -> Route {
        self.route.get()
    }

    /// Which databases are listed, in which order.
    pub fn selection(self) -> Selection {
        self.selection.get()
    }

    /// Changes which databases are listed.
    pub fn select(self, change: impl FnOnce(&mut Selection)) {
        self.selection.update(change);
    }

    /// The folder on the person's machine that holds what was dropped; browsers do not tell it.
    pub fn folder(self) -> String {
        self.folder.get()
    }

    /// Names that folder. It is kept while the page is open, and nowhere else.
    pub fn set_folder(self, folder: String) {
        self.folder.set(folder.trim().to_owned());
    }

    /// A report whose artifacts have their paths below that folder, for commands.
    pub fn with_folder(self, report: &Arc<Report>) -> Arc<Report> {
        let folder = self.folder();
        if folder.is_empty() {
            return Arc::clone(report);
        }
        let mut report = Report::clone(report);
        let separator = if folder.contains('\\') && !folder.contains('/') { '\\' } else { '/' };
        let below = |path: &mut FileName| {
            path.0 = format!("{}{separator}{}", folder.trim_end_matches(['/', '\\']), path.0);
        };
        for artifact in &mut report.artifacts {
            below(&mut artifact.path);
            artifact
                .split
                .iter_mut()
                .flat_map(|split| &mut split.parts)
                .for_each(|part| below(&mut part.path));
        }
        Arc::new(report)
    }

    pub fn evidence(self) -> Evidence {
        self.evidence.get()
    }

    /// The verification under way, or the last one that ended.
    pub fn verifying(self) -> Option<Verifying> {
        self.verifying.get()
    }

    /// What a file's verification found, entry by entry.
    pub fn proof(self, path: &FileName) -> Option<Arc<Verification>> {
        self.proofs.with(|proofs| proofs.get(path).cloned())
    }

    /// What the readers said that ended over this file while verifying it.
    pub fn verify_crashed(self, path: &FileName) -> Option<String> {
        self.crashes.with(|crashes| crashes.get(path).cloned())
    }

    /// Reads files to their ends, contents and transactions. Files of a report without files are passed over.
    pub fn verify(self, paths: &[FileName]) {
        let found = |path: &FileName| self.library.with_value(|library| library.find(path));
        let tasks: Vec<(Task, u64)> = paths
            .iter()
            .filter_map(|path| self.task(found(path)?, Work::Verify))
            .map(|task| {
                let bytes = task.handles.iter().map(|handle| stamp_of(handle).size).sum();
                (task, bytes)
            })
            .collect();
        if tasks.is_empty() {
            return;
        }
        self.crashes.update(|crashes| paths.iter().for_each(|path| drop(crashes.remove(path))));
        let files = tasks.iter().map(|(task, bytes)| (task.id, *bytes));
        self.verifying.set(Some(Verifying::new(Aim::Verify, files, milliseconds())));
        self.pool().submit(tasks.into_iter().map(|(task, _)| task));
    }

    /// Ends the verification within a moment; what was proven is kept.
    pub fn stop_verifying(self) {
        self.end_work();
        // Reading shares the workers.
        if !self.activity.with_untracked(|activity| activity.cancelled) {
            self.submit(self.library.with_value(Library::waiting));
        }
        self.bring_up_to_date();
    }

    /// Ends whatever the readers do. No answer comes any more, so nothing may go on waiting for one: work on whole
    /// files is stopped, and what the screen at hand shows is asked for again.
    fn end_work(self) {
        self.pool().cancel();
        self.verifying.update(|verifying| {
            if let Some(verifying) = verifying.as_mut().filter(|verifying| !verifying.is_over()) {
                verifying.stop();
            }
        });
        if let (Route::Artifact(path), Evidence::Reading) =
            (self.route.get_untracked(), self.evidence.get_untracked())
        {
            self.read_evidence(&path);
        }
    }

    fn verified(self, id: FileId, Proven { reading, found, repair }: Proven) {
        self.inside.repairable(reading.path(), repair);
        let reading = match found {
            Some(found) => {
                let reading = reading.with(&found);
                self.proofs.update(|proofs| {
                    proofs.insert(found.path.clone(), Arc::new(found));
                });
                reading
            }
            None => reading,
        };
        self.library.update_value(|library| library.read(id, reading));
        self.done_with(id, Verifying::finished);
    }

    /// Takes in that a file is done with. Whoever hears that all of them are finds what came of it.
    fn done_with(self, id: FileId, done: fn(&mut Verifying, FileId, f64)) {
        let tell = move || {
            self.verifying.update(|verifying| {
                if let Some(verifying) = verifying {
                    done(verifying, id, milliseconds());
                }
            });
        };
        if self.verifying.with_untracked(|verifying| verifying.as_ref().is_none_or(Verifying::is_at_last)) {
            self.bring_up_to_date_and(tell);
        } else {
            tell();
            self.plan_update();
        }
    }

    /// Why nothing can be read at all.
    pub fn failure(self) -> Option<String> {
        self.failure.get()
    }

    /// Why the last thing asked for did not happen.
    pub fn trouble(self) -> Option<String> {
        self.trouble.get()
    }

    pub fn now(self) -> UtcTime {
        self.now.get()
    }

    /// Whether anything was handed over, judged or not.
    pub fn is_empty(self) -> bool {
        self.report.with(Option::is_none) && self.activity.with(|activity| *activity == Activity::default())
    }

    /// Starts the clock behind "2 h ago".
    pub fn start_clock(self) {
        set_interval(move || self.now.set(now()), Duration::from_mins(1));
    }

    /// Starts a worker ahead of the first file: somebody is about to hand one over. Before that the page loads
    /// without the reader.
    pub fn expect_files(self) {
        self.pool().warm_up();
        self.expect_judging();
    }

    fn pool(self) -> Pool {
        if let Some(pool) = self.pool.get_value() {
            return pool;
        }
        let processors = window().navigator().hardware_concurrency();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small whole number")]
        let size = (processors as usize).clamp(1, MOST_WORKERS);
        let pool = Pool::new(size, move |outcome| self.took(outcome));
        self.pool.set_value(Some(pool.clone()));
        pool
    }

    /// Takes in what was dropped or pasted, folders and all.
    pub fn add_dropped(self, dropped: Dropped) {
        if dropped.is_empty() {
            return;
        }
        let open = match self.route.get_untracked() {
            Route::Artifact(path) => Some((path, None)),
            _ => None,
        };
        self.beside.set_value(open);
        self.resume();
        self.activity.update(|activity| activity.walking += 1);
        spawn_local(async move {
            let mut is_empty = true;
            let there = |found: Vec<Found>| {
                is_empty &= found.is_empty();
                self.take_in(found);
            };
            let mut refusals = 0;
            let refuse = |refused| {
                refusals += 1;
                self.add_refused(refused);
            };
            dropped.walk(there, refuse).await;
            if is_empty && refusals == 0 {
                self.trouble.set(Some("There is no file in what was handed over.".to_owned()));
            }
            self.activity.update(|activity| activity.walking -= 1);
            self.bring_up_to_date();
        });
    }

    /// Takes in the bundled sample.
    pub fn open_sample(self) {
        self.expect_files();
        spawn_local(async move {
            match sample::fetch().await {
                Ok(found) => self.add(found),
                Err(error) => self.trouble.set(Some(format!("The sample could not be opened: {error}"))),
            }
        });
    }

    /// Reports that were opened, which came without their files.
    pub fn opened(self) -> Vec<OpenedReport> {
        self.opened.get()
    }

    /// Takes in what a report says, in place of the report itself.
    fn take_report(self, id: FileId, readings: Vec<Reading>) {
        let name = self.library.with_value(|library| library.path(id).map(|path| path.base().to_owned()));
        let Some(name) = name else { return };
        let stamp = self.handles.try_update_value(|handles| handles.remove(&id)).flatten();
        let time = stamp.map_or_else(now, |file| UtcTime(stamp_of(&file).modified_ms.div_euclid(1000)));
        let files = readings.len();
        self.library.update_value(|library| {
            library.remove(id);
            for reading in readings {
                library.add_reported(reading);
            }
        });
        self.opened.update(|opened| opened.push(OpenedReport { name, time, files }));
    }

    /// Whether any of these files is here, and not known from a report alone.
    pub fn are_here(self, paths: &[FileName]) -> bool {
        let id = |path| self.library.with_value(|library| library.find(path));
        paths.iter().filter_map(id).any(|id| self.handles.with_value(|handles| handles.contains_key(&id)))
    }

    /// Takes in files, and reads those that are new.
    pub fn add(self, found: Vec<Found>) {
        self.resume();
        self.take_in(found);
    }

    /// A new wish ends a cancel: what that left unread is read with the rest.
    fn resume(self) {
        if self.activity.with_untracked(|activity| activity.cancelled) {
            self.go_on();
        }
    }

    /// As [`App::add`], for one of many portions: a cancel between two of them holds for the rest.
    fn take_in(self, found: Vec<Found>) {
        if found.is_empty() {
            return;
        }
        self.trouble.set(None);
        let mut read = Vec::new();
        let is_alone = found.len() == 1;
        for Found { path, file } in found {
            let stamp = stamp_of(&file);
            let added = self.library.try_update_value(|library| library.add(path, stamp));
            let Some(Added::New(id) | Added::Known(id)) = added else { continue };
            let again = matches!(added, Some(Added::Known(_)));
            self.beside.update_value(|beside| match beside {
                Some((_, of @ None)) if is_alone => *of = Some(id),
                _ => *beside = None,
            });
            self.handles.update_value(|handles| {
                handles.insert(id, file);
            });
            self.library.update_value(|library| {
                // A file that could not be read gets another chance when it is dropped again; a split archive
                // gets one whenever another of its parts comes.
                let whole = if again { None } else { library.whole(id) };
                if again && !library.is_unreadable(id) {
                    return;
                }
                for id in whole.into_iter().chain([id]) {
                    library.unread(id);
                    read.push(id);
                }
            });
        }
        if !self.activity.with_untracked(|activity| activity.cancelled) {
            self.submit(read);
        }
        self.plan_update();
    }

    /// An artifact that was dropped on the screen of another is compared with it.
    fn compare_dropped(self, id: FileId, reading: &Reading) {
        if let (Some((open, Some(of))), Reading::Artifact(artifact)) = (self.beside.get_value(), reading)
            && of == id
        {
            self.beside.set_value(None);
            self.go(Route::Compare(open, artifact.path.clone()));
        }
    }

    fn add_refused(self, Refused { path, why }: Refused) {
        self.library.update_value(|library| library.add_refused(path, why));
        self.plan_update();
    }

    fn submit(self, mut files: Vec<FileId>) {
        files.sort_unstable();
        files.dedup();
        let tasks: Vec<Task> = files.into_iter().filter_map(|id| self.task(id, Work::Read)).collect();
        self.pool().submit(tasks);
    }

    fn task(self, id: FileId, work: Work) -> Option<Task> {
        let ids: Vec<FileId> =
            [id].into_iter().chain(self.library.with_value(|library| library.parts(id))).collect();
        let handles: Option<Vec<File>> =
            self.handles.with_value(|handles| ids.iter().map(|id| handles.get(id).cloned()).collect());
        let files: Option<Vec<FileName>> =
            self.library.with_value(|library| ids.iter().map(|id| library.path(*id).cloned()).collect());
        Some(Task::new(id, Request { work, files: files? }, handles?))
    }

    fn took(self, outcome: Outcome) {
        match outcome {
            Outcome::Done { id, reply: Reply::Read(reading), .. } => {
                self.compare_dropped(id, &reading);
                self.library.update_value(|library| library.read(id, reading));
            }
            Outcome::Done { id, reply: Reply::Opened(readings), .. } => {
                self.take_report(id, readings.into_iter().map(|Untagged(reading)| reading).collect());
            }
            Outcome::Done { reply: Reply::Details(details), .. } => {
                let wanted = matches!(self.route.get_untracked(), Route::Artifact(path) if path == *details.reading.path());
                if wanted {
                    self.evidence.set(Evidence::Here(Arc::new(details)));
                }
                return;
            }
            Outcome::Done { id, reply: Reply::Verified(proven), .. } => {
                self.verified(id, *proven);
                return;
            }
            Outcome::Progress { id, done } => {
                self.verifying.update(|verifying| {
                    if let Some(verifying) = verifying {
                        verifying.progress(id, done, milliseconds());
                    }
                });
                return;
            }
            Outcome::Done { id, reply, blob } => {
                self.found_inside(id, reply, blob);
                return;
            }
            Outcome::Crashed { id, work: Work::Read, details } => {
                self.library.update_value(|library| library.crashed(id, &details));
            }
            Outcome::Crashed { work: Work::Details, details, .. } => {
                self.evidence.set(Evidence::Crashed(details));
                return;
            }
            Outcome::Crashed { id, details, .. } => {
                if let Some(path) = self.library.with_value(|library| library.path(id).cloned()) {
                    self.crashes.update(|crashes| drop(crashes.insert(path, details)));
                }
                self.done_with(id, Verifying::crashed);
                return;
            }
            Outcome::NoWorkers { details } => {
                self.failure.set(Some(details));
                return;
            }
        }
        if self.library.with_value(|library| library.counts().waiting() == 0) {
            self.bring_up_to_date();
        } else {
            self.plan_update();
        }
    }

    /// Ends the reading and keeps what was read.
    pub fn cancel(self) {
        self.end_work();
        self.activity.update(|activity| activity.cancelled = true);
        self.bring_up_to_date();
    }

    /// Reads what a cancel left unread.
    pub fn go_on(self) {
        self.activity.update(|activity| activity.cancelled = false);
        self.submit(self.library.with_value(Library::waiting));
    }

    /// Reads one file again.
    pub fn read_again(self, path: &FileName) {
        if let Some(id) = self.library.with_value(|library| library.find(path)) {
            self.resume();
            self.library.update_value(|library| library.unread(id));
            self.submit(vec![id]);
            self.plan_update();
        }
    }

    /// Forgets one file.
    pub fn remove(self, path: &FileName) {
        if let Some(id) = self.library.with_value(|library| library.find(path)) {
            self.library.update_value(|library| library.remove(id));
            self.handles.update_value(|handles| {
                handles.remove(&id);
            });
            self.bring_up_to_date();
        }
    }

    /// Forgets everything.
    pub fn clear(self) {
        self.pool().cancel();
        self.library.set_value(Library::default());
        self.handles.set_value(HashMap::new());
        self.activity.set(Activity::default());
        self.forget_judged();
        self.verifying.set(None);
        self.proofs.set(HashMap::new());
        self.crashes.set(HashMap::new());
        self.selection.set(Selection::default());
        self.inside.clear();
        self.opened.set(Vec::new());
        self.go(Route::Estate);
    }

    /// Opens a screen.
    pub fn go(self, route: Route) {
        let focused = document().active_element().map(|element| element.id()).filter(|id| !id.is_empty());
        let hash = self.visited.try_update_value(|visited| visited.open(route.clone(), focused));
        if let Some(hash) = hash {
            // Never fails: the text is a word and a number.
            let _ = window().location().set_hash(&hash);
        }
        self.show(route, None);
    }

    /// Opens the screen that the address names, as Back and Forward do.
    pub fn follow_address(self) {
        let hash = window().location().hash().unwrap_or_default();
        if let Some(Some((route, focus))) = self.visited.try_update_value(|visited| visited.follow(&hash)) {
            self.show(route, focus);
        }
    }

    /// Goes back to the screen above this one.
    pub fn leave(self) {
        match self.visited.with_value(Visited::came_from) {
            // Only if that is where the browser would go, too.
            Some(_) => {
                let _ = window().history().and_then(|history| history.back());
            }
            None if self.route.get_untracked() != Route::Estate => self.go(Route::Estate),
            None => {}
        }
    }

    fn show(self, route: Route, focus: Option<String>) {
        if let Route::Artifact(path) = &route {
            self.read_evidence(path);
        }
        self.route.set(route);
        // The new screen stands in the document by the next frame.
        request_animation_frame(move || {
            let target = focus.and_then(|id| document().get_element_by_id(&id));
            let target = target.or_else(|| document().get_element_by_id("screen-title"));
            if let Some(target) = target {
                let target: web_sys::HtmlElement = wasm_bindgen::JsCast::unchecked_into(target);
                let _ = target.focus();
            }
        });
    }

    fn read_evidence(self, path: &FileName) {
        let id = self.library.with_value(|library| library.find(path));
        match id.and_then(|id| self.task(id, Work::Details)) {
            Some(task) => {
                self.evidence.set(Evidence::Reading);
                self.pool().submit_first(task);
            }
            None => self.evidence.set(Evidence::NoFile),
        }
    }
}

fn stamp_of(file: &File) -> Stamp {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the browser gives whole numbers"
    )]
    Stamp { size: file.size() as u64, modified_ms: file.last_modified() as i64 }
}

fn milliseconds() -> f64 {
    window().performance().map_or(0.0, |performance| performance.now())
}

fn now() -> UtcTime {
    #[expect(clippy::cast_possible_truncation, reason = "seconds are whole numbers far below 2^53")]
    UtcTime((js_sys::Date::now() / 1000.0) as i64)
}

/// The database of a route, in the report at hand.
pub fn database(report: &Report, id: Uuid) -> Option<&graphkeep_core::report::Database> {
    report.databases.iter().find(|database| database.id == id)
}
