//! The genuine artifacts under `tests/fixtures`, and what they hold, to be put behind other metadata.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use graphkeep_core::error::Stream;
use graphkeep_core::report::Details;
use graphkeep_core::{FileName, Limits, Source, artifact};
use ruzstd::decoding::StreamingDecoder;

use crate::artifact::Content;

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

/// The files in a genuine `BZV2` artifact: the store or the logs that Neo4j put there.
///
/// # Errors
/// When the file is no whole `BZV2`.
pub fn contents(path: &Path) -> Result<Arc<[Content]>> {
    const SIZE_RECORD: u64 = 20;
    let fields = details(path)?.fields;
    let record = fields.iter().find(|field| field.name == "size record version");
    let record = record.filter(|field| field.stream == Stream::Decompressed);
    let record = record.with_context(|| format!("{} has no size record in its stream", path.display()))?;

    let mut file = File::open(path)?;
    file.read_exact(&mut [0; 4])?;
    let mut stream = StreamingDecoder::new(file).map_err(|error| anyhow::anyhow!("{error}"))?;
    io::copy(&mut stream.by_ref().take(record.offset + SIZE_RECORD), &mut io::sink())?;
    let mut contents = Vec::new();
    for entry in tar::Archive::new(stream).entries()? {
        let mut entry = entry?;
        if entry.header().entry_type().is_file() {
            let path = entry.path()?.to_str().context("a path in UTF-8")?.trim_start_matches("./").to_owned();
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes)?;
            contents.push(Content { path, bytes });
        }
    }
    Ok(contents.into())
}

#[cfg(test)]
mod tests {
    use graphkeep_core::report::Reading;
    use graphkeep_core::time::UtcTime;

    use super::*;
    use crate::artifact::{Backup, Origin};

    #[test]
    fn a_copy_of_a_genuine_artifact_holds_the_same_files_under_its_own_name() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let genuine = super::folder().join("real/neo4j-2026.05.0/chain/neo4j-2026-03-01T02-00-00.backup");
        let files = contents(&genuine).expect("a BZV2");
        assert!(files.iter().any(|content| content.path == "neostore"), "{files:?}");

        let copy = Backup::full(&Origin::new("copy", 1), UtcTime(0), 9).around(Arc::clone(&files));
        let path = copy.save(folder.path()).expect("saved");
        let Reading::Artifact(found) = details(&path).expect("a path").reading else { panic!("no backup") };
        assert_eq!((found.database.as_str(), found.highest_tx, found.faults.len()), ("copy", 9, 0));
        let again = contents(&path).expect("a BZV2");
        assert!(
            files
                .iter()
                .zip(again.iter())
                .all(|(one, other)| one.path == other.path && one.bytes == other.bytes)
        );
        assert_eq!(files.len(), again.len());
    }
}
