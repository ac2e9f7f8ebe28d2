//! Our own command line tool on such a home.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result};

use super::{Home, Said};

/// The tool that `cargo xtask` built, with its words.
///
/// # Errors
/// When nobody says where it is.
pub fn graphkeep(words: &[&str]) -> Result<Command> {
    let tool =
        std::env::var_os("GRAPHKEEP").context("GRAPHKEEP is not set; `cargo xtask interop` sets it")?;
    let mut command = Command::new(tool);
    command.args(words).stdin(Stdio::null()).env_remove("NEO4J_HOME").env_remove("NEO4J_CONF");
    Ok(command)
}

impl Home {
    /// Our tool, to be run on this home.
    fn ours(&self, words: &[&str]) -> Result<Command> {
        let mut command = graphkeep(words)?;
        command.env("NEO4J_HOME", self.path()).env("NEO4J_CONF", self.conf());
        Ok(command)
    }

    /// Runs our tool to its end, whatever that is.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn graphkeep(&self, words: &[&str]) -> Result<Said> {
        Said::by(&self.ours(words)?.output().context("cannot start graphkeep")?)
    }

    /// Starts our tool and does not wait; what it prints is lost.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn spawn(&self, words: &[&str]) -> Result<Child> {
        let mut command = self.ours(words)?;
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().context("cannot start graphkeep")
    }

    /// Backs this home's database up, `words` being `--type=FULL` and the like.
    ///
    /// # Errors
    /// With what our tool printed, where it fails.
    pub fn back_up(&self, folder: &Path, words: &[&str]) -> Result<Said> {
        let (from, to) =
            (format!("--from={}", self.path().display()), format!("--to-path={}", folder.display()));
        let words = [&["database", "backup", &from, &to, super::DATABASE], words].concat();
        self.graphkeep(&words)?.succeeded().with_context(|| format!("{words:?} failed"))
    }

    /// Restores what a path names over this home's database.
    ///
    /// # Errors
    /// With what our tool printed, where it fails.
    pub fn restore(&self, from: &Path, more: &[&str]) -> Result<Said> {
        let from = format!("--from-path={}", from.display());
        let mut words = vec!["database", "restore", &from, "--overwrite-destination=true"];
        words.extend(more);
        words.push(super::DATABASE);
        self.graphkeep(&words)?.succeeded().context("a restore failed")
    }
}
