//! What puts backups back, and folds them.

use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use graphkeep_core::time::UtcTime;

use super::memory;

/// Put a backup chain into a Neo4j home as a database, as `neo4j-admin database restore` does
///
/// Community Edition too. A differential brings its chain from its folder along. Everything is unpacked
/// beside what is there, every transaction is checked, and only then the old gives way to the new: a restore
/// that fails or is killed leaves the database as it was. The server must be stopped; when it starts, it
/// replays the transactions since the checkpoint.
///
/// Exit code 0: the database is in place. 1: it is not, and all is as it was.
///
/// Environment: NEO4J_HOME (the home to restore into), NEO4J_CONF (folder of neo4j.conf).
#[derive(Debug, Args)]
pub(crate) struct DatabaseRestore {
    /// Name of the database after the restore [default: its name in the backup]
    #[arg(value_name = "DATABASE")]
    pub(crate) database: Option<String>,

    /// A backup, of which the chain that ends at it is found in its folder; a folder, for the newest chain in
    /// it; or all backups of a chain
    #[arg(long, value_name = "PATH", required = true, value_delimiter = ',')]
    pub(crate) from_path: Vec<PathBuf>,

    /// Stop before this transaction, or keep only what was committed before this time (`2026-09-12 14:00:00`
    /// is UTC)
    #[arg(long, value_name = "POINT")]
    pub(crate) restore_until: Option<StopAt>,

    /// Replace the database if there is one
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true")]
    pub(crate) overwrite_destination: bool,

    /// Which database to take from a folder that holds several [default: the one called DATABASE]
    #[arg(long, value_name = "DATABASE")]
    pub(crate) source_database: Option<String>,

    /// Folder for the database's folder of store files [default: where neo4j.conf says]
    #[arg(long, value_name = "PATH")]
    pub(crate) to_path_data: Option<PathBuf>,

    /// Folder for the database's folder of transaction logs [default: where neo4j.conf says]
    #[arg(long, value_name = "PATH")]
    pub(crate) to_path_txn: Option<PathBuf>,

    /// Accepted for neo4j-admin's sake; everything is unpacked beside its destination, on the same disk
    #[arg(long, value_name = "PATH", hide_short_help = true)]
    pub(crate) temp_path: Option<PathBuf>,

    /// Accepted for neo4j-admin's sake: the work takes less than 16m
    #[arg(long, value_name = "SIZE", value_parser = memory, hide_short_help = true)]
    pub(crate) pagecache: Option<String>,

    #[command(flatten)]
    pub(crate) configuration: Configuration,
}

/// Fold a backup chain into one full backup, as `neo4j-admin backup aggregate` does
///
/// The new backup holds the full's store files and the transactions of the whole chain, not yet applied
/// (`recovered` false): a server that loads it replays them. Community's `database load` takes it, though it
/// takes no chain. The old chain is removed only once the new file is on disk and verified to its last
/// transaction.
///
/// Exit code 0: the chain is folded, or was a full alone. 1: it is not, and all is as it was.
#[derive(Debug, Args)]
pub(crate) struct BackupAggregate {
    /// The database to fold, where a folder holds several
    #[arg(value_name = "DATABASE")]
    pub(crate) database: Option<String>,

    /// The last backup of the chain, or a folder for the newest chain in it
    #[arg(long, value_name = "PATH", required = true)]
    pub(crate) from_path: PathBuf,

    /// Leave the old chain where it is
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true")]
    pub(crate) keep_old_backup: bool,

    /// Folder to unpack into [default: inside the folder of the backups]
    #[arg(long, value_name = "PATH")]
    pub(crate) temp_path: Option<PathBuf>,

    /// Accepted for neo4j-admin's sake: transactions are left for Neo4j to apply
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true", hide_short_help = true)]
    pub(crate) parallel_recovery: bool,

    /// Accepted for neo4j-admin's sake: the work takes less than 16m
    #[arg(long, value_name = "SIZE", value_parser = memory, hide_short_help = true)]
    pub(crate) pagecache: Option<String>,

    #[command(flatten)]
    pub(crate) configuration: Configuration,
}

/// Tell what `neo4j-admin database load` would load from a folder, as its `--info` does
///
/// Loading itself is neo4j-admin's, which every edition has; `database restore` puts a whole chain back.
#[derive(Debug, Args)]
pub(crate) struct DatabaseLoad {
    /// The databases; `*` and `?` match as in a shell
    #[arg(value_name = "DATABASE", default_value = "*")]
    pub(crate) database: String,

    /// The folder of dumps and backups
    #[arg(long, value_name = "PATH", required = true)]
    pub(crate) from_path: PathBuf,

    /// Print Database, Format, Files and Bytes, and load nothing
    #[arg(long)]
    pub(crate) info: bool,

    #[command(flatten)]
    pub(crate) configuration: Configuration,
}

/// Options of every neo4j-admin command.
#[derive(Debug, Args)]
pub(crate) struct Configuration {
    /// Say more on the way
    #[arg(long)]
    pub(crate) verbose: bool,

    /// Run values of the form `$(command)` in the configuration, if nobody else could have written them
    #[arg(long, hide_short_help = true)]
    pub(crate) expand_commands: bool,

    /// A file of settings that adds to neo4j.conf
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    pub(crate) additional_config: Option<PathBuf>,
}

/// Where a restore stops: before a transaction, or before a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StopAt {
    Tx(i64),
    Time(UtcTime),
}

impl FromStr for StopAt {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.trim().parse() {
            Ok(tx) if tx > 0 => Ok(Self::Tx(tx)),
            Ok(_) => Err("transactions are counted from 1".into()),
            Err(_) => UtcTime::parse(text)
                .map(Self::Time)
                .map_err(|error| format!("{error}; or a transaction as `1234`")),
        }
    }
}
