//! Users that a server tells go with a backup, and its script makes them again on another server.

use anyhow::{Context, Result, ensure};
use graphkeep_tests::neo4j::{Home, Release, graphkeep};
use serde_json::json;

use crate::{backups, path};

const SHOW: &str = "SHOW USERS YIELD user, passwordChangeRequired ORDER BY user";

#[test]
fn users_go_with_a_backup_and_its_script_makes_them_again() -> Result<()> {
    for release in Release::all()? {
        let (source, target) = (Home::new(&release)?, Home::new(&release)?);
        let server = source.start()?;
        for user in [
            "CREATE USER jake SET PASSWORD 'a long one' CHANGE NOT REQUIRED",
            "CREATE USER `o'hara-2` SET PASSWORD 'another long one'",
        ] {
            server.administer(user, &json!({}))?;
        }
        let users = server.administer(SHOW, &json!({}))?;
        let folder = tempfile::tempdir()?;
        let address = format!("--address={}", server.address());
        for compress in ["--compress=true", "--compress=false"] {
            source.back_up(folder.path(), &["--type=FULL", "--include-metadata=all", &address, compress])?;
        }
        let roles = source.back_up(folder.path(), &["--type=FULL", "--include-metadata=roles", &address]);
        let refused = format!("{:#}", roles.expect_err("Community has no roles"));
        ensure!(refused.contains("Unsupported administration command"), "{refused}");
        server.stop()?;

        let taken = backups(folder.path())?;
        ensure!(taken.len() == 3 && taken[2].script.is_none(), "{taken:#?}");
        let server = target.start()?;
        for artifact in &taken[..2] {
            let at = path(artifact);
            let said = graphkeep(&["show", "--script"])?.arg(&at).output()?;
            let script = String::from_utf8(said.stdout)?;
            ensure!(!script.contains("a long one"), "nobody told it");
            for command in script.lines().filter(|line| !line.starts_with("//")) {
                let passwords =
                    json!({ "jake": "a third long one", "o'hara-2": "a fourth", "neo4j": "a fifth one" });
                server.administer(command.trim_end_matches(';'), &passwords).context(command.to_owned())?;
            }
            let mut again = server.administer(SHOW, &json!({}))?;
            // Theirs was there before, as every new server has it.
            again.retain(|row| row[0] != "neo4j");
            ensure!(users.iter().filter(|row| row[0] != "neo4j").eq(&again), "{users:?}, {again:?}");
        }
        server.stop()?;
    }
    Ok(())
}
