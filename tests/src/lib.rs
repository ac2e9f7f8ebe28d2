//! Shared by the tests that cross crates, and by `cargo xtask bench`.
//!
//! | module | gives |
//! |---|---|
//! | [`fixtures`] | the genuine artifacts, and copies of them under other metadata |
//! | [`artifact`] | artifacts written to order |
//! | [`estate`] | folders full of artifacts, of many databases |
//! | [`sample`] | the page's sample, from genuine artifacts |
//! | `neo4j` (feature `interop`) | the real Neo4j: a server, its query API, neo4j-admin, writers without pause |
//! | `browser`, `page` (feature `browser`) | Chromium on the built page: real drops, every request recorded |

#![expect(clippy::missing_panics_doc, reason = "a test ends there: its input could not be made")]

pub mod artifact;
#[cfg(feature = "browser")]
pub mod browser;
pub mod estate;
pub mod fixtures;
#[cfg(feature = "interop")]
pub mod neo4j;
#[cfg(feature = "browser")]
pub mod page;
pub mod sample;
