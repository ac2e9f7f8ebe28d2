//! Chromium's own log of its network: every request that any part of it begins, every name it looks up.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

/// Hosts that Chromium asks on its own account whatever it is told; its driver lets it not find them.
pub(super) const BROWSERS_OWN: [&str; 4] =
    ["accounts.google.com", "clients2.google.com", "update.googleapis.com", "start.duckduckgo.com"];

/// What is written where a request was begun by the browser and by no page.
const NO_PAGE: &str = "not an origin";

/// How far it went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A name was looked up.
    LookUp,
    /// A connection was prepared. Chromium does so ahead of navigations, even of those that it then refuses.
    Connection,
    /// Something was sent.
    Request,
}

/// Something asked of the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    pub kind: Kind,
    /// The address, or the name that was looked up.
    pub what: String,
    /// The page that asked, where it was a page.
    pub by: Option<String>,
}

impl Asked {
    /// Whether it went to the server at `own`, `http://127.0.0.1:40123/`.
    pub(super) fn is_of(&self, own: &str) -> bool {
        self.what.starts_with(own) || own.strip_suffix('/') == Some(&self.what)
    }

    fn is_the_browsers_own(&self) -> bool {
        let host = self.what.split_once("://").map_or(self.what.as_str(), |(_, rest)| rest);
        let host = host.split(['/', ':', '?']).next().unwrap_or_default();
        self.by.is_none() && (BROWSERS_OWN.contains(&host) || host == "~notfound")
    }
}

/// Reads the log that a browser left when it was closed.
pub(super) fn read(path: &Path) -> Result<Vec<Asked>> {
    let text = fs::read_to_string(path).context("the browser left no network log")?;
    let log: Value = serde_json::from_str(&text).context("the browser's network log is cut short")?;
    let types =
        log["constants"]["logEventTypes"].as_object().context("a network log without its constants")?;
    let names: BTreeMap<u64, &str> =
        types.iter().filter_map(|(name, number)| Some((number.as_u64()?, name.as_str()))).collect();
    let events = log["events"].as_array().context("a network log without events")?;
    let asked = events.iter().filter_map(|event| {
        let params = &event["params"];
        let (kind, what) = match *names.get(&event["type"].as_u64()?)? {
            "URL_REQUEST_START_JOB" => (Kind::Request, params["url"].as_str()?),
            "HTTP_STREAM_JOB_CONTROLLER" => (Kind::Connection, params["url"].as_str()?),
            "HOST_RESOLVER_MANAGER_REQUEST" => (Kind::LookUp, params["host"].as_str()?),
            _ => return None,
        };
        let by = params["initiator"].as_str().filter(|by| *by != NO_PAGE).map(str::to_owned);
        Some(Asked { kind, what: what.to_owned(), by })
    });
    // Such addresses name what is inside the browser.
    let inside =
        |asked: &Asked| ["data:", "blob:", "about:"].iter().any(|scheme| asked.what.starts_with(scheme));
    Ok(asked.filter(|asked| !asked.is_the_browsers_own() && !inside(asked)).collect())
}
