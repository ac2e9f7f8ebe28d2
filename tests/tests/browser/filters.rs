//! The table of databases at work: what is listed, in which order, and what is folded but never hidden.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use graphkeep_core::container::Container;
use graphkeep_core::time::UtcTime;
use graphkeep_tests::artifact::{Backup, Origin};
use graphkeep_tests::estate;
use graphkeep_tests::fixtures;
use graphkeep_tests::page::{Page, visit};
use serde_json::Value;
use thirtyfour::prelude::*;

/// 2026-09-01 02:00 UTC.
const START: i64 = 1_788_228_000;

fn hour(hour: i64) -> UtcTime {
    UtcTime(START + hour * 3600)
}

/// `audit` without a full, `billing` whole and uncompressed, `orders` with a gap.
fn three_databases(store: &Path) -> Result<()> {
    let [night, day] = ["night", "day"].map(|folder| store.join(folder));
    for folder in [&night, &day] {
        fs::create_dir_all(folder)?;
    }
    let [audit, billing, orders] =
        [("audit", 1), ("billing", 2), ("orders", 3)].map(|(name, number)| Origin::new(name, number));
    Backup::differential(&audit, hour(1), 11, 20).save(&night)?;
    Backup::full(&billing, hour(0), 10).within(Container::Btv2).save(&day)?;
    Backup::full(&orders, hour(0), 10).save(&night)?;
    Backup::differential(&orders, hour(2), 21, 30).save(&night)?;
    Ok(())
}

/// Names of the databases listed, in order.
async fn listed(page: &Page) -> Result<Vec<String>> {
    texts(page, "#databases tbody button.name").await
}

async fn texts(page: &Page, selector: &str) -> Result<Vec<String>> {
    let found = page.say(&format!("[...document.querySelectorAll('{selector}')].map(found => found.innerText.replaceAll(/\\s+/g, ' ').trim())")).await?;
    Ok(serde_json::from_value(found)?)
}

#[test]
fn counters_filter_add_up_and_say_what_is_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    three_databases(&store).unwrap();
    visit(async move |page: Page| {
        page.give(&[store]).await?;
        assert_eq!(listed(&page).await?, ["audit", "orders", "billing"], "worst first");
        let counters = texts(&page, "#databases .counter").await?;
        assert_eq!(counters, ["1 broken", "1 restorable until", "1 unverified"]);

        page.click("#databases .counter:nth-of-type(1)").await?;
        assert_eq!(listed(&page).await?, ["audit"]);
        assert!(page.text("#databases").await?.contains("1 of 3 databases listed"));
        page.click("#databases .counter:nth-of-type(2)").await?;
        assert_eq!(listed(&page).await?, ["audit", "orders"]);
        let pressed = page
            .say("[...document.querySelectorAll('#databases .counter')].map(counter => counter.ariaPressed)")
            .await?;
        assert_eq!(pressed, serde_json::json!(["true", "true", "false"]));
        page.click("#show-all").await?;
        assert_eq!(listed(&page).await?.len(), 3);
        // What shows all again is gone with what it undid.
        page.until("!document.querySelector('#show-all')").await?;

        page.click("#filter-container option[value=BTV2]").await?;
        assert_eq!(listed(&page).await?, ["billing"]);
        page.click("#show-all").await?;
        page.click("#filter-type option[value=differential]").await?;
        assert_eq!(listed(&page).await?, ["audit", "orders"]);
        Ok(())
    });
}

#[test]
fn a_search_finds_by_name_id_and_file() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    three_databases(&store).unwrap();
    visit(async move |page: Page| {
        page.give(&[store]).await?;
        let id = Origin::new("orders", 3).id.to_string();
        for (text, expected) in [
            ("BILL", vec!["billing"]),
            (id.as_str(), vec!["orders"]),
            ("audit-2026-09-01T03-00", vec!["audit"]),
            ("night 02-00-00", vec!["orders"]),
            ("nowhere", vec![]),
        ] {
            page.type_over("#search", text).await?;
            assert_eq!(listed(&page).await?, expected, "{text}");
        }
        assert!(page.text("#databases").await?.contains("0 of 3 databases listed"));
        Ok(())
    });
}

#[test]
fn columns_order_the_table_and_folders_group_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    three_databases(&store).unwrap();
    visit(async move |page: Page| {
        page.give(&[store]).await?;
        for (expected, order) in
            [(["audit", "billing", "orders"], "ascending"), (["orders", "billing", "audit"], "descending")]
        {
            page.click_text("Database").await?;
            assert_eq!(listed(&page).await?, expected);
            let sorted = texts(&page, &format!("#databases th[aria-sort={order}]")).await?;
            assert!(sorted.len() == 1 && sorted[0].starts_with("Database"), "{sorted:?}");
        }
        page.click("#by-folder").await?;
        assert_eq!(listed(&page).await?, ["billing", "orders", "audit"]);
        let groups = texts(&page, "#databases tr.group").await?;
        assert_eq!(groups, ["store/day 1 database", "store/night 2 databases"]);
        Ok(())
    });
}

#[test]
fn empties_copies_and_strangers_are_folded_counted_and_there() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    let copies = store.join("copies");
    fs::create_dir_all(&copies).unwrap();
    let origin = Origin::new("orders", 1);
    Backup::full(&origin, hour(0), 10).save(&store).unwrap();
    Backup::differential(&origin, hour(1), 11, 20).save(&store).unwrap();
    Backup::differential(&origin, hour(1), 11, 20).save(&copies).unwrap();
    Backup::empty(&origin, hour(2)).save(&store).unwrap();
    fs::write(store.join("notes.txt"), "call the bank").unwrap();
    visit(async move |page: Page| {
        page.give(&[store]).await?;
        assert_eq!(page.say("document.querySelector('#strangers').open").await?, false);
        assert_eq!(texts(&page, "#strangers summary").await?, ["1 file is no backup"]);
        page.click("#strangers summary").await?;
        assert!(page.text("#strangers").await?.contains("notes.txt"));

        page.open_database("orders").await?;
        let rows = "#artifacts tbody tr";
        assert_eq!(texts(&page, rows).await?.len(), 2);
        assert_eq!(texts(&page, "#artifacts .folds button").await?, ["1 empty", "1 copy"]);
        page.click_text("1 empty").await?;
        assert_eq!(texts(&page, rows).await?.len(), 3);
        page.click_text("1 copy").await?;
        let all = texts(&page, rows).await?;
        assert_eq!(all.len(), 4);
        assert!(all.iter().any(|row| row.starts_with("duplicate")), "{all:?}");
        Ok(())
    });
}

#[test]
fn rows_say_what_is_odd_about_a_name_a_chains_folders_or_a_shard() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    let origin = Origin::new("orders", 1);
    for (place, backup) in [
        ("fulls", Backup::full(&origin, hour(0), 10)),
        ("rest", Backup::differential(&origin, hour(1), 11, 20)),
    ] {
        fs::create_dir_all(store.join(place)).unwrap();
        backup.save(&store.join(place)).unwrap();
    }
    visit(async move |page: Page| {
        page.give(&[store]).await?;
        assert!(page.databases().await?[0][1].contains("in several folders"));
        page.open_database("orders").await?;
        let commands = page.text("#restore .commands").await?;
        for words in ["cp ", "store/fulls/orders-2026-09-01T02-00-00.backup"] {
            assert!(commands.contains(words), "{words} is not in:\n{commands}");
        }
        page.go_home().await?;
        page.clear().await?;

        page.give(&[fixtures::folder().join("scenarios/recreated-database")]).await?;
        let rows = page.databases().await?;
        assert!(rows.iter().all(|row| row[1].contains("another id has this name")), "{rows:?}");
        page.clear().await?;

        page.give(&[fixtures::folder().join("scenarios/shards-ok")]).await?;
        let rows = page.databases().await?;
        assert!(rows.iter().all(|row| row[1].contains("a shard")), "{rows:?}");
        let shards = texts(&page, ".sharded tbody tr").await?;
        assert!(shards.len() == 3 && shards.iter().all(|shard| shard.ends_with("OK")), "{shards:?}");
        Ok(())
    });
}

#[test]
fn a_removed_file_is_forgotten_and_clearing_forgets_the_filter_too() {
    visit(async |page: Page| {
        page.give(&[fixtures::folder().join("scenarios/latest-as-parent")]).await?;
        page.open_database("neo4j").await?;
        page.open_artifact("neo4j-2025-05-01T12-30-00.backup").await?;
        page.click("#remove").await?;
        page.go_home().await?;
        let row = page.databases().await?.remove(0);
        assert!(!row[0].contains("(tx 45)"), "{row:?}");
        let report = page.saved_json().await?;
        let paths = report["artifacts"].as_array().context("artifacts")?;
        assert!(!paths.iter().any(|artifact| artifact["path"].as_str().unwrap().contains("T12-30-00")));

        page.type_over("#search", "nowhere").await?;
        assert!(listed(&page).await?.is_empty());
        page.clear().await?;
        page.give(&[fixtures::folder().join("scenarios/gap")]).await?;
        assert_eq!(listed(&page).await?, ["neo4j"]);
        Ok(())
    });
}

/// Frame times are told, not judged: machines differ.
#[test]
fn a_table_of_5000_artifacts_is_one_table_that_tab_walks_through() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    estate::write(&store, 200, 24).unwrap();
    visit(async move |page: Page| {
        page.say(FRAMES).await?;
        page.give(&[store]).await?;
        report_frames(&page, "reading 5,000 artifacts").await?;
        let table = "document.querySelector('#databases table')";
        assert_eq!(page.say(&format!("{table}.ariaRowCount")).await?, "201");
        let there = page.say(&format!("{table}.rows.length")).await?;
        assert!(there.as_u64().is_some_and(|rows| rows < 150), "{there} rows are in the document");

        // From the first row to the last, by Tab alone: each next row is there, whatever was scrolled.
        page.say("(document.querySelector('#databases tbody button.name').focus(), true)").await?;
        for row in 2..201_u32 {
            let at = "document.activeElement.closest('tr')?.ariaRowIndex";
            page.until(&format!("{at} === '{row}'")).await?;
            page.driver.action_chain().send_keys(Key::Tab + "").perform().await?;
        }
        report_frames(&page, "walking 200 rows by Tab").await?;

        page.say("(scrollTo(0, 0), true)").await?;
        page.until("document.querySelector('#databases tr[aria-rowindex=\"2\"]')").await?;
        page.type_over("#search", "shop-1").await?;
        assert_eq!(page.say(&format!("{table}.ariaRowCount")).await?, "101");
        report_frames(&page, "searching").await?;
        Ok(())
    });
}

const FRAMES: &str = "(() => {
  let last = performance.now();
  window.frames = [];
  const frame = now => { frames.push(now - last); last = now; requestAnimationFrame(frame); };
  requestAnimationFrame(frame);
  return true;
})()";

#[expect(clippy::print_stderr, reason = "the measurement is what the test runner is to show")]
async fn report_frames(page: &Page, what: &str) -> Result<()> {
    let frames: Value = page
        .say("(all => ({ count: all.length, longest: Math.round(all.at(-1)), p99: Math.round(all[Math.floor(all.length * 0.99)]), over50: all.filter(ms => ms > 50).length }))(frames.splice(0).sort((a, b) => a - b))")
        .await?;
    assert!(frames["count"].as_u64() > Some(0), "frames are drawn: {frames}");
    eprintln!("{what}: {frames}");
    Ok(())
}
