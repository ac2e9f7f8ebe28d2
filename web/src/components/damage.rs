//! A damaged file: where it stops making sense, what that costs, what can be saved of it, and what mends it.

use std::sync::Arc;

use graphkeep_core::FileName;
use graphkeep_core::plan::Shell;
use graphkeep_core::repair::Repair;
use graphkeep_core::report::{Report, Role};
use graphkeep_core::verify::{Damage, Verification};
use leptos::prelude::*;

use crate::components::copy::Copy;
use crate::components::gap::FileLink;
use crate::components::problems::Words;
use crate::protocol::Mended;
use crate::state::{App, database};
use crate::wording::{count, of, size};

/// Width of the strip that stands for a file.
const STRIP: f64 = 640.0;
/// The least that can be seen of a piece.
const SEEN: f64 = 3.0;

/// Where the file stops making sense, to scale, and what that costs.
#[component]
pub fn DamageBox(damage: Damage, found: Arc<Verification>) -> impl IntoView {
    let app = App::here();
    let path = found.path.clone();
    // Behind the last layer there is nothing to be named but the file.
    let layer = if damage.layer == "file" { "bytes that belong to nothing" } else { damage.layer.as_str() };
    let title = format!("{layer} at byte {} of {}", count(damage.offset), damage.stream);
    let whole = usize::try_from(damage.whole_files).unwrap_or(usize::MAX);
    let salvage = format!(
        "{} decoded, {} read whole before it. Each can be saved from the contents below; all of them at once:",
        size(damage.decoded),
        of(whole, "file was", "files were")
    );
    let extract = line(&["graphkeep", "extract", path.base(), "--to", "salvaged"]);
    let impact = {
        let path = path.clone();
        move || app.report().map(|report| view! { <Impact report path=path.clone()/> })
    };
    view! {
        <section id="damage" class="gap" aria-label="Damage">
            <h2>{title}" "<code class="muted">{damage.code.as_str()}</code></h2>
            <Strip damage=damage.clone() length=found.bytes/>
            <dl class="facts">
                {damage.likely_cause.clone().map(|cause| view! { <div><dt>"Likely cause"</dt><dd><Words text=cause/></dd></div> })}
                {impact}
                <div><dt>"Can be saved"</dt><dd>{(whole > 0).then(|| view! { {salvage}" "<code>{extract.clone()}</code>" "<Copy text=extract what="the command"/> }).map_or_else(|| "nothing: no file was read whole before it".into_any(), IntoAny::into_any)}</dd></div>
            </dl>
            <Mend path/>
        </section>
    }
}

/// Sound, damaged, not reached: what each piece is says the text below it.
#[component]
fn Strip(damage: Damage, length: u64) -> impl IntoView {
    let length = length.max(damage.offset).max(1);
    let place = |at: u64| (at.min(length) as f64 / length as f64 * STRIP).clamp(0.0, STRIP - SEEN);
    let bad = place(damage.offset);
    // Old bytes behind the end were seen; behind all other damage nothing was.
    let reached = if damage.cut_to.is_some() { STRIP } else { bad + SEEN };
    let rest = length - damage.offset.min(length);
    let after = if damage.cut_to.is_some() {
        format!("{} behind the end do not belong to it", size(rest))
    } else {
        format!("{} from there on were not reached", size(rest))
    };
    let words = format!("sound up to byte {} of {}; {after}", count(damage.offset), count(length));
    view! {
        <svg class="file-strip" viewBox=format!("0 0 {STRIP} 14") role="img" aria-label=words.clone() preserveAspectRatio="none">
            <rect class="strip-good" x="0" y="0" width=bad height="14"/>
            <rect class="strip-bad" x=bad y="0" width=reached - bad height="14"/>
            <rect class="strip-unread" x=reached y="0" width=STRIP - reached height="14"/>
        </svg>
        <p class="small muted">{words}</p>
    }
}

/// What is lost with the file, and what serves in its place.
#[component]
fn Impact(report: Arc<Report>, path: FileName) -> impl IntoView {
    let damaged = report.artifacts.iter().find(|artifact| artifact.path == path)?;
    let database = database(&report, damaged.database_id)?;
    let reached = match &database.newest {
        Some(newest) => format!(
            "{} can be restored until {} UTC (tx {})",
            database.name,
            newest.time.words(),
            count(newest.tx)
        ),
        None => format!("nothing of {} can be restored", database.name),
    };
    let unusable = database.members.iter().filter(|member| member.role == Role::Unusable).count();
    let unusable = (unusable > 0).then(|| {
        format!("; {} cannot be used", of(unusable, "artifact after a gap", "artifacts after a gap"))
    });
    let copy = report.artifacts.iter().find(|other| {
        other.path != damaged.path
            && other.is_usable()
            && other.store_id == damaged.store_id
            && (other.kind, other.lowest_tx, other.highest_tx)
                == (damaged.kind, damaged.lowest_tx, damaged.highest_tx)
    });
    let copy = copy.map_or_else(
        || "no other artifact here holds the same transactions".into_any(),
        |copy| view! { "the same transactions are in "<FileLink path=copy.path.clone()/> }.into_any(),
    );
    Some(view! {
        <div><dt>"What is lost"</dt><dd>{reached}{unusable}</dd></div>
        <div><dt>"Another copy"</dt><dd>{copy}</dd></div>
    })
}

/// What would mend the file: tried out first, then saved as another file.
#[component]
pub fn Mend(path: FileName) -> impl IntoView {
    let app = App::here();
    let found = {
        let path = path.clone();
        Memo::new(move |_| app.repair(&path).map(|repair| (repair, app.mended(&path))))
    };
    move || found.get().map(|(repair, mended)| view! { <Mending path=path.clone() repair mended/> })
}

#[component]
fn Mending(path: FileName, repair: Repair, mended: Option<Arc<Mended>>) -> impl IntoView {
    let app = App::here();
    let new = mended_name(&path);
    let command = line(&["graphkeep", "repair", path.base(), "-o", &new]);
    let what = format!(
        "{}: a new file of {} bytes, {new}. The original stays as it is",
        repair.what,
        count(repair.len())
    );
    let outcome = match mended {
        None => {
            let path = path.clone();
            let bytes = size(repair.len());
            view! { <button id="mend" disabled=move || app.is_at_work() on:click=move |_| app.mend(&path)>"Try the repair"<span class="muted">" · reads "{bytes}" twice"</span></button> }.into_any()
        }
        Some(mended) => match &mended.outcome {
            Ok(level) => {
                let path = path.clone();
                let (original, made) = (mended.original.clone(), mended.new.clone());
                view! {
                    <p id="mended">{format!("The mended file was verified: {} holds.", level.as_str())}</p>
                    <dl class="facts">
                        <div><dt>"SHA-256 of the original"</dt><dd><code>{original}</code></dd></div>
                        <div><dt>"SHA-256 of the new file"</dt><dd><code>{made}</code></dd></div>
                    </dl>
                    <button id="save-mended" class="primary" on:click=move |_| app.save_mended(&path)>{format!("Save {new}")}</button>
                }
                .into_any()
            }
            Err(why) => view! { <p class="notice" id="mended">"It would still be damaged after that: "<Words text=why.clone()/></p> }.into_any(),
        },
    };
    view! {
        <div class="mend">
            <h3>"A repair is known"</h3>
            <p><Words text=what/></p>
            {outcome}
            <p class="small muted">"In a terminal: "<code>{command.clone()}</code>" "<Copy text=command what="the command"/></p>
        </div>
    }
}

/// `orders-2026-09-12T02-00-07.mended.backup`.
pub fn mended_name(path: &FileName) -> String {
    let base = path.base();
    match base.rsplit_once('.') {
        Some((stem, ending)) => format!("{stem}.mended.{ending}"),
        None => format!("{base}.mended"),
    }
}

/// A command for sh.
fn line(words: &[&str]) -> String {
    use graphkeep_core::plan::{Command, Purpose};
    let words = words.iter().map(|word| (*word).to_owned()).collect();
    Command { purpose: Purpose::Prepare, words, note: None }.line(Shell::Sh)
}
