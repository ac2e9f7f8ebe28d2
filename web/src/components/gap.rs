//! What is missing between two artifacts, and what would close it.

use graphkeep_core::problem::Code;
use graphkeep_core::report::{Gap, Report};
use leptos::prelude::*;

use crate::components::moment::Moment;
use crate::components::problems::Words;
use crate::route::Route;
use crate::state::App;
use crate::wording::{count, of, size, span};

#[component]
pub fn GapBox(report: std::sync::Arc<Report>, gap: Gap, code: Option<Code>) -> impl IntoView {
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
                <div><dt>"Closes it"</dt><dd><Words text=gap.closes/></dd></div>
                {(!candidates.is_empty()).then(|| view! {
                    <div>
                        <dt>"May be it"</dt>
                        <dd><ul class="bare">{candidates}</ul><span class="muted">"cannot be read; its name tells this database and a time in the gap. Copy it again from its source."</span></dd>
                    </div>
                })}
            </dl>
        </section>
    }
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
