//! Fields of interface objects that may not be null and are wanted of one type only: they wait for the type where that
//! can be, and are asked for at once where it cannot.

use std::time::{Duration, Instant};

use apollo_compiler::ExecutableDocument;
use federation::{
    Subgraph, compose,
    plan::{PlanOptions, Planner},
};

fn plan(subgraphs: [(&str, String); 2], query: &str) -> (String, Duration) {
    let subgraphs = subgraphs.map(|(name, sdl)| Subgraph { name: name.to_owned(), url: None, sdl });
    let supergraph = compose(&subgraphs).unwrap();
    let document = ExecutableDocument::parse_and_validate(&supergraph.api_schema, query, "query.graphql").unwrap();
    let planner = Planner::new(&supergraph).unwrap();
    let begin = Instant::now();
    let plan = planner.plan(&document, None, &PlanOptions::default()).unwrap();
    (plan.to_string(), begin.elapsed())
}

fn link(names: &str) -> String {
    format!("extend schema @link(url: \"https://specs.apollo.dev/federation/v2.7\", import: [{names}])\n")
}

/// Media as one object in `a`, and as an interface of `types` in `b`.
fn media(types: &[String], key: &str, fields: &str) -> [(&'static str, String); 2] {
    let a = format!(
        "type Query {{ note: Media }} type Media @key(fields: \"id\"{key}) @interfaceObject {{ id: ID! {fields} }}"
    );
    let implementing = |ty: &String| format!("type {ty} implements Media @key(fields: \"id\") {{ id: ID! }}\n");
    let b = format!(
        "interface Media @key(fields: \"id\") {{ id: ID! }}\n{}",
        types.iter().map(implementing).collect::<Vec<_>>().concat()
    );
    [("a", link("\"@key\", \"@interfaceObject\"") + &a), ("b", link("\"@key\"") + &b)]
}

#[test]
fn who_cannot_be_asked_again_is_asked_at_once() {
    let types = ["Review".to_owned(), "Product".to_owned()];
    let fields = "title: String! owner: User! } type User { name: String";
    for query in ["{ note { ... on Review { title } } }", "{ note { ... on Review { owner { name } } } }"] {
        let (waiting, _) = plan(media(&types, "", fields), query);
        assert_eq!(waiting.matches("Fetch(").count(), 3, "{waiting}");
        let (at_once, _) = plan(media(&types, ", resolvable: false", fields), query);
        assert_eq!(at_once.matches("Fetch(").count(), 2, "{at_once}");
    }
}

#[test]
fn five_hundred_names_for_one_field_of_forty_types_are_planned_at_once() {
    let types: Vec<String> = (0..40).map(|number| format!("T{number}")).collect();
    let fields = (0..499).map(|number| format!("k{number}: title")).collect::<Vec<_>>().join(" ");
    let (_, took) =
        plan(media(&types, "", "title: String!"), &format!("{{ note {{ {fields} ... on T7 {{ other: title }} }} }}"));
    assert!(took < Duration::from_secs(5), "{took:?}");
}
