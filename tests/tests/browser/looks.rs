//! Every screen in light, dark and narrow, kept as pictures in `target/screenshots` for people to look at.
//! What a picture cannot be wrong in is checked: nothing is wider than a narrow window.

use std::fs;

use graphkeep_tests::browser::Scheme;
use graphkeep_tests::fixtures;
use graphkeep_tests::page::{Page, visit};

const LOOKS: [(&str, u32, u32, Scheme); 3] = [
    ("light", 1280, 900, Scheme::Light),
    ("dark", 1280, 900, Scheme::Dark),
    ("narrow", 380, 800, Scheme::Light),
];

#[test]
fn every_screen_shows_in_light_dark_and_narrow() {
    visit(async |page: Page| {
        look(&page, "start").await?;
        page.click("#show-keys").await?;
        look(&page, "help").await?;
        page.click("#close-help").await?;
        let folders = ["scenarios", "real/neo4j-2026.05.0/formats"];
        page.give(&folders.map(|folder| fixtures::folder().join(folder))).await?;
        look(&page, "estate").await?;
        page.clear().await?;

        page.give(&[fixtures::folder().join("scenarios/gap")]).await?;
        page.open_database("neo4j").await?;
        look(&page, "broken").await?;
        page.go_home().await?;
        page.clear().await?;

        page.give(&[fixtures::folder().join("real/neo4j-2026.05.0/chain")]).await?;
        page.open_database("neo4j").await?;
        look(&page, "database").await?;
        page.open_artifact("neo4j-2026-03-01T02-00-00.backup").await?;
        page.until("document.querySelector('#bytes')").await?;
        look(&page, "artifact").await?;
        page.click("#verify-file").await?;
        page.until("document.querySelector('#contents')").await?;
        page.tab("container").await?;
        look(&page, "container").await?;
        page.tab("transactions").await?;
        page.click("#list-transactions").await?;
        page.until("document.querySelector('#commits')").await?;
        page.say("document.querySelector('#transactions').scrollIntoView()").await?;
        look(&page, "transactions").await?;
        page.tab("contents").await?;
        page.say("document.querySelector('#contents').scrollIntoView()").await?;
        look(&page, "contents").await?;
        page.click("#compare").await?;
        page.until("document.querySelector('#comparison')").await?;
        look(&page, "comparison").await?;
        page.click("#report").await?;
        page.until("document.querySelector('#report-preview')").await?;
        look(&page, "report").await?;
        page.clear().await?;

        let folder = tempfile::tempdir()?;
        let path = folder.path().join("neo4j-2026-03-01T02-00-00.backup");
        let mut bytes =
            fs::read(fixtures::folder().join("real/neo4j-2026.05.0/chain/neo4j-2026-03-01T02-00-00.backup"))?;
        bytes.extend_from_slice(&[7; 5000]);
        fs::write(&path, bytes)?;
        page.give(&[path]).await?;
        page.open_database("neo4j").await?;
        page.open_artifact("neo4j-2026-03-01T02-00-00.backup").await?;
        page.click("#verify-file").await?;
        page.click("#mend").await?;
        page.until("document.querySelector('#save-mended')").await?;
        page.say("document.querySelector('#damage').scrollIntoView()").await?;
        look(&page, "damage").await?;
        Ok(())
    });
}

async fn look(page: &Page, screen: &str) -> anyhow::Result<()> {
    for (name, width, height, scheme) in LOOKS {
        page.look(width, height, scheme).await?;
        page.until(&format!(
            "innerWidth === {width} && matchMedia('(prefers-color-scheme: {})').matches",
            scheme.name()
        ))
        .await?;
        page.screenshot(&format!("{screen}-{name}")).await?;
        let too_wide = page.say("document.documentElement.scrollWidth > innerWidth").await?;
        assert_eq!(too_wide, false, "{screen} scrolls sideways in {name}");
    }
    Ok(())
}
