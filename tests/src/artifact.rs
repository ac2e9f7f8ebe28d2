//! Artifacts written to order by core's own encoder. The genuine fixtures judge core's readers, and those judge
//! what is written here.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use graphkeep_core::container::{Compression, Container};
use graphkeep_core::encode::Encoder;
use graphkeep_core::metadata::{Flags, Metadata};
use graphkeep_core::report::ArchiveSize;
use graphkeep_core::store_id::StoreId;
use graphkeep_core::time::UtcTime;
use graphkeep_core::wire::Writer;
use uuid::Uuid;

/// A database that backups are taken of.
#[derive(Debug, Clone)]
pub struct Origin {
    pub name: String,
    pub id: Uuid,
    pub store: StoreId,
}

impl Origin {
    /// A database of Community's default format; the number tells it from others of any name.
    pub fn new(name: &str, number: u32) -> Self {
        Self {
            name: name.to_owned(),
            id: Uuid::from_u128(0x7dcb_1d0c_4374_4476_b8ae_0000_0000_0000 | u128::from(number)),
            store: StoreId {
                creation_time_ms: 1_700_000_000_000 + i64::from(number),
                random: 42,
                engine: "record".into(),
                format: "aligned".into(),
                major: 1,
                minor: 1,
            },
        }
    }
}

/// A file inside an artifact.
#[derive(Debug, Clone)]
pub struct Content {
    pub path: String,
    pub bytes: Vec<u8>,
}

/// A backup artifact, `BZV2` or `BTV2`.
#[derive(Debug, Clone)]
pub struct Backup {
    pub container: Container,
    pub metadata: Metadata,
    pub contents: Arc<[Content]>,
}

impl Backup {
    /// A full backup up to `highest`.
    pub fn full(of: &Origin, time: UtcTime, highest: i64) -> Self {
        Self::new(of, time, (1, highest), Kind::Full)
    }

    /// A differential over `lowest..=highest`.
    pub fn differential(of: &Origin, time: UtcTime, lowest: i64, highest: i64) -> Self {
        Self::new(of, time, (lowest, highest), Kind::Differential)
    }

    /// A backup that found nothing new.
    pub fn empty(of: &Origin, time: UtcTime) -> Self {
        Self::new(of, time, (0, 0), Kind::Differential)
    }

    fn new(of: &Origin, time: UtcTime, (lowest, highest): (i64, i64), kind: Kind) -> Self {
        let metadata = Metadata {
            store_id: of.store.clone(),
            database_id: of.id,
            database_name: of.name.clone(),
            backup_time: time,
            lowest,
            highest,
            flags: Flags { recovered: true, compressed: true, full: kind == Kind::Full, unknown: 0 },
            map: Some(Vec::new()),
        };
        Self { container: Container::Bzv2, metadata, contents: Arc::new([]) }
    }

    /// The same in another container.
    #[must_use]
    pub fn within(mut self, container: Container) -> Self {
        self.metadata.flags.compressed = container.compression() == Compression::Zstd;
        Self { container, ..self }
    }

    /// The same with this inside.
    #[must_use]
    pub fn around(self, contents: Arc<[Content]>) -> Self {
        Self { contents, ..self }
    }

    /// The name that neo4j-admin gives it.
    pub fn file_name(&self) -> String {
        format!("{}-{}.backup", self.metadata.database_name, self.metadata.backup_time.file_name())
    }

    /// Writes the file into `folder` under its own name, and says where.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn save(&self, folder: &Path) -> io::Result<PathBuf> {
        let path = folder.join(self.file_name());
        let mut file = BufWriter::new(File::create(&path)?);
        self.write(&mut file)?;
        file.flush()?;
        Ok(path)
    }

    /// The file in memory.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.write(&mut bytes).expect("memory takes it");
        bytes
    }

    /// A plain tar container round a tar of one's own making, which may be one that no encoder writes.
    pub fn around_tar(self, tar: &[u8]) -> Vec<u8> {
        let backup = self.within(Container::Btv2);
        let mut metadata = Writer::default();
        backup.metadata.write(&mut metadata).expect("names are short");
        [backup.container.name().as_bytes(), &metadata.into_bytes(), tar].concat()
    }

    /// # Errors
    /// Those of the writer.
    pub fn write(&self, to: &mut impl Write) -> io::Result<()> {
        let modified = self.metadata.backup_time.0;
        let len = |content: &Content| content.bytes.len() as u64;
        let size =
            ArchiveSize { files: self.contents.len() as u64, bytes: self.contents.iter().map(len).sum() };
        let mut encoder = Encoder::new(to, self.container, &self.metadata, size)?;
        encoder.folder("", modified)?;
        for content in self.contents.iter() {
            encoder.file(&content.path, len(content), modified, &mut content.bytes.as_slice())?;
        }
        encoder.finish().map(drop)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Full,
    Differential,
}

/// Copies the files of a folder into another one.
///
/// # Errors
/// Those of the file system.
pub fn copy_files(from: &Path, to: &Path) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        fs::copy(entry.path(), to.join(entry.file_name()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use graphkeep_core::report::{BackupType, Reading};

    use super::*;
    use crate::fixtures::details;

    #[test]
    fn what_is_ordered_reads_back() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let origin = Origin::new("orders", 7);
        let time = UtcTime(1_746_095_400);
        let orders = [
            (Backup::full(&origin, time, 40), BackupType::Full, "1..40"),
            (Backup::differential(&origin, time, 41, 50), BackupType::Differential, "41..50"),
            (Backup::empty(&origin, time), BackupType::Empty, "0..0"),
        ];
        for container in [Container::Bzv2, Container::Btv2] {
            for (backup, kind, range) in &orders {
                let path = backup.clone().within(container).save(folder.path()).expect("saved");
                assert!(path.ends_with("orders-2025-05-01T10-30-00.backup"), "{}", path.display());
                let reading = details(&path).expect("a path").reading;
                let Reading::Artifact(found) = reading else { panic!("{container}: {reading:#?}") };
                assert_eq!((found.container, found.kind, found.range().as_str()), (container, *kind, *range));
                assert_eq!((found.database.as_str(), found.database_id), ("orders", origin.id));
                assert_eq!((found.time, &found.store_id, found.faults.len()), (time, &origin.store, 0));
            }
        }
    }
}
