//! All there is to know about one file.

use graphkeep_core::container::Container;
use graphkeep_core::error::Error;
use graphkeep_core::load::{self, Answer, Loading, Loads, Release, Target};
use graphkeep_core::problem::Severity;
use graphkeep_core::report::{
    ArchiveSize, Artifact, BackupType, Dump, Level, OtherFile, Reading, Reason, SCHEMA_VERSION, Split, Tool,
};
use graphkeep_core::wire::Field;
use serde::Serialize;

use super::Look;
use super::page::{Column, Page, Row, Text, Tone};
use crate::words::{ago, count, size};

/// A file with where it loads: what `show --format json` prints.
#[derive(Debug, Serialize)]
pub(crate) struct Shown {
    pub(crate) schema_version: &'static str,
    pub(crate) tool: Tool,
    /// How much was checked.
    pub(crate) level: Level,
    #[serde(flatten)]
    pub(crate) reading: Reading,
    /// Absent for what is no backup.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) loading: Option<Loading>,
    /// The header's bytes, field by field.
    pub(crate) fields: Vec<Field>,
}

impl Shown {
    pub(crate) fn new(reading: Reading, fields: Vec<Field>) -> Self {
        let loading = match &reading {
            Reading::Artifact(artifact) => Some(load::artifact(artifact)),
            Reading::Dump(dump) => Some(load::dump(dump)),
            Reading::Other(_) => None,
        };
        let tool = Tool { name: env!("CARGO_PKG_NAME").into(), version: env!("CARGO_PKG_VERSION").into() };
        Self { schema_version: SCHEMA_VERSION, tool, level: Level::L1, reading, loading, fields }
    }
}

/// The view for people.
pub(crate) fn text(shown: &Shown, look: &Look) -> String {
    let mut view = View { page: Page::new(look) };
    match &shown.reading {
        Reading::Artifact(artifact) => view.artifact(artifact),
        Reading::Dump(dump) => view.dump(dump),
        Reading::Other(other) => view.other(other),
    }
    if let Some(loading) = &shown.loading {
        view.loading(loading);
    }
    view.fields(&shown.fields);
    view.page.into_text()
}

struct View<'l> {
    page: Page<'l>,
}

impl View<'_> {
    fn heading(&mut self, words: &str) {
        self.page.separate();
        self.page.line(&Text::tone(Tone::Strong, words));
    }

    fn title(&mut self, path: &str) {
        self.page.line(&Text::tone(Tone::Strong, path));
        self.page.blank();
    }

    fn artifact(&mut self, artifact: &Artifact) {
        self.title(&artifact.path.0);
        let what = match artifact.kind {
            BackupType::Empty => format!("empty backup of `{}`: nothing had changed", artifact.database),
            kind => format!(
                "{} backup of `{}`, tx {} to {}",
                kind.as_str(),
                artifact.database,
                artifact.lowest_tx,
                artifact.highest_tx
            ),
        };
        let age =
            self.page.look().now.map_or_else(String::new, |now| format!(" ({})", ago(artifact.time, now)));
        let taken = format!("{} UTC{age}", artifact.time.words());
        let mut facts = vec![("What", Text::tone(Tone::Strong, &what)), ("Taken", taken.into())];
        facts.push(("Intact", intact(&artifact.faults, artifact.is_usable(), &artifact.range())));
        let next = match artifact.kind {
            BackupType::Full => "it restores by itself; differentials after it may follow",
            BackupType::Differential => {
                "it needs the full backup and the differentials before it: `graphkeep inspect` on its folder tells whether they are there"
            }
            BackupType::Empty => {
                "it restores nothing by itself, and proves that its chain was complete at that time"
            }
        };
        facts.push(("Restores", next.into()));
        self.page.facts("  ", &facts);
        self.faults(&artifact.faults);

        self.heading("METADATA");
        let store = &artifact.store_id;
        let created = graphkeep_core::time::UtcTime(store.creation_time_ms.div_euclid(1000));
        let mut facts: Vec<(&str, Text)> = vec![
            ("DATABASE", artifact.database.as_str().into()),
            ("DATABASE ID", artifact.database_id.to_string().into()),
            ("TIME (UTC)", artifact.time.table().into()),
            ("FULL", artifact.full.to_string().into()),
            ("COMPRESSED", artifact.compressed.to_string().into()),
            ("LOWEST TX", artifact.lowest_tx.to_string().into()),
            ("HIGHEST TX", artifact.highest_tx.to_string().into()),
            ("RECOVERED", artifact.recovered.to_string().into()),
            ("STORE ID HASH", artifact.store_id_hash.to_string().into()),
            (
                "Store",
                format!("{}, made {} UTC, random {}", store.format_name(), created.words(), store.random)
                    .into(),
            ),
            ("Metadata version", artifact.metadata_version.to_string().into()),
        ];
        if let Some(flags) = artifact.unknown_flags {
            facts.push(("Unknown flags", format!("{flags:#x}, set by a newer Neo4j").into()));
        }
        let script = artifact.script.map_or_else(
            || "none".to_owned(),
            |script| {
                let form = if script.compressed { "gzip" } else { "plain" };
                format!(
                    "users and roles, {form}, {} (--script prints it; it may hold password hashes)",
                    size(script.bytes)
                )
            },
        );
        facts.push(("Script", script.into()));
        if let Some(topology) = &artifact.topology {
            let which = topology
                .shard_index
                .map_or_else(|| "graph shard".to_owned(), |index| format!("property shard {index}"));
            let text = format!(
                "{which} of `{}` ({}), which has {}",
                topology.virtual_name,
                topology.virtual_id,
                count(topology.shard_count, "property shard")
            );
            facts.push(("Shard", text.into()));
        }
        for key in &artifact.unknown_keys {
            let value = match (&key.text, &key.hex) {
                (Some(text), _) => format!("`{text}`"),
                (None, Some(hex)) => format!("0x{hex}"),
                (None, None) => String::new(),
            };
            facts.push(("Unknown key", format!("`{}` = {value} ({} bytes)", key.key, key.bytes).into()));
        }
        self.page.facts("  ", &facts);

        self.container(
            artifact.container,
            artifact.size,
            artifact.archive_size,
            artifact.split.as_ref(),
            artifact.bytes_read,
        );
    }

    fn dump(&mut self, dump: &Dump) {
        self.title(&dump.path.0);
        let what = match &dump.database_by_name {
            Some(name) => format!("dump, of `{name}` by the file's name"),
            None => "dump".to_owned(),
        };
        let unknown = "database id, store, time and transactions: a dump has no metadata";
        self.page.facts(
            "  ",
            &[
                ("What", Text::tone(Tone::Strong, &what)),
                ("Unknown", unknown.into()),
                ("Intact", intact(&dump.faults, dump.faults.is_empty(), "")),
            ],
        );
        self.faults(&dump.faults);
        self.container(dump.container, dump.size, dump.archive_size, None, dump.bytes_read);
    }

    fn other(&mut self, other: &OtherFile) {
        self.title(&other.path.0);
        let tone = match other.problem.severity {
            Severity::Error => Tone::Bad,
            Severity::Warning => Tone::Warning,
            Severity::Note => Tone::Plain,
        };
        let mut facts = vec![(
            "What",
            Text::tone(tone, &other.problem.message).and(Tone::Faint, &format!(" ({})", other.problem.code)),
        )];
        if let Some(remedy) = &other.problem.remedy {
            facts.push(("What to do", remedy.as_str().into()));
        }
        match &other.reason {
            Reason::NewerMetadata { container, start, .. } => {
                facts.push(("Container", container.name().into()));
                facts.push(("Metadata", format!("0x{start}").into()));
            }
            Reason::Part { index, archive_id } => {
                facts.push(("Part", format!("{index} of the split archive {archive_id}").into()));
            }
            _ => {}
        }
        if other.bytes_read > 0 {
            facts.push(("Size", bytes(other.size).into()));
            facts.push(("Read", bytes(other.bytes_read).into()));
        }
        self.page.facts("  ", &facts);
    }

    fn faults(&mut self, faults: &[Error]) {
        for fault in faults {
            let text = Text::tone(Tone::Bad, self.page.glyph("✗ ", "X "))
                .and(Tone::Plain, &fault.to_string())
                .and(Tone::Faint, &format!(" ({})", fault.code()));
            self.page.paragraph("  ", "    ", text);
            if let Some(hint) = fault.hint() {
                let arrow = self.page.glyph("→ ", "> ");
                self.page.paragraph("    ", "      ", Text::tone(Tone::Strong, arrow).and(Tone::Plain, hint));
            }
        }
    }

    fn container(
        &mut self,
        container: Container,
        bytes_of: u64,
        archive: Option<ArchiveSize>,
        split: Option<&Split>,
        read: u64,
    ) {
        self.heading("CONTAINER");
        let mut facts: Vec<(&str, Text)> = vec![
            ("Container", format!("{}: {}", container.name(), container_words(container)).into()),
            ("Size", bytes(bytes_of).into()),
        ];
        let contents = archive.map_or_else(
            || "unknown: no count is stored".to_owned(),
            |archive| {
                format!(
                    "{}, {} unpacked, by the archive's own record",
                    count(archive.files, "file"),
                    size(archive.bytes)
                )
            },
        );
        facts.push(("Contents", contents.into()));
        if let Some(split) = split {
            let text = format!(
                "split in {}, {} here, archive id {}",
                count(split.part_count, "part"),
                split.parts.len(),
                split.archive_id
            );
            facts.push(("Parts", text.into()));
            for part in &split.parts {
                facts.push(("", format!("{}, {}", part.path, size(part.size)).into()));
            }
        }
        facts.push(("Read", format!("{} to say all this", bytes(read)).into()));
        self.page.facts("  ", &facts);
    }

    fn loading(&mut self, loading: &Loading) {
        self.heading("WHERE IT LOADS");
        let columns =
            [Column::left("EDITION"), Column::left("5.26"), Column::left("2025"), Column::left("2026")];
        let cell = |target: Target, release: Release| {
            let found = loading.table.iter().find(|cell| (cell.target, cell.release) == (target, release));
            found.map_or_else(Text::default, |cell| {
                let (tone, sign) = match cell.answer {
                    Answer::Yes => (Tone::Good, ""),
                    Answer::If | Answer::Unknown => (Tone::Warning, ""),
                    Answer::No => (Tone::Bad, ""),
                };
                Text::tone(tone, sign).and(tone, cell.answer.as_str())
            })
        };
        let rows: Vec<Row> = Target::ALL
            .into_iter()
            .map(|target| {
                let cells = Release::ALL.into_iter().map(|release| cell(target, release));
                Row::Cells(std::iter::once(Text::from(target.as_str())).chain(cells).collect())
            })
            .collect();
        self.page.table("  ", &columns, &rows);
        self.page.blank();
        for (who, answer, why) in reasons(loading) {
            // A condition speaks for itself.
            let answer = if answer == Answer::If { String::new() } else { format!("{}, ", answer.as_str()) };
            let text =
                Text::tone(Tone::Strong, &format!("{who}: ")).and(Tone::Plain, &format!("{answer}{why}"));
            self.page.paragraph("  ", "    ", text);
        }
        for note in &loading.notes {
            self.page.paragraph("  - ", "    ", note.as_str());
        }
    }

    fn fields(&mut self, fields: &[Field]) {
        if fields.is_empty() {
            return;
        }
        self.heading("HEADER");
        let columns = [
            Column::right("OFFSET"),
            Column::right("LENGTH"),
            Column::left("FIELD"),
            Column::left("BYTES").spare(1),
            Column::left("VALUE"),
        ];
        let mut rows = Vec::new();
        let mut stream = None;
        for field in fields {
            if stream.replace(field.stream) != Some(field.stream) {
                rows.push(Row::Remark(Text::tone(Tone::Faint, &format!("in {}:", field.stream))));
            }
            rows.push(Row::Cells(vec![
                field.offset.to_string().into(),
                field.len.to_string().into(),
                field.name.as_str().into(),
                hex(field).into(),
                field.value.as_str().into(),
            ]));
        }
        self.page.table("  ", &columns, &rows);
    }
}

/// The reasons of the table, each once, with the places that it holds for.
fn reasons(loading: &Loading) -> Vec<(String, Answer, &str)> {
    let mut reasons: Vec<(&Loads, Vec<(Target, Release)>)> = Vec::new();
    for cell in loading.table.iter().filter(|cell| !cell.why.is_empty()) {
        let place = (cell.target, cell.release);
        match reasons.iter_mut().find(|(known, _)| (known.answer, &known.why) == (cell.answer, &cell.why)) {
            Some((_, places)) => places.push(place),
            None => reasons.push((cell, vec![place])),
        }
    }
    let named = reasons.into_iter().map(|(cell, places)| (who(&places), cell.answer, cell.why.as_str()));
    named.collect()
}

/// `Community 5.26, 2025; Aura`: a target by itself stands for all releases.
fn who(places: &[(Target, Release)]) -> String {
    let targets = Target::ALL.into_iter().filter_map(|target| {
        let releases: Vec<&str> =
            places.iter().filter(|place| place.0 == target).map(|place| place.1.as_str()).collect();
        match releases.len() {
            0 => None,
            all if all == Release::ALL.len() => Some(target.as_str().to_owned()),
            _ => Some(format!("{} {}", target.as_str(), releases.join(", "))),
        }
    });
    targets.collect::<Vec<_>>().join("; ")
}

fn intact(faults: &[Error], usable: bool, range: &str) -> Text {
    match (faults.is_empty(), usable) {
        (true, true) => Text::tone(Tone::Warning, "header read (L1), contents not verified"),
        (true, false) => Text::tone(Tone::Bad, &format!("no: no backup can hold the range {range}")),
        (false, _) => {
            Text::tone(Tone::Bad, "no: the header can be read, and something behind it is damaged or missing")
        }
    }
}

/// The first bytes in pairs of digits, and that there are more.
fn hex(field: &Field) -> String {
    const BYTES: usize = 16;
    let shown = field.hex.get(..BYTES * 2).unwrap_or(&field.hex);
    let more = if !shown.is_empty() && field.len > (shown.len() / 2) as u64 { " .." } else { "" };
    format!("{shown}{more}")
}

fn bytes(number: u64) -> String {
    if number < 1000 { size(number) } else { format!("{} ({number} bytes)", size(number)) }
}

fn container_words(container: Container) -> &'static str {
    match container {
        Container::Bzv1 => "backup, metadata V1 and tar in one zstd stream",
        Container::Btv1 => "backup, metadata V1, then plain tar",
        Container::Bzv2 => "backup, metadata V2 and tar in one zstd stream",
        Container::Btv2 => "backup, metadata V2, then plain tar",
        Container::Bzv3 => "backup, metadata V2, then tar in a zstd stream (not in a release up to 2026.05)",
        Container::Dzv1 => "dump, tar in a zstd stream",
        Container::Dgv1 => "dump, tar in a gzip stream",
        Container::LegacyZstd => "dump of an old Neo4j, tar in a zstd stream without a magic of its own",
        Container::LegacyGzip => "dump of an old Neo4j, tar in a gzip stream without a magic of its own",
    }
}
