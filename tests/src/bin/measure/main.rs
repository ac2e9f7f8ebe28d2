//! The measurements behind `cargo xtask bench`, which builds what this is told of by its environment and
//! prints what this writes. Contestants take turns and the best of several runs counts: what disturbs a run
//! only ever makes it slower.

mod live;
mod proof;
mod store;

use std::env;
use std::fs::{self, File};
use std::hint::black_box;
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use graphkeep_core::container::Container;
use graphkeep_core::encode::Encoder;
use graphkeep_core::error::Stream;
use graphkeep_core::metadata::Metadata;
use graphkeep_core::report::{ArchiveSize, Reading};
use graphkeep_core::time::UtcTime;
use graphkeep_core::wire::{Reader, Writer};
use graphkeep_core::{FileName, Limits, Source, artifact};
use graphkeep_tests::artifact::{Backup, Origin};
use graphkeep_tests::browser::{self, Browser};
use graphkeep_tests::fixtures;
use graphkeep_tests::page::{self, Page};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::live::Live;

/// Artifacts in the estate, as many for each database.
const ARTIFACTS: i64 = 1000;
const PER_DATABASE: i64 = 50;

fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    let done = match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        // The contestant of `inspect`: a process too, so that starting one weighs the same on both sides.
        ["plain-reads", folder] => plain_reads(Path::new(folder)),
        ["live", result] => {
            live().and_then(|found| Ok(fs::write(result, serde_json::to_vec_pretty(&found)?)?))
        }
        ["proof", artifact, result] => path("GRAPHKEEP")
            .and_then(|graphkeep| proof::measure(&graphkeep, Path::new(artifact)))
            .and_then(|found| Ok(fs::write(result, serde_json::to_vec_pretty(&found)?)?)),
        ["all", result] => all().and_then(|found| Ok(fs::write(result, serde_json::to_vec_pretty(&found)?)?)),
        _ => Err(anyhow::anyhow!("run `cargo xtask bench`")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stderr, reason = "progress, as cargo's own")]
fn say(text: &str) {
    eprintln!("{text}");
}

fn all() -> Result<Value> {
    let graphkeep = path("GRAPHKEEP")?;
    let bench = browser::target().join("bench");
    say("writing 1,000 artifacts, twice, and reading them");
    let mut listings = Vec::new();
    for (what, kind) in [("fulls", Kind::Fulls), ("differentials", Kind::Differentials)] {
        let estate = bench.join(what);
        write_estate(&estate, kind)?;
        listings.push(listing(&graphkeep, &estate, what)?);
    }
    say("1 MB against 300 MB");
    let sizes = sizes(&bench)?;
    say("one artifact against neo4j-admin");
    let one = one_artifact(&graphkeep, &bench)?;
    say("the same in the browser");
    let page = page(&bench.join("differentials"))?;
    let mut found = json!({
        "listings": listings, "bytes_read": sizes, "one_artifact": one, "browser": page,
    });
    if env::var_os("NEO4J_RELEASE").is_some() {
        found["live"] = live()?;
    }
    Ok(found)
}

/// What only a large store of a real Neo4j shows.
fn live() -> Result<Value> {
    let release = env::var("NEO4J_RELEASE").context("NEO4J_RELEASE is not set: run `cargo xtask bench`")?;
    say("a large store of a real Neo4j");
    let live = Live::new(&path("GRAPHKEEP")?, &browser::target().join("bench"), &release)?;
    say("backups against cp and tar | zstd");
    let backups = live.backups()?;
    say("verification against zstd -t");
    let verification = live.verification()?;
    say("the page's verification against the command line tool's");
    let proof = live.proof()?;
    say("memory");
    let memory = live.memory()?;
    say("writers with and without a backup");
    let writers = live.writers()?;
    live.clear()?;
    Ok(json!({
        "backups": backups, "verification": verification, "proof": proof, "memory": memory, "writers": writers,
    }))
}

fn path(variable: &str) -> Result<PathBuf> {
    let path =
        env::var_os(variable).with_context(|| format!("{variable} is not set: run `cargo xtask bench`"))?;
    Ok(path.into())
}

/// What an estate is of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Fulls,
    Differentials,
}

/// As many genuine backups as asked for, each with a name, an id and a time of its own: what Neo4j wrote, its
/// metadata exchanged, in blocks that end where Neo4j's end.
fn write_estate(folder: &Path, kind: Kind) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder)?;
    let genuine = fixtures::folder().join("real/neo4j-2026.05.0/chain");
    let (files, first): (&[&str], _) = match kind {
        Kind::Fulls => (&["02-00-00"], 1),
        Kind::Differentials => (&["03-00-00", "04-00-00", "05-00-00"], 20),
    };
    let files =
        files.iter().map(|time| Genuine::read(&genuine.join(format!("neo4j-2026-03-01T{time}.backup"))));
    let files = files.collect::<Result<Vec<_>>>()?;
    for number in 0..ARTIFACTS {
        let (database, step) = (number / PER_DATABASE, number % PER_DATABASE);
        let genuine = &files[usize::try_from(number)? % files.len()];
        let mut metadata = genuine.metadata.clone();
        metadata.database_name = format!("shop-{database:03}");
        metadata.database_id = Uuid::from_u128(metadata.database_id.as_u128() ^ u128::try_from(database)?);
        metadata.backup_time = UtcTime(1_772_330_400 + step * 3600);
        (metadata.lowest, metadata.highest) = match kind {
            Kind::Fulls => (1, 19 + step * 10),
            Kind::Differentials => (first + step * 10, first + 9 + step * 10),
        };
        let name = format!("{}-{}.backup", metadata.database_name, metadata.backup_time.file_name());
        genuine.write(&metadata, &folder.join(name))?;
    }
    Ok(())
}

/// A `BZV2` of Neo4j's: its metadata, and the rest of its stream.
struct Genuine {
    metadata: Metadata,
    rest: Vec<u8>,
}

impl Genuine {
    fn read(path: &Path) -> Result<Self> {
        let file = fs::read(path)?;
        let frame = file.strip_prefix(b"BZV2").context("no BZV2")?;
        let stream = zrip::decompress(frame)?;
        let mut from = Reader::new(stream.as_slice(), Stream::Decompressed);
        ensure!(from.array::<4>("start of the stream")? == *b"zstd" && from.u8("metadata version")? == 2);
        let metadata = Metadata::read(&mut from, 2, &Limits::default())?;
        Ok(Self { metadata, rest: from.into_inner().to_vec() })
    }

    fn write(&self, metadata: &Metadata, path: &Path) -> Result<()> {
        let mut fields = Writer::default();
        fields.raw(b"zstd");
        metadata.write(&mut fields)?;
        let mut file = File::create(path)?;
        file.write_all(b"BZV2")?;
        // Neo4j's own level.
        let mut frame = zrip::FrameEncoder::new(BufWriter::new(file), 3)?;
        frame.write_all(&fields.into_bytes())?;
        frame.flush()?;
        frame.write_all(&self.rest)?;
        frame.finish()?.flush()?;
        Ok(())
    }
}

/// Opens each file and reads its first 4 KiB.
fn plain_reads(folder: &Path) -> Result<()> {
    let mut start = [0; 4096];
    for entry in fs::read_dir(folder)? {
        let mut file = File::open(entry?.path())?;
        let mut filled = 0;
        while filled < start.len() {
            match file.read(&mut start[filled..])? {
                0 => break,
                count => filled += count,
            }
        }
        black_box(&start);
    }
    Ok(())
}

fn listing(graphkeep: &Path, estate: &Path, what: &str) -> Result<Value> {
    let report = Command::new(graphkeep).args(["inspect", "--format", "json"]).arg(estate).output()?;
    let report: Value = serde_json::from_slice(&report.stdout).context("`inspect` printed no JSON")?;
    let artifacts = report["artifacts"].as_array().context("no artifacts in the report")?;
    ensure!(
        i64::try_from(artifacts.len())? == ARTIFACTS,
        "{} artifacts read of {ARTIFACTS}",
        artifacts.len()
    );
    let bytes: Vec<u64> = artifacts.iter().filter_map(|artifact| artifact["bytes_read"].as_u64()).collect();

    let itself = env::current_exe()?;
    let mut inspect = Command::new(graphkeep);
    inspect.arg("inspect").arg(estate);
    let mut plain = Command::new(itself);
    plain.arg("plain-reads").arg(estate);
    let [inspect, plain] = best([&mut inspect, &mut plain], 15)?;
    Ok(json!({
        "artifacts": ARTIFACTS,
        "of": what,
        "inspect_ms": millis(inspect),
        "plain_reads_ms": millis(plain),
        "ratio": inspect.as_secs_f64() / plain.as_secs_f64(),
        "most_bytes_read": bytes.iter().max(),
        "bytes_read": bytes.iter().sum::<u64>(),
        "bytes_of_files": artifacts.iter().filter_map(|artifact| artifact["size"].as_u64()).sum::<u64>(),
    }))
}

/// The shortest of so many runs each, the commands taking turns. Verdicts decide their exit codes, so those
/// are not looked at beyond that the program ran to its end.
fn best<const N: usize>(mut commands: [&mut Command; N], runs: u32) -> Result<[Duration; N]> {
    let mut best = [Duration::MAX; N];
    for _ in 0..runs {
        for (command, best) in commands.iter_mut().zip(&mut best) {
            let start = Instant::now();
            let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status()?;
            *best = (*best).min(start.elapsed());
            ensure!(status.code().is_some(), "{} ended by a signal", command.get_program().display());
        }
    }
    Ok(best)
}

fn millis(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e3
}

/// A file that counts what is read of it.
struct Counting<'c>(File, &'c mut u64);

impl Read for Counting<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.0.read(buffer)?;
        *self.1 += count as u64;
        Ok(count)
    }
}

struct One<'c>(Option<&'c mut u64>);

impl<'c> Source for One<'c> {
    type Stream = Counting<'c>;

    fn open(&mut self, name: &FileName) -> io::Result<(Counting<'c>, u64)> {
        let file = File::open(&name.0)?;
        let size = file.metadata()?.len();
        let count = self.0.take().ok_or_else(|| io::Error::other("only one file is opened"))?;
        Ok((Counting(file, count), size))
    }
}

/// Reads the headers of a small and a large artifact that differ in nothing else.
fn sizes(bench: &Path) -> Result<Value> {
    let mut rows = Vec::new();
    for container in [Container::Btv2, Container::Bzv2] {
        for megabytes in [1, 300] {
            let path = bench.join(format!("{container}-{megabytes}MB.backup"));
            write_large(&path, container, megabytes * 1_000_000)?;

            let mut counted = 0;
            let name = path.to_str().context("the target folder's path is UTF-8")?.into();
            let start = Instant::now();
            let reading = artifact::read(&mut One(Some(&mut counted)), &name, &Limits::default());
            let time = start.elapsed();
            let Reading::Artifact(found) = reading else { bail!("{} reads as no artifact", path.display()) };
            ensure!(
                found.bytes_read == counted,
                "{} says {}, took {counted}",
                path.display(),
                found.bytes_read
            );
            rows.push(json!({
                "container": container.name(), "size": found.size, "bytes_read": counted, "read_us": time.as_micros(),
            }));
            fs::remove_file(path)?;
        }
    }
    Ok(Value::Array(rows))
}

/// An artifact of one file of noise, which does not compress.
fn write_large(path: &Path, container: Container, bytes: u64) -> Result<()> {
    let backup = Backup::full(&Origin::new("large", 1), UtcTime(1_772_330_400), 19).within(container);
    let file = BufWriter::new(File::create(path)?);
    let mut encoder = Encoder::new(file, container, &backup.metadata, ArchiveSize { files: 1, bytes })?;
    encoder.file("neostore.nodestore.db", bytes, 0, &mut Noise(0x9e37_79b9_7f4a_7c15))?;
    encoder.finish()?.flush()?;
    Ok(())
}

/// Bytes without a pattern, the same each time.
struct Noise(u64);

impl Read for Noise {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        for chunk in buffer.chunks_mut(8) {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            chunk.copy_from_slice(&self.0.to_le_bytes()[..chunk.len()]);
        }
        Ok(buffer.len())
    }
}

/// A whole process each, from its start to its end, over the same genuine artifact.
fn one_artifact(graphkeep: &Path, bench: &Path) -> Result<Value> {
    let genuine = fixtures::folder().join("real/neo4j-2026.05.0/chain/neo4j-2026-03-01T02-00-00.backup");
    let alone = bench.join("one");
    fs::create_dir_all(&alone)?;
    let file = alone.join("neo4j-2026-03-01T02-00-00.backup");
    fs::copy(&genuine, &file)?;
    let mut ours = Command::new(graphkeep);
    let words = ["database", "load", "neo4j", "--info"];
    ours.args(words).arg(format!("--from-path={}", alone.display()));
    let Ok(jars) = path("NEO4J_JARS") else {
        let [ours] = best([&mut ours], 15)?;
        return Ok(json!({ "graphkeep_ms": millis(ours), "neo4j_admin": "not here" }));
    };
    let home = bench.join("neo4j-home");
    fs::create_dir_all(home.join("conf"))?;
    fs::write(home.join("conf/neo4j.conf"), "")?;
    let mut admin = Command::new(path("NEO4J_JAVA")?);
    admin.arg("-cp").arg(jars.join("*")).arg("org.neo4j.cli.AdminTool");
    admin.args(words).arg(format!("--from-path={}", alone.display()));
    admin.env("NEO4J_HOME", &home).env("NEO4J_CONF", home.join("conf"));
    let (theirs, said) = (admin.output()?.stdout, ours.output()?.stdout);
    let (theirs, said) = (String::from_utf8_lossy(&theirs), String::from_utf8_lossy(&said));
    ensure!(theirs.contains("Database: neo4j"), "neo4j-admin did not read the artifact: {theirs}");
    ensure!(theirs.trim() == said.trim(), "neo4j-admin says:\n{theirs}\ngraphkeep says:\n{said}");
    let [ours, admin] = best([&mut ours, &mut admin], 7)?;
    Ok(json!({
        "graphkeep_ms": millis(ours),
        "neo4j_admin_ms": millis(admin),
        "ratio": admin.as_secs_f64() / ours.as_secs_f64(),
    }))
}

/// From the drop to the verdicts, in the page and on its own clock; and on a bare page, which walks the drop and
/// reads the first 4 KiB of each file.
fn page(estate: &Path) -> Result<Value> {
    let files = usize::try_from(ARTIFACTS)?;
    let (mut page_ms, mut plain_ms) = (f64::MAX, f64::MAX);
    for _ in 0..3 {
        let (folder, found) = (estate.to_path_buf(), Arc::new(Mutex::new(f64::NAN)));
        let time = Arc::clone(&found);
        page::visit(async move |page: Page| {
            page.say(CLOCK).await?;
            page.drop(&[folder]).await?;
            page.settled(files).await?;
            *time.lock().expect("no holder panics") = clocked(&page).await?;
            Ok(())
        });
        page_ms = page_ms.min(*found.lock().expect("no holder panics"));

        let bare = tempfile::tempdir()?;
        fs::write(bare.path().join("index.html"), BARE)?;
        let (folder, time) = (estate.to_path_buf(), Arc::clone(&found));
        browser::visit(bare.path(), async move |browser: Browser| {
            browser.drop(&[folder]).await?;
            *time.lock().expect("no holder panics") = clocked(&browser).await?;
            Ok(())
        })?;
        plain_ms = plain_ms.min(*found.lock().expect("no holder panics"));
    }
    Ok(json!({ "page_ms": page_ms, "plain_ms": plain_ms, "ratio": page_ms / plain_ms }))
}

async fn clocked(browser: &Browser) -> Result<f64> {
    browser.until("window.ended && window.ended - window.began").await?.as_f64().context("a time")
}

/// Notes when the drop came, and when the page said that all is read.
const CLOCK: &str = "(() => {
  addEventListener('drop', () => window.began = performance.now(), true);
  const status = document.querySelector('#progress [role=status]');
  new MutationObserver(() => { if (status.textContent.startsWith('Done')) window.ended = performance.now() })
    .observe(status, { childList: true, characterData: true, subtree: true });
  return true;
})()";

const BARE: &str = "<!doctype html><link rel=icon href=data:,><script>
async function walk(entry) {
  if (entry.isFile) {
    const file = await new Promise((good, bad) => entry.file(good, bad));
    return (await file.slice(0, 4096).arrayBuffer()).byteLength;
  }
  const reader = entry.createReader(), found = [];
  for (;;) {
    const some = await new Promise((good, bad) => reader.readEntries(good, bad));
    if (!some.length) return Promise.all(found);
    found.push(...some.map(walk));
  }
}
addEventListener('dragover', event => event.preventDefault());
addEventListener('drop', async event => {
  event.preventDefault();
  window.began = performance.now();
  await Promise.all([...event.dataTransfer.items].map(item => walk(item.webkitGetAsEntry())));
  window.ended = performance.now();
});
</script>";
