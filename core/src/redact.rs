//! A report without what must not leave a house: names, paths, ids. What it says about chains stays true,
//! and the same thing has the same cover name everywhere, so that the report can still be talked about.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::problem::{Code, Problem};
use crate::report::{Report, Verified};
use crate::source::FileName;
use crate::store_id::StoreId;

/// What to cover.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redaction {
    /// Names of databases, and values under unknown metadata keys.
    pub names: bool,
    /// Folders and file names. A file name tells its database and time, so names alone are covered by
    /// covering both.
    pub paths: bool,
    /// Database ids, store ids and what is derived from them.
    pub ids: bool,
}

/// The same report with `what` covered.
#[must_use]
pub fn redact(mut report: Report, what: Redaction) -> Report {
    let mut cover = Cover::new(what);
    cover.learn(&report);
    cover.apply(&mut report);
    report
}

/// Cover names given so far, by kind.
struct Cover {
    what: Redaction,
    names: HashMap<String, String>,
    folders: HashMap<String, String>,
    bases: HashMap<String, String>,
    ids: HashMap<Uuid, Uuid>,
    stores: HashMap<StoreId, StoreId>,
    hashes: HashMap<i32, i32>,
}

impl Cover {
    fn new(what: Redaction) -> Self {
        Self {
            what,
            names: HashMap::new(),
            folders: HashMap::new(),
            bases: HashMap::new(),
            ids: HashMap::new(),
            stores: HashMap::new(),
            hashes: HashMap::new(),
        }
    }

    /// Gives cover names to all there is, so that sentences can be rewritten afterwards.
    fn learn(&mut self, report: &Report) {
        for artifact in &report.artifacts {
            self.path(&artifact.path);
            self.name(&artifact.database);
            self.id(artifact.database_id);
            self.store(&artifact.store_id);
            if let Some(topology) = &artifact.topology {
                self.name(&topology.virtual_name);
                self.id(topology.virtual_id);
            }
            if let Some(split) = &artifact.split {
                self.id(split.archive_id);
                split.parts.iter().for_each(|part| drop(self.path(&part.path)));
            }
        }
        for dump in &report.dumps {
            self.path(&dump.path);
            dump.database_by_name.iter().for_each(|name| drop(self.name(name)));
        }
        for other in &report.others {
            self.path(&other.path);
            if let crate::report::Reason::Part { archive_id, .. } = &other.reason {
                self.id(*archive_id);
            }
        }
        for shard in report.sharded_databases.iter().flat_map(|sharded| &sharded.shards) {
            self.name(&shard.database);
        }
    }

    fn name(&mut self, name: &str) -> String {
        if !self.what.names {
            return name.to_owned();
        }
        let next = self.names.len() + 1;
        self.names.entry(name.to_owned()).or_insert_with(|| format!("database-{next}")).clone()
    }

    fn path(&mut self, path: &FileName) -> FileName {
        if !self.what.paths {
            return path.clone();
        }
        let base = self.base(path.base());
        let folder = path.folder();
        if folder.is_empty() {
            return FileName(base);
        }
        let next = self.folders.len() + 1;
        let folder = self.folders.entry(folder.to_owned()).or_insert_with(|| format!("folder-{next}"));
        FileName(format!("{folder}/{base}"))
    }

    /// The ending tells what kind of file it is and stays; parts of an archive keep its name.
    fn base(&mut self, base: &str) -> String {
        let (stem, ending) = split_ending(base);
        let next = self.bases.len() + 1;
        let cover = self.bases.entry(stem.to_owned()).or_insert_with(|| format!("file-{next}"));
        format!("{cover}{ending}")
    }

    fn id(&mut self, id: Uuid) -> Uuid {
        if !self.what.ids {
            return id;
        }
        let next = self.ids.len() as u128 + 1;
        *self.ids.entry(id).or_insert(Uuid::from_u128(next))
    }

    fn store(&mut self, store: &StoreId) -> StoreId {
        if !self.what.ids {
            return store.clone();
        }
        let next = i64::try_from(self.stores.len()).unwrap_or(i64::MAX - 1) + 1;
        let covered = self.stores.entry(store.clone()).or_insert_with(|| StoreId {
            creation_time_ms: 0,
            random: next,
            ..store.clone()
        });
        self.hashes.insert(store.hash(), covered.hash());
        covered.clone()
    }

    fn hash(&self, hash: i32) -> i32 {
        self.hashes.get(&hash).copied().unwrap_or(hash)
    }

    /// A sentence: names and paths stand in backticks, ids and hashes are words of their own.
    fn sentence(&mut self, text: &mut String) {
        self.uncover_backticks(text);
        let pieces: Vec<String> = text
            .split('`')
            .enumerate()
            .map(|(at, piece)| if at % 2 == 1 { self.quoted(piece) } else { self.words(piece) })
            .collect();
        *text = pieces.join("`");
    }

    /// A name with a backtick in it would end its quotation: its cover takes its place first, wherever it is.
    fn uncover_backticks(&self, text: &mut String) {
        let all = self.names.iter().chain(&self.folders).chain(&self.bases);
        let mut names: Vec<_> = all.filter(|(name, _)| name.contains('`')).collect();
        // One may begin another.
        names.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        for (name, cover) in names {
            *text = text.replace(name.as_str(), cover);
        }
    }

    fn quoted(&mut self, piece: &str) -> String {
        if let Some(cover) = self.names.get(piece) {
            return cover.clone();
        }
        if self.what.paths {
            let path = FileName::from(piece);
            let known_folder = path.folder().is_empty() || self.folders.contains_key(path.folder());
            if known_folder && self.bases.contains_key(split_ending(path.base()).0) {
                return self.path(&path).0;
            }
            if let Some(cover) = self.folders.get(piece) {
                return cover.clone();
            }
        }
        piece.to_owned()
    }

    fn words(&self, piece: &str) -> String {
        let is_word = |char: char| char.is_ascii_alphanumeric() || char == '-';
        let mut text = String::with_capacity(piece.len());
        for chunk in piece.split_inclusive(|char| !is_word(char)) {
            let end = chunk.rfind(is_word).map_or(0, |at| at + 1);
            let (word, rest) = chunk.split_at(end);
            match (word.parse::<Uuid>().ok().and_then(|id| self.ids.get(&id)), word.parse::<i32>()) {
                (Some(id), _) => text.push_str(&id.to_string()),
                (None, Ok(hash)) if self.hashes.contains_key(&hash) => {
                    text.push_str(&self.hash(hash).to_string());
                }
                _ => text.push_str(word),
            }
            text.push_str(rest);
        }
        text
    }

    fn problem(&mut self, problem: &mut Problem) {
        if self.what.paths && problem.code == Code::FileIo {
            // The host's words may name anything.
            "the file could not be read to its end (the system's words for it are covered)"
                .clone_into(&mut problem.message);
        }
        self.sentence(&mut problem.message);
        problem.remedy.iter_mut().for_each(|remedy| self.sentence(remedy));
    }

    fn verified(&mut self, verified: Option<&mut Box<Verified>>) {
        let problems = verified.into_iter().flat_map(|verified| &mut verified.problems);
        problems.for_each(|problem| self.problem(problem));
    }

    fn fault(&mut self, fault: &mut crate::error::Error) {
        use crate::error::Cause;
        if let Some(place) = &mut fault.place {
            self.sentence(&mut place.field);
        }
        match &mut fault.cause {
            Cause::PartMissing { name } => *name = self.path(&FileName::from(name.as_str())).0,
            Cause::Unexpected { expected, found } => {
                self.sentence(expected);
                self.sentence(found);
            }
            Cause::Io { message } if self.what.paths => "redacted".clone_into(message),
            _ => {}
        }
    }

    fn apply(&mut self, report: &mut Report) {
        for artifact in &mut report.artifacts {
            artifact.path = self.path(&artifact.path);
            artifact.database = self.name(&artifact.database);
            artifact.database_id = self.id(artifact.database_id);
            artifact.store_id = self.store(&artifact.store_id);
            artifact.store_id_hash = artifact.store_id.hash();
            if let Some(topology) = &mut artifact.topology {
                topology.virtual_name = self.name(&topology.virtual_name);
                topology.virtual_id = self.id(topology.virtual_id);
            }
            if let Some(split) = &mut artifact.split {
                split.archive_id = self.id(split.archive_id);
                split.parts.iter_mut().for_each(|part| part.path = self.path(&part.path));
            }
            if self.what.names {
                artifact.unknown_keys.iter_mut().for_each(|key| (key.text, key.hex) = (None, None));
            }
            artifact.faults.iter_mut().for_each(|fault| self.fault(fault));
            self.verified(artifact.verified.as_mut());
        }
        for dump in &mut report.dumps {
            dump.path = self.path(&dump.path);
            dump.database_by_name = dump.database_by_name.take().map(|name| self.name(&name));
            dump.faults.iter_mut().for_each(|fault| self.fault(fault));
            self.verified(dump.verified.as_mut());
        }
        for other in &mut report.others {
            use crate::report::Reason;
            other.path = self.path(&other.path);
            match &mut other.reason {
                Reason::Unreadable { error } => self.fault(error),
                Reason::Part { archive_id, .. } => *archive_id = self.id(*archive_id),
                // The first bytes of metadata hold names and ids.
                Reason::NewerMetadata { start, .. } if self.what.names || self.what.ids => start.clear(),
                _ => {}
            }
            self.problem(&mut other.problem);
        }
        for database in &mut report.databases {
            database.name = self.name(&database.name);
            database.id = self.id(database.id);
            self.sentence(&mut database.verdict);
            database.stores.iter_mut().for_each(|hash| *hash = self.hash(*hash));
            for gap in &mut database.gaps {
                self.sentence(&mut gap.closes);
                gap.candidates.iter_mut().for_each(|path| *path = self.path(path));
            }
            database.problems.iter_mut().for_each(|problem| self.problem(problem));
        }
        for sharded in &mut report.sharded_databases {
            sharded.name = self.name(&sharded.name);
            sharded.id = self.id(sharded.id);
            sharded.shards.iter_mut().for_each(|shard| shard.database = self.name(&shard.database));
            sharded.problems.iter_mut().for_each(|problem| self.problem(problem));
        }
        report.problems.iter_mut().for_each(|problem| self.problem(problem));
    }
}

/// What a file's name says, and the ending that says what it is: `.backup` or `.dump`, with the number of a part.
/// A name that ends otherwise has none, since what follows may say anything.
fn split_ending(base: &str) -> (&str, &str) {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let whole = match base.rsplit_once('.') {
        Some((whole, part)) if is_number(part) => whole,
        _ => base,
    };
    let stem = [".backup", ".dump"].iter().find_map(|ending| whole.strip_suffix(ending));
    stem.map_or((base, ""), |stem| base.split_at(stem.len()))
}
