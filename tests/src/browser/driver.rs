//! chromedriver and geckodriver, and sessions of headless Chromium and Firefox from them.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::json;
use thirtyfour::common::capabilities::firefox::FirefoxPreferences;
use thirtyfour::prelude::*;

/// Times that a driver is started which ends at once.
const TRIES: u8 = 5;

/// A driver of its own for each visit: nothing is shared between tests.
pub(super) struct Driver {
    child: Child,
    port: u16,
}

impl Driver {
    /// Starts Chromium's on a free port.
    pub(super) fn start() -> Result<Self> {
        Self::spawn("CHROMEDRIVER", "chromedriver", &["--port=0"], "started successfully on port ")
    }

    /// Starts Firefox's on a free port.
    pub(super) fn start_gecko() -> Result<Self> {
        Self::spawn("GECKODRIVER", "geckodriver", &["--port", "0"], "Listening on 127.0.0.1:")
    }

    /// A driver tells its port in its first lines, after these words.
    fn spawn(variable: &str, name: &str, arguments: &[&str], before_port: &str) -> Result<Self> {
        let program = std::env::var_os(variable).unwrap_or_else(|| name.into());
        let mut said = Vec::new();
        // A port that is free for IPv4 may be taken for IPv6, and then chromedriver ends: another try gets another.
        for _ in 0..TRIES {
            let mut child = Command::new(&program)
                .args(arguments)
                .stdout(Stdio::piped())
                // Firefox talks of its own troubles there.
                .stderr(Stdio::null())
                .spawn()
                .with_context(|| format!("cannot start {}", program.display()))?;
            let mut lines = BufReader::new(child.stdout.take().context("its output is piped")?).lines();
            let port = lines.by_ref().map_while(Result::ok).find_map(|line| {
                let port = line.split_once(before_port).map(|(_, port)| port.trim_end_matches('.').parse());
                said.push(line);
                port?.ok()
            });
            if let Some(port) = port {
                // What it says later is of no interest, but it must not block on a full pipe.
                std::thread::spawn(move || lines.for_each(drop));
                return Ok(Self { child, port });
            }
            child.wait()?;
        }
        bail!("{name} ended {TRIES} times without telling its port:\n{}", said.join("\n"))
    }

    /// A browser with a fresh profile.
    pub(super) async fn session(
        &self,
        profile: &Path,
        downloads: &Path,
        net_log: &Path,
    ) -> Result<WebDriver> {
        let mut wanted = DesiredCapabilities::chrome();
        wanted.set_binary(&browser().display().to_string())?;
        for argument in [
            "--headless=new",
            // Containers and root have no user namespaces for it.
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-quic",
            "--force-device-scale-factor=1",
            "--window-size=1280,900",
            // What the browser asks the network for on its own account is kept to a minimum.
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-component-extensions-with-background-pages",
            "--disable-default-apps",
            "--disable-extensions",
            "--disable-sync",
            "--disable-features=NetworkTimeServiceQuerying,OptimizationHints,MediaRouter,Translate",
        ] {
            wanted.add_arg(argument)?;
        }
        wanted.add_arg(&format!("--user-data-dir={}", profile.display()))?;
        wanted.add_arg(&format!("--log-net-log={}", net_log.display()))?;
        let silenced = super::netlog::BROWSERS_OWN.map(|host| format!("MAP {host} ~NOTFOUND")).join(",");
        wanted.add_arg(&format!("--host-resolver-rules={silenced}"))?;
        wanted.add_experimental_option(
            "prefs",
            json!({
                "download": { "default_directory": downloads, "prompt_for_download": false },
                "profile": { "default_content_setting_values": { "automatic_downloads": 1 } },
                "session": { "restore_on_startup": 4, "startup_urls": ["about:blank"] },
                "signin": { "allowed": false },
            }),
        )?;
        wanted.set_browser_log_level(thirtyfour::LoggingPrefsLogLevel::All)?;
        let url = format!("http://127.0.0.1:{}", self.port);
        WebDriver::new(url, wanted).await.context("chromedriver starts no browser")
    }
}

impl Driver {
    /// Firefox with a fresh profile, which its driver makes.
    pub(super) async fn firefox(&self, downloads: &Path) -> Result<WebDriver> {
        let mut wanted = DesiredCapabilities::firefox();
        wanted.add_arg("-headless")?;
        let mut preferences = FirefoxPreferences::new();
        preferences.set("browser.download.folderList", 2)?;
        preferences.set("browser.download.dir", downloads.display().to_string())?;
        wanted.set_preferences(preferences)?;
        let url = format!("http://127.0.0.1:{}", self.port);
        WebDriver::new(url, wanted).await.context("geckodriver starts no Firefox")
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn browser() -> PathBuf {
    std::env::var_os("GRAPHKEEP_BROWSER").map_or_else(|| "/usr/bin/chromium".into(), PathBuf::from)
}
