//! What we write the real Neo4j takes, and what it writes we take. `cargo xtask interop` sets it up.

mod writing;
