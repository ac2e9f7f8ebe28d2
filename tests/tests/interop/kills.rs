//! Killed at any moment, a backup leaves no half artifact and a restore no half database.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use graphkeep_tests::fixtures::folder;
use graphkeep_tests::neo4j::{DATABASE, Home, Release, Writers, last_tx};

use crate::{backups, runs};

/// How often to kill: few times among all tests, many times where that is what was asked for.
fn kills(few: usize) -> usize {
    if runs().is_some() { 50 } else { few }
}

/// Starts the tool on a home and kills it at a random moment of the time that it takes; says whether it was
/// still at work.
fn kill_within(home: &Home, words: &[&str], span: Duration) -> Result<bool> {
    let mut tool = home.spawn(words)?;
    thread::sleep(span.mul_f64(fastrand::f64() * 1.1));
    tool.kill()?;
    Ok(!tool.wait()?.success())
}

#[test]
fn a_killed_backup_leaves_nothing_under_a_final_name() -> Result<()> {
    let release = Release::find("2026.05.0")?;
    let home = Home::busy(&release, "1G size")?;
    let server = home.start()?;
    let writers = Writers::start(&server, 2)?;
    writers.wait_for(200)?;
    let folder = tempfile::tempdir()?;
    let begun = Instant::now();
    home.back_up(folder.path(), &["--type=FULL"])?;
    let span = begun.elapsed();
    let (from, to) =
        (format!("--from={}", home.path().display()), format!("--to-path={}", folder.path().display()));
    let (mut at_work, mut count) = (0, backups(folder.path())?.len());
    let wanted = kills(8);
    for _ in 0..wanted {
        let kind = if fastrand::bool() { "--type=FULL" } else { "--type=AUTO" };
        let compress = if fastrand::bool() { "--compress=true" } else { "--compress=false" };
        let words = ["database", "backup", &from, &to, kind, compress, DATABASE];
        at_work += usize::from(kill_within(&home, &words, span)?);
        let now = backups(folder.path()).context("after a kill")?.len();
        ensure!(now >= count, "backups vanished");
        count = now;
    }
    home.back_up(folder.path(), &["--type=FULL"]).context("the run after the kills")?;
    backups(folder.path())?;
    let left: Vec<_> = work_in(folder.path())?;
    ensure!(left.is_empty(), "the next run cleans up: {left:?}");
    eprintln!("{wanted} backups killed, {at_work} of them at work");
    writers.stop()?;
    server.stop()
}

/// What lies in the folder for work, beside its lock.
fn work_in(folder: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder.join(".graphkeep"))? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.retain(|name| name != "lock");
    Ok(names)
}

#[test]
fn a_killed_restore_leaves_the_old_or_the_new() -> Result<()> {
    let release = Release::find("2026.05.0")?;
    let chain = folder().join(format!("real/neo4j-{}/chain", release.version));
    let full = format!("--from-path={}", chain.join("neo4j-2026-03-01T02-00-00.backup").display());
    let whole = format!("--from-path={}", chain.display());
    let home = Home::new(&release)?;
    let restore = |from: &str| {
        home.graphkeep(&["database", "restore", from, "--overwrite-destination=true"])?.succeeded()
    };
    restore(&full)?;
    let begun = Instant::now();
    restore(&whole)?;
    let span = begun.elapsed();

    let (mut at_work, mut new) = (0, 0);
    let wanted = kills(12);
    for number in 0..wanted {
        restore(&full)?;
        let words = ["database", "restore", &whole, "--overwrite-destination=true"];
        at_work += usize::from(kill_within(&home, &words, span)?);
        // In the middle of the swap Neo4j refuses to start, which another test proves.
        let found = last_tx(&home.logs()).ok().filter(|_| home.store().join("neostore").exists());
        ensure!(matches!(found, None | Some(19 | 49)), "tx {found:?}");
        new += usize::from(found == Some(49));
        if number % 10 == 0
            && let Some(tx) = found
        {
            let server = home.start().context("after a kill")?;
            let nodes = server.number("MATCH (n) RETURN count(n)")?;
            server.stop()?;
            ensure!((tx, nodes) == (19, 200) || (tx, nodes) == (49, 800), "tx {tx}: {nodes} nodes");
            home.check()?;
        }
    }
    // The run after the kills has it all, and leaves nothing beside it.
    restore(&whole)?;
    ensure!(last_tx(&home.logs())? == 49, "the whole chain");
    for live in [home.store(), home.logs()] {
        let beside = live.parent().context("it has one")?;
        for entry in fs::read_dir(beside)? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            ensure!(!name.starts_with(".graphkeep"), "{name} was left in {}", beside.display());
        }
    }
    eprintln!("{wanted} restores killed, {at_work} of them at work; {new} had put the new in place");
    Ok(())
}
