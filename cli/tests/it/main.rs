//! The real binary on real files. Snapshots hold the exit code and both streams.

mod contents;
mod database_backup;
mod exits;
mod harness;
mod help;
mod inspect;
mod json;
mod neo4j;
mod plan;
mod points;
mod repair;
mod restore;
mod show;
#[cfg(unix)]
mod terminal;
mod transactions;
mod verify;
