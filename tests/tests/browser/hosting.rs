//! The site as a folder on somebody's host, below a path that it does not know. `cargo xtask dist` runs these
//! on what it gives out.

use std::fs;

use graphkeep_tests::browser::{BASE, Network};
use graphkeep_tests::fixtures;
use graphkeep_tests::page::{self, KEPT, Page, visit, visit_with_errors};
use serde_json::json;

#[test]
fn the_site_works_below_any_path() {
    let record = visit_with_errors(async |page: Page| {
        assert!(page.url().ends_with(BASE), "{}", page.url());
        // Page, worker and sample are all fetched from there.
        page.try_sample().await?;
        page.give(&[fixtures::folder().join("real/neo4j-2026.05.0/chain")]).await?;
        Ok(())
    });
    assert_eq!(record.console, [] as [String; 0]);
    let fetched = |end: &str| record.served.iter().any(|request| request.target.ends_with(end));
    assert!(fetched(".wasm") && fetched(".js") && fetched(".backup"), "{:?}", record.served);
}

/// Notes what the page looks like when it starts the service worker: whether a frame with the first screen in it
/// was drawn.
const WATCH: &str = "
  new MutationObserver((changes, watch) => {
    if (!document.querySelector('#try-sample')) return;
    watch.disconnect();
    requestAnimationFrame(() => setTimeout(() => { window.drawn = true }));
  }).observe(document, { childList: true, subtree: true });
  ServiceWorkerContainer.prototype.register = new Proxy(ServiceWorkerContainer.prototype.register, {
    apply(register, container, given) {
      window.registered = window.drawn ? 'after the first screen' : 'before the first screen';
      return Reflect.apply(register, container, given);
    },
  });";

#[test]
fn the_first_screen_comes_first_then_the_reader_and_the_sample_when_it_is_opened() {
    visit(async |page: Page| {
        page.until(KEPT).await?;
        let served = page.served();
        let worker = served.iter().position(|name| name == "sw.js").expect("the service worker is asked for");
        let (first, then) = served.split_at(worker);
        // The page, its styles, what starts it, and the app in two files. Of its icons there are as many as the
        // browser likes to show.
        let html = fs::read_to_string(page::site().join("index.html"))?;
        let styles = html.matches("rel=\"stylesheet\"").count();
        let count = |end: &str| first.iter().filter(|name| name.ends_with(end)).count();
        let icons = [".svg", ".png", ".webmanifest"].map(count).iter().sum::<usize>();
        assert_eq!([count(".css"), count(".js"), count(".wasm")], [styles, 2, 1], "{first:?}");
        assert_eq!(first.len() - icons, 1 + styles + 2 + 1, "{first:?}");
        assert!(!first.iter().any(|name| name.starts_with("worker")), "{first:?}");
        assert!(then.iter().any(|name| name.starts_with("worker") && name.ends_with(".wasm")), "{then:?}");
        assert!(!served.iter().any(|name| name.starts_with("samples/")), "{served:?}");

        page.try_sample().await?;
        let opened = page.served().iter().filter(|name| name.starts_with("samples/")).count();
        assert_eq!(opened, page::SAMPLE.lines().count());

        let watch = json!({ "source": WATCH });
        page.driver.cdp().send_raw("Page.addScriptToEvaluateOnNewDocument", watch).await?;
        page.reload().await?;
        assert_eq!(page.until("window.registered").await?, "after the first screen");
        Ok(())
    });
}

#[test]
fn a_host_where_a_folders_address_is_no_file_can_serve_the_page() {
    visit(async |page: Page| {
        page.until(KEPT).await?;
        // One visit, and after it the page is had by its file's name.
        let served = page.served();
        let by_folder = served.iter().filter(|name| name.is_empty()).count();
        assert_eq!(
            (by_folder, served.iter().filter(|name| *name == "index.html").count()),
            (1, 1),
            "{served:?}"
        );
        page.network(Network::Gone);
        for name in ["index.html", ""] {
            page.driver.goto(format!("{}{name}", page.url())).await?;
            page.until(KEPT).await?;
        }
        page.network(Network::There);
        Ok(())
    });
}

#[test]
fn the_address_never_holds_names() {
    visit(async |page: Page| {
        page.give(&[fixtures::folder().join("scenarios/gap")]).await?;
        page.open_database("neo4j").await?;
        page.open_artifact("neo4j-2025-05-01T10-30-00.backup").await?;
        let address = page.say("location.href").await?;
        let rest = address.as_str().unwrap().strip_prefix(&page.url()).unwrap().to_owned();
        assert!(rest.starts_with('#') && !rest.contains("neo4j") && !rest.contains("2025"), "{rest}");
        Ok(())
    });
}
