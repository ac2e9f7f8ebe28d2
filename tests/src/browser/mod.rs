//! Chromium on a folder of static files, driven over WebDriver.
//!
//! What a person does is done as a person does it: files and folders are dropped through the browser's own
//! drag events, chosen through its file inputs, keys and clicks are real. What the browser asks of the network
//! is read from its own log, which sees workers, beacons, preconnects and look-ups of names as well.
//!
//! Nothing here waits for a time to pass: every wait is for a condition, and a limit ends it with what the
//! page showed instead.

mod driver;
mod netlog;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use tempfile::TempDir;
use thirtyfour::common::command::{Actions, Command};
use thirtyfour::prelude::*;
use tokio::task::LocalSet;
pub use xtask::serve::Network;
use xtask::serve::{self, Server, Site};

use driver::Driver;
pub use netlog::{Asked, Kind};

/// Sites are served from here, as from a path below the root of a host that others share.
pub const BASE: &str = "/tools/graphkeep/";
/// Asked for last: outside of the site, where no service worker answers.
const END: &str = "/visit-ends-here";
/// How long a condition may take to come true.
const PATIENCE: Duration = Duration::from_mins(1);
/// Between two looks at a condition.
const GLANCE: Duration = Duration::from_millis(20);
/// What a drag offers: copies, in the browser's numbering.
const COPY: u32 = 1;

/// A browser at a page.
pub struct Browser {
    pub driver: WebDriver,
    server: Server,
    requests: Requests,
    /// Where downloads land.
    downloads: TempDir,
}

/// What came to light during a visit, beside what the visitor looked for.
#[derive(Debug)]
pub struct Record {
    /// What the site's own server was asked.
    pub served: Vec<serve::Request>,
    /// What the browser asked of anybody else for the page.
    pub elsewhere: Vec<Asked>,
    /// Errors in the browser's console.
    pub console: Vec<String>,
}

/// Opens the site in a fresh browser, lets `act` use it, and closes it.
///
/// # Errors
/// When browser or driver cannot be started, or do not answer; and what `act` returns.
///
/// # Panics
/// When `act` does, once the browser is closed; a screenshot is left under `target/screenshots/failed`.
pub fn visit<F>(site: &Path, act: F) -> Result<Record>
where
    F: AsyncFnOnce(Browser) -> Result<()> + 'static,
{
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(LocalSet::new().run_until(visit_in_runtime(site, act)))
}

/// As [`visit`], in Firefox, which keeps no log of its network: gives what the site's own server was asked.
///
/// # Errors
/// As [`visit`].
///
/// # Panics
/// When `act` does, once the browser is closed.
pub fn visit_in_firefox<F>(site: &Path, act: F) -> Result<Vec<serve::Request>>
where
    F: AsyncFnOnce(Browser) -> Result<()> + 'static,
{
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(LocalSet::new().run_until(async move {
        let (server, requests) = serve(site)?;
        let home = server.url();
        let driver = Driver::start_gecko()?;
        let downloads = tempfile::tempdir()?;
        let session = driver.firefox(downloads.path()).await?;
        session.goto(&home).await.context("Firefox does not open the page")?;
        let browser = Browser { driver: session.clone(), server, requests: Arc::clone(&requests), downloads };
        let acted = tokio::task::spawn_local(async move { act(browser).await }).await;
        if !matches!(acted, Ok(Ok(()))) {
            leave_screenshot(&session).await;
        }
        session.quit().await.context("Firefox does not close")?;
        match acted {
            Ok(done) => done?,
            Err(panicked) => std::panic::resume_unwind(panicked.into_panic()),
        }
        let requests = requests.lock().expect("no holder panics").clone();
        Ok(requests)
    }))
}

/// What a server was asked, as it comes in.
type Requests = Arc<Mutex<Vec<serve::Request>>>;

fn serve(folder: &Path) -> Result<(Server, Requests)> {
    let requests = Requests::default();
    let log = Arc::clone(&requests);
    let site = Site { folder: folder.to_path_buf(), base: BASE.to_owned() };
    let server = Server::start(site, 0, move |request| {
        log.lock().expect("no holder panics").push(request.clone());
    })?;
    Ok((server, requests))
}

async fn visit_in_runtime<F>(site: &Path, act: F) -> Result<Record>
where
    F: AsyncFnOnce(Browser) -> Result<()> + 'static,
{
    let (server, requests) = serve(site)?;
    let (home, address) = (server.url(), server.address());

    let driver = Driver::start()?;
    let (profile, downloads) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let log = profile.path().join("net-log.json");
    let session = driver.session(profile.path(), downloads.path(), &log).await?;
    session.goto(&home).await.context("the browser does not open the page")?;

    let browser = Browser { driver: session.clone(), server, requests: Arc::clone(&requests), downloads };
    let acted = tokio::task::spawn_local(async move { act(browser).await }).await;
    if !matches!(acted, Ok(Ok(()))) {
        leave_screenshot(&session).await;
    }
    let console = console(&session).await;
    // The log must reach to the visit's end: this is the last thing in it.
    let end = format!("http://{address}{END}");
    let ended = session.goto(&end).await;
    let quit = session.quit().await;
    match acted {
        Ok(done) => done?,
        Err(panicked) => std::panic::resume_unwind(panicked.into_panic()),
    }
    ended.and(quit).context("the browser does not close")?;

    let asked = netlog::read(&log)?;
    ensure!(
        asked.iter().any(|asked| asked.what == end),
        "the browser's network log does not reach to the visit's end"
    );
    let own = format!("http://{address}/");
    let elsewhere = asked.into_iter().filter(|asked| !asked.is_of(&own)).collect();
    // For the last of them the browser asks for an icon, too.
    let requests = requests.lock().expect("no holder panics").clone();
    let requests = requests.into_iter().take_while(|request| request.target != END);
    Ok(Record { served: requests.collect(), elsewhere, console: console? })
}

async fn leave_screenshot(session: &WebDriver) {
    let name = std::thread::current().name().unwrap_or("visit").replace("::", "-");
    let path = screenshots().join("failed").join(format!("{name}.png"));
    let kept = async {
        fs::create_dir_all(path.parent().context("it has one")?)?;
        session.screenshot(&path).await?;
        anyhow::Ok(())
    };
    match kept.await {
        Ok(()) => say(&format!("what the page showed: {}", path.display())),
        Err(error) => say(&format!("no screenshot of the failure: {error:#}")),
    }
    if let Ok(lines) = console(session).await {
        for line in lines {
            say(&format!("console: {line}"));
        }
    }
}

async fn console(session: &WebDriver) -> Result<Vec<String>> {
    let entries = session.browser_log().await.context("no console log")?;
    let severe = entries.into_iter().filter(|entry| entry.level == "SEVERE");
    Ok(severe.map(|entry| entry.message).collect())
}

/// `target/screenshots`, beside the built page.
pub fn screenshots() -> PathBuf {
    target().join("screenshots")
}

/// The folder that cargo builds into.
pub fn target() -> PathBuf {
    let root =
        Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package is a folder of the workspace");
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |folder| root.join(folder))
}

#[expect(clippy::print_stderr, reason = "a test's own remark, kept by the test runner")]
fn say(text: &str) {
    eprintln!("{text}");
}

impl Browser {
    /// The page's address.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// The names of what the site's server was asked for so far, in that order; "" is the page itself.
    ///
    /// # Panics
    /// When the server did.
    pub fn served(&self) -> Vec<String> {
        let requests = self.requests.lock().expect("no holder panics");
        let name = |request: &serve::Request| request.target.strip_prefix(BASE).map(str::to_owned);
        requests.iter().filter_map(name).collect()
    }

    /// Takes the network away, or gives it back.
    pub fn network(&self, network: Network) {
        self.server.be(network);
    }

    /// Puts two fingers on the page and draws them apart: each at a height, from one place across to another.
    ///
    /// # Errors
    /// When the driver refuses.
    pub async fn pinch(&self, y: i64, fingers: [(i64, i64); 2]) -> Result<()> {
        let finger = |(name, (from, to)): (&str, (i64, i64))| {
            let touch = |kind: &str| json!({ "type": kind, "button": 0 });
            let to_place = |x: i64| json!({ "type": "pointerMove", "duration": 0, "x": x, "y": y, "origin": "viewport" });
            json!({
                "type": "pointer",
                "id": name,
                "parameters": { "pointerType": "touch" },
                "actions": [
                    to_place(from),
                    touch("pointerDown"),
                    to_place(i64::midpoint(from, to)),
                    to_place(to),
                    touch("pointerUp"),
                ],
            })
        };
        let actions: Vec<Value> = ["one", "other"].into_iter().zip(fingers).map(finger).collect();
        self.driver.cmd(Command::PerformActions(Actions::from(json!(actions)))).await?;
        Ok(())
    }

    /// What a JavaScript expression says now, or once the promise that it gives is kept.
    ///
    /// # Errors
    /// When it throws.
    pub async fn say(&self, expression: &str) -> Result<Value> {
        let script = format!("return ({expression});");
        let said = self.driver.execute(script, Vec::new()).await;
        Ok(said.with_context(|| format!("`{expression}` throws"))?.json().clone())
    }

    /// Waits until an expression is true, or has a value, and gives that.
    ///
    /// # Errors
    /// When it does not come true, with the page's text.
    pub async fn until(&self, expression: &str) -> Result<Value> {
        let start = Instant::now();
        loop {
            let value = self.say(expression).await?;
            if !matches!(value, Value::Null | Value::Bool(false)) {
                return Ok(value);
            }
            if start.elapsed() > PATIENCE {
                let text = self.say("document.body.innerText").await?;
                bail!(
                    "`{expression}` did not come true; the page says:\n{}",
                    text.as_str().unwrap_or_default()
                );
            }
            tokio::time::sleep(GLANCE).await;
        }
    }

    /// Drops files and folders from outside on the middle of the page, in one drag.
    ///
    /// # Errors
    /// When the browser refuses.
    pub async fn drop(&self, paths: &[PathBuf]) -> Result<()> {
        let size = self.say("[innerWidth, innerHeight]").await?;
        let (x, y) =
            (size[0].as_f64().context("a width")? / 2.0, size[1].as_f64().context("a height")? / 2.0);
        let data = json!({ "items": [], "files": absolute(paths)?, "dragOperationsMask": COPY });
        for step in ["dragEnter", "dragOver", "drop"] {
            let event = json!({ "type": step, "x": x, "y": y, "data": data });
            self.driver.cdp().send_raw("Input.dispatchDragEvent", event).await?;
        }
        Ok(())
    }

    /// Chooses files in a file input, or one folder in one that takes folders, as its dialog would.
    ///
    /// # Errors
    /// When there is no such input.
    pub async fn choose(&self, selector: &str, paths: &[PathBuf]) -> Result<()> {
        let expression = format!("document.querySelector({})", json!(selector));
        let found =
            self.driver.cdp().send_raw("Runtime.evaluate", json!({ "expression": expression })).await?;
        let object =
            found["result"]["objectId"].as_str().with_context(|| format!("no `{selector}` on the page"))?;
        let choice = json!({ "objectId": object, "files": absolute(paths)? });
        self.driver.cdp().send_raw("DOM.setFileInputFiles", choice).await?;
        Ok(())
    }

    /// Waits for a download whose name ends so, and gives its text.
    ///
    /// # Errors
    /// When none comes.
    pub async fn download(&self, end: &str) -> Result<String> {
        Ok(String::from_utf8(self.download_bytes(end).await?)?)
    }

    /// As [`Browser::download`], for files that are no text.
    ///
    /// # Errors
    /// When none comes.
    pub async fn download_bytes(&self, end: &str) -> Result<Vec<u8>> {
        let start = Instant::now();
        loop {
            let mut names = Vec::new();
            for entry in fs::read_dir(self.downloads.path())? {
                names.push(entry?.path());
            }
            let is = |path: &PathBuf, end: &str| path.to_string_lossy().ends_with(end);
            // While it is written it is called otherwise, and an empty file holds its name.
            let is_written = !names.iter().any(|path| is(path, ".crdownload"));
            if let Some(path) = names.iter().find(|path| is(path, end)).filter(|_| is_written) {
                let bytes = fs::read(path)?;
                if !bytes.is_empty() {
                    fs::remove_file(path)?;
                    return Ok(bytes);
                }
            }
            if start.elapsed() > PATIENCE {
                bail!("nothing that ends in {end} was downloaded");
            }
            tokio::time::sleep(GLANCE).await;
        }
    }

    /// Keeps what the page shows as `target/screenshots/<name>.png`.
    ///
    /// # Errors
    /// When it cannot be taken or written.
    pub async fn screenshot(&self, name: &str) -> Result<()> {
        fs::create_dir_all(screenshots())?;
        self.driver.screenshot(&screenshots().join(format!("{name}.png"))).await?;
        Ok(())
    }

    /// Makes the window this large, in CSS pixels, and the system this light or dark.
    ///
    /// # Errors
    /// When the browser refuses.
    pub async fn look(&self, width: u32, height: u32, scheme: Scheme) -> Result<()> {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.driver.cdp().send_raw("Emulation.setDeviceMetricsOverride", size).await?;
        self.media("", &[("prefers-color-scheme", scheme.name())]).await
    }

    /// Shows the page in a medium (`print`; none is the screen) to somebody who prefers this.
    ///
    /// # Errors
    /// When the browser refuses.
    pub async fn media(&self, medium: &str, preferences: &[(&str, &str)]) -> Result<()> {
        let features = preferences.iter().map(|(name, value)| json!({ "name": name, "value": value }));
        let media = json!({ "media": medium, "features": features.collect::<Vec<_>>() });
        self.driver.cdp().send_raw("Emulation.setEmulatedMedia", media).await?;
        Ok(())
    }
}

/// What the system prefers.
#[derive(Debug, Clone, Copy)]
pub enum Scheme {
    Light,
    Dark,
}

impl Scheme {
    pub fn name(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

fn absolute(paths: &[PathBuf]) -> Result<Vec<String>> {
    let absolute = |path: &PathBuf| {
        let path = path.canonicalize().with_context(|| format!("no {}", path.display()))?;
        path.into_os_string().into_string().ok().context("a path in UTF-8")
    };
    paths.iter().map(absolute).collect()
}
