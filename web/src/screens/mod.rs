//! One module a screen.

pub mod artifact;
pub mod compare;
pub mod database;
pub mod estate;
pub mod report;
pub mod start;
