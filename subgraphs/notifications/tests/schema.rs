//! The committed schema is what this build serves; `SOUK_UPDATE_SCHEMA=1` writes it.

use apollo_compiler::{ExecutableDocument, Schema};

#[test]
fn the_committed_schema_is_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../schema/notifications.graphql");
    let sdl = notifications::sdl();
    if std::env::var_os("SOUK_UPDATE_SCHEMA").is_some() {
        std::fs::write(path, &sdl).unwrap();
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(committed == sdl, "schema/notifications.graphql is not current: run `make schema`");
}

#[test]
fn what_is_asked_of_other_services_is_in_their_schemas() {
    for (service, document) in notifications::documents() {
        let path = format!("{}/../../schema/{service}.graphql", env!("CARGO_MANIFEST_DIR"));
        let sdl = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        // The subgraph SDL uses federation directives without defining them; only our operation is checked here.
        let schema =
            Schema::builder().adopt_orphan_extensions().ignore_builtin_redefinitions().parse(sdl, &path).build();
        let schema = schema.unwrap_or_else(|broken| broken.partial);
        let schema = apollo_compiler::validation::Valid::assume_valid(schema);
        if let Err(errors) = ExecutableDocument::parse_and_validate(&schema, document, service) {
            panic!("a document for {service} does not fit: {}", errors.errors);
        }
    }
}
