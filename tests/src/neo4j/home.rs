//! A Neo4j home in a temporary folder.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};

use anyhow::Result;
use tempfile::TempDir;

use super::{DATABASE, Release};

/// A home with its configuration; gone with its last user.
#[derive(Debug)]
pub struct Home {
    pub release: Release,
    folder: TempDir,
    pub(super) http: u16,
}

/// Checkpoints and rotations in the middle of everything, as a week of real work would have them.
const BUSY: &str = "\
db.checkpoint.interval.time=2s
db.checkpoint.interval.tx=400
db.tx_log.rotation.size=256k
";

impl Home {
    /// A new, empty home: no database was ever there.
    ///
    /// # Errors
    /// Those of the file system and of the network.
    pub fn new(release: &Release) -> Result<Self> {
        // The folder's name is in error messages, so it says what it is.
        let folder = tempfile::Builder::new().prefix("neo4j-home-").tempdir()?;
        fs::create_dir(folder.path().join("conf"))?;
        // Held at once, so that they differ.
        let ports = [TcpListener::bind("127.0.0.1:0")?, TcpListener::bind("127.0.0.1:0")?];
        let [http, bolt] = [ports[0].local_addr()?.port(), ports[1].local_addr()?.port()];
        let home = Self { release: release.clone(), folder, http };
        home.configure(&format!(
            "dbms.security.auth_enabled=false\n\
             dbms.usage_report.enabled=false\n\
             server.http.listen_address=127.0.0.1:{http}\n\
             server.bolt.listen_address=127.0.0.1:{bolt}\n\
             server.memory.pagecache.size=64m\n"
        ))?;
        Ok(home)
    }

    /// A home whose server checkpoints every other second and rotates its logs all the time, and keeps logs
    /// as `retention` says (`2 files`, `1G size`).
    ///
    /// # Errors
    /// As [`Home::new`].
    pub fn busy(release: &Release, retention: &str) -> Result<Self> {
        let home = Self::new(release)?;
        home.configure(&format!("{BUSY}db.tx_log.rotation.retention_policy={retention}\n"))?;
        Ok(home)
    }

    /// Adds lines to `neo4j.conf`.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn configure(&self, lines: &str) -> Result<()> {
        let path = self.conf().join("neo4j.conf");
        let before = fs::read_to_string(&path).unwrap_or_default();
        Ok(fs::write(path, before + lines)?)
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn conf(&self) -> PathBuf {
        self.path().join("conf")
    }

    /// Where the database's store files are.
    pub fn store(&self) -> PathBuf {
        self.path().join("data/databases").join(DATABASE)
    }

    /// Where its transaction logs are.
    pub fn logs(&self) -> PathBuf {
        self.path().join("data/transactions").join(DATABASE)
    }
}
