//! The real Neo4j Community, for proof: a home of its own in a temporary folder, the server on free ports, its
//! query API, neo4j-admin, and writers that commit without pause.
//!
//! `cargo xtask interop` puts the jars under `target/neo4j/<version>/` and names that folder in
//! `GRAPHKEEP_NEO4J`.

mod admin;
mod home;
mod logs;
mod ours;
mod server;
mod writers;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;

use anyhow::{Context, Result, bail};

pub use admin::Said;
pub use home::Home;
pub use logs::{batches, last_tx};
pub use ours::graphkeep;
pub use server::{Server, Stopped};
pub use writers::{Acknowledged, Held, Writers};

/// The name of the one user database that Community has.
pub const DATABASE: &str = "neo4j";

/// One release, ready to start.
#[derive(Debug, Clone)]
pub struct Release {
    pub version: String,
    folder: PathBuf,
}

impl Release {
    /// Every release that the suite proves things against, the newest first.
    ///
    /// # Errors
    /// When the folder is not named, or holds none.
    pub fn all() -> Result<Vec<Self>> {
        let root = std::env::var_os("GRAPHKEEP_NEO4J");
        let root = PathBuf::from(root.context("GRAPHKEEP_NEO4J is not set; `cargo xtask interop` sets it")?);
        let mut found = Vec::new();
        for entry in fs::read_dir(&root).with_context(|| format!("cannot list {}", root.display()))? {
            let folder = entry?.path();
            if folder.join("lib").is_dir() && folder.join("java").exists() {
                let version = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
                found.push(Self { version, folder });
            }
        }
        if found.is_empty() {
            bail!("no release of Neo4j under {}; `cargo xtask interop` puts them there", root.display());
        }
        found.sort_by_key(|release| std::cmp::Reverse(release.line()));
        Ok(found)
    }

    /// # Errors
    /// When it is not there.
    pub fn find(version: &str) -> Result<Self> {
        let mut all = Self::all()?.into_iter();
        all.find(|release| release.version == version).with_context(|| format!("Neo4j {version} is not here"))
    }

    /// The number that its line begins with: 5, 2026.
    pub fn line(&self) -> u32 {
        self.version.split('.').next().and_then(|line| line.parse().ok()).unwrap_or_default()
    }

    /// The server's main class.
    fn server(&self) -> &'static str {
        if self.line() < 2025 {
            "org.neo4j.server.CommunityEntryPoint"
        } else {
            "org.neo4j.server.Neo4jCommunity"
        }
    }

    /// Java, with this release's jars and what it must be allowed to reach into.
    fn java(&self) -> Result<Command> {
        let mut java = self.bare_java();
        java.arg(format!("-XX:SharedArchiveFile={}", self.classes()?.display()));
        Ok(java)
    }

    fn bare_java(&self) -> Command {
        let mut java = Command::new(self.folder.join("java"));
        // Without `java.io` Neo4j does not preallocate its logs, and says nothing.
        for package in ["java.nio", "java.lang", "sun.nio.ch", "java.io"] {
            java.arg(format!("--add-opens=java.base/{package}=ALL-UNNAMED"));
        }
        // Servers live for seconds here: start fast, stay small.
        java.args(["-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData"]);
        java.args(["-Xlog:disable", "-Xlog:all=error:stderr"]);
        java.arg("-cp").arg(self.folder.join("lib").join("*")).stdin(Stdio::null());
        java
    }

    /// The classes of a started server in one file: with it a start takes 4 s instead of 17 s. Made once.
    fn classes(&self) -> Result<PathBuf> {
        static MAKING: Mutex<()> = Mutex::new(());
        let archive = self.folder.join("classes.jsa");
        let _making = MAKING.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if archive.exists() {
            return Ok(archive);
        }
        let unfinished = self.folder.join("classes.unfinished");
        let mut java = self.bare_java();
        java.arg(format!("-XX:ArchiveClassesAtExit={}", unfinished.display()));
        let home = Home::new(self)?;
        let server = Server::start_with(java, &home)?;
        server.query("CREATE (n:X {i: 1}) WITH n MATCH (m:X) RETURN count(m)")?;
        server.stop()?;
        fs::rename(&unfinished, &archive).context("Java made no archive of its classes")?;
        Ok(archive)
    }
}

/// The last lines of a text file, for messages.
fn tail(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    let cut = |line: &&str| line.chars().take(600).collect::<String>();
    lines.iter().skip(lines.len().saturating_sub(12)).map(cut).collect::<Vec<_>>().join("\n")
}
