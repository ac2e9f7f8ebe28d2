//! neo4j-admin, as far as Community has it.

use anyhow::{Context, Result, bail};

use super::{DATABASE, Home};

/// What a program printed and how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Said {
    /// # Errors
    /// When a signal ended the program.
    pub fn by(output: &std::process::Output) -> Result<Self> {
        Ok(Self {
            code: output.status.code().context("a signal ended it")?,
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }

    /// Itself if the exit code was 0.
    ///
    /// # Errors
    /// With all it printed otherwise.
    pub fn succeeded(self) -> Result<Self> {
        if self.code != 0 {
            bail!("exit code {}\n{}{}", self.code, self.stdout, self.stderr);
        }
        Ok(self)
    }
}

impl Home {
    /// Runs neo4j-admin on this home.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn admin(&self, words: &[&str]) -> Result<Said> {
        let mut java = self.release.java()?;
        java.arg("org.neo4j.cli.AdminTool").args(words).current_dir(self.path());
        java.env("NEO4J_HOME", self.path()).env("NEO4J_CONF", self.conf());
        Said::by(&java.output().context("cannot start Java")?)
    }

    /// Neo4j's own consistency check of the database, which must not be running.
    ///
    /// # Errors
    /// With its report, where it finds anything.
    pub fn check(&self) -> Result<()> {
        let report = self.path().display().to_string();
        let said = self.admin(&["database", "check", DATABASE, &format!("--report-path={report}")])?;
        said.succeeded().context("`neo4j-admin database check` finds the database inconsistent")?;
        Ok(())
    }

    /// Neo4j's own load of an artifact from a folder, over whatever is there.
    ///
    /// # Errors
    /// With what it printed, where it refuses.
    pub fn load(&self, folder: &std::path::Path) -> Result<()> {
        let from = format!("--from-path={}", folder.display());
        let said = self.admin(&["database", "load", DATABASE, &from, "--overwrite-destination=true"])?;
        said.succeeded().context("`neo4j-admin database load` refuses the artifact")?;
        Ok(())
    }
}
