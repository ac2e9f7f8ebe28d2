//! The same fixtures and the same expectations as natively, in wasm: the very same tests, run under node by
//! `wasm-bindgen-test-runner`.
//!
//! ```text
//! CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER=wasm-bindgen-test-runner \
//!     cargo test -p graphkeep-core --target wasm32-unknown-unknown --test wasm
//! ```

#![cfg(target_arch = "wasm32")]

mod support;

#[path = "chains.rs"]
mod chains;
#[path = "golden.rs"]
mod golden;
#[path = "readings.rs"]
mod readings;
