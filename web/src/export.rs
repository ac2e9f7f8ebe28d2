//! A report as a file: JSON as the command line tool writes it, CSV for spreadsheets, Markdown for tickets, and
//! one HTML file for people.

mod document;

use graphkeep_core::report::Report;
use js_sys::Array;
use leptos::prelude::document;
use serde::{Deserialize, Serialize};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, Url};

/// A kind of file to save.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Format {
    Markdown,
    Html,
    Json,
    Csv,
}

impl Format {
    pub const ALL: [Self; 4] = [Self::Markdown, Self::Html, Self::Json, Self::Csv];

    pub fn words(self) -> &'static str {
        match self {
            Self::Markdown => "Markdown",
            Self::Html => "HTML",
            Self::Json => "JSON",
            Self::Csv => "CSV",
        }
    }

    fn media_type(self) -> &'static str {
        match self {
            Self::Markdown => "text/markdown",
            Self::Html => "text/html",
            Self::Json => "application/json",
            Self::Csv => "text/csv",
        }
    }

    pub fn file_name(self) -> &'static str {
        match self {
            Self::Markdown => "graphkeep-report.md",
            Self::Html => "graphkeep-report.html",
            Self::Json => "graphkeep-report.json",
            Self::Csv => "graphkeep-report.csv",
        }
    }

    /// The report in this format.
    pub fn write(self, report: &Report) -> String {
        match self {
            Self::Markdown => document::markdown(report),
            Self::Html => document::html(report),
            Self::Json => json(report),
            Self::Csv => csv(report),
        }
    }
}

fn json(report: &Report) -> String {
    let mut text =
        serde_json::to_string_pretty(report).expect("a report has no map with keys other than text");
    text.push('\n');
    text
}

/// One line an artifact, as RFC 4180 has it.
fn csv(report: &Report) -> String {
    const HEAD: &str = "path,database,database_id,time,type,lowest_tx,highest_tx,size,store_id_hash,recovered,compressed,container,role,database_state";
    let mut text = format!("{HEAD}\r\n");
    for database in &report.databases {
        for member in &database.members {
            let artifact = &report.artifacts[member.artifact];
            let fields = [
                shielded(&artifact.path.0),
                shielded(&artifact.database),
                artifact.database_id.to_string(),
                artifact.time.to_string(),
                artifact.kind.as_str().to_owned(),
                artifact.lowest_tx.to_string(),
                artifact.highest_tx.to_string(),
                artifact.size.to_string(),
                artifact.store_id_hash.to_string(),
                artifact.recovered.to_string(),
                artifact.compressed.to_string(),
                artifact.container.name().to_owned(),
                member.role.as_str().to_owned(),
                database.state.as_str().to_owned(),
            ];
            text.push_str(&fields.map(|field| quoted(&field)).join(","));
            text.push_str("\r\n");
        }
    }
    text
}

/// Text from a file that a spreadsheet would take for a formula is led by an apostrophe.
fn shielded(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
}

fn quoted(field: &str) -> String {
    // Where a comma stands in numbers, spreadsheets divide at semicolons.
    if field.contains([',', ';', '"', '\r', '\n']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}

/// Hands a report's text to the browser to save.
///
/// # Errors
/// The browser's.
pub fn save(text: &str, format: Format) -> Result<(), JsValue> {
    let options = BlobPropertyBag::new();
    options.set_type(format.media_type());
    let blob = Blob::new_with_str_sequence_and_options(&Array::of1(&text.into()), &options)?;
    save_blob(&blob, format.file_name())
}

/// Hands bytes to the browser to save.
///
/// # Errors
/// The browser's.
pub fn save_blob(blob: &Blob, name: &str) -> Result<(), JsValue> {
    let url = Url::create_object_url_with_blob(blob)?;
    let link: HtmlAnchorElement = document().create_element("a")?.unchecked_into();
    link.set_href(&url);
    link.set_download(name);
    link.click();
    Url::revoke_object_url(&url)
}

#[cfg(test)]
mod tests {
    use super::*;
    use graphkeep_core::{FileName, Limits, Source, artifact, chain};
    use std::fs::{self, File};
    use std::io;
    use std::path::Path;

    struct Fixtures;

    impl Source for Fixtures {
        type Stream = File;

        fn open(&mut self, name: &FileName) -> io::Result<(File, u64)> {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/samples");
            let file = File::open(folder.join(&name.0))?;
            let len = file.metadata()?.len();
            Ok((file, len))
        }
    }

    fn sample() -> Report {
        let list = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/samples/list.txt"));
        let list = list.expect("the list is there");
        let readings =
            list.lines().map(|path| artifact::read(&mut Fixtures, &path.into(), &Limits::default()));
        chain::report(readings.collect())
    }

    #[test]
    fn csv_has_a_line_for_each_artifact() {
        insta::assert_snapshot!(csv(&sample()).replace("\r\n", "\n"));
    }

    #[test]
    fn json_reads_back_as_the_same_report() {
        let report = sample();
        assert_eq!(serde_json::from_str::<Report>(&json(&report)).expect("it is JSON"), report);
    }

    #[test]
    fn a_spreadsheet_sees_text_and_no_formula() {
        let mut report = sample();
        report.artifacts[0].database = "=HYPERLINK(\"http://x\"),1".into();
        let text = csv(&report);
        assert!(text.contains("\"'=HYPERLINK(\"\"http://x\"\"),1\""), "{text}");
        report.artifacts[0].database = "a;=1+1".into();
        assert!(csv(&report).contains("\"a;=1+1\""), "one field, whichever sign divides");
    }
}
