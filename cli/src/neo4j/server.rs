//! What only a running server can tell: the id by which it knows a database, and its users.

use std::time::Duration;

use anyhow::{Context, bail};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use serde_json::{Value, json};
use uuid::Uuid;

/// A server's HTTP address, and who asks.
#[derive(Debug, Clone)]
pub(crate) struct Server {
    pub(crate) address: String,
    /// Name and password; absent where the server asks for none.
    pub(crate) credentials: Option<(String, String)>,
}

/// A server's no.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(super) struct Refusal {
    /// Neo4j's own code for the reason.
    pub(super) code: String,
    message: String,
}

impl Server {
    /// The id of a database: part of every element's id, and of the bookmark that any answer carries.
    pub(crate) fn database_id(&self, database: &str) -> anyhow::Result<Uuid> {
        let statement = "MATCH (n) RETURN elementId(n) LIMIT 1";
        let answer = self.query(database, statement)?;
        let element = answer["data"]["values"][0][0].as_str();
        let bookmark = answer["bookmarks"][0].as_str();
        element
            .and_then(in_element_id)
            .or_else(|| bookmark.and_then(in_bookmark))
            .with_context(|| format!("the server at {} does not tell the id of `{database}`", self.address))
    }

    /// The rows that a statement gives.
    ///
    /// # Errors
    /// A [`Refusal`], and those of the network.
    pub(super) fn rows(&self, database: &str, statement: &str) -> anyhow::Result<Vec<Vec<Value>>> {
        let mut answer = self.query(database, statement)?;
        let rows = answer["data"]["values"].take();
        serde_json::from_value(rows)
            .with_context(|| format!("the server at {} answered `{statement}` with no rows", self.address))
    }

    fn query(&self, database: &str, statement: &str) -> anyhow::Result<Value> {
        let address = self.address.trim_end_matches('/');
        if !address.starts_with("http://") {
            bail!("expected the server's HTTP address, as http://localhost:7474, found `{address}`");
        }
        let url = format!("{address}/db/{database}/query/v2");
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .timeout_global(Some(Duration::from_secs(10)))
            .http_status_as_error(false)
            .build()
            .into();
        let mut request = agent.post(&url).header("content-type", "application/json");
        if let Some((name, password)) = &self.credentials {
            request = request
                .header("authorization", format!("Basic {}", STANDARD.encode(format!("{name}:{password}"))));
        }
        let asking = || format!("cannot ask the server at {address}");
        let mut response =
            request.send(json!({ "statement": statement }).to_string()).with_context(asking)?;
        let status = response.status();
        let text = response.body_mut().read_to_string().with_context(asking)?;
        if !status.is_success() {
            let answer: Value = serde_json::from_str(&text).unwrap_or_default();
            let told = |what: &str| answer["errors"][0][what].as_str().map(str::to_owned);
            let message = told("message").unwrap_or_else(|| "no reason given".into());
            let message = format!("the server at {address} refused: {status}, {message}");
            return Err(Refusal { code: told("code").unwrap_or_default(), message }.into());
        }
        serde_json::from_str(&text).with_context(asking)
    }
}

/// `4:<id>:0`
fn in_element_id(text: &str) -> Option<Uuid> {
    text.split(':').nth(1)?.parse().ok()
}

/// `FB:` and, in base 64, a list whose first member is 16 bytes.
fn in_bookmark(text: &str) -> Option<Uuid> {
    let bytes = STANDARD_NO_PAD.decode(text.strip_prefix("FB:")?.trim_end_matches('=')).ok()?;
    match bytes.as_slice() {
        [list, 0xcc, 16, rest @ ..] if list & 0xf0 == 0x90 => Uuid::from_slice(rest.get(..16)?).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers of 2026.05.0 about one database.
    #[test]
    fn element_ids_and_bookmarks_carry_the_databases_id() {
        let id = "1f8a1826-6952-460d-848d-c9b284c4a2df".parse().ok();
        assert_eq!(in_element_id("4:1f8a1826-6952-460d-848d-c9b284c4a2df:0"), id);
        assert_eq!(in_bookmark("FB:kcwQH4oYJmlSRg2EjcmyhMSi3waQ"), id);
        for other in ["", "FB:", "FB:kcwQ", "FB:!!!!", "x"] {
            assert_eq!(in_bookmark(other), None, "{other}");
        }
    }
}
