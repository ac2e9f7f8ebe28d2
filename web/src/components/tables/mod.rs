//! Tables of artifacts and chains: the twin of every drawing, for eyes and screen readers alike.

use std::sync::Arc;

use graphkeep_core::report::{ArtifactId, Chain, Database, Member, Report, Role};
use leptos::prelude::*;

use crate::components::gap::FileLink;
use crate::components::moment::Moment;
use crate::components::row_window::{RowWindow, WHOLE};
use crate::plot::path_to;
use crate::route::Route;
use crate::state::App;
use crate::wording::{count, of, size};

/// A table that scrolls sideways by itself where the screen is too narrow, with its name for screen readers.
#[component]
pub fn Table(
    #[prop(into)] label: String,
    #[prop(default = "data")] class: &'static str,
    children: Children,
) -> impl IntoView {
    let caption = label.clone();
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label=label>
            <table class=class>
                <caption class="sr-only">{caption}</caption>
                {children()}
            </table>
        </div>
    }
}

/// What a role means, in a few words.
pub fn role_words(role: Role) -> &'static str {
    match role {
        Role::Newest => "on the way to the newest point",
        Role::Restorable => "restorable, by another chain or as an earlier point",
        Role::Empty => "nothing had changed",
        Role::Duplicate => "a copy of an artifact that is used",
        Role::Superseded => "not needed: a newer full holds its transactions",
        Role::Unusable => "cannot be used: something before it is missing",
        Role::Damaged => "damaged",
    }
}

/// Roles that are folded until they are asked for: they restore nothing that other rows do not.
const FOLDED: [(Role, &str, &str); 3] = [
    (Role::Empty, "empty", "empties"),
    (Role::Duplicate, "copy", "copies"),
    (Role::Superseded, "superseded", "superseded"),
];

const ARTIFACT_COLUMNS: usize = 11;
/// As style.css has it for long tables.
const ARTIFACT_HEIGHT: f64 = 33.0;

/// What restores an artifact, as the sum of it: `1 full + 2 differentials, 41 GB`.
pub fn path_words(report: &Report, path: &[ArtifactId]) -> Option<String> {
    let bytes = path.iter().map(|id| report.artifacts[*id].size).fold(0, u64::saturating_add);
    match path.len() {
        0 => None,
        1 => Some(format!("1 full, {}", size(bytes))),
        files => {
            Some(format!("1 full + {}, {}", of(files - 1, "differential", "differentials"), size(bytes)))
        }
    }
}

/// Artifacts of one database, newest first. What restores nothing is folded, unless there is nothing else.
#[component]
pub fn ArtifactTable(
    report: Arc<Report>,
    database: Arc<Database>,
    /// The one whose restore path is lit, here and in the drawing.
    chosen: RwSignal<Option<ArtifactId>>,
    #[prop(into)] caption: String,
) -> impl IntoView {
    let members = database.members.clone();
    let path = {
        let database = database.clone();
        let path = move |artifact| path_to(&database, artifact).to_vec();
        Memo::new(move |_| chosen.get().map(&path).unwrap_or_default())
    };
    let is_folded = |role: Role| FOLDED.iter().any(|(folded, ..)| *folded == role);
    let all_folded = members.iter().all(|member| is_folded(member.role));
    let unfolded =
        RwSignal::new(if all_folded { FOLDED.map(|(role, ..)| role).to_vec() } else { Vec::new() });
    let toggles = FOLDED.into_iter().filter_map(|(role, one, many)| {
        let number = members.iter().filter(|member| member.role == role).count();
        let on = move || unfolded.with(|roles| roles.contains(&role));
        let toggle = move |_| {
            unfolded.update(|roles| {
                if roles.contains(&role) {
                    roles.retain(|other| *other != role);
                } else {
                    roles.push(role);
                }
            });
        };
        (number > 0).then(|| {
            let text = of(number, one, many);
            view! { <button class="small" aria-pressed=move || on().to_string() on:click=toggle>{text}</button> }
        })
    });
    let toggles: Vec<_> = toggles.collect();
    let rows = Memo::new(move |_| {
        let shown = members
            .iter()
            .rev()
            .filter(|member| !is_folded(member.role) || unfolded.with(|roles| roles.contains(&member.role)));
        shown.cloned().collect::<Vec<_>>()
    });
    let is_long = move || rows.with(Vec::len) > WHOLE;
    let label = caption.clone();
    view! {
        {(!toggles.is_empty()).then(|| view! { <div class="folds" role="group" aria-label="Unfold">"Also: "{toggles}</div> })}
        <div class="scroll" tabindex="0" role="region" aria-label=label>
            <table class="data artifacts" class:long=is_long aria-rowcount=move || rows.with(Vec::len) + 1>
                <caption class="sr-only">{caption}</caption>
                <thead>
                    <tr aria-rowindex="1">
                        <th scope="col">"Role"</th>
                        <th scope="col">"File"</th>
                        <th scope="col">"Time (UTC)"</th>
                        <th scope="col">"Type"</th>
                        <th scope="col" class="number">"Lowest tx"</th>
                        <th scope="col" class="number">"Highest tx"</th>
                        <th scope="col" class="number">"Size"</th>
                        <th scope="col">"Restored by"</th>
                        <th scope="col" class="number">"Store id hash"</th>
                        <th scope="col">"Recovered"</th>
                        <th scope="col">"Container"</th>
                    </tr>
                </thead>
                <RowWindow
                    rows=Signal::derive(move || rows.get())
                    key=|member: &Member| member.artifact
                    row_height=ARTIFACT_HEIGHT
                    columns=ARTIFACT_COLUMNS
                    view=move |row| {
                        let (report, database) = (report.clone(), database.clone());
                        view! { <ArtifactRow report database row chosen path/> }.into_any()
                    }
                />
            </table>
        </div>
    }
}

#[component]
fn ArtifactRow(
    report: Arc<Report>,
    database: Arc<Database>,
    row: Memo<Option<(usize, Member)>>,
    chosen: RwSignal<Option<ArtifactId>>,
    path: Memo<Vec<ArtifactId>>,
) -> impl IntoView {
    let app = App::here();
    let id = move || row.with(|row| row.as_ref().map(|(_, member)| member.artifact));
    let step = Memo::new(move |_| {
        let at = path.with(|path| path.iter().position(|on_path| Some(*on_path) == id()))?;
        Some(format!("{} of {}", at + 1, path.with(Vec::len)))
    });
    let is_dimmed = move || step.with(Option::is_none) && path.with(|path| !path.is_empty());
    move || {
        let (at, member) = row.get()?;
        let artifact = report.artifacts.get(member.artifact)?;
        let role = member.role;
        let path = artifact.path.clone();
        let go = Route::Artifact(path.clone());
        let restored = match path_words(&report, path_to(&database, member.artifact)) {
            Some(words) => {
                let files = path_to(&database, member.artifact).len();
                view! { <LightPath artifact=member.artifact files words chosen/> }.into_any()
            }
            None if role == Role::Empty => {
                view! { <span class="muted">"nothing had changed"</span> }.into_any()
            }
            None => view! { <span class="muted">"no chain here"</span> }.into_any(),
        };
        Some(view! {
            <tr
                class="clickable"
                class:lit=move || step.with(Option::is_some)
                class:dimmed=is_dimmed
                aria-rowindex=at + 2
                on:click=move |_| app.go(go.clone())
            >
                <td><span class=format!("role {}", role.as_str()) title=role_words(role)>{role.as_str()}</span></td>
                <th scope="row"><FileLink path/></th>
                <td class="nowrap"><Moment time=artifact.time/></td>
                <td>{artifact.kind.as_str()}</td>
                <td class="number">{count(artifact.lowest_tx)}</td>
                <td class="number">{count(artifact.highest_tx)}</td>
                <td class="number nowrap" title=format!("{} bytes", count(artifact.size))>{size(artifact.size)}</td>
                <td class="nowrap">{restored}<span class="step small">{move || step.get().map(|step| view! { <span class="sr-only">"step "</span>{step} })}</span></td>
                <td class="number">{artifact.store_id_hash}</td>
                <td>{if artifact.recovered { "yes" } else { "no" }}</td>
                <td>{artifact.container.name()}</td>
            </tr>
        })
    }
}

/// Does in the table what a mark of the drawing does.
#[component]
fn LightPath(
    artifact: ArtifactId,
    /// How many restore it.
    files: usize,
    words: String,
    chosen: RwSignal<Option<ArtifactId>>,
) -> impl IntoView {
    let on = move || chosen.get() == Some(artifact);
    // As in the table of databases; in words for those who hear it alone.
    let (_, bytes) = words.rsplit_once(", ").unwrap_or_default();
    let short = format!("1+{}, {bytes}", files - 1);
    let name = format!("{short}: {words} to read");
    let title = format!("{words} to read. Shows which files, here and in the drawing");
    view! {
        <button
            class="small"
            aria-label=name
            title=title
            aria-pressed=move || on().to_string()
            on:click=move |event| {
                event.stop_propagation();
                chosen.update(|chosen| *chosen = (*chosen != Some(artifact)).then_some(artifact));
            }
        >
            {short}
        </button>
    }
}

/// Restorable chains, the newest point first.
#[component]
pub fn ChainTable(report: Arc<Report>, chains: Vec<Chain>) -> impl IntoView {
    let rows = chains.into_iter().enumerate().map(|(at, chain)| {
        let files: Vec<_> = chain
            .artifacts
            .iter()
            .map(|id| {
                let artifact = &report.artifacts[*id];
                let path = artifact.path.clone();
                view! { <li>{artifact.kind.as_str()}" "{artifact.range()}" "<FileLink path/></li> }
            })
            .collect();
        let differentials = chain.artifacts.len() - 1;
        let what = match differentials {
            0 => "1 full".to_owned(),
            count => format!("1 full + {}", of(count, "differential", "differentials")),
        };
        view! {
            <tr>
                <th scope="row" class="number">{at + 1}</th>
                <td class="number">{count(chain.highest_tx)}</td>
                <td class="nowrap"><Moment time=chain.time/></td>
                <td>
                    <details>
                        <summary>{what}</summary>
                        <ol class="files">{files}</ol>
                    </details>
                </td>
                <td class="number nowrap">{size(chain.bytes)}</td>
                <td>{if chain.needs_2026_02 { "2026.02 or later" } else { "any" }}</td>
            </tr>
        }
    });
    let rows: Vec<_> = rows.collect();
    view! {
        <Table label="Restorable chains" class="data compact">
                <thead>
                    <tr>
                        <th scope="col" class="number">"Chain"</th>
                        <th scope="col" class="number">"Restores tx 1 to"</th>
                        <th scope="col">"Taken (UTC)"</th>
                        <th scope="col">"Files"</th>
                        <th scope="col" class="number">"To read"</th>
                        <th scope="col">"Neo4j"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
    }
}
