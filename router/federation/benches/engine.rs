//! What the engine takes: composing the shop's six subgraphs, reading what was composed, and planning the public
//! gateway benchmark's operation from nothing (no cache, its limits counted).
//! `cargo bench -p federation`; docs/PERFORMANCE.md has the figures.

use std::{fs, hint::black_box, path::Path};

use apollo_compiler::ExecutableDocument;
use criterion::{Criterion, criterion_group, criterion_main};
use federation::{
    Subgraph, Supergraph, compose,
    plan::{PlanOptions, Planner},
};

const SHOP: [&str; 6] = ["accounts", "inventory", "notifications", "orders", "payments", "products"];

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn composition(criterion: &mut Criterion) {
    let subgraph = |name: &str| Subgraph {
        name: name.to_owned(),
        url: Some(format!("http://{name}/graphql")),
        sdl: read(&format!("../../schema/{name}.graphql")),
    };
    let shop: Vec<Subgraph> = SHOP.into_iter().map(subgraph).collect();
    let composed = compose(&shop).expect("the shop composes");
    criterion.bench_function("compose the shop", |bencher| bencher.iter(|| compose(black_box(&shop))));
    criterion.bench_function("read the shop's supergraph", |bencher| {
        bencher.iter(|| Supergraph::parse(black_box(&composed.sdl)));
    });
}

fn planning(criterion: &mut Criterion) {
    let supergraph = Supergraph::parse(&read("tests/plan/bench-operation/supergraph.graphql")).expect("it is one");
    let text = read("tests/plan/bench-operation/query.graphql");
    let document = ExecutableDocument::parse_and_validate(&supergraph.api_schema, text.as_str(), "query.graphql")
        .expect("the operation is valid");
    let planner = Planner::new(&supergraph).expect("the supergraph can be planned on");
    let options = PlanOptions::default();
    criterion.bench_function("plan the benchmark's operation", |bencher| {
        bencher.iter(|| planner.plan(black_box(&document), Some("Bench"), &options));
    });
    criterion.bench_function("make a planner", |bencher| bencher.iter(|| Planner::new(black_box(&supergraph))));
}

criterion_group!(benches, composition, planning);
criterion_main!(benches);
