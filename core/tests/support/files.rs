//! Files in memory as a [`Source`], and the fixtures among them.

use std::collections::BTreeMap;
use std::io;
use std::sync::OnceLock;

use graphkeep_core::report::{Artifact, Details, Dump, OtherFile, Reading, Report};
use graphkeep_core::{FileName, Limits, Source, artifact, chain};

/// Files by name.
#[derive(Debug, Clone, Default)]
pub(crate) struct Files(pub(crate) BTreeMap<String, Vec<u8>>);

impl<'f> Source for &'f Files {
    type Stream = &'f [u8];

    fn open(&mut self, name: &FileName) -> io::Result<(&'f [u8], u64)> {
        let bytes = self.0.get(&name.0).ok_or(io::ErrorKind::NotFound)?;
        Ok((bytes, bytes.len() as u64))
    }
}

impl Files {
    /// One file.
    pub(crate) fn one(name: &str, bytes: impl Into<Vec<u8>>) -> Self {
        Self::default().with(name, bytes)
    }

    #[must_use]
    pub(crate) fn with(mut self, name: &str, bytes: impl Into<Vec<u8>>) -> Self {
        self.0.insert(name.to_owned(), bytes.into());
        self
    }

    #[must_use]
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.0.remove(name).expect("the file is there to be taken out");
        self
    }

    /// The files below a folder, named from there.
    pub(crate) fn below(&self, folder: &str) -> Self {
        let within = |name: &str| Some(name.strip_prefix(folder)?.strip_prefix('/')?.to_owned());
        let files: BTreeMap<_, _> =
            self.0.iter().filter_map(|(name, bytes)| Some((within(name)?, bytes.clone()))).collect();
        assert!(!files.is_empty(), "{folder} holds files");
        Self(files)
    }

    /// All files but the notes beside the fixtures.
    pub(crate) fn names(&self) -> impl Iterator<Item = FileName> {
        let notes = |name: &str| name.ends_with("/spec.tsv") || name == "spec.tsv" || name == "README.md";
        self.0.keys().filter(move |name| !notes(name)).map(|name| FileName(name.clone()))
    }

    pub(crate) fn read(&self, name: &str) -> Reading {
        artifact::read(&mut &*self, &name.into(), &Limits::default())
    }

    pub(crate) fn details(&self, name: &str) -> Details {
        artifact::details(&mut &*self, &name.into(), &Limits::default())
    }

    pub(crate) fn readings(&self) -> Vec<Reading> {
        self.names().map(|name| self.read(&name.0)).collect()
    }

    pub(crate) fn report(&self) -> Report {
        chain::report(self.readings())
    }

    pub(crate) fn artifact(&self, name: &str) -> Artifact {
        match self.read(name) {
            Reading::Artifact(artifact) => *artifact,
            other => panic!("{name} is an artifact, and was read as {other:#?}"),
        }
    }

    pub(crate) fn dump(&self, name: &str) -> Dump {
        match self.read(name) {
            Reading::Dump(dump) => *dump,
            other => panic!("{name} is a dump, and was read as {other:#?}"),
        }
    }

    pub(crate) fn other(&self, name: &str) -> OtherFile {
        match self.read(name) {
            Reading::Other(other) => *other,
            other => panic!("{name} is no artifact, and was read as {other:#?}"),
        }
    }
}

/// `tests/fixtures` of the workspace.
pub(crate) fn fixtures() -> &'static Files {
    static FIXTURES: OnceLock<Files> = OnceLock::new();
    FIXTURES.get_or_init(all)
}

#[cfg(not(target_arch = "wasm32"))]
fn all() -> Files {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures");
    let mut files = Files::default();
    let mut folders = vec![folder.clone()];
    while let Some(at) = folders.pop() {
        for entry in std::fs::read_dir(&at).expect("fixtures are readable") {
            let path = entry.expect("fixtures are readable").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name =
                path.strip_prefix(&folder).expect("it was found below").to_str().expect("names are UTF-8");
            let name = name.replace(std::path::MAIN_SEPARATOR, "/");
            files.0.insert(name, std::fs::read(&path).expect("fixtures are readable"));
        }
    }
    files
}

/// There are no folders in wasm: the fixtures are inside the test.
#[cfg(target_arch = "wasm32")]
fn all() -> Files {
    fn collect(folder: &include_dir::Dir<'_>, files: &mut Files) {
        for file in folder.files() {
            let name = file.path().to_str().expect("names are UTF-8");
            files.0.insert(name.to_owned(), file.contents().to_vec());
        }
        folder.dirs().for_each(|folder| collect(folder, files));
    }
    static FOLDER: include_dir::Dir<'static> =
        include_dir::include_dir!("$CARGO_MANIFEST_DIR/../tests/fixtures");
    let mut files = Files::default();
    collect(&FOLDER, &mut files);
    files
}
