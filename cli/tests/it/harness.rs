//! Runs the binary, in the folder of the fixtures unless told otherwise, without a terminal.

use std::ffi::OsStr;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use graphkeep_core::report::Report;
use graphkeep_core::time::UtcTime;
use graphkeep_tests::artifact::Backup;

/// `tests/fixtures` of the workspace.
pub(crate) fn fixtures() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures");
    folder.canonicalize().expect("the fixtures are there")
}

/// The names of the scenario folders, `scenarios/gap`.
pub(crate) fn scenarios() -> Vec<String> {
    let folders = std::fs::read_dir(fixtures().join("scenarios")).expect("the fixtures are there");
    let mut names: Vec<String> = folders
        .map(|folder| folder.expect("the fixtures are readable").file_name())
        .map(|name| format!("scenarios/{}", name.to_str().expect("the fixtures have plain names")))
        .collect();
    names.sort();
    assert!(names.len() >= 13, "the scenarios are there: {names:?}");
    names
}

/// The binary with nothing of this machine's taste in its environment.
pub(crate) fn graphkeep() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_graphkeep"));
    command.current_dir(fixtures()).stdin(Stdio::null());
    for variable in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "TERM", "LC_ALL", "LC_CTYPE", "COLUMNS"] {
        command.env_remove(variable);
    }
    command.env("LANG", "C.UTF-8");
    command
}

/// What a run ended with.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    pub(crate) fn of(mut command: Command) -> Self {
        let output = command.output().expect("the binary runs");
        let text = |bytes| String::from_utf8(bytes).expect("it prints UTF-8");
        Self { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    pub(crate) fn report(&self) -> Report {
        serde_json::from_str(&self.stdout).expect("stdout is a report")
    }

    /// The JSON objects on the lines of a stream.
    pub(crate) fn objects(stream: &str) -> Vec<serde_json::Value> {
        stream.lines().map(|line| serde_json::from_str(line).expect("each line is an object")).collect()
    }
}

impl fmt::Display for Ran {
    /// As snapshots keep it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = self.code.map_or_else(|| "a signal".to_owned(), |code| code.to_string());
        write!(f, "exit {code}\n--- stdout\n{}", self.stdout)?;
        if !self.stderr.is_empty() {
            write!(f, "--- stderr\n{}", self.stderr)?;
        }
        Ok(())
    }
}

/// Runs it with these words.
pub(crate) fn run<W: AsRef<OsStr>>(words: impl IntoIterator<Item = W>) -> Ran {
    let mut command = graphkeep();
    command.args(words);
    Ran::of(command)
}

/// Runs it with words that are separated by spaces.
pub(crate) fn say(line: &str) -> Ran {
    run(line.split_whitespace())
}

/// A folder of these backups.
pub(crate) fn folder_of(backups: &[Backup]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    for backup in backups {
        backup.save(folder.path()).expect("there is room for a backup");
    }
    folder
}

/// Hours after 2026-09-12 00:00:00.
pub(crate) fn hour(hour: i64) -> UtcTime {
    UtcTime(1_789_171_200 + hour * 3600)
}

/// Runs with a folder's own name taken out of what it says.
pub(crate) fn in_folder(folder: &Path, line: &str) -> Ran {
    let mut command = graphkeep();
    command.current_dir(folder).args(line.split_whitespace());
    Ran::of(command)
}
