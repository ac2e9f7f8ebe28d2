//! A large store that a real Neo4j wrote, made once and kept: the bench's, no data of the repository.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use graphkeep_tests::neo4j::{DATABASE, Home, Release};
use serde_json::json;

/// Bytes of the store's files, at least.
const BYTES: u64 = 320_000_000;
/// Products of one transaction.
const STEP: i64 = 10_000;

/// Products with a text that compresses by half, and who makes them.
const PRODUCTS: &str = "\
UNWIND range($from, $to) AS id
CREATE (p:Product {id: id, name: 'product ' + id, price: id % 9973 / 100.0,
  words: [word IN range(1, 8) | randomUUID()]})
WITH p, id WHERE id % 10 = 0
CREATE (p)-[:MADE_BY {since: date('2020-01-01') + duration({days: id % 2000})}]->(:Maker {name: 'maker ' + id})";

/// A home, with neo4j-admin's dump of its database beside it.
pub(crate) fn ready(folder: &Path, release: &str) -> Result<PathBuf> {
    let kept = folder.join(format!("store-{release}"));
    if kept.is_dir() {
        return Ok(kept);
    }
    let home = Home::new(&Release::find(release)?)?;
    let server = home.start()?;
    server.query("CREATE INDEX products FOR (p:Product) ON (p.id)")?;
    let client = server.client();
    let mut next = 0;
    while size(&home.store())? < BYTES {
        client.query(PRODUCTS, &json!({ "from": next, "to": next + STEP - 1 }))?;
        next += STEP;
    }
    server.stop()?;
    let unfinished = folder.join("store.unfinished");
    let _ = fs::remove_dir_all(&unfinished);
    for part in ["databases", "transactions"] {
        copy(
            &home.path().join("data").join(part).join(DATABASE),
            &unfinished.join("data").join(part).join(DATABASE),
        )?;
    }
    let to = format!("--to-path={}", unfinished.display());
    home.admin(&["database", "dump", DATABASE, &to])?.succeeded().context("neo4j-admin makes no dump")?;
    fs::rename(&unfinished, &kept)?;
    Ok(kept)
}

/// Bytes of all files below a folder.
pub(crate) fn size(folder: &Path) -> Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        bytes += if metadata.is_dir() { size(&entry.path())? } else { metadata.len() };
    }
    Ok(bytes)
}

pub(crate) fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
