//! Verification on the page: what it will read before it starts, how far it is, and what it found.

use std::collections::HashSet;
use std::sync::Arc;

use graphkeep_core::FileName;
use graphkeep_core::report::{Artifact, ArtifactId, Level, Report};
use graphkeep_core::verify::Verification;
use leptos::prelude::*;

use crate::components::copy::Copy;
use crate::components::damage::DamageBox;
use crate::components::problems::Problems;
use crate::state::App;
use crate::verifying::{Aim, Verifying};
use crate::wording::{count, of, size, span};

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
    let are_here = app.are_here(&paths);
    let verify = move |_| {
        if !app.is_at_work() {
            app.verify(&paths);
        }
    };
    // Busy, it keeps the focus, which a disabled button loses.
    view! {
        <button id=id disabled=!are_here aria-disabled=move || app.is_at_work().then_some("true") on:click=verify>
            {what}<span class="muted">" · "{files}", "{size(bytes)}</span>
        </button>
    }
}

/// Verifies what a report is about: what restores the newest points, what was not verified yet, or everything.
/// Each says what it will read; one that would read the same as another is not there.
#[component]
pub fn VerifyEverything(report: Arc<Report>) -> impl IntoView {
    let newest = scope(&report, |report| {
        let chains = report
            .databases
            .iter()
            .filter_map(|database| Some(&database.chains[database.newest.as_ref()?.chain]));
        let used: HashSet<ArtifactId> = chains.flat_map(|chain| chain.artifacts.iter().copied()).collect();
        let files = report.artifacts.iter().enumerate().filter(move |(id, _)| used.contains(id));
        Box::new(files.map(|(_, artifact)| (&artifact.path, artifact.size)))
    });
    let open = scope(&report, |report| {
        let artifacts = report.artifacts.iter().filter(|artifact| artifact.verified.is_none());
        let dumps = report.dumps.iter().filter(|dump| dump.verified.is_none());
        Box::new(
            artifacts
                .map(|artifact| (&artifact.path, artifact.size))
                .chain(dumps.map(|dump| (&dump.path, dump.size))),
        )
    });
    let all = scope(&report, |report| {
        let artifacts = report.artifacts.iter().map(|artifact| (&artifact.path, artifact.size));
        Box::new(artifacts.chain(report.dumps.iter().map(|dump| (&dump.path, dump.size))))
    });
    let is_part = |part: &Scope| !part.0.is_empty() && part.0.len() < all.0.len();
    let newest = is_part(&newest).then_some(("verify-newest", "Verify the newest chains", newest));
    let open = is_part(&open).then_some(("verify-open", "Verify what is not yet", open));
    let all = (!all.0.is_empty()).then_some(("verify-everything", "Verify everything", all));
    let buttons = [newest, open, all].into_iter().flatten();
    buttons
        .map(|(id, what, (paths, bytes))| view! { <VerifyButton id what paths bytes/> })
        .collect::<Vec<_>>()
}

/// Files, and their bytes.
type Scope = (Vec<FileName>, u64);

fn scope<'r>(
    report: &'r Report,
    files: impl FnOnce(&'r Report) -> Box<dyn Iterator<Item = (&'r FileName, u64)> + 'r>,
) -> Scope {
    files(report).fold((Vec::new(), 0), |(mut paths, bytes), (path, size)| {
        paths.push(path.clone());
        (paths, bytes.saturating_add(size))
    })
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
        format!("{}: {} of {}", verifying.aim.doing(), size(verifying.bytes_done()), size(verifying.bytes())),
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
    let word = match (verifying.is_stopped(), verifying.aim) {
        (true, Aim::Verify) => "Verification cancelled",
        (true, _) => "Cancelled",
        (false, aim) => aim.done(),
    };
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

/// What verification found wrong with one file.
#[component]
pub fn Findings(found: Arc<Verification>) -> impl IntoView {
    let damage = found.damage.clone().map(|damage| view! { <DamageBox damage found=found.clone()/> });
    let problems = found.problems.clone();
    view! {
        {damage}
        {(!problems.is_empty()).then(|| view! {
            <section id="verify-problems" aria-label="What verification found">
                <h2>{of(problems.len(), "finding", "findings")}</h2>
                <Problems problems/>
            </section>
        })}
    }
}
