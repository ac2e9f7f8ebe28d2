//! Shows the product on the samples: the command line tool in the terminal, the page in the browser.

use std::process::Command;

use anyhow::{Context, Result, bail};
use xtask::serve::{Server, Site};

use crate::shell::{self, cargo, complain, program, run as start, say};
use crate::{page, tools};

/// What the person chose.
pub(crate) struct Options {
    /// 0: any that is free.
    port: u16,
    browser: Browser,
}

#[derive(PartialEq, Eq)]
enum Browser {
    Opened,
    Left,
}

impl Options {
    pub(crate) fn parse(words: &[String]) -> Result<Self> {
        let mut options = Self { port: 0, browser: Browser::Opened };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match word.as_str() {
                "--no-open" => options.browser = Browser::Left,
                "--port" => {
                    let port = words.next().context("`--port` wants a number after it")?;
                    options.port = port.parse().with_context(|| format!("`{port}` is no port"))?;
                }
                other => bail!("`run` takes --port N and --no-open, not `{other}`"),
            }
        }
        Ok(options)
    }
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let folder = page::build()?;
    start(&mut cargo("build --release --package graphkeep"))?;
    show_inspect()?;

    let site = Site { folder, base: "/".into() };
    let server = Server::start(site, options.port, |_| ())
        .with_context(|| format!("cannot listen on port {}", options.port))?;
    say(&format!("\nThe page: {}\nDrop backups on it, or try its sample. Ctrl-C ends this.", server.url()));
    if options.browser == Browser::Opened {
        open(&server.url());
    }
    loop {
        std::thread::park();
    }
}

/// The verdicts on the samples decide the exit code, which is not ours: a broken chain is among them.
fn show_inspect() -> Result<()> {
    let graphkeep = shell::target().join("release/graphkeep");
    for sample in ["manual-example", "gap"] {
        let words = ["inspect".to_owned(), format!("tests/fixtures/scenarios/{sample}")];
        say(&format!("\n$ graphkeep {}", words.join(" ")));
        let status = program(&graphkeep, &words).status().context("cannot start graphkeep")?;
        if status.code().is_none() {
            bail!("graphkeep ended by a signal ({status})");
        }
    }
    Ok(())
}

/// Where there is a desktop, its browser is shown the page; where there is none, the address is enough.
fn open(url: &str) {
    let desktop = ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| std::env::var_os(name).is_some());
    let opener = tools::on_path("xdg-open").or_else(|| tools::on_path("open"));
    if let Some(opener) = opener
        && (desktop || cfg!(target_os = "macos"))
        && let Err(error) = Command::new(&opener).arg(url).spawn()
    {
        complain(&format!("cannot start {}: {error}", opener.display()));
    }
}
