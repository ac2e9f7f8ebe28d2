//! The page without a network, as an app, and when a newer build of it is there.

use std::fs;
use std::path::Path;

use graphkeep_tests::browser::Network;
use graphkeep_tests::fixtures;
use graphkeep_tests::page::{self, KEPT, Page, visit, visit_site, visit_with_errors};
use serde_json::json;
use tempfile::TempDir;

/// Looks for a newer build, and says what became of it.
const UPDATE: &str = "navigator.serviceWorker.getRegistration().then(found => new Promise(done => {
  found.addEventListener('updatefound', () => {
    const { installing } = found;
    installing.addEventListener('statechange', () => done(installing.state));
  });
  found.update();
}))";

#[test]
fn what_was_loaded_once_starts_without_a_network() {
    visit(async |page: Page| {
        page.until(KEPT).await?;
        page.network(Network::Gone);
        // The very page that was loaded from the network, and one that was not.
        for _ in 0..2 {
            page.give(&[fixtures::folder().join("scenarios/gap")]).await?;
            page.reload().await?;
            page.until(KEPT).await?;
        }
        page.network(Network::There);
        Ok(())
    });
}

#[test]
fn the_sample_needs_a_network_once() {
    let record = visit_with_errors(async |page: Page| {
        page.until(KEPT).await?;
        page.network(Network::Gone);
        page.click("#try-sample").await?;
        page.until("document.querySelector('.start [role=alert]')").await?;
        let why = page.text(".start [role=alert]").await?;
        assert!(why.contains("its host does not answer"), "{why}");
        page.network(Network::There);
        page.try_sample().await?;

        page.network(Network::Gone);
        page.reload().await?;
        page.try_sample().await?;
        page.network(Network::There);
        Ok(())
    });
    assert!(record.console.iter().all(|line| line.contains("samples/")), "{:?}", record.console);
}

#[test]
fn the_browser_would_install_the_page() {
    visit(async |page: Page| {
        page.until(KEPT).await?;
        let manifest = page.driver.cdp().send_raw("Page.getAppManifest", json!({})).await?;
        assert!(manifest["url"].as_str().unwrap().ends_with("/manifest.webmanifest"), "{manifest:#}");
        assert_eq!(manifest["errors"], json!([]));
        let refused = page.driver.cdp().send_raw("Page.getInstallabilityErrors", json!({})).await?;
        assert_eq!(refused["installabilityErrors"], json!([]));
        Ok(())
    });
}

#[test]
fn the_browsers_offer_to_install_is_passed_on_once() {
    visit(async |page: Page| {
        // The browser makes its own offer when it likes, and it would take the place of this one.
        let not_its_own = "addEventListener('beforeinstallprompt', (offer) => offer.isTrusted && offer.stopImmediatePropagation(), true)";
        page.say(not_its_own).await?;
        let offer = "Object.assign(new Event('beforeinstallprompt', { cancelable: true }), { prompt() { window.asked = true } })";
        assert_eq!(
            page.say(&format!("dispatchEvent({offer})")).await?,
            false,
            "the page makes the offer itself"
        );
        page.click("#install").await?;
        page.until("window.asked && !document.querySelector('#install')").await?;
        Ok(())
    });
}

#[test]
fn a_newer_build_starts_when_it_is_told_to() {
    let site = copy();
    let folder = site.path().to_path_buf();
    let record = visit_site(site.path(), async move |page: Page| {
        page.until(KEPT).await?;
        publish(&folder);
        assert_eq!(page.say(UPDATE).await?, "installed");
        page.until("document.querySelector('#start-newer')").await?;
        page.reload().await?;
        page.until("document.querySelector('#start-newer')").await?;
        assert_eq!(
            page.say(NEWER).await?,
            false,
            "the one that was kept is shown until the newer one is wanted"
        );

        // Another tab would find its parts changed.
        let own = page.driver.window().await?;
        let other = page.driver.new_tab().await?;
        page.driver.switch_to_window(other).await?;
        page.driver.goto(page.url()).await?;
        page.click("#start-newer").await?;
        page.until("document.querySelector('#newer').textContent.includes('Close the other tabs')").await?;
        page.driver.close_window().await?;
        page.driver.switch_to_window(own).await?;

        page.click("#start-newer").await?;
        page.until(&format!("document.querySelector('#try-sample') && {NEWER}")).await?;
        assert_eq!(page.say("caches.keys().then(names => names.length)").await?, 1, "the old one is gone");
        Ok(())
    });
    assert_eq!((record.elsewhere, record.console), (vec![], vec![]));
}

#[test]
fn a_newer_build_that_nobody_asked_for_comes_with_the_next_start() {
    let site = copy();
    let folder = site.path().to_path_buf();
    visit_site(site.path(), async move |page: Page| {
        page.until(KEPT).await?;
        publish(&folder);
        assert_eq!(page.say(UPDATE).await?, "installed");
        // Elsewhere, and back: no tab of the old build is left between the two.
        page.driver.goto("about:blank").await?;
        page.driver.goto(page.url()).await?;
        page.until(&format!("document.querySelector('#try-sample') && {NEWER}")).await?;
        assert_eq!(page.say("document.querySelector('#start-newer')").await?, json!(null));
        Ok(())
    });
}

#[test]
fn a_build_that_was_copied_in_part_is_not_taken() {
    let site = copy();
    let folder = site.path().to_path_buf();
    visit_site(site.path(), async move |page: Page| {
        page.until(KEPT).await?;
        publish(&folder);
        // One file is still that of the build before.
        fs::copy(page::site().join("index.html"), folder.join("index.html"))?;
        assert_eq!(page.say(UPDATE).await?, "redundant");
        page.until(&says("not every file could be fetched")).await?;
        page.reload().await?;
        // The next start tries again, and tells again.
        page.until(&says("not every file could be fetched")).await?;
        page.try_sample().await?;
        xtask::offline::write(&folder)?;
        page.until(&format!("({UPDATE}).then(state => state === 'installed')")).await?;
        page.until("document.querySelector('#start-newer')").await.map(drop)
    });
}

#[test]
fn a_first_build_that_was_copied_in_part_is_not_kept_and_says_so() {
    let site = copy();
    let folder = site.path().to_path_buf();
    fs::write(folder.join("icon-192.png"), "of another build").unwrap();
    visit_site(site.path(), async |page: Page| {
        page.until("document.querySelector('#offline').textContent.includes('Not kept for use offline')")
            .await?;
        page.try_sample().await
    });
}

/// The kept build would otherwise be shown for ever: nothing that a browser asks for would ever change.
#[test]
fn a_host_that_has_no_service_worker_any_more_is_told_and_the_kept_build_can_be_left() {
    let site = copy();
    let folder = site.path().to_path_buf();
    visit_site(site.path(), async move |page: Page| {
        page.until(KEPT).await?;
        publish(&folder);
        let script = fs::read(folder.join("sw.js"))?;
        fs::remove_file(folder.join("sw.js"))?;
        page.reload().await?;
        assert_eq!(page.say(NEWER).await?, false, "what was kept is shown");
        page.until(&says("its host has nothing any more that would replace it")).await?;
        page.click("#leave-kept").await?;
        page.until(&format!("document.querySelector('#try-sample') && {NEWER}")).await?;
        assert_eq!(page.say("caches.keys().then(names => names.length)").await?, 0);
        // What was asked of the host is held to its files.
        fs::write(folder.join("sw.js"), script)?;
        Ok(())
    });
}

#[test]
fn a_host_that_does_not_answer_is_not_taken_for_one_without_a_service_worker() {
    visit_with_errors(async |page: Page| {
        page.until(KEPT).await?;
        page.network(Network::Gone);
        page.reload().await?;
        page.until(KEPT).await?;
        // The page's own look has ended before one that is asked for later.
        let looked = "navigator.serviceWorker.ready.then(found => found.update()).then(() => 'found', () => 'nothing')";
        assert_eq!(page.say(looked).await?, "nothing");
        assert_eq!(page.say("document.querySelector('#newer').textContent").await?, "");
        page.network(Network::There);
        Ok(())
    });
}

/// Whether the page says this about builds.
fn says(words: &str) -> String {
    format!("document.querySelector('#newer').textContent.includes({})", json!(words))
}

/// Whether the page is the one that [`publish`] made.
const NEWER: &str = "document.querySelector('meta[name=newer]') !== null";

fn copy() -> TempDir {
    let (from, to) = (page::site(), tempfile::tempdir().unwrap());
    for file in xtask::offline::files(&from).unwrap() {
        let place = to.path().join(file.strip_prefix(&from).unwrap());
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        fs::copy(&file, &place).unwrap();
    }
    to
}

fn publish(site: &Path) {
    let index = site.join("index.html");
    let html = fs::read_to_string(&index).unwrap();
    fs::write(&index, html.replacen("<meta ", "<meta name=\"newer\"><meta ", 1)).unwrap();
    xtask::offline::write(site).unwrap();
}
