//! The other engine: the ways through the page that differ between browsers, in Firefox.

use std::fs;

use graphkeep_tests::browser::Network;
use graphkeep_tests::fixtures;
use graphkeep_tests::page::{KEPT, Page, SAMPLE, inspected, visit_in_firefox};
use thirtyfour::By;

#[test]
fn firefox_reads_verifies_and_sends_nothing() {
    visit_in_firefox(async |page: Page| {
        let chain = fixtures::folder().join("real/neo4j-2026.05.0/chain");
        let mut files = Vec::new();
        for entry in fs::read_dir(&chain)? {
            files.push(entry?.path().canonicalize()?.display().to_string());
        }
        // Its driver types only into what can be seen.
        page.say("document.querySelector('#open-files-input').hidden = false").await?;
        page.driver.find(By::Id("open-files-input")).await?.send_keys(files.join("\n")).await?;
        page.settled(files.len()).await?;
        assert_eq!(page.saved_json().await?["summary"], inspected(&chain)?["summary"]);

        page.open_database("neo4j").await?;
        page.click("#verify-chain").await?;
        page.until("document.querySelector('#database').innerText.includes('(L3)')").await?;
        let out =
            "fetch('http://127.0.0.1:1/out', { mode: 'no-cors' }).then(() => 'went out', () => 'refused')";
        assert_eq!(page.say(out).await?, "refused");
        Ok(())
    });
}

#[test]
fn firefox_starts_the_page_without_a_network() {
    visit_in_firefox(async |page: Page| {
        page.until(KEPT).await?;
        page.try_sample().await?;
        page.network(Network::Gone);
        // Its driver's own way to load a page again passes service workers by.
        page.driver.goto(page.url()).await?;
        page.click("#try-sample").await?;
        page.settled(SAMPLE.lines().count()).await
    });
}
