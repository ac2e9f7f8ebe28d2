//! Fixture files for the tests of this crate.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use graphkeep_core::{FileName, Source};

/// `tests/fixtures` of the workspace.
pub fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures")
}

/// Files below a folder, by their path from it.
pub struct Folder(pub PathBuf);

impl Source for Folder {
    type Stream = File;

    fn open(&mut self, name: &FileName) -> io::Result<(File, u64)> {
        let file = File::open(self.0.join(&name.0))?;
        let size = file.metadata()?.len();
        Ok((file, size))
    }
}

/// Names of all files below `folder`, sorted, with `/` between folders; what is no artifact by its name
/// (notes beside the fixtures) is left out.
pub fn names(folder: &Path) -> Vec<FileName> {
    let mut names = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(at) = folders.pop() {
        for entry in std::fs::read_dir(&at).expect("fixtures are readable") {
            let path = entry.expect("fixtures are readable").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path
                .strip_prefix(folder)
                .expect("it was found below")
                .to_string_lossy()
                .into_owned();
            if !name.ends_with(".tsv") && !name.ends_with(".md") {
                names.push(FileName(name));
            }
        }
    }
    names.sort();
    names
}
