//! Artifacts written to order over core's own writer of metadata. The genuine fixtures judge that writer, and
//! core judges the rest: what is written here must read back.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use graphkeep_core::container::{Compression, Container};
use graphkeep_core::metadata::{Flags, Metadata};
use graphkeep_core::store_id::StoreId;
use graphkeep_core::time::UtcTime;
use graphkeep_core::wire::Writer;
use uuid::Uuid;

use crate::zstd::{Frame, Packed};

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
        let (engine, format) = ("record".to_owned(), "aligned".to_owned());
        Self {
            name: name.to_owned(),
            id: Uuid::from_u128(0x7dcb_1d0c_4374_4476_b8ae_0000_0000_0000 | u128::from(number)),
            store: StoreId {
                creation_time_ms: 1_700_000_000_000 + i64::from(number),
                random: 42,
                engine,
                format,
                major: 1,
                minor: 1,
            },
        }
    }
}

/// What follows the header.
#[derive(Debug, Clone)]
pub struct Body {
    /// A tar archive.
    pub tar: Packed,
    /// Its files and their bytes, for the record that stands in zstd containers; zeros mean not counted.
    pub files: i64,
    pub bytes: i64,
}

impl Body {
    /// A tar with nothing in it but the folder itself, as in an empty backup.
    pub fn empty() -> Arc<Self> {
        let mut tar = tar::Builder::new(Vec::new());
        let mut folder = tar::Header::new_ustar();
        folder.set_entry_type(tar::EntryType::Directory);
        folder.set_mode(0o755);
        folder.set_size(0);
        tar.append_data(&mut folder, "./", io::empty()).expect("memory takes it");
        let tar = Packed::new(tar.into_inner().expect("memory takes it"));
        Arc::new(Self { tar, files: 0, bytes: 0 })
    }
}

/// A backup artifact.
#[derive(Debug, Clone)]
pub struct Backup {
    pub container: Container,
    pub metadata: Metadata,
    pub body: Arc<Body>,
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
        let flags = Flags { recovered: true, compressed: true, full: kind == Kind::Full, unknown: 0 };
        let metadata = Metadata {
            store_id: of.store.clone(),
            database_id: of.id,
            database_name: of.name.clone(),
            backup_time: time,
            lowest,
            highest,
            flags,
            map: Some(Vec::new()),
        };
        Self { container: Container::Bzv2, metadata, body: Body::empty() }
    }

    /// The same in another container, whose kind of metadata and compression it takes on.
    ///
    /// # Panics
    /// For the container of a dump: it has no metadata.
    #[must_use]
    pub fn within(mut self, container: Container) -> Self {
        let version = container.metadata_version().expect("a backup's container");
        self.metadata.map = (version > 1).then(|| self.metadata.map.unwrap_or_default());
        self.metadata.flags.compressed = container.compression() == Compression::Zstd;
        Self { container, ..self }
    }

    /// The same with this inside.
    #[must_use]
    pub fn around(self, body: Arc<Body>) -> Self {
        Self { body, ..self }
    }

    /// The name that neo4j-admin gives it.
    pub fn file_name(&self) -> String {
        format!("{}-{}.backup", self.metadata.database_name, self.metadata.backup_time.file_name())
    }

    /// The whole file.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.write(&mut bytes).expect("memory takes it");
        bytes
    }

    /// Writes the file into `folder` under its own name, and says where.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn save(&self, folder: &Path) -> io::Result<PathBuf> {
        let path = folder.join(self.file_name());
        fs::write(&path, self.bytes())?;
        Ok(path)
    }

    /// # Errors
    /// Those of the writer.
    pub fn write(&self, to: &mut impl Write) -> io::Result<()> {
        write(to, self.container, &self.metadata, &self.body)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Full,
    Differential,
}

fn write(to: &mut impl Write, container: Container, metadata: &Metadata, body: &Body) -> io::Result<()> {
    to.write_all(container.name().as_bytes())?;
    let header = header(metadata);
    match container {
        Container::Btv1 | Container::Btv2 => {
            to.write_all(&header)?;
            to.write_all(body.tar.plain())
        }
        Container::Bzv1 | Container::Bzv2 => {
            let mut frame = Frame::start(to)?;
            frame.stored(&[b"zstd", header.as_slice(), &size_record(body.files, body.bytes)].concat())?;
            frame.packed(&body.tar)?;
            frame.finish().map(drop)
        }
        Container::Bzv3 => {
            to.write_all(&header)?;
            let mut frame = Frame::start(to)?;
            frame.stored(&[b"zstd", size_record(body.files, body.bytes).as_slice()].concat())?;
            frame.packed(&body.tar)?;
            frame.finish().map(drop)
        }
        dump => panic!("{dump} holds a dump, which has no metadata"),
    }
}

/// The metadata as its container holds it.
///
/// # Panics
/// When a text is longer than its length field can say.
pub fn header(metadata: &Metadata) -> Vec<u8> {
    let mut to = Writer::default();
    metadata.write(&mut to).expect("names are short");
    to.into_bytes()
}

/// The record that stands before the tar of a zstd stream.
pub fn size_record(files: i64, bytes: i64) -> Vec<u8> {
    let mut to = Writer::default();
    to.i32(1);
    to.i64(files);
    to.i64(bytes);
    to.into_bytes()
}

#[cfg(test)]
mod tests {
    use graphkeep_core::report::{BackupType, Reading};
    use graphkeep_core::{FileName, Limits, Source, artifact};

    use super::*;

    struct One(Vec<u8>);

    impl Source for &One {
        type Stream = io::Cursor<Vec<u8>>;

        fn open(&mut self, _: &FileName) -> io::Result<(Self::Stream, u64)> {
            Ok((io::Cursor::new(self.0.clone()), self.0.len() as u64))
        }
    }

    #[test]
    fn every_container_reads_back_as_it_was_ordered() {
        let origin = Origin::new("orders", 7);
        let time = UtcTime(1_746_095_400);
        let orders = [
            (Backup::full(&origin, time, 40), BackupType::Full, "1..40"),
            (Backup::differential(&origin, time, 41, 50), BackupType::Differential, "41..50"),
            (Backup::empty(&origin, time), BackupType::Empty, "0..0"),
        ];
        for container in Container::ALL.into_iter().filter(|container| container.is_backup()) {
            for (backup, kind, range) in &orders {
                let backup = backup.clone().within(container);
                let file = One(backup.bytes());
                let name = FileName(backup.file_name());
                let reading = artifact::read(&mut &file, &name, &Limits::default());
                let Reading::Artifact(found) = reading else { panic!("{container}: {reading:#?}") };
                assert_eq!((found.container, found.kind, found.range().as_str()), (container, *kind, *range));
                assert_eq!((found.database.as_str(), found.database_id), ("orders", origin.id));
                assert_eq!((found.time, &found.store_id, found.faults.len()), (time, &origin.store, 0));
                assert_eq!(name.0, "orders-2025-05-01T10-30-00.backup");
            }
        }
    }
}
