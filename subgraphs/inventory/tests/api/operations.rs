//! What inventory asks of other services is in their committed schemas.

use apollo_compiler::{ExecutableDocument, Schema, validation::Valid};

#[test]
fn what_is_asked_of_other_services_is_in_their_schemas() {
    for (service, name, document) in inventory::documents() {
        let path = format!("{}/../../schema/{service}.graphql", env!("CARGO_MANIFEST_DIR"));
        let sdl = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        // A subgraph's SDL uses the federation directives without defining them; only the operation is checked here.
        let schema =
            Schema::builder().adopt_orphan_extensions().ignore_builtin_redefinitions().parse(sdl, &path).build();
        let schema = Valid::assume_valid(schema.unwrap_or_else(|broken| broken.partial));
        if let Err(errors) = ExecutableDocument::parse_and_validate(&schema, document, name) {
            panic!("{name} does not fit {service}: {}", errors.errors);
        }
    }
}
