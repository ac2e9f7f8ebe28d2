//! The tests against the real Neo4j: once, as a part of all tests, or over and over.

use anyhow::{Context, Result, bail};

use crate::neo4j;
use crate::shell::{self, cargo, run};

/// What `interop` was asked for.
#[derive(Debug, Default)]
pub(crate) struct Options {
    /// How often each test repeats its work; once where nobody asked.
    runs: Option<u32>,
    /// Only tests whose names hold one of these.
    names: Vec<String>,
}

impl Options {
    pub(crate) fn parse(words: &[String]) -> Result<Self> {
        let mut options = Self::default();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            if word == "--runs" {
                let runs = words.next().context("`--runs` wants a number")?;
                options.runs = Some(runs.parse().with_context(|| format!("`{runs}` is no number of runs"))?);
            } else if word.starts_with('-') {
                bail!("`interop` has no option `{word}`");
            } else {
                options.names.push(word.clone());
            }
        }
        Ok(options)
    }
}

pub(crate) fn interop(options: &Options) -> Result<()> {
    let neo4j = neo4j::ready()?;
    run(&mut cargo("build --workspace --all-features --bin graphkeep"))?;
    let mut test = cargo("test --workspace --all-features --test interop -- --nocapture");
    // Each test starts servers of its own, and a server takes a core while it starts.
    test.args(["--test-threads", "2"]).args(&options.names);
    test.env("GRAPHKEEP_NEO4J", neo4j).env("GRAPHKEEP", shell::target().join("debug/graphkeep"));
    if let Some(runs) = options.runs {
        test.env("GRAPHKEEP_INTEROP_RUNS", runs.to_string());
    }
    run(&mut test)
}
