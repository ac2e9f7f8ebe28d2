//! The real Neo4j Community, from Maven Central, under `target/neo4j/<version>/`: its jars in `lib`, and a link
//! `java` to a Java that it runs on. Downloaded once; a second run asks nobody.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::shell::{self, answer, program, run};
use crate::tools::{debian, on_path};

/// A release line that the product is proven against.
struct Release {
    version: &'static str,
    /// Javas that it runs on, the preferred one first.
    java: &'static [u32],
}

const RELEASES: [Release; 2] =
    [Release { version: "2026.05.0", java: &[25, 21] }, Release { version: "5.26.28", java: &[17, 21] }];

/// The server, the kernel with its consistency checker, and neo4j-admin.
const MODULES: [(&str, &str); 3] =
    [("org.neo4j.app", "neo4j-server"), ("org.neo4j", "neo4j"), ("org.neo4j", "neo4j-dbms")];

/// Makes every release ready to start, and gives the folder that holds them.
pub(crate) fn ready() -> Result<PathBuf> {
    let folder = shell::target().join("neo4j");
    for release in &RELEASES {
        let home = folder.join(release.version);
        java(release, &home)?;
        jars(release, &home)?;
    }
    Ok(folder)
}

fn java(release: &Release, home: &Path) -> Result<()> {
    let found = || release.java.iter().find_map(|major| installed(*major));
    if found().is_none() {
        let packages: Vec<String> =
            release.java.iter().map(|major| format!("openjdk-{major}-jre-headless")).collect();
        let packages: Vec<&str> = packages.iter().map(String::as_str).collect();
        let wanted: Vec<String> = release.java.iter().map(u32::to_string).collect();
        debian(&packages).with_context(|| {
            let javas = wanted.join(" or ");
            format!("Neo4j {} runs on Java {javas}, also where JAVA_HOME points; {LEFT_OUT}", release.version)
        })?;
    }
    let java = found().context("a Java was installed and is not where Debian puts it")?;
    fs::create_dir_all(home)?;
    let link = home.join("java");
    if fs::read_link(&link).ok().as_deref() != Some(&java) {
        let _ = fs::remove_file(&link);
        std::os::unix::fs::symlink(&java, &link)
            .with_context(|| format!("cannot link {} to {}", link.display(), java.display()))?;
    }
    Ok(())
}

/// A Java of that major version: where JAVA_HOME points, among those of the system, or on the path.
fn installed(major: u32) -> Option<PathBuf> {
    let named = std::env::var_os("JAVA_HOME").map(|home| PathBuf::from(home).join("bin/java"));
    let folders = fs::read_dir("/usr/lib/jvm").into_iter().flatten().flatten();
    let mut places: Vec<PathBuf> = folders.map(|folder| folder.path().join("bin/java")).collect();
    places.sort();
    let mut places = named.into_iter().chain(places).chain(on_path("java"));
    places.find(|java| java.is_file() && speaks(java, major))
}

fn speaks(java: &Path, major: u32) -> bool {
    // `java --version` begins with `openjdk 17.0.15 2025-04-15`; a first release is just `openjdk 25`.
    let said = answer(Command::new(java).arg("--version")).unwrap_or_default();
    let version = said.split_whitespace().nth(1).unwrap_or_default();
    version.split(['.', '-', '+']).next() == Some(major.to_string().as_str())
}

/// What helps where something of it cannot be had.
const LEFT_OUT: &str = "`cargo xtask test --skip interop` leaves the real Neo4j out";

fn jars(release: &Release, home: &Path) -> Result<()> {
    let lib = home.join("lib");
    // Maven copies jar by jar: only a folder that it finished is called `lib`.
    if lib.is_dir() {
        return Ok(());
    }
    if on_path("mvn").is_none() {
        debian(&["maven"]).with_context(|| format!("Maven brings the real Neo4j; {LEFT_OUT}"))?;
    }
    shell::complain(&format!("Neo4j {} is not here; its jars are about 140 MB, once", release.version));
    fs::write(home.join("pom.xml"), pom(release.version))?;
    let unfinished = home.join("lib.unfinished");
    let mut maven = program("mvn", ["--batch-mode", "--quiet", "--file"]);
    maven.arg(home.join("pom.xml")).args(["dependency:copy-dependencies", "-DincludeScope=runtime"]);
    run(maven.arg(format!("-DoutputDirectory={}", unfinished.display())))?;
    fs::rename(&unfinished, &lib)?;
    Ok(())
}

fn pom(version: &str) -> String {
    let dependency = |(group, artifact): &(&str, &str)| {
        format!(
            "    <dependency><groupId>{group}</groupId><artifactId>{artifact}</artifactId><version>{version}</version></dependency>"
        )
    };
    let dependencies = MODULES.iter().map(dependency).collect::<Vec<_>>().join("\n");
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>graphkeep</groupId>
  <artifactId>neo4j</artifactId>
  <version>{version}</version>
  <dependencies>
{dependencies}
  </dependencies>
</project>
"#
    )
}
