//! Components on a page: mounted, acted upon, and read by their roles and text.

#![cfg(target_arch = "wasm32")]

use std::io;
use std::sync::Arc;

use graphkeep_core::report::Report;
use graphkeep_core::{FileName, Limits, Source, artifact, chain};
use graphkeep_web::components::gap::GapBox;
use graphkeep_web::components::header_bytes::HeaderBytes;
use graphkeep_web::components::problems::Words;
use graphkeep_web::components::tables::ArtifactTable;
use graphkeep_web::components::verdict::Verdict;
use graphkeep_web::screens::start::StartScreen;
use graphkeep_web::state::App;
use leptos::mount::mount_to;
use leptos::prelude::*;
use leptos::task::tick;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::HtmlElement;

wasm_bindgen_test_configure!(run_in_browser);

macro_rules! gap {
    ($time:literal) => {
        (
            concat!("hourly/neo4j-2025-05-01T", $time, ".backup"),
            include_bytes!(concat!("../../tests/fixtures/scenarios/gap/neo4j-2025-05-01T", $time, ".backup"))
                .as_slice(),
        )
    };
}

const GAP: [(&str, &[u8]); 4] = [gap!("10-30-00"), gap!("11-30-00"), gap!("13-30-00"), gap!("14-30-00")];

struct Bytes;

impl Source for Bytes {
    type Stream = &'static [u8];

    fn open(&mut self, name: &FileName) -> io::Result<(Self::Stream, u64)> {
        let (_, bytes) = GAP.iter().find(|(path, _)| *path == name.0).ok_or(io::ErrorKind::NotFound)?;
        Ok((bytes, bytes.len() as u64))
    }
}

fn report() -> Arc<Report> {
    let readings =
        GAP.iter().map(|(path, _)| artifact::read(&mut Bytes, &(*path).into(), &Limits::default()));
    Arc::new(chain::report(readings.collect()))
}

/// Mounts a view into an element of its own, which is taken away with the guard.
fn mounted<V: IntoView + 'static>(view: impl FnOnce() -> V + 'static) -> HtmlElement
where
    V::State: 'static,
{
    let place: HtmlElement = document().create_element("div").expect("a div can be made").unchecked_into();
    document().body().expect("the page has a body").append_child(&place).expect("it takes a div");
    mount_to(place.clone(), view).forget();
    place
}

fn text(place: &HtmlElement, selector: &str) -> Vec<String> {
    let found = place.query_selector_all(selector).expect("the selector is one");
    (0..found.length()).filter_map(|at| found.get(at)?.text_content()).collect()
}

fn button(place: &HtmlElement, name: &str) -> HtmlElement {
    let buttons = place.query_selector_all("button").expect("the selector is one");
    let named = (0..buttons.length())
        .filter_map(|at| buttons.get(at))
        .find(|button| button.text_content().is_some_and(|text| text.trim() == name));
    named.unwrap_or_else(|| panic!("no button is called {name}")).unchecked_into()
}

#[wasm_bindgen_test]
fn literals_of_a_sentence_are_code_and_a_stray_backtick_is_text() {
    let place = mounted(|| view! { <Words text="cannot read `a<b>.backup`: it ends"/> });
    assert_eq!(place.text_content().as_deref(), Some("cannot read a<b>.backup: it ends"));
    assert_eq!(text(&place, "code"), ["a<b>.backup"]);
    let place = mounted(|| view! { <Words text="a`b"/> });
    assert_eq!(place.text_content().as_deref(), Some("a`b"));
    assert!(text(&place, "code").is_empty());
}

#[wasm_bindgen_test]
fn a_verdict_is_a_word_whose_sign_is_hidden_from_readers() {
    let place = mounted(|| view! { <Verdict state=graphkeep_core::report::State::RestorableUntil/> });
    assert_eq!(place.text_content().as_deref(), Some("restorable until"));
    let sign = place.query_selector("svg").expect("the selector is one").expect("there is a sign");
    assert_eq!(sign.get_attribute("aria-hidden").as_deref(), Some("true"));
}

#[wasm_bindgen_test]
fn a_gap_says_what_is_missing_between_which_files_and_what_closes_it() {
    let report = report();
    let gap = report.databases[0].gaps[0].clone();
    let newest = report.databases[0].newest.clone();
    let place = mounted(move || {
        App::provide();
        view! { <GapBox report gap code=None newest/> }
    });
    let whole = place.text_content().unwrap_or_default();
    for part in [
        "Transactions 21 to 30 are missing",
        "neo4j-2025-05-01T11-30-00.backup",
        "neo4j-2025-05-01T13-30-00.backup",
        "2 files (604 B) after it cannot be used",
        "everything up to tx 20",
        "21..30",
    ] {
        assert!(whole.contains(part), "{part} is not in: {whole}");
    }
}

#[wasm_bindgen_test]
fn the_table_of_artifacts_has_the_words_of_neo4j_admin_and_the_newest_first() {
    let report = report();
    let database = Arc::new(report.databases[0].clone());
    let place = mounted(move || {
        App::provide();
        view! { <ArtifactTable report database chosen=RwSignal::new(None) caption="Artifacts"/> }
    });
    let heads = text(&place, "thead th");
    for head in ["Time (UTC)", "Lowest tx", "Highest tx", "Store id hash", "Recovered"] {
        assert!(heads.iter().any(|found| found == head), "{head} is not in {heads:?}");
    }
    assert_eq!(text(&place, "tbody td:first-child"), ["unusable", "unusable", "newest", "newest"]);
    assert_eq!(text(&place, "tbody time")[0], "2025-05-01 14:30:00");
}

#[wasm_bindgen_test]
fn header_bytes_stand_with_their_field_and_value() {
    let details = artifact::details(&mut Bytes, &GAP[0].0.into(), &Limits::default());
    let place = mounted(move || view! { <HeaderBytes fields=details.fields/> });
    assert_eq!(text(&place, "tbody tr:first-child code"), ["42 5a 56 32"]);
    assert_eq!(text(&place, "tbody tr:first-child th"), ["magic"]);
}

#[wasm_bindgen_test]
async fn the_first_screen_says_what_the_browser_will_call_it_before_it_asks() {
    let place = mounted(|| {
        App::provide();
        view! { <StartScreen/> }
    });
    tick().await;
    let folder = button(&place, "Open folder");
    let note = folder.get_attribute("aria-describedby").expect("the button has a description");
    let note = place.query_selector(&format!("#{note}")).expect("the id is one").expect("the note is there");
    let note = note.text_content().unwrap_or_default();
    assert!(note.contains("your browser will") && note.contains("stay here"), "{note}");
    button(&place, "Open files");
    button(&place, "Try the sample");
}
