//! The drawing of a database over time, by keys, wheel and drag; and what stands beside a gap.

use std::fs;

use anyhow::{Context, Result};
use graphkeep_core::time::UtcTime;
use graphkeep_tests::artifact::{Backup, Origin};
use graphkeep_tests::browser::Scheme;
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
fn a_row_of_the_table_lights_what_restores_it_as_its_mark_does() {
    visit(async |page: Page| {
        page.give(&[fixtures::folder().join("scenarios/latest-as-parent")]).await?;
        page.open_database("neo4j").await?;
        let row =
            "[...document.querySelectorAll('#artifacts tbody tr')].find(row => row.innerText.includes('21'))";
        page.say(&format!("{row}.querySelector('button[aria-pressed]').setAttribute('id', 'pressed')"))
            .await?;
        let cost = page.text("#pressed").await?;
        let bytes = cost.strip_prefix("1+2, ").context("the files and what they read")?.to_owned();
        page.click("#pressed").await?;
        page.until("document.querySelectorAll('#over-time .mark.lit').length === 3").await?;
        page.until("document.querySelector('#over-time .mark.chosen')").await?;
        let steps = "[...document.querySelectorAll('#artifacts .step')].map(step => step.textContent).filter(Boolean)";
        assert_eq!(page.say(steps).await?, json!(["step 3 of 3", "step 2 of 3", "step 1 of 3"]));
        let note = page.text(".staircase-note").await?;
        assert!(note.ends_with(&format!("restored by 1 full + 2 differentials, {bytes} to read")), "{note}");
        // Still on the same screen, and out again.
        page.click("#pressed[aria-pressed=true]").await?;
        page.until("!document.querySelector('.lit')").await?;
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
fn two_fingers_drawn_apart_come_closer_and_drawn_together_go_back() {
    visit(async |page: Page| {
        page.give(&[fixtures::folder().join("scenarios/latest-as-parent")]).await?;
        page.open_database("neo4j").await?;
        page.say("(document.querySelector('.staircase-drawing').scrollIntoView({ block: 'center' }), true)")
            .await?;
        let all = page.say(MARKS).await?;
        let place = page.say("(box => [box.left + box.width / 2, box.top + 20].map(Math.round))(document.querySelector('.staircase-drawing').getBoundingClientRect())").await?;
        let (x, y) = (place[0].as_i64().unwrap_or_default(), place[1].as_i64().unwrap_or_default());
        page.pinch(y, [(x - 20, x - 300), (x + 20, x + 300)]).await?;
        page.until(&format!("{MARKS} < {all}")).await?;
        // The point between the fingers stays where it is: what is left stands round the middle.
        assert_eq!(
            page.say("document.querySelectorAll('#artifact').length").await?,
            0,
            "no mark was pressed"
        );
        page.pinch(y, [(x - 300, x - 20), (x + 300, x + 20)]).await?;
        page.until(&format!("{MARKS} === {all}")).await?;
        Ok(())
    });
}

#[test]
fn on_a_narrow_screen_words_stay_as_large_and_marks_as_easy_to_hit() {
    visit(async |page: Page| {
        page.give(&[fixtures::folder().join("scenarios/latest-as-parent")]).await?;
        page.open_database("neo4j").await?;
        for width in [1280, 360] {
            page.look(width, 780, Scheme::Light).await?;
            page.until("(box => Math.abs(box.width - document.querySelector('.staircase-drawing').clientWidth) <= 1)(document.querySelector('#over-time svg[role=group]').viewBox.baseVal)").await?;
            let least = |of: &str, side: &str| {
                format!(
                    "Math.min(...[...document.querySelectorAll('#over-time {of}')].map(one => one.getBoundingClientRect().{side}))"
                )
            };
            assert!(page.say(&least(".target", "width")).await?.as_f64() >= Some(23.9), "{width}");
            assert!(page.say(&least("text.tick", "height")).await?.as_f64() >= Some(12.0), "{width}");
            let drawing = "document.querySelector('.staircase-drawing')";
            assert_eq!(
                page.say(&format!("{drawing}.scrollWidth <= {drawing}.clientWidth")).await?,
                true,
                "{width}"
            );
        }
        Ok(())
    });
}

#[test]
fn a_drag_that_ends_outside_of_the_drawing_ends() {
    visit(async |page: Page| {
        page.give(&[fixtures::folder().join("scenarios/latest-as-parent")]).await?;
        page.open_database("neo4j").await?;
        page.say("(document.querySelector('.staircase-drawing').scrollIntoView({ block: 'center' }), true)")
            .await?;
        let all = page.say(MARKS).await?;
        page.click("#over-time [aria-label='Zoom in']").await?;
        page.until(&format!("{MARKS} < {all}")).await?;
        let place = page.say("(box => [box.left + box.width / 2, box.top + 20, box.top - 40].map(Math.round))(document.querySelector('.staircase-drawing').getBoundingClientRect())").await?;
        let [x, y, above] = [0, 1, 2].map(|at| place[at].as_i64().unwrap_or_default());
        let whole = page.say(PLACES).await?;
        let held = page.driver.action_chain().move_to(x, y).click_and_hold();
        held.move_to(x - 60, y).move_to(x - 60, above).release().perform().await?;
        let before = page.say(PLACES).await?;
        assert_ne!(before, whole, "the drag moved the window");
        page.driver.action_chain().move_to(x, y).move_to(x + 100, y).perform().await?;
        page.say("new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))").await?;
        assert_eq!(page.say(PLACES).await?, before, "no button is down");
        Ok(())
    });
}

#[test]
fn a_logarithmic_scale_gives_every_power_of_ten_the_same_height() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    fs::create_dir_all(&store).unwrap();
    let origin = Origin::new("orders", 1);
    let mut lowest = 1;
    for (hour, highest) in [9, 99, 999, 9999, 99_999].into_iter().enumerate() {
        let time = UtcTime(1_788_228_000 + 3600 * i64::try_from(hour).unwrap());
        let backup = match hour {
            0 => Backup::full(&origin, time, highest),
            _ => Backup::differential(&origin, time, lowest, highest),
        };
        backup.save(&store).unwrap();
        lowest = highest + 1;
    }
    visit(async move |page: Page| {
        page.give(&[store]).await?;
        page.open_database("orders").await?;
        // How high each differential is drawn, from the left.
        const HEIGHTS: &str = "[...document.querySelectorAll('#over-time rect.body')].map(body => Math.round(body.height.baseVal.value))";
        let linear: Vec<i64> = serde_json::from_value(page.say(HEIGHTS).await?)?;
        assert!(linear.is_sorted() && linear[3] > 8 * linear[2], "{linear:?}");
        page.click("#over-time .staircase-tools label:nth-of-type(4)").await?;
        page.until("document.querySelector('#over-time label.on:nth-of-type(4)')").await?;
        let heights: Vec<i64> = serde_json::from_value(page.say(HEIGHTS).await?)?;
        assert!(heights.iter().all(|height| (height - heights[0]).abs() <= 1), "{heights:?}");
        let ticks = "[...document.querySelectorAll('#over-time .tick[text-anchor=end]')].map(tick => tick.textContent)";
        assert_eq!(
            page.say(ticks).await?,
            json!(["1", "10", "100", "1,000", "10,000", "100,000", "tx", "restorable"])
        );
        page.click("#over-time .staircase-tools label:nth-of-type(3)").await?;
        page.until(&format!("JSON.stringify({HEIGHTS}) === '{}'", json!(linear))).await?;
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
