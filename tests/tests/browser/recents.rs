//! Folders that were opened before. No driver can answer the browser's own dialog for folders, so here it is
//! answered with a folder of the origin's private file system: a handle of the same kind, chosen and kept by the
//! page's own code.

use anyhow::Result;
use graphkeep_tests::fixtures;
use graphkeep_tests::page::{Page, visit};
use serde_json::json;

/// A folder in which two of the sample's backups lie, one of them in a folder below, and the dialog that gives it.
const FOLDER: &str = "(async (name) => {
  const root = await navigator.storage.getDirectory();
  const folder = await root.getDirectoryHandle(name, { create: true });
  const below = await folder.getDirectoryHandle('below', { create: true });
  const files = [[folder, 'london-2026-03-01T02-00-00.backup'], [below, 'london-2026-03-01T03-00-00.backup']];
  for (const [where, name] of files) {
    const file = await where.getFileHandle(name, { create: true });
    const writable = await file.createWritable();
    await writable.write(await (await fetch('samples/nightly/' + name)).blob());
    await writable.close();
  }
  window.showDirectoryPicker = async () => folder;
  return true;
})";
/// What the first screen offers to open again.
const OFFERED: &str =
    "[...document.querySelectorAll('#recents li button.link')].map(button => button.textContent)";
/// All that the browser keeps for the page, as text.
const KEPT: &str = "new Promise((done, failed) => {
  const opening = indexedDB.open('graphkeep');
  opening.onerror = failed;
  opening.onsuccess = () => {
    const all = opening.result.transaction('folders').objectStore('folders').getAll();
    all.onsuccess = () => { opening.result.close(); done(all.result.map(folder => ({ ...folder, handle: folder.handle.kind + ' ' + folder.handle.name }))); };
  };
})";

async fn pick(page: &Page, name: &str) -> Result<()> {
    page.say(&format!("{FOLDER}({})", json!(name))).await?;
    page.click("#open-folder").await?;
    page.settled(2).await
}

#[test]
fn a_folder_that_was_opened_opens_again_and_is_forgotten_when_asked() {
    visit(async |page: Page| {
        assert_eq!(
            page.say("document.querySelector('#recents')").await?,
            json!(null),
            "nothing was opened yet"
        );
        pick(&page, "nightly").await?;
        let rows = page.databases().await?;
        assert!(rows.len() == 1 && rows[0][0].contains("(tx 29)"), "{rows:?}");
        let paths = page.saved_json().await?["artifacts"].clone();
        assert_eq!(paths[0]["path"], "nightly/below/london-2026-03-01T03-00-00.backup", "{paths}");

        // The handle, its name and a time: nothing of what is in the folder.
        let kept = page.say(KEPT).await?;
        let mut names: Vec<_> = kept[0].as_object().unwrap().keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["handle", "key", "name", "opened"], "{kept}");
        assert_eq!((&kept[0]["handle"], &kept[0]["name"]), (&json!("directory nightly"), &json!("nightly")));

        page.reload().await?;
        page.until(&format!("{OFFERED}.join() === 'nightly'")).await?;
        page.click("#recents li button.link").await?;
        page.settled(2).await?;

        // The same folder once more is no other one; a second one stands before it.
        page.clear().await?;
        pick(&page, "nightly").await?;
        page.clear().await?;
        pick(&page, "weekly").await?;
        page.clear().await?;
        page.until(&format!("{OFFERED}.join() === 'weekly,nightly'")).await?;

        page.click("#recents [aria-label='Forget weekly']").await?;
        page.until(&format!("{OFFERED}.join() === 'nightly'")).await?;
        page.click("#forget-all").await?;
        page.until("!document.querySelector('#recents')").await?;
        page.reload().await?;
        assert_eq!(page.say(KEPT).await?, json!([]));
        Ok(())
    });
}

#[test]
fn a_folder_that_the_browser_may_not_show_says_so() {
    visit(async |page: Page| {
        pick(&page, "nightly").await?;
        page.reload().await?;
        page.say("FileSystemHandle.prototype.requestPermission = async () => 'denied'").await?;
        page.click("#recents li button.link").await?;
        page.until("document.querySelector('.start [role=alert]')").await?;
        let why = page.text(".start [role=alert]").await?;
        assert!(why.contains("nightly was not opened") && why.contains("not allowed"), "{why}");

        // Gone since: the folder is named with the reason, and can be forgotten.
        page.say("(FileSystemHandle.prototype.requestPermission = async () => 'granted', navigator.storage.getDirectory().then(root => root.removeEntry('nightly', { recursive: true })))").await?;
        page.click("#recents li button.link").await?;
        page.until("document.querySelector('#unreadable')").await?;
        let line = page.text("#unreadable").await?;
        assert!(line.contains("nightly") && line.contains("NotFoundError"), "{line}");
        Ok(())
    });
}

#[test]
fn a_dropped_folder_can_be_opened_again() {
    visit(async |page: Page| {
        page.give(&[fixtures::folder().join("scenarios/gap")]).await?;
        page.until(&format!("{KEPT}.then(kept => kept.length === 1 && kept[0].name === 'gap')")).await?;
        Ok(())
    });
}

#[test]
fn where_the_browser_has_no_such_handles_nothing_of_it_is_there() {
    visit(async |page: Page| {
        pick(&page, "nightly").await?;
        let without = json!({ "source": "delete window.showDirectoryPicker" });
        page.driver.cdp().send_raw("Page.addScriptToEvaluateOnNewDocument", without).await?;
        page.reload().await?;
        assert!(page.text("#upload-note").await?.contains("upload"));
        page.say("(HTMLInputElement.prototype.click = function () { window.asked = this.id }, true)").await?;
        page.click("#open-folder").await?;
        page.until("window.asked === 'open-folder-input'").await?;
        assert_eq!(page.say("document.querySelector('#recents')").await?, json!(null));
        Ok(())
    });
}
