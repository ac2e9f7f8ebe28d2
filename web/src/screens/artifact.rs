//! One file: what it is, whether it is intact, where it will load, what comes next; then every field.

use std::sync::Arc;

use graphkeep_core::FileName;
use graphkeep_core::error::Error;
use graphkeep_core::load::{self, Loading, Release, Target};
use graphkeep_core::plan::{Point, Shell, plan};
use graphkeep_core::report::{
    ArchiveSize, Artifact, BackupType, Details, Dump, Level, OtherFile, Reading, Reason, Report, State,
};
use graphkeep_core::stranger::Stranger;
use graphkeep_core::verify::Verification;
use leptos::prelude::*;

use crate::components::contents::Contents;
use crate::components::copy::Copy;
use crate::components::damage::Mend;
use crate::components::header_bytes::HeaderBytes;
use crate::components::moment::LongMoment;
use crate::components::plan::PlanBody;
use crate::components::problems::{Problems, Words};
use crate::components::tables::{Table, path_words, role_words};
use crate::components::tabs::{Tab, Tabs};
use crate::components::transactions::Transactions;
use crate::components::verdict::{Sign, tone};
use crate::components::verifying::{Findings, VerifyButton, VerifyCrashed, level_words};
use crate::screens::compare::CompareWith;
use crate::state::{App, Evidence, database};
use crate::wording::{count, of, size};

#[component]
pub fn ArtifactScreen(path: FileName) -> impl IntoView {
    let app = App::here();
    let base = path.base().to_owned();
    let whole = path.0.clone();
    let path = StoredValue::new(path);
    let known = Memo::new(move |_| app.report().and_then(|report| Known::find(&report, &path.get_value())));
    // What stays as it is keeps its focus while a verification changes the rest.
    let kind = Memo::new(move |_| known.with(|known| known.as_ref().map(Known::kind)));
    let verify = Memo::new(move |_| known.with(|known| known.as_ref().and_then(Known::verification)));
    let proof = Memo::new_with_compare(
        move |_| app.proof(&path.get_value()),
        |old, new| !matches!((old, new), (Some(Some(old)), Some(Some(new))) if Arc::ptr_eq(old, new)),
    );
    let tone = move || known.with(|known| known.as_ref().map_or("open", Known::tone));
    let facts = move || match known.get() {
        Some(Known::Artifact(artifact, role)) => view! { <ArtifactFacts artifact role/> }.into_any(),
        Some(Known::Dump(dump)) => view! { <DumpFacts dump/> }.into_any(),
        Some(Known::Other(other)) => view! { <OtherFacts other/> }.into_any(),
        None => view! { <p>"This file is not here any more."</p> }.into_any(),
    };
    let button = move || {
        verify.get().map(|(what, bytes)| {
            view! { <div class="actions"><VerifyButton id="verify-file" what paths=vec![path.get_value()] bytes/></div> }
        })
    };
    let mend = move || {
        (kind.get()? == Kind::Other).then_some(())?;
        verify.get().map(|_| view! { <Mend path=path.get_value()/> })
    };
    let loading = move || match known.get()? {
        Known::Artifact(artifact, _) => Some(load::artifact(&artifact)),
        Known::Dump(dump) => Some(load::dump(&dump)),
        Known::Other(_) => None,
    };
    let compare =
        move || (kind.get()? == Kind::Artifact).then(|| view! { <CompareWith path=path.get_value()/> });
    let on_remove = move |_| {
        app.remove(&path.get_value());
        app.leave();
    };
    view! {
        <div class="screen" id="artifact">
            <div class="headline">
                <div>
                    <h1 id="screen-title" tabindex="-1">{base}</h1>
                    <p class="muted path">{whole}</p>
                </div>
                <div class="actions">{compare}<button id="remove" on:click=on_remove>"Remove from the list"</button></div>
            </div>
            <div class=move || format!("verdict-card {}", tone()) id="verdict-card">{facts}{button}{mend}</div>
            {move || app.verify_crashed(&path.get_value()).map(|details| view! { <VerifyCrashed details/> })}
            {move || proof.get().map(|found| view! { <Findings found/> })}
            {move || loading().map(|loading| view! { <Loads loading/> })}
            {move || kind.get().map(|kind| view! { <Evidences kind known=known.into() proof=proof.into()/> })}
        </div>
    }
}

/// All that is known of the file, a tab for each kind of it.
#[component]
fn Evidences(
    kind: Kind,
    known: Signal<Option<Known>>,
    proof: Signal<Option<Arc<Verification>>>,
) -> impl IntoView {
    let metadata = move || match known.get()? {
        Known::Artifact(artifact, _) => Some(view! { <Metadata artifact/> }),
        _ => None,
    };
    let contents = move || {
        match proof.get() {
        Some(found) => view! { <Contents found/> }.into_any(),
        None => view! { <p class="muted">"Its files are known once it was verified: that reads it to its end."</p> }.into_any(),
    }
    };
    let transactions = move || match proof
        .get()
        .map(|found| (found.path.clone(), found.bytes, found.logs.clone()))
    {
        Some((path, bytes, Some(logs))) => view! { <Transactions path bytes logs/> }.into_any(),
        Some((.., None)) => {
            view! { <p class="muted">"Verification found no transaction log in it."</p> }.into_any()
        }
        None => {
            let range = known.with(|known| match known {
                Some(Known::Artifact(artifact, _)) => format!("Its header says tx {}. ", artifact.range()),
                _ => String::new(),
            });
            view! { <p class="muted">{range}"Each transaction and when it was committed is known once it was verified: that reads the logs in it."</p> }.into_any()
        }
    };
    let tab = |id, name, panel: AnyView| Tab { id, name, panel };
    let container = move |facts: bool| {
        let record = move || facts.then(|| view! { <SizeRecord known proof/> });
        view! { {record}<ReadAgain show=bytes/> }.into_any()
    };
    let tabs = match kind {
        Kind::Artifact => vec![
            tab("metadata", "Metadata", metadata.into_any()),
            tab("contents", "Contents", contents.into_any()),
            tab("users", "Users and roles", view! { <ReadAgain show=script/> }.into_any()),
            tab("transactions", "Transactions", transactions.into_any()),
            tab("container", "Container", container(true)),
        ],
        Kind::Dump => vec![
            tab("contents", "Contents", contents.into_any()),
            tab("transactions", "Transactions", transactions.into_any()),
            tab("container", "Container", container(true)),
        ],
        Kind::Other => return container(false),
    };
    view! { <Tabs label="What is known of this file" tabs/> }.into_any()
}

#[derive(Debug, Clone, PartialEq)]
enum Known {
    /// With its part in its database.
    Artifact(Box<Artifact>, Option<&'static str>),
    Dump(Box<Dump>),
    Other(OtherFile),
}

/// Which of them it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Artifact,
    Dump,
    Other,
}

impl Known {
    fn kind(&self) -> Kind {
        match self {
            Self::Artifact(..) => Kind::Artifact,
            Self::Dump(_) => Kind::Dump,
            Self::Other(_) => Kind::Other,
        }
    }

    fn state(&self) -> State {
        let (is_usable, level, unproven) = match self {
            Self::Artifact(artifact, _) => (artifact.is_usable(), artifact.level(), State::Unverified),
            Self::Dump(dump) => (dump.is_usable(), dump_level(dump), State::Unknown),
            Self::Other(_) => return State::Unknown,
        };
        match (is_usable, level) {
            (false, _) => State::Corrupt,
            (true, Level::L0 | Level::L1) => unproven,
            (true, _) => State::Restorable,
        }
    }

    fn tone(&self) -> &'static str {
        tone(self.state())
    }

    /// What reading it to its end is for, and the bytes of it.
    fn verification(&self) -> Option<(&'static str, u64)> {
        match self {
            Self::Artifact(artifact, _) => Some(("Verify", artifact.size)),
            Self::Dump(dump) => Some(("Verify", dump.size)),
            Self::Other(other) => {
                let can_be_mended =
                    matches!(&other.reason, Reason::Stranger { what: Stranger::TextBeforeMagic });
                can_be_mended.then_some(("Look for a repair", other.size))
            }
        }
    }

    fn find(report: &Arc<Report>, path: &FileName) -> Option<Self> {
        if let Ok(id) = report.artifacts.binary_search_by(|artifact| artifact.path.cmp(path)) {
            let artifact = &report.artifacts[id];
            let database = database(report, artifact.database_id);
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

fn dump_level(dump: &Dump) -> Level {
    dump.verified.as_ref().map_or(Level::L1, |found| found.level)
}

#[component]
fn ArtifactFacts(artifact: Box<Artifact>, role: Option<&'static str>) -> impl IntoView {
    let what = format!(
        "{} backup of {}, tx {}, container {} as written by {}, {}",
        artifact.kind.as_str(),
        artifact.database,
        artifact.range(),
        artifact.container.name(),
        artifact.container.written_by(),
        size(artifact.size),
    );
    let (time, level) = (artifact.time, artifact.level());
    let (faults, bytes_read) = (artifact.faults.clone(), artifact.bytes_read);
    let next = view! { <Next artifact=artifact.clone()/> };
    let state = Known::Artifact(artifact, role).state();
    view! {
        <dl class="facts">
            <div><dt>"What"</dt><dd>{what}<br/>"taken "<LongMoment time/></dd></div>
            <div><dt>"Intact?"</dt><dd><Intact state faults bytes_read level/></dd></div>
            {role.map(|role| view! { <div><dt>"In its chain"</dt><dd>{role}</dd></div> })}
            <div id="next"><dt>"What next"</dt><dd>{next}</dd></div>
        </dl>
    }
}

/// What to do with it: the commands that restore up to it, or what it lacks for that.
#[component]
fn Next(artifact: Box<Artifact>) -> impl IntoView {
    let app = App::here();
    let shell = RwSignal::new(Shell::Sh);
    if !artifact.is_usable() {
        return "copy it again from its source: damaged, it restores nothing, and what follows it neither"
            .into_any();
    }
    if artifact.kind == BackupType::Empty {
        return "nothing: it holds no transactions, and says that there were none up to its time".into_any();
    }
    // As it is now: the commands change with the folder that they name, and nothing else here does.
    let found = move || {
        let report = app.with_folder(&app.report()?);
        let database = database(&report, artifact.database_id)?.clone();
        Some((plan(&report, &database, Point::Tx(artifact.highest_tx)), report))
    };
    let answer = move || {
        match found() {
        Some((Ok(plan), report)) => {
            let path: Vec<_> = plan.steps.iter().map(|step| step.artifact).collect();
            let words = path_words(&report, &path).unwrap_or_default();
            view! {
                <p>"restores everything up to tx "{count(plan.reaches_tx)}", by "{words}" to read"</p>
                <details class="plain"><summary>"The commands"</summary><PlanBody plan shell/></details>
            }
            .into_any()
        }
        Some((Err(unreachable), _)) => view! {
            <p><Words text=unreachable.why/></p>
            <p class="muted">"It continues another backup. Drop the folder that holds that one, and its full, too."</p>
        }
        .into_any(),
        None => ().into_any(),
    }
    };
    answer.into_any()
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
            {(!notes.is_empty()).then(|| view! {
                <details class="plain"><summary>{of(notes.len(), "thing", "things")}" to know before you load it"</summary><ul class="notes">{notes}</ul></details>
            })}
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
    facts.push(("Contents", size_record(artifact.archive_size)));
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
fn DumpFacts(dump: Box<Dump>) -> impl IntoView {
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
    let contents = size_record(dump.archive_size);
    let (faults, bytes_read, level) = (dump.faults.clone(), dump.bytes_read, dump_level(&dump));
    let state = Known::Dump(dump).state();
    view! {
        <dl class="facts">
            <div><dt>"What"</dt><dd>{what}</dd></div>
            <div><dt>"Contents"</dt><dd>{contents}</dd></div>
            <div><dt>"Intact?"</dt><dd><Intact state faults bytes_read level/></dd></div>
            <div><dt>"Unknown"</dt><dd>"a dump has no metadata: database id, time, transactions and store are not in its header"</dd></div>
        </dl>
    }
}

#[component]
fn OtherFacts(other: OtherFile) -> impl IntoView {
    view! {
        <Problems problems=vec![other.problem.clone()]/>
        <dl class="facts">
            <div><dt>"Size"</dt><dd>{size(other.size)}" ("{count(other.size)}" bytes)"</dd></div>
            <div><dt>"Read of it"</dt><dd>{count(other.bytes_read)}" bytes"</dd></div>
        </dl>
    }
}

/// What the file says that it holds.
fn size_record(record: Option<ArchiveSize>) -> String {
    record.map_or_else(
        || "not stated in the file".to_owned(),
        |contents| {
            format!(
                "{}, {} ({} bytes) unpacked",
                of(usize::try_from(contents.files).unwrap_or(usize::MAX), "file", "files"),
                size(contents.bytes),
                count(contents.bytes)
            )
        },
    )
}

/// What the file says that it holds, against what was counted in it.
#[component]
fn SizeRecord(known: Signal<Option<Known>>, proof: Signal<Option<Arc<Verification>>>) -> impl IntoView {
    move || {
        let (name, record) = match known.get()? {
            Known::Artifact(artifact, _) => (artifact.container.name(), artifact.archive_size),
            Known::Dump(dump) => (dump.container.name(), dump.archive_size),
            Known::Other(_) => return None,
        };
        let counted = proof.get().map_or_else(
            || "nothing yet: verification counts".to_owned(),
            |found| {
                let files = of(usize::try_from(found.files).unwrap_or(usize::MAX), "file", "files");
                format!("{files}, {} ({} bytes)", size(found.file_bytes), count(found.file_bytes))
            },
        );
        Some(view! {
            <dl class="facts">
                <div><dt>"Magic"</dt><dd><code>{name}</code></dd></div>
                <div><dt>"Size record"</dt><dd>{size_record(record)}</dd></div>
                <div><dt>"Counted"</dt><dd>{counted}</dd></div>
            </dl>
        })
    }
}

/// Users and roles, behind a button.
fn script(details: Arc<Details>) -> AnyView {
    match details.script.clone() {
        Some(script) => view! { <ScriptText script/> }.into_any(),
        None => view! { <p class="muted">"It holds no script of users and roles: a backup that was taken without them has none."</p> }
            .into_any(),
    }
}

#[component]
fn ScriptText(script: Result<String, Error>) -> impl IntoView {
    let shown = RwSignal::new(false);
    view! {
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
    }
}

/// The header's bytes.
fn bytes(details: Arc<Details>) -> AnyView {
    let unreadable = match &details.reading {
        Reading::Other(other) if matches!(other.reason, Reason::Unreadable { .. }) => {
            Some(other.problem.message.clone())
        }
        _ => None,
    };
    let fields = details.fields.clone();
    view! {
        {unreadable.map(|why| view! { <p class="notice" role="alert">"Reading it again: "<Words text=why/></p> })}
        {(!fields.is_empty()).then(|| view! {
            <section id="bytes" aria-label="Header bytes">
                <h2>"The header, byte by byte"</h2>
                <HeaderBytes fields/>
            </section>
        })}
    }
    .into_any()
}

/// What is read again from the file for this screen, once that is done.
#[component]
fn ReadAgain(show: fn(Arc<Details>) -> AnyView) -> impl IntoView {
    let app = App::here();
    move || {
        match app.evidence() {
        Evidence::Reading => view! { <p class="muted" role="status">"Reading the header again …"</p> }.into_any(),
        Evidence::NoFile => view! { <p class="muted">"The file itself is not here, so its bytes cannot be shown."</p> }.into_any(),
        Evidence::Crashed(details) => view! {
            <p class="notice" role="alert">"The reader ended over this file, which is a defect of this program. "<Copy text=details what="details"/></p>
        }
        .into_any(),
        Evidence::Here(details) => show(details),
    }
    }
}
