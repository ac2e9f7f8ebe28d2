//! Backups of a server that is written to without pause, restored in every way there is.

use std::time::Instant;

use anyhow::{Context, Result, ensure};
use graphkeep_core::report::{Artifact, BackupType};
use graphkeep_tests::neo4j::{
    Acknowledged, Held, Home, Release, Said, Stopped, Writers, batches, graphkeep, last_tx,
};

use crate::{backups, copied, path, runs};

#[test]
fn backups_under_load_restore_every_acknowledged_commit_on_2026_05() -> Result<()> {
    repeatedly("2026.05.0", ["--compress=false", "--compress=true"])
}

#[test]
fn backups_under_load_restore_every_acknowledged_commit_on_5_26() -> Result<()> {
    repeatedly("5.26.28", ["--compress=true", "--compress=false"])
}

/// The full is compressed or not, and what follows it is the other way.
fn repeatedly(version: &str, compress: [&str; 2]) -> Result<()> {
    let release = Release::find(version)?;
    for run in 1..=runs().unwrap_or(1) {
        let seed = fastrand::u64(..);
        fastrand::seed(seed);
        let begun = Instant::now();
        let told = once(&release, compress).with_context(|| format!("{version}, run {run}, seed {seed}"))?;
        eprintln!("{version}, run {run}: {told}; {:.0} s", begun.elapsed().as_secs_f64());
    }
    Ok(())
}

/// What was taken while the writers wrote, and what they knew to be committed before each began.
struct Taken {
    folder: tempfile::TempDir,
    backups: Vec<(Artifact, Acknowledged)>,
    end: Acknowledged,
}

fn once(release: &Release, compress: [&str; 2]) -> Result<String> {
    let source = Home::busy(release, "1G size")?;
    let taken = take(&source, compress)?;
    let chain: Vec<&Artifact> =
        taken.backups.iter().map(|(artifact, _)| artifact).filter(|one| one.highest_tx > 0).collect();
    let kinds: Vec<BackupType> = taken.backups.iter().map(|(artifact, _)| artifact.kind).collect();
    let differentials = kinds.len() - 2;
    ensure!(kinds[0] == BackupType::Full && kinds[kinds.len() - 1] == BackupType::Empty, "{kinds:?}");
    ensure!(kinds[1..=differentials].iter().all(|kind| *kind == BackupType::Differential), "{kinds:?}");

    let target = Home::new(release)?;
    let everything = restored(&target, &taken)?;
    until_tx(&target, &taken, &chain, &everything)?;
    until_time(&target, &taken, &chain, &everything)?;
    loaded(&target, &taken, &chain)?;
    aggregated(&target, &chain, &everything)?;
    let last = chain[chain.len() - 1].highest_tx;
    Ok(format!(
        "a full to tx {}, {differentials} differentials to tx {last}, an empty; {} commits acknowledged, all there",
        chain[0].highest_tx,
        taken.end.sum()
    ))
}

/// A full, differentials and an empty, and the server's end.
fn take(source: &Home, [full, rest]: [&str; 2]) -> Result<Taken> {
    let folder = tempfile::tempdir()?;
    let server = source.start()?;
    let writers = Writers::start(&server, 4)?;
    let mut known = Vec::new();
    writers.wait_for(fastrand::i64(50..300))?;
    known.push(writers.acknowledged());
    source.back_up(folder.path(), &["--type=FULL", full])?;
    for _ in 0..fastrand::usize(2..=3) {
        writers.wait_for(fastrand::i64(20..200))?;
        known.push(writers.acknowledged());
        source.back_up(folder.path(), &["--type=DIFF", rest])?;
    }
    writers.wait_for(20)?;
    let end = writers.stop()?;
    known.push(end.clone());
    source.back_up(folder.path(), &["--type=AUTO", rest])?;
    known.push(end.clone());
    source.back_up(folder.path(), &["--type=AUTO", rest])?;
    server.end(if fastrand::bool() { Stopped::Killed } else { Stopped::Cleanly })?;
    let found = backups(folder.path())?;
    ensure!(found.len() == known.len(), "{} backups were asked for, found {found:#?}", known.len());
    Ok(Taken { backups: found.into_iter().zip(known).collect(), folder, end })
}

/// The whole chain, and one of its artifacts by chance.
fn restored(target: &Home, taken: &Taken) -> Result<Held> {
    let chosen = fastrand::usize(..taken.backups.len() - 2);
    let mut everything = None;
    for (artifact, known) in [&taken.backups[chosen], &taken.backups[taken.backups.len() - 2]] {
        target.restore(&path(artifact), &[])?;
        ensure!(last_tx(&target.logs())? == artifact.highest_tx, "{}", artifact.path);
        let server = target.start()?;
        let held = Held::by(&server)?;
        held.covers(known)?;
        everything = Some(held);
        server.stop()?;
        target.check()?;
    }
    let everything = everything.context("nothing was restored")?;
    ensure!(everything.0 == taken.end.0, "expected {:?}, found {everything:?}", taken.end);
    Ok(everything)
}

/// Stops right before the transaction that it is told.
fn until_tx(target: &Home, taken: &Taken, chain: &[&Artifact], everything: &Held) -> Result<()> {
    let (full, last) = (chain[0].highest_tx, chain[chain.len() - 1].highest_tx);
    let stop = fastrand::i64(full + 1..=last);
    target.restore(taken.folder.path(), &[&format!("--restore-until={stop}")])?;
    ensure!(last_tx(&target.logs())? == stop - 1, "expected tx {}", stop - 1);
    let server = target.start()?;
    let held = Held::by(&server)?;
    held.within(everything)?;
    // The last transactions of the chain are commits of writers, one each.
    ensure!(
        everything.sum() - held.sum() == last - (stop - 1),
        "tx {stop} of {last}: {held:?} of {everything:?}"
    );
    server.stop()?;
    target.check()
}

/// Keeps what was committed before a time, as the logs of the whole chain say.
fn until_time(target: &Home, taken: &Taken, chain: &[&Artifact], everything: &Held) -> Result<()> {
    let last = chain[chain.len() - 1];
    target.restore(&path(last), &[])?;
    let commits = batches(&target.logs())?;
    let stop = chain[fastrand::usize(1..chain.len())].time;
    let is_late = |time_ms: i64| time_ms >= stop.0 * 1000;
    let first = commits.iter().find(|batch| batch.commits && is_late(batch.time_ms));
    let expected = first.map_or(last.highest_tx, |batch| batch.tx - 1);
    target.restore(taken.folder.path(), &[&format!("--restore-until={}", stop.words())])?;
    ensure!(last_tx(&target.logs())? == expected, "until {stop}: expected tx {expected}");
    let server = target.start()?;
    let held = Held::by(&server)?;
    held.within(everything)?;
    ensure!(everything.sum() - held.sum() == last.highest_tx - expected, "until {stop}: {held:?}");
    server.stop()
}

/// Neo4j's own load takes the full.
fn loaded(target: &Home, taken: &Taken, chain: &[&Artifact]) -> Result<()> {
    let folder = copied([chain[0]])?;
    target.load(folder.path())?;
    let server = target.start()?;
    Held::by(&server)?.covers(&taken.backups[0].1)?;
    server.stop()?;
    target.check()
}

/// The chain folded into one full, which Neo4j's own load takes with everything in it.
fn aggregated(target: &Home, chain: &[&Artifact], everything: &Held) -> Result<()> {
    let folder = copied(chain.iter().copied())?;
    let from = format!("--from-path={}", folder.path().display());
    let said = Said::by(&graphkeep(&["backup", "aggregate", &from])?.output()?)?;
    said.succeeded().context("`backup aggregate` failed")?;
    let left = backups(folder.path())?;
    let [full] = left.as_slice() else { anyhow::bail!("expected one backup, found {left:#?}") };
    ensure!(full.kind == BackupType::Full && !full.recovered, "{full:#?}");
    ensure!(full.highest_tx == chain[chain.len() - 1].highest_tx, "{full:#?}");
    target.load(folder.path())?;
    let server = target.start()?;
    let held = Held::by(&server)?;
    ensure!(held == *everything, "expected {everything:?}, found {held:?}");
    server.stop()?;
    target.check()
}
