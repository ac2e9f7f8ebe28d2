//! What a restore leans on: in the middle of its swap Neo4j refuses what it finds, and starts nothing empty.

use std::fs;

use anyhow::{Result, ensure};
use graphkeep_tests::fixtures::folder;
use graphkeep_tests::neo4j::{Home, Release};

/// What stands where the logs belong while there are none.
const SIGN: &str = "A restore by graphkeep was broken off here.";

#[test]
fn neo4j_refuses_a_store_without_logs_and_logs_without_a_store() -> Result<()> {
    for release in Release::all()? {
        let chain = folder().join(format!("real/neo4j-{}/chain", release.version));
        for (store, sign) in [(true, false), (true, true), (false, true)] {
            let home = Home::new(&release)?;
            home.restore(&chain, &[])?;
            fs::remove_dir_all(home.logs())?;
            if sign {
                fs::create_dir(home.logs())?;
                fs::write(home.logs().join("neostore.transaction.db.0"), SIGN)?;
            }
            if !store {
                fs::remove_dir_all(home.store())?;
            }
            let refused = home.start();
            ensure!(refused.is_err(), "{}: store {store}, sign {sign}: it started", release.version);
        }
    }
    Ok(())
}

#[test]
fn nothing_is_restored_over_a_running_server() -> Result<()> {
    let release = Release::find("2026.05.0")?;
    let chain = folder().join(format!("real/neo4j-{}/chain", release.version));
    let home = Home::new(&release)?;
    let server = home.start()?;
    server.query("CREATE (:Mine)")?;
    let from = format!("--from-path={}", chain.display());
    let said = home.graphkeep(&["database", "restore", &from, "--overwrite-destination=true"])?;
    ensure!(said.code == 1 && said.stderr.contains("server"), "{said:?}");
    server.stop()?;
    let server = home.start()?;
    ensure!(server.number("MATCH (n:Mine) RETURN count(n)")? == 1, "what was there is there");
    server.stop()?;
    home.restore(&chain, &[])?;
    Ok(())
}
