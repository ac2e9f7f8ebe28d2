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
/// Why one of them cannot be had.
pub async fn fetch() -> Result<Vec<Found>, String> {
    let mut found = Vec::new();
    for path in LIST.lines() {
        let bytes = bytes(&format!("samples/{path}")).await?;
        let options = FilePropertyBag::new();
        // The same each time, so that the sample asked for twice is there once.
        options.set_last_modified(0.0);
        let name = path.rsplit('/').next().unwrap_or(path);
        let file = File::new_with_u8_array_sequence_and_options(&Array::of1(&bytes), name, &options);
        let file = file.map_err(|error| format!("{error:?}"))?;
        found.push(Found { path: format!("sample/{path}").as_str().into(), file });
    }
    Ok(found)
}

async fn bytes(address: &str) -> Result<Uint8Array, String> {
    let silent = |_: JsValue| {
        "its host does not answer; it comes over the network the first time it is opened".to_owned()
    };
    let response: Response =
        JsFuture::from(window().fetch_with_str(address)).await.map_err(silent)?.unchecked_into();
    if !response.ok() {
        return Err(format!("its host answers for {address} with HTTP {}", response.status()));
    }
    let bytes = response.array_buffer().map_err(silent)?;
    Ok(Uint8Array::new(&JsFuture::from(bytes).await.map_err(silent)?))
}
