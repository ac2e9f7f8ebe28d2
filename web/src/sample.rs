//! The bundled sample: a sound chain, one with a gap and in its place a file that was cut short, and one with a
//! flipped byte that verification finds. Every screen can be seen with it; `tests/src/sample.rs` makes it.

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
