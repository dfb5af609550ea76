//! A private MySQL for one shop, or the rights on a given one.
//!
//! ```text
//! find (mariadbd, else mysqld) ──> template (made once a version) ──copy──> data folder ──> server
//! accounts (databases, users, grants): the private server reads them at its start, a given one by connection
//! ```

mod accounts;
mod data;
mod find;
mod outside;
mod server;

pub use accounts::{ServiceAccount, account_script};
pub use data::prepare_data;
pub use find::{MISSING, find};
pub use outside::prepare_outside;
pub use server::{Server, wait_until_up};
