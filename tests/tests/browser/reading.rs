//! The page and the command line tool read the same: one core, two hosts.

use std::fs;

use graphkeep_tests::fixtures;
use graphkeep_tests::page::{Page, inspected, visit};

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
        let bytes = page.text("#bytes").await?;
        assert!(bytes.contains("42 54 56 32") || bytes.contains("42545632"), "{bytes}");
        let loads = page.text("#loads").await?;
        assert!(loads.contains("Community") && loads.contains("2026"), "{loads}");
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
