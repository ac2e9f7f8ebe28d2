//! What is inside an artifact: a drawing to scale, the files as a table, and as folders.

use std::sync::Arc;

use graphkeep_core::FileName;
use graphkeep_core::archive::{Entry, Role};
use graphkeep_core::time::UtcTime;
use graphkeep_core::verify::{Checksum, Verification};
use leptos::prelude::*;

use crate::components::form::Form;
use crate::components::tables::Table;
use crate::state::App;
use crate::tree::{Folder, Order, listed};
use crate::treemap::{Tile, squarified};
use crate::wording::{count, of, size};

/// Rows shown at first, and in one folder.
const SHOWN: usize = 50;
/// Tiles of the drawing; what is smaller shares one.
const TILES: usize = 40;
const ROOM: Tile = Tile { x: 0.0, y: 0.0, width: 960.0, height: 240.0 };
/// Width of a letter in the drawing's units, about.
const LETTER: f64 = 7.0;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum View {
    Files,
    Folders,
}

#[component]
pub fn Contents(found: Arc<Verification>) -> impl IntoView {
    let view = RwSignal::new(View::Files);
    let choice = move |which: View, word: &'static str| {
        let pressed = move || (view.get() == which).to_string();
        view! { <button aria-pressed=pressed on:click=move |_| view.set(which)>{word}</button> }
    };
    let tiles = found.clone();
    let summary = format!("{}, {}", size(found.file_bytes), checksum_words(found.checksum));
    let files = count(found.files);
    view! {
        <section id="contents" aria-label="Contents">
            <h2>{files}" files "<span class="muted">{summary}</span></h2>
            <Treemap found=tiles/>
            <Kinds found=found.clone()/>
            <div class="shells" role="group" aria-label="Show as">{choice(View::Files, "Files")}{choice(View::Folders, "Folders")}</div>
            {move || match view.get() {
                View::Files => view! { <Files found=found.clone()/> }.into_any(),
                View::Folders => view! { <Folders found=found.clone()/> }.into_any(),
            }}
        </section>
    }
}

/// The biggest files to scale. The table says the same in words.
#[component]
fn Treemap(found: Arc<Verification>) -> impl IntoView {
    let files = listed(&found.entries, "", Order::Size);
    let (big, small) = files.split_at(files.len().min(TILES));
    let rest: u64 = small.iter().map(|entry| entry.bytes).fold(0, u64::saturating_add);
    let mut shares: Vec<(String, u64)> = big.iter().map(|entry| (entry.path.clone(), entry.bytes)).collect();
    if rest > 0 {
        shares.push((of(small.len(), "smaller file", "smaller files"), rest));
        shares.sort_by_key(|(_, bytes)| std::cmp::Reverse(*bytes));
    }
    shares.retain(|(_, bytes)| *bytes > 0);
    if shares.is_empty() {
        return ().into_any();
    }
    let bytes: Vec<u64> = shares.iter().map(|(_, bytes)| *bytes).collect();
    let tiles = squarified(&bytes, ROOM).into_iter().zip(shares).map(|(tile, (path, bytes))| {
        let base = path.rsplit('/').next().unwrap_or(&path).to_owned();
        let fits = base.chars().count() as f64 * LETTER < tile.width - 8.0 && tile.height > 20.0;
        let label = fits.then(|| view! { <text x=tile.x + 5.0 y=tile.y + 15.0>{base}</text> });
        view! {
            <g>
                <title>{format!("{path}: {}", size(bytes))}</title>
                <rect x=tile.x y=tile.y width=tile.width height=tile.height/>
                {label}
            </g>
        }
    });
    let tiles: Vec<_> = tiles.collect();
    let label = format!("The files to scale, the biggest {}", of(big.len(), "one", "of them"));
    view! {
        <svg class="treemap" viewBox=format!("0 0 {} {}", ROOM.width, ROOM.height) role="img" aria-label=label>{tiles}</svg>
    }
    .into_any()
}

/// Files and bytes of each kind, biggest first.
#[component]
fn Kinds(found: Arc<Verification>) -> impl IntoView {
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
    let rows = kinds.into_iter().map(|(role, files, bytes)| {
        view! {
            <tr>
                <th scope="row">{role.as_str()}</th>
                <td class="number">{count(files)}</td>
                <td class="number nowrap">{size(bytes)}</td>
                <td class="share"><Share bytes whole/></td>
            </tr>
        }
    });
    let rows: Vec<_> = rows.collect();
    view! {
        <Table label="Contents by kind">
            <thead><tr><th scope="col">"Kind"</th><th scope="col" class="number">"Files"</th><th scope="col" class="number">"Size"</th><th scope="col">"Share"</th></tr></thead>
            <tbody>{rows}</tbody>
        </Table>
    }
}

/// A bar to scale, with its number for those who do not see it.
#[component]
fn Share(bytes: u64, whole: u64) -> impl IntoView {
    let share = bytes as f64 / whole.max(1) as f64 * 100.0;
    view! {
        <svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"><rect width=share height="8"/></svg>
        <span class="sr-only">{format!("{share:.0} %")}</span>
    }
}

/// Every file: filtered, sorted, and each to be saved.
#[component]
fn Files(found: Arc<Verification>) -> impl IntoView {
    let app = App::here();
    let filter = RwSignal::new(String::new());
    let order = RwSignal::new(Order::Size);
    let all = RwSignal::new(false);
    let chosen = move |event| {
        let value = event_target_value(&event);
        order.set(Order::ALL.into_iter().find(|order| order.as_str() == value).unwrap_or(Order::Size));
    };
    let options: Vec<_> = Order::ALL
        .into_iter()
        .map(|order| view! { <option value=order.as_str()>{order.words()}</option> })
        .collect();
    let whole = found.file_bytes;
    let path = found.path.clone();
    let files = found.clone();
    let shown = Memo::new(move |_| {
        let listed = listed(&files.entries, &filter.get(), order.get());
        let number = listed.len();
        let cut = if all.get() { number } else { SHOWN.min(number) };
        let bytes = listed.iter().map(|entry| entry.bytes).fold(0, u64::saturating_add);
        (listed[..cut].iter().map(|entry| (*entry).clone()).collect::<Vec<Entry>>(), number, bytes)
    });
    let bundle = {
        let (files, path) = (found.clone(), path.clone());
        move |_| {
            let listed = filter.with(|filter| listed(&files.entries, filter, Order::Path));
            app.bundle(&path, listed.into_iter().map(|entry| entry.path.clone()).collect());
        }
    };
    let none = move || shown.with(|(_, number, _)| *number == 0);
    let said = move || {
        shown.with(|(_, number, bytes)| format!("{}, {}", of(*number, "file", "files"), size(*bytes)))
    };
    let more = move || shown.with(|(rows, number, _)| number - rows.len());
    let rows = move || {
        let row = |entry: Entry| view! { <Row path=path.clone() entry whole/> };
        shown.with(|(rows, ..)| rows.clone()).into_iter().map(row).collect::<Vec<_>>()
    };
    view! {
        <Form class="contents-tools">
            <label>"Filter "<input id="contents-filter" type="search" placeholder="path or kind" on:input=move |event| filter.set(event_target_value(&event))/></label>
            <label>"Order "<select id="contents-order" on:change=chosen>{options}</select></label>
            <span class="muted" role="status">{said}</span>
            <button type="button" id="save-files" disabled=move || app.is_at_work() || none() on:click=bundle>"Save as one .tar"</button>
        </Form>
        <Table label="Files">
            <thead><tr><th scope="col">"File"</th><th scope="col">"Kind"</th><th scope="col" class="number">"Size"</th><th scope="col">"Share"</th><th scope="col">"Changed (UTC)"</th><th scope="col"><span class="sr-only">"Actions"</span></th></tr></thead>
            <tbody>{rows}</tbody>
        </Table>
        <Show when=move || { more() > 0 }>
            <button on:click=move |_| all.set(true)>{move || format!("Show {} more", of(more(), "file", "files"))}</button>
        </Show>
    }
}

#[component]
fn Row(path: FileName, entry: Entry, whole: u64) -> impl IntoView {
    let app = App::here();
    let modified = entry.modified.map(|seconds| UtcTime(seconds).words());
    let label = format!("Save {}", entry.path);
    let bytes = entry.bytes;
    let inside = entry.path.clone();
    view! {
        <tr>
            <th scope="row" class="path">{entry.path.clone()}</th>
            <td>{entry.role.as_str()}</td>
            <td class="number nowrap" title=format!("{} bytes", count(bytes))>{size(bytes)}</td>
            <td class="share"><Share bytes whole/></td>
            <td class="nowrap">{modified}</td>
            <td><button class="small" aria-label=label disabled=move || app.is_at_work() on:click=move |_| app.extract(&path, &inside)>"Save"</button></td>
        </tr>
    }
}

/// The same as folders in folders, which open.
#[component]
fn Folders(found: Arc<Verification>) -> impl IntoView {
    let root = Folder::of(found.entries.iter());
    let whole = root.bytes;
    view! { <div id="contents-folders">{inside(&root, whole)}</div> }
}

/// Drawn when it is opened: an archive may hold a hundred thousand files.
fn inside(folder: &Folder, whole: u64) -> AnyView {
    let mut folders: Vec<(&String, &Folder)> = folder.folders.iter().collect();
    folders.sort_by_key(|(_, folder)| std::cmp::Reverse(folder.bytes));
    let folders = folders.into_iter().take(SHOWN).map(|(name, folder)| {
        let open = RwSignal::new(false);
        let folder = Arc::new(folder.clone());
        let line = format!("{}, {}", size(folder.bytes), of(usize::try_from(folder.count).unwrap_or(usize::MAX), "file", "files"));
        let bytes = folder.bytes;
        view! {
            <li><details on:toggle=move |_| open.set(true)>
                <summary><span class="path">{name.clone()}"/"</span>" "<span class="muted">{line}</span><span class="share"><Share bytes whole/></span></summary>
                {move || open.get().then(|| inside(&folder, whole))}
            </details></li>
        }
    });
    let folders: Vec<_> = folders.collect();
    let files: Vec<_> = folder
        .files
        .iter()
        .take(SHOWN)
        .map(|(name, bytes)| {
            let bytes = *bytes;
            view! { <li><span class="path">{name.clone()}</span>" "<span class="muted">{size(bytes)}</span><span class="share"><Share bytes whole/></span></li> }
        })
        .collect();
    let more = folder.files.len().saturating_sub(SHOWN) + folder.folders.len().saturating_sub(SHOWN);
    let more = (more > 0).then(
        || view! { <li class="muted">{format!("and {} more, listed under Files", count(more as i128))}</li> },
    );
    view! { <ul class="bare folders">{folders}{files}{more}</ul> }.into_any()
}

fn checksum_words(checksum: Checksum) -> &'static str {
    match checksum {
        Checksum::Zstd => "the zstd checksum holds",
        Checksum::Gzip => "the gzip checksum holds",
        Checksum::None => "structurally sound; this container carries no checksum over its contents",
        Checksum::NotReached => "not read to the end",
    }
}
