//! Users and roles as a running server tells them, and the script that makes them again.
//!
//! No server tells a password, so the script takes each as a parameter: a backup that holds it gives nothing
//! away, and whoever runs it decides. Tried on Community Edition, which has users and no roles.

use std::fmt::Write;

use anyhow::{bail, ensure};
use serde_json::Value;

use super::server::{Refusal, Server};
use crate::args::Included;

/// What Neo4j takes at most, in bytes.
const MOST: usize = 1 << 20;
/// The code of a command that this edition does not have.
const UNSUPPORTED: &str = "Neo.ClientError.Statement.UnsupportedAdministrationCommand";
const SHOW_USERS: &str = "SHOW USERS YIELD user, passwordChangeRequired, suspended, home";
const SHOW_ROLES: &str = "SHOW ROLES WITH USERS YIELD role, member";

/// The script for what is wanted; absent where nothing is.
///
/// # Errors
/// The server's own; where a user is wanted that it does not have, or roles of an edition without.
pub(crate) fn script(server: &Server, wanted: &Included) -> anyhow::Result<Option<String>> {
    let mut script = String::from(
        "// Users and roles as a server told them to graphkeep. No server tells a password:\n\
         // each is a parameter with its user's name, as in\n\
         //   cypher-shell -d system --param \"{jake: 'a password of your choice'}\" --file <this script>\n",
    );
    match wanted {
        Included::None => return Ok(None),
        Included::Users(names) => users(&mut script, &server.rows("system", SHOW_USERS)?, names)?,
        Included::Roles => roles(&mut script, &server.rows("system", SHOW_ROLES)?)?,
        Included::All => {
            users(&mut script, &server.rows("system", SHOW_USERS)?, &[])?;
            match server.rows("system", SHOW_ROLES) {
                Ok(rows) => roles(&mut script, &rows)?,
                Err(error) if error.downcast_ref::<Refusal>().is_some_and(|why| why.code == UNSUPPORTED) => {}
                Err(error) => return Err(error),
            }
        }
    }
    ensure!(script.len() <= MOST, "the script takes {} bytes, and Neo4j reads {MOST} at most", script.len());
    Ok(Some(script))
}

/// `names` of the users told, or all of them.
fn users(script: &mut String, told: &[Vec<Value>], names: &[String]) -> anyhow::Result<()> {
    let name = |row: &[Value]| row.first().and_then(Value::as_str).map(str::to_owned);
    if let Some(missing) =
        names.iter().find(|wanted| !told.iter().any(|row| name(row).as_ref() == Some(wanted)))
    {
        let all: Vec<String> = told.iter().filter_map(|row| name(row)).collect();
        bail!("the server has no user `{missing}`; it has: {}", all.join(", "));
    }
    for row in told {
        let Some(user) = name(row).filter(|user| names.is_empty() || names.contains(user)) else { continue };
        let quoted = quoted(&user);
        let Some(change) = row.get(1).and_then(Value::as_bool) else {
            writeln!(script, "// {quoted} has no password: another system authenticates it")?;
            continue;
        };
        let change = if change { "CHANGE REQUIRED" } else { "CHANGE NOT REQUIRED" };
        write!(script, "CREATE USER {quoted} IF NOT EXISTS SET PASSWORD ${quoted} {change}")?;
        if row.get(2).and_then(Value::as_bool) == Some(true) {
            script.push_str(" SET STATUS SUSPENDED");
        }
        if let Some(home) = row.get(3).and_then(Value::as_str) {
            write!(script, " SET HOME DATABASE {}", self::quoted(home))?;
        }
        script.push_str(";\n");
    }
    Ok(())
}

/// Roles and who has them; what they may do is for `SHOW PRIVILEGES AS COMMANDS` to say.
fn roles(script: &mut String, told: &[Vec<Value>]) -> anyhow::Result<()> {
    // Every user has it, and it is always there.
    let roles = told.iter().filter_map(|row| Some((row.first()?.as_str()?, row.get(1)?.as_str())));
    let mut last = None;
    for (role, member) in roles.filter(|(role, _)| *role != "PUBLIC") {
        let quoted_role = quoted(role);
        if last.replace(role) != Some(role) {
            writeln!(script, "CREATE ROLE {quoted_role} IF NOT EXISTS;")?;
        }
        if let Some(member) = member {
            writeln!(script, "GRANT ROLE {quoted_role} TO {};", quoted(member))?;
        }
    }
    Ok(())
}

/// A name as Cypher takes any.
fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rows(rows: Value) -> Vec<Vec<Value>> {
        serde_json::from_value(rows).expect("rows of values")
    }

    #[test]
    fn users_are_made_again_but_for_their_passwords() {
        let told = rows(json!([
            ["jake", false, null, null],
            ["o`hara", true, true, "shop"],
            ["ldap", null, false, null]
        ]));
        let mut script = String::new();
        users(&mut script, &told, &[]).expect("all are there");
        roles(
            &mut script,
            &rows(json!([["PUBLIC", "jake"], ["reader", "jake"], ["reader", "ldap"], ["none", null]])),
        )
        .expect("text");
        insta::assert_snapshot!(script, @r"
        CREATE USER `jake` IF NOT EXISTS SET PASSWORD $`jake` CHANGE NOT REQUIRED;
        CREATE USER `o``hara` IF NOT EXISTS SET PASSWORD $`o``hara` CHANGE REQUIRED SET STATUS SUSPENDED SET HOME DATABASE `shop`;
        // `ldap` has no password: another system authenticates it
        CREATE ROLE `reader` IF NOT EXISTS;
        GRANT ROLE `reader` TO `jake`;
        GRANT ROLE `reader` TO `ldap`;
        CREATE ROLE `none` IF NOT EXISTS;
        ");
        let mut one = String::new();
        users(&mut one, &told, &["jake".to_owned()]).expect("it is there");
        assert_eq!(one.lines().count(), 1);
        let missing = users(&mut one, &told, &["jane".to_owned()]).expect_err("nobody");
        assert_eq!(missing.to_string(), "the server has no user `jane`; it has: jake, o`hara, ldap");
    }
}
