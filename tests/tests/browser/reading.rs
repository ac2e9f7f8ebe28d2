//! The page and the command line tool read the same: one core, two hosts.

use std::fs;

use graphkeep_tests::fixtures;
use graphkeep_tests::page::{Page, inspected, visit};
use serde_json::json;
use thirtyfour::Key;

#[test]
fn the_pages_report_of_each_fixture_folder_equals_the_command_lines() {
    visit(async |page: Page| {
        let mut folders = fixtures::scenarios()?;
        let real = fixtures::folder().join("real");
        for folder in ["logs", "neo4j-2026.05.0", "neo4j-5.26.28"] {
            folders.push(real.join(folder));
        }
        for folder in folders {
            page.give(&[folder.clone()]).await?;
            let (page_says, tool_says) = (page.saved_json().await?, inspected(&folder)?);
            let name = folder.display();
            assert!(page_says["summary"]["files"].as_u64() > Some(1), "{name}: {page_says:#}");
            assert_eq!(page_says, tool_says, "{name}");
            page.clear().await?;
        }
        Ok(())
    });
}

#[test]
fn files_chosen_by_the_button_read_as_dropped_ones_do() {
    visit(async |page: Page| {
        let chain = fixtures::folder().join("real/neo4j-2026.05.0/chain");
        let mut files: Vec<_> = fs::read_dir(&chain)?.map(|entry| entry.unwrap().path()).collect();
        files.sort();
        // A dialog opens where a button asks its input for one; here it is answered without being shown.
        page.say("HTMLInputElement.prototype.click = function () { window.asked = this.id }, true").await?;
        page.click("#open-files").await?;
        let asked = page.until("window.asked").await?;
        page.choose(&format!("#{}", asked.as_str().unwrap()), &files).await?;
        page.settled(5).await?;
        let rows = page.databases().await?;
        assert_eq!(rows.len(), 1, "{rows:?}");
        assert!(rows[0][0].contains("(tx 49)"), "{rows:?}");

        page.clear().await?;
        page.say("window.asked = null, true").await?;
        page.click("#open-folder").await?;
        let asked = page.until("window.asked").await?;
        page.choose(&format!("#{}", asked.as_str().unwrap()), &[chain.clone()]).await?;
        page.settled(5).await?;
        assert_eq!(page.saved_json().await?, inspected(&chain)?);
        Ok(())
    });
}

#[test]
fn what_is_dropped_later_joins_what_is_there() {
    visit(async |page: Page| {
        let gap = fixtures::folder().join("scenarios/gap");
        page.give(&[gap]).await?;
        assert!(page.databases().await?[0][0].contains("restorable until"));
        // The missing differential, from elsewhere.
        let elsewhere =
            fixtures::folder().join("scenarios/latest-as-parent/neo4j-2025-05-01T12-30-00.backup");
        page.give(&[elsewhere]).await?;
        let rows = page.databases().await?;
        assert!(rows[0][0].contains("unverified") && rows[0][0].contains("(tx 45)"), "{rows:?}");
        Ok(())
    });
}

#[test]
fn an_artifact_shows_all_that_its_header_holds() {
    visit(async |page: Page| {
        let path = fixtures::folder().join("real/neo4j-2026.05.0/formats/full.BTV2.backup");
        page.give(&[path]).await?;
        page.open_database("neo4j").await?;
        page.open_artifact("full.BTV2.backup").await?;
        page.until("document.querySelector('#bytes')").await?;
        let metadata = page.text("#metadata").await?;
        for words in ["BTV2", "record-aligned-1.1", "Store id hash", "Metadata script"] {
            assert!(metadata.contains(words), "{words} is not in:\n{metadata}");
        }
        page.tab("container").await?;
        let bytes = page.text("#bytes").await?;
        assert!(bytes.contains("42 54 56 32") || bytes.contains("42545632"), "{bytes}");
        let loads = page.text("#loads").await?;
        assert!(loads.contains("Community") && loads.contains("2026"), "{loads}");
        Ok(())
    });
}

const FOCUS: &str = "document.activeElement.id";
const SHOWN: &str = "[...document.querySelectorAll('[role=tabpanel]')].filter(panel => panel.offsetHeight > 0).map(panel => panel.id).join()";

#[test]
fn tabs_are_one_stop_whose_arrows_show_their_panels_and_paper_shows_all() {
    visit(async |page: Page| {
        page.give(&[fixtures::folder().join("real/neo4j-2026.05.0/chain")]).await?;
        page.open_database("neo4j").await?;
        page.open_artifact("neo4j-2026-03-01T02-00-00.backup").await?;
        page.until("document.querySelector('#bytes')").await?;
        assert_eq!(page.say("document.querySelectorAll('[role=tab][tabindex=\"0\"]').length").await?, 1);
        page.click("#tab-metadata").await?;
        for (key, tab) in [
            (Key::Right, "contents"),
            (Key::Right, "users"),
            (Key::Left, "contents"),
            (Key::Home, "metadata"),
            (Key::Left, "container"),
            (Key::Right, "metadata"),
            (Key::End, "container"),
        ] {
            page.driver.action_chain().send_keys(key).perform().await?;
            page.until(&format!("{FOCUS} === 'tab-{tab}' && {SHOWN} === 'panel-{tab}'")).await?;
            let selected = "document.querySelector('[role=tab][aria-selected=true]').id";
            assert_eq!(page.say(selected).await?, format!("tab-{tab}"));
        }
        // The next stop is the panel, and a verification takes the focus from nothing.
        page.driver.action_chain().send_keys(Key::Tab).perform().await?;
        page.until(&format!("{FOCUS} === 'panel-container'")).await?;
        page.driver.action_chain().send_keys("v").perform().await?;
        page.until("document.querySelector('#contents')").await?;
        assert_eq!(
            (page.say(FOCUS).await?, page.say(SHOWN).await?),
            (json!("panel-container"), json!("panel-container"))
        );
        page.say("(document.querySelector('#verify-file').focus(), true)").await?;
        page.driver.action_chain().send_keys(Key::Enter).perform().await?;
        page.until("document.querySelector('#verifying [role=status]').textContent.startsWith('Verified')")
            .await?;
        assert_eq!(page.say(FOCUS).await?, "verify-file");

        let folded = "document.querySelector('#loads .notes').checkVisibility()";
        assert_eq!(page.say(folded).await?, false);
        page.media("print", &[]).await?;
        assert_eq!(page.say(folded).await?, true, "nobody unfolds paper");
        let all = "panel-metadata,panel-contents,panel-users,panel-transactions,panel-container";
        assert_eq!(page.say(SHOWN).await?, all);
        assert_eq!(page.say("document.querySelector('[role=tablist]').offsetHeight").await?, 0);
        page.media("", &[]).await?;

        // Another file shows the same tab, and the way back the same file.
        page.go_home().await?;
        page.open_database("neo4j").await?;
        page.open_artifact("neo4j-2026-03-01T05-00-00.backup").await?;
        page.until(&format!("{SHOWN} === 'panel-container'")).await?;
        Ok(())
    });
}

#[test]
fn a_file_says_what_comes_next() {
    visit(async |page: Page| {
        page.give(&[fixtures::folder().join("scenarios/gap")]).await?;
        page.open_database("neo4j").await?;
        page.open_artifact("neo4j-2025-05-01T11-30-00.backup").await?;
        let next = page.text("#next").await?;
        assert!(next.contains("everything up to tx 20, by 1 full + 1 differential, "), "{next}");
        page.click_text("The commands").await?;
        assert!(page.text("#next .commands").await?.contains("neo4j-admin database restore"));
        page.go_home().await?;
        page.open_database("neo4j").await?;
        page.open_artifact("neo4j-2025-05-01T13-30-00.backup").await?;
        let next = page.text("#next").await?;
        assert!(next.contains("Drop the folder that holds that one"), "{next}");
        Ok(())
    });
}

#[test]
fn the_report_saves_as_a_table_too() {
    visit(async |page: Page| {
        page.give(&[fixtures::folder().join("scenarios/manual-example")]).await?;
        page.click("#export-csv").await?;
        let csv = page.download(".csv").await?;
        assert_eq!(csv.lines().count(), 1 + 10, "{csv}");
        assert!(csv.starts_with("path,database,"), "{csv}");
        Ok(())
    });
}

#[test]
fn the_sample_shows_a_sound_chain_a_broken_one_and_a_file_cut_short() {
    visit(async |page: Page| {
        page.try_sample().await?;
        let rows = page.databases().await?;
        assert!(rows[0][0].contains("restorable until"), "{rows:?}");
        assert!(rows.iter().any(|row| row[0].contains("unverified")), "{rows:?}");
        assert!(page.text("#unreadable").await?.contains("malmo-2026-03-01T04-00-00.backup"));
        Ok(())
    });
}
