//! What is missing between two artifacts, and what would close it.

use graphkeep_core::problem::Code;
use graphkeep_core::report::{Gap, Report, RestorePoint};
use leptos::prelude::*;

use crate::components::moment::Moment;
use crate::components::problems::Words;
use crate::route::Route;
use crate::state::App;
use crate::wording::{count, of, size, span};

#[component]
pub fn GapBox(
    report: std::sync::Arc<Report>,
    gap: Gap,
    code: Option<Code>,
    /// What restores all the same.
    newest: Option<RestorePoint>,
) -> impl IntoView {
    let title = match (gap.first_tx, gap.last_tx) {
        (Some(first), Some(last)) if first == last => format!("Transaction {} is missing", count(first)),
        (Some(first), Some(last)) => {
            format!("Transactions {} to {} are missing", count(first), count(last))
        }
        _ => "Ranges overlap where Neo4j allows none to".to_owned(),
    };
    let file = |id: usize| {
        let artifact = &report.artifacts[id];
        let path = artifact.path.clone();
        view! { <FileLink path/>" "<span class="muted">"tx "{artifact.range()}" · "<Moment time=artifact.time/></span> }
    };
    let before = gap.before.map(file);
    let after = file(gap.after);
    let bytes: u64 = gap.unusable.iter().map(|id| report.artifacts[*id].size).fold(0, u64::saturating_add);
    let lasts = gap.from.map(|from| span(gap.to.0.saturating_sub(from.0)));
    let unusable =
        format!("{} ({}) after it cannot be used", of(gap.unusable.len(), "file", "files"), size(bytes));
    let cause = cause(&gap);
    let candidates: Vec<_> =
        gap.candidates.iter().map(|path| view! { <li><code>{path.0.clone()}</code></li> }).collect();
    view! {
        <section class="gap">
            <h2>{title}{lasts.map(|lasts| view! { <span class="muted">" · "{lasts}</span> })}{code.map(|code| view! { " "<code class="code muted">{code.as_str()}</code> })}</h2>
            <dl class="facts">
                <div>
                    <dt>"Between"</dt>
                    <dd>
                        {match before {
                            Some(before) => before.into_any(),
                            None => view! { <span class="muted">"nothing: there is no full backup before it"</span> }.into_any(),
                        }}
                    </dd>
                </div>
                <div><dt>"and"</dt><dd>{after}</dd></div>
                <div><dt>"Lost by it"</dt><dd>{unusable}</dd></div>
                <div>
                    <dt>"Still works"</dt>
                    <dd>
                        {match newest {
                            Some(newest) => view! {
                                "everything up to tx "{count(newest.tx)}", "<Moment time=newest.time/>" UTC: "
                                <button class="link" on:click=move |_| to_restore()>"the commands"</button>
                            }.into_any(),
                            None => view! { "nothing: no full backup leads to any point" }.into_any(),
                        }}
                    </dd>
                </div>
                <div><dt>"Closes it"</dt><dd><Words text=gap.closes/></dd></div>
                {(!candidates.is_empty()).then(|| view! {
                    <div>
                        <dt>"May be it"</dt>
                        <dd><ul class="bare">{candidates}</ul><span class="muted">"cannot be read; its name tells this database and a time in the gap. Copy it again from its source."</span></dd>
                    </div>
                })}
                <div><dt>"Likely cause"</dt><dd><Words text=cause/></dd></div>
            </dl>
        </section>
    }
}

/// Goes to where the commands are.
fn to_restore() {
    let Some(section) = document().get_element_by_id("restore") else { return };
    section.scroll_into_view();
    // The field for the point in time stands first in it, wherever there is anything to restore.
    if let Some(field) = document().get_element_by_id("point") {
        let field: web_sys::HtmlElement = wasm_bindgen::JsCast::unchecked_into(field);
        let _ = field.focus();
    }
}

/// What leads to such a gap most often.
fn cause(gap: &Gap) -> String {
    let text = match (gap.code, gap.last_tx) {
        _ if !gap.candidates.is_empty() => {
            "a copy that failed: a file for this place is here, but is damaged or not whole"
        }
        (Code::ChainOtherStore, _) => {
            "the database was replaced by another store in between, as by a restore or a load under its name"
        }
        (Code::ChainOtherHistory, _) => {
            "the database was restored to an earlier point in between, and went on from there"
        }
        (Code::ChainOverlapBetweenDifferentials, _) => {
            "two jobs back up this database, or a differential was given an older parent than the newest one"
        }
        (Code::ChainNoFull, _) => {
            "a retention job deleted the full and left its differentials, or the full lies in a folder that was not dropped"
        }
        (_, Some(last)) => {
            return format!(
                "a backup up to tx {} was there when the next one was taken, as a differential begins where its parent ends: a retention job deleted it, its copy failed, or it lies in a folder that was not dropped",
                count(last)
            );
        }
        _ => return "not told by what is here".to_owned(),
    };
    text.to_owned()
}

/// An artifact's base name, which leads to its screen; the path as its title.
#[component]
pub fn FileLink(path: graphkeep_core::FileName) -> impl IntoView {
    let app = App::here();
    let (base, whole) = (path.base().to_owned(), path.0.clone());
    view! {
        <button class="link file" title=whole on:click=move |event| {
            event.stop_propagation();
            app.go(Route::Artifact(path.clone()));
        }>{base}</button>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::report;

    #[test]
    fn the_likely_cause_follows_from_what_is_known_of_the_gap() {
        for (scenario, words) in [
            ("gap", "up to tx 30 was there"),
            ("store-replaced", "another store"),
            ("overlap-between-diffs", "older parent"),
            ("orphan-diffs", "deleted the full"),
        ] {
            let report = report(&format!("scenarios/{scenario}"));
            let mut gap = report.databases[0].gaps[0].clone();
            assert!(cause(&gap).contains(words), "{scenario}: {}", cause(&gap));
            gap.candidates.push("orders-2026-09-01T02-00-00.backup".into());
            assert!(cause(&gap).contains("a copy that failed"), "{scenario}: {}", cause(&gap));
        }
    }
}
