//! Fuzzing every parser. libFuzzer wants code that counts its branches, and the compiler's stable options make
//! that; only the sanitizers, which safe code does not need, would want a nightly one.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Mutex;
use std::thread;

use anyhow::{Context, Result, bail};

use crate::shell::{self, cargo, program, root, run, say};
use crate::tools;

/// How long each target runs where nobody asked, in seconds.
const SECONDS: u64 = 60;

/// The parsers of what lies in a file: container, metadata, tar, logs, split archives.
const PARSERS: [&str; 5] = ["header", "metadata", "tar", "log", "split"];

/// What libFuzzer wants of the compiler.
const INSTRUMENT: &str = "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
                          -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
                          -Cllvm-args=-sanitizer-coverage-pc-table \
                          -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1";

/// What `fuzz` was asked for.
#[derive(Debug)]
pub(crate) struct Options {
    /// How long each target runs.
    seconds: u64,
    targets: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self { seconds: SECONDS, targets: PARSERS.map(String::from).to_vec() }
    }
}

impl Options {
    pub(crate) fn parse(words: &[String]) -> Result<Self> {
        let mut options = Self { seconds: SECONDS, targets: Vec::new() };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            if word == "--seconds" {
                let seconds = words.next().context("`--seconds` wants a number")?;
                options.seconds =
                    seconds.parse().with_context(|| format!("`{seconds}` is no number of seconds"))?;
            } else if word.starts_with('-') {
                bail!("`fuzz` has no option `{word}`");
            } else {
                options.targets.push(word.clone());
            }
        }
        if options.targets.is_empty() {
            options.targets = every_target()?;
        }
        Ok(options)
    }
}

fn every_target() -> Result<Vec<String>> {
    let mut names = Vec::new();
    for file in fs::read_dir(root().join("fuzz/fuzz_targets")).context("cannot list the fuzz targets")? {
        names.extend(file?.path().file_stem().map(|stem| stem.to_string_lossy().into_owned()));
    }
    names.sort();
    Ok(names)
}

/// Runs each target for its time, as many at once as there are cores.
pub(crate) fn fuzz(options: &Options) -> Result<()> {
    let binaries = build()?;
    let waiting = Mutex::new(options.targets.iter());
    // A lock taken in a loop's condition is held until the loop's body ends.
    let next = || waiting.lock().expect("nobody panics with it").next();
    let failures = Mutex::new(Vec::new());
    let cores = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                while let Some(target) = next() {
                    match run_target(&binaries.join(target), target, options.seconds) {
                        Ok(stats) => say(&format!("{target:<10} {stats}")),
                        Err(error) => failures.lock().expect("nobody panics with it").push(error),
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().expect("nobody panics with it");
    if !failures.is_empty() {
        let said: Vec<_> = failures.iter().map(|error| format!("{error:#}")).collect();
        bail!("{}", said.join("\n"));
    }
    Ok(())
}

/// Builds all targets; where they lie then.
fn build() -> Result<PathBuf> {
    tools::cpp()?;
    let host = host()?;
    let target = shell::target().join("fuzz");
    let mut build = cargo("build --release --manifest-path fuzz/Cargo.toml --bins --target");
    // With a target named, the flags are not for build scripts.
    build.arg(&host).arg("--target-dir").arg(&target).env("RUSTFLAGS", INSTRUMENT);
    run(&mut build)?;
    Ok(target.join(host).join("release"))
}

fn host() -> Result<String> {
    let version = shell::output(&mut program("rustc", ["-vV"]))?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("`rustc -vV` names no host")?.to_owned())
}

/// Runs one target; what it did, in a line.
fn run_target(binary: &Path, target: &str, seconds: u64) -> Result<String> {
    let folder = shell::target().join("fuzz/runs").join(target);
    let (corpus, found) = (folder.join("corpus"), folder.join("found"));
    fs::create_dir_all(&corpus)?;
    fs::create_dir_all(&found)?;
    let log = folder.join("log.txt");

    let mut fuzz = program(binary, [&corpus, &root().join("tests/fixtures")]);
    fuzz.args([format!("-max_total_time={seconds}"), format!("-artifact_prefix={}/", found.display())]);
    // An input that takes 20 seconds hangs; libFuzzer's own limit is 20 minutes.
    fuzz.args(["-max_len=20000", "-timeout=20", "-rss_limit_mb=1500", "-print_final_stats=1"]);
    fuzz.stdin(Stdio::null()).stdout(Stdio::null()).stderr(File::create(&log)?);
    let status = fuzz.status().with_context(|| format!("cannot start `{}`", binary.display()))?;
    let said = String::from_utf8_lossy(&fs::read(&log)?).into_owned();
    if !status.success() {
        let end: Vec<&str> = said.lines().rev().take(30).collect();
        let end: Vec<&str> = end.into_iter().rev().collect();
        bail!("{target}: {status}; the input lies in {}:\n{}", found.display(), end.join("\n"));
    }
    let stat = |name: &str| said.lines().find_map(|line| line.strip_prefix(name)).map_or("?", str::trim);
    Ok(format!(
        "{} inputs in {seconds} s, {} new ones kept",
        stat("stat::number_of_executed_units:"),
        stat("stat::new_units_added:")
    ))
}
