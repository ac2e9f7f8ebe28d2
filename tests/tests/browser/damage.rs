//! What is wrong with one file, or with the reader over it, stays with that file.

use std::fs;

use graphkeep_tests::artifact::copy_files;
use graphkeep_tests::fixtures;
use graphkeep_tests::page::{Page, visit, visit_with_errors};
use serde_json::json;

#[test]
fn a_corrupt_file_beside_good_ones_is_named_with_its_reason_and_they_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let chain = fixtures::folder().join("real/neo4j-5.26.28/chain");
    copy_files(&chain, folder.path()).unwrap();
    let whole = fs::read(chain.join("neo4j-2026-03-01T05-00-00.backup")).unwrap();
    fs::write(folder.path().join("cut-short.backup"), &whole[..40]).unwrap();
    fs::write(folder.path().join("newer.backup"), [b"BZV9", &whole[4..]].concat()).unwrap();
    fs::write(folder.path().join("page.backup"), "<!doctype html><p>not found").unwrap();

    visit(async move |page: Page| {
        page.give(&[folder.path().to_path_buf()]).await?;
        let rows = page.databases().await?;
        assert!(rows[0][0].contains("(tx 49)"), "{rows:?}");
        let unreadable = page.text("#unreadable").await?;
        for words in ["cut-short.backup", "at byte", "newer.backup", "newer Neo4j (BZV9)"] {
            assert!(unreadable.contains(words), "{words} is not in:\n{unreadable}");
        }
        let strangers = page.say("document.querySelector('#strangers').textContent").await?;
        let strangers = strangers.as_str().unwrap();
        assert!(strangers.contains("page.backup") && strangers.contains("HTML"), "{strangers}");
        Ok(())
    });
}

#[test]
fn a_file_that_is_gone_when_it_is_read_says_so_and_can_be_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("neo4j-2026-03-01T02-00-00.backup");
    let whole = fixtures::folder().join("real/neo4j-5.26.28/chain/neo4j-2026-03-01T02-00-00.backup");
    fs::copy(&whole, &path).unwrap();
    visit_with_errors(async move |page: Page| {
        page.give(&[path.clone()]).await?;
        page.open_database("neo4j").await?;
        // Its screen reads the file anew.
        fs::remove_file(&path)?;
        page.click_text("neo4j-2026-03-01T02-00-00.backup").await?;
        page.until("document.querySelector('#artifact')").await?;
        page.until("document.querySelector('#artifact [role=alert]')").await?;
        let notice = page.text("#artifact [role=alert]").await?;
        assert!(notice.contains("cannot read neo4j-2026-03-01T02-00-00.backup"), "{notice}");
        page.go_home().await?;
        assert_eq!(page.databases().await?.len(), 1, "what was read is kept");
        Ok(())
    });
}

/// Throws inside the worker, uncaught, when it is handed a file of that name: what a defect of the reader does.
const CRASHING: &str = r"
  const Plain = Blob;
  window.Blob = class extends Plain {
    constructor(parts, options) {
      const isScript = options && /javascript/.test(options.type);
      const trap = `addEventListener('message', event => {
        if (name === 'graphkeep reader' && JSON.stringify(event.data).includes('crash-me')) {
          event.stopImmediatePropagation();
          throw Error('provoked by a test');
        }
      });`;
      super(isScript ? [trap, ...parts] : parts, options);
    }
  };
";

#[test]
fn a_crashed_reader_leaves_the_page_and_the_other_files_alive() {
    let folder = tempfile::tempdir().unwrap();
    let chain = fixtures::folder().join("real/neo4j-5.26.28/chain");
    copy_files(&chain, folder.path()).unwrap();
    fs::copy(chain.join("neo4j-2026-03-01T02-00-00.backup"), folder.path().join("crash-me.backup")).unwrap();
    let record = visit_with_errors(async move |page: Page| {
        let script = json!({ "source": CRASHING });
        page.driver.cdp().send_raw("Page.addScriptToEvaluateOnNewDocument", script).await?;
        page.driver.refresh().await?;
        page.until("document.querySelector('#try-sample')").await?;

        page.give(&[folder.path().to_path_buf()]).await?;
        let rows = page.databases().await?;
        assert!(rows[0][0].contains("(tx 49)"), "{rows:?}");
        let unreadable = page.text("#unreadable").await?;
        assert!(
            unreadable.contains("crash-me.backup") && unreadable.contains("provoked by a test"),
            "{unreadable}"
        );

        // The next drop starts clean.
        page.give(&[fixtures::folder().join("scenarios/manual-example")]).await?;
        assert_eq!(page.databases().await?.len(), 4);
        Ok(())
    });
    assert!(record.console.iter().all(|line| line.contains("provoked by a test")), "{:?}", record.console);
}
