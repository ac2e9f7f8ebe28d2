//! A real Chromium, and for some of it Firefox, does what people do with the page. `cargo xtask test page browser`
//! builds page and tool first.

mod access;
mod damage;
mod estates;
mod filters;
mod firefox;
mod harness;
mod hosting;
mod inside;
mod keyboard;
mod looks;
mod offline;
mod points;
mod policy;
mod reading;
mod recents;
mod reports;
mod scripts;
mod staircase;
mod verdicts;
mod verifying;
