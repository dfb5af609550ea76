//! What `souk plan` says of a query that no router would plan.

use router::commands::{PlanInput, plan_command};

fn plan(query: String) -> Result<String, String> {
    let shop = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../schema/supergraph.graphql");
    let supergraph_sdl = std::fs::read_to_string(shop).unwrap();
    plan_command(&PlanInput { supergraph_sdl, query, ..PlanInput::default() }).map_err(|fault| fault.to_string())
}

#[test]
fn a_plan_is_printed_and_what_is_over_a_limit_is_named() {
    assert!(plan("{ products(first: 1) { nodes { title } } }".to_owned()).unwrap().contains("products"));
    let deep = format!("{{ {}__typename{} }}", "node { ".repeat(10_000), " }".repeat(10_000));
    assert_eq!(plan(deep).unwrap_err(), "the query: the operation is nested more than 64 levels deep");
    let circle = "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }".to_owned();
    assert!(plan(circle).unwrap_err().contains("spreads itself"));
}
