//! What screens are made of: each takes data and callbacks and knows no screen.

pub mod contents;
pub mod copy;
pub mod damage;
pub mod drop_zone;
pub mod exactly;
pub mod focus;
pub mod form;
pub mod gap;
pub mod header_bytes;
pub mod keyboard;
pub mod moment;
pub mod newer;
pub mod open;
pub mod plan;
pub mod problems;
pub mod progress;
pub mod recents;
pub mod row_window;
pub mod staircase;
pub mod strip;
pub mod tables;
pub mod tabs;
pub mod theme;
pub mod transactions;
pub mod verdict;
pub mod verifying;
