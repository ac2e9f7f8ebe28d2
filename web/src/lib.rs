//! The page: drop Neo4j backups, see which databases they hold and whether they restore.
//!
//! | part | module | may |
//! |---|---|---|
//! | files from the person | [`collect`] | walk drops and file lists, nothing else |
//! | reading | [`worker`], [`blob_reader`] | call the core for reading; runs in workers only |
//! | between the two | [`protocol`], [`pool`] | start, feed, end and replace workers |
//! | chains, and files to save | [`judge`] | keep and judge what was read; in a worker of its own |
//! | what is known | [`library`], [`state`] | change state; nothing else does |
//! | without a network | [`offline`] | speak with the service worker |
//! | opened before | [`recents`] | keep handles of folders, ask for leave to read them |
//! | what is shown | [`app`], [`screens`], [`components`] | read state, call its actions |
//!
//! Bytes of a file never come to the page's own thread: the page hands `File` handles to workers.

#![expect(
    clippy::needless_pass_by_value,
    reason = "components own what they are given, and event handlers their events"
)]

pub mod app;
pub mod blob_reader;
mod bundle;
pub mod collect;
pub mod commits;
pub mod compare;
pub mod components;
pub mod export;
pub mod judge;
pub mod keys;
pub mod library;
pub mod offline;
pub mod plot;
pub mod point;
pub mod pool;
pub mod protocol;
pub mod reach;
pub mod recents;
pub mod route;
pub mod sample;
pub mod saved;
pub mod screens;
pub mod select;
pub mod state;
#[cfg(test)]
mod testing;
pub mod tree;
pub mod treemap;
pub mod verifying;
pub mod wording;
pub mod worker;

/// The id of this build; page and worker must have the same.
pub const BUILD: &str = env!("GRAPHKEEP_BUILD");
