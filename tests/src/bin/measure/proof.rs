//! The page against the command line tool: both verify the same artifact to its last transaction.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use graphkeep_tests::page::{self, Page};
use serde_json::{Value, json};

/// Times that each verifies it, taking turns; the page in a fresh browser each time.
const RUNS: usize = 3;

/// # Errors
/// When either does not verify it to L3.
pub(crate) fn measure(graphkeep: &Path, artifact: &Path) -> Result<Value> {
    let (mut page_s, mut native_s) = (f64::MAX, f64::MAX);
    for _ in 0..RUNS {
        native_s = native_s.min(natively(graphkeep, artifact)?);
        page_s = page_s.min(in_the_page(artifact));
    }
    Ok(json!({ "bytes": artifact.metadata()?.len(), "page_s": page_s, "native_s": native_s }))
}

/// Seconds of the whole process.
fn natively(graphkeep: &Path, artifact: &Path) -> Result<f64> {
    let mut verify = Command::new(graphkeep);
    verify.args(["verify", "--level", "l3", "--format", "json"]).arg(artifact).stdin(Stdio::null());
    let begun = Instant::now();
    let output = verify.output().context("cannot start graphkeep")?;
    let took = begun.elapsed().as_secs_f64();
    holds(&serde_json::from_slice(&output.stdout)?)?;
    Ok(took)
}

/// Seconds from the press of the button to the word that all is verified.
///
/// # Panics
/// When the page does not come to that.
fn in_the_page(artifact: &Path) -> f64 {
    let (path, found) = (artifact.to_path_buf(), Arc::new(Mutex::new(f64::NAN)));
    let time = Arc::clone(&found);
    page::visit(async move |page: Page| {
        page.give(&[path]).await?;
        page.say(CLOCK).await?;
        page.click("#verify-everything").await?;
        // A large file takes longer than anything else may: each tenth of it has its own patience.
        for tenth in 1..=10 {
            page.until(&format!(
                "window.ended || document.querySelector('#verifying progress')?.value >= {tenth}0"
            ))
            .await?;
        }
        let took = page.until("window.ended && window.ended - window.began").await?;
        *time.lock().expect("no holder panics") = took.as_f64().context("a time")? / 1000.0;
        holds(&page.saved_json().await?)
    });
    *found.lock().expect("no holder panics")
}

fn holds(report: &Value) -> Result<()> {
    let level = &report["artifacts"][0]["verified"]["level"];
    ensure!(level == "L3", "the artifact holds to {level}");
    Ok(())
}

/// Notes when the button was pressed, and when the page said that it is done.
const CLOCK: &str = "(() => {
  const button = document.querySelector('#verify-everything');
  const status = document.querySelector('#verifying [role=status]');
  button.addEventListener('click', () => window.began = performance.now(), true);
  new MutationObserver(() => { if (status.textContent === 'Verified: 1 of 1 file') window.ended = performance.now() })
    .observe(status, { childList: true, characterData: true, subtree: true });
  return true;
})()";
