//! The service worker of a built page. It is written last, over the files as they will be served: it names each
//! with its digest.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// What the service worker does; the files that it keeps come before it.
const SCRIPT: &str = include_str!("../../web/assets/sw.js");
/// Beside index.html, whose folder is then all that the worker sees.
const NAME: &str = "sw.js";
/// Tells the page that there is a service worker. A build by Trunk alone has none, and says nothing.
const META: &str = r#"<meta name="service-worker" content="sw.js">"#;

/// Writes the service worker for the site in a folder, or writes it anew when the site has changed.
///
/// # Errors
/// When the folder holds no page, or cannot be read or written.
pub fn write(site: &Path) -> Result<()> {
    let index = site.join("index.html");
    let html = fs::read_to_string(&index).with_context(|| format!("cannot read {}", index.display()))?;
    if !html.contains(META) {
        let Some(end) = html.find("</head>") else { bail!("{} has no end of its head", index.display()) };
        fs::write(&index, format!("{}  {META}\n{}", &html[..end], &html[end..]))?;
    }

    let mut kept = Map::new();
    for path in files(site)? {
        let name = path.strip_prefix(site)?.to_str().context("names of the site's files are UTF-8")?;
        if name != NAME {
            let name = if name == "index.html" { "" } else { name };
            kept.insert(name.to_owned(), digest(&fs::read(&path)?).into());
        }
    }
    let kept = Value::Object(kept).to_string();
    let build = &digest(format!("{kept}{SCRIPT}").as_bytes())[..16];
    let script = format!("const BUILD = \"{build}\";\nconst FILES = {kept};\n\n{SCRIPT}");
    fs::write(site.join(NAME), script)?;
    Ok(())
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// Every file below a folder, sorted.
///
/// # Errors
/// Those of the file system.
pub fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(at) = folders.pop() {
        for entry in fs::read_dir(&at).with_context(|| format!("cannot list {}", at.display()))? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}
