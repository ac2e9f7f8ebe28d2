//! The genuine chains, which Neo4j's own classes wrote, restored by us and started by the release that wrote
//! them. Their differentials hold the whole log so far, more than their own range.

use anyhow::{Result, ensure};
use graphkeep_tests::fixtures::folder;
use graphkeep_tests::neo4j::{Home, Release, last_tx};

/// The full holds 200 nodes, and each transaction after it makes 20, as the real server counts them.
const POINTS: [(&str, &str, i64, i64); 4] = [
    ("/neo4j-2026-03-01T02-00-00.backup", "", 19, 200),
    ("", "--restore-until=35", 34, 500),
    ("/neo4j-2026-03-01T04-00-00.backup", "--restore-until=31", 30, 420),
    ("/neo4j-2026-03-01T05-00-00.backup", "", 49, 800),
];

#[test]
fn any_point_of_a_genuine_chain_starts_with_what_was_there_then() -> Result<()> {
    for release in Release::all()? {
        let chain = folder().join(format!("real/neo4j-{}/chain", release.version));
        let home = Home::new(&release)?;
        for (file, until, tx, nodes) in POINTS {
            let from = format!("{}{file}", chain.display());
            let until: Vec<&str> = Some(until).filter(|until| !until.is_empty()).into_iter().collect();
            home.restore(from.as_ref(), &until)?;
            ensure!(last_tx(&home.logs())? == tx, "{file} {until:?}");
            let server = home.start()?;
            let found = server.number("MATCH (n) RETURN count(n)")?;
            server.stop()?;
            ensure!(found == nodes, "{} {file} {until:?}: {found} nodes", release.version);
        }
        home.check()?;
    }
    Ok(())
}
