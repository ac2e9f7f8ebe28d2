//! One file: what it is, whether it is intact, where it will load, what comes next; then every field.

use std::sync::Arc;

use graphkeep_core::FileName;
use graphkeep_core::error::Error;
use graphkeep_core::load::{self, Loading, Release, Target};
use graphkeep_core::report::{Artifact, Details, Dump, Level, OtherFile, Reading, Reason, Report, State};
use graphkeep_core::stranger::Stranger;
use leptos::prelude::*;

use crate::components::copy::Copy;
use crate::components::damage::Mend;
use crate::components::header_bytes::HeaderBytes;
use crate::components::moment::LongMoment;
use crate::components::problems::{Problems, Words};
use crate::components::tables::{Table, role_words};
use crate::components::verdict::{Sign, tone};
use crate::components::verifying::{Proof, VerifyButton, VerifyCrashed, level_words};
use crate::screens::compare::CompareWith;
use crate::state::{App, Evidence};
use crate::wording::{count, of, size};

#[component]
pub fn ArtifactScreen(path: FileName) -> impl IntoView {
    let app = App::here();
    let known = {
        let path = path.clone();
        Memo::new(move |_| app.report().and_then(|report| Known::find(&report, &path)))
    };
    let base = path.base().to_owned();
    let remove = path.clone();
    move || {
        let body = match known.get() {
            Some(Known::Artifact(artifact, role)) => view! { <ArtifactCard artifact role/> }.into_any(),
            Some(Known::Dump(dump)) => view! { <DumpCard dump/> }.into_any(),
            Some(Known::Other(other)) => view! { <OtherCard other/> }.into_any(),
            None => view! { <p>"This file is not here any more."</p> }.into_any(),
        };
        let compare = matches!(known.get(), Some(Known::Artifact(..))).then(|| remove.clone());
        let shown = remove.clone();
        let remove = remove.clone();
        let on_remove = move |_| {
            app.remove(&remove);
            app.leave();
        };
        view! {
            <div class="screen" id="artifact">
                <div class="headline">
                    <div>
                        <h1 id="screen-title" tabindex="-1">{base.clone()}</h1>
                        <p class="muted path">{path.0.clone()}</p>
                    </div>
                    <div class="actions">{compare.clone().map(|path| view! { <CompareWith path/> })}<button id="remove" on:click=on_remove>"Remove from the list"</button></div>
                </div>
                {body}
                {app.verify_crashed(&shown).map(|details| view! { <VerifyCrashed details/> })}
                {app.proof(&shown).map(|found| view! { <Proof found/> })}
                <EvidenceBody/>
            </div>
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Known {
    /// With its part in its database.
    Artifact(Box<Artifact>, Option<&'static str>),
    Dump(Box<Dump>),
    Other(OtherFile),
}

impl Known {
    fn find(report: &Arc<Report>, path: &FileName) -> Option<Self> {
        if let Ok(id) = report.artifacts.binary_search_by(|artifact| artifact.path.cmp(path)) {
            let artifact = &report.artifacts[id];
            let database = crate::state::database(report, artifact.database_id);
            let member =
                database.and_then(|database| database.members.iter().find(|member| member.artifact == id));
            return Some(Self::Artifact(
                Box::new(artifact.clone()),
                member.map(|member| role_words(member.role)),
            ));
        }
        if let Some(dump) = report.dumps.iter().find(|dump| dump.path == *path) {
            return Some(Self::Dump(Box::new(dump.clone())));
        }
        let other = report.others.iter().find(|other| other.path == *path)?;
        Some(Self::Other(other.clone()))
    }
}

#[component]
fn ArtifactCard(artifact: Box<Artifact>, role: Option<&'static str>) -> impl IntoView {
    let loading = load::artifact(&artifact);
    let what = format!(
        "{} backup of {}, tx {}, container {} as written by {}, {}",
        artifact.kind.as_str(),
        artifact.database,
        artifact.range(),
        artifact.container.name(),
        artifact.container.written_by(),
        size(artifact.size),
    );
    let state = match (artifact.is_usable(), artifact.level()) {
        (false, _) => State::Corrupt,
        (true, Level::L0 | Level::L1) => State::Unverified,
        (true, _) => State::Restorable,
    };
    let verify = (vec![artifact.path.clone()], artifact.size);
    let level = artifact.level();
    view! {
        <div class=format!("verdict-card {}", tone(state)) id="verdict-card">
            <dl class="facts">
                <div><dt>"What"</dt><dd>{what}<br/>"taken "<LongMoment time=artifact.time/></dd></div>
                <div><dt>"Intact?"</dt><dd><Intact state faults=artifact.faults.clone() bytes_read=artifact.bytes_read level/></dd></div>
                {role.map(|role| view! { <div><dt>"In its chain"</dt><dd>{role}</dd></div> })}
            </dl>
            <div class="actions"><VerifyButton id="verify-file" what="Verify" paths=verify.0 bytes=verify.1/></div>
        </div>
        <Loads loading/>
        <Metadata artifact/>
    }
}

#[component]
fn Intact(state: State, faults: Vec<Error>, bytes_read: u64, level: Level) -> impl IntoView {
    if faults.is_empty() {
        let text = match (state, level) {
            (State::Corrupt, _) => "verification found damage: see below".to_owned(),
            (_, Level::L2 | Level::L3 | Level::L4) => level_words(level).to_owned(),
            _ => format!("header read ({} bytes), contents not verified", count(bytes_read)),
        };
        return view! { <Sign state/>" "{text} }.into_any();
    }
    let faults = faults.into_iter().map(|fault| {
        let hint = fault.hint();
        view! { <li>{fault.to_string()}{hint.map(|hint| view! { <p class="small muted"><Words text=hint/></p> })}</li> }
    });
    let faults: Vec<_> = faults.collect();
    view! { <Sign state/>" damaged"<ul class="bare">{faults}</ul> }.into_any()
}

/// Editions against release lines; the reason under each answer.
#[component]
fn Loads(loading: Loading) -> impl IntoView {
    let rows = Target::ALL.map(|target| {
        let cells = Release::ALL.map(|release| {
            let found = loading.table.iter().find(|loads| loads.target == target && loads.release == release);
            found.map(|loads| {
                view! {
                    <td class=format!("answer {}", loads.answer.as_str())>
                        <strong>{loads.answer.as_str()}</strong>
                        <p class="small muted"><Words text=loads.why.clone()/></p>
                    </td>
                }
            })
        });
        view! { <tr><th scope="row">{target.as_str()}</th>{cells.into_iter().collect::<Vec<_>>()}</tr> }
    });
    let heads = Release::ALL.map(|release| view! { <th scope="col">{release.as_str()}</th> });
    let notes: Vec<_> =
        loading.notes.iter().map(|note| view! { <li><Words text=note.clone()/></li> }).collect();
    view! {
        <section id="loads" aria-label="Where it loads">
            <h2>"Where will it load?"</h2>
            <Table label="Editions and releases it loads into" class="data loads">
                    <thead><tr><th scope="col">"Edition"</th>{heads.into_iter().collect::<Vec<_>>()}</tr></thead>
                    <tbody>{rows.into_iter().collect::<Vec<_>>()}</tbody>
                </Table>
            {(!notes.is_empty()).then(|| view! { <ul class="notes">{notes}</ul> })}
        </section>
    }
}

#[component]
fn Metadata(artifact: Box<Artifact>) -> impl IntoView {
    let store = &artifact.store_id;
    let yes_no = |yes: bool| if yes { "yes" } else { "no" }.to_owned();
    let mut facts: Vec<(&str, String)> = vec![
        ("Database", artifact.database.clone()),
        ("Database id", artifact.database_id.to_string()),
        ("Time (UTC)", artifact.time.words()),
        ("Type", artifact.kind.as_str().to_owned()),
        ("Full", yes_no(artifact.full)),
        ("Lowest tx", artifact.lowest_tx.to_string()),
        ("Highest tx", artifact.highest_tx.to_string()),
        ("Recovered", yes_no(artifact.recovered)),
        ("Compressed", yes_no(artifact.compressed)),
        ("Store id hash", artifact.store_id_hash.to_string()),
        ("Store format", store.format_name()),
        (
            "Store created (UTC)",
            graphkeep_core::time::UtcTime(store.creation_time_ms.div_euclid(1000)).words(),
        ),
        ("Store random", store.random.to_string()),
        ("Container", format!("{} ({})", artifact.container.name(), artifact.container.written_by())),
        ("Metadata version", artifact.metadata_version.to_string()),
        ("Size", format!("{} ({} bytes)", size(artifact.size), count(artifact.size))),
    ];
    if let Some(bits) = artifact.unknown_flags {
        facts.push(("Unknown flags", format!("{bits:#x}")));
    }
    facts.push((
        "Contents",
        artifact.archive_size.map_or_else(
            || "not stated in the file".to_owned(),
            |contents| {
                format!(
                    "{} files, {} ({} bytes) unpacked",
                    count(contents.files),
                    size(contents.bytes),
                    count(contents.bytes)
                )
            },
        ),
    ));
    if let Some(split) = &artifact.split {
        let parts = format!(
            "{} of {} here, archive id {}",
            split.parts.len(),
            of(split.part_count as usize, "part", "parts"),
            split.archive_id
        );
        facts.push(("Split", parts));
    }
    if let Some(topology) = &artifact.topology {
        let shard = topology
            .shard_index
            .map_or_else(|| "the graph shard".to_owned(), |index| format!("property shard {index}"));
        let text = format!(
            "{shard} of {} ({}), {}",
            topology.virtual_name,
            topology.virtual_id,
            of(topology.shard_count as usize, "property shard", "property shards")
        );
        facts.push(("Sharded database", text));
    }
    if let Some(script) = artifact.script {
        let how = if script.compressed { "gzip" } else { "plain" };
        facts.push(("Metadata script", format!("{} stored, {how}", size(script.bytes))));
    }
    let facts: Vec<_> =
        facts.into_iter().map(|(term, fact)| view! { <div><dt>{term}</dt><dd>{fact}</dd></div> }).collect();
    let unknown: Vec<_> = artifact
        .unknown_keys
        .iter()
        .map(|unknown| {
            let value = unknown.text.clone().or_else(|| unknown.hex.as_ref().map(|hex| format!("hex {hex}"))).unwrap_or_default();
            view! { <tr><th scope="row"><code>{unknown.key.clone()}</code></th><td class="number">{count(unknown.bytes)}</td><td class="value">{value}</td></tr> }
        })
        .collect();
    view! {
        <section id="metadata" aria-label="Metadata">
            <h2>"Metadata"</h2>
            <dl class="facts columns">{facts}</dl>
            {(!unknown.is_empty()).then(|| view! {
                <h3>"Entries that this version does not know"</h3>
                <Table label="Unknown entries"><thead><tr><th scope="col">"Key"</th><th scope="col" class="number">"Bytes"</th><th scope="col">"Value"</th></tr></thead>
                        <tbody>{unknown}</tbody>
                    </Table>
            })}
        </section>
    }
}

#[component]
fn DumpCard(dump: Box<Dump>) -> impl IntoView {
    let loading = load::dump(&dump);
    let level = dump.verified.as_ref().map_or(Level::L1, |found| found.level);
    let state = match (dump.is_usable(), level) {
        (false, _) => State::Corrupt,
        (true, Level::L0 | Level::L1) => State::Unknown,
        (true, _) => State::Restorable,
    };
    let (paths, bytes) = (vec![dump.path.clone()], dump.size);
    let what = format!(
        "dump{}, container {} as written by {}, {}",
        dump.database_by_name
            .as_ref()
            .map(|name| format!(" of {name}, by its file's name"))
            .unwrap_or_default(),
        dump.container.name(),
        dump.container.written_by(),
        size(dump.size),
    );
    let contents = dump.archive_size.map_or_else(
        || "not stated in the file".to_owned(),
        |contents| format!("{} files, {} unpacked", count(contents.files), size(contents.bytes)),
    );
    view! {
        <div class=format!("verdict-card {}", tone(state)) id="verdict-card">
            <dl class="facts">
                <div><dt>"What"</dt><dd>{what}</dd></div>
                <div><dt>"Contents"</dt><dd>{contents}</dd></div>
                <div><dt>"Intact?"</dt><dd><Intact state faults=dump.faults.clone() bytes_read=dump.bytes_read level/></dd></div>
                <div><dt>"Unknown"</dt><dd>"a dump has no metadata: database id, time, transactions and store are not in its header"</dd></div>
            </dl>
            <div class="actions"><VerifyButton id="verify-file" what="Verify" paths bytes/></div>
        </div>
        <Loads loading/>
    }
}

#[component]
fn OtherCard(other: OtherFile) -> impl IntoView {
    let can_be_mended = matches!(&other.reason, Reason::Stranger { what: Stranger::TextBeforeMagic });
    let path = other.path.clone();
    let mending = can_be_mended.then(|| view! {
        <div class="actions"><VerifyButton id="verify-file" what="Look for a repair" paths=vec![path.clone()] bytes=other.size/></div>
        <Mend path/>
    });
    view! {
        <div class="verdict-card open" id="verdict-card">
            <Problems problems=vec![other.problem.clone()]/>
            <dl class="facts">
                <div><dt>"Size"</dt><dd>{size(other.size)}" ("{count(other.size)}" bytes)"</dd></div>
                <div><dt>"Read of it"</dt><dd>{count(other.bytes_read)}" bytes"</dd></div>
            </dl>
            {mending}
        </div>
    }
}

/// What is read again from the file for this screen: the header's bytes, and the script behind its button.
#[component]
fn EvidenceBody() -> impl IntoView {
    let app = App::here();
    move || {
        match app.evidence() {
        Evidence::Reading => view! { <p class="muted" role="status">"Reading the header again …"</p> }.into_any(),
        Evidence::NoFile => view! { <p class="muted">"The file itself is not here, so its bytes cannot be shown."</p> }.into_any(),
        Evidence::Crashed(details) => view! {
            <p class="notice" role="alert">"The reader ended over this file, which is a defect of this program. "<Copy text=details what="details"/></p>
        }
        .into_any(),
        Evidence::Here(details) => view! { <Read details/> }.into_any(),
    }
    }
}

#[component]
fn Read(details: Arc<Details>) -> impl IntoView {
    let shown = RwSignal::new(false);
    let script = details.script.clone();
    let fields = details.fields.clone();
    let unreadable = match &details.reading {
        Reading::Other(other) if matches!(other.reason, Reason::Unreadable { .. }) => {
            Some(other.problem.message.clone())
        }
        _ => None,
    };
    view! {
        {unreadable.map(|why| view! { <p class="notice" role="alert">"Reading it again: "<Words text=why/></p> })}
        {script.map(|script| view! {
            <section id="script" aria-label="Users and roles">
                <h2>"Users and roles"</h2>
                <p class="muted">"The metadata script makes users and roles again. It may hold password hashes."</p>
                <button id="show-script" aria-expanded=move || shown.get().to_string() on:click=move |_| shown.update(|shown| *shown = !*shown)>
                    {move || if shown.get() { "Hide the script" } else { "Show the script" }}
                </button>
                {move || shown.get().then(|| match script.clone() {
                    Ok(text) => view! { <pre tabindex="0" class="script"><code>{text}</code></pre> }.into_any(),
                    Err(error) => view! { <p class="notice">{error.to_string()}</p> }.into_any(),
                })}
            </section>
        })}
        {(!fields.is_empty()).then(|| view! {
            <section id="bytes" aria-label="Header bytes">
                <h2>"The header, byte by byte"</h2>
                <HeaderBytes fields=fields.clone()/>
            </section>
        })}
    }
}
