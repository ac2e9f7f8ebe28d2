//! The table of databases. Long ones are in the document only as far as they can be seen.

use graphkeep_core::time::UtcTime;
use leptos::prelude::*;
use uuid::Uuid;

use crate::components::moment::Moment;
use crate::components::problems::Words;
use crate::components::row_window::{RowWindow, WHOLE};
use crate::components::strip::CommonStrip;
use crate::components::verdict::{Sign, tone};
use crate::reach::Stretch;
use crate::route::Route;
use crate::select::{Column, Row};
use crate::state::App;
use crate::wording::{age, count, of, short_id, size, span, state as state_words};

const COLUMNS: usize = 8;
/// As style.css has it for long tables.
const ROW_HEIGHT: f64 = 60.0;
const STRIP_SECONDS: i64 = 30 * 86_400;

/// A line of the table: a folder's heading, or a database.
#[derive(Debug, Clone, PartialEq)]
enum Line {
    Folder(String, usize),
    Database(Box<Row>),
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum LineKey {
    Folder(String),
    Database(Uuid),
}

impl Line {
    fn key(&self) -> LineKey {
        match self {
            Self::Folder(folder, _) => LineKey::Folder(folder.clone()),
            Self::Database(row) => LineKey::Database(row.id),
        }
    }
}

fn lines(listed: Vec<Row>, by_folder: bool) -> Vec<Line> {
    if !by_folder {
        return listed.into_iter().map(Box::new).map(Line::Database).collect();
    }
    let mut lines = Vec::new();
    for folder in listed.chunk_by(|a, b| a.folder == b.folder) {
        lines.push(Line::Folder(folder[0].folder.clone(), folder.len()));
        lines.extend(folder.iter().cloned().map(Box::new).map(Line::Database));
    }
    lines
}

#[component]
pub fn DatabaseTable(rows: Memo<Vec<Row>>, listed: Memo<Vec<Row>>) -> impl IntoView {
    let app = App::here();
    let lines = Memo::new(move |_| lines(listed.get(), app.selection().by_folder));
    // Up to the newest artifact of all, so that old folders have a picture, too.
    let strip = Memo::new(move |_| {
        let ends =
            |rows: &Vec<Row>| rows.iter().filter_map(|row| row.covered).map(|covered| covered.to).max();
        let to = rows.with(ends).unwrap_or(UtcTime(0));
        Stretch { from: UtcTime(to.0.saturating_sub(STRIP_SECONDS)), to }
    });
    let strip_label = move || {
        let to = strip.get().to.words();
        let day = to.split(' ').next().unwrap_or(&to).to_owned();
        view! { "30 days to "<span class="nowrap">{day}</span> }
    };
    let is_long = move || lines.with(Vec::len) > WHOLE;
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label="Table of databases">
            <table class="data estate" class:long=is_long aria-rowcount=move || lines.with(Vec::len) + 1>
                <caption class="sr-only">"Databases"</caption>
                <thead>
                    <tr aria-rowindex="1">
                        <SortHead column=Column::Verdict label="Verdict"/>
                        <SortHead column=Column::Database label="Database"/>
                        <SortHead column=Column::Newest label="Newest restorable (UTC)"/>
                        <SortHead column=Column::LargestGap label="Largest gap" class="number"/>
                        <th scope="col" class="number">"Chain"</th>
                        <SortHead column=Column::ToRead label="To read" class="number"/>
                        <SortHead column=Column::Artifacts label="Artifacts" class="number"/>
                        <th scope="col">{strip_label}</th>
                    </tr>
                </thead>
                <RowWindow
                    rows=Signal::derive(move || lines.get())
                    key=Line::key
                    row_height=ROW_HEIGHT
                    columns=COLUMNS
                    view=move |line| view! { <TableLine line strip/> }.into_any()
                />
            </table>
        </div>
    }
}

#[component]
fn SortHead(column: Column, label: &'static str, #[prop(default = "")] class: &'static str) -> impl IntoView {
    let app = App::here();
    let sorted = move || {
        let selection = app.selection();
        match (selection.column == column, selection.descending) {
            (false, _) => None,
            (true, true) => Some("descending"),
            (true, false) => Some("ascending"),
        }
    };
    view! {
        <th scope="col" class=class aria-sort=sorted>
            <button class="sort" on:click=move |_| app.select(|selection| selection.order_by(column))>{label}</button>
        </th>
    }
}

#[component]
fn TableLine(line: Memo<Option<(usize, Line)>>, strip: Memo<Stretch>) -> impl IntoView {
    move || {
        line.get().map(|(at, line)| match line {
            Line::Folder(folder, number) => {
                let name = if folder.is_empty() { "no common folder".to_owned() } else { folder };
                view! {
                    <tr class="group" aria-rowindex=at + 2>
                        <th scope="rowgroup" colspan=COLUMNS><code>{name}</code>" "<span class="muted">{of(number, "database", "databases")}</span></th>
                    </tr>
                }
                .into_any()
            }
            Line::Database(row) => view! { <DatabaseRow at row=*row strip=strip.get()/> }.into_any(),
        })
    }
}

#[component]
fn DatabaseRow(at: usize, row: Row, strip: Stretch) -> impl IntoView {
    let app = App::here();
    let id = row.id;
    let open = move || app.go(Route::Database(id));
    let notes = (!row.notes.is_empty()).then(|| format!(" · {}", row.notes.join(" · ")));
    view! {
        <tr class="clickable" aria-rowindex=at + 2 on:click=move |_| open()>
            <td>
                <div class=format!("verdict-cell {}", tone(row.state))>
                    <Sign state=row.state/>
                    <p class="clamp"><strong class="verdict-word">{state_words(row.state)}</strong>" "<Words text=row.verdict/></p>
                </div>
            </td>
            <th scope="row">
                <button class="link name" id=format!("db-{id}") on:click=move |event| {
                    event.stop_propagation();
                    open();
                }>{row.name}</button>
                <p class="small muted"><code title=id.to_string()>{short_id(id)}</code>{notes}</p>
            </th>
            <td class="nowrap">
                {match row.newest {
                    Some(time) => view! {
                        <Moment time/>
                        <p class="small muted">{move || age(time, app.now())}</p>
                    }
                    .into_any(),
                    None => view! { <span class="muted">"none"</span> }.into_any(),
                }}
            </td>
            <td class="number nowrap">{row.largest_gap.map(span)}</td>
            <td class="number">{row.chain}</td>
            <td class="number nowrap">{row.to_read.map(size)}</td>
            <td class="number">{count(row.artifacts as i128)}</td>
            <td><CommonStrip strip covered=row.covered reachable=row.reachable/></td>
        </tr>
    }
}
