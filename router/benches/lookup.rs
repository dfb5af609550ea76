//! What finding a plan takes when the operation is known: the request read from its JSON, the document and the plan
//! found by their text. `cargo bench -p router`; docs/PERFORMANCE.md has the figures.

use std::{collections::BTreeSet, hint::black_box, path::Path};

use criterion::{Criterion, criterion_group, criterion_main};
use federation::Supergraph;
use router::embedded::Embedded;
use serde_json::json;

fn read(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("federation/tests/plan/bench-operation").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn lookup(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime without drivers");
    let supergraph = Supergraph::parse(&read("supergraph.graphql")).expect("it is one");
    let router = Embedded::new(supergraph, BTreeSet::new()).expect("it can be planned on");
    let request = json!({ "query": read("query.graphql"), "operationName": "Bench" }).to_string();
    assert_eq!(runtime.block_on(router.plan(request.as_bytes())), Some(FETCHES));
    criterion.bench_function("find a known plan", |bencher| {
        bencher.iter(|| runtime.block_on(router.plan(black_box(request.as_bytes()))));
    });
}

/// What the plan says; a lookup that finds another one measures nothing.
const FETCHES: usize = 11;

criterion_group!(benches, lookup);
criterion_main!(benches);
