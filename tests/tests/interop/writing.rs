//! The harness itself, without anything of ours: what it calls held must be what the real Neo4j recovers.

use anyhow::Result;
use graphkeep_tests::neo4j::{Held, Home, Release, Writers, last_tx};

#[test]
fn a_killed_server_recovers_every_acknowledged_commit() -> Result<()> {
    for release in Release::all()? {
        let home = Home::busy(&release, "1G size")?;
        let server = home.start()?;
        let writers = Writers::start(&server, 4)?;
        writers.wait_for(400)?;
        writers.expect_the_end();
        server.kill()?;
        let acknowledged = writers.stop()?;

        let server = home.start()?;
        let held = Held::by(&server)?;
        held.covers(&acknowledged)?;
        server.stop()?;
        let last = last_tx(&home.logs())?;
        assert!(last >= acknowledged.sum(), "the logs end at tx {last}, after {acknowledged:?}");
        home.check()?;
    }
    Ok(())
}
