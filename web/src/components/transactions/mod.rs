//! The transactions in an artifact's logs: when they were committed, and each of them on demand.

use std::sync::Arc;

use graphkeep_core::FileName;
use graphkeep_core::log::{LogReport, TxPoint};
use graphkeep_core::plan::Point;
use graphkeep_core::time::UtcTime;
use leptos::prelude::*;

use crate::commits::Listing;
use crate::components::form::Form;
use crate::state::App;
use crate::wording::{count, of, size, span};

/// The drawing of commits over time.
const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 72.0;
/// Rows of the list at a time.
const PAGE: usize = 100;

#[component]
pub fn Transactions(path: FileName, bytes: u64, logs: LogReport) -> impl IntoView {
    let kernels: Vec<String> = logs
        .kernels
        .iter()
        .map(|kernel| match &kernel.introduced_in {
            Some(version) => format!("{version} (byte {})", kernel.byte),
            None => format!("unknown (byte {})", kernel.byte),
        })
        .collect();
    let formats: Vec<String> = logs.formats.iter().map(ToString::to_string).collect();
    let where_they_are = format!(
        "in {}, {}",
        of(usize::try_from(logs.files).unwrap_or(usize::MAX), "log file", "log files"),
        size(logs.bytes)
    );
    view! {
        <section id="transactions" aria-label="Transactions">
            <h2>{count(logs.transactions)}" transactions "<span class="muted">{where_they_are}</span></h2>
            <Bars logs=logs.clone()/>
            <dl class="facts">
                {logs.first.map(|first| view! { <div><dt>"First"</dt><dd>{commit_words(first)}</dd></div> })}
                {logs.last.map(|last| view! { <div><dt>"Last"</dt><dd>{commit_words(last)}</dd></div> })}
                {(!kernels.is_empty()).then(|| view! { <div><dt>"Kernel version"</dt><dd>{kernels.join(", ")}"; no older Neo4j reads these logs"</dd></div> })}
                {(!formats.is_empty()).then(|| view! { <div><dt>"Log format"</dt><dd>{formats.join(", ")}</dd></div> })}
                {logs.checkpoint.clone().map(|at| view! {
                    <div><dt>"Recovery starts"</dt><dd>"after tx "{count(at.tx)}", at byte "{count(at.offset)}" of log "{count(at.log)}", the checkpoint of "{milliseconds(at.time_ms)}" UTC"</dd></div>
                })}
                {(logs.checkpoints > 0).then(|| view! {
                    <div><dt>"Checkpoints"</dt><dd>{count(logs.checkpoints_agreed)}" of "{count(logs.checkpoints)}" agree with their transaction in the log"</dd></div>
                })}
            </dl>
            {(logs.transactions > 0).then(|| view! { <Commits path bytes/> })}
        </section>
    }
}

/// `tx 31, committed 2026-03-01 02:58:07.120 UTC`.
pub fn commit_words(point: TxPoint) -> String {
    format!("tx {}, committed {} UTC", count(point.tx), milliseconds(point.time_ms))
}

/// Commits over time; the numbers stand in the list below it.
#[component]
fn Bars(logs: LogReport) -> impl IntoView {
    let bins = &logs.histogram.bins;
    let (Some((first, _)), Some((last, _))) = (bins.first_key_value(), bins.last_key_value()) else {
        return ().into_any();
    };
    let (first, columns) = (*first, last.saturating_sub(*first).saturating_add(1));
    let most = bins.values().copied().max().unwrap_or(1).max(1);
    let width = WIDTH / columns as f64;
    let bars: Vec<_> = bins
        .iter()
        .map(|(bin, number)| {
            let height = (*number as f64 / most as f64 * HEIGHT).max(1.0);
            let x = bin.saturating_sub(first) as f64 * width;
            let from = milliseconds(bin.saturating_mul(logs.histogram.bin_ms));
            let title = format!("{number} from {from} UTC");
            view! { <rect x=x y=HEIGHT - height width=(width - 0.5).max(1.0) height=height><title>{title}</title></rect> }
        })
        .collect();
    let label = format!("Commits over time, at most {most} in {}", span(logs.histogram.bin_ms / 1000));
    view! {
        <svg class="bars" viewBox=format!("0 0 {WIDTH} {HEIGHT}") role="img" aria-label=label>{bars}</svg>
    }
    .into_any()
}

/// Every transaction, read from the file when it is asked for, a page at a time.
#[component]
fn Commits(path: FileName, bytes: u64) -> impl IntoView {
    let app = App::here();
    let path = StoredValue::new(path);
    let listing = Memo::new(move |_| app.listing(&path.get_value()));
    let jump = RwSignal::new(String::new());
    let wrong = RwSignal::new(None::<String>);
    // The row that was asked for, and how far before it the page begins.
    let mark = RwSignal::new(None::<usize>);
    let first = RwSignal::new(0_usize);
    let back = StoredValue::new(0_usize);
    Effect::new(move |_| {
        if let Some(listing) = listing.get() {
            first.set(
                listing.at.saturating_sub(back.get_value()).min(listing.commits.len().saturating_sub(1)),
            );
        }
    });
    let ask = move |point: Point, before: usize| {
        back.set_value(before);
        app.list(&path.get_value(), point);
    };
    let go = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let point = match Point::parse(&jump.get_untracked()) {
            Ok(point) => point,
            Err(error) => return wrong.set(Some(error.to_string())),
        };
        wrong.set(None);
        match listing.get_untracked().and_then(|listing| listing.find(point)) {
            Some(at) => {
                mark.set(Some(at));
                first.set(at);
            }
            None => ask(point, 0),
        }
    };
    let earlier = move |_| {
        let Some(listing) = listing.get_untracked() else { return };
        match (first.get_untracked(), listing.commits.first()) {
            (0, Some(commit)) if listing.before > 0 => ask(Point::Tx(commit.tx), PAGE),
            (at, _) => first.set(at.saturating_sub(PAGE)),
        }
    };
    let later = move |_| {
        let Some(listing) = listing.get_untracked() else { return };
        let next = first.get_untracked() + PAGE;
        match listing.commits.last() {
            Some(commit) if next >= listing.commits.len() && listing.after > 0 => {
                ask(Point::Tx(commit.tx.saturating_add(1)), 0);
            }
            _ if next < listing.commits.len() => first.set(next),
            _ => {}
        }
    };
    let is_first = move || first.get() == 0 && listing.get().is_none_or(|listing| listing.before == 0);
    let is_last = move || {
        listing.get().is_none_or(|listing| first.get() + PAGE >= listing.commits.len() && listing.after == 0)
    };
    let busy = move || app.is_at_work();
    view! {
        <Show
            when=move || listing.get().is_some()
            fallback=move || view! {
                <div class="actions">
                    <button id="list-transactions" disabled=busy on:click=move |_| ask(Point::Tx(i64::MIN), 0)>
                        "List every transaction"<span class="muted">" · reads "{size(bytes)}</span>
                    </button>
                </div>
            }
        >
            <Form class="contents-tools" on:submit=go>
                <label>"Go to "<input id="transaction-jump" placeholder="tx 1234, or a time in UTC" on:input=move |event| jump.set(event_target_value(&event))/></label>
                <button disabled=busy>"Go"</button>
                <button type="button" id="transactions-earlier" disabled=move || is_first() || busy() on:click=earlier>"Earlier"</button>
                <button type="button" id="transactions-later" disabled=move || is_last() || busy() on:click=later>"Later"</button>
                <span class="muted" role="status">{move || listing.get().map(|listing| position(&listing, first.get()))}</span>
            </Form>
            {move || wrong.get().map(|why| view! { <p class="notice" role="alert">{why}</p> })}
            {move || listing.get().map(|listing| view! { <Page listing first=first.get() mark=mark.get()/> })}
        </Show>
    }
}

/// `1,001 to 1,100 of 48,211`.
fn position(listing: &Listing, first: usize) -> String {
    let last = (first + PAGE).min(listing.commits.len());
    let before = i128::from(listing.before);
    format!(
        "{} to {} of {}",
        count(before + first as i128 + 1),
        count(before + last as i128),
        count(listing.total())
    )
}

#[component]
fn Page(listing: Arc<Listing>, first: usize, mark: Option<usize>) -> impl IntoView {
    let rows = listing.commits.iter().enumerate().skip(first).take(PAGE).map(|(at, commit)| {
        let index = listing.before.saturating_add(at as u64).saturating_add(2);
        let current = (mark == Some(at)).then_some("true");
        view! {
            <tr aria-rowindex=index aria-current=current>
                <th scope="row" class="number">{count(commit.tx)}</th>
                <td class="nowrap">{milliseconds(commit.time_ms)}</td>
                <td class="number">{commit.bytes.map_or_else(|| "in two logs".to_owned(), count)}</td>
                <td class="nowrap"><code>{format!("neostore.transaction.db.{}", commit.log)}</code></td>
            </tr>
        }
    });
    let rows: Vec<_> = rows.collect();
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label="Transactions in the order of their commits">
            <table class="data compact" id="commits" aria-rowcount=listing.total().saturating_add(1)>
                <caption class="sr-only">"Transactions in the order of their commits"</caption>
                <thead><tr aria-rowindex="1"><th scope="col" class="number">"Transaction"</th><th scope="col">"Committed (UTC)"</th><th scope="col" class="number">"Bytes"</th><th scope="col">"Log"</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

/// A time in milliseconds since 1970, UTC.
pub fn milliseconds(time_ms: i64) -> String {
    let rest = time_ms.rem_euclid(1000);
    format!("{}.{rest:03}", UtcTime(time_ms.div_euclid(1000)).words())
}
