//! The command line as clap types; their documentation is the help.

mod restoring;

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use clap::builder::Styles;
use clap::{Args, Parser, Subcommand, ValueEnum};
use graphkeep_core::plan::{Point, Shell};
use graphkeep_core::report::Level;
use uuid::Uuid;

pub(crate) use self::restoring::{BackupAggregate, DatabaseLoad, DatabaseRestore, StopAt};
use crate::select::Pattern;

const STYLES: Styles = Styles::styled()
    .header(Style::new().bold())
    .usage(Style::new().bold())
    .literal(AnsiColor::Cyan.on_default())
    .placeholder(AnsiColor::Green.on_default());

const AFTER_HELP: &str = "\
Examples:
  graphkeep inspect /backups                 which databases, until when, what is missing
  graphkeep inspect -r /backups /archive     several folders, with everything below them
  graphkeep show orders-2026-09-12T02-00-07.backup
  graphkeep plan /backups --database orders --at '2026-09-12 14:00'
  graphkeep verify /backups                  decode everything, check every transaction

Use `--help` instead of `-h` for exit codes and environment.";

const AFTER_LONG_HELP: &str = "\
Examples:
  graphkeep inspect /backups
      Which databases are in that folder, until when each can be restored, and what is missing.
  graphkeep inspect -r /backups /archive --database orders
      One database, its chains scattered over two trees.
  graphkeep inspect --format json /backups | jq '.databases[] | {name, state}'
      The same for a program.
  graphkeep show orders-2026-09-12T02-00-07.backup
      One file: its metadata, its header byte by byte, and where it will load.
  graphkeep plan /backups --database orders --at '2026-09-12 14:00'
      The files that restore that moment, in order, and the neo4j-admin commands.
  graphkeep verify /backups --until '2026-09-12 14:00'
      Every file decoded, every transaction checked; fails unless that moment can be restored.
  graphkeep transactions /backups --database orders --from '2026-09-12 13:55' --to '2026-09-12 14:05'
      What was committed in those ten minutes.

Exit codes:
  0    all that was asked for holds
  1    it could not be done: a file or folder could not be read
  2    the command line makes no sense
  10   a chain is broken, or the wanted point cannot be reached
  11   an artifact is damaged
  12   something could not be checked, or nothing matched
  130  cancelled (Ctrl-C)
  Where several apply, the first of 1, 11, 10, 12 decides. Take a code that you do not know for a failure.
  `backup` and `database` carry neo4j-admin's names and keep its codes: 0, and 1 for anything else.

Results go to stdout, progress and errors to stderr. Times are UTC. Sizes for people are decimal
(1 kB = 1,000 bytes); in JSON they are bytes. Backups are only ever read, and
written by commands whose name says so.

Environment:
  NO_COLOR  no colour, unless --color=always";

/// Reads Neo4j backups: which databases a folder holds, when and how far they go, whether they restore and
/// what is missing
///
/// Only the metadata in front of each file is read (most often less than 1 KiB), so a folder of a thousand large backups takes no
/// longer than one of small ones. Every verdict says how much was checked.
#[derive(Debug, Parser)]
#[command(
    name = "graphkeep",
    version,
    styles = STYLES,
    max_term_width = 110,
    after_help = AFTER_HELP,
    after_long_help = AFTER_LONG_HELP,
    subcommand_required = true,
    arg_required_else_help = true
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,

    #[command(flatten)]
    pub(crate) output: Output,
}

/// How output looks, for every command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct Output {
    /// When to use colour
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", ignore_case = true)]
    pub(crate) color: Color,

    /// Columns to fit tables into; 0 for as wide as they get [default: the terminal's, or 0]
    #[arg(long, global = true, value_name = "COLUMNS")]
    pub(crate) width: Option<usize>,

    /// Seconds between progress lines where stderr is no terminal; 0 for no progress at all
    #[arg(long, global = true, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    pub(crate) progress_interval: f64,
}

fn seconds(text: &str) -> Result<f64, String> {
    let seconds: f64 = text.parse().map_err(|_| "expected a number of seconds")?;
    if seconds.is_finite() && seconds >= 0.0 {
        Ok(seconds)
    } else {
        Err("expected a number of seconds, 0 or more".into())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Inspect(Inspect),
    Show(Show),
    Plan(Plan),
    Verify(Verify),
    Ls(Ls),
    Cat(Cat),
    Extract(Extract),
    Transactions(Transactions),
    Repair(Repair),
    #[command(subcommand)]
    Backup(Backup),
    #[command(subcommand)]
    Database(Database),
    Completions(Completions),
    Man(Man),
}

/// Tell which databases files and folders hold, and whether each can be restored
///
/// Each database id gets one row, the worst first: its state, until when and up to which transaction it can
/// be restored, what a restore would read, and what is wrong. For a single database its chains, what is
/// missing and every artifact follow.
///
/// States: `restorable` (contents verified), `unverified` (the headers form a chain to the newest backup;
/// contents were not looked at), `restorable-until` (only an earlier point restores), `broken` (nothing
/// restores), `corrupt` (a needed artifact is damaged), `unknown` (written by a newer Neo4j).
#[derive(Debug, Args)]
pub(crate) struct Inspect {
    /// Files and folders to look at [default: the current folder]
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,

    /// The same as PATH, by the name that neo4j-admin gives it
    #[arg(long = "inspect-path", value_name = "PATH")]
    pub(crate) more_paths: Vec<PathBuf>,

    /// Look into folders inside folders as well
    #[arg(short, long)]
    pub(crate) recursive: bool,

    /// What to print
    #[arg(long, value_name = "FORMAT", default_value = "chains", ignore_case = true)]
    pub(crate) format: Format,

    #[command(flatten)]
    pub(crate) rows: Rows,

    /// Give every database its chains and artifacts, and list every file that is no backup
    #[arg(long)]
    pub(crate) verbose: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Databases, chains and verdicts, for people
    Chains,
    /// One row an artifact, exactly as `neo4j-admin backup inspect` prints them
    Tabular,
    /// The whole report as one document (docs/report.schema.json)
    Json,
    /// One object a line: `message_type` is artifact, verdict or summary; status and exit_error go to stderr
    Jsonl,
}

/// Which artifacts to list. The verdicts always rest on all of them.
#[derive(Debug, Args)]
pub(crate) struct Rows {
    /// Only this database: its name (`*` and `?` match as in a shell), its id, or the first characters of
    /// its id (four at least)
    #[arg(long, value_name = "DATABASE")]
    pub(crate) database: Option<Pattern>,

    /// List empty backups too (range 0..0: nothing had changed)
    #[arg(long)]
    pub(crate) empty: bool,

    /// List the newest backup of each database only
    #[arg(long, conflicts_with = "latest_chain")]
    pub(crate) latest_backup: bool,

    /// List the newest restorable chain of each database only, the full first; for a single file, the chain
    /// that ends at it
    #[arg(long)]
    pub(crate) latest_chain: bool,
}

/// Tell all there is to know about one file, and where it will load
///
/// Metadata, unknown keys, topology, container, the header's fields with their offsets, and for each edition
/// and release line whether Neo4j will take it and why not.
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// A backup, a dump, or a file that might be one
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// What to print
    #[arg(long, value_name = "FORMAT", default_value = "text", ignore_case = true)]
    pub(crate) format: TextOrJson,

    /// Print the script that recreates users and roles, and nothing else; it may hold password hashes
    #[arg(long)]
    pub(crate) script: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TextOrJson {
    Text,
    Json,
}

/// Tell which files restore a point, in which order, and the exact commands
///
/// Says no where the point cannot be reached, with the nearest points that can. Nothing is run and nothing
/// is written.
#[derive(Debug, Args)]
pub(crate) struct Plan {
    /// Files and folders to look at [default: the current folder]
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,

    /// The point to restore: `newest`, a transaction (`1234`, `tx 1234`), or a time before which everything
    /// committed is kept (`2026-09-12 14:00` is UTC, `2026-09-12T16:00+02:00` has its offset)
    #[arg(long, value_name = "POINT", default_value = "newest", value_parser = point)]
    pub(crate) at: Point,

    /// Only this database: its name (`*` and `?` match as in a shell), its id, or the first characters of
    /// its id (four at least)
    #[arg(long, value_name = "DATABASE")]
    pub(crate) database: Option<Pattern>,

    /// Look into folders inside folders as well
    #[arg(short, long)]
    pub(crate) recursive: bool,

    /// The shell to quote the commands for
    #[arg(long, value_name = "SHELL", default_value = "sh", ignore_case = true)]
    pub(crate) shell: ShellName,

    /// What to print
    #[arg(long, value_name = "FORMAT", default_value = "text", ignore_case = true)]
    pub(crate) format: TextOrJson,
}

fn point(text: &str) -> Result<Point, String> {
    Point::parse(text).map_err(|error| format!("{error}; or `newest`, or a transaction as `1234`"))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ShellName {
    /// bash, zsh, dash and their kin
    Sh,
    #[value(alias = "pwsh")]
    Powershell,
}

impl From<ShellName> for Shell {
    fn from(name: ShellName) -> Self {
        match name {
            ShellName::Sh => Self::Sh,
            ShellName::Powershell => Self::PowerShell,
        }
    }
}

/// Prove that backups are whole: decode each to its end, and check every transaction in it
///
/// Each backup and dump gets a line, `OK` or `FAILED`, with the level that holds and what is wrong where;
/// `PARTLY` where nothing is wrong and not all could be checked. Then the verdict on each database follows,
/// judged by what was proven: chains must continue by their logs, not by their headers alone.
///
/// Levels: L1 headers; L2 the whole stream decoded, with its checksum and the sizes it declares; L3 every
/// transaction in the logs: checksum, order, no gap, and the range that the header promises.
///
/// For cron: `graphkeep verify /backups --progress-interval 0 > report || alarm`. Exit codes: see
/// `graphkeep --help`. With `--format nagios` they are Nagios' own: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.
#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// Files and folders to verify [default: the current folder]
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,

    /// How much to check
    #[arg(long, value_name = "LEVEL", default_value = "l3", ignore_case = true)]
    pub(crate) level: VerifyLevel,

    /// Fail unless this point can be restored: a transaction (`1234`, `tx 1234`), or a time before which
    /// everything committed is kept (`2026-09-12 14:00` is UTC)
    #[arg(long, value_name = "POINT", value_parser = point)]
    pub(crate) until: Option<Point>,

    /// Only this database: its name (`*` and `?` match as in a shell), its id, or the first characters of
    /// its id (four at least)
    #[arg(long, value_name = "DATABASE")]
    pub(crate) database: Option<Pattern>,

    /// Look into folders inside folders as well
    #[arg(short, long)]
    pub(crate) recursive: bool,

    /// Files to verify at the same time [default: as many as there are cores]
    #[arg(long, value_name = "NUMBER")]
    pub(crate) jobs: Option<NonZeroUsize>,

    /// What to print
    #[arg(long, value_name = "FORMAT", default_value = "chains", ignore_case = true)]
    pub(crate) format: VerifyFormat,

    /// Write to this file instead of stdout: under a temporary name first, so that nobody reads half of it
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,

    /// For nagios: warn when the newest restorable point is older than this, as `26h` or `1d 2h`
    #[arg(long, value_name = "AGE", value_parser = humantime::parse_duration)]
    pub(crate) warning_age: Option<Duration>,

    /// For nagios: critical when the newest restorable point is older than this, as `50h`
    #[arg(long, value_name = "AGE", value_parser = humantime::parse_duration)]
    pub(crate) critical_age: Option<Duration>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum VerifyLevel {
    /// Headers, and the chains that they make
    L1,
    /// Contents: the whole stream decoded
    L2,
    /// Transactions: every one in the logs
    L3,
}

impl From<VerifyLevel> for Level {
    fn from(level: VerifyLevel) -> Self {
        match level {
            VerifyLevel::L1 => Self::L1,
            VerifyLevel::L2 => Self::L2,
            VerifyLevel::L3 => Self::L3,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum VerifyFormat {
    /// A line a file, then databases and verdicts, for people
    Chains,
    /// The whole report as one document (docs/report.schema.json)
    Json,
    /// One object a line, each file as soon as it is done
    Jsonl,
    /// One line with performance data, and Nagios' exit codes
    Nagios,
    /// Metrics in Prometheus' text format
    Prometheus,
}

/// List the contents of a backup or dump
///
/// The whole file is decoded: of a damaged one, what was read whole before the damage is listed.
#[derive(Debug, Args)]
pub(crate) struct Ls {
    /// A backup or dump
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// Only this entry, or what is below this folder
    #[arg(value_name = "ENTRY")]
    pub(crate) entry: Option<String>,

    /// What to print
    #[arg(long, value_name = "FORMAT", default_value = "text", ignore_case = true)]
    pub(crate) format: TextOrJson,
}

/// Write one entry of a backup or dump to stdout, byte for byte
///
/// The file is read to its end, so that its checksum is compared: exit code 0 means that the bytes are right.
#[derive(Debug, Args)]
pub(crate) struct Cat {
    /// A backup or dump
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// The entry's path, as `ls` prints it
    #[arg(value_name = "ENTRY")]
    pub(crate) entry: String,
}

/// Extract the contents of a backup or dump into a folder
///
/// Nothing is written outside the folder, no link is followed or made, and no file is replaced unless
/// `--overwrite` says so. Each file appears under its name only when it is whole and on disk. Of a damaged
/// backup, what was read whole before the damage is kept.
#[derive(Debug, Args)]
pub(crate) struct Extract {
    /// A backup or dump
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// Entries, or folders of them, as `ls` prints them [default: everything]
    #[arg(value_name = "ENTRY")]
    pub(crate) entries: Vec<String>,

    /// The folder to extract into; it is made if it is not there
    #[arg(long, value_name = "FOLDER")]
    pub(crate) to: PathBuf,

    /// Replace files that are there already
    #[arg(long)]
    pub(crate) overwrite: bool,
}

/// List every transaction in the logs of backups, with its commit time
///
/// In order of append index. Of several backups of one database each transaction is listed once, from the
/// first that holds it. Times are UTC; commit times need not rise strictly.
#[derive(Debug, Args)]
pub(crate) struct Transactions {
    /// Files and folders to look at [default: the current folder]
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,

    /// Only from this transaction, or from this commit time on
    #[arg(long, value_name = "POINT", value_parser = tx_or_time)]
    pub(crate) from: Option<Point>,

    /// Only up to this transaction, or what was committed before this time
    #[arg(long, value_name = "POINT", value_parser = tx_or_time)]
    pub(crate) to: Option<Point>,

    /// Only this database: its name (`*` and `?` match as in a shell), its id, or the first characters of
    /// its id (four at least)
    #[arg(long, value_name = "DATABASE")]
    pub(crate) database: Option<Pattern>,

    /// Look into folders inside folders as well
    #[arg(short, long)]
    pub(crate) recursive: bool,

    /// What to print
    #[arg(long, value_name = "FORMAT", default_value = "text", ignore_case = true)]
    pub(crate) format: TransactionsFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TransactionsFormat {
    Text,
    Json,
    /// One object a line
    Jsonl,
    Csv,
}

fn tx_or_time(text: &str) -> Result<Point, String> {
    match Point::parse(text) {
        Ok(Point::Newest) => Err("expected a transaction as `1234`, or a time".into()),
        Ok(point) => Ok(point),
        Err(error) => Err(format!("{error}; or a transaction as `1234`")),
    }
}

/// Mend what can be mended: bytes behind the end, or text in front
///
/// The file itself is only read. The mended one is written under a new name, verified, and kept only if it
/// holds.
#[derive(Debug, Args)]
pub(crate) struct Repair {
    /// The damaged backup or dump
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// The file to write; it must not be there yet
    #[arg(short, long, value_name = "NEW", required_unless_present = "dry_run")]
    pub(crate) output: Option<PathBuf>,

    /// Only say what would be done, and how far the result would hold
    #[arg(short = 'n', long)]
    pub(crate) dry_run: bool,

    /// What to print
    #[arg(long, value_name = "FORMAT", default_value = "text", ignore_case = true)]
    pub(crate) format: TextOrJson,
}

/// neo4j-admin's `backup` commands, with its options, output and exit codes
#[derive(Debug, Subcommand)]
pub(crate) enum Backup {
    Aggregate(Box<BackupAggregate>),
    Inspect(BackupInspect),
    Validate(BackupValidate),
}

/// List the metadata of backup artifacts, as `neo4j-admin backup inspect` does
///
/// Rows stand in descending order of database name and id, and within a database the newest first.
#[derive(Debug, Args)]
pub(crate) struct BackupInspect {
    /// A folder of backups, or one backup
    #[arg(value_name = "BACKUP-PATH")]
    pub(crate) path: PathBuf,

    #[command(flatten)]
    pub(crate) rows: Rows,

    /// What to print
    #[arg(long, value_name = "FORMAT", default_value = "TABULAR", ignore_case = true)]
    pub(crate) format: Neo4jFormat,

    /// Accepted and ignored, as neo4j-admin does: metadata is always shown
    #[arg(long, hide_short_help = true)]
    pub(crate) show_metadata: bool,

    #[command(flatten)]
    pub(crate) common: Neo4jCommon,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Neo4jFormat {
    #[value(name = "TABULAR")]
    Tabular,
    #[value(name = "JSON")]
    Json,
}

/// Options of every neo4j-admin command.
#[derive(Debug, Args)]
pub(crate) struct Neo4jCommon {
    /// Say more about files that cannot be read
    #[arg(long)]
    pub(crate) verbose: bool,

    /// Run configuration values of the form $(command); the file must be yours, with mode 0600 or 0640
    #[arg(long, hide_short_help = true)]
    pub(crate) expand_commands: bool,

    /// Configuration that adds to neo4j.conf or overrides it
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    pub(crate) additional_config: Option<PathBuf>,
}

/// Tell whether the shards of a sharded property database fit together, as `neo4j-admin backup validate` does
///
/// Every property shard's full must lie within what the graph shard's chain records. Exit code 1 where one
/// does not.
#[derive(Debug, Args)]
pub(crate) struct BackupValidate {
    /// The folder of backups
    #[arg(long, value_name = "PATH")]
    pub(crate) from_path: PathBuf,

    /// The virtual name of the sharded database
    #[arg(long, value_name = "DATABASE")]
    pub(crate) database: Pattern,

    /// What to print
    #[arg(long, value_name = "FORMAT", default_value = "TABULAR", ignore_case = true)]
    pub(crate) format: Neo4jFormat,

    #[command(flatten)]
    pub(crate) common: Neo4jCommon,
}

/// neo4j-admin's `database` commands, with its options, output and exit codes
#[derive(Debug, Subcommand)]
pub(crate) enum Database {
    Backup(Box<DatabaseBackup>),
    Load(DatabaseLoad),
    Restore(Box<DatabaseRestore>),
}

/// Back up databases of a Neo4j home, running or not, as `neo4j-admin database backup` does
///
/// Community Edition too. Each backup is an artifact in Neo4j's own format: read back and verified to its
/// last transaction before it appears under its name, `<database>-<UTC time>.backup`. A running server is
/// not disturbed: nothing is locked, no checkpoint is asked for.
///
/// With `--inspect-path` it lists the metadata of backups that are there, and does nothing else.
///
/// Exit code 0: every backup was taken. 1: one failed, or something was not as asked; the others were taken
/// all the same.
///
/// Environment: NEO4J_CONF (folder of neo4j.conf), NEO4J_PASSWORD (with `--username`). HEAP_SIZE bounds nothing
/// here: there is no heap to bound.
#[derive(Debug, Args)]
pub(crate) struct DatabaseBackup {
    /// Databases; `*` and `?` match as in a shell [default: neo4j; with --inspect-path, all that are there]
    #[arg(value_name = "DATABASE")]
    pub(crate) databases: Vec<Pattern>,

    /// A folder of backups, or one backup: list the metadata, and do nothing else
    #[arg(long, value_name = "PATH")]
    pub(crate) inspect_path: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) taking: Taking,

    #[command(flatten)]
    pub(crate) common: Neo4jCommon,
}

/// neo4j-admin's options for taking a backup, and some more; checked, and without effect when listing.
#[derive(Debug, Args)]
#[command(next_help_heading = "Taking backups")]
#[expect(clippy::struct_excessive_bools, reason = "neo4j-admin's switches are as many")]
pub(crate) struct Taking {
    /// Folder for the artifacts; it must exist
    #[arg(long, value_name = "PATH", required_unless_present = "inspect_path")]
    pub(crate) to_path: Option<String>,

    /// The Neo4j home to back up: a folder, or file:///var/lib/neo4j
    #[arg(long, value_name = "HOME", value_delimiter = ',')]
    pub(crate) from: Vec<String>,

    /// Kind of backup
    #[arg(long = "type", value_name = "TYPE", default_value = "AUTO", ignore_case = true)]
    pub(crate) kind: BackupKind,

    /// The id by which Neo4j knows the database, where no earlier backup in the folder tells it
    #[arg(long, value_name = "UUID")]
    pub(crate) database_id: Option<Uuid>,

    /// The running server's HTTP address, to ask it for the database's id, as http://localhost:7474
    #[arg(long, value_name = "URL")]
    pub(crate) address: Option<String>,

    /// Who asks the server; the password is taken from NEO4J_PASSWORD
    #[arg(long, value_name = "NAME", requires = "address")]
    pub(crate) username: Option<String>,

    /// What to print
    #[arg(long, value_name = "FORMAT", default_value = "text", ignore_case = true)]
    pub(crate) format: TextOrJsonl,

    /// Compress the artifact
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value = "true", default_missing_value = "true")]
    pub(crate) compress: bool,

    /// Keep what a failed backup had copied, for analysis
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true")]
    pub(crate) keep_failed: bool,

    /// Accepted for neo4j-admin's sake; the work takes less than 32m, however large the database is
    #[arg(long, value_name = "SIZE", value_parser = memory)]
    pub(crate) pagecache: Option<String>,

    /// Users and roles to take along: none, all, users, users=u1,u2, roles. A running server tells them
    /// (`--address`), all but their passwords, which the script takes as parameters
    #[arg(long, value_name = "WHAT", value_parser = included, default_value = "none")]
    pub(crate) include_metadata: Included,

    /// Accepted for neo4j-admin's sake; transactions are left for Neo4j to apply
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true")]
    pub(crate) parallel_recovery: bool,

    /// Extend the newest differential rather than a newer full
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true")]
    pub(crate) prefer_diff_as_parent: bool,

    /// Accepted for neo4j-admin's sake; recovery is always left to the restore
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true")]
    pub(crate) skip_recovery: bool,

    /// Folder for copies of store files until they are compressed [default: inside --to-path]
    #[arg(long, value_name = "PATH")]
    pub(crate) temp_path: Option<PathBuf>,

    /// Accepted for neo4j-admin's sake; nothing is downloaded
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true")]
    pub(crate) parallel_download: bool,

    /// Accepted for neo4j-admin's sake; there are no remote addresses
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true")]
    pub(crate) remote_address_resolution: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum BackupKind {
    /// Everything
    #[value(name = "FULL")]
    Full,
    /// What was committed since the newest backup in the folder
    #[value(name = "DIFF")]
    Diff,
    /// A differential where the folder holds a chain to extend, else a full
    #[value(name = "AUTO")]
    Auto,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TextOrJsonl {
    Text,
    /// One object a line: progress to stderr, each backup to stdout
    Jsonl,
}

fn memory(text: &str) -> Result<String, String> {
    let digits = text.trim_end_matches(|unit: char| "kKmMgG".contains(unit));
    if text.len() - digits.len() <= 1 && digits.parse::<u64>().is_ok() {
        Ok(text.to_owned())
    } else {
        Err("expected a number with a unit, as 512k, 8m or 1g".into())
    }
}

/// What of a server's users and roles goes into a backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Included {
    None,
    All,
    /// These, or all where none is named.
    Users(Vec<String>),
    Roles,
}

fn included(text: &str) -> Result<Included, String> {
    let names = text.strip_prefix("users=").filter(|names| !names.is_empty());
    match (text.to_ascii_lowercase().as_str(), names) {
        ("none", _) => Ok(Included::None),
        ("all", _) => Ok(Included::All),
        ("users", _) => Ok(Included::Users(Vec::new())),
        ("roles", _) => Ok(Included::Roles),
        (_, Some(names)) => {
            Ok(Included::Users(names.split(',').map(|name| name.trim().to_owned()).collect()))
        }
        _ => Err("expected none, all, users, users=u1,u2 or roles".into()),
    }
}

/// Print a completion script for a shell
///
/// For bash: `graphkeep completions bash > ~/.local/share/bash-completion/completions/graphkeep`. For zsh
/// put it as `_graphkeep` into a folder of `$fpath`; for fish into `~/.config/fish/completions/`.
#[derive(Debug, Args)]
pub(crate) struct Completions {
    #[arg(value_name = "SHELL")]
    pub(crate) shell: clap_complete::Shell,
}

/// Print the manual page of a command, or write all of them into a folder
///
/// To read one: `graphkeep man inspect | man -l -`.
#[derive(Debug, Args)]
pub(crate) struct Man {
    /// The command, as `inspect` or `backup inspect` [default: graphkeep itself]
    #[arg(value_name = "COMMAND", conflicts_with = "folder")]
    pub(crate) command: Vec<String>,

    /// Write a page for every command into this folder
    #[arg(long, value_name = "FOLDER")]
    pub(crate) folder: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    fn neo4j(arguments: &str) -> Result<Cli, clap::Error> {
        Cli::try_parse_from(["graphkeep", "database", "backup"].into_iter().chain(arguments.split(' ')))
    }

    #[test]
    fn every_option_of_neo4j_admins_backup_is_accepted() {
        let all = "--to-path=/backups --from=a:6362,b:6362 --type=diff --compress=false --keep-failed \
                   --pagecache=8m --include-metadata=users=u1,u2 --parallel-recovery=true --inspect-path=/x \
                   --prefer-diff-as-parent --skip-recovery=true --temp-path=/tmp --parallel-download \
                   --remote-address-resolution=true --verbose --expand-commands --additional-config=/c neo4j foo*";
        let all: Vec<&str> = all.split_whitespace().collect();
        neo4j(&all.join(" ")).expect("neo4j-admin takes it");
        for wrong in ["--pagecache=8mm", "--include-metadata=passwords", "--type=HALF", "--compress=maybe"] {
            neo4j(wrong).expect_err(wrong);
        }
    }

    #[test]
    fn latest_backup_and_latest_chain_exclude_each_other() {
        for command in [vec!["inspect"], vec!["backup", "inspect", "/backups"]] {
            let both = ["--latest-backup", "--latest-chain"];
            Cli::try_parse_from(["graphkeep"].into_iter().chain(command).chain(both))
                .expect_err("both at once");
        }
    }
}
