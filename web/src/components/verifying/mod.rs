//! Verification on the page: what it will read before it starts, how far it is, and what it found.

use std::sync::Arc;

use graphkeep_core::FileName;
use graphkeep_core::archive::{Entry, Role};
use graphkeep_core::log::LogReport;
use graphkeep_core::report::{Artifact, Level, Report};
use graphkeep_core::time::UtcTime;
use graphkeep_core::verify::{Checksum, Damage, Verification};
use leptos::prelude::*;

use crate::components::copy::Copy;
use crate::components::problems::Problems;
use crate::components::tables::Table;
use crate::state::App;
use crate::verifying::Verifying;
use crate::wording::{count, of, size, span};

/// Entries shown at first.
const SHOWN: usize = 50;
/// Bars of the histogram.
const BARS: f64 = 640.0;
const BAR_HEIGHT: f64 = 72.0;

/// Starts a verification; says what it will read.
#[component]
pub fn VerifyButton(
    /// What is verified, as the button says it.
    #[prop(into)]
    what: String,
    paths: Vec<FileName>,
    bytes: u64,
    #[prop(into)] id: String,
) -> impl IntoView {
    let app = App::here();
    let files = of(paths.len(), "file", "files");
    let busy = move || app.verifying().is_some_and(|verifying| !verifying.is_over());
    view! {
        <button id=id disabled=busy on:click=move |_| app.verify(&paths)>
            {what}<span class="muted">" · "{files}", "{size(bytes)}</span>
        </button>
    }
}

/// Verifies all that a report is about.
#[component]
pub fn VerifyEverything(report: Arc<Report>) -> impl IntoView {
    let files = report.artifacts.iter().map(|artifact| (&artifact.path, artifact.size));
    let files = files.chain(report.dumps.iter().map(|dump| (&dump.path, dump.size)));
    let (paths, sizes): (Vec<_>, Vec<u64>) = files.map(|(path, size)| (path.clone(), size)).unzip();
    let bytes = sizes.into_iter().fold(0, u64::saturating_add);
    (!paths.is_empty())
        .then(|| view! { <VerifyButton id="verify-everything" what="Verify everything" paths bytes/> })
}

/// How much of a report was verified, a sentence with its full stop.
pub fn verified_words(report: &Report) -> String {
    let artifacts = report.artifacts.iter().map(Artifact::level);
    let dumps = report.dumps.iter().map(|dump| dump.verified.as_ref().map_or(Level::L1, |found| found.level));
    let all = report.artifacts.len() + report.dumps.len();
    match artifacts.chain(dumps).filter(|level| *level > Level::L1).count() {
        0 => format!(
            "Only headers were read ({}): contents are not verified.",
            size(report.summary.bytes_read)
        ),
        verified => format!("{} of {} verified.", count(verified as i128), of(all, "backup", "backups")),
    }
}

/// How far the verification is, wherever on the page the person went.
#[component]
pub fn VerifyBar() -> impl IntoView {
    let app = App::here();
    let running = Memo::new(move |_| app.verifying().is_some_and(|verifying| !verifying.is_over()));
    let ended = move || app.verifying().filter(Verifying::is_over).map(|verifying| end_words(&verifying));
    view! {
        <section id="verifying" aria-label="Verification" class="progress">
            <Show when=move || running.get()>
                <progress
                    aria-label="Bytes verified"
                    max="100"
                    value=move || app.verifying().map_or(0, |verifying| verifying.percent())
                ></progress>
                <p class="progress-line">{move || app.verifying().map(|verifying| line(&verifying))}</p>
                <button id="stop-verifying" on:click=move |_| app.stop_verifying()>"Cancel"</button>
            </Show>
            <p class="sr-only" role="status" aria-live="polite">{ended}</p>
        </section>
    }
}

/// `Verifying: 12 MB of 1.2 GB · 3 of 20 files · 310 MB/s · 4 s left`.
fn line(verifying: &Verifying) -> String {
    let mut parts = vec![
        format!("Verifying: {} of {}", size(verifying.bytes_done()), size(verifying.bytes())),
        format!("{} of {}", verifying.files_done(), of(verifying.files(), "file", "files")),
    ];
    if let Some(speed) = verifying.speed() {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bytes a second")]
        parts.push(format!("{}/s", size(speed as u64)));
    }
    parts.extend(verifying.seconds_left().map(|seconds| format!("{} left", span(seconds))));
    parts.join(" · ")
}

fn end_words(verifying: &Verifying) -> String {
    let word = if verifying.is_stopped() { "Verification cancelled" } else { "Verified" };
    let crashed = match verifying.files_crashed() {
        0 => String::new(),
        number => format!("; the reader ended over {}", of(number, "file", "files")),
    };
    format!("{word}: {} of {}{crashed}", verifying.files_done(), of(verifying.files(), "file", "files"))
}

/// The readers ended over this file: what it was known for before is kept.
#[component]
pub fn VerifyCrashed(details: String) -> impl IntoView {
    let copied = format!("{details} (build {})", crate::BUILD);
    view! {
        <p class="notice" role="alert" id="verify-crashed">
            "Twice the reader ended over this file while verifying it, which is a defect of this program: "{details}". What its header says is kept. "<Copy text=copied what="details"/>
        </p>
    }
}

/// What the levels mean, in the words of a verdict.
pub fn level_words(level: Level) -> &'static str {
    match level {
        Level::L0 => "only the file's name",
        Level::L1 => "headers only (L1); contents are not verified",
        Level::L2 => "contents decoded whole (L2); transactions are not verified",
        Level::L3 => "contents decoded whole, every transaction in the logs checked (L3)",
        Level::L4 => "recovered by a real Neo4j (L4)",
    }
}

/// All that verification found in one file.
#[component]
pub fn Proof(found: Arc<Verification>) -> impl IntoView {
    let damage = found.damage.clone().map(|damage| view! { <DamageBox damage found=found.clone()/> });
    let logs = found.logs.clone().map(|logs| view! { <Transactions logs/> });
    let problems = found.problems.clone();
    view! {
        {damage}
        {(!problems.is_empty()).then(|| view! {
            <section id="verify-problems" aria-label="What verification found">
                <h2>{of(problems.len(), "finding", "findings")}</h2>
                <Problems problems/>
            </section>
        })}
        {logs}
        <Contents found/>
    }
}

/// Where the file stops making sense, to scale, and what that costs.
#[component]
fn DamageBox(damage: Damage, found: Arc<Verification>) -> impl IntoView {
    let length = found.bytes.max(damage.offset).max(1);
    let part = (damage.offset.min(length) as f64 / length as f64).clamp(0.0, 1.0);
    let good = part * BARS;
    let rest = BARS - good;
    let label = format!("sound up to byte {} of {}", count(damage.offset), count(length));
    view! {
        <section id="damage" class="gap" aria-label="Damage">
            <h2>{damage.layer.clone()}" at byte "{count(damage.offset)}" of "{damage.stream.to_string()}" "<code class="muted">{damage.code.as_str()}</code></h2>
            <svg class="strip" viewBox=format!("0 0 {BARS} 14") role="img" aria-label=label preserveAspectRatio="none">
                <rect class="strip-good" x="0" y="0" width=good height="14"/>
                <rect class="strip-bad" x=good y="0" width=rest.max(3.0) height="14"/>
            </svg>
            <dl class="facts">
                <div><dt>"Read before it"</dt><dd>{size(damage.decoded)}" decoded, "{of(usize::try_from(damage.whole_files).unwrap_or(usize::MAX), "whole file", "whole files")}", which can be extracted with the command line tool"</dd></div>
                {damage.likely_cause.clone().map(|cause| view! { <div><dt>"Likely cause"</dt><dd>{cause}</dd></div> })}
                {damage.cut_to.map(|to| view! { <div><dt>"Mends it"</dt><dd>"a new file of the first "{count(to)}" bytes: "<code>"graphkeep repair"</code></dd></div> })}
            </dl>
        </section>
    }
}

#[component]
fn Transactions(logs: LogReport) -> impl IntoView {
    let kernels: Vec<String> = logs
        .kernels
        .iter()
        .map(|kernel| match &kernel.introduced_in {
            Some(version) => format!("{version} (byte {})", kernel.byte),
            None => format!("unknown (byte {})", kernel.byte),
        })
        .collect();
    let point = |point: graphkeep_core::log::TxPoint| {
        format!("tx {}, committed {} UTC", count(point.tx), milliseconds(point.time_ms))
    };
    let formats: Vec<String> = logs.formats.iter().map(ToString::to_string).collect();
    view! {
        <section id="transactions" aria-label="Transactions">
            <h2>{count(logs.transactions)}" transactions "<span class="muted">"in "{of(usize::try_from(logs.files).unwrap_or(usize::MAX), "log file", "log files")}", "{size(logs.bytes)}</span></h2>
            <Bars logs=logs.clone()/>
            <dl class="facts">
                {logs.first.map(|first| view! { <div><dt>"First"</dt><dd>{point(first)}</dd></div> })}
                {logs.last.map(|last| view! { <div><dt>"Last"</dt><dd>{point(last)}</dd></div> })}
                {(!kernels.is_empty()).then(|| view! { <div><dt>"Kernel version"</dt><dd>{kernels.join(", ")}"; no older Neo4j reads these logs"</dd></div> })}
                {(!formats.is_empty()).then(|| view! { <div><dt>"Log format"</dt><dd>{formats.join(", ")}</dd></div> })}
                {logs.checkpoint.clone().map(|at| view! {
                    <div><dt>"Recovery starts"</dt><dd>"after tx "{count(at.tx)}", at byte "{count(at.offset)}" of log "{count(at.log)}", the checkpoint of "{milliseconds(at.time_ms)}" UTC"</dd></div>
                })}
                {(logs.checkpoints > 0).then(|| view! {
                    <div><dt>"Checkpoints"</dt><dd>{count(logs.checkpoints_agreed)}" of "{count(logs.checkpoints)}" agree with their transaction in the log"</dd></div>
                })}
            </dl>
        </section>
    }
}

/// Commits over time; the numbers stand in the table below it.
#[component]
fn Bars(logs: LogReport) -> impl IntoView {
    let bins = &logs.histogram.bins;
    let (Some((first, _)), Some((last, _))) = (bins.first_key_value(), bins.last_key_value()) else {
        return ().into_any();
    };
    let (first, columns) = (*first, last.saturating_sub(*first).saturating_add(1));
    let most = bins.values().copied().max().unwrap_or(1).max(1);
    let width = BARS / columns as f64;
    let bars: Vec<_> = bins
        .iter()
        .map(|(bin, number)| {
            let height = (*number as f64 / most as f64 * BAR_HEIGHT).max(1.0);
            let x = bin.saturating_sub(first) as f64 * width;
            let from = milliseconds(bin.saturating_mul(logs.histogram.bin_ms));
            let title = format!("{number} from {from} UTC");
            view! { <rect x=x y=BAR_HEIGHT - height width=(width - 0.5).max(1.0) height=height><title>{title}</title></rect> }
        })
        .collect();
    let label = format!("Commits over time, at most {most} in {}", span(logs.histogram.bin_ms / 1000));
    view! {
        <svg class="bars" viewBox=format!("0 0 {BARS} {BAR_HEIGHT}") role="img" aria-label=label>{bars}</svg>
    }
    .into_any()
}

/// The archive's files by what they are for and by name, biggest kind first.
#[component]
fn Contents(found: Arc<Verification>) -> impl IntoView {
    let all = RwSignal::new(false);
    let mut kinds: Vec<(Role, u64, u64)> = Vec::new();
    for entry in found.entries.iter().filter(|entry| entry.role != Role::Folder) {
        match kinds.iter_mut().find(|(role, ..)| *role == entry.role) {
            Some((_, files, bytes)) => {
                *files += 1;
                *bytes = bytes.saturating_add(entry.bytes);
            }
            None => kinds.push((entry.role, 1, entry.bytes)),
        }
    }
    kinds.sort_by_key(|(role, _, bytes)| (std::cmp::Reverse(*bytes), *role));
    let whole = found.file_bytes.max(1);
    let shares: Vec<_> = kinds
        .into_iter()
        .map(|(role, files, bytes)| {
            let share = bytes as f64 / whole as f64 * 100.0;
            view! {
                <tr>
                    <th scope="row">{role.as_str()}</th>
                    <td class="number">{count(files)}</td>
                    <td class="number nowrap">{size(bytes)}</td>
                    <td class="share"><svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"><rect width=share height="8"/></svg><span class="sr-only">{format!("{share:.0} %")}</span></td>
                </tr>
            }
        })
        .collect();
    let mut entries: Vec<Entry> =
        found.entries.iter().filter(|entry| entry.role != Role::Folder).cloned().collect();
    entries.sort_by(|a, b| b.bytes.cmp(&a.bytes).then_with(|| a.path.cmp(&b.path)));
    let more = entries.len().saturating_sub(SHOWN);
    let rows = move || {
        let shown = if all.get() { entries.len() } else { SHOWN.min(entries.len()) };
        let row = |entry: &Entry| {
            let modified = entry.modified.map(|seconds| UtcTime(seconds).words());
            view! {
                <tr>
                    <th scope="row" class="path">{entry.path.clone()}</th>
                    <td>{entry.role.as_str()}</td>
                    <td class="number nowrap" title=format!("{} bytes", count(entry.bytes))>{size(entry.bytes)}</td>
                    <td class="nowrap">{modified}</td>
                </tr>
            }
        };
        entries[..shown].iter().map(row).collect::<Vec<_>>()
    };
    view! {
        <section id="contents" aria-label="Contents">
            <h2>{count(found.files)}" files "<span class="muted">{size(found.file_bytes)}", "{checksum_words(found.checksum)}</span></h2>
            <Table label="Contents by kind">
                <thead><tr><th scope="col">"Kind"</th><th scope="col" class="number">"Files"</th><th scope="col" class="number">"Size"</th><th scope="col">"Share"</th></tr></thead>
                <tbody>{shares}</tbody>
            </Table>
            <Table label="Files, biggest first">
                <thead><tr><th scope="col">"File"</th><th scope="col">"Kind"</th><th scope="col" class="number">"Size"</th><th scope="col">"Changed (UTC)"</th></tr></thead>
                <tbody>{rows}</tbody>
            </Table>
            {(more > 0).then(|| view! {
                <Show when=move || !all.get()>
                    <button on:click=move |_| all.set(true)>{format!("Show {} more", of(more, "file", "files"))}</button>
                </Show>
            })}
        </section>
    }
}

fn checksum_words(checksum: Checksum) -> &'static str {
    match checksum {
        Checksum::Zstd => "the zstd checksum holds",
        Checksum::Gzip => "the gzip checksum holds",
        Checksum::None => "structurally sound; this container carries no checksum over its contents",
        Checksum::NotReached => "not read to the end",
    }
}

/// A time in milliseconds since 1970, UTC.
fn milliseconds(time_ms: i64) -> String {
    let rest = time_ms.rem_euclid(1000);
    format!("{}.{rest:03}", UtcTime(time_ms.div_euclid(1000)).words())
}
