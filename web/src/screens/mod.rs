//! One module a screen.

pub mod artifact;
pub mod database;
pub mod estate;
pub mod start;
