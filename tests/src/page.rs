//! The built page as a person uses it: the names of its parts in one place (web/README.md lists them).

use std::cell::Cell;
use std::fs;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use thirtyfour::prelude::*;
use xtask::serve::Request;

use crate::browser::{self, Browser, Record};

/// The built page in a browser.
pub struct Page {
    browser: Browser,
    /// Files that were handed over.
    files: Cell<usize>,
}

impl Deref for Page {
    type Target = Browser;

    fn deref(&self) -> &Browser {
        &self.browser
    }
}

/// The bundled sample's files, a line each.
pub const SAMPLE: &str = include_str!("../../web/assets/samples/list.txt");

/// Says, once the whole build is kept for use without a network.
pub const KEPT: &str = "document.querySelector('#offline')?.textContent.includes('Works offline')";

/// The folder of the built page.
pub fn site() -> PathBuf {
    let site =
        std::env::var_os("GRAPHKEEP_SITE").map_or_else(|| browser::target().join("page"), PathBuf::from);
    let is_built = site.join("index.html").is_file();
    assert!(is_built, "no page in {}: `cargo xtask test page browser` builds it first", site.display());
    site
}

/// Opens the page, lets `act` use it, and holds it to what it promises everywhere: nothing is sent to anybody,
/// the page's own host is asked for files of the site only, and the console stays free of errors.
pub fn visit<F>(act: F)
where
    F: AsyncFnOnce(Page) -> Result<()> + 'static,
{
    let record = visit_with_errors(act);
    assert_eq!(record.console, [] as [String; 0], "errors in the console");
}

/// As [`visit`], for visits in which errors are provoked: the console's are the caller's to judge.
pub fn visit_with_errors<F>(act: F) -> Record
where
    F: AsyncFnOnce(Page) -> Result<()> + 'static,
{
    let record = visit_with_attempts(act);
    assert_eq!(record.elsewhere, [], "something left the page");
    record
}

/// As [`visit_with_errors`], for visits in which the test itself tries to send something to somebody.
pub fn visit_with_attempts<F>(act: F) -> Record
where
    F: AsyncFnOnce(Page) -> Result<()> + 'static,
{
    visit_site(&site(), act)
}

/// As [`visit_with_attempts`], of a site in another folder.
pub fn visit_site<F>(site: &Path, act: F) -> Record
where
    F: AsyncFnOnce(Page) -> Result<()> + 'static,
{
    let record = browser::visit(site, async move |browser| {
        let page = Page { browser, files: Cell::new(0) };
        page.ready().await?;
        act(page).await
    });
    let record = record.unwrap_or_else(|error| panic!("{error:#}"));
    hold_to_files(site, &record.served);
    record
}

/// Opens the page in Firefox and lets `act` use it; its host is asked for files of the site only.
pub fn visit_in_firefox<F>(act: F)
where
    F: AsyncFnOnce(Page) -> Result<()> + 'static,
{
    let site = site();
    let served = browser::visit_in_firefox(&site, async move |browser| {
        let page = Page { browser, files: Cell::new(0) };
        page.ready().await?;
        act(page).await
    });
    hold_to_files(&site, &served.unwrap_or_else(|error| panic!("{error:#}")));
}

fn hold_to_files(site: &Path, served: &[Request]) {
    for request in served {
        let is_file = request.target.strip_prefix(browser::BASE).is_some_and(|path| {
            let path = path.split('?').next().unwrap_or_default();
            path.is_empty() || site.join(path).is_file()
        });
        let reads = matches!(request.method.as_str(), "GET" | "HEAD") && request.body == 0;
        assert!(reads && is_file, "the page asked its host for {request:?}");
    }
}

impl Page {
    /// Loads the page again, as the browser's button does.
    ///
    /// # Errors
    /// When it does not come.
    pub async fn reload(&self) -> Result<()> {
        self.driver.refresh().await?;
        self.files.set(0);
        self.ready().await
    }

    async fn ready(&self) -> Result<()> {
        self.until("document.querySelector('#try-sample')").await.map(drop)
    }

    /// Drops the paths and waits until all files below them were read.
    ///
    /// # Errors
    /// When they are not.
    pub async fn give(&self, paths: &[PathBuf]) -> Result<()> {
        self.drop(paths).await?;
        self.settled(self.files.get() + files_below(paths)?).await
    }

    /// Opens the bundled sample by its button, and waits until it was read.
    ///
    /// # Errors
    /// When it is not.
    pub async fn try_sample(&self) -> Result<()> {
        self.click("#try-sample").await?;
        self.settled(SAMPLE.lines().count()).await
    }

    /// Waits until so many files are found and all are read.
    ///
    /// # Errors
    /// When that does not come about.
    pub async fn settled(&self, files: usize) -> Result<()> {
        self.files.set(files);
        let files = with_commas(files);
        // The status is that of the last reading until the next one ends.
        let ended = "document.querySelector('#export-json') && !document.querySelector('#cancel')";
        let status = "document.querySelector('#progress [role=status]').textContent";
        let done = format!("{ended} && {status}.startsWith('Done: {files} found · {files} read')");
        self.until(&done).await.map(drop)
    }

    /// Clicks on what a selector finds, as a mouse does.
    ///
    /// # Errors
    /// When it is not there, or covered.
    pub async fn click(&self, selector: &str) -> Result<()> {
        self.until(&format!("document.querySelector({})", json!(selector))).await?;
        self.driver.find(By::Css(selector)).await?.click().await?;
        Ok(())
    }

    /// Clicks on the button or link with this text.
    ///
    /// # Errors
    /// When there is none.
    pub async fn click_text(&self, text: &str) -> Result<()> {
        let path =
            format!("//*[self::button or self::a or self::summary][normalize-space(.)={}]", json!(text));
        let found = self.driver.query(By::XPath(path)).and_displayed().first().await;
        found.with_context(|| format!("no button `{text}`"))?.click().await?;
        Ok(())
    }

    /// Types a text into a field in place of what stands there.
    ///
    /// # Errors
    /// When there is no such field.
    pub async fn type_over(&self, selector: &str, text: &str) -> Result<()> {
        self.until(&format!("document.querySelector({})", json!(selector))).await?;
        let field = self.driver.find(By::Css(selector)).await?;
        field.send_keys(Key::Control + "a").await?;
        field.send_keys(text).await?;
        Ok(())
    }

    /// The text that a person sees in what a selector finds.
    ///
    /// # Errors
    /// When it is not there.
    pub async fn text(&self, selector: &str) -> Result<String> {
        self.until(&format!("document.querySelector({})", json!(selector))).await?;
        let text = self.say(&format!("document.querySelector({}).innerText", json!(selector))).await?;
        Ok(text.as_str().context("an element has text")?.to_owned())
    }

    /// Rows of the table of databases, worst first: each cell's text, lines joined by ` / `.
    ///
    /// # Errors
    /// When there is no such table.
    pub async fn databases(&self) -> Result<Vec<Vec<String>>> {
        self.until("document.querySelector('#databases tbody tr')").await?;
        let rows = self.say("[...document.querySelectorAll('#databases tbody tr')].map(row => [...row.cells].map(cell => cell.innerText.split('\\n').map(line => line.trim()).filter(line => line).join(' / ')))").await?;
        Ok(serde_json::from_value(rows)?)
    }

    /// Opens the screen of a database from the table of all.
    ///
    /// # Errors
    /// When there is none of that name.
    pub async fn open_database(&self, name: &str) -> Result<()> {
        self.click_text(name).await?;
        self.until("document.querySelector('#database')").await.map(drop)
    }

    /// Opens the screen of an artifact by a link with its file's name.
    ///
    /// # Errors
    /// When there is none.
    pub async fn open_artifact(&self, file: &str) -> Result<()> {
        self.click_text(file).await?;
        self.until("document.querySelector('#artifact #bytes, #artifact #verdict-card')").await.map(drop)
    }

    /// Shows what an artifact's screen has behind a tab.
    ///
    /// # Errors
    /// When there is no such tab.
    pub async fn tab(&self, id: &str) -> Result<()> {
        self.click(&format!("#tab-{id}")).await?;
        self.until(&format!("document.querySelector('#panel-{id}:not([hidden])')")).await.map(drop)
    }

    /// Goes to the table of all databases.
    ///
    /// # Errors
    /// When the way is not there.
    pub async fn go_home(&self) -> Result<()> {
        self.click("#home").await?;
        self.until("document.querySelector('#export-json')").await.map(drop)
    }

    /// Forgets everything.
    ///
    /// # Errors
    /// When the page does not.
    pub async fn clear(&self) -> Result<()> {
        self.click("#clear").await?;
        self.files.set(0);
        self.ready().await
    }

    /// The report that the page saves as JSON.
    ///
    /// # Errors
    /// When it saves none.
    pub async fn saved_json(&self) -> Result<Value> {
        self.click("#export-json").await?;
        Ok(serde_json::from_str(&self.download(".json").await?)?)
    }
}

/// Files at and below the paths.
///
/// # Errors
/// Those of the file system.
pub fn files_below(paths: &[PathBuf]) -> Result<usize> {
    let mut count = 0;
    for path in paths {
        if path.is_dir() {
            let inside: std::io::Result<Vec<_>> =
                fs::read_dir(path)?.map(|entry| Ok(entry?.path())).collect();
            count += files_below(&inside?)?;
        } else {
            count += 1;
        }
    }
    Ok(count)
}

/// `1,234,567`.
fn with_commas(number: usize) -> String {
    let digits = number.to_string();
    let groups = digits.as_bytes().rchunks(3).rev();
    groups.map(String::from_utf8_lossy).collect::<Vec<_>>().join(",")
}

/// What the command line tool says of a folder, named as the page names it when it is dropped.
///
/// # Errors
/// When the tool is not there, or prints no JSON.
pub fn inspected(folder: &Path) -> Result<Value> {
    let mut inspect = tool();
    inspect.args(["inspect", "--recursive", "--format", "json"]);
    inspect.arg(folder.file_name().context("a folder with a name")?);
    inspect.current_dir(folder.parent().context("a folder in a folder")?);
    let output = inspect.output().context("cannot start graphkeep")?;
    ensure!(!output.stdout.is_empty(), "no report: {}", String::from_utf8_lossy(&output.stderr));
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// The command line tool, to be given its words.
pub fn tool() -> Command {
    let tool = std::env::var_os("GRAPHKEEP")
        .map_or_else(|| browser::target().join("debug/graphkeep"), PathBuf::from);
    Command::new(tool)
}
