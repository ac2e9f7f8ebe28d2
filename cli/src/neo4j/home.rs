//! A Neo4j home: which databases it has, and where each keeps its store and its transaction logs.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use super::conf::{Commands, Conf};

/// A home with the folders that its configuration names.
#[derive(Debug)]
pub(crate) struct Home {
    pub(crate) root: PathBuf,
    /// Holds a folder of store files for each database.
    pub(crate) databases: PathBuf,
    /// Holds a folder of transaction logs for each database.
    pub(crate) transactions: PathBuf,
}

/// One database of a home.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Database {
    pub(crate) name: String,
    pub(crate) store: PathBuf,
    pub(crate) logs: PathBuf,
}

impl Home {
    /// Looks into the home at `root`, where a server was started at least once.
    pub(crate) fn open(root: &Path, additional: Option<&Path>, commands: Commands) -> anyhow::Result<Self> {
        let home = Self::configured(root, additional, commands)?;
        if !home.databases.is_dir() {
            bail!(
                "`{}` is no Neo4j home that was ever started: there is no `{}`",
                home.root.display(),
                home.databases.display()
            );
        }
        Ok(home)
    }

    /// The home at `root`, started or not. Its configuration is `NEO4J_CONF`'s, or its own `conf` folder's;
    /// `additional` adds to it.
    pub(crate) fn configured(
        root: &Path,
        additional: Option<&Path>,
        commands: Commands,
    ) -> anyhow::Result<Self> {
        if !root.is_dir() {
            bail!("there is no Neo4j home at `{}`: no such folder", root.display());
        }
        let root = std::path::absolute(root)?;
        let folder = std::env::var_os("NEO4J_CONF").map_or_else(|| root.join("conf"), PathBuf::from);
        let own = Some(folder.join("neo4j.conf")).filter(|file| file.is_file());
        let files: Vec<PathBuf> = own.into_iter().chain(additional.map(Path::to_owned)).collect();
        let conf = Conf::read(&files)?;
        let path = |key: &str, base: &Path, default: &str| -> anyhow::Result<PathBuf> {
            let value = conf.value(key, commands)?.filter(|value| !value.is_empty());
            Ok(base.join(value.as_deref().unwrap_or(default)))
        };
        let data = path("server.directories.data", &root, "data")?;
        let databases = path("internal.server.directories.databases.root", &data, "databases")?;
        let transactions = path("server.directories.transaction.logs.root", &data, "transactions")?;
        Ok(Self { root, databases, transactions })
    }

    /// Every database, by name.
    pub(crate) fn list(&self) -> anyhow::Result<Vec<Database>> {
        let reading = || format!("cannot list `{}`", self.databases.display());
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.databases).with_context(reading)? {
            let entry = entry.with_context(reading)?;
            // A hidden folder is no database: a restore at work has one.
            if let Ok(name) = entry.file_name().into_string()
                && !name.starts_with('.')
                && entry.path().is_dir()
            {
                found.push(self.database(&name));
            }
        }
        found.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(found)
    }

    /// The folders that a database of that name has, or would have.
    pub(crate) fn database(&self, name: &str) -> Database {
        Database {
            name: name.to_owned(),
            store: self.databases.join(name),
            logs: self.transactions.join(name),
        }
    }
}
