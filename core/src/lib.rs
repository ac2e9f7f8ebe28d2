//! Reads Neo4j backup artifacts and judges backup chains.
//!
//! The core has no I/O, clock, thread or environment of its own, so that the same code runs in a terminal
//! and in a browser. A host opens files (a [`Source`]), the core pulls bytes and hands plain data out:
//!
//! | layer | module | takes | gives |
//! |---|---|---|---|
//! | bytes to fields | [`wire`] | any `Read` | integers, text; offset and field named in every error |
//! | fields to records | [`container`], [`metadata`], [`store_id`] | a `wire::Reader` | structs |
//! | files to readings | [`artifact`], [`stranger`] | a [`Source`] and a name | a [`Reading`](report::Reading) |
//! | readings to chains | [`chain`] | readings | a [`Report`](report::Report) |
//! | files to proof | [`verify`], [`archive`], [`log`] | a [`Source`] and a name | a [`Verification`](verify::Verification) |
//! | damage to a new file | [`repair`] | a reading, its verification | the bytes to keep |
//! | a report to answers | [`plan`], [`load`] | a point, an artifact | files and commands, yes or no |

pub mod archive;
pub mod artifact;
pub mod chain;
pub mod container;
mod diagnosis;
pub mod encode;
pub mod error;
mod first_blocks;
pub mod limits;
pub mod load;
pub mod log;
pub mod metadata;
mod payload;
pub mod plan;
pub mod problem;
pub mod progress;
pub mod redact;
pub mod repair;
pub mod report;
pub mod source;
mod split;
pub mod store_id;
pub mod stranger;
pub mod time;
pub mod verify;
pub mod wire;

pub use limits::Limits;
pub use source::{FileName, Source};
