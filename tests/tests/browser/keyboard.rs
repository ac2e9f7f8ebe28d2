//! A whole visit without a mouse, and what the keyboard promises.

use anyhow::Result;
use graphkeep_tests::fixtures;
use graphkeep_tests::page::{Page, SAMPLE, visit};
use serde_json::json;
use thirtyfour::{Key, TypingData};

const FOCUS: &str = "document.activeElement.id || document.activeElement.textContent.trim()";

#[test]
fn a_whole_visit_needs_no_mouse() {
    visit(async |page: Page| {
        tab_to(&page, "try-sample").await?;
        strike(&page, Key::Enter).await?;
        page.settled(SAMPLE.lines().count()).await?;

        // Into a database by its row, into a file by its row, and out again.
        strike(&page, "j").await?;
        strike(&page, "j").await?;
        strike(&page, Key::Up).await?;
        let row = page.say(FOCUS).await?;
        assert!(row.as_str().unwrap().starts_with("db-"), "{row}");
        strike(&page, Key::Enter).await?;
        page.until("document.querySelector('#database')").await?;
        page.until("document.activeElement.id === 'screen-title'").await?;
        strike(&page, "k").await?;
        let file = page.say(FOCUS).await?;
        assert!(file.as_str().unwrap().ends_with(".backup"), "{file}");
        strike(&page, Key::Enter).await?;
        page.until("document.querySelector('#artifact #bytes')").await?;
        strike(&page, "v").await?;
        page.until("document.querySelector('#contents') || document.querySelector('#damage')").await?;

        strike(&page, Key::Escape).await?;
        page.until("document.querySelector('#database')").await?;
        strike(&page, Key::Escape).await?;
        page.until("document.querySelector('#databases')").await?;
        page.until(&format!("({FOCUS}) === {row}")).await?;

        strike(&page, "e").await?;
        assert!(page.download(".json").await?.contains("\"schema_version\""));

        // The help, and back to where the focus was.
        strike(&page, "?").await?;
        page.until("document.querySelector('#help[open]')").await?;
        let help = page.text("#help").await?;
        for words in ["Shift+o", "Open a folder", "Esc", "Next row"] {
            assert!(help.contains(words), "{words} is not in:\n{help}");
        }
        strike(&page, Key::Escape).await?;
        page.until("!document.querySelector('#help[open]')").await?;
        assert_eq!(page.say(FOCUS).await?, row);
        Ok(())
    });
}

#[test]
fn a_verification_leaves_the_focus_on_what_started_it() {
    visit(async |page: Page| {
        page.give(&[fixtures::folder().join("real/neo4j-2026.05.0/chain")]).await?;
        page.open_database("neo4j").await?;
        page.say("(document.querySelector('#verify-chain').focus(), true)").await?;
        strike(&page, Key::Enter).await?;
        page.until("document.querySelector('#database .verdict-word').innerText === 'restorable'").await?;
        page.until("document.activeElement.id === 'verify-chain'").await?;
        Ok(())
    });
}

#[test]
fn keys_that_are_a_character_can_be_turned_off_for_good() {
    visit(async |page: Page| {
        strike(&page, "?").await?;
        page.click("#character-keys").await?;
        page.click("#close-help").await?;
        for _ in 0..2 {
            strike(&page, "d").await?;
            // The next key's deed shows that the one before did nothing.
            control_k(&page).await?;
            page.until("document.querySelector('#palette[open]')").await?;
            assert_eq!(page.say("document.documentElement.dataset.theme ?? 'system'").await?, "system");
            page.reload().await?;
        }
        page.click("#show-keys").await?;
        page.click("#character-keys").await?;
        page.click("#close-help").await?;
        strike(&page, "d").await?;
        page.until("document.documentElement.dataset.theme === 'light'").await?;
        Ok(())
    });
}

#[test]
fn the_palette_finds_actions_and_databases() {
    visit(async |page: Page| {
        page.try_sample().await?;
        control_k(&page).await?;
        page.until("document.activeElement.id === 'palette-input'").await?;
        strike(&page, "malmo").await?;
        page.until("document.querySelectorAll('#palette [role=option]').length === 1").await?;
        strike(&page, Key::Enter).await?;
        page.until("document.querySelector('#database') && !document.querySelector('#palette[open]')")
            .await?;
        assert!(page.text("#screen-title").await?.starts_with("malmo"));

        // Keys write in its field: no help opens.
        control_k(&page).await?;
        strike(&page, "theme?").await?;
        page.until("document.querySelector('#palette-input').value === 'theme?'").await?;
        assert_eq!(page.say("document.querySelector('#help[open]')").await?, json!(null));
        assert!(page.text("#palette").await?.contains("Nothing of that name"));
        Ok(())
    });
}

async fn tab_to(page: &Page, id: &str) -> Result<()> {
    for _ in 0..30 {
        strike(page, Key::Tab).await?;
        if page.say("document.activeElement.id").await? == id {
            return Ok(());
        }
    }
    anyhow::bail!("no way by the tab key to #{id}")
}

async fn strike(page: &Page, key: impl Into<TypingData>) -> Result<()> {
    page.driver.action_chain().send_keys(key).perform().await?;
    Ok(())
}

async fn control_k(page: &Page) -> Result<()> {
    let control = Key::Control;
    page.driver.action_chain().key_down(control.clone()).send_keys("k").key_up(control).perform().await?;
    Ok(())
}
