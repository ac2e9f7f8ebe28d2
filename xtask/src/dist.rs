//! What is given out: the page as a folder for any static host, and the command line tool.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use xtask::offline;

use crate::shell::{self, cargo, complain, root, run, say};
use crate::test::BROWSER_TESTS;
use crate::{page, tools};

pub(crate) fn dist() -> Result<()> {
    let dist = shell::target().join("dist");
    let site = dist.join("site");
    if dist.exists() {
        fs::remove_dir_all(&dist).with_context(|| format!("cannot empty {}", dist.display()))?;
    }
    copy(&page::build()?, &site)?;
    run(&mut cargo("build --release --package graphkeep"))?;
    for (from, name) in [
        (shell::target().join("release/graphkeep"), "graphkeep"),
        (root().join("LICENSE-MIT"), "LICENSE-MIT"),
        (root().join("LICENSE-APACHE"), "LICENSE-APACHE"),
    ] {
        fs::copy(&from, dist.join(name)).with_context(|| format!("cannot copy {}", from.display()))?;
    }

    match tools::Browser::find() {
        Some(browser) => check_below_a_path(&browser, &site)?,
        None => complain("no chromium and chromedriver here: the site was not tried in a browser"),
    }
    say(&format!("\n{}\n{}", dist.display(), page::table(&page::weigh(&dist)?)));
    Ok(())
}

/// A real browser opens the folder from a path below a host's root, reads backups there, and goes on without the host.
fn check_below_a_path(browser: &tools::Browser, site: &Path) -> Result<()> {
    let mut test = cargo(&format!("{BROWSER_TESTS} -- hosting:: offline::"));
    browser.tell(&mut test);
    run(test.env("GRAPHKEEP_SITE", site))
        .context("the site does not work from a path below the root of a host")
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    for file in offline::files(from)? {
        let place = to.join(file.strip_prefix(from)?);
        if let Some(folder) = place.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::copy(&file, &place).with_context(|| format!("cannot copy {}", file.display()))?;
    }
    Ok(())
}
