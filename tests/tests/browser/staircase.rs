//! The drawing of a database over time, by keys, wheel and drag; and what stands beside a gap.

use std::fs;

use anyhow::Result;
use graphkeep_tests::artifact::Origin;
use graphkeep_tests::page::{Page, visit};
use graphkeep_tests::{estate, fixtures};
use serde_json::json;
use thirtyfour::TypingData;
use thirtyfour::prelude::*;

async fn press(page: &Page, key: impl Into<TypingData>) -> Result<()> {
    Ok(page.driver.action_chain().send_keys(key).perform().await?)
}

/// Marks inside the drawing.
const MARKS: &str = "document.querySelectorAll('#over-time .mark').length";
/// Where marks stand, from the left.
const PLACES: &str =
    "[...document.querySelectorAll('#over-time .target')].map(mark => Math.round(mark.x.baseVal.value))";

#[test]
fn a_backup_chosen_by_keys_lights_what_restores_it_and_says_what_that_reads() {
    visit(async |page: Page| {
        page.give(&[fixtures::folder().join("scenarios/latest-as-parent")]).await?;
        page.open_database("neo4j").await?;
        let all = page.say(MARKS).await?;
        assert_eq!(
            page.say("document.querySelectorAll('#over-time .mark[tabindex=\"0\"]').length").await?,
            1
        );
        page.say("(document.querySelector('#over-time .mark[tabindex=\"0\"]').focus(), true)").await?;
        for (key, mark) in [(Key::Home, 0), (Key::Right, 1), (Key::Right, 2)] {
            press(&page, key + "").await?;
            page.until(&format!("document.activeElement.id === 'mark-{mark}'")).await?;
        }
        press(&page, Key::Enter + "").await?;
        page.until("document.querySelector('#over-time .mark.lit')").await?;
        let note = page.text(".staircase-note").await?;
        assert!(note.contains("restored by 1 full + 2 differentials") && note.ends_with("to read"), "{note}");
        assert_eq!(page.say("document.querySelectorAll('#over-time .mark.lit').length").await?, 3);

        for _ in 0..3 {
            press(&page, "+").await?;
        }
        page.until(&format!("{MARKS} < {all}")).await?;
        press(&page, "0").await?;
        page.until(&format!("{MARKS} === {all}")).await?;
        // Chosen again, it opens.
        page.say("(document.querySelector('#mark-2').focus(), true)").await?;
        press(&page, Key::Enter + "").await?;
        page.until("document.querySelector('#artifact')").await?;
        Ok(())
    });
}

#[test]
fn the_drawing_follows_the_wheel_a_drag_and_the_choice_of_steps() {
    visit(async |page: Page| {
        page.give(&[fixtures::folder().join("scenarios/latest-as-parent")]).await?;
        page.open_database("neo4j").await?;
        page.click("#over-time .staircase-tools label:nth-of-type(2)").await?;
        page.until("document.querySelector('#over-time label.on:nth-of-type(2)')").await?;
        let steps: Vec<i64> = serde_json::from_value(page.say(PLACES).await?)?;
        let apart: Vec<i64> = steps.windows(2).map(|two| two[1] - two[0]).collect();
        assert!(apart.iter().all(|space| (space - apart[0]).abs() <= 1), "equal steps: {apart:?}");

        let all = page.say(MARKS).await?;
        let wheel = "(() => { const at = document.querySelector('.staircase-drawing'), box = at.getBoundingClientRect(); at.scrollIntoView({ block: 'center' }); at.dispatchEvent(new WheelEvent('wheel', { ctrlKey: true, deltaY: -600, clientX: box.left + box.width / 2, bubbles: true, cancelable: true })); return true; })()";
        page.say(wheel).await?;
        page.until(&format!("{MARKS} < {all}")).await?;
        let before = page.say(PLACES).await?;
        let middle = page.say("(box => [box.left + box.width / 2, box.top + 20])(document.querySelector('.staircase-drawing').getBoundingClientRect())").await?;
        let (x, y) = (middle[0].as_f64().unwrap_or_default(), middle[1].as_f64().unwrap_or_default());
        for (step, by) in [("mousePressed", 0.0), ("mouseMoved", 80.0), ("mouseReleased", 80.0)] {
            let event =
                json!({ "type": step, "x": x + by, "y": y, "button": "left", "buttons": 1, "clickCount": 1 });
            page.driver.cdp().send_raw("Input.dispatchMouseEvent", event).await?;
        }
        page.until(&format!("JSON.stringify({PLACES}) !== '{before}'")).await?;
        Ok(())
    });
}

#[test]
fn more_than_2000_backups_are_bins_that_open_by_keyboard() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    fs::create_dir_all(&store).unwrap();
    estate::chain(&Origin::new("orders", 1), 2100, |backup| backup.save(&store).map(drop)).unwrap();
    visit(async move |page: Page| {
        page.give(&[store]).await?;
        page.open_database("orders").await?;
        page.until("document.querySelector('#over-time .bin')").await?;
        assert_eq!(page.say(MARKS).await?, 0);
        page.say("(document.querySelector('#over-time .bin[tabindex=\"0\"]').focus(), true)").await?;
        press(&page, Key::Enter + "").await?;
        page.until("document.activeElement.matches('#over-time .mark')").await?;
        assert!(page.say(MARKS).await?.as_u64().is_some_and(|marks| (1..=2000).contains(&marks)));
        Ok(())
    });
}

#[test]
fn beside_a_gap_stands_what_still_works_what_closes_it_and_why_it_may_be() {
    visit(async |page: Page| {
        page.give(&[fixtures::folder().join("scenarios/gap")]).await?;
        page.open_database("neo4j").await?;
        let words =
            page.say("[...document.querySelectorAll('#gaps dt')].map(word => word.innerText)").await?;
        assert_eq!(
            words,
            json!(["Between", "and", "Lost by it", "Still works", "Closes it", "Likely cause"])
        );
        page.click_text("the commands").await?;
        page.until("document.activeElement.id === 'point'").await?;
        Ok(())
    });
}
