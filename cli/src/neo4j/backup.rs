//! A backup of one database: which kind, from where to where, and the order in which it must be done.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};
use std::{fs, io};

use anyhow::{Context, anyhow, bail};
use graphkeep_core::chain;
use graphkeep_core::metadata::{Entry as MapEntry, Flags, Metadata, SCRIPT};
use graphkeep_core::report::{ArchiveSize, Artifact, BackupType, Level, Reading};
use graphkeep_core::store_id::StoreId;
use graphkeep_core::time::UtcTime;
use serde::Serialize;
use uuid::Uuid;

use super::home::Database;
use super::lock::{self, WorkFolder};
use super::logs::HeldLogs;
use super::server::Server;
use super::snapshot::{self, Place, Stage};
use super::writing::{Direct, Draft, Entry, Finished, Step};
use crate::args::BackupKind;
use crate::words::{printable, size};

/// A commit may carry a later time than the backup that holds it by as long as the logs took to read; one
/// that is later by more was made in another history.
const SKEW_MS: i64 = 60_000;
/// Names have seconds: the next one is waited for where this one's is taken.
const PAUSE: Duration = Duration::from_millis(50);

/// The database of users and roles.
const SYSTEM: &str = "system";

/// What is wanted of every database.
pub(crate) struct Wanted {
    pub(crate) kind: BackupKind,
    pub(crate) prefer_diff_as_parent: bool,
    pub(crate) compress: bool,
    pub(crate) keep_failed: bool,
    pub(crate) database_id: Option<Uuid>,
    pub(crate) server: Option<Server>,
    /// Cypher that makes users and roles again.
    pub(crate) script: Option<String>,
}

/// Where backups go.
pub(crate) struct Target {
    pub(crate) folder: PathBuf,
    /// For the artifact until it has its name: on the same file system.
    pub(crate) work: WorkFolder,
    /// For copies of store files, where that is another folder.
    pub(crate) temp: Option<WorkFolder>,
}

/// Who told the database's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum IdFrom {
    Parent,
    Option,
    Server,
    /// Nobody: it is derived from the store id.
    StoreId,
}

/// What became of one database.
#[derive(Debug, Serialize)]
pub(crate) struct Outcome {
    pub(crate) database: String,
    #[serde(flatten)]
    pub(crate) taken: Option<Taken>,
    /// Why there is no backup.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
}

/// A backup that is there.
#[derive(Debug, Serialize)]
pub(crate) struct Taken {
    pub(crate) path: String,
    #[serde(rename = "type")]
    pub(crate) kind: BackupType,
    pub(crate) database_id: Uuid,
    pub(crate) database_id_from: IdFrom,
    pub(crate) time: UtcTime,
    pub(crate) lowest_tx: i64,
    pub(crate) highest_tx: i64,
    pub(crate) recovered: bool,
    pub(crate) bytes: u64,
    /// How far it was verified, reading it back.
    pub(crate) level: Level,
    /// Trees that a checkpoint changed while they were copied, and that were copied again.
    pub(crate) recopied: usize,
    /// The copy of the store took no space.
    pub(crate) reflinked: bool,
    pub(crate) seconds: f64,
    /// Why it is a full where a differential was possible.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) full_because: Option<String>,
    /// Why something of the work is left over.
    #[serde(skip)]
    pub(crate) untidy: Option<String>,
}

impl Taken {
    /// One line for people.
    pub(crate) fn words(&self, database: &str) -> String {
        let what = match self.kind {
            BackupType::Full => format!("full, tx {}..{}", self.lowest_tx, self.highest_tx),
            BackupType::Differential => format!("differential, tx {}..{}", self.lowest_tx, self.highest_tx),
            BackupType::Empty => "empty: nothing was committed since the newest backup".to_owned(),
        };
        let seconds = self.seconds;
        format!(
            "{}: {what}; {}, verified ({}), {seconds:.1} s: {}\n",
            printable(database),
            size(self.bytes),
            self.level.as_str(),
            printable(&self.path)
        )
    }
}

/// How far the work is: the phase, bytes done and to do, and how much the logs have grown.
pub(crate) type Watch<'w> = &'w mut dyn FnMut(&'static str, u64, u64, u64);

/// A differential, or why there can be none.
enum Differential {
    Taken(Taken),
    Impossible(String),
}

/// Where copies of the store's files go.
enum Copies {
    InStage(Stage),
    InArtifact(Box<Direct>),
}

impl Copies {
    fn place(&mut self) -> &mut dyn Place {
        match self {
            Self::InStage(stage) => stage,
            Self::InArtifact(direct) => &mut **direct,
        }
    }

    fn are_reflinked(&self) -> bool {
        matches!(self, Self::InStage(stage) if stage.is_reflinked())
    }
}

/// One backup under way.
struct Backup<'b> {
    database: &'b Database,
    target: &'b Target,
    wanted: &'b Wanted,
    logs: HeldLogs,
    store_id: StoreId,
    started: Instant,
    log_bytes: u64,
}

/// Takes a backup of one database. `readings` are the backups that the folder holds already.
pub(crate) fn take(
    database: &Database,
    target: &Target,
    wanted: &Wanted,
    readings: &[Reading],
    watch: Watch,
) -> anyhow::Result<Taken> {
    if !database.store.is_dir() {
        bail!("there is no such database: no folder `{}`", database.store.display());
    }
    // Open before anything else: what is open cannot be pruned away.
    let logs = HeldLogs::open(&database.logs)?;
    let store_id = logs.store_id()?;
    if store_id.engine != "record" {
        bail!(
            "its storage engine is `{}` ({}): copying a running store is proven for `record` only; take it with Neo4j Enterprise's own backup",
            store_id.engine,
            store_id.format_name()
        );
    }
    let log_bytes = logs.bytes_on_disk();
    let mut backup = Backup { database, target, wanted, logs, store_id, started: Instant::now(), log_bytes };
    let taken = backup.run(readings, watch);
    // What became of the backup matters more than what became of its scraps.
    let untidy = backup.tidy(taken.is_err()).err();
    let untidy =
        untidy.map(|error| format!("`{}` cannot be tidied up: {error}", target.work.path().display()));
    match (taken, untidy) {
        (Ok(taken), untidy) => Ok(Taken { untidy, ..taken }),
        (Err(error), Some(untidy)) => Err(anyhow!("{error:#}; and {untidy}")),
        (Err(error), None) => Err(error),
    }
}

impl Backup<'_> {
    fn run(&mut self, readings: &[Reading], watch: Watch) -> anyhow::Result<Taken> {
        let parent = match self.wanted.kind {
            BackupKind::Full => Err(None),
            BackupKind::Diff | BackupKind::Auto => self.parent(readings).map_err(Some),
        };
        let because = match parent {
            Ok(parent) => match self.differential(&parent, watch)? {
                Differential::Taken(taken) => return Ok(taken),
                Differential::Impossible(because) => Some(because),
            },
            Err(because) => because,
        };
        if let (BackupKind::Diff, Some(because)) = (self.wanted.kind, &because) {
            bail!("no differential is possible: {because}");
        }
        let taken = self.full(readings, watch)?;
        Ok(Taken { full_because: because, ..taken })
    }

    /// Backups of this database's store, under whatever id is asked for.
    fn related(&self, readings: &[Reading]) -> Vec<Reading> {
        let ours = |artifact: &Artifact| {
            artifact.database.eq_ignore_ascii_case(&self.database.name)
                && artifact.store_id == self.store_id
                && self.wanted.database_id.is_none_or(|id| id == artifact.database_id)
        };
        let related = readings.iter().filter(|reading| match reading {
            Reading::Artifact(artifact) => ours(artifact),
            _ => false,
        });
        related.cloned().collect()
    }

    /// The artifact that a differential continues, or why there is none.
    fn parent(&self, readings: &[Reading]) -> Result<Artifact, String> {
        let report = chain::report(self.related(readings));
        let chained = report.databases.iter().flat_map(|database| &database.chains);
        let chained = chained.flat_map(|chain| &chain.artifacts).map(|id| &report.artifacts[*id]);
        let chained: Vec<&Artifact> = chained.filter(|artifact| artifact.kind != BackupType::Empty).collect();
        let newest = |kind: Option<BackupType>| {
            let of_kind = chained.iter().filter(|artifact| kind.is_none_or(|kind| artifact.kind == kind));
            of_kind.max_by_key(|artifact| (artifact.time, artifact.highest_tx)).copied().cloned()
        };
        let preferred = self.wanted.prefer_diff_as_parent.then(|| newest(Some(BackupType::Differential)));
        let preferred = preferred.flatten();
        preferred.or_else(|| newest(None)).ok_or_else(|| self.why_no_parent(readings, &report))
    }

    fn why_no_parent(&self, readings: &[Reading], report: &graphkeep_core::report::Report) -> String {
        let folder = self.target.folder.display();
        if let Some(database) = report.databases.first() {
            return format!("the backups in `{folder}` form no chain to extend ({})", database.verdict);
        }
        let name = &self.database.name;
        let namesake = readings.iter().find_map(|reading| match reading {
            Reading::Artifact(artifact) if artifact.database.eq_ignore_ascii_case(name) => Some(artifact),
            _ => None,
        });
        match namesake {
            Some(other) if other.store_id != self.store_id => format!(
                "the backups of `{name}` in `{folder}` are of another store (STORE ID HASH {}, and this one's is {})",
                other.store_id_hash,
                self.store_id.hash()
            ),
            Some(other) => {
                format!("the backups of `{name}` in `{folder}` have another id, {}", other.database_id)
            }
            None => format!("there is no backup of `{name}` in `{folder}`"),
        }
    }

    /// The database's id, and who told it.
    fn id(&self, readings: &[Reading]) -> anyhow::Result<(Uuid, IdFrom)> {
        if let Some(id) = self.wanted.database_id {
            return Ok((id, IdFrom::Option));
        }
        let related = self.related(readings).into_iter().filter_map(|reading| match reading {
            Reading::Artifact(artifact) => Some(artifact),
            _ => None,
        });
        if let Some(newest) = related.max_by_key(|artifact| artifact.time) {
            return Ok((newest.database_id, IdFrom::Parent));
        }
        if let Some(server) = &self.wanted.server {
            return Ok((server.database_id(&self.database.name)?, IdFrom::Server));
        }
        let mut bytes = graphkeep_core::wire::Writer::default();
        self.store_id.write(&mut bytes)?;
        // A namespace of this tool's own: nobody else's derivation can give the same id.
        let namespace =
            Uuid::new_v5(&Uuid::NAMESPACE_URL, b"https://github.com/graphkeep/graphkeep#store-id");
        Ok((Uuid::new_v5(&namespace, &bytes.into_bytes()), IdFrom::StoreId))
    }

    fn differential(&mut self, parent: &Artifact, watch: Watch) -> anyhow::Result<Differential> {
        let lowest = parent.highest_tx + 1;
        let impossible = |because: String| Ok(Differential::Impossible(because));
        let time = self.time()?;
        self.logs.refresh()?;
        watch("reading logs", 0, 0, self.log_growth());
        let Some(from) = self.logs.file_before(parent.highest_tx)? else {
            let oldest = self.logs.oldest_index()?.map_or(0, |index| index.saturating_add(1));
            return impossible(format!(
                "tx {lowest} is no longer in the transaction logs, which begin at tx {oldest}: they were pruned (`db.tx_log.rotation.retention_policy`)"
            ));
        };
        let walked = self.logs.walk(from, lowest, &self.store_id)?;
        let extent = &walked.extent;
        // A log without a batch says by its header how far the one before went.
        let reached = extent.last.as_ref().map_or(parent.highest_tx, |last| last.append_index);
        if reached < parent.highest_tx {
            return impossible(format!(
                "the transaction logs end at tx {reached}, and `{}` reaches tx {}: the database was set back",
                parent.path.base(),
                parent.highest_tx
            ));
        }
        let taken_ms = parent.time.0.saturating_mul(1000);
        if let Some(before) = &extent.before
            && before.commits
            && before.time_ms > taken_ms.saturating_add(SKEW_MS)
        {
            return impossible(format!(
                "tx {} was committed after `{}` was taken, which holds another one of that number: the database was set back",
                before.append_index,
                parent.path.base()
            ));
        }
        let is_empty = reached == parent.highest_tx;
        let (lowest, highest) = if is_empty { (0, 0) } else { (lowest, reached) };
        let metadata = self.metadata(parent.database_id, time, (lowest, highest), false, false);
        let pieces = if is_empty { Vec::new() } else { self.logs.wanted(extent)? };
        let draft = Draft {
            metadata,
            folders: Vec::new(),
            entries: pieces.into_iter().map(Entry::Log).collect(),
            modified: time.0,
        };
        space(&self.target.folder, draft.size().bytes)?;
        let kind = if is_empty { BackupType::Empty } else { BackupType::Differential };
        let finished = self.finish(&draft, watch)?;
        Ok(Differential::Taken(self.taken(&draft.metadata, kind, IdFrom::Parent, &finished)))
    }

    fn full(&mut self, readings: &[Reading], watch: Watch) -> anyhow::Result<Taken> {
        let (id, id_from) = self.id(readings)?;
        let was_running = lock::is_running(&self.database.store)?;
        let stage = snapshot::fresh(self.stage_folder())?;
        let checkpoints = snapshot::fresh(stage.join("checkpoints"))?;
        let total = snapshot::size(&self.database.store)?;
        self.enough(&stage, total)?;
        // Checkpoints first: the one that is recovered from is then older than every page that is copied.
        let (checkpoint, checkpoint_files) = self.logs.copy_checkpoints(&checkpoints)?;
        let checkpoint = checkpoint
            .with_context(|| format!("there is no checkpoint in `{}`", self.database.logs.display()))?;
        let store = stage.join("store");
        let mut place = self.copies(id, &store)?;
        let mut done = 0;
        let growth = self.log_growth();
        let copied = snapshot::take(&self.database.store, place.place(), &mut |bytes| {
            done += bytes;
            watch("copying", done, total.max(done), growth);
        })?;

        // Logs last: whatever was committed before this moment is in them.
        let time = self.time()?;
        self.logs.refresh()?;
        watch("reading logs", 0, 0, self.log_growth());
        let next = checkpoint.append_index.saturating_add(1);
        let walked = self.logs.walk(checkpoint.log, next, &self.store_id)?;
        let last = walked.extent.last.as_ref().map(|last| last.append_index);
        if last.is_some_and(|last| last < checkpoint.append_index) {
            bail!(
                "the transaction logs in `{}` end before the checkpoint at tx {}: they are not this store's",
                self.database.logs.display(),
                checkpoint.append_index
            );
        }
        let highest = last.unwrap_or(checkpoint.append_index);
        let is_running = was_running || lock::is_running(&self.database.store)?;
        let recovered = !is_running && highest == checkpoint.append_index;

        let metadata = self.metadata(id, time, (1, highest), true, recovered);
        let mut entries = Vec::new();
        for file in checkpoint_files {
            let found = fs::metadata(&file.at)?;
            let modified = snapshot::seconds(found.modified()?);
            entries.push(Entry::Copy { path: file.name, at: file.at, bytes: found.len(), modified });
        }
        entries.extend(self.logs.since_checkpoint(&checkpoint, &walked.extent)?.into_iter().map(Entry::Log));
        let reflinked = place.are_reflinked();
        let finished = match place {
            Copies::InStage(_) => {
                let staged = copied.files.iter().map(|file| {
                    let (path, at) = (file.path.clone(), store.join(&file.path));
                    Entry::Copy { path, at, bytes: file.bytes, modified: file.modified }
                });
                let entries = staged.chain(entries).collect();
                let (metadata, folders) = (metadata.clone(), copied.folders);
                self.finish(&Draft { metadata, folders, entries, modified: time.0 }, watch)?
            }
            Copies::InArtifact(mut direct) => {
                for entry in &entries {
                    direct
                        .entry(entry)
                        .with_context(|| format!("cannot write `{}`", self.partial().display()))?;
                }
                let bytes =
                    copied.files.iter().map(|file| file.bytes).chain(entries.iter().map(Entry::bytes));
                let size =
                    ArchiveSize { files: (copied.files.len() + entries.len()) as u64, bytes: bytes.sum() };
                direct.finish(&metadata, size, &self.path(time), &mut self.told(watch))?
            }
        };
        let taken = self.taken(&metadata, BackupType::Full, id_from, &finished);
        Ok(Taken { recopied: copied.recopied, reflinked, ..taken })
    }

    /// Where copies of the store's files go: a compressed artifact begins with what is known last.
    fn copies(&self, id: Uuid, store: &Path) -> anyhow::Result<Copies> {
        if self.wanted.compress {
            fs::create_dir_all(store).with_context(|| format!("cannot make `{}`", store.display()))?;
            return Ok(Copies::InStage(Stage::new(&self.database.store, store)));
        }
        let unknown = self.metadata(id, self.time()?, (0, 0), true, false);
        let partial = self.partial();
        let direct = Direct::begin(partial.clone(), &unknown);
        let direct = direct.with_context(|| format!("cannot write `{}`", partial.display()))?;
        Ok(Copies::InArtifact(Box::new(direct)))
    }

    fn metadata(&self, id: Uuid, time: UtcTime, range: (i64, i64), full: bool, recovered: bool) -> Metadata {
        Metadata {
            store_id: self.store_id.clone(),
            database_id: id,
            database_name: self.database.name.clone(),
            backup_time: time,
            lowest: range.0,
            highest: range.1,
            flags: Flags { recovered, compressed: self.wanted.compress, full, unknown: 0 },
            map: Some(self.script().into_iter().collect()),
        }
    }

    /// Users and roles, except beside the database that has them in its own files.
    fn script(&self) -> Option<MapEntry> {
        let script = self.wanted.script.as_ref().filter(|_| self.database.name != SYSTEM)?;
        Some(MapEntry { key: SCRIPT.to_owned(), value: script.clone().into_bytes() })
    }

    fn finish(&self, draft: &Draft, watch: Watch) -> anyhow::Result<Finished> {
        let target = self.path(draft.metadata.backup_time);
        draft.finish(&self.partial(), &target, &mut self.told(watch))
    }

    fn told(&self, watch: Watch) -> impl FnMut(Step, u64, u64) {
        let growth = self.log_growth();
        move |step, done, total| {
            let phase = match step {
                Step::Writing => "writing",
                Step::Verifying => "verifying",
            };
            watch(phase, done, total, growth);
        }
    }

    fn taken(&self, metadata: &Metadata, kind: BackupType, from: IdFrom, finished: &Finished) -> Taken {
        Taken {
            path: finished.path.display().to_string(),
            kind,
            database_id: metadata.database_id,
            database_id_from: from,
            time: metadata.backup_time,
            lowest_tx: metadata.lowest,
            highest_tx: metadata.highest,
            recovered: metadata.flags.recovered,
            bytes: finished.bytes,
            level: finished.verification.level,
            recopied: 0,
            reflinked: false,
            seconds: self.started.elapsed().as_secs_f64(),
            full_because: None,
            untidy: None,
        }
    }

    /// This moment, once no backup is named by it.
    fn time(&self) -> anyhow::Result<UtcTime> {
        for _ in 0..100 {
            let time = now();
            if !self.path(time).exists() {
                return Ok(time);
            }
            std::thread::sleep(PAUSE);
        }
        bail!("the clock stands still: `{}` is there already", self.path(now()).display())
    }

    fn path(&self, time: UtcTime) -> PathBuf {
        self.target.folder.join(format!("{}-{}.backup", self.database.name, time.file_name()))
    }

    fn partial(&self) -> PathBuf {
        self.target.work.join(&format!("partial-{}", self.database.name))
    }

    fn stage_work(&self) -> &WorkFolder {
        self.target.temp.as_ref().unwrap_or(&self.target.work)
    }

    fn stage_folder(&self) -> PathBuf {
        self.stage_work().join(&format!("store-{}", self.database.name))
    }

    /// Removes what the work left, or puts aside what a failed one is to leave.
    fn tidy(&self, failed: bool) -> io::Result<()> {
        let (stage, partial) = (self.stage_folder(), self.partial());
        if failed && self.wanted.keep_failed {
            let (name, stamp) = (&self.database.name, now().file_name());
            if stage.exists() {
                self.stage_work().keep(&stage, name, &stamp)?;
            }
            // A compressed one can be written again from what was copied.
            if !self.wanted.compress && partial.exists() {
                self.target.work.keep(&partial, &format!("{name}.partial"), &stamp)?;
            }
        }
        if stage.exists() {
            fs::remove_dir_all(&stage)?;
        }
        if partial.exists() {
            fs::remove_file(&partial)?;
        }
        Ok(())
    }

    fn log_growth(&self) -> u64 {
        self.logs.bytes_on_disk().saturating_sub(self.log_bytes)
    }

    /// Refuses where the copy of the store could not be written.
    fn enough(&self, stage: &Path, store: u64) -> anyhow::Result<()> {
        if !self.wanted.compress {
            return space(&self.target.folder, store);
        }
        // How far it will compress nobody knows; running out of space then is an error like any other.
        space(stage, if snapshot::is_free(&self.database.store, stage) { 0 } else { store })
    }
}

fn space(folder: &Path, needed: u64) -> anyhow::Result<()> {
    match lock::available(folder) {
        Some(found) if found < needed => bail!(
            "not enough space in `{}`: expected {}, found {}",
            folder.display(),
            size(needed),
            size(found)
        ),
        _ => Ok(()),
    }
}

fn now() -> UtcTime {
    UtcTime(snapshot::seconds(SystemTime::now()))
}
