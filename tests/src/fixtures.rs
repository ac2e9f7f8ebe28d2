//! The genuine artifacts under `tests/fixtures`, and what they hold, to be put behind other metadata.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use graphkeep_core::error::Stream;
use graphkeep_core::report::{Details, Reading};
use graphkeep_core::{FileName, Limits, Source, artifact};
use ruzstd::decoding::StreamingDecoder;

use crate::artifact::Body;
use crate::zstd::Packed;

/// `tests/fixtures`.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// The scenario folders, sorted by name: what each says stands in the fixtures' README.
///
/// # Errors
/// Those of the file system.
pub fn scenarios() -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder().join("scenarios"))?;
    let mut found = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    found.sort();
    Ok(found)
}

/// Files by their paths.
pub struct Paths;

impl Source for Paths {
    type Stream = File;

    fn open(&mut self, name: &FileName) -> io::Result<(File, u64)> {
        let file = File::open(&name.0)?;
        let size = file.metadata()?.len();
        Ok((file, size))
    }
}

/// Reads one file as the core does.
///
/// # Errors
/// When the path is no text.
pub fn details(path: &Path) -> Result<Details> {
    let name = path.to_str().with_context(|| format!("{} is no UTF-8", path.display()))?;
    Ok(artifact::details(&mut Paths, &name.into(), &Limits::default()))
}

/// What a genuine `BZV2` artifact holds behind its metadata: the store files, or the logs, that Neo4j put there.
///
/// # Errors
/// When the file is no whole `BZV2`.
pub fn body(path: &Path) -> Result<Arc<Body>> {
    let details = details(path)?;
    let Reading::Artifact(artifact) = &details.reading else { bail!("{} is no backup", path.display()) };
    let record = details.fields.iter().find(|field| field.name == "size record version");
    let record = record.filter(|field| field.stream == Stream::Decompressed);
    let record = record.with_context(|| format!("{} has no size record in its stream", path.display()))?;

    let mut file = File::open(path)?;
    file.read_exact(&mut [0; 4])?;
    let mut stream = Vec::new();
    StreamingDecoder::new(file).map_err(|error| anyhow::anyhow!("{error}"))?.read_to_end(&mut stream)?;
    let tar = stream.split_off(usize::try_from(record.offset)? + 20);
    let size = artifact.archive_size;
    let (files, bytes) = size.map_or((0, 0), |size| (size.files, size.bytes));
    Ok(Arc::new(Body { tar: Packed::new(tar), files: i64::try_from(files)?, bytes: i64::try_from(bytes)? }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::artifact::{Backup, Origin};
    use graphkeep_core::time::UtcTime;

    #[test]
    fn a_copy_of_a_genuine_artifact_holds_the_same_files_under_its_own_name() {
        let path = folder().join("real/neo4j-2026.05.0/chain/neo4j-2026-03-01T02-00-00.backup");
        let backup =
            Backup::full(&Origin::new("copy", 1), UtcTime(0), 9).around(body(&path).expect("a BZV2"));
        let mut names = Vec::new();
        let mut tar = tar::Archive::new(backup.body.tar.plain());
        for entry in tar.entries().expect("a tar") {
            let entry = entry.expect("an entry");
            names.push(entry.path().expect("a name").display().to_string());
        }
        assert!(names.iter().any(|name| name.ends_with("neostore")), "{names:?}");

        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        fs::write(file.path(), backup.bytes()).expect("written");
        let Reading::Artifact(found) = details(file.path()).expect("a path").reading else {
            panic!("no backup")
        };
        assert_eq!((found.database.as_str(), found.highest_tx, found.faults.len()), ("copy", 9, 0));
    }
}
