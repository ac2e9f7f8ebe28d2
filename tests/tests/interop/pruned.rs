//! A server that throws its logs away faster than backups are taken.

use std::fs;

use anyhow::{Result, ensure};
use graphkeep_core::log::LogName;
use graphkeep_core::report::BackupType;
use graphkeep_tests::neo4j::{DATABASE, Held, Home, Release, Writers};

use crate::{backups, path};

#[test]
fn where_the_logs_were_pruned_a_differential_is_refused_and_auto_takes_a_full() -> Result<()> {
    let release = Release::find("2026.05.0")?;
    let source = Home::busy(&release, "1 files")?;
    let folder = tempfile::tempdir()?;
    let server = source.start()?;
    let writers = Writers::start(&server, 4)?;
    writers.wait_for(50)?;
    source.back_up(folder.path(), &["--type=FULL"])?;
    let highest = numbers(&source)?.into_iter().max().unwrap_or_default();
    while numbers(&source)?.into_iter().min().unwrap_or_default() <= highest {
        writers.wait_for(100)?;
    }
    let (from, to) =
        (format!("--from={}", source.path().display()), format!("--to-path={}", folder.path().display()));
    let refused = source.graphkeep(&["database", "backup", &from, &to, "--type=DIFF", DATABASE])?;
    ensure!(refused.code == 1, "{refused:?}");
    ensure!(refused.stderr.contains("pruned"), "it says why: {refused:?}");
    ensure!(backups(folder.path())?.len() == 1, "nothing was written");

    let known = writers.acknowledged();
    let said = source.back_up(folder.path(), &["--type=AUTO"])?;
    ensure!(said.stderr.contains("full"), "it says why: {said:?}");
    writers.stop()?;
    server.kill()?;
    let found = backups(folder.path())?;
    ensure!(found.len() == 2 && found[1].kind == BackupType::Full, "{found:#?}");
    let target = Home::new(&release)?;
    target.restore(&path(&found[1]), &[])?;
    let server = target.start()?;
    Held::by(&server)?.covers(&known)?;
    server.stop()?;
    target.check()
}

/// The numbers of the logs that are there.
fn numbers(home: &Home) -> Result<Vec<u64>> {
    let mut numbers = Vec::new();
    for entry in fs::read_dir(home.logs())? {
        if let Some(LogName::Transactions(number)) = LogName::of(&entry?.file_name().to_string_lossy()) {
            numbers.push(number);
        }
    }
    Ok(numbers)
}
