//! Whole backup stores: many files, nested folders, a change of mind.

use std::fs;

use graphkeep_core::time::UtcTime;
use graphkeep_tests::artifact::{Backup, Origin};
use graphkeep_tests::estate;
use graphkeep_tests::fixtures;
use graphkeep_tests::page::{Page, inspected, visit};

#[test]
fn a_nested_folder_of_500_artifacts_becomes_20_databases() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    let written = estate::write(&store, 20, 24).unwrap();
    let nightly = fs::read_dir(store.join("nightly")).unwrap().count();
    assert!(nightly > 300, "{nightly} files in one folder");

    visit(async move |page: Page| {
        page.give(&[store.clone()]).await?;
        let rows = page.databases().await?;
        assert_eq!(rows.len(), 20);
        for row in &rows {
            let name = row[1].split(" / ").next().unwrap();
            let tx = written.get(name).unwrap_or_else(|| panic!("no {name}"));
            assert!(row[0].contains("unverified") && row[0].contains(&format!("(tx {tx})")), "{row:?}");
        }
        let found = page.saved_json().await?;
        assert_eq!(found["summary"]["artifacts"], 500);
        assert_eq!(found, inspected(&store)?);
        Ok(())
    });
}

/// Counts files that are asked for and not given yet, and updates that are planned at once: the most of each.
const COUNTING: &str = r"(() => {
  window.most = { files: 0, updates: 0 };
  let files = 0;
  const entry = DataTransferItem.prototype.webkitGetAsEntry, seen = new Set();
  // Their interfaces have no names here: the first of each kind leads to its prototype.
  const once = (thing, change) => {
    const kind = Object.getPrototypeOf(thing);
    if (!seen.has(kind)) change(seen.add(kind) && kind);
  };
  const watch = kind => {
    const open = kind.file;
    kind.file = function (given, refused) {
      most.files = Math.max(most.files, ++files);
      const done = tell => value => { files -= 1; tell(value); };
      return open.call(this, done(given), done(refused));
    };
  };
  DataTransferItem.prototype.webkitGetAsEntry = function () {
    const found = entry.call(this);
    once(found.createReader(), kind => {
      const read = kind.readEntries;
      kind.readEntries = function (given, refused) {
        return read.call(this, entries => {
          entries.filter(entry => entry.isFile).slice(0, 1).forEach(file => once(file, watch));
          given(entries);
        }, refused);
      };
    });
    return found;
  };
  const planned = new Set(), plan = setTimeout, forget = clearTimeout;
  window.setTimeout = (act, after, ...rest) => {
    const id = plan(() => { planned.delete(id); act(...rest); }, after);
    if (after >= 250) planned.add(id);
    most.updates = Math.max(most.updates, planned.size);
    return id;
  };
  window.clearTimeout = id => { planned.delete(id); forget(id); };
  return true;
})()";

/// What is done in one piece keeps the page from drawing for as long as that takes.
#[test]
fn a_large_folder_is_opened_in_portions_and_shown_by_one_update_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    estate::write(&store, 40, 24).unwrap();
    visit(async move |page: Page| {
        page.say(COUNTING).await?;
        page.give(&[store]).await?;
        let most = page.say("most").await?;
        let of = |what: &str| most[what].as_u64().unwrap_or_default();
        assert!((25..=100).contains(&of("files")), "750 files are in one folder: {most}");
        assert_eq!(of("updates"), 1, "{most}");
        Ok(())
    });
}

#[test]
fn a_database_whose_backups_ended_before_the_others_says_so_in_its_strip() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    estate::write(&store, 1, 1).unwrap();
    // 71 days before the others' newest hour.
    let time = UtcTime(1_788_228_000 + 3600 - 71 * 86_400);
    Backup::full(&Origin::new("old", 9), time, 7).save(&store).unwrap();
    visit(async move |page: Page| {
        page.give(&[store]).await?;
        let rows = page.databases().await?;
        let strip = |name: &str| rows.iter().find(|row| row[1].starts_with(name)).unwrap()[7].clone();
        assert_eq!(strip("old"), "← newest 41 d before");
        assert!(!strip("shop-000").contains("before"), "{}", strip("shop-000"));
        Ok(())
    });
}

const JUDGES: &str = "(() => {
  const Plain = Worker;
  window.judges = [];
  window.Worker = class extends Plain {
    constructor(script, options) {
      super(script, options);
      if (options.name === 'graphkeep judge') judges.push(this);
    }
  };
  return true;
})()";

#[test]
fn a_judge_that_ends_is_replaced_by_one_that_is_told_everything() {
    let store = fixtures::folder().join("real/neo4j-2026.05.0/chain");
    visit(async move |page: Page| {
        page.say(JUDGES).await?;
        page.give(&[store.clone()]).await?;
        page.say("(judges[0].dispatchEvent(new ErrorEvent('error', { message: 'provoked' })), true)").await?;
        page.until("judges.length === 2").await?;
        assert_eq!(page.saved_json().await?, inspected(&store)?);
        // Of what comes next the new one is told, too.
        page.click("#databases tbody button.name").await?;
        page.click("#verify-chain").await?;
        let said = "document.querySelector('#verifying [role=status]').textContent";
        page.until(&format!("{said}.startsWith('Verified: ')")).await?;
        page.go_home().await?;
        let report = page.saved_json().await?;
        let artifacts = report["artifacts"].as_array().map_or(&[][..], Vec::as_slice);
        assert!(artifacts.iter().any(|artifact| artifact["verified"]["level"] == "L3"), "{report:#}");
        Ok(())
    });
}

#[test]
fn a_cancelled_reading_keeps_what_was_read_and_the_next_drop_goes_on_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    estate::write(&store, 100, 79).unwrap();
    visit(async move |page: Page| {
        page.drop(&[store]).await?;
        page.click("#cancel").await?;
        page.until("document.querySelector('#go-on')").await?;
        let line = page.text("#progress").await?;
        assert!(line.contains("Cancelled") && line.contains("What was read is kept"), "{line}");

        // What is handed over next is read, and what was left with it.
        page.drop(&[fixtures::folder().join("scenarios/gap")]).await?;
        page.settled(8005).await?;
        assert_eq!(page.saved_json().await?["summary"]["artifacts"], 8004);
        Ok(())
    });
}

#[test]
fn a_cancelled_reading_goes_on_when_asked() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    estate::write(&store, 100, 79).unwrap();
    visit(async move |page: Page| {
        page.drop(&[store]).await?;
        page.click("#cancel").await?;
        page.click("#go-on").await?;
        page.settled(8000).await?;
        assert_eq!(page.saved_json().await?["summary"]["artifacts"], 8000);
        Ok(())
    });
}
