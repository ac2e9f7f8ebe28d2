//! The bundled sample: the manual's own folder, a chain with a gap, and in the gap's place a file that was cut
//! short. Every screen can be seen with it.

use js_sys::{Array, Uint8Array};
use leptos::prelude::window;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{File, FilePropertyBag, Response};

use crate::collect::Found;

/// The paths, beside index.html under `samples/`.
const LIST: &str = include_str!("../assets/samples/list.txt");

/// Fetches the sample's files, from where the page itself came.
///
/// # Errors
/// The browser's, where one of them cannot be fetched.
pub async fn fetch() -> Result<Vec<Found>, JsValue> {
    let mut found = Vec::new();
    for path in LIST.lines() {
        let response = JsFuture::from(window().fetch_with_str(&format!("samples/{path}"))).await?;
        let response: Response = response.unchecked_into();
        if !response.ok() {
            return Err(format!("samples/{path}: HTTP {}", response.status()).into());
        }
        let bytes = Uint8Array::new(&JsFuture::from(response.array_buffer()?).await?);
        let options = FilePropertyBag::new();
        // The same each time, so that the sample asked for twice is there once.
        options.set_last_modified(0.0);
        let name = path.rsplit('/').next().unwrap_or(path);
        let file = File::new_with_u8_array_sequence_and_options(&Array::of1(&bytes), name, &options)?;
        found.push(Found { path: format!("sample/{path}").as_str().into(), file });
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::path::Path;

    /// The list is what is there, and what is there are the fixtures, but for the one that was cut.
    #[test]
    fn the_sample_is_made_of_fixtures() {
        let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/samples");
        let mut there = Vec::new();
        for (folder, scenario) in [("hourly", "gap"), ("nightly", "manual-example")] {
            let fixtures = samples.join("../../../tests/fixtures/scenarios").join(scenario);
            for entry in fs::read_dir(samples.join(folder)).expect("the folder is there") {
                let name = entry.expect("it can be listed").file_name().into_string().expect("it is ASCII");
                let bytes = fs::read(samples.join(folder).join(&name)).expect("it can be read");
                if let Ok(fixture) = fs::read(fixtures.join(&name)) {
                    assert_eq!(bytes, fixture, "{name}");
                } else {
                    let whole = fixtures.join("../latest-as-parent").join(&name);
                    let whole = fs::read(whole).expect("the cut file has a whole original");
                    assert!(whole.starts_with(&bytes) && bytes.len() < whole.len(), "{name}");
                }
                there.push(format!("{folder}/{name}"));
            }
        }
        there.sort();
        assert_eq!(LIST.lines().collect::<Vec<_>>(), there);
    }
}
