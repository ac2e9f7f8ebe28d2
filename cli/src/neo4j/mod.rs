//! A live Neo4j: its home, its databases' folders, and copies of them that can be restored.
//!
//! | module | what it knows |
//! |---|---|
//! | [`aggregate`] | a chain folded into one full backup |
//! | [`backup`] | a backup of one database: full, differential or empty |
//! | [`conf`] | `neo4j.conf` and what it says of folders |
//! | [`growth`] | a file that is read and made durable while it is written |
//! | [`home`] | databases, their store folders and transaction folders |
//! | [`lock`] | whether a server runs on a database; one backup at a time into one folder |
//! | [`logs`] | transaction logs, held open and walked to the last whole transaction |
//! | [`snapshot`] | a copy of a store that may be written to meanwhile |
//! | [`writing`] | an artifact under a temporary name, verified, then under its own |
//! | [`unpack`] | an artifact unpacked, and proven on the way |
//! | [`joined`] | the logs of a chain as those of one database, up to a point |
//! | [`swap`] | one database in the place of another, never half |
//! | [`restore`] | a chain into a home |
//! | [`edition`] | which Neo4j a home belongs to, and what it takes |
//! | [`server`] | what only a running server can tell |
//! | [`users`] | its users and roles, as the script that makes them again |

pub(crate) mod aggregate;
pub(crate) mod backup;
pub(crate) mod conf;
pub(crate) mod edition;
mod growth;
pub(crate) mod home;
pub(crate) mod joined;
pub(crate) mod lock;
pub(crate) mod logs;
pub(crate) mod restore;
pub(crate) mod server;
pub(crate) mod snapshot;
pub(crate) mod swap;
pub(crate) mod unpack;
pub(crate) mod users;
pub(crate) mod writing;
