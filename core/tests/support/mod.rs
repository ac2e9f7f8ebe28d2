//! What the tests of this crate share: the fixtures, files in memory, and a writer of artifacts.

#![allow(dead_code, reason = "each test file uses its own part of this")]

pub(crate) mod build;
pub(crate) mod files;

/// Marks a test that runs natively and, by `wasm.rs`, in wasm.
#[cfg(target_arch = "wasm32")]
pub(crate) use wasm_bindgen_test::wasm_bindgen_test as test;
