//! The other tests stand on these: what is dropped arrives, and what leaves is seen.

use std::fs;
use std::net::TcpListener;

use graphkeep_tests::artifact::{Backup, Origin};
use graphkeep_tests::browser::{Browser, visit};
use graphkeep_tests::estate;
use serde_json::json;

const LISTING: &str = r"<!doctype html><title>lists what is dropped</title>
<input type=file id=files multiple><input type=file id=folder webkitdirectory>
<script>
async function walk(entry) {
  if (entry.isFile) return [entry.fullPath];
  const reader = entry.createReader(), found = [];
  for (;;) {
    const some = await new Promise((good, bad) => reader.readEntries(good, bad));
    if (!some.length) return found;
    for (const entry of some) found.push(...await walk(entry));
  }
}
addEventListener('dragover', event => event.preventDefault());
addEventListener('drop', async event => {
  event.preventDefault();
  const entries = [...event.dataTransfer.items].map(item => item.webkitGetAsEntry());
  window.found = (await Promise.all(entries.map(walk))).flat().sort();
});
for (const input of document.querySelectorAll('input')) input.onchange = () =>
  window.found = [...input.files].map(file => file.webkitRelativePath || file.name).sort();
</script>";

#[test]
fn a_dropped_folder_arrives_whole_with_more_than_a_hundred_files_in_it() {
    let (site, estate) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    fs::write(site.path().join("index.html"), LISTING).unwrap();
    estate::write(estate.path(), 6, 40).unwrap();
    let nightly = fs::read_dir(estate.path().join("nightly")).unwrap().count();
    assert!(nightly > 100, "{nightly}");

    let paths = [estate.path().join("nightly"), estate.path().join("weekly")];
    let record = visit(site.path(), async move |browser: Browser| {
        browser.drop(&paths).await?;
        let found = browser.until("window.found").await?;
        let found: Vec<&str> = found.as_array().unwrap().iter().filter_map(|name| name.as_str()).collect();
        assert_eq!(found.len(), 6 * 41);
        assert!(found.contains(&"/weekly/shop-003/shop-003-2026-09-01T03-00-00.backup"), "{found:?}");
        Ok(())
    });
    assert_eq!(record.unwrap().elsewhere, []);
}

#[test]
fn files_and_folders_can_be_chosen_as_through_a_dialog() {
    let (site, files) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    fs::write(site.path().join("index.html"), LISTING).unwrap();
    let folder = files.path().join("folder");
    fs::create_dir(&folder).unwrap();
    let origin = Origin::new("shop", 1);
    let mut paths = Vec::new();
    estate::chain(&origin, 2, |backup: &Backup| {
        paths.push(backup.save(&folder)?);
        Ok(())
    })
    .unwrap();

    visit(site.path(), async move |browser: Browser| {
        browser.choose("#files", &paths[..2]).await?;
        let found = browser.until("window.found").await?;
        assert_eq!(found, json!(["shop-2026-09-01T02-00-00.backup", "shop-2026-09-01T03-00-00.backup"]));
        browser.say("window.found = null").await?;
        browser.choose("#folder", &[folder]).await?;
        let found = browser.until("window.found").await?;
        assert_eq!(found.as_array().unwrap().len(), 3);
        assert_eq!(found[0], "folder/shop-2026-09-01T02-00-00.backup");
        Ok(())
    })
    .unwrap();
}

/// A page that leaks by every way there is: the record must hold each one.
#[test]
fn whatever_leaves_the_page_is_seen() {
    let site = tempfile::tempdir().unwrap();
    // Nobody listens there: that it was asked is what counts.
    let to = format!("http://{}", TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap());
    let page = format!(
        "<!doctype html><link rel=dns-prefetch href=http://looked-up.invalid>
         <img src={to}/image><script>
         fetch('{to}/fetch', {{ mode: 'no-cors' }}).catch(() => 0);
         navigator.sendBeacon('{to}/beacon', 'names');
         try {{ new WebSocket('{to}/socket'.replace('http', 'ws')) }} catch {{}}
         new Worker('worker.js').onmessage = () => window.done = true;
         </script>"
    );
    let worker = format!(
        "fetch('{to}/worker', {{ mode: 'no-cors' }}).catch(() => 0); setTimeout(() => postMessage(1), 0)"
    );
    fs::write(site.path().join("index.html"), page).unwrap();
    fs::write(site.path().join("worker.js"), worker).unwrap();

    let record =
        visit(site.path(), async |browser: Browser| browser.until("window.done").await.map(drop)).unwrap();
    let seen = |what: &str| record.elsewhere.iter().any(|asked| asked.what.contains(what));
    for what in ["/image", "/fetch", "/beacon", "/socket", "/worker", "looked-up.invalid"] {
        assert!(seen(what), "{what} is not in {:#?}", record.elsewhere);
    }
    let own: Vec<&str> = record.served.iter().map(|request| request.target.as_str()).collect();
    assert!(own.contains(&"/tools/graphkeep/worker.js"), "{own:?}");
}

#[test]
fn errors_in_the_console_are_kept() {
    let site = tempfile::tempdir().unwrap();
    fs::write(
        site.path().join("index.html"),
        "<script>setTimeout(() => { window.done = true; throw Error('oh') })</script>",
    )
    .unwrap();
    let record =
        visit(site.path(), async |browser: Browser| browser.until("window.done").await.map(drop)).unwrap();
    assert!(record.console.iter().any(|line| line.contains("oh")), "{:?}", record.console);
}
