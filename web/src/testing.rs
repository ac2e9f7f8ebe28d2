//! Reports over the fixtures, for the tests of this crate's plain logic.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use graphkeep_core::report::Report;
use graphkeep_core::{FileName, Limits, Source, artifact, chain};

struct Folder(PathBuf);

impl Source for Folder {
    type Stream = File;

    fn open(&mut self, name: &FileName) -> io::Result<(File, u64)> {
        let file = File::open(self.0.join(&name.0))?;
        let len = file.metadata()?.len();
        Ok((file, len))
    }
}

/// The report on one folder of `tests/fixtures`.
pub(crate) fn report(folder: &str) -> Report {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures").join(folder);
    let entries = fs::read_dir(&folder).expect("the fixtures are there");
    let names =
        entries.map(|entry| entry.expect("a readable folder").file_name().to_string_lossy().into_owned());
    let mut names: Vec<FileName> = names.filter(|name| name != "spec.tsv").map(FileName).collect();
    names.sort();
    let mut source = Folder(folder);
    chain::report(names.iter().map(|name| artifact::read(&mut source, name, &Limits::default())).collect())
}
