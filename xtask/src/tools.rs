//! Programs that the workspace needs beside cargo. What is missing is installed once, where a second run finds
//! it; what cannot be installed from here is named, with the words to type. Nothing is downloaded from anywhere
//! but the registries of the tools' own languages and the system's package manager.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::shell::{self, answer, program, run};

const WASM: &str = "wasm32-unknown-unknown";
const TRUNK: &str = "0.21.14";
const GECKODRIVER: &str = "0.37.1";
/// The npm package of wasm-opt. It shrinks what rustc makes; the page is right without it.
const BINARYEN: &str = "binaryen@132.0.0";
/// The npm package of axe (MPL-2.0).
const AXE: &str = "axe-core@4.14.1";

/// rustfmt and clippy.
pub(crate) fn component(name: &str, subcommand: &str) -> Result<()> {
    if answer(&mut shell::cargo(&format!("{subcommand} --version"))).is_some() {
        return Ok(());
    }
    run(&mut program("rustup", ["component", "add", name]))
        .with_context(|| format!("`cargo {subcommand}` is missing; install {name} beside your rustc"))
}

/// The standard library for wasm.
pub(crate) fn wasm_target() -> Result<()> {
    let sysroot = shell::output(&mut program("rustc", ["--print", "sysroot"]))?;
    if Path::new(sysroot.trim()).join("lib/rustlib").join(WASM).is_dir() {
        return Ok(());
    }
    run(&mut program("rustup", ["target", "add", WASM]))
        .with_context(|| format!("the standard library for {WASM} is missing; install it beside your rustc"))
}

/// The bundler of the page.
pub(crate) fn trunk() -> Result<PathBuf> {
    // The lock file that trunk is published with is the one it was tested with.
    installed("trunk", "trunk", TRUNK, &["--locked"])
}

/// wasm-bindgen's command line tools: they and the library must be of one version.
pub(crate) fn wasm_bindgen() -> Result<PathBuf> {
    let version = locked_version("wasm-bindgen")?;
    installed("wasm-bindgen", "wasm-bindgen-cli", &version, &[])
}

/// Runs wasm tests; a part of wasm-bindgen's tools.
pub(crate) fn wasm_test_runner() -> Result<PathBuf> {
    Ok(wasm_bindgen()?.with_file_name("wasm-bindgen-test-runner"))
}

/// The version that the workspace's lock file holds.
fn locked_version(package: &str) -> Result<String> {
    let lock = std::fs::read_to_string(shell::root().join("Cargo.lock")).context("cannot read Cargo.lock")?;
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name);
    let version = lines.nth(1).and_then(|line| line.strip_prefix("version = \"")?.strip_suffix('"'));
    version.map(str::to_owned).with_context(|| format!("Cargo.lock holds no `{package}`"))
}

/// A program from crates.io, at exactly one version, in cargo's own folder for programs.
fn installed(name: &str, package: &str, version: &str, options: &[&str]) -> Result<PathBuf> {
    let place = cargo_home()?.join("bin").join(name);
    let is_right = |place: &Path| {
        let said = answer(Command::new(place).arg("--version"));
        said.is_some_and(|said| said.split_whitespace().nth(1) == Some(version))
    };
    if let Some(found) = on_path(name).into_iter().chain([place.clone()]).find(|place| is_right(place)) {
        return Ok(found);
    }
    shell::complain(&format!("{package} {version} is not here; building it takes some minutes, once"));
    run(shell::cargo(&format!("install {package} --version {version} --force")).args(options))?;
    if !is_right(&place) {
        bail!("`{}` is not {version} although it was just installed", place.display());
    }
    Ok(place)
}

fn cargo_home() -> Result<PathBuf> {
    if let Some(home) = std::env::var_os("CARGO_HOME") {
        return Ok(home.into());
    }
    let home = std::env::home_dir().context("cannot tell where your home folder is; set CARGO_HOME")?;
    Ok(home.join(".cargo"))
}

/// Where the shell would find a program.
pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH")?;
    let mut places = std::env::split_paths(&folders).map(|folder| folder.join(name));
    places.find(|place| place.is_file())
}

/// A browser with the program that drives it.
pub(crate) struct Browser {
    pub(crate) browser: PathBuf,
    pub(crate) driver: PathBuf,
}

impl Browser {
    /// Tells child processes where the two are.
    pub(crate) fn tell(&self, command: &mut Command) {
        command.env("CHROMEDRIVER", &self.driver).env("GRAPHKEEP_BROWSER", &self.browser);
    }

    /// The browser, if it is there and of the same release as its driver.
    pub(crate) fn find() -> Option<Self> {
        let found = Self { browser: on_path("chromium")?, driver: on_path("chromedriver")? };
        let release = |place: &Path, word: usize| {
            let said = answer(Command::new(place).arg("--version"))?;
            said.split_whitespace().nth(word)?.split('.').next().map(str::to_owned)
        };
        (release(&found.browser, 1)? == release(&found.driver, 1)?).then_some(found)
    }
}

/// Chromium and its driver, installed where they are not.
pub(crate) fn browser() -> Result<Browser> {
    if let Some(browser) = Browser::find() {
        return Ok(browser);
    }
    debian(&["chromium chromium-driver"])
        .context("the tests need chromium and chromedriver of one release")?;
    Browser::find().context("chromium and chromedriver were installed and are not of one release")
}

/// Firefox and its driver. Debian has the one, crates.io the other.
pub(crate) fn firefox(command: &mut Command) -> Result<()> {
    if on_path("firefox").or_else(|| on_path("firefox-esr")).is_none() {
        debian(&["firefox-esr"]).context("some tests need Firefox")?;
    }
    command.env("GECKODRIVER", installed("geckodriver", "geckodriver", GECKODRIVER, &["--locked"])?);
    Ok(())
}

/// The C++ compiler that libFuzzer is built with.
pub(crate) fn cpp() -> Result<()> {
    if on_path("c++").is_some() {
        return Ok(());
    }
    debian(&["g++"]).context("libFuzzer is built from C++")
}

/// Installs Debian's packages (the names of one choice with spaces between), the first choice that is on offer,
/// where this runs as root; elsewhere says what to type.
pub(crate) fn debian(choices: &[&str]) -> Result<()> {
    let root = answer(&mut program("id", ["-u"])).is_some_and(|id| id.trim() == "0");
    if root && on_path("apt-get").is_some() {
        run(&mut program("apt-get", ["update"]))?;
        for packages in choices {
            let mut install = program("apt-get", ["install", "--yes"]);
            if run(install.args(packages.split_whitespace())).is_ok() {
                return Ok(());
            }
        }
    }
    let typed: Vec<_> = choices.iter().map(|packages| format!("apt-get install --yes {packages}")).collect();
    bail!("on Debian, as root:\n  apt-get update && {}", typed.join("\nor, where that is not on offer:\n  "))
}

/// wasm-opt, where npm can bring it; without it the page is larger and works the same.
pub(crate) fn wasm_opt() -> Option<PathBuf> {
    let folder = npm_folder(BINARYEN);
    let place = folder.join("node_modules/.bin/wasm-opt");
    if !place.exists()
        && on_path("npm").is_some()
        && let Err(error) = npm(BINARYEN, &folder)
    {
        shell::complain(&format!("wasm-opt could not be installed: {error:#}"));
    }
    if let Some(place) = place.exists().then_some(place).or_else(|| on_path("wasm-opt")) {
        return Some(place);
    }
    shell::complain(
        "no wasm-opt here (npm would bring it): the page is built without it and is somewhat larger",
    );
    None
}

/// The script that judges a page's accessibility. Tests run it in the page; it is no part of what is given out.
pub(crate) fn axe() -> Result<PathBuf> {
    let folder = npm_folder(AXE);
    let place = folder.join("node_modules/axe-core/axe.min.js");
    if !place.exists() {
        if on_path("npm").is_none() {
            debian(&["npm"]).context("the tests judge the page's accessibility by axe, which npm brings")?;
        }
        npm(AXE, &folder)?;
    }
    Ok(place)
}

/// One for each package and version: npm takes out of a folder whatever it was not just told to put there.
fn npm_folder(package: &str) -> PathBuf {
    shell::target().join("tools").join(package.replace('/', "-"))
}

fn npm(package: &str, folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder)?;
    let mut npm = program("npm", ["install", "--no-save", "--no-fund", "--no-audit", "--prefix"]);
    run(npm.arg(folder).arg(package))
}
