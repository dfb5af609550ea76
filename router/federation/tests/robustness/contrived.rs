//! Graphs that no mutation comes upon: made so that the paths through them are too many to walk.

use std::fmt::Write as _;

use federation::{ErrorCode, Subgraph, compose};

use crate::watch::Thread;

const HEADER: &str =
    "extend schema @link(url: \"https://specs.apollo.dev/federation/v2.3\", import: [\"@shareable\"])\n";

/// One subgraph has all fields of a type without a key; each of `count` others lacks its own. A path of n fields leads
/// to any of the sets of subgraphs that are left: 2 to the count.
fn each_lacks_its_own(count: usize) -> Vec<Subgraph> {
    let subgraph = |own: usize| {
        let mut sdl = format!("{HEADER}type Query {{ all: T @shareable }}\ntype T {{ a: Int @shareable");
        for field in (0..count).filter(|field| *field != own) {
            write!(sdl, " n{field}: T @shareable").unwrap();
        }
        sdl.push_str(" }");
        Subgraph { name: format!("s{own}"), url: None, sdl }
    };
    (0..=count).map(subgraph).collect()
}

#[test]
fn a_few_hundred_sets_of_subgraphs_are_walked() {
    assert!(compose(&each_lacks_its_own(8)).is_ok());
}

#[test]
fn too_many_sets_of_subgraphs_are_refused_in_time() {
    let thread = Thread::current();
    let errors = compose(&each_lacks_its_own(14)).unwrap_err();
    let spent_ms = thread.cpu_ms();
    let codes: Vec<ErrorCode> = errors.iter().map(|error| error.code).collect();
    assert_eq!(codes, [ErrorCode::MaxValidationSubgraphPathsExceeded]);
    // About a second.
    assert!(spent_ms < 10_000, "{spent_ms} ms");
}
