//! The site as a folder on somebody's host, below a path that it does not know. `cargo xtask dist` runs these
//! on what it gives out.

use graphkeep_tests::browser::BASE;
use graphkeep_tests::fixtures;
use graphkeep_tests::page::{Page, visit, visit_with_errors};

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

#[test]
fn the_first_screen_loads_without_the_reader_and_the_sample() {
    visit(async |page: Page| {
        let loaded = "performance.getEntriesByType('resource').map(entry => entry.name)";
        let first = page.say(loaded).await?.to_string();
        assert!(first.contains(".wasm") && first.contains(".css"), "{first}");
        assert!(!first.contains("worker") && !first.contains("samples/"), "{first}");

        page.try_sample().await?;
        let then = page.say(loaded).await?.to_string();
        assert!(then.contains("samples/"), "{then}");
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
