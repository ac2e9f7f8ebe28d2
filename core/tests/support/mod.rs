//! What the tests of this crate share: the fixtures, files in memory, and a writer of artifacts.

#![allow(dead_code, reason = "each test file uses its own part of this")]

pub(crate) mod build;
pub(crate) mod files;
pub(crate) mod pieces;

/// Under this name `#[test]` marks the tests that run in wasm as well, with the same fixtures inside them:
///
/// ```text
/// CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER=wasm-bindgen-test-runner \
///     cargo test -p graphkeep-core --target wasm32-unknown-unknown
/// ```
#[cfg(target_arch = "wasm32")]
pub(crate) use wasm_bindgen_test::wasm_bindgen_test as test;
