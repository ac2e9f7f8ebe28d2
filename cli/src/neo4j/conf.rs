//! `neo4j.conf`, as far as it says where things are. Later files override earlier ones.
//!
//! A value of the form `$(command)` is what that command prints, if the caller allows it, and if nobody but
//! the file's owner could have written the command there: Neo4j's own rules.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};

/// Whether values of the form `$(command)` are run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Commands {
    Run,
    Refuse,
}

/// Settings as they stand in the files.
#[derive(Debug, Default)]
pub(crate) struct Conf {
    /// Each with the file that says so.
    settings: HashMap<String, (String, PathBuf)>,
}

impl Conf {
    /// Reads the files in order.
    pub(crate) fn read(files: &[PathBuf]) -> anyhow::Result<Self> {
        let mut conf = Self::default();
        for file in files {
            let text = fs::read_to_string(file)
                .with_context(|| format!("cannot read the configuration `{}`", file.display()))?;
            for (key, value) in settings(&text) {
                conf.settings.insert(key, (value, file.clone()));
            }
        }
        Ok(conf)
    }

    /// A setting's value; absent where no file has it.
    pub(crate) fn value(&self, key: &str, commands: Commands) -> anyhow::Result<Option<String>> {
        let Some((value, file)) = self.settings.get(key) else {
            return Ok(None);
        };
        let Some(command) = value.strip_prefix("$(").and_then(|rest| rest.strip_suffix(')')) else {
            return Ok(Some(value.clone()));
        };
        if commands == Commands::Refuse {
            bail!(
                "`{key}` in `{}` is a command, and commands are run with `--expand-commands` only",
                file.display()
            );
        }
        guard(file)?;
        Ok(Some(expand(command, key)?))
    }
}

/// The lines that are settings. `\` before a character stands for that character, so a path of Windows has
/// two of them, or `/`.
fn settings(text: &str) -> Vec<(String, String)> {
    let lines = text.lines().map(str::trim).filter(|line| !line.starts_with(['#', '!']));
    let pairs = lines.filter_map(|line| line.split_once('='));
    pairs.map(|(key, value)| (key.trim().to_owned(), unescaped(value.trim()))).collect()
}

fn unescaped(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let mut chars = value.chars();
    while let Some(char) = chars.next() {
        text.push(if char == '\\' { chars.next().unwrap_or('\\') } else { char });
    }
    text
}

/// A file whose commands are run must belong to whoever runs them, and be closed to others.
#[cfg(unix)]
fn guard(file: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::MetadataExt;
    let metadata = fs::metadata(file)?;
    let mode = metadata.mode() & 0o777;
    if !matches!(mode, 0o600 | 0o640) {
        bail!(
            "`{}` holds commands and has mode {mode:04o}: expected 0600 or 0640, so that nobody else can add one",
            file.display()
        );
    }
    if metadata.uid() != nix::unistd::geteuid().as_raw() {
        bail!("`{}` holds commands and belongs to another user: expected your own file", file.display());
    }
    Ok(())
}

#[cfg(not(unix))]
fn guard(_file: &Path) -> anyhow::Result<()> {
    Ok(())
}

fn expand(command: &str, key: &str) -> anyhow::Result<String> {
    let (shell, flag) = if cfg!(windows) { ("cmd.exe", "/C") } else { ("/bin/sh", "-c") };
    let output = Command::new(shell)
        .args([flag, command])
        .output()
        .with_context(|| format!("cannot run the command of `{key}`"))?;
    if !output.status.success() {
        bail!("the command of `{key}` failed ({})", output.status);
    }
    let text = String::from_utf8(output.stdout).with_context(|| format!("the command of `{key}`"))?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, text: &str) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(name);
        fs::write(&path, text).expect("it can be written");
        (folder, path)
    }

    #[test]
    fn later_files_override_and_comments_are_passed_over() {
        let (_a, first) = file("neo4j.conf", "# a=0\n  a = 1 \nb=x=y\nw=C:\\\\data\nc\n");
        let (_b, second) = file("more.conf", "a=2\n");
        let conf = Conf::read(&[first, second]).expect("both can be read");
        let value = |key: &str| conf.value(key, Commands::Refuse).expect("no command");
        assert_eq!(value("a").as_deref(), Some("2"));
        assert_eq!(value("b").as_deref(), Some("x=y"));
        assert_eq!(value("w").as_deref(), Some("C:\\data"));
        assert_eq!(value("c"), None);
    }

    #[cfg(unix)]
    #[test]
    fn a_command_runs_where_it_is_allowed_and_nobody_else_could_have_written_it() {
        use std::os::unix::fs::PermissionsExt;
        let (_folder, path) = file("neo4j.conf", "a=$(echo one two)\n");
        let mode = |mode| fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("it is ours");
        mode(0o600);
        let conf = Conf::read(std::slice::from_ref(&path)).expect("it can be read");
        let error = conf.value("a", Commands::Refuse).expect_err("it was not allowed");
        assert!(error.to_string().contains("--expand-commands"), "{error}");
        assert_eq!(conf.value("a", Commands::Run).expect("it runs").as_deref(), Some("one two"));
        mode(0o644);
        let error = conf.value("a", Commands::Run).expect_err("others can read it");
        assert!(error.to_string().contains("mode 0644"), "{error}");
    }
}
