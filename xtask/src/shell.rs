//! Running other programs: always from the workspace's root, their output always shown.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use std::time::Duration;

use anyhow::{Context, Result, bail};

/// The workspace's root. Asked when this runs: two checkouts that share a target folder share this program.
pub(crate) fn root() -> &'static Path {
    static ROOT: LazyLock<PathBuf> = LazyLock::new(|| {
        let package = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo starts this, as `cargo xtask`");
        PathBuf::from(package).parent().expect("xtask is a folder of the workspace").to_path_buf()
    });
    &ROOT
}

/// The folder that cargo builds into, one for all that is done here.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |folder| root().join(folder))
}

/// The cargo that runs this, with words that a space parts.
pub(crate) fn cargo(words: &str) -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    program(cargo, words.split_whitespace())
}

/// Any program, to be run from the root.
pub(crate) fn program<I: AsRef<OsStr>>(
    name: impl AsRef<OsStr>,
    words: impl IntoIterator<Item = I>,
) -> Command {
    let mut command = Command::new(name);
    command.args(words).current_dir(root());
    command
}

/// Runs a command to its end, its output going where ours goes.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    complain(&format!("$ {}", line(command)));
    let status = command.status().with_context(|| format!("cannot start `{}`", line(command)))?;
    if !status.success() {
        bail!("`{}` failed ({status})", line(command));
    }
    Ok(())
}

/// What a command prints on its standard output.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("cannot start `{}`", line(command)))?;
    if !output.status.success() {
        bail!("`{}` failed ({})", line(command), output.status);
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// What a command prints, where it is there and works.
pub(crate) fn answer(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

fn line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ")
}

/// Results go to the standard output.
#[expect(clippy::print_stdout, reason = "the one place that prints results")]
pub(crate) fn say(text: &str) {
    println!("{text}");
}

/// What is being done, and what went wrong, goes to the standard error.
#[expect(clippy::print_stderr, reason = "the one place that prints progress")]
pub(crate) fn complain(text: &str) {
    eprintln!("{text}");
}

/// `1 min 12 s`, `3.4 s`.
pub(crate) fn spent(time: Duration) -> String {
    match time.as_secs() {
        60.. => format!("{} min {:02} s", time.as_secs() / 60, time.as_secs() % 60),
        _ => format!("{:.1} s", time.as_secs_f64()),
    }
}
