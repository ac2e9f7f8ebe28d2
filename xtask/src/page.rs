//! The page, built by Trunk into `target/page`, and what it weighs.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use flate2::Compression;
use flate2::write::GzEncoder;
use xtask::offline::{self, files};

use crate::shell::{self, program, run};
use crate::tools;

/// Where the built page lies.
pub(crate) fn folder() -> PathBuf {
    shell::target().join("page")
}

/// Builds the page as it is published.
pub(crate) fn build() -> Result<PathBuf> {
    tools::wasm_target()?;
    let bindgen = tools::wasm_bindgen()?;
    // Trunk takes the wasm-bindgen that it finds on the path, and is told to fetch no other.
    let bindgen = bindgen.parent().map(Path::to_path_buf);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths(bindgen.into_iter().chain(std::env::split_paths(&path)))?;
    let mut trunk = program(tools::trunk()?, ["build", "--release", "--offline", "--dist"]);
    trunk.arg(folder()).env("PATH", path);
    if std::env::var_os("NO_COLOR").is_some() {
        // Trunk reads the variable as a truth value and stops at the usual `1`.
        trunk.env("NO_COLOR", "true");
    }
    run(&mut trunk)?;
    shrink(&folder())?;
    offline::write(&folder())?;
    Ok(folder())
}

/// Passes the wasm through wasm-opt, if that is here. Trunk would do it itself, but not do without.
fn shrink(folder: &Path) -> Result<()> {
    let Some(wasm_opt) = tools::wasm_opt() else { return Ok(()) };
    for wasm in files(folder)?.iter().filter(|path| path.extension().is_some_and(|end| end == "wasm")) {
        // What rustc turns on by itself; wasm-opt wants to be told.
        let features = [
            "bulk-memory",
            "multivalue",
            "mutable-globals",
            "nontrapping-float-to-int",
            "reference-types",
            "sign-ext",
        ];
        let mut optimise = program(&wasm_opt, ["-Oz", "--output"]);
        optimise.args([wasm, wasm]).args(features.map(|feature| format!("--enable-{feature}")));
        run(&mut optimise)?;
    }
    Ok(())
}

/// A file and what it weighs.
pub(crate) struct Weight {
    /// Path below the folder that was weighed.
    pub(crate) name: String,
    pub(crate) bytes: u64,
    /// As a host sends it that compresses with gzip.
    pub(crate) gzip: u64,
}

/// Weighs every file below a folder, in order of their names.
pub(crate) fn weigh(folder: &Path) -> Result<Vec<Weight>> {
    let mut weights = Vec::new();
    for path in files(folder)? {
        let content = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
        gzip.write_all(&content)?;
        let name = path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().into_owned();
        weights.push(Weight { name, bytes: content.len() as u64, gzip: gzip.finish()?.len() as u64 });
    }
    Ok(weights)
}

/// The weights as a table with their sum.
pub(crate) fn table(weights: &[Weight]) -> String {
    let sum = Weight {
        name: "all".into(),
        bytes: weights.iter().map(|weight| weight.bytes).sum(),
        gzip: weights.iter().map(|weight| weight.gzip).sum(),
    };
    let rows = weights.iter().chain([&sum]);
    let rows = rows.map(|weight| format!("{:>12} {:>12}  {}", weight.bytes, weight.gzip, weight.name));
    [format!("{:>12} {:>12}", "bytes", "gzip")].into_iter().chain(rows).collect::<Vec<_>>().join("\n")
}
