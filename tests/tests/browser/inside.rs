//! What is inside an artifact: its files, and every transaction in its logs.

use std::fs;

use anyhow::{Context, Result};
use graphkeep_tests::fixtures;
use graphkeep_tests::page::{Page, tool, visit};

const CHAIN: &str = "real/neo4j-2026.05.0/chain";
const FULL: &str = "neo4j-2026-03-01T02-00-00.backup";
const DIFFERENTIAL: &str = "neo4j-2026-03-01T05-00-00.backup";

async fn verified(page: &Page, file: &str) -> Result<()> {
    page.give(&[fixtures::folder().join(CHAIN)]).await?;
    page.open_database("neo4j").await?;
    page.open_artifact(file).await?;
    page.click("#verify-file").await?;
    page.until("document.querySelector('#contents')").await.map(drop)
}

async fn cells(page: &Page, table: &str) -> Result<Vec<Vec<String>>> {
    let rows = page.say(&format!("[...document.querySelectorAll('{table} tbody tr')].map(row => [...row.cells].map(cell => cell.innerText.trim()))")).await?;
    Ok(serde_json::from_value(rows)?)
}

#[test]
fn the_files_of_an_artifact_are_filtered_sorted_unfolded_and_saved() {
    visit(async |page: Page| {
        verified(&page, FULL).await?;
        page.tab("contents").await?;
        let files = "#contents [aria-label=\"Files\"]";
        let listed = tool()
            .args(["ls", "--format", "json"])
            .arg(fixtures::folder().join(CHAIN).join(FULL))
            .output()?;
        let listed: serde_json::Value = serde_json::from_slice(&listed.stdout)?;
        let entries = listed["entries"].as_array().context("entries")?;
        let number = entries.iter().filter(|entry| entry["role"] != "folder").count();
        assert_eq!(
            page.text("#contents .contents-tools [role=status]").await?.split(' ').next(),
            Some(number.to_string().as_str())
        );

        page.say("(() => { const select = document.querySelector('#contents-order'); select.value = 'path'; select.dispatchEvent(new Event('change', { bubbles: true })); return true })()").await?;
        let rows = cells(&page, files).await?;
        assert!(rows.is_sorted_by_key(|row| row[0].clone()), "{rows:?}");
        page.driver.find(thirtyfour::By::Css("#contents-filter")).await?.send_keys("transaction log").await?;
        page.until(&format!("document.querySelectorAll('{files} tbody tr').length === 1")).await?;
        let rows = cells(&page, files).await?;
        assert_eq!(rows[0][0], "neostore.transaction.db.0");

        // What is saved is what the command line tool takes out.
        page.click_text("Save").await?;
        let saved = page.download_bytes("neostore.transaction.db.0").await?;
        let path = fixtures::folder().join(CHAIN).join(FULL);
        let output = tool().arg("cat").arg(&path).arg("neostore.transaction.db.0").output()?;
        assert!(saved == output.stdout && !saved.is_empty(), "{} bytes", saved.len());

        // All that the filter leaves, in one archive.
        page.driver.find(thirtyfour::By::Css("#contents-filter")).await?.clear().await?;
        page.driver.find(thirtyfour::By::Css("#contents-filter")).await?.send_keys("neostore").await?;
        page.until(&format!("document.querySelectorAll('{files} tbody tr').length > 5")).await?;
        let rows = cells(&page, files).await?;
        page.click("#save-files").await?;
        let saved = page.download_bytes("neo4j-2026-03-01T02-00-00.files.tar").await?;
        let mut taken = std::collections::BTreeMap::new();
        for entry in tar::Archive::new(saved.as_slice()).entries()? {
            let mut entry = entry?;
            let mut bytes = Vec::new();
            std::io::Read::read_to_end(&mut entry, &mut bytes)?;
            taken.insert(entry.path()?.display().to_string(), bytes);
        }
        assert!(taken.keys().eq(rows.iter().map(|row| &row[0])), "{:?}", taken.keys());
        for (name, bytes) in &taken {
            assert!(tool().arg("cat").arg(&path).arg(name).output()?.stdout == *bytes, "{name}");
        }

        page.click_text("Folders").await?;
        let folders = page.text("#contents-folders").await?;
        assert!(folders.contains("neostore.transaction.db.0"), "{folders}");
        let tiles = page.say("document.querySelectorAll('#contents .treemap rect').length").await?;
        assert!(tiles.as_u64() > Some(3), "{tiles}");
        Ok(())
    });
}

#[test]
fn what_was_read_whole_before_the_damage_is_saved_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let whole = fs::read(fixtures::folder().join(CHAIN).join(FULL)).unwrap();
    let cut = folder.path().join(FULL);
    fs::write(&cut, &whole[..whole.len() * 2 / 3]).unwrap();
    let out = folder.path().join("out");
    let ran = tool().args(["extract", "--to"]).arg(&out).arg(&cut).output().unwrap();
    assert!(!ran.status.success());
    visit(async move |page: Page| {
        page.give(&[cut]).await?;
        page.open_database("neo4j").await?;
        page.open_artifact(FULL).await?;
        page.click("#verify-file").await?;
        page.until("document.querySelector('#contents')").await?;
        page.tab("contents").await?;
        page.click("#save-files").await?;
        let saved = page.download_bytes("neo4j-2026-03-01T02-00-00.files.tar").await?;
        let mut number = 0;
        for entry in tar::Archive::new(saved.as_slice()).entries()? {
            let mut entry = entry?;
            let mut bytes = Vec::new();
            std::io::Read::read_to_end(&mut entry, &mut bytes)?;
            let extracted = fs::read(out.join(entry.path()?))?;
            assert!(bytes == extracted, "{}", entry.path()?.display());
            number += 1;
        }
        assert!(number > 5, "{number} files");
        Ok(())
    });
}

#[test]
fn every_transaction_is_listed_as_the_command_line_does_and_found_by_id_and_time() {
    visit(async |page: Page| {
        verified(&page, DIFFERENTIAL).await?;
        page.tab("transactions").await?;
        let button = page.text("#list-transactions").await?;
        let bytes = fs::metadata(fixtures::folder().join(CHAIN).join(DIFFERENTIAL))?.len();
        assert!(button.contains(&format!("reads {} kB", (bytes + 500) / 1000)), "{button}");
        page.click("#list-transactions").await?;
        page.until("document.querySelector('#commits')").await?;
        let rows = cells(&page, "#commits").await?;
        let output = tool()
            .args(["transactions", "--format", "json"])
            .arg(fixtures::folder().join(CHAIN).join(DIFFERENTIAL))
            .output()?;
        let found: serde_json::Value = serde_json::from_slice(&output.stdout)?;
        let found = found["transactions"].as_array().context("transactions")?;
        assert_eq!(rows.len(), found.len());
        for (row, found) in rows.iter().zip(found) {
            assert_eq!(row[0], found["tx"].to_string());
            assert_eq!(row[2].replace(',', ""), found["bytes"].to_string());
            let time = found["time"].as_str().context("a time")?;
            assert_eq!(row[1], time.replace('T', " ").trim_end_matches('Z'), "{found}");
        }

        let jump = page.driver.find(thirtyfour::By::Css("#transaction-jump")).await?;
        jump.send_keys("tx 45\n").await?;
        let current = "document.querySelector('#commits [aria-current]')";
        page.until(&format!("{current} && {current}.cells[0].innerText === '45'")).await?;
        let time = found.iter().find(|found| found["tx"] == 47).context("tx 47")?["time"].as_str();
        jump.clear().await?;
        jump.send_keys(format!("{}Z\n", &time.context("a time")?[..19])).await?;
        // The first commit of that second, or after it.
        let second = &time.context("a time")?[..19];
        let first = found.iter().find(|found| found["time"].as_str() >= Some(second)).context("a commit")?;
        page.until(&format!("{current} && {current}.cells[0].innerText === '{}'", first["tx"])).await?;
        jump.clear().await?;
        jump.send_keys("nonsense\n").await?;
        page.until("document.querySelector('#transactions [role=alert]')").await?;
        Ok(())
    });
}

#[test]
fn a_point_in_time_is_found_to_the_commit_as_the_command_line_finds_it() {
    visit(async |page: Page| {
        let chain = fixtures::folder().join(CHAIN);
        page.give(&[chain.clone()]).await?;
        page.open_database("neo4j").await?;
        let point = page.driver.find(thirtyfour::By::Css("#point")).await?;
        point.clear().await?;
        point.send_keys("tx 25").await?;
        page.click("#find-commit").await?;
        let kept = page.text("#last-kept").await?;
        let dropped = page.text("#first-dropped").await?;
        let output = tool().args(["plan", "--at", "tx 25", "--format", "json"]).arg(&chain).output()?;
        let said: serde_json::Value = serde_json::from_slice(&output.stdout)?;
        let boundary = &said["plans"][0]["boundary"];
        for (words, tx, place) in [(kept, 25, "last_kept"), (dropped, 26, "first_dropped")] {
            assert_eq!(boundary[place]["tx"], tx, "{said:#}");
            assert!(words.starts_with(&format!("tx {tx}, committed ")), "{words}");
            let time = boundary[place]["time_ms"].as_i64().context("a time")?;
            assert!(words.ends_with(&format!(".{:03} UTC", time % 1000)), "{words} is not {time}");
        }
        Ok(())
    });
}
