//! Tables of artifacts and chains: the twin of every drawing, for eyes and screen readers alike.

use std::sync::Arc;

use graphkeep_core::report::{Chain, Member, Report, Role};
use leptos::prelude::*;

use crate::components::gap::FileLink;
use crate::components::moment::Moment;
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

/// Artifacts of one database, newest first.
#[component]
pub fn ArtifactTable(
    report: Arc<Report>,
    members: Vec<Member>,
    #[prop(into)] caption: String,
) -> impl IntoView {
    let app = App::here();
    let rows = members.into_iter().rev().map(|member| {
        let artifact = &report.artifacts[member.artifact];
        let role = member.role;
        let path = artifact.path.clone();
        let go = Route::Artifact(path.clone());
        view! {
            <tr class="clickable" on:click=move |_| app.go(go.clone())>
                <td><span class=format!("role {}", role.as_str()) title=role_words(role)>{role.as_str()}</span></td>
                <th scope="row"><FileLink path/></th>
                <td class="nowrap"><Moment time=artifact.time/></td>
                <td>{artifact.kind.as_str()}</td>
                <td class="number">{count(artifact.lowest_tx)}</td>
                <td class="number">{count(artifact.highest_tx)}</td>
                <td class="number nowrap" title=format!("{} bytes", count(artifact.size))>{size(artifact.size)}</td>
                <td class="number">{artifact.store_id_hash}</td>
                <td>{if artifact.recovered { "yes" } else { "no" }}</td>
                <td>{artifact.container.name()}</td>
            </tr>
        }
    });
    let rows: Vec<_> = rows.collect();
    view! {
        <Table label=caption>
                <thead>
                    <tr>
                        <th scope="col">"Role"</th>
                        <th scope="col">"File"</th>
                        <th scope="col">"Time (UTC)"</th>
                        <th scope="col">"Type"</th>
                        <th scope="col" class="number">"Lowest tx"</th>
                        <th scope="col" class="number">"Highest tx"</th>
                        <th scope="col" class="number">"Size"</th>
                        <th scope="col" class="number">"Store id hash"</th>
                        <th scope="col">"Recovered"</th>
                        <th scope="col">"Container"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
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
