//! The page for everybody: axe finds nothing on any screen, in light and in dark; what no rule of axe judges is
//! measured here.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use graphkeep_tests::browser::{self, Scheme};
use graphkeep_tests::page::{Page, visit};
use serde_json::Value;

/// What axe finds, with the elements and its words on them. It judges the size of targets only when it is told to.
const VIOLATIONS: &str =
    "axe.run(document, { resultTypes: ['violations'], rules: { 'target-size': { enabled: true } } })
  .then(({ violations }) => violations.flatMap(({ id, nodes }) =>
    nodes.map(node => `${id}: ${node.html} ${node.failureSummary}`)))";

#[test]
fn axe_finds_nothing_on_any_screen_in_light_and_dark() {
    visit(async |page: Page| {
        page.driver.execute(axe()?, vec![]).await?;
        let mut violations = Vec::new();
        every_screen(&page, async |screen| {
            for scheme in [Scheme::Light, Scheme::Dark] {
                page.look(1280, 900, scheme).await?;
                let found: Vec<String> = serde_json::from_value(page.say(VIOLATIONS).await?)?;
                violations
                    .extend(found.iter().map(|found| format!("{screen} in {}: {found}", scheme.name())));
            }
            Ok(())
        })
        .await?;
        assert!(violations.is_empty(), "{}", violations.join("\n"));
        Ok(())
    });
}

/// What is wider than the window and not inside of what scrolls by itself, as tables do.
const TOO_WIDE: &str = "document.documentElement.scrollWidth > innerWidth
  ? ['the page', ...[...document.querySelectorAll('main *, header *, footer *, dialog[open] *')]
      .filter(element => element.getBoundingClientRect().right > innerWidth + 1 && !element.closest('.scroll, .staircase-drawing'))
      .map(element => element.outerHTML.slice(0, 120))]
  : []";

/// A window of 1280 by 1024 at 400 % is one of 320 by 256.
#[test]
fn nothing_but_tables_and_drawings_scrolls_sideways_at_four_hundred_percent() {
    visit(async |page: Page| {
        page.look(320, 256, Scheme::Light).await?;
        every_screen(&page, async |screen| {
            page.screenshot(&format!("{screen}-zoomed")).await?;
            assert_eq!(page.say(TOO_WIDE).await?, Value::Array(vec![]), "{screen}");
            assert_eq!(
                page.say("document.documentElement.scrollWidth <= innerWidth").await?,
                true,
                "{screen}"
            );
            Ok(())
        })
        .await
    });
}

const MOVING: &str = "[...document.querySelectorAll('*')].filter(element => {
    const { transitionDuration, animationName } = getComputedStyle(element);
    return animationName !== 'none' || transitionDuration.split(', ').some(time => time !== '0s');
  }).map(element => element.outerHTML.slice(0, 120))";

#[test]
fn nothing_moves_for_those_who_prefer_that() {
    visit(async |page: Page| {
        assert_ne!(page.say(MOVING).await?, Value::Array(vec![]), "the veil fades in for all others");
        page.media("", &[("prefers-reduced-motion", "reduce")]).await?;
        every_screen(&page, async |screen| {
            assert_eq!(page.say(MOVING).await?, Value::Array(vec![]), "{screen}");
            Ok(())
        })
        .await
    });
}

/// Pictures for people to look at: colours of the system's choice, and paper.
#[test]
fn verdicts_are_words_in_forced_colours_and_on_paper() {
    visit(async |page: Page| {
        every_screen(&page, async |screen| {
            for (name, medium, preference) in [
                ("forced", "", ("forced-colors", "active")),
                ("paper", "print", ("prefers-color-scheme", "light")),
            ] {
                page.media(medium, &[preference]).await?;
                page.screenshot(&format!("{screen}-{name}")).await?;
                if screen == "report" && name == "forced" {
                    let grounds = "[...document.querySelectorAll('.shells button')].map(button => getComputedStyle(button).backgroundColor)";
                    let grounds: Vec<String> = serde_json::from_value(page.say(grounds).await?)?;
                    assert!(!grounds[1..].contains(&grounds[0]), "which one is pressed can be seen: {grounds:?}");
                }
                if screen == "estate" {
                    let verdicts = page.text("#databases tbody").await?;
                    assert!(
                        verdicts.contains("restorable until") && verdicts.contains("unverified"),
                        "{verdicts}"
                    );
                }
            }
            page.media("", &[]).await
        })
        .await
    });
}

/// Goes through the page with the sample, and stops on every screen and dialog.
async fn every_screen(page: &Page, mut look: impl AsyncFnMut(&str) -> Result<()>) -> Result<()> {
    look("start").await?;
    page.click("#show-keys").await?;
    look("help").await?;
    page.click("#close-help").await?;

    page.try_sample().await?;
    look("estate").await?;
    page.click("#add").await?;
    look("add-menu").await?;
    page.say("document.querySelector('#add-menu').hidePopover()").await?;

    page.open_database("malmo").await?;
    look("broken").await?;
    page.go_home().await?;
    page.open_database("london").await?;
    look("database").await?;
    page.type_over("#point", "tx 25").await?;
    page.until("document.querySelector('#find-commit')").await?;
    look("point-in-time").await?;
    page.type_over("#point", "tx 4000").await?;
    page.until("document.querySelector('#answer .offers')").await?;
    look("unreachable").await?;
    page.open_artifact("london-2026-03-01T02-00-00.backup").await?;
    page.until("document.querySelector('#bytes')").await?;
    look("artifact").await?;
    page.click("#verify-file").await?;
    page.until("document.querySelector('#contents, #damage, #verify-problems')").await?;
    for tab in ["contents", "users", "transactions", "container"] {
        page.tab(tab).await?;
        look(tab).await?;
    }
    page.say("scrollTo(0, 0)").await?;
    page.click("#compare").await?;
    page.until("document.querySelector('#comparison')").await?;
    look("comparison").await?;
    page.click("#report").await?;
    page.until("document.querySelector('#report-preview')").await?;
    look("report").await?;
    page.go_home().await?;
    page.open_artifact("malmo-2026-03-01T04-00-00.backup").await?;
    look("unreadable").await
}

fn axe() -> Result<String> {
    let place = std::env::var_os("GRAPHKEEP_AXE")
        .map_or_else(|| browser::target().join("tools/axe/node_modules/axe-core/axe.min.js"), PathBuf::from);
    fs::read_to_string(&place)
        .with_context(|| format!("no {}: `cargo xtask test browser` brings it", place.display()))
}
