//! Files proven in the page: what that will read stands there before it starts, what it found stays.

use std::fs::{self, File, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result};
use graphkeep_tests::artifact::copy_files;
use graphkeep_tests::fixtures;
use graphkeep_tests::page::{Page, tool, visit, visit_with_errors};
use serde_json::{Value, json};

const CHAIN: &str = "real/neo4j-2026.05.0/chain";
const FULL: &str = "neo4j-2026-03-01T02-00-00.backup";

/// Opens the screen of a file that was handed over alone.
async fn open(page: &Page, path: &Path) -> Result<()> {
    page.give(&[path.to_path_buf()]).await?;
    page.open_database("neo4j").await?;
    let name = path.file_name().and_then(|name| name.to_str()).context("a name")?;
    page.open_artifact(name).await
}

/// Presses the button and waits until so many files were read to their ends.
async fn verify(page: &Page, button: &str, files: &str) -> Result<()> {
    page.click(button).await?;
    let said = "document.querySelector('#verifying [role=status]').textContent";
    page.until(&format!("{said} === 'Verified: {files}'")).await.map(drop)
}

/// As [`verify`], for a file that takes longer than anything else may: each quarter of it has its own patience.
async fn verify_large(page: &Page) -> Result<()> {
    page.click("#verify-file").await?;
    for quarter in [25, 50, 75, 100] {
        let done = "(document.querySelector('#verifying progress') || { value: 100 }).value";
        page.until(&format!("{done} >= {quarter}")).await?;
    }
    page.until("!document.querySelector('#stop-verifying')").await.map(drop)
}

/// Whether anything on the page has the colour and sign of what was proven.
async fn is_anything_green(page: &Page) -> Result<bool> {
    let green = page.say("document.querySelectorAll('main .good').length > 0").await?;
    green.as_bool().context("yes or no")
}

/// What the command line tool found in one file.
fn verified(path: &Path) -> Result<Value> {
    let output = tool().args(["verify", "--level", "l3", "--format", "json"]).arg(path).output()?;
    let mut found: Value = serde_json::from_slice(&output.stdout)
        .with_context(|| String::from_utf8_lossy(&output.stderr).into_owned())?;
    Ok(found["artifacts"][0]["verified"].take())
}

/// What the page's report says of the one file in it.
async fn proven(page: &Page) -> Result<Value> {
    page.go_home().await?;
    Ok(page.saved_json().await?["artifacts"][0]["verified"].take())
}

#[test]
fn one_file_is_proven_to_its_last_transaction_and_stays_so() {
    visit(async |page: Page| {
        let path = fixtures::folder().join(CHAIN).join(FULL);
        open(&page, &path).await?;
        let button = page.text("#verify-file").await?;
        let (bytes, scope) = (fs::metadata(&path)?.len(), "Verify · 1 file, ");
        assert!(button.starts_with(scope), "{button}");
        assert!(bytes < 1_000_000 && button.ends_with(&format!("{} kB", (bytes + 500) / 1000)), "{button}");
        assert!(page.text("#verdict-card").await?.contains("contents not verified"));
        assert!(!is_anything_green(&page).await?, "nothing was verified");

        verify(&page, "#verify-file", "1 of 1 file").await?;
        page.until("document.querySelector('#contents')").await?;
        let card = page.text("#verdict-card").await?;
        assert!(card.contains("every transaction in the logs checked (L3)"), "{card}");
        assert!(is_anything_green(&page).await?);
        let transactions = page.text("#transactions").await?;
        assert!(transactions.contains("Kernel version"), "{transactions}");
        let contents = page.text("#contents").await?;
        assert!(contents.contains("the zstd checksum holds") && contents.contains("neostore"), "{contents}");

        // What was found outlives the screen.
        page.go_home().await?;
        page.open_database("neo4j").await?;
        page.open_artifact(FULL).await?;
        assert_eq!(page.text("#contents").await?, contents);
        assert_eq!(proven(&page).await?, verified(&path)?);
        Ok(())
    });
}

#[test]
fn a_chain_is_restorable_once_each_of_its_files_is_proven() {
    visit(async |page: Page| {
        page.give(&[fixtures::folder().join(CHAIN)]).await?;
        assert!(!is_anything_green(&page).await?, "nothing was verified");
        page.open_database("neo4j").await?;
        let button = page.text("#verify-chain").await?;
        assert!(button.starts_with("Verify the newest chain · 4 files, "), "{button}");
        verify(&page, "#verify-chain", "4 of 4 files").await?;
        page.until("document.querySelector('#database .verdict-card.good')").await?;
        let verdict = page.text("#database .verdict-card").await?;
        assert!(verdict.contains("restorable") && verdict.contains("(L3)"), "{verdict}");
        page.go_home().await?;
        let rows = page.databases().await?;
        assert!(rows[0][0].starts_with("restorable"), "{rows:?}");
        Ok(())
    });
}

#[test]
fn the_newest_chains_are_verified_alone_and_then_what_is_left() {
    visit(async |page: Page| {
        page.try_sample().await?;
        let number = async |button: &str| -> Result<usize> {
            let words = page.text(button).await?;
            let files = words.split(" · ").nth(1).and_then(|files| files.split(' ').next());
            Ok(files.context("a number of files")?.parse()?)
        };
        assert_eq!(
            page.say("document.querySelector('#verify-open')").await?,
            Value::Null,
            "it would be everything"
        );
        let (newest, all) = (number("#verify-newest").await?, number("#verify-everything").await?);
        assert!(newest < all, "{newest} of {all}");
        verify(&page, "#verify-newest", &format!("{newest} of {newest} files")).await?;
        assert_eq!(number("#verify-open").await?, all - newest);
        let rows = page.databases().await?;
        assert!(rows.iter().any(|row| row[0].starts_with("restorable until")), "{rows:?}");
        assert!(
            rows.iter().any(|row| row[1].starts_with("london") && row[0].starts_with("restorable")),
            "{rows:?}"
        );
        let left = all - newest;
        let files = if left == 1 { "file" } else { "files" };
        verify(&page, "#verify-open", &format!("{left} of {left} {files}")).await?;
        page.until("!document.querySelector('#verify-open')").await?;
        Ok(())
    });
}

#[test]
fn everything_in_the_sample_is_verified_and_what_is_broken_stays_so() {
    visit(async |page: Page| {
        page.try_sample().await?;
        assert!(!is_anything_green(&page).await?, "nothing was verified");
        let button = page.text("#verify-everything").await?;
        let files = button.strip_prefix("Verify everything · ").context("its name")?;
        let files = files.split(' ').next().context("a number")?.to_owned();
        verify(&page, "#verify-everything", &format!("{files} of {files} files")).await?;
        let report = page.saved_json().await?;
        let artifacts = report["artifacts"].as_array().context("artifacts")?;
        assert_eq!(artifacts.len().to_string(), files);
        assert!(artifacts.iter().all(|artifact| artifact["verified"].is_object()), "{report:#}");
        let rows = page.databases().await?;
        for (row, state) in rows.iter().zip(["corrupt", "restorable until", "restorable"]) {
            assert!(row[0].starts_with(state), "{rows:?}");
        }
        assert_eq!(rows[2][1], "london / d4dae73c");
        Ok(())
    });
}

/// A copy of a genuine artifact, changed.
fn damaged(change: impl FnOnce(&mut Vec<u8>)) -> Result<(tempfile::TempDir, PathBuf)> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join(FULL);
    let mut bytes = fs::read(fixtures::folder().join(CHAIN).join(FULL))?;
    change(&mut bytes);
    fs::write(&path, bytes)?;
    Ok((folder, path))
}

async fn damage_of(page: &Page, path: &Path) -> Result<String> {
    open(page, path).await?;
    verify(page, "#verify-file", "1 of 1 file").await?;
    let damage = page.text("#damage").await?;
    assert!(!is_anything_green(page).await?, "it is damaged: {damage}");
    Ok(damage)
}

#[test]
fn a_flipped_byte_is_found_with_its_layer_and_offset_and_what_came_before_it() {
    let (_folder, path) = damaged(|bytes| {
        let middle = bytes.len() / 2;
        bytes[middle] ^= 0x55;
    })
    .unwrap();
    visit(async move |page: Page| {
        let damage = damage_of(&page, &path).await?;
        let found = verified(&path)?;
        let (layer, offset) = (found["damage"]["layer"].as_str(), found["damage"]["offset"].as_u64());
        let (layer, offset) = (layer.context("a layer")?, offset.context("an offset")?);
        assert!(layer.starts_with("zstd") && offset > 0, "{found:#}");
        assert!(damage.contains(layer) && damage.contains("at byte"), "{damage}");
        assert!(
            damage.contains("were read whole before it") && damage.contains("were not reached"),
            "{damage}"
        );
        assert_eq!(proven(&page).await?, found);
        let rows = page.databases().await?;
        assert!(rows[0][0].contains("broken") || rows[0][0].contains("corrupt"), "{rows:?}");
        Ok(())
    });
}

#[test]
fn a_file_cut_short_says_how_much_of_it_is_missing() {
    let (_folder, path) = damaged(|bytes| bytes.truncate(bytes.len() * 2 / 3)).unwrap();
    visit(async move |page: Page| {
        let damage = damage_of(&page, &path).await?;
        assert!(damage.contains("Likely cause"), "{damage}");
        assert_eq!(proven(&page).await?, verified(&path)?);
        Ok(())
    });
}

#[test]
fn a_failing_reader_is_tried_twice_and_costs_its_file_alone() {
    let folder = tempfile::tempdir().unwrap();
    copy_files(&fixtures::folder().join(CHAIN), folder.path()).unwrap();
    let record = visit_with_errors(async move |page: Page| {
        let script = json!({ "source": CRASHING });
        page.driver.cdp().send_raw("Page.addScriptToEvaluateOnNewDocument", script).await?;
        page.driver.refresh().await?;
        page.until("document.querySelector('#try-sample')").await?;
        page.give(&[folder.path().to_path_buf()]).await?;
        page.open_database("neo4j").await?;
        verify(&page, "#verify-chain", "3 of 4 files; the reader ended over 1 file").await?;
        let tries = page.say("window.tries").await?;
        assert_eq!(tries, 2, "once more by a fresh worker");
        page.open_artifact(FULL).await?;
        let notice = page.text("#verify-crashed").await?;
        assert!(notice.contains("provoked by a test"), "{notice}");
        assert!(page.text("#verdict-card").await?.contains("contents not verified"), "its header is known");
        page.go_home().await?;
        let report = page.saved_json().await?;
        let artifacts = report["artifacts"].as_array().context("artifacts")?;
        let proven = artifacts.iter().filter(|artifact| artifact["verified"]["level"] == "L3").count();
        assert_eq!(proven, 3, "{report:#}");
        assert!(page.databases().await?[0][0].contains("unverified"));
        // The next one starts clean.
        page.open_database("neo4j").await?;
        page.open_artifact("neo4j-2026-03-01T03-00-00.backup").await?;
        verify(&page, "#verify-file", "1 of 1 file").await?;
        Ok(())
    });
    assert!(record.console.iter().all(|line| line.contains("provoked by a test")), "{:?}", record.console);
}

/// Throws inside the worker, uncaught, when it is to verify the full backup, and counts how often it is asked to.
const CRASHING: &str = r"
  const Plain = Blob;
  window.tries = 0;
  window.Blob = class extends Plain {
    constructor(parts, options) {
      const isScript = options && /javascript/.test(options.type);
      const trap = `addEventListener('message', event => {
        if (/Verify.*T02-00-00/.test(JSON.stringify(event.data))) {
          event.stopImmediatePropagation();
          throw Error('provoked by a test');
        }
      });`;
      super(isScript ? [trap, ...parts] : parts, options);
    }
  };
  const post = Worker.prototype.postMessage;
  Worker.prototype.postMessage = function (message) {
    if (/Verify.*T02-00-00/.test(JSON.stringify(message))) window.tries += 1;
    return post.apply(this, arguments);
  };
";

/// Bytes of the hole in [`with_a_hole`]: what lies behind it has offsets above 2^32.
const HOLE: u64 = (1 << 32) + (1 << 20);

/// A genuine plain artifact with one more file in front of its contents: a hole that no disk holds.
fn with_a_hole(folder: &Path) -> Result<PathBuf> {
    const BLOCK: usize = 512;
    let genuine = fs::read(fixtures::folder().join("real/neo4j-2026.05.0/formats/full.BTV2.backup"))?;
    // The tar begins with its own folder, whose header says `ustar` at 257.
    let magic = genuine.windows(6).position(|bytes| bytes == b"ustar\0").context("a tar inside")?;
    let (front, tar) = genuine.split_at(magic - 257);
    let mut header = [0; BLOCK];
    let size = format!("{HOLE:011o}");
    let name = "./neostore.nodestore.db.hole";
    for (at, text) in
        [(0, name), (100, "0000644"), (124, &size), (136, "00000000000"), (156, "0"), (257, "ustar\x0000")]
    {
        header[at..at + text.len()].copy_from_slice(text.as_bytes());
    }
    header[148..156].fill(b' ');
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());

    let path = folder.join("neo4j-2026-03-01T02-00-00.backup");
    let mut file = File::create(&path)?;
    file.write_all(front)?;
    file.write_all(&header)?;
    file.seek(SeekFrom::Current(i64::try_from(HOLE)?))?;
    file.write_all(tar)?;
    Ok(path)
}

#[test]
fn what_lies_above_four_gigabytes_is_read_and_judged_as_the_command_line_does() {
    let folder = tempfile::tempdir().unwrap();
    let path = with_a_hole(folder.path()).unwrap();
    visit(async move |page: Page| {
        open(&page, &path).await?;
        assert!(page.text("#verify-file").await?.contains("4.3 GB"));
        let start = Instant::now();
        verify_large(&page).await?;
        measured(&format!("4.3 GB in {:.1} s", start.elapsed().as_secs_f64()));
        let found = verified(&path)?;
        assert_eq!(found["level"], "L3", "{found:#}");
        assert_eq!(proven(&page).await?, found);

        // The last log cut short: the place is told in bytes that 32 bits cannot count.
        page.clear().await?;
        let size = fs::metadata(&path)?.len();
        OpenOptions::new().write(true).open(&path)?.set_len(size - 20_000)?;
        open(&page, &path).await?;
        verify_large(&page).await?;
        let found = verified(&path)?;
        assert!(found["damage"]["offset"].as_u64() > Some(1 << 32), "{found:#}");
        assert!(page.text("#damage").await?.contains("4,29"), "the offset with its digits");
        assert_eq!(proven(&page).await?, found);
        Ok(())
    });
}

#[test]
fn a_verification_ends_at_once_when_asked_and_keeps_what_was_proven() {
    let folder = tempfile::tempdir().unwrap();
    let path = with_a_hole(folder.path()).unwrap();
    visit(async move |page: Page| {
        page.give(&[path.clone(), fixtures::folder().join(CHAIN).join("neo4j-2026-03-01T03-00-00.backup")])
            .await?;
        page.open_database("neo4j").await?;
        page.open_artifact("neo4j-2026-03-01T03-00-00.backup").await?;
        verify(&page, "#verify-file", "1 of 1 file").await?;
        page.go_home().await?;
        page.open_database("neo4j").await?;
        page.open_artifact(FULL).await?;
        page.click("#verify-file").await?;

        // Real bytes, more of them each time.
        let done = "document.querySelector('#verifying progress').value";
        let first = page.until(&format!("{done} > 0 && {done}")).await?;
        page.until(&format!("{done} > {first}")).await?;
        let line = page.text("#verifying").await?;
        assert!(line.contains(" of 4.3 GB") && line.contains("0 of 1 file"), "{line}");
        assert!(page.driver.title().await?.contains("% · "), "{}", page.driver.title().await?);

        // The time from click to end, as the page has it.
        let took = page
            .say(
                "(() => { const start = performance.now(); document.querySelector('#stop-verifying').click();
                  return new Promise(done => { const look = () => document.querySelector('#stop-verifying')
                    ? requestAnimationFrame(look) : done(performance.now() - start); look(); }); })()",
            )
            .await?;
        measured(&format!("cancelled {:.1} ms after the click", took.as_f64().context("a time")?));
        let said = page.say("document.querySelector('#verifying [role=status]').textContent").await?;
        assert_eq!(said, "Verification cancelled: 0 of 1 file");
        assert!(page.text("#verdict-card").await?.contains("contents not verified"));
        page.go_home().await?;
        let report = page.saved_json().await?;
        assert_eq!(report["artifacts"][1]["verified"]["level"], "L3", "what was proven before is kept");
        Ok(())
    });
}

/// Whichever button ends the readers, nothing on the page waits for what they would have said.
#[test]
fn what_waits_behind_a_verification_comes_when_that_is_cancelled_by_either_button() {
    const NEXT: &str = "neo4j-2026-03-01T03-00-00.backup";
    let folder = tempfile::tempdir().unwrap();
    let path = with_a_hole(folder.path()).unwrap();
    visit(async move |page: Page| {
        // One reader: whatever is asked for while it verifies has to wait.
        let one = "Object.defineProperty(navigator, 'hardwareConcurrency', { value: 1 })";
        let script = json!({ "source": one });
        page.driver.cdp().send_raw("Page.addScriptToEvaluateOnNewDocument", script).await?;
        page.reload().await?;
        let chain = fixtures::folder().join(CHAIN);
        page.give(&[path.clone(), chain.join(NEXT)]).await?;
        let status = "document.querySelector('#verifying [role=status]').textContent";
        for button in ["#stop-verifying", "#cancel"] {
            page.open_database("neo4j").await?;
            page.open_artifact(FULL).await?;
            page.until("document.querySelector('#bytes')").await?;
            page.click("#verify-file").await?;
            page.until("document.querySelector('#verifying progress').value > 0").await?;
            page.say("(history.back(), true)").await?;
            page.until("document.querySelector('#database')").await?;
            page.open_artifact(NEXT).await?;
            let bytes = page.text("#panel-container").await?;
            assert!(bytes.contains("Reading the header again"), "{bytes}");
            if button == "#cancel" {
                // Two: one alone would be compared with the artifact on the screen.
                page.drop(
                    &["04", "05"].map(|hour| chain.join(format!("neo4j-2026-03-01T{hour}-00-00.backup"))),
                )
                .await?;
            }
            page.click(button).await?;
            page.until("!document.querySelector('#stop-verifying')").await?;
            assert_eq!(page.say(status).await?, "Verification cancelled: 0 of 1 file");
            page.until("document.querySelector('#bytes')").await?;
            page.go_home().await?;
        }
        page.click("#go-on").await?;
        page.settled(4).await
    });
}

#[expect(clippy::print_stderr, reason = "for the person who runs it: no test holds a stopwatch")]
fn measured(text: &str) {
    eprintln!("{text}");
}

#[test]
fn old_bytes_behind_the_end_are_dropped_into_a_new_file_that_is_proven() {
    let (_folder, path) = damaged(|bytes| bytes.extend_from_slice(&[7; 5000])).unwrap();
    visit(async move |page: Page| {
        let damage = damage_of(&page, &path).await?;
        assert!(damage.contains("drop the last 5000 bytes"), "{damage}");
        page.click("#mend").await?;
        page.until("document.querySelector('#save-mended')").await?;
        let damage = page.text("#damage").await?;
        assert!(damage.contains("L3 holds"), "{damage}");
        page.click("#save-mended").await?;
        let saved = page.download_bytes(".mended.backup").await?;
        assert!(saved == fs::read(fixtures::folder().join(CHAIN).join(FULL))?, "it is the genuine one again");
        // Both digests, as the command line tool prints them.
        let new = path.with_file_name("new.backup");
        let output = tool().args(["repair", "--format", "json"]).arg(&path).arg("-o").arg(&new).output()?;
        let repaired: Value = serde_json::from_slice(&output.stdout)?;
        for file in ["original", "new"] {
            let digest = repaired[file]["sha256"].as_str().context("a digest")?;
            assert!(damage.contains(digest), "{digest} is not in {damage}");
        }
        Ok(())
    });
}

#[test]
fn text_in_front_of_an_artifact_is_dropped_into_a_new_file() {
    let (_folder, path) = damaged(|bytes| drop(bytes.splice(..0, *b"Selecting JVM - Version:21\n"))).unwrap();
    visit(async move |page: Page| {
        page.give(&[path.clone()]).await?;
        page.click_text(FULL).await?;
        page.click("#verify-file").await?;
        page.click("#mend").await?;
        page.until("document.querySelector('#save-mended')").await?;
        page.click("#save-mended").await?;
        let saved = page.download_bytes(".mended.backup").await?;
        assert!(saved == fs::read(fixtures::folder().join(CHAIN).join(FULL))?, "it is the genuine one again");
        Ok(())
    });
}

#[test]
fn a_damaged_file_says_what_is_lost_and_which_copy_serves() {
    let (folder, path) = damaged(|bytes| bytes.truncate(bytes.len() * 2 / 3)).unwrap();
    fs::copy(fixtures::folder().join(CHAIN).join(FULL), folder.path().join("copy.backup")).unwrap();
    visit(async move |page: Page| {
        page.give(&[folder.path().to_path_buf()]).await?;
        page.open_database("neo4j").await?;
        page.open_artifact(path.file_name().and_then(|name| name.to_str()).context("a name")?).await?;
        verify(&page, "#verify-file", "1 of 1 file").await?;
        let damage = page.text("#damage").await?;
        assert!(damage.contains("the same transactions are in copy.backup"), "{damage}");
        assert!(damage.contains("can be restored until") && damage.contains("graphkeep extract"), "{damage}");
        assert!(damage.contains("were not reached"), "{damage}");
        Ok(())
    });
}
