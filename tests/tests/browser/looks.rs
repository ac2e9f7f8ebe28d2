//! Every screen in light, dark and narrow, kept as pictures in `target/screenshots` for people to look at.
//! What a picture cannot be wrong in is checked: nothing is wider than a narrow window.

use std::fs;
use std::path::Path;

use anyhow::Result;
use graphkeep_core::time::UtcTime;
use graphkeep_tests::artifact::{Backup, Origin};
use graphkeep_tests::browser::Scheme;
use graphkeep_tests::page::{Page, visit};
use graphkeep_tests::{estate, fixtures};

const LOOKS: [(&str, u32, u32, Scheme); 3] = [
    ("light", 1280, 900, Scheme::Light),
    ("dark", 1280, 900, Scheme::Dark),
    ("narrow", 360, 780, Scheme::Light),
];

/// Databases by the dozen, among them broken ones, one that ended long ago, and what is no backup.
fn estate(folder: &Path) -> Result<()> {
    let store = folder.join("store");
    estate::write(&store, 20, 24)?;
    for name in
        ["shop-001-2026-09-01T09-00-00", "shop-005-2026-09-01T14-00-00", "shop-006-2026-09-01T02-00-00"]
    {
        fs::remove_file(store.join(format!("nightly/{name}.backup")))?;
    }
    let long_ago = UtcTime(1_788_228_000 - 60 * 86_400);
    Backup::full(&Origin::new("archive-of-the-year-before", 77), long_ago, 4711).save(&store)?;
    fs::write(store.join("notes.txt"), "what was backed up")?;
    fs::write(store.join("cut-2026-09-01T02-00-00.backup"), b"BZV2\x28\xb5")?;
    Ok(())
}

#[test]
fn every_state_shows_in_light_dark_and_narrow() {
    let folder = tempfile::tempdir().unwrap();
    estate(folder.path()).unwrap();
    let nothing = folder.path().join("pictures");
    fs::create_dir(&nothing).unwrap();
    let empty = folder.path().join("empty");
    fs::create_dir(&empty).unwrap();
    for (name, bytes) in
        [("a.png", &b"\x89PNG\r\n\x1a\n"[..]), ("b.txt", b"text"), ("d.md", b"text"), ("c.backup", b"<html>")]
    {
        fs::write(nothing.join(name), bytes).unwrap();
    }
    visit(async move |page: Page| {
        page.give(&[folder.path().join("store")]).await?;
        look(&page, "many").await?;
        page.click("#by-folder").await?;
        look(&page, "many-by-folder").await?;
        page.open_database("shop-001").await?;
        page.say("(document.querySelector('#mark-3').dispatchEvent(new MouseEvent('click', { bubbles: true })), true)").await?;
        page.until("document.querySelector('.mark.lit')").await?;
        page.say("document.querySelector('#over-time').scrollIntoView()").await?;
        look(&page, "lit").await?;
        page.say("document.querySelector('#artifacts').scrollIntoView()").await?;
        look(&page, "table-of-artifacts").await?;
        page.say("document.querySelector('#restore').scrollIntoView()").await?;
        look(&page, "restore").await?;
        page.type_over("#point", "2026-09-01 04:30").await?;
        page.until("document.querySelector('#find-commit')").await?;
        look(&page, "point-in-time").await?;
        page.type_over("#point", "2026-09-01 20:00").await?;
        page.until("document.querySelector('#answer .offers')").await?;
        look(&page, "unreachable").await?;
        page.clear().await?;
        // The browser remembers what was dropped.
        look(&page, "recents").await?;
        page.drop(&[empty]).await?;
        page.until("document.querySelector('.start [role=alert]')").await?;
        look(&page, "empty-folder").await?;
        page.give(&[nothing]).await?;
        look(&page, "no-backup").await?;
        let words = page.text("#kinds").await?;
        assert!(
            words.starts_with("Here: a text file (2 of them), an image, a web page (HTML). Looked for are"),
            "{words}"
        );
        Ok(())
    });
}

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

async fn look(page: &Page, screen: &str) -> Result<()> {
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
