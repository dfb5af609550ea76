//! What must be refused at once, and what must be cancelled.

use std::{
    fmt::Write as _,
    sync::{Arc, atomic::AtomicBool},
    time::{Duration, Instant},
};

use apollo_compiler::{ExecutableDocument, ast, parser::Parser};
use federation::{
    Supergraph,
    plan::{LimitError, Limits, PlanError, PlanOptions, Planner, limits},
};

const SUPERGRAPH: &str = include_str!("bench-operation/supergraph.graphql");
const MUTATIONS: &str = include_str!("mutation-order/supergraph.graphql");
const QUERY: &str = include_str!("bench-operation/query.graphql");

/// What a server does before validation.
fn refuse(text: &str) -> (LimitError, Duration) {
    let limits = Limits::default();
    let begin = Instant::now();
    let error = limits::check_text(text, &limits).err().unwrap_or_else(|| {
        let document: ast::Document = Parser::new().parse_ast(text, "query.graphql").unwrap();
        limits::check_document(&document, None, &limits).unwrap_err()
    });
    (error, begin.elapsed())
}

#[test]
fn a_fragment_bomb_is_refused_at_once() {
    let mut text = String::from("{ users { ...F0 } }\n");
    for level in 0..20 {
        writeln!(text, "fragment F{level} on User {{ ...F{} ...F{} }}", level + 1, level + 1).unwrap();
    }
    text.push_str("fragment F20 on User { id }");
    let (error, elapsed) = refuse(&text);
    assert!(matches!(error, LimitError::Selections { .. }), "{error}");
    assert!(elapsed < Duration::from_millis(5), "{elapsed:?}");
}

#[test]
fn a_bomb_of_2_to_the_500_does_not_overflow() {
    let mut text = String::from("{ users { ...F0 } }\n");
    for level in 0..100 {
        let spreads = format!("...F{} ", level + 1).repeat(32);
        writeln!(text, "fragment F{level} on User {{ {spreads} }}").unwrap();
    }
    text.push_str("fragment F100 on User { id }");
    assert!(matches!(refuse(&text).0, LimitError::Selections { .. }));
}

#[test]
fn ten_thousand_aliases_are_refused_at_once() {
    let aliases: String = (0..10_000).fold(String::new(), |mut text, number| {
        write!(text, "a{number}: users {{ id }} ").unwrap();
        text
    });
    let (error, elapsed) = refuse(&format!("{{ {aliases} }}"));
    assert!(matches!(error, LimitError::Tokens { .. }), "{error}");
    assert!(elapsed < Duration::from_millis(5), "{elapsed:?}");
}

#[test]
fn a_thousand_aliases_are_refused() {
    let aliases: String = (0..1_000).fold(String::new(), |mut text, number| {
        write!(text, "a{number}: id ").unwrap();
        text
    });
    assert!(matches!(refuse(&format!("{{ users {{ {aliases} }} }}")).0, LimitError::Aliases { .. }));
}

#[test]
fn depth_ten_thousand_is_refused_at_once() {
    let text = format!("{}{}", "{ users ".repeat(10_000), "}".repeat(10_000));
    let (error, elapsed) = refuse(&text);
    assert!(matches!(error, LimitError::Depth { .. } | LimitError::Tokens { .. }), "{error}");
    assert!(elapsed < Duration::from_millis(5), "{elapsed:?}");
}

#[test]
fn depth_hidden_in_fragments_is_refused() {
    let mut text = String::from("{ users { ...F0 } }\n");
    for level in 0..80 {
        writeln!(text, "fragment F{level} on User {{ friend {{ ...F{} }} }}", level + 1).unwrap();
    }
    text.push_str("fragment F80 on User { id }");
    assert!(matches!(refuse(&text).0, LimitError::Depth { .. }));
}

#[test]
fn a_fragment_that_spreads_itself_is_refused_at_once() {
    let text = "{ users { ...A } } fragment A on User { id ...B } fragment B on User { ...A }";
    let (error, elapsed) = refuse(text);
    assert!(matches!(error, LimitError::Cycle { .. }), "{error}");
    assert!(elapsed < Duration::from_millis(5), "{elapsed:?}");
}

#[test]
fn brackets_in_strings_and_comments_are_not_depth() {
    let deep = "{".repeat(1_000);
    let text = format!("{{ users(a: \"{deep}\", b: \"\"\"{deep}\\\"\"\" {deep}\"\"\") {{ id }} }} # {deep}");
    assert_eq!(limits::check_text(&text, &Limits::default()), Ok(()));
}

#[test]
fn characters_that_are_no_token_are_refused_before_the_parser() {
    let limits = Limits::default();
    for junk in ["é", "-", "\u{0}", "-é"] {
        let text = format!("{{ a {} }}", junk.repeat(60_000));
        let refused = Err(LimitError::Tokens { limit: limits.max_tokens });
        assert_eq!(limits::check_text(&text, &limits), refused, "{junk:?}");
    }
}

#[test]
fn the_planner_counts_by_itself() {
    let options = PlanOptions { limits: Limits { max_selections: 10, ..Limits::default() }, ..PlanOptions::default() };
    assert_eq!(plan_bench(&options), Err(PlanError::Limit(LimitError::Selections { limit: 10 })));
}

#[test]
fn planning_ends_when_its_budget_does() {
    let options = PlanOptions { max_steps: 50, ..PlanOptions::default() };
    assert_eq!(plan_bench(&options), Err(PlanError::Budget { steps: 50 }));
}

#[test]
fn a_thousand_mentions_each_under_a_variable_of_its_own_are_planned_at_once() {
    let mentions = |template: fn(usize) -> String| (0..1_000).map(template).collect::<String>();
    let variables = mentions(|number| format!("$v{number}: Boolean! "));
    let fields = mentions(|number| format!("id @include(if: $v{number}) "));
    let calls = mentions(|number| format!("addA(n: 1) @include(if: $v{number}) {{ __typename }} "));
    for (supergraph, query) in [
        (SUPERGRAPH, format!("query Bench({variables}) {{ users {{ {fields} }} }}")),
        (MUTATIONS, format!("mutation Bench({variables}) {{ {calls} }}")),
    ] {
        let supergraph = Supergraph::parse(supergraph).unwrap();
        let document = ExecutableDocument::parse_and_validate(&supergraph.api_schema, query, "query.graphql").unwrap();
        let planner = Planner::new(&supergraph).unwrap();
        let begin = Instant::now();
        planner.plan(&document, Some("Bench"), &PlanOptions::default()).unwrap();
        // Held against each other one by one, they took 20 s and more.
        assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
    }
}

#[test]
fn a_budget_that_ends_in_search_of_a_better_plan_leaves_the_first() {
    let steps_for = |improvement_steps: u64| {
        let suffices = |max_steps: &u64| {
            plan_bench(&PlanOptions { max_steps: *max_steps, improvement_steps, ..PlanOptions::default() }).is_ok()
        };
        (1..5_000).find(suffices)
    };
    let first = steps_for(0);
    assert!(first.is_some());
    assert_eq!(steps_for(2_000), first);
}

#[test]
fn planning_can_be_cancelled() {
    let options = PlanOptions { cancel: Some(Arc::new(AtomicBool::new(true))), ..PlanOptions::default() };
    assert_eq!(plan_bench(&options), Err(PlanError::Cancelled));
}

fn plan_bench(options: &PlanOptions) -> Result<(), PlanError> {
    let supergraph = Supergraph::parse(SUPERGRAPH).unwrap();
    let document = ExecutableDocument::parse_and_validate(&supergraph.api_schema, QUERY, "query.graphql").unwrap();
    Planner::new(&supergraph).unwrap().plan(&document, Some("Bench"), options).map(drop)
}

/// As a faulty composition might print it: `b` has no key by which `Thing.far` could be asked for.
const UNSATISFIABLE: &str = r#"
schema @link(url: "https://specs.apollo.dev/link/v1.0") @link(url: "https://specs.apollo.dev/join/v0.3", for: EXECUTION) { query: Query }
directive @link(url: String, as: String, for: link__Purpose, import: [link__Import]) repeatable on SCHEMA
directive @join__graph(name: String!, url: String!) on ENUM_VALUE
directive @join__type(graph: join__Graph!, key: join__FieldSet, extension: Boolean! = false, resolvable: Boolean! = true, isInterfaceObject: Boolean! = false) repeatable on OBJECT | INTERFACE | UNION | ENUM | INPUT_OBJECT | SCALAR
directive @join__field(graph: join__Graph, requires: join__FieldSet, provides: join__FieldSet, type: String, external: Boolean, override: String, usedOverridden: Boolean) repeatable on FIELD_DEFINITION | INPUT_FIELD_DEFINITION
scalar link__Import
enum link__Purpose { SECURITY EXECUTION }
scalar join__FieldSet
enum join__Graph { A @join__graph(name: "a", url: "") B @join__graph(name: "b", url: "") }
type Query @join__type(graph: A) @join__type(graph: B) { thing: Thing @join__field(graph: A) }
type Thing @join__type(graph: A, key: "id") @join__type(graph: B) { id: ID! @join__field(graph: A) far: Int @join__field(graph: B) }
"#;

#[test]
fn what_no_subgraph_can_be_asked_for_is_named_by_its_path() {
    let supergraph = Supergraph::parse(UNSATISFIABLE).unwrap();
    let query = "{ here: thing { id there: far } }";
    let document = ExecutableDocument::parse_and_validate(&supergraph.api_schema, query, "query.graphql").unwrap();
    let refused = Planner::new(&supergraph).unwrap().plan(&document, None, &PlanOptions::default()).map(drop);
    assert_eq!(refused, Err(PlanError::Unreachable { path: "here.there".to_owned() }));
}
