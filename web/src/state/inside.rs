//! What is asked of one file's inside beside its verification: its transactions, where a plan stops in it, one
//! of its files.

use std::collections::HashMap;
use std::sync::Arc;

use graphkeep_core::FileName;
use graphkeep_core::plan::{Boundary, Plan, Point};
use graphkeep_core::repair::Repair;
use leptos::prelude::*;
use web_sys::Blob;

use super::{App, milliseconds, stamp_of};
use crate::commits::Listing;
use crate::components::damage::mended_name;
use crate::export;
use crate::library::FileId;
use crate::protocol::{Mended, Reply, Work};
use crate::verifying::{Aim, Verifying};

/// Where a plan stops exactly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located {
    /// The plan, settled by the commits in its last file.
    pub plan: Plan,
    /// Absent where the commits do not tell; then the plan's notes say why.
    pub boundary: Option<Boundary>,
}

/// What was found, of the file that was last asked about.
#[derive(Clone, Copy)]
pub(super) struct Inside {
    listing: RwSignal<Option<(FileName, Arc<Listing>)>>,
    /// The plan as it was asked about, and the answer.
    located: RwSignal<Option<(Plan, Option<Arc<Located>>)>>,
    repairs: RwSignal<HashMap<FileName, Repair>>,
    mended: RwSignal<HashMap<FileName, Arc<Mended>>>,
}

impl Inside {
    pub(super) fn new() -> Self {
        Self {
            listing: RwSignal::new(None),
            located: RwSignal::new(None),
            repairs: RwSignal::new(HashMap::new()),
            mended: RwSignal::new(HashMap::new()),
        }
    }

    pub(super) fn clear(self) {
        self.listing.set(None);
        self.located.set(None);
        self.repairs.set(HashMap::new());
        self.mended.set(HashMap::new());
    }

    /// Takes in what would mend a file, as its last verification found.
    pub(super) fn repairable(self, path: &FileName, repair: Option<Repair>) {
        self.mended.update(|mended| drop(mended.remove(path)));
        self.repairs.update(|repairs| match repair {
            Some(repair) => drop(repairs.insert(path.clone(), repair)),
            None => drop(repairs.remove(path)),
        });
    }
}

impl App {
    /// Whether files are being read to their ends, which is done for one wish at a time.
    pub fn is_at_work(self) -> bool {
        self.verifying.with(|verifying| verifying.as_ref().is_some_and(|verifying| !verifying.is_over()))
    }

    /// The transactions of a file round the point that was last asked for.
    pub fn listing(self, path: &FileName) -> Option<Arc<Listing>> {
        self.inside.listing.with(|listing| {
            listing.as_ref().filter(|(of, _)| of == path).map(|(_, listing)| Arc::clone(listing))
        })
    }

    /// Lists the transactions of a file round a point.
    pub fn list(self, path: &FileName, point: Point) {
        self.work_on(path, Work::Transactions(point), Aim::List);
    }

    /// Where a plan stops, once that was asked and found.
    pub fn located(self, plan: &Plan) -> Option<Arc<Located>> {
        let is_it = |asked: &&(Plan, _)| asked.0 == *plan;
        self.inside
            .located
            .with(|located| located.as_ref().filter(is_it).and_then(|(_, found)| found.clone()))
    }

    /// Finds where a plan stops, by the commits in its last file. The plan itself may name that by another folder.
    pub fn locate(self, plan: &Plan, last: &FileName) {
        self.inside.located.set(Some((plan.clone(), None)));
        self.work_on(last, Work::Locate(Box::new(plan.clone())), Aim::Locate);
    }

    /// What would mend a file, where its verification found that.
    pub fn repair(self, path: &FileName) -> Option<Repair> {
        self.inside.repairs.with(|repairs| repairs.get(path).cloned())
    }

    /// What came of trying a repair out.
    pub fn mended(self, path: &FileName) -> Option<Arc<Mended>> {
        self.inside.mended.with(|mended| mended.get(path).cloned())
    }

    /// Tries a repair out.
    pub fn mend(self, path: &FileName) {
        if let Some(repair) = self.repair(path) {
            self.work_on(path, Work::Mend(repair), Aim::Mend);
        }
    }

    /// Saves the bytes that a repair keeps as another file. They go from disk to disk: no copy is held.
    pub fn save_mended(self, path: &FileName) {
        let Some(repair) = self.repair(path) else { return };
        let id = self.library.with_value(|library| library.find(path));
        let file = id.and_then(|id| self.handles.with_value(|handles| handles.get(&id).cloned()));
        let Some(file) = file else { return };
        let kept = file.slice_with_f64_and_f64(repair.from as f64, repair.to as f64);
        if let Err(error) = kept.and_then(|kept| export::save_blob(&kept, &mended_name(path))) {
            self.trouble.set(Some(format!("The mended file could not be saved: {error:?}")));
        }
    }

    /// Takes one file out of an artifact and saves it.
    pub fn extract(self, path: &FileName, inside: &str) {
        self.work_on(path, Work::Extract(inside.to_owned()), Aim::Extract);
    }

    /// Takes files out of an artifact and saves them as one tar.
    pub fn bundle(self, path: &FileName, inside: Vec<String>) {
        self.work_on(path, Work::Bundle(inside), Aim::Bundle);
    }

    fn work_on(self, path: &FileName, work: Work, aim: Aim) {
        let id = self.library.with_value(|library| library.find(path));
        let Some(task) = id.and_then(|id| self.task(id, work)) else { return };
        self.trouble.set(None);
        self.crashes.update(|crashes| drop(crashes.remove(path)));
        let bytes = task.handles.iter().map(|handle| stamp_of(handle).size).sum();
        self.verifying.set(Some(Verifying::new(aim, [(task.id, bytes)].into_iter(), milliseconds())));
        self.pool().submit_first(task);
    }

    pub(super) fn found_inside(self, id: FileId, reply: Reply, blob: Option<Blob>) {
        self.verifying.update(|verifying| {
            if let Some(verifying) = verifying {
                verifying.finished(id, milliseconds());
            }
        });
        match reply {
            Reply::Transactions(listing) => {
                let path = self.library.with_value(|library| library.path(id).cloned());
                self.inside.listing.set(path.map(|path| (path, Arc::new(listing))));
            }
            Reply::Located(plan, boundary) => self.inside.located.update(|located| {
                if let Some((_, found)) = located {
                    *found = Some(Arc::new(Located { plan: *plan, boundary }));
                }
            }),
            Reply::Mended(mended) => {
                if let Some(path) = self.library.with_value(|library| library.path(id).cloned()) {
                    self.inside.mended.update(|all| drop(all.insert(path, Arc::new(*mended))));
                }
            }
            Reply::Bundled(taken) => {
                let missing = *taken.as_ref().unwrap_or(&0);
                let path = self.library.with_value(|library| library.path(id).cloned());
                let saved = match (taken, blob, path) {
                    (Ok(_), Some(blob), Some(path)) => {
                        export::save_blob(&blob, &bundle_name(&path)).map_err(|error| format!("{error:?}"))
                    }
                    (Ok(_), ..) => Err("their bytes did not come".to_owned()),
                    (Err(why), ..) => Err(why),
                };
                let trouble = match (saved, missing) {
                    (Err(why), _) => Some(format!("The files could not be taken out: {why}")),
                    (Ok(()), 0) => None,
                    (Ok(()), missing) => {
                        Some(format!("Files that could not be read whole are not in the tar: {missing}"))
                    }
                };
                self.trouble.set(trouble);
            }
            Reply::Extracted(path, taken) => {
                let saved = match (taken, blob) {
                    (Ok(()), Some(blob)) => {
                        let name = path.rsplit('/').next().unwrap_or(&path);
                        export::save_blob(&blob, name).map_err(|error| format!("{error:?}"))
                    }
                    (Ok(()), None) => Err("its bytes did not come".to_owned()),
                    (Err(why), _) => Err(why),
                };
                if let Err(why) = saved {
                    self.trouble.set(Some(format!("`{path}` could not be taken out whole: {why}")));
                }
            }
            _ => {}
        }
    }
}

/// `orders-2026-09-12T02-00-07.files.tar`.
fn bundle_name(path: &FileName) -> String {
    let base = path.base();
    format!("{}.files.tar", base.rsplit_once('.').map_or(base, |(stem, _)| stem))
}
