//! Backups and verification of a large store that a real Neo4j wrote, against what everybody has: `cp`, `tar`,
//! `zstd`. Contestants read and write the same bytes in the same run.

use std::fs::{self, File};
use std::io::{self, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use graphkeep_tests::neo4j::{DATABASE, Home, Release, Writers};
use serde_json::{Value, json};

use crate::{proof, store};

const RUNS: usize = 5;
/// How long writers are watched.
const WATCHED: Duration = Duration::from_secs(10);

/// What is measured with, and on.
pub(crate) struct Live {
    graphkeep: PathBuf,
    /// For everything that is written.
    folder: PathBuf,
    /// The home of the large store.
    home: PathBuf,
    release: String,
}

/// A contestant: what it writes to is removed before each run.
struct Contestant {
    command: Command,
    writes: PathBuf,
}

impl Live {
    pub(crate) fn new(graphkeep: &Path, bench: &Path, release: &str) -> Result<Self> {
        let home = store::ready(bench, release)?;
        let folder = bench.join("live");
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder)?;
        Ok(Self { graphkeep: graphkeep.to_owned(), folder, home, release: release.to_owned() })
    }

    /// Removes all that was written but the large store.
    pub(crate) fn clear(self) -> Result<()> {
        Ok(fs::remove_dir_all(self.folder)?)
    }

    fn graphkeep(&self, words: &[&str]) -> Command {
        let mut command = Command::new(&self.graphkeep);
        command.args(words).env_remove("NEO4J_HOME").env_remove("NEO4J_CONF");
        command
    }

    fn back_up(&self, home: &Path, to: &Path, compress: bool) -> Command {
        let mut command = self.graphkeep(&["database", "backup", "--type=FULL", DATABASE]);
        command.arg(format!("--from={}", home.display())).arg(format!("--to-path={}", to.display()));
        command.arg(format!("--compress={compress}"));
        command
    }

    /// A backup of a home, alone in a folder.
    fn artifact(&self, home: &Path, name: &str, compress: bool) -> Result<PathBuf> {
        let to = self.folder.join(name);
        fs::create_dir_all(&to)?;
        run(&mut self.back_up(home, &to, compress))?;
        let found = fs::read_dir(&to)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
        let artifact = found.into_iter().find(|path| path.extension().is_some_and(|found| found == "backup"));
        artifact.context("no backup was written")
    }

    /// Local backups against `cp -r` and `tar | zstd -1` of what they hold.
    pub(crate) fn backups(&self) -> Result<Value> {
        let plain = self.artifact(&self.home, "plain", false)?;
        let zstd = self.artifact(&self.home, "zstd", true)?;
        let unpacked = self.folder.join("unpacked");
        run(self.graphkeep(&["extract", "--to"]).arg(&unpacked).arg(&plain))?;
        let (source, copy, tar) = (unpacked.display(), self.folder.join("copy"), self.folder.join("tar.zst"));
        let (ours_plain, ours_zstd) = (self.folder.join("ours-plain"), self.folder.join("ours-zstd"));
        let (to, packed) = (copy.display(), tar.display());
        let cp = format!("cp -r {source} {to}");
        let pack = format!("tar -c -C {source} . | zstd -1 -q -o {packed}");
        let best = best(vec![
            Contestant { command: self.back_up(&self.home, &ours_plain, false), writes: ours_plain },
            Contestant { command: shell(&cp), writes: copy.clone() },
            Contestant {
                command: shell(&format!("{cp} && find {to} -type f -exec sync {{}} +")),
                writes: copy,
            },
            Contestant { command: self.back_up(&self.home, &ours_zstd, true), writes: ours_zstd },
            Contestant { command: shell(&pack), writes: tar.clone() },
            Contestant { command: shell(&format!("{pack} && sync {packed}")), writes: tar.clone() },
        ])?;
        let [plain_s, cp_s, cp_durable_s, zstd_s, tar_s, tar_durable_s] =
            <[f64; 6]>::try_from(best).map_err(|_| anyhow::anyhow!("six contestants"))?;
        Ok(json!({
            "bytes": store::size(&unpacked)?,
            "plain_s": plain_s, "cp_s": cp_s, "cp_durable_s": cp_durable_s,
            "zstd_s": zstd_s, "tar_zstd_s": tar_s, "tar_zstd_durable_s": tar_durable_s,
            "zstd_bytes": fs::metadata(&zstd)?.len(), "tar_zstd_bytes": fs::metadata(&tar)?.len(),
        }))
    }

    /// `verify` against `zstd -t` of the same frames: one file that Neo4j's own dump wrote, one of ours, and
    /// four of those at once.
    pub(crate) fn verification(&self) -> Result<Value> {
        let mut rows = Vec::new();
        let ours = self.artifact(&self.home, "verified", true)?;
        let four = self.folder.join("four");
        fs::create_dir_all(&four)?;
        for number in 0..4 {
            fs::copy(&ours, four.join(format!("{number}.backup")))?;
        }
        let dump = self.home.join(format!("{DATABASE}.dump"));
        for (what, path) in [("a dump of neo4j-admin's", &dump), ("a backup", &ours), ("four backups", &four)]
        {
            let files = if path.is_dir() { list(path)? } else { vec![path.clone()] };
            let frames = self.folder.join("frames");
            let _ = fs::remove_dir_all(&frames);
            fs::create_dir_all(&frames)?;
            let mut anchor = Command::new("zstd");
            anchor.args(["-t", "-q"]);
            for file in &files {
                // Behind the magic the frame is all there is.
                let frame = frames.join(file.file_name().context("a name")?);
                let mut from = File::open(file)?;
                from.seek(SeekFrom::Start(4))?;
                io::copy(&mut from, &mut File::create(&frame)?)?;
                anchor.arg(frame);
            }
            let nowhere = self.folder.join("nowhere");
            let contestant = |command| Contestant { command, writes: nowhere.clone() };
            let verify = |level| {
                let mut command = self.graphkeep(&["verify", "--level", level]);
                command.arg(path);
                contestant(command)
            };
            let best = best(vec![verify("l2"), verify("l3"), contestant(anchor)])?;
            let bytes: u64 = files.iter().map(|file| Ok(fs::metadata(file)?.len())).sum::<Result<u64>>()?;
            rows.push(json!({
                "of": what, "bytes": bytes, "l2_s": best[0], "l3_s": best[1], "zstd_t_s": best[2],
            }));
        }
        Ok(Value::Array(rows))
    }

    /// The page's verification of one backup against the command line tool's.
    pub(crate) fn proof(&self) -> Result<Value> {
        proof::measure(&self.graphkeep, &self.artifact(&self.home, "proven", true)?)
    }

    /// The most memory that each takes, for a small store and for one many times as large.
    pub(crate) fn memory(&self) -> Result<Value> {
        let mut rows = Vec::new();
        for copies in [0, 3] {
            let home = self.folder.join(format!("home-{copies}"));
            store::copy(&self.home.join("data"), &home.join("data"))?;
            let files = home.join("data/databases").join(DATABASE);
            let largest = files.join("neostore.propertystore.db.arrays");
            match copies {
                // Without its largest file the store is of no use to Neo4j, and no less a store to us.
                0 => fs::remove_file(&largest)?,
                _ => {
                    for copy in 0..copies {
                        fs::copy(&largest, files.join(format!("neostore.more.{copy}.db")))?;
                    }
                }
            }
            let to = self.folder.join(format!("memory-{copies}"));
            fs::create_dir_all(&to)?;
            let plain = peak(&mut self.back_up(&home, &to, false))?;
            fs::remove_dir_all(&to)?;
            fs::create_dir_all(&to)?;
            let zstd = peak(&mut self.back_up(&home, &to, true))?;
            let verify = peak(self.graphkeep(&["verify"]).arg(&to))?;
            let target = self.folder.join(format!("target-{copies}"));
            fs::create_dir_all(target.join("conf"))?;
            let from = format!("--from-path={}", to.display());
            let mut restore = self.graphkeep(&["database", "restore", &from, DATABASE]);
            let restore = peak(restore.env("NEO4J_HOME", &target))?;
            rows.push(json!({
                "store_bytes": store::size(&files)?, "plain_kib": plain, "zstd_kib": zstd, "verify_kib": verify,
                "restore_kib": restore,
            }));
            for folder in [home, to, target] {
                fs::remove_dir_all(folder)?;
            }
        }
        Ok(Value::Array(rows))
    }

    /// Commits of four writers while nothing else happens, and while one backup follows the other.
    pub(crate) fn writers(&self) -> Result<Value> {
        let home = Home::new(&Release::find(&self.release)?)?;
        store::copy(&self.home.join("data"), &home.path().join("data"))?;
        let server = home.start()?;
        let writers = Writers::start(&server, 4)?;
        writers.wait_for(2000)?;
        let rate = |meanwhile: &mut dyn FnMut() -> Result<()>| -> Result<f64> {
            let (before, begun) = (writers.acknowledged().sum(), Instant::now());
            while begun.elapsed() < WATCHED {
                meanwhile()?;
            }
            Ok((writers.acknowledged().sum() - before) as f64 / begun.elapsed().as_secs_f64())
        };
        let alone = rate(&mut || {
            thread::sleep(Duration::from_millis(100));
            Ok(())
        })?;
        let to = self.folder.join("busy");
        let mut backups = 0;
        let during = rate(&mut || {
            let _ = fs::remove_dir_all(&to);
            fs::create_dir_all(&to)?;
            backups += 1;
            run(&mut self.back_up(home.path(), &to, true))
        })?;
        writers.stop()?;
        server.kill()?;
        Ok(json!({ "alone": alone, "during": during, "backups": backups }))
    }
}

fn list(folder: &Path) -> Result<Vec<PathBuf>> {
    fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect()
}

fn shell(script: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    command
}

fn run(command: &mut Command) -> Result<()> {
    let output = command.stdin(Stdio::null()).output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{} failed: {said}", command.get_program().display());
    Ok(())
}

/// Seconds of the best run of each, taking turns. What earlier ones wrote is on the disk before the clock runs.
fn best(mut contestants: Vec<Contestant>) -> Result<Vec<f64>> {
    let mut best = vec![f64::MAX; contestants.len()];
    for _ in 0..RUNS {
        for (contestant, best) in contestants.iter_mut().zip(&mut best) {
            let writes = &contestant.writes;
            let _ = if writes.is_dir() { fs::remove_dir_all(writes) } else { fs::remove_file(writes) };
            if writes.file_name().is_some_and(|name| name.to_string_lossy().starts_with("ours-")) {
                fs::create_dir(writes)?;
            }
            run(&mut Command::new("sync"))?;
            let begun = Instant::now();
            run(&mut contestant.command)?;
            *best = best.min(begun.elapsed().as_secs_f64());
        }
    }
    Ok(best)
}

/// The most memory in KiB that a program had, as the system counts; looked at until it ends.
fn peak(command: &mut Command) -> Result<u64> {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    let status = format!("/proc/{}/status", child.id());
    let mut most = 0;
    let ended = loop {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
        most = kib.unwrap_or(most);
        if let Some(ended) = child.try_wait()? {
            break ended;
        }
        thread::sleep(Duration::from_millis(2));
    };
    ensure!(ended.success(), "{} failed", command.get_program().display());
    Ok(most)
}
