//! A running server and its query API.

use std::fs::File;
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use ureq::Agent;

use super::{DATABASE, Home, tail};

/// A start takes 4 s on an idle machine, and far longer on a crowded one.
const PATIENCE: Duration = Duration::from_mins(3);

/// A server that answers. Killed when it is dropped.
#[derive(Debug)]
pub struct Server<'h> {
    home: &'h Home,
    process: Child,
    agent: Agent,
}

/// How a server ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopped {
    /// It took its time: checkpoint, locks given back.
    Cleanly,
    /// As a power cut would.
    Killed,
}

impl Home {
    /// Starts the server and waits until its database answers.
    ///
    /// # Errors
    /// With the end of its log, where it ends or refuses its database.
    pub fn start(&self) -> Result<Server<'_>> {
        Server::start_with(self.release.java()?, self)
    }
}

impl<'h> Server<'h> {
    pub(super) fn start_with(mut java: Command, home: &'h Home) -> Result<Self> {
        let output = File::create(home.path().join("server.out"))?;
        let process = java
            .arg(home.release.server())
            .arg(format!("--home-dir={}", home.path().display()))
            .arg(format!("--config-dir={}", home.conf().display()))
            .stdout(output.try_clone()?)
            .stderr(output)
            .spawn()
            .context("cannot start Java")?;
        let mut server = Self { home, process, agent: agent() };
        server.wait_until_up()?;
        Ok(server)
    }

    fn wait_until_up(&mut self) -> Result<()> {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.process.try_wait()? {
                bail!("the server ended ({status}):\n{}", self.last_words());
            }
            // Its databases are up, or have failed, before it listens.
            if self.agent.get(format!("http://127.0.0.1:{}/", self.home.http)).call().is_ok() {
                break;
            }
            if begun.elapsed() > PATIENCE {
                bail!("the server does not answer after {PATIENCE:?}:\n{}", self.last_words());
            }
            thread::sleep(Duration::from_millis(50));
        }
        self.query("RETURN 1").with_context(|| format!("the database is not up:\n{}", self.last_words()))?;
        Ok(())
    }

    fn last_words(&self) -> String {
        let home = self.home.path();
        format!("{}\n{}", tail(&home.join("server.out")), tail(&home.join("logs/debug.log")))
    }

    pub fn home(&self) -> &'h Home {
        self.home
    }

    /// A client of its own for another thread.
    pub fn client(&self) -> Client {
        Client { agent: agent(), port: self.home.http }
    }

    /// Runs one statement in a transaction of its own; gives its rows.
    ///
    /// # Errors
    /// The server's own, and those of the network.
    pub fn query(&self, statement: &str) -> Result<Vec<Vec<Value>>> {
        post(&self.agent, self.home.http, DATABASE, statement, &json!({}))
    }

    /// Runs a command for the whole server, about its users for one; gives its rows.
    ///
    /// # Errors
    /// As [`Server::query`].
    pub fn administer(&self, command: &str, parameters: &Value) -> Result<Vec<Vec<Value>>> {
        post(&self.agent, self.home.http, "system", command, parameters)
    }

    /// Where it answers, for tools.
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.home.http)
    }

    /// The one number that a statement gives.
    ///
    /// # Errors
    /// As [`Server::query`].
    pub fn number(&self, statement: &str) -> Result<i64> {
        let rows = self.query(statement)?;
        let number = rows.first().and_then(|row| row.first()?.as_i64());
        number.with_context(|| format!("`{statement}` gave {rows:?}"))
    }

    /// Asks it to stop, and waits for that.
    ///
    /// # Errors
    /// When it cannot be asked.
    pub fn stop(self) -> Result<()> {
        self.end(Stopped::Cleanly)
    }

    /// Kills it in the middle of whatever it does.
    ///
    /// # Errors
    /// When it cannot be killed.
    pub fn kill(self) -> Result<()> {
        self.end(Stopped::Killed)
    }

    /// # Errors
    /// As [`Server::stop`].
    pub fn end(mut self, how: Stopped) -> Result<()> {
        match how {
            Stopped::Killed => self.process.kill()?,
            Stopped::Cleanly => {
                let asked = Command::new("kill").arg(self.process.id().to_string()).status()?;
                if !asked.success() {
                    bail!("`kill` failed: {asked}");
                }
            }
        }
        self.process.wait()?;
        Ok(())
    }
}

impl Drop for Server<'_> {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A connection to the query API.
#[derive(Debug)]
pub struct Client {
    agent: Agent,
    port: u16,
}

impl Client {
    /// Runs one statement in a transaction of its own: it is committed when this returns.
    ///
    /// # Errors
    /// The server's own, and those of the network: then nobody knows whether it was committed.
    pub fn query(&self, statement: &str, parameters: &Value) -> Result<Vec<Vec<Value>>> {
        post(&self.agent, self.port, DATABASE, statement, parameters)
    }
}

fn agent() -> Agent {
    Agent::config_builder().http_status_as_error(false).timeout_global(Some(PATIENCE)).build().into()
}

fn post(
    agent: &Agent,
    port: u16,
    database: &str,
    statement: &str,
    parameters: &Value,
) -> Result<Vec<Vec<Value>>> {
    let url = format!("http://127.0.0.1:{port}/db/{database}/query/v2");
    let body = json!({ "statement": statement, "parameters": parameters });
    let mut answer: Value = agent.post(url).send_json(body)?.body_mut().read_json()?;
    if let Some(errors) = answer.get("errors") {
        bail!("`{statement}`: {errors}");
    }
    serde_json::from_value(answer["data"]["values"].take()).context("an answer without rows")
}
