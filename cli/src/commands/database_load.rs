//! `database load --info`: what neo4j-admin would load from a folder.

use std::fmt::Write as _;

use graphkeep_core::container::{Compression, Container};
use graphkeep_core::report::{ArchiveSize, Artifact, BackupType, Reading};
use graphkeep_core::{Limits, artifact, chain};

use super::{Ended, Refused, read};
use crate::args::{DatabaseLoad, Output};
use crate::exit::{Exit, Exits};
use crate::files::{Depth, Files};
use crate::printer::Printer;
use crate::select::Pattern;
use crate::words::printable;

pub(crate) fn run(args: &DatabaseLoad, printer: &Printer, output: &Output) -> Ended {
    let refused =
        |message: String, hint: &str| Refused { exit: Exit::Failed, message, hint: Some(hint.into()) };
    if !args.info {
        return Err(refused(
            "loading is neo4j-admin's own, and every edition has it: here is `--info` only".into(),
            "`graphkeep database restore` puts a chain into a home, a full backup alone too",
        )
        .into());
    }
    let pattern: Pattern =
        args.database.parse().map_err(|error: &str| refused(error.into(), "name a database, or `*`"))?;
    let found = match read(std::slice::from_ref(&args.from_path), Depth::Flat, printer, output) {
        Ok(found) => found,
        Err(exits) => return Ok(exits),
    };
    let report = chain::report(found.readings);
    let mut text = String::new();
    let mut chained = false;
    for artifact in report.artifacts.iter().filter(|artifact| pattern.is_name(&artifact.database)) {
        let format = if artifact.full { "Neo4j Full Backup" } else { "Neo4j Differential Backup" };
        chained |= artifact.kind == BackupType::Differential;
        let size = size_record(artifact, &found.files);
        block(&mut text, &artifact.database, format, artifact.container, size);
    }
    for dump in &report.dumps {
        if let Some(name) = dump.database_by_name.as_deref().filter(|name| pattern.is_name(name)) {
            let zstd = dump.container.compression() == Compression::Zstd;
            let format = if zstd { "Neo4j ZSTD Dump." } else { "TAR+GZIP." };
            block(&mut text, name, format, dump.container, dump.archive_size);
        }
    }
    if chained {
        printer.note(
            "note: `database load` takes the full alone and passes differentials over without a word; `graphkeep database restore` takes the whole chain, `graphkeep backup aggregate` makes one full of it",
        );
    }
    if text.is_empty() {
        let folder = args.from_path.display();
        return Err(refused(
            format!("nothing in `{folder}` that `database load` takes as `{}`", args.database),
            "`graphkeep inspect` tells what is there",
        )
        .into());
    }
    printer.out(&text)?;
    Ok(Exits::default())
}

/// What the artifact counts, which a listing does not always read as far as.
fn size_record(artifact: &Artifact, mut files: &Files) -> Option<ArchiveSize> {
    artifact.archive_size.or_else(|| match artifact::whole(&mut files, &artifact.path, &Limits::default()) {
        Reading::Artifact(whole) => whole.archive_size,
        _ => None,
    })
}

/// neo4j-admin's own lines. A size record that its writer left unfilled counts nothing; where the container
/// has none, nothing is known.
fn block(text: &mut String, database: &str, format: &str, container: Container, size: Option<ArchiveSize>) {
    let has_record = container.compression() == Compression::Zstd;
    let number = |number: Option<u64>| match number {
        Some(number) => number.to_string(),
        None if has_record => "0".into(),
        None => "?".into(),
    };
    let _ = writeln!(
        text,
        "Database: {}\nFormat: {format}\nFiles: {}\nBytes: {}\n",
        printable(database),
        number(size.map(|size| size.files)),
        number(size.map(|size| size.bytes)),
    );
}
