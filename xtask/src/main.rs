//! `cargo xtask <command>`: what a developer, and CI, runs. Each command sets up what it needs, or says what
//! to type.

mod bench;
mod dist;
mod fuzz;
mod interop;
mod neo4j;
mod page;
mod run;
mod shell;
mod test;
mod tools;

use std::process::ExitCode;

use anyhow::Result;

const HELP: &str = "\
cargo xtask <command>

  run [--port N] [--no-open]   build the page and the command line tool, show the tool on the samples, serve the page
  test [step...] [--skip step] all that must hold before a change lands, or only the named steps; `test --list` names them
  interop [--runs N] [test]    backup, restore and the real Neo4j under load, N times over; the tests whose names hold the word
  fuzz [--seconds N] [target]  all fuzz targets, or the named ones, for N seconds each (60)
  dist                         the static site and the release binary in target/dist, with their sizes
  bench                        speed and size, as ratios measured in one run, in target/bench
";

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let command = words.next().unwrap_or_default();
    let rest: Vec<String> = words.collect();
    let done = match command.as_str() {
        "run" => run::Options::parse(&rest).and_then(|options| run::run(&options)),
        "test" => test::test(&rest),
        "interop" => interop::Options::parse(&rest).and_then(|options| interop::interop(&options)),
        "fuzz" => fuzz::Options::parse(&rest).and_then(|options| fuzz::fuzz(&options)),
        "dist" => no_more(&rest).and_then(|()| dist::dist()),
        "bench" => no_more(&rest).and_then(|()| bench::bench()),
        "" | "help" | "--help" | "-h" => {
            shell::say(HELP);
            return ExitCode::SUCCESS;
        }
        other => Err(anyhow::anyhow!("there is no command `{other}`\n\n{HELP}")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            shell::complain(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn no_more(words: &[String]) -> Result<()> {
    match words.first() {
        None => Ok(()),
        Some(word) => anyhow::bail!("`{word}` means nothing here\n\n{HELP}"),
    }
}
