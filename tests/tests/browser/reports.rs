//! What is known as a file for others, opened again without the files, and two artifacts side by side.

use std::fs;

use anyhow::{Context, Result};
use graphkeep_tests::fixtures;
use graphkeep_tests::page::{Page, inspected, visit};

const CHAIN: &str = "real/neo4j-2026.05.0/chain";

async fn preview(page: &Page) -> Result<String> {
    let text = page.say("document.querySelector('#report-preview').textContent").await?;
    Ok(text.as_str().context("text")?.to_owned())
}

#[test]
fn a_report_is_previewed_with_names_covered_and_saved_as_it_was_shown() {
    visit(async |page: Page| {
        page.give(&[fixtures::folder().join("scenarios/gap")]).await?;
        page.click("#report").await?;
        page.until("document.querySelector('#report-preview').textContent.startsWith('# Neo4j backups')")
            .await?;
        let open = preview(&page).await?;
        assert!(
            open.contains("neo4j-2025-05-01T10-30-00.backup") && open.contains("restorable until"),
            "{open}"
        );
        for id in ["#redact-names", "#redact-paths", "#redact-ids"] {
            page.click(id).await?;
        }
        page.until("!/neo4j-2025|7dcb1d0c/.test(document.querySelector('#report-preview').textContent)")
            .await?;
        let covered = preview(&page).await?;
        assert!(covered.contains("database-1") && !covered.contains("7dcb1d0c"), "{covered}");
        page.click("#save-report").await?;
        assert_eq!(page.download(".md").await?, covered);

        page.click_text("HTML").await?;
        page.until("document.querySelector('#report-preview').textContent.startsWith('<!doctype html>')")
            .await?;
        page.click("#save-report").await?;
        let html = page.download(".html").await?;
        assert!(
            html.contains("database-1") && !html.contains("<script") && !html.contains("neo4j-2025"),
            "{html}"
        );
        Ok(())
    });
}

#[test]
fn a_report_of_the_command_line_opens_without_the_files_and_they_take_its_place() {
    let chain = fixtures::folder().join(CHAIN);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("monday.json");
    visit(async move |page: Page| {
        let said = inspected(&chain)?;
        fs::write(&path, serde_json::to_string(&said)?)?;
        page.drop(&[path]).await?;
        page.settled(5).await?;
        let banner = page.text("#opened-reports").await?;
        assert!(banner.contains("From a report of") && banner.contains("monday.json: 5 files"), "{banner}");
        assert!(banner.contains("not here"), "{banner}");
        assert_eq!(page.saved_json().await?, said);
        page.open_database("neo4j").await?;
        let disabled = page.say("document.querySelector('#verify-chain').disabled").await?;
        assert_eq!(disabled, true, "there is nothing to verify");

        // The same folder, now itself.
        page.drop(&[chain]).await?;
        page.go_home().await?;
        page.settled(5).await?;
        assert_eq!(page.saved_json().await?, said);
        Ok(())
    });
}

#[test]
fn a_hostile_report_is_a_file_like_any_other() {
    let folder = tempfile::tempdir().unwrap();
    visit(async move |page: Page| {
        let mut said = inspected(&fixtures::folder().join("scenarios/gap"))?;
        for (at, artifact) in said["artifacts"].as_array_mut().context("artifacts")?.iter_mut().enumerate() {
            artifact["highest_tx"] = i64::MAX.into();
            artifact["lowest_tx"] = if at == 0 { 1.into() } else { i64::MIN.into() };
            artifact["size"] = u64::MAX.into();
            artifact["database"] = "<img src=x onerror=alert(1)>".into();
        }
        said["databases"] = serde_json::json!([{ "members": [{ "artifact": 4_000_000_000_u32 }] }]);
        fs::write(folder.path().join("hostile.json"), said.to_string())?;
        fs::write(
            folder.path().join("newer.json"),
            "{\"schema_version\": \"9.0\", \"artifacts\": [], \"dumps\": [], \"others\": []}",
        )?;
        page.drop(&[folder.path().to_path_buf()]).await?;
        // The four artifacts and the table beside them, and the one that is no report.
        page.settled(6).await?;
        let strangers = page.say("document.querySelector('#strangers').textContent").await?;
        assert!(
            strangers.as_str().is_some_and(|text| text.contains("its schema is version 9.0")),
            "{strangers}"
        );
        assert_eq!(page.say("document.querySelectorAll('main img').length").await?, 0);
        page.click("#report").await?;
        page.until("document.querySelector('#report-preview').textContent.length > 100").await?;
        page.go_home().await?;
        page.click("#databases tbody button").await?;
        page.until("document.querySelector('#database')").await?;
        Ok(())
    });
}

#[test]
fn two_artifacts_are_compared_what_differs_first() {
    visit(async |page: Page| {
        page.give(&[fixtures::folder().join(CHAIN)]).await?;
        page.open_database("neo4j").await?;
        page.open_artifact("neo4j-2026-03-01T02-00-00.backup").await?;
        let choice = "document.querySelector('#compare-with')";
        page.until(choice).await?;
        page.say(&format!("(() => {{ {choice}.value = [...{choice}.options].find(option => option.value.includes('T03-00-00')).value; {choice}.dispatchEvent(new Event('change', {{ bubbles: true }})); return true }})()")).await?;
        page.click("#compare").await?;
        let relation = page.text("#relation").await?;
        assert_eq!(relation, "The right one continues the other at tx 20");
        let differences = page.text("#differences").await?;
        assert!(
            differences.contains("Highest tx") && !differences.contains("Store id hash"),
            "{differences}"
        );
        // Contents are compared once both files were read to their ends.
        assert!(page.text("#verify-compared").await?.contains("2 files"));
        page.click("#verify-compared").await?;
        page.until("document.querySelector('#contents-differ')").await?;
        assert!(page.text("#contents-differ").await?.contains("neostore"));
        let hash = page.say("location.hash").await?;
        assert!(hash.as_str().is_some_and(|hash| hash.starts_with("#compare/")), "{hash}");
        Ok(())
    });
}

#[test]
fn an_artifact_dropped_on_another_ones_screen_is_compared_with_it() {
    visit(async |page: Page| {
        let chain = fixtures::folder().join(CHAIN);
        page.give(&[chain.join("neo4j-2026-03-01T02-00-00.backup")]).await?;
        page.open_database("neo4j").await?;
        page.open_artifact("neo4j-2026-03-01T02-00-00.backup").await?;
        page.drop(&[chain.join("neo4j-2026-03-01T04-00-00.backup")]).await?;
        page.until("document.querySelector('#relation')").await?;
        assert_eq!(page.text("#relation").await?, "Tx 20 to 29 are missing between them");
        Ok(())
    });
}
