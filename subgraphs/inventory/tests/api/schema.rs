//! The committed schema is what this build serves.

#[test]
fn the_committed_schema_is_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../schema/inventory.graphql");
    let sdl = inventory::sdl();
    if std::env::var_os("SOUK_UPDATE_SCHEMA").is_some() {
        std::fs::write(path, &sdl).expect("the schema folder can be written");
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(committed == sdl, "schema/inventory.graphql is not current: run the tests with SOUK_UPDATE_SCHEMA=1");
}
