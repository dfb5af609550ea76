//! The committed schema is what this build serves; `SOUK_UPDATE_SCHEMA=1` writes it.

#[test]
fn the_committed_schema_is_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../schema/payments.graphql");
    let sdl = payments::sdl();
    if std::env::var_os("SOUK_UPDATE_SCHEMA").is_some() {
        std::fs::write(path, &sdl).unwrap();
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(committed == sdl, "schema/payments.graphql is not current: run `make schema`");
}
