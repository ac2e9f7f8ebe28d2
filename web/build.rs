//! One id for all that belongs together: the page and its worker are built, cached and updated as a pair, and
//! neither is of use with another build's twin. The id is a hash of the sources of both.

use std::hash::{DefaultHasher, Hasher};
use std::path::{Path, PathBuf};
use std::{fs, io};

fn main() -> io::Result<()> {
    let mut files = Vec::new();
    for place in ["src", "../core/src", "../Cargo.lock", "../Cargo.toml"] {
        println!("cargo::rerun-if-changed={place}");
        list(Path::new(place), &mut files)?;
    }
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in files {
        hasher.write(file.to_string_lossy().as_bytes());
        hasher.write(&fs::read(file)?);
    }
    println!("cargo::rustc-env=GRAPHKEEP_BUILD={:016x}", hasher.finish());
    Ok(())
}

fn list(place: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    if place.is_dir() {
        for entry in fs::read_dir(place)? {
            list(&entry?.path(), files)?;
        }
    } else {
        files.push(place.to_owned());
    }
    Ok(())
}
