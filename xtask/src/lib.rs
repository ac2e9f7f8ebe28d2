//! What `cargo xtask` shares with the browser tests: a web server for one folder, and a site's service worker.

pub mod offline;
pub mod serve;
