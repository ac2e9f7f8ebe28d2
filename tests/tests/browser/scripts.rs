//! Users and roles may hold password hashes: they are shown when asked for, and not before.

use graphkeep_tests::fixtures;
use graphkeep_tests::page::{Page, visit};

#[test]
fn the_script_is_hidden_until_it_is_asked_for() {
    // One stores the script plain, the other compressed.
    let files = ["neo4j-5.26.28/chain", "neo4j-2026.05.0/chain"];
    visit(async move |page: Page| {
        for folder in files {
            const FILE: &str = "neo4j-2026-03-01T02-00-00.backup";
            let path = fixtures::folder().join("real").join(folder).join(FILE);
            let details = fixtures::details(&path)?;
            let script = details.script.expect("the fixture holds a script").expect("and it can be read");
            let line =
                script.lines().find(|line| !line.trim().is_empty()).expect("it has lines").trim().to_owned();
            let source = "document.documentElement.outerHTML";
            page.give(&[path]).await?;
            page.open_database("neo4j").await?;
            page.open_artifact(FILE).await?;
            page.until("document.querySelector('#show-script')").await?;
            page.tab("users").await?;
            let shown = page.say(source).await?;
            assert!(
                !shown.as_str().unwrap().contains(&line),
                "{folder}: the script is in the page before it was asked for"
            );

            page.click("#show-script").await?;
            page.until("document.querySelector('#script pre')").await?;
            assert_eq!(page.text("#script pre").await?.trim(), script.trim(), "{folder}");

            page.click("#show-script").await?;
            page.until("!document.querySelector('#script pre')").await?;
            page.go_home().await?;
            let saved = page.saved_json().await?.to_string();
            assert!(!saved.contains(&line), "{folder}: the script is in the report");
            page.clear().await?;
        }
        Ok(())
    });
}
