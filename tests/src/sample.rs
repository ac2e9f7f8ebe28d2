//! The page's sample: what a real Neo4j backed up, under names of the manual's example. Its contents and logs
//! are genuine, so every file verifies as far as its story goes.

use std::fs;
use std::path::Path;

use anyhow::{Result, bail};
use graphkeep_core::container::Container;
use graphkeep_core::metadata::{Flags, Metadata};
use graphkeep_core::report::Reading;
use uuid::Uuid;

use crate::artifact::Backup;
use crate::fixtures;

/// What becomes of a file.
#[derive(Clone, Copy)]
enum Fate {
    Sound,
    /// Half of it was never copied.
    CutShort,
    /// A byte behind its middle is another.
    Flipped,
}

/// A database of the sample.
struct Database {
    folder: &'static str,
    name: &'static str,
    /// First digits of its id.
    id: u128,
    /// The Neo4j whose chain it is.
    written_by: &'static str,
    files: &'static [(&'static str, Fate)],
}

const STORY: [Database; 3] = [
    Database {
        folder: "nightly",
        name: "london",
        id: 0xd4da_e73c,
        written_by: "neo4j-2026.05.0",
        files: &[
            ("02-00-00", Fate::Sound),
            ("02-30-00", Fate::Sound),
            ("03-00-00", Fate::Sound),
            ("04-00-00", Fate::Sound),
            ("05-00-00", Fate::Sound),
        ],
    },
    Database {
        folder: "hourly",
        name: "malmo",
        id: 0x62d1_820c,
        written_by: "neo4j-5.26.28",
        files: &[
            ("02-00-00", Fate::Sound),
            ("03-00-00", Fate::Sound),
            ("04-00-00", Fate::CutShort),
            ("05-00-00", Fate::Sound),
        ],
    },
    Database {
        folder: "hourly",
        name: "neo4j",
        id: 0x7dcb_1d0c,
        written_by: "neo4j-2026.05.0",
        files: &[
            ("02-00-00", Fate::Sound),
            ("03-00-00", Fate::Sound),
            ("04-00-00", Fate::Sound),
            ("05-00-00", Fate::Flipped),
        ],
    },
];

/// Writes the sample's files below `folder`, and gives their paths.
///
/// # Errors
/// Those of the file system.
pub fn write(folder: &Path) -> Result<Vec<String>> {
    let mut paths = Vec::new();
    for database in STORY {
        let place = database.folder;
        fs::create_dir_all(folder.join(place))?;
        for (time, fate) in database.files {
            let path = format!("real/{}/chain/neo4j-2026-03-01T{time}.backup", database.written_by);
            let backup = copy(&fixtures::folder().join(path), database.name, database.id << 96)?;
            let mut bytes = backup.bytes();
            match fate {
                Fate::Sound => {}
                Fate::CutShort => bytes.truncate(90),
                Fate::Flipped => {
                    let at = bytes.len() * 9 / 10;
                    bytes[at] ^= 0x55;
                }
            }
            let path = format!("{place}/{}", backup.file_name());
            fs::write(folder.join(&path), bytes)?;
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// The same artifact of a database with another name and id.
fn copy(genuine: &Path, name: &str, id: u128) -> Result<Backup> {
    let Reading::Artifact(found) = fixtures::details(genuine)?.reading else {
        bail!("{} is no backup", genuine.display())
    };
    let metadata = Metadata {
        store_id: found.store_id,
        database_id: Uuid::from_u128(id),
        database_name: name.to_owned(),
        backup_time: found.time,
        lowest: found.lowest_tx,
        highest: found.highest_tx,
        flags: Flags { recovered: found.recovered, compressed: true, full: found.full, unknown: 0 },
        map: Some(Vec::new()),
    };
    Ok(Backup { container: Container::Bzv2, metadata, contents: fixtures::contents(genuine)? })
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use graphkeep_core::Limits;
    use graphkeep_core::progress::Silent;
    use graphkeep_core::report::Level;
    use graphkeep_core::verify::verify;

    use super::*;
    use crate::fixtures::Paths;

    /// Compared by what the files hold: another encoder may write other bytes for the same.
    #[test]
    fn the_bundled_sample_is_what_its_recipe_makes() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let paths = write(folder.path()).expect("written");
        fs::write(folder.path().join("list.txt"), paths.join("\n") + "\n").expect("written");
        let bundled = Path::new(env!("CARGO_MANIFEST_DIR")).join("../web/assets/samples");
        let list = fs::read_to_string(bundled.join("list.txt")).unwrap_or_default();
        let same = |path: &String| told(&bundled.join(path)) == told(&folder.path().join(path));
        let is_same = list.lines().eq(paths.iter()) && paths.iter().all(same);
        let made = if is_same { PathBuf::new() } else { folder.keep() };
        assert!(is_same, "{} is another; put it in place of {}", made.display(), bundled.display());
    }

    /// What stands in a file, as far as it can be read.
    fn told(path: &Path) -> String {
        let mut reading = fixtures::details(path).expect("a path in UTF-8").reading;
        let Reading::Artifact(artifact) = &mut reading else { return "no backup".to_owned() };
        (artifact.path.0, artifact.size, artifact.bytes_read) = Default::default();
        let name = path.to_str().expect("a path in UTF-8").into();
        let (_, found) = verify(&mut Paths, &name, Level::L2, &Limits::default(), &mut Silent);
        if found.is_none_or(|found| found.level < Level::L2) {
            return format!("{artifact:?}, damaged");
        }
        let contents = fixtures::contents(path).expect("it was decoded");
        let contents: Vec<_> = contents.iter().map(|content| (&content.path, &content.bytes)).collect();
        format!("{artifact:?} {contents:?}")
    }
}
