//! The committed schema of orders is what its code says.

use std::{fs, path::PathBuf};

#[test]
fn the_committed_schema_is_current() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../schema/orders.graphql");
    let current = orders::sdl();
    if std::env::var_os("SOUK_UPDATE_SCHEMA").is_some() {
        fs::write(&path, &current).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == current, "{} is stale: run this test with SOUK_UPDATE_SCHEMA=1", path.display());
}
