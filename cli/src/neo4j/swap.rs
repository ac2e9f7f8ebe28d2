//! A database replaced: never half, whenever the work is broken off.
//!
//! Store and logs lie in two folders, which no file system changes in one step. So the new ones are made
//! beside the old, and moved in such an order that at every moment Neo4j finds either all of the old, all of
//! the new, or a pair that it refuses to start: a store without logs, or logs without a store (observed on
//! 5.26.28 and 2026.05.0). What must never be is nothing at all, for which it would make an empty database,
//! nor one side old and one new.
//!
//! ```text
//! step    store   logs
//!         old     old
//! 1       old     -       old logs put aside
//! 2       old     sign    a folder whose one log is a text that says what happened
//! 3       -       sign    old store put aside
//! 4       new     sign
//! 5       new     -
//! 6       new     new
//! ```
//! Before the first step a mark is left; whoever finds it steps back, or, after step 6, cleans up.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::home::Database;

/// In the place of a log while there is none: Neo4j refuses it, and who looks for the reason finds this.
const SIGN: &str = "neostore.transaction.db.0";
const WORDS: &str = "A restore by graphkeep was broken off here. Run the same `graphkeep database restore` again: it first puts \
     back what was here before.\n";

/// The work beside one folder.
#[derive(Debug)]
struct Side {
    /// Where the database has it.
    live: PathBuf,
    /// A hidden folder beside it, on the same file system.
    work: PathBuf,
}

impl Side {
    fn new(live: &Path, name: &str) -> Self {
        let work = live.with_file_name(format!(".graphkeep-restore-{name}"));
        Self { live: live.to_owned(), work }
    }

    fn new_one(&self) -> PathBuf {
        self.work.join("new")
    }

    fn old_one(&self) -> PathBuf {
        self.work.join("old")
    }
}

/// The two folders of a database, and what is to take their place.
#[derive(Debug)]
pub(crate) struct Swap {
    store: Side,
    logs: Side,
}

impl Swap {
    /// Mends what a broken-off restore of this database left, and makes room for a new one.
    pub(crate) fn begin(database: &Database) -> io::Result<Self> {
        let swap = Self::of(database);
        swap.mend()?;
        for side in [&swap.store, &swap.logs] {
            fs::create_dir_all(side.new_one())?;
        }
        fs::create_dir_all(swap.part())?;
        fs::create_dir_all(swap.sign())?;
        let mut sign = File::create(swap.sign().join(SIGN))?;
        sign.write_all(WORDS.as_bytes())?;
        sign.sync_all()?;
        Ok(swap)
    }

    /// Mends what a broken-off restore of this database left.
    pub(crate) fn mend_what_was_left(database: &Database) -> io::Result<()> {
        Self::of(database).mend()
    }

    fn of(database: &Database) -> Self {
        Self {
            store: Side::new(&database.store, &database.name),
            logs: Side::new(&database.logs, &database.name),
        }
    }

    /// Where the new store files go.
    pub(crate) fn new_store(&self) -> PathBuf {
        self.store.new_one()
    }

    /// Where the new logs go.
    pub(crate) fn new_logs(&self) -> PathBuf {
        self.logs.new_one()
    }

    /// Room for the logs of one differential, on the file system of the logs.
    pub(crate) fn part(&self) -> PathBuf {
        self.logs.work.join("part")
    }

    fn sign(&self) -> PathBuf {
        self.logs.work.join("sign")
    }

    fn mark(&self) -> PathBuf {
        self.store.work.join("swapping")
    }

    /// Puts the new in place of the old, and throws the old away. Everything new is on disk already.
    pub(crate) fn finish(self) -> io::Result<()> {
        File::create(self.mark())?.sync_all()?;
        sync_folder(&self.store.work)?;
        for step in STEPS {
            step(&self)?;
        }
        self.clean()
    }

    /// Throws the new away.
    pub(crate) fn abandon(self) -> io::Result<()> {
        self.clean()
    }

    /// Brings back one whole state: the new one if it was in place, else the old.
    fn mend(&self) -> io::Result<()> {
        if self.mark().exists() && self.new_logs().exists() {
            self.step_back()?;
            fs::remove_file(self.mark())?;
        }
        self.clean()
    }

    fn step_back(&self) -> io::Result<()> {
        let (store, logs) = (&self.store, &self.logs);
        // After steps 1 and 5 there are no logs: the sign comes (back), so that there is never nothing.
        if !logs.live.exists() && self.sign().exists() {
            rename(&self.sign(), &logs.live)?;
        }
        if !store.new_one().exists() {
            rename(&store.live, &store.new_one())?;
        }
        if store.old_one().exists() {
            rename(&store.old_one(), &store.live)?;
        }
        if !self.sign().exists() {
            rename(&logs.live, &self.sign())?;
        }
        if logs.old_one().exists() {
            rename(&logs.old_one(), &logs.live)?;
        }
        Ok(())
    }

    /// The mark goes last: as long as it is there, the rest is known for what it is.
    fn clean(&self) -> io::Result<()> {
        remove(&self.logs.work)?;
        if self.store.work.exists() {
            remove(&self.store.new_one())?;
            remove(&self.store.old_one())?;
        }
        remove(&self.store.work)
    }
}

type Step = fn(&Swap) -> io::Result<()>;

const STEPS: [Step; 6] = [
    |swap| rename_if_there(&swap.logs.live, &swap.logs.old_one()),
    |swap| rename(&swap.sign(), &swap.logs.live),
    |swap| rename_if_there(&swap.store.live, &swap.store.old_one()),
    |swap| rename(&swap.store.new_one(), &swap.store.live),
    |swap| rename(&swap.logs.live, &swap.sign()),
    |swap| rename(&swap.logs.new_one(), &swap.logs.live),
];

fn rename_if_there(from: &Path, to: &Path) -> io::Result<()> {
    // A link counts, wherever it leads: it is what is moved.
    if fs::symlink_metadata(from).is_ok() { rename(from, to) } else { Ok(()) }
}

fn rename(from: &Path, to: &Path) -> io::Result<()> {
    fs::rename(from, to)?;
    for folder in [from.parent(), to.parent()].into_iter().flatten() {
        sync_folder(folder)?;
    }
    Ok(())
}

/// Names last when their folder is on disk.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

fn remove(folder: &Path) -> io::Result<()> {
    match fs::symlink_metadata(folder) {
        Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(folder),
        Ok(_) => fs::remove_file(folder),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Puts a folder with everything in it on disk, and gives it to the owner of `model` where we may.
pub(crate) fn settle(folder: &Path, model: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            settle(&entry.path(), model)?;
        } else {
            File::open(entry.path())?.sync_all()?;
            own(&entry.path(), model)?;
        }
    }
    own(folder, model)?;
    sync_folder(folder)
}

/// Whoever restores as root restores for the user whom the server runs as.
#[cfg(unix)]
fn own(path: &Path, model: &Path) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, lchown};
    let (is, wanted) = (fs::symlink_metadata(path)?, fs::metadata(model)?);
    if (is.uid(), is.gid()) == (wanted.uid(), wanted.gid()) {
        return Ok(());
    }
    match lchown(path, Some(wanted.uid()), Some(wanted.gid())) {
        // Only root gives files away; anybody else runs the server as himself.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
        done => done,
    }
}

#[cfg(not(unix))]
fn own(_path: &Path, _model: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Place {
        _folder: tempfile::TempDir,
        database: Database,
    }

    impl Place {
        fn new(old: Option<&str>) -> Self {
            let folder = tempfile::tempdir().expect("a folder");
            let at = |kind: &str| folder.path().join(kind).join("neo4j");
            let database =
                Database { name: "neo4j".into(), store: at("databases"), logs: at("transactions") };
            for live in [&database.store, &database.logs] {
                fs::create_dir_all(live.parent().expect("it has one")).expect("made");
                if let Some(old) = old {
                    fs::create_dir(live).expect("made");
                    fs::write(live.join("what"), old).expect("written");
                }
            }
            Self { _folder: folder, database }
        }

        fn begin(&self) -> Swap {
            let swap = Swap::begin(&self.database).expect("begun");
            for new in [swap.new_store(), swap.new_logs()] {
                fs::write(new.join("what"), "new").expect("written");
            }
            swap
        }

        /// What Neo4j would find: store and logs.
        fn found(&self) -> [String; 2] {
            [&self.database.store, &self.database.logs].map(|live| {
                if live.join(SIGN).exists() {
                    return "sign".into();
                }
                fs::read_to_string(live.join("what")).unwrap_or_else(|_| "-".into())
            })
        }

        fn leaves_nothing_behind(&self) {
            for live in [&self.database.store, &self.database.logs] {
                let parent = live.parent().expect("it has one");
                let names =
                    fs::read_dir(parent).expect("listed").map(|entry| entry.expect("one").file_name());
                assert!(names.collect::<Vec<_>>().iter().all(|name| name == "neo4j"), "{}", parent.display());
            }
        }
    }

    #[test]
    fn broken_off_anywhere_it_is_old_or_new_or_refused_and_the_next_run_mends_it() {
        for old in [Some("old"), None] {
            let before = [old.unwrap_or("-"); 2];
            for steps in 0..=STEPS.len() {
                let place = Place::new(old);
                let swap = place.begin();
                File::create(swap.mark()).expect("marked");
                for step in &STEPS[..steps] {
                    step(&swap).expect("a step");
                }
                let found = place.found();
                let refused = found[0] != "-" && found[1] == "-" || found[1] == "sign";
                let whole = found == before || found == ["new", "new"];
                assert!(refused || whole, "after step {steps}: {found:?}");

                // The next run may be broken off as well, and again.
                for back in 0..5 {
                    let swap = Swap::of(&place.database);
                    if steps < STEPS.len() && back < 4 {
                        swap.step_back().expect("a step back");
                    } else {
                        swap.mend().expect("mended");
                    }
                }
                let expected = if steps == STEPS.len() { ["new"; 2] } else { before };
                assert_eq!(place.found(), expected, "mended after step {steps}");
                place.leaves_nothing_behind();
            }
        }
    }

    #[test]
    fn a_swap_puts_the_new_in_place_and_leaves_nothing_behind() {
        for old in [Some("old"), None] {
            let place = Place::new(old);
            place.begin().finish().expect("swapped");
            assert_eq!(place.found(), ["new", "new"]);
            place.leaves_nothing_behind();
            place.begin().abandon().expect("given up");
            assert_eq!(place.found(), ["new", "new"]);
            place.leaves_nothing_behind();
        }
    }
}
