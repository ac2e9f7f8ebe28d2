//! The files that were handed over, and what each was read as. Plain data without a browser in it.

use std::collections::{BTreeSet, HashMap};

use graphkeep_core::FileName;
use graphkeep_core::artifact::unread;
use graphkeep_core::error::{Cause, Error};
use graphkeep_core::report::{Reading, Reason};

use crate::protocol::Untagged;
use crate::saved;

/// Number of a file in the order of arrival; never used twice.
pub type FileId = u32;

/// What identifies a file beside its path: dropped again unchanged, it is the same file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// Bytes.
    pub size: u64,
    /// Last change, milliseconds since 1970.
    pub modified_ms: i64,
}

/// The time of files that are known from a report alone: no file has it.
const REPORTED: i64 = i64::MIN;

/// Everything that was handed over.
#[derive(Debug, Default)]
pub struct Library {
    files: Vec<Option<Held>>,
    by_path: HashMap<FileName, FileId>,
    /// Files that the judge has not heard of since they changed.
    changed: BTreeSet<FileId>,
}

#[derive(Debug)]
struct Held {
    path: FileName,
    stamp: Stamp,
    reading: Option<Reading>,
}

impl Held {
    /// Whether it is known from a report alone.
    fn is_reported(&self) -> bool {
        self.stamp.modified_ms == REPORTED
    }
}

/// What became of a file that was handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Added {
    /// It is new, and is to be read.
    New(FileId),
    /// The same file is here already.
    Known(FileId),
}

/// Counts for the line that moves while files are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    pub found: usize,
    pub read: usize,
    /// Files that are no backups.
    pub strangers: usize,
    /// Backups that cannot be read, or are damaged.
    pub unreadable: usize,
    /// Written by a Neo4j that is newer than this program.
    pub newer: usize,
}

impl Counts {
    pub fn waiting(&self) -> usize {
        self.found - self.read
    }
}

impl Library {
    /// Takes a file in. Where another file has its path already, it gets a folder with a number of its own,
    /// so that two folders of the same name never mix.
    pub fn add(&mut self, path: FileName, stamp: Stamp) -> Added {
        let mut at = path.clone();
        for number in 2.. {
            match self.by_path.get(&at) {
                None => break,
                Some(id) if self.held(*id).is_some_and(|held| held.stamp == stamp) => {
                    return Added::Known(*id);
                }
                // The file itself takes the place of what a report said of it.
                Some(id)
                    if self
                        .held(*id)
                        .is_some_and(|held| held.is_reported() && held.stamp.size == stamp.size) =>
                {
                    let id = *id;
                    if let Some(held) = self.held_mut(id) {
                        (held.stamp, held.reading) = (stamp, None);
                    }
                    return Added::New(id);
                }
                Some(_) => at = numbered(&path, number),
            }
        }
        Added::New(self.insert(at, stamp, None))
    }

    /// Takes in what a report says of a file that is not here. What differs from what another report said of the
    /// same path gets a folder with a number, as files do.
    pub fn add_reported(&mut self, reading: Reading) {
        let size = match &reading {
            Reading::Artifact(artifact) => {
                // Of a split archive the file is the manifest alone.
                let parts = artifact.split.iter().flat_map(|split| &split.parts).map(|part| part.size);
                artifact.size.saturating_sub(parts.fold(0, u64::saturating_add))
            }
            Reading::Dump(dump) => dump.size,
            Reading::Other(other) => other.size,
        };
        let path = reading.path().clone();
        let mut reading = reading;
        for number in 2.. {
            let Some(held) = self.find(reading.path()).and_then(|id| self.held(id)) else { break };
            let is_known = if held.is_reported() {
                held.reading.as_ref() == Some(&reading)
            } else {
                // The file itself is the better witness.
                held.stamp.size == size
            };
            if is_known {
                return;
            }
            reading = saved::at(reading, numbered(&path, number));
        }
        let stamp = Stamp { size, modified_ms: REPORTED };
        self.insert(reading.path().clone(), stamp, Some(reading));
    }

    /// Takes in a file or folder that could not be opened.
    pub fn add_refused(&mut self, path: FileName, why: String) {
        let stamp = Stamp { size: 0, modified_ms: 0 };
        let reading = unread(&path, 0, Error { place: None, cause: Cause::Io { message: why } });
        self.insert(path, stamp, Some(reading));
    }

    fn insert(&mut self, path: FileName, stamp: Stamp, reading: Option<Reading>) -> FileId {
        let id = FileId::try_from(self.files.len()).expect("a page does not live to see 2^32 files");
        self.by_path.insert(path.clone(), id);
        self.changed.insert(id);
        self.files.push(Some(Held { path, stamp, reading }));
        id
    }

    fn held(&self, id: FileId) -> Option<&Held> {
        self.files.get(id as usize)?.as_ref()
    }

    /// A file that is about to change.
    fn held_mut(&mut self, id: FileId) -> Option<&mut Held> {
        self.changed.insert(id);
        self.files.get_mut(id as usize)?.as_mut()
    }

    pub fn path(&self, id: FileId) -> Option<&FileName> {
        self.held(id).map(|held| &held.path)
    }

    pub fn find(&self, path: &FileName) -> Option<FileId> {
        self.by_path.get(path).copied()
    }

    /// The numbered files beside `id` that may be parts of it.
    pub fn parts(&self, id: FileId) -> Vec<FileId> {
        let Some(held) = self.held(id) else { return Vec::new() };
        (1..).map_while(|index| self.find(&held.path.part(index))).collect()
    }

    /// The file whose part `id` may be, by its name.
    pub fn whole(&self, id: FileId) -> Option<FileId> {
        let path = self.path(id)?;
        let (base, number) = path.0.rsplit_once('.')?;
        number.parse::<u32>().ok()?;
        self.find(&base.into())
    }

    /// Takes in what a file was read as. An answer that comes after the file was removed is dropped.
    pub fn read(&mut self, id: FileId, reading: Reading) {
        if let Some(held) = self.held_mut(id) {
            held.reading = Some(reading);
        }
    }

    /// Takes in that a file could not be judged because the reader ended over it.
    pub fn crashed(&mut self, id: FileId, details: &str) {
        let Some(held) = self.held_mut(id) else { return };
        let message =
            format!("this program's reader ended over it, which is a defect of the program ({details})");
        let error = Error { place: None, cause: Cause::Io { message } };
        held.reading = Some(unread(&held.path, held.stamp.size, error));
    }

    /// Forgets what a file was read as, so that it can be read again.
    pub fn unread(&mut self, id: FileId) {
        if let Some(held) = self.held_mut(id) {
            held.reading = None;
        }
    }

    /// Whether a file was read without success: its host refused, or the reader ended.
    pub fn is_unreadable(&self, id: FileId) -> bool {
        let reading = self.held(id).and_then(|held| held.reading.as_ref());
        matches!(reading, Some(Reading::Other(other)) if matches!(other.reason, Reason::Unreadable { .. }))
    }

    /// Files without a reading.
    pub fn waiting(&self) -> Vec<FileId> {
        self.ids(|held| held.reading.is_none())
    }

    fn ids(&self, wanted: impl Fn(&Held) -> bool) -> Vec<FileId> {
        let held = (0..).zip(&self.files).filter_map(|(id, held)| Some((id, held.as_ref()?)));
        held.filter(|(_, held)| wanted(held)).map(|(id, _)| id).collect()
    }

    /// Forgets a file and the parts that belong to it.
    pub fn remove(&mut self, id: FileId) {
        let parts = self.parts(id);
        for id in parts.into_iter().chain([id]) {
            if let Some(held) = self.files.get_mut(id as usize).and_then(Option::take) {
                self.by_path.remove(&held.path);
                self.changed.insert(id);
            }
        }
    }

    pub fn is_empty(&self) -> bool {
        self.by_path.is_empty()
    }

    /// What changed since this was asked last: what files were read as, or that they are gone or not read.
    pub fn changes(&mut self) -> Vec<(FileId, Option<Untagged>)> {
        let changed = std::mem::take(&mut self.changed);
        let reading = |id| self.held(id).and_then(|held| held.reading.clone()).map(Untagged);
        changed.into_iter().map(|id| (id, reading(id))).collect()
    }

    /// Everything counts as changed: whoever was told of it has lost it.
    pub fn tell_all_again(&mut self) {
        self.changed = self.ids(|_| true).into_iter().collect();
    }

    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for held in self.files.iter().flatten() {
            counts.found += 1;
            let Some(reading) = &held.reading else { continue };
            counts.read += 1;
            match reading {
                Reading::Other(other) => match other.reason {
                    Reason::Stranger { .. } => counts.strangers += 1,
                    Reason::NewerContainer { .. } | Reason::NewerMetadata { .. } => counts.newer += 1,
                    Reason::Unreadable { .. } => counts.unreadable += 1,
                    // Counted with its archive, or by the report as left over.
                    _ => {}
                },
                Reading::Artifact(artifact) if !artifact.faults.is_empty() => counts.unreadable += 1,
                Reading::Dump(dump) if !dump.faults.is_empty() => counts.unreadable += 1,
                Reading::Artifact(_) | Reading::Dump(_) => {}
            }
        }
        counts
    }
}

/// `nightly (2)/a.backup`, `(2)/a.backup`.
fn numbered(path: &FileName, number: u32) -> FileName {
    FileName(match path.0.split_once('/') {
        Some((folder, rest)) => format!("{folder} ({number})/{rest}"),
        None => format!("({number})/{}", path.0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp(size: u64) -> Stamp {
        Stamp { size, modified_ms: 7 }
    }

    fn readings(library: &mut Library) -> Vec<Reading> {
        library.tell_all_again();
        library.changes().into_iter().filter_map(|(_, reading)| Some(reading?.0)).collect()
    }

    fn new(library: &mut Library, path: &str, size: u64) -> FileId {
        match library.add(path.into(), stamp(size)) {
            Added::New(id) => id,
            Added::Known(id) => panic!("{path} is known as {id}"),
        }
    }

    #[test]
    fn the_same_file_again_is_not_another() {
        let mut library = Library::default();
        let id = new(&mut library, "nightly/a.backup", 1);
        assert_eq!(library.add("nightly/a.backup".into(), stamp(1)), Added::Known(id));
        assert_eq!(library.counts().found, 1);
    }

    #[test]
    fn another_file_under_the_same_path_gets_a_folder_of_its_own() {
        let mut library = Library::default();
        new(&mut library, "nightly/x/a.backup", 1);
        for (size, expected) in [(2, "nightly (2)/x/a.backup"), (3, "nightly (3)/x/a.backup")] {
            let id = new(&mut library, "nightly/x/a.backup", size);
            assert_eq!(library.path(id), Some(&expected.into()));
        }
        new(&mut library, "a.backup", 1);
        let id = new(&mut library, "a.backup", 2);
        assert_eq!(library.path(id), Some(&"(2)/a.backup".into()));
        assert_eq!(library.add("a.backup".into(), stamp(2)), Added::Known(id));
    }

    #[test]
    fn a_file_takes_the_place_of_what_a_report_said_of_it_and_not_the_other_way() {
        let reading = || crate::testing::report("scenarios/gap").artifacts.remove(0);
        let path = reading().path;
        let mut library = Library::default();
        library.add_reported(Reading::Artifact(Box::new(reading())));
        library.add_reported(Reading::Artifact(Box::new(reading())));
        assert_eq!((library.counts().found, library.counts().read), (1, 1), "opened twice, it is there once");
        let id = new(&mut library, &path.0, reading().size);
        assert_eq!((library.counts().found, library.waiting()), (1, vec![id]));
        library.add_reported(Reading::Artifact(Box::new(reading())));
        assert_eq!((library.counts().found, library.waiting()), (1, vec![id]));
    }

    #[test]
    fn two_reports_that_differ_on_one_path_are_both_kept_and_the_file_takes_the_place_of_its_own() {
        let mut reported = crate::testing::report("scenarios/gap").artifacts;
        let (monday, mut tuesday) = (reported.remove(0), reported.remove(0));
        tuesday.path = monday.path.clone();
        tuesday.size = monday.size + 1;
        let path = monday.path.0.clone();
        let mut library = Library::default();
        for artifact in [&monday, &tuesday, &monday, &tuesday] {
            library.add_reported(Reading::Artifact(Box::new(artifact.clone())));
        }
        let databases = |library: &mut Library| -> Vec<(String, i64)> {
            let readings = readings(library);
            let artifacts = readings.iter().filter_map(|reading| match reading {
                Reading::Artifact(artifact) => Some((artifact.path.0.clone(), artifact.highest_tx)),
                _ => None,
            });
            artifacts.collect()
        };
        let second = numbered(&path.as_str().into(), 2);
        let both = [(path.clone(), monday.highest_tx), (second.0.clone(), tuesday.highest_tx)];
        assert_eq!(databases(&mut library), both);

        let id = new(&mut library, &path, tuesday.size);
        assert_eq!(library.path(id), Some(&second), "it is the file of the second report");
        assert_eq!(databases(&mut library), both[..1]);
        let id = new(&mut library, &path, 3);
        assert_eq!(library.path(id), Some(&numbered(&path.as_str().into(), 3)), "no report knew this one");
    }

    #[test]
    fn a_split_archive_that_a_report_told_of_is_known_by_its_manifest() {
        let mut report = crate::testing::report("scenarios/new-containers");
        let at = report.artifacts.iter().position(|artifact| artifact.split.is_some()).expect("one is split");
        let artifact = report.artifacts.remove(at);
        let split = artifact.split.as_ref().expect("it is");
        let manifest = artifact.size - split.parts.iter().map(|part| part.size).sum::<u64>();
        let path = artifact.path.clone();
        let mut library = Library::default();
        library.add_reported(Reading::Artifact(Box::new(artifact)));
        let id = new(&mut library, &path.0, manifest);
        assert_eq!((library.path(id), library.waiting()), (Some(&path), vec![id]));
    }

    #[test]
    fn what_changed_is_told_once_and_all_of_it_when_asked() {
        let mut library = Library::default();
        let (first, second) = (new(&mut library, "a.backup", 1), new(&mut library, "b.backup", 1));
        let told = |library: &mut Library| -> Vec<(FileId, bool)> {
            library.changes().into_iter().map(|(id, reading)| (id, reading.is_some())).collect()
        };
        library.crashed(second, "it ended");
        assert_eq!(told(&mut library), [(first, false), (second, true)]);
        assert_eq!(told(&mut library), []);
        library.crashed(first, "it ended");
        library.remove(second);
        assert_eq!(told(&mut library), [(first, true), (second, false)]);
        library.tell_all_again();
        assert_eq!(told(&mut library), [(first, true)]);
    }

    #[test]
    fn parts_belong_to_the_file_without_a_number() {
        let mut library = Library::default();
        let second = new(&mut library, "f/a.backup.2", 1);
        assert_eq!(library.whole(second), None);
        let whole = new(&mut library, "f/a.backup", 1);
        assert!(library.parts(whole).is_empty());
        let first = new(&mut library, "f/a.backup.1", 1);
        assert_eq!(library.parts(whole), [first, second]);
        assert_eq!(library.whole(second), Some(whole));
        assert_eq!(library.whole(whole), None);

        library.remove(whole);
        assert!(library.is_empty());
    }

    #[test]
    fn an_answer_for_a_removed_file_is_dropped() {
        let mut library = Library::default();
        let id = new(&mut library, "a.backup", 1);
        library.remove(id);
        library.crashed(id, "late");
        assert_eq!(library.counts(), Counts::default());
        assert!(library.waiting().is_empty());
    }

    #[test]
    fn what_the_reader_ended_over_is_unreadable_and_says_so() {
        let mut library = Library::default();
        let id = new(&mut library, "a.backup", 5);
        assert_eq!(library.waiting(), [id]);
        library.crashed(id, "index out of bounds");
        let counts = library.counts();
        assert_eq!((counts.found, counts.read, counts.unreadable, counts.waiting()), (1, 1, 1, 0));
        let Reading::Other(other) = &readings(&mut library)[0] else { panic!("not readable") };
        assert!(other.problem.message.contains("index out of bounds"), "{}", other.problem.message);
        library.unread(id);
        assert_eq!(library.waiting(), [id]);
    }

    #[test]
    fn a_folder_that_would_not_open_is_shown_with_its_reason() {
        let mut library = Library::default();
        library.add_refused("secret".into(), "NotAllowedError".into());
        assert_eq!((library.counts().read, library.counts().unreadable), (1, 1));
    }
}
