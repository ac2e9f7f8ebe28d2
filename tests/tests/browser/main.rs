//! A real Chromium does what people do with the page. `cargo xtask test browser` builds page and tool first.

mod harness;
