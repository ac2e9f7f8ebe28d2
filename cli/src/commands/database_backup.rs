//! `database backup`: backups of a Neo4j home's databases; with `--inspect-path`, the listing under the name
//! that it had before `backup inspect`.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::bail;
use graphkeep_core::report::Reading;
use graphkeep_core::{Limits, artifact};

use super::{Ended, Refused, backup_inspect};
use crate::args::{DatabaseBackup, Included, Neo4jFormat, Output, Taking, TextOrJsonl};
use crate::exit::{Exit, Exits};
use crate::files::{self, Depth};
use crate::neo4j::backup::{self, IdFrom, Outcome, Taken, Target, Wanted};
use crate::neo4j::conf::Commands;
use crate::neo4j::home::{Database, Home};
use crate::neo4j::lock::WorkFolder;
use crate::neo4j::server::Server;
use crate::neo4j::users;
use crate::printer::Printer;
use crate::progress::{Backing, Decoding, Progress};
use crate::render::jsonl::{self, Message};
use crate::select::{Listed, Pattern, Selection};

/// What neo4j-admin backs up when it is not told.
const DEFAULT: &str = "neo4j";

pub(crate) fn run(args: &DatabaseBackup, printer: &Printer, output: &Output) -> Ended {
    if let Some(path) = &args.inspect_path {
        // It lists everything there is, empties too: the options that choose came with `backup inspect`.
        let selection = Selection { listed: Listed::All, empties: true, end: None };
        return backup_inspect::list(path, selection, &args.databases, Neo4jFormat::Tabular, printer, output);
    }
    let home = home(args)?;
    let target = target(&args.taking)?;
    let mut wanted = wanted(&args.taking);
    let mut exits = Exits::default();
    match script(&args.taking, wanted.server.as_ref()) {
        Ok(script) => wanted.script = script,
        Err(error) => {
            printer.note(&format!(
                "`--include-metadata`: the databases are backed up without users and roles: {error:#}"
            ));
            exits.add(Exit::Failed);
        }
    }
    for chosen in chosen(&home, &args.databases)? {
        let outcome = match chosen {
            Ok(database) => one(&database, &target, &wanted, printer, output),
            Err(pattern) => {
                let names: Vec<String> = home.list()?.into_iter().map(|database| database.name).collect();
                let error = format!(
                    "there is no such database in `{}`; it has: {}",
                    home.root.display(),
                    names.join(", ")
                );
                Outcome { database: pattern, taken: None, error: Some(error) }
            }
        };
        if outcome.error.is_some() {
            exits.add(Exit::Failed);
        }
        show(&outcome, args.taking.format, printer)?;
    }
    Ok(exits.as_neo4j())
}

fn one(database: &Database, target: &Target, wanted: &Wanted, printer: &Printer, output: &Output) -> Outcome {
    let mut progress = Progress::new(printer, output);
    let mut phase = ("", Instant::now());
    let readings = readings(&target.folder);
    let taken = backup::take(database, target, wanted, &readings, &mut |name, done, total, log_growth| {
        if phase.0 != name {
            phase = (name, Instant::now());
        }
        let bytes = Decoding { bytes_done: done, bytes_total: total, files_total: 1, ..Decoding::default() };
        progress.at(Backing { phase: name, bytes: bytes.since(phase.1), log_growth }, &database.name);
    });
    drop(progress);
    let (taken, error) = match taken {
        Ok(taken) => (Some(taken), None),
        Err(error) => (None, Some(format!("{error:#}"))),
    };
    Outcome { database: database.name.clone(), taken, error }
}

fn show(outcome: &Outcome, format: TextOrJsonl, printer: &Printer) -> anyhow::Result<()> {
    if let Some(taken) = &outcome.taken {
        remarks(&outcome.database, taken, printer);
    }
    match (format, &outcome.taken, &outcome.error) {
        (TextOrJsonl::Jsonl, ..) => printer.out(&jsonl::line(&Message::Backup(outcome)))?,
        (TextOrJsonl::Text, Some(taken), _) => printer.out(&taken.words(&outcome.database))?,
        (TextOrJsonl::Text, None, error) => {
            let error = error.as_deref().unwrap_or("no reason is known");
            printer.error(Exit::Failed, &format!("`{}` was not backed up: {error}", outcome.database), None);
        }
    }
    Ok(())
}

/// What a person should know beside the result.
fn remarks(database: &str, taken: &Taken, printer: &Printer) {
    if let Some(because) = &taken.full_because {
        printer.note(&format!("note: `{database}` gets a full backup: {because}"));
    }
    if let Some(untidy) = &taken.untidy {
        printer.note(&format!("note: {untidy}; the next backup into this folder tries again"));
    }
    if taken.database_id_from == IdFrom::StoreId {
        printer.note(&format!(
            "note: the id {} of `{database}` is derived from its store id, since nobody told the one that Neo4j uses; give `--address` or `--database-id` to have that",
            taken.database_id
        ));
    }
}

/// The home that `--from` names.
fn home(args: &DatabaseBackup) -> anyhow::Result<Home> {
    let commands = if args.common.expand_commands { Commands::Run } else { Commands::Refuse };
    let refused = |message: String, hint: String| -> anyhow::Error {
        Refused { exit: Exit::Failed, message, hint: Some(hint) }.into()
    };
    let set = std::env::var("NEO4J_HOME").ok().filter(|home| !home.is_empty());
    let root = match args.taking.from.as_slice() {
        [] => {
            let hint = match set {
                Some(home) => format!("NEO4J_HOME is set: for that home say `--from={home}`"),
                None => "name the home with `--from=<folder>`, as `--from=/var/lib/neo4j`".to_owned(),
            };
            let message = "no server answers at localhost:6362, and nothing else was named to back up";
            return Err(refused(message.into(), hint));
        }
        [from] => local(from).ok_or_else(|| {
            refused(
                format!("`{from}` is a server, and this version backs up Neo4j homes on this machine"),
                "run it where the database is, with `--from=<home>`, as `--from=/var/lib/neo4j`".into(),
            )
        })?,
        several => bail!("expected one home, found {}: `--from` is given once", several.len()),
    };
    Home::open(&root, args.common.additional_config.as_deref(), commands)
}

/// The folder that an address names, if it is one on this machine.
fn local(from: &str) -> Option<PathBuf> {
    if let Some(path) = from.strip_prefix("file://") {
        let path = path.strip_prefix("localhost").unwrap_or(path);
        return Some(PathBuf::from(percent_encoding::percent_decode_str(path).decode_utf8_lossy().as_ref()));
    }
    let path = Path::new(from);
    let is_server = !from.contains(['/', '\\']) && !path.exists() || from.contains("://");
    (!is_server).then(|| path.to_owned())
}

fn target(taking: &Taking) -> anyhow::Result<Target> {
    let to_path = taking.to_path.as_deref().unwrap_or_default();
    if to_path.contains("://") && !to_path.starts_with("file://") {
        bail!("`{to_path}` is not on this machine: expected a folder; copy the artifacts from there");
    }
    let folder = to_path
        .strip_prefix("file://")
        .map_or_else(|| PathBuf::from(to_path), |_| local(to_path).unwrap_or_default());
    if !folder.is_dir() {
        bail!("`{}` is no folder that exists: make it first", folder.display());
    }
    let temp = match &taking.temp_path {
        Some(temp) if !temp.is_dir() => {
            bail!("`{}` is no folder that exists: make it first", temp.display())
        }
        Some(temp) if temp.canonicalize()? != folder.canonicalize()? => Some(WorkFolder::take(temp)?),
        _ => None,
    };
    let work = WorkFolder::take(&folder)?;
    Ok(Target { folder, work, temp })
}

fn wanted(taking: &Taking) -> Wanted {
    let server = taking.address.as_ref().map(|address| Server {
        address: address.clone(),
        credentials: taking
            .username
            .clone()
            .map(|name| (name, std::env::var("NEO4J_PASSWORD").unwrap_or_default())),
    });
    Wanted {
        kind: taking.kind,
        prefer_diff_as_parent: taking.prefer_diff_as_parent,
        compress: taking.compress,
        keep_failed: taking.keep_failed,
        database_id: taking.database_id,
        server,
        script: None,
    }
}

/// The script of users and roles, if one is wanted. They are not in a database's files: only a server knows.
fn script(taking: &Taking, server: Option<&Server>) -> anyhow::Result<Option<String>> {
    match (&taking.include_metadata, server) {
        (Included::None, _) => Ok(None),
        (wanted, Some(server)) => users::script(server, wanted),
        (_, None) => {
            bail!("a running server tells them: name it with `--address`, and who asks with `--username`")
        }
    }
}

/// The databases that the patterns choose; a name that chooses none stands for itself.
fn chosen(home: &Home, patterns: &[Pattern]) -> anyhow::Result<Vec<Result<Database, String>>> {
    if patterns.is_empty() {
        return Ok(vec![Ok(home.database(DEFAULT))]);
    }
    let all = home.list()?;
    let mut chosen: Vec<Result<Database, String>> = Vec::new();
    for pattern in patterns {
        let matching: Vec<&Database> =
            all.iter().filter(|database| pattern.is_name(&database.name)).collect();
        if matching.is_empty() {
            chosen.push(Err(pattern.to_string()));
        }
        for database in matching {
            if !chosen.contains(&Ok(database.clone())) {
                chosen.push(Ok(database.clone()));
            }
        }
    }
    Ok(chosen)
}

/// The backups that a folder holds.
fn readings(folder: &Path) -> Vec<Reading> {
    let listed = files::list(&[folder.to_owned()], Depth::Flat, |_| ControlFlow::<()>::Continue(()));
    let ControlFlow::Continue(listing) = listed else { return Vec::new() };
    let mut source = &listing.files;
    listing.names.iter().map(|name| artifact::read(&mut source, name, &Limits::default())).collect()
}
