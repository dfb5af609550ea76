//! docs/OPERATIONS.md as the tests read it.

use std::{fs, path::PathBuf};

/// The repository.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The whole page.
pub fn page() -> String {
    fs::read_to_string(root().join("docs/OPERATIONS.md")).unwrap()
}

/// The command block that is marked "sh NAME".
pub fn block(name: &str) -> String {
    let page = page();
    let start = format!("```sh {name}\n");
    let (_, rest) = page.split_once(&start).unwrap_or_else(|| panic!("docs/OPERATIONS.md has no block {name}"));
    rest.split_once("```").unwrap().0.to_owned()
}
