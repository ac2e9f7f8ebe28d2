//! What `cargo xtask` shares with the browser tests: a web server for one folder.

pub mod serve;
