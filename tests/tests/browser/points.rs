//! A point in time, asked for in the ways that people write one.

use std::path::Path;

use anyhow::Result;
use graphkeep_core::time::UtcTime;
use graphkeep_tests::artifact::{Backup, Origin};
use graphkeep_tests::page::{Page, visit};
use serde_json::json;

/// tx 1..20 by hourly backups from 02:00, then a gap, then a full to 60 at 06:00.
fn store(folder: &Path) -> std::path::PathBuf {
    let store = folder.join("store");
    std::fs::create_dir_all(&store).unwrap();
    let orders = Origin::new("orders", 1);
    let hour = |hour: i64| UtcTime(1_788_228_000 + hour * 3600);
    for backup in [
        Backup::full(&orders, hour(0), 10),
        Backup::differential(&orders, hour(1), 11, 20),
        Backup::differential(&orders, hour(3), 31, 40),
        Backup::full(&orders, hour(4), 60),
    ] {
        backup.save(&store).unwrap();
    }
    store
}

async fn answer(page: &Page, point: &str) -> Result<String> {
    page.type_over("#point", point).await?;
    page.text("#answer").await
}

#[test]
fn a_point_is_taken_as_transaction_utc_local_time_or_without_a_year() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    visit(async move |page: Page| {
        page.give(&[store]).await?;
        page.open_database("orders").await?;
        let whole = page.text("#answer").await?;
        assert!(whole.contains("everything up to tx 60 is kept"), "{whole}");

        let within = answer(&page, "tx 15").await?;
        assert!(within.contains("tx 15 is the last one kept, tx 16 the first one dropped"), "{within}");
        assert!(within.contains("--restore-until=16") && within.contains("2 files"), "{within}");

        let utc = answer(&page, "2026-09-01 02:30").await?;
        assert!(utc.contains("before 2026-09-01 02:30:00 UTC: tx 10 certainly"), "{utc}");
        for same in ["before 09-01 02:30", "2026-09-01 04:30+02:00", "before 2026-09-01T02:30:00Z"] {
            assert_eq!(answer(&page, same).await?, utc, "{same}");
        }
        let refused = answer(&page, "yesterday").await?;
        assert!(refused.contains("yesterday"), "{refused}");
        assert!(!refused.contains("neo4j-admin"), "{refused}");
        Ok(())
    });
}

#[test]
fn an_unreachable_point_says_why_and_offers_the_nearest_on_either_side() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    visit(async move |page: Page| {
        page.give(&[store]).await?;
        page.open_database("orders").await?;
        let missed = answer(&page, "tx 25").await?;
        for words in ["Nearest before: tx 20", "Nearest after: tx 60"] {
            assert!(missed.contains(words), "{words} is not in:\n{missed}");
        }
        // Nothing was moved there by itself.
        assert_eq!(page.say("document.querySelector('#point').value").await?, "tx 25");
        page.click_text("Nearest before: tx 20").await?;
        assert_eq!(page.say("document.querySelector('#point').value").await?, "tx 20");
        assert!(page.text("#answer").await?.contains("tx 20 is kept"), "{}", page.text("#answer").await?);
        Ok(())
    });
}

#[test]
fn commands_are_for_the_shell_that_is_chosen_and_copy_as_they_stand() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    visit(async move |page: Page| {
        let grant = json!({ "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"] });
        page.driver.cdp().send_raw("Browser.grantPermissions", grant).await?;
        page.give(&[store]).await?;
        page.open_database("orders").await?;
        page.type_over("#base-folder", "/mnt/it's here\n").await?;
        let sh = page.text("#answer .command:first-child code").await?;
        assert!(
            sh.contains(r"'--from-path=/mnt/it'\''s here/store/orders-2026-09-01T06-00-00.backup'"),
            "{sh}"
        );
        page.click_text("PowerShell").await?;
        let power = page.text("#answer .command:first-child code").await?;
        assert!(
            power.contains("'--from-path=/mnt/it''s here/store/orders-2026-09-01T06-00-00.backup'"),
            "{power}"
        );
        page.click("#answer .command:first-child .command-head button").await?;
        page.until("document.querySelector('#answer .command-head button').innerText === 'Copied'").await?;
        page.say("(navigator.clipboard.readText().then(text => window.copied = text), true)").await?;
        assert_eq!(page.until("window.copied").await?, power.as_str());

        let steps = page.text("#answer details summary").await?;
        assert!(steps.starts_with("1 file, ") && steps.ends_with(" to read"), "{steps}");
        Ok(())
    });
}
