//! Data of several subgraphs becomes one answer.

use federation::plan::nodes::Condition;

use super::*;

#[test]
fn entities_are_joined_in_the_clients_order_and_asked_for_once_each() {
    let canned = Canned::default()
        .answer(
            "reviews",
            json!({"data": {"reviews": [
                {"body": "a", "author": {"__typename": "User", "id": "1"}},
                {"body": "b", "author": {"__typename": "User", "id": "2"}},
                {"body": "c", "author": {"__typename": "User", "id": "1"}},
                {"body": "d", "author": null},
            ]}}),
        )
        .answer("users", json!({"data": {"_entities": [{"name": "Ann"}, {"name": "Bob"}]}}));
    let plan = sequence(vec![
        fetch(0, "reviews", "{ reviews { body author { __typename id } } }"),
        entities(1, "users", "reviews.*.author", ("User", "name")),
    ]);
    let author = object("author", "User", vec![leaf("who: name", "String!")]);
    let answer = run(plan, vec![object("reviews", "[Review!]!", vec![author, leaf("body", "String!")])], &canned);
    assert_eq!(
        answer,
        json!({"data": {"reviews": [
            {"author": {"who": "Ann"}, "body": "a"},
            {"author": {"who": "Bob"}, "body": "b"},
            {"author": {"who": "Ann"}, "body": "c"},
            {"author": null, "body": "d"},
        ]}})
    );
    let representations = canned.representations(1);
    assert_eq!(representations, json!([{"__typename": "User", "id": "1"}, {"__typename": "User", "id": "2"}]));
}

#[test]
fn a_shared_entity_is_completed_at_both_of_its_places() {
    let canned = Canned::default()
        .answer("a", json!({"data": {"l": [{"__typename": "T", "id": "1"}, {"__typename": "T", "id": "1"}]}}))
        .answer("b", json!({"data": {"_entities": [{"next": {"__typename": "T", "id": "2"}}]}}))
        .answer("c", json!({"data": {"_entities": [{"x": 7}]}}));
    let plan = sequence(vec![
        fetch(0, "a", "{ l { __typename id } }"),
        entities(1, "b", "l.*", ("T", "next { __typename id }")),
        entities(2, "c", "l.*.next", ("T", "x")),
    ]);
    let next = object("next", "T", vec![leaf("x", "Int")]);
    let answer = run(plan, vec![object("l", "[T]", vec![next])], &canned);
    assert_eq!(answer, json!({"data": {"l": [{"next": {"x": 7}}, {"next": {"x": 7}}]}}));
    assert_eq!(canned.representations(2), json!([{"__typename": "T", "id": "2"}]));
}

#[test]
fn requirements_are_sent_nested_and_null_where_they_are_null() {
    let canned = Canned::default()
        .answer(
            "products",
            json!({"data": {"p": [
                {"__typename": "P", "id": "1", "size": {"w": 1.50}, "tags": [{"t": "x"}]},
                {"__typename": "P", "id": "2", "size": null, "tags": null},
                {"__typename": "P", "id": null, "size": null, "tags": []},
            ]}}),
        )
        .answer("shipping", json!({"data": {"_entities": [{"fee": 1}, {"fee": 2}]}}));
    let representation = Representation {
        types: vec!["P".into()],
        typename: None,
        fields: vec![
            input("id", true, Vec::new()),
            input("size", false, vec![input("w", false, Vec::new())]),
            input("tags", false, vec![input("t", false, Vec::new())]),
        ],
    };
    let operation =
        "query($representations: [_Any!]!) { _entities(representations: $representations) { ... on P { fee } } }";
    let plan = sequence(vec![
        fetch(0, "products", "{ p { __typename id size { w } tags { t } } }"),
        flatten("p.*", fetch_node(1, "shipping", operation, Some(vec![representation]))),
    ]);
    let answer = run(plan, vec![object("p", "[P]", vec![leaf("fee", "Int")])], &canned);
    assert_eq!(answer, json!({"data": {"p": [{"fee": 1}, {"fee": 2}, {"fee": null}]}}));
    assert_eq!(
        canned.representations(1),
        json!([
            {"__typename": "P", "id": "1", "size": {"w": 1.5}, "tags": [{"t": "x"}]},
            {"__typename": "P", "id": "2", "size": null, "tags": null},
        ])
    );
}

#[test]
fn only_objects_of_the_wanted_types_are_asked_for() {
    let canned = Canned::default()
        .answer(
            "a",
            json!({"data": {"all": [[{"__typename": "A", "id": "1"}], [{"__typename": "B", "id": "1"}, null]]}}),
        )
        .answer("b", json!({"data": {"_entities": [{"n": 1}]}}));
    let node = entities(1, "b", "all.*.*.<B|C>", ("B", "n"));
    let plan = sequence(vec![fetch(0, "a", "{ all { __typename ... on B { id } } }"), node]);
    let mut n = leaf("n", "Int");
    n.types = vec!["B".into()];
    let typename = projected("kind: __typename", "String!", ProjectedValue::Typename { fallback: None });
    let mut all = object("all", "[[U]]", vec![typename, n]);
    if let ProjectedValue::Object { possible_types, .. } = &mut all.value {
        *possible_types = vec!["A".into(), "B".into()];
    }
    let answer = run(plan, vec![all], &canned);
    assert_eq!(answer, json!({"data": {"all": [[{"kind": "A"}], [{"kind": "B", "n": 1}, null]]}}));
}

#[test]
fn an_interface_objects_name_yields_to_the_real_type_and_never_replaces_it() {
    let concrete_first = Canned::default()
        .answer("a", json!({"data": {"m": {"__typename": "Book", "id": "1"}}}))
        .answer("b", json!({"data": {"_entities": [{"__typename": "Media", "n": 1}]}}));
    let concrete_last = Canned::default()
        .answer("a", json!({"data": {"m": {"__typename": "Media", "id": "1"}}}))
        .answer("b", json!({"data": {"_entities": [{"__typename": "Book", "n": 1}]}}));
    for (canned, sent) in [(concrete_first, "Media"), (concrete_last, "Media")] {
        let representation = Representation {
            types: vec!["Book".into(), "Media".into()],
            typename: Some("Media".into()),
            fields: vec![input("id", true, Vec::new())],
        };
        let operation = "query($representations: [_Any!]!) { _entities(representations: $representations) { n } }";
        let plan = sequence(vec![
            fetch(0, "a", "{ m { __typename id } }"),
            flatten("m", fetch_node(1, "b", operation, Some(vec![representation]))),
        ]);
        let typename = projected("__typename", "String!", ProjectedValue::Typename { fallback: None });
        let answer = run(plan, vec![object("m", "Book", vec![typename, leaf("n", "Int")])], &canned);
        assert_eq!(answer, json!({"data": {"m": {"__typename": "Book", "n": 1}}}));
        assert_eq!(canned.representations(1), json!([{"__typename": sent, "id": "1"}]));
    }
}

#[test]
fn conditions_choose_what_is_fetched_and_what_is_shown() {
    let include = |value: bool| Condition { variable: "yes".into(), equals: value };
    let fields = || {
        let mut a = leaf("a", "Int");
        a.conditions = vec![vec![include(true)]];
        let mut b = leaf("b", "Int");
        b.conditions = vec![vec![include(false)]];
        vec![a, b]
    };
    for (yes, expected) in [(true, json!({"a": 1})), (false, json!({"b": 2}))] {
        let canned = Canned::default().answer("a", json!({"data": {"a": 1}})).answer("b", json!({"data": {"b": 2}}));
        let plan = PlanNode::Condition {
            variable: "yes".into(),
            if_true: Some(Box::new(fetch(0, "a", "{ a }"))),
            if_false: Some(Box::new(fetch(1, "b", "{ b }"))),
        };
        let answer = run_with(plan, fields(), &json!({"yes": yes}), &canned);
        assert_eq!(answer, json!({"data": expected}));
        assert_eq!(canned.asked.lock().unwrap().len(), 1);
    }
}

#[test]
fn client_variables_are_forwarded_beside_the_representations() {
    let canned = Canned::default()
        .answer("a", json!({"data": {"p": {"__typename": "P", "id": "1"}}}))
        .answer("b", json!({"data": {"_entities": [{"price": "1"}]}}));
    let PlanNode::Flatten { paths, node } = entities(1, "b", "p", ("P", "price(in: $in)")) else { unreachable!() };
    let PlanNode::Fetch(mut inner) = *node else { unreachable!() };
    inner.variables = vec!["in".into(), "absent".into()];
    let flat = PlanNode::Flatten { paths, node: Box::new(PlanNode::Fetch(inner)) };
    let plan = sequence(vec![fetch(0, "a", "{ p { __typename id } }"), flat]);
    let fields = vec![object("p", "P", vec![leaf("price", "Decimal")])];
    let answer = run_with(plan, fields, &json!({"in": {"code": "EUR \"x\""}}), &canned);
    assert_eq!(answer, json!({"data": {"p": {"price": "1"}}}));
    let asked = canned.asked.lock().unwrap();
    assert_eq!(
        asked[1].1["variables"],
        json!({"in": {"code": "EUR \"x\""}, "representations": [{"__typename": "P", "id": "1"}]})
    );
}

#[test]
fn the_query_type_is_entered_anew_wherever_a_field_returns_it_and_nowhere_else() {
    let plan = || {
        let mut first = fetch_node(0, "a", "mutation { done }", None);
        first.kind = OperationKind::Mutation;
        sequence(vec![PlanNode::Fetch(first), flatten("l.*.query", fetch_node(1, "b", "{ b broken }", None))])
    };
    let fields =
        || vec![object("l", "[P]", vec![object("query", "Query", vec![leaf("b", "Int"), leaf("broken", "Int")])])];
    let entered = Canned::default()
        .answer("a", json!({"data": {"l": [{"query": {}}, {"query": null}, {"query": {"__typename": "Query"}}]}}))
        .answer("b", json!({"data": {"b": 1, "broken": null}, "errors": [{"message": "no", "path": ["broken"]}]}));
    let answer = run(plan(), fields(), &entered);
    let whole = json!({"query": {"b": 1, "broken": null}});
    assert_eq!(answer["data"], json!({"l": [whole, {"query": null}, whole]}));
    let told: Vec<String> = told(&answer).into_iter().map(|(path, _)| path).collect();
    assert_eq!(told, ["l.0.query.broken", "l.2.query.broken"]);
    // Nobody is asked for what has no place.
    let empty = Canned::default().answer("a", json!({"data": {"l": [{"query": null}]}}));
    assert_eq!(run(plan(), fields(), &empty), json!({"data": {"l": [{"query": null}]}}));
    assert_eq!(empty.asked.lock().unwrap().len(), 1);
}

#[test]
fn representations_make_way_for_a_client_variable_of_their_name() {
    let canned = Canned::default()
        .answer("a", json!({"data": {"p": {"__typename": "P", "id": "1"}}}))
        .answer("b", json!({"data": {"_entities": [{"price": "1"}]}}));
    let PlanNode::Flatten { paths, node } = entities(1, "b", "p", ("P", "price(in: $representations)")) else {
        unreachable!()
    };
    let PlanNode::Fetch(mut inner) = *node else { unreachable!() };
    inner.variables = vec!["representations".into()];
    let flat = PlanNode::Flatten { paths, node: Box::new(PlanNode::Fetch(inner)) };
    let plan = sequence(vec![fetch(0, "a", "{ p { __typename id } }"), flat]);
    let fields = vec![object("p", "P", vec![leaf("price", "Decimal")])];
    run_with(plan, fields, &json!({"representations": "EUR"}), &canned);
    let variables = canned.asked.lock().unwrap()[1].1["variables"].clone();
    assert_eq!(variables, json!({"representations": "EUR", "_representations": [{"__typename": "P", "id": "1"}]}));
}

#[test]
fn objects_at_several_places_are_asked_for_in_one_request() {
    let entity = |id: &str| json!({"__typename": "P", "id": id});
    let canned = Canned::default()
        .answer("a", json!({"data": {"top": entity("1"), "all": [entity("2"), null, entity("1")]}}))
        .answer(
            "b",
            json!({"data": {"_entities": [{"name": "one"}, null]},
            "errors": [{"message": "lost", "path": ["_entities", 1]}]}),
        );
    let PlanNode::Flatten { mut paths, node } = entities(1, "b", "top", ("P", "name")) else { unreachable!() };
    paths.push(vec![PathSegment::Key("all".into()), PathSegment::List]);
    let plan = sequence(vec![
        fetch(0, "a", "{ top { __typename id } all { __typename id } }"),
        PlanNode::Flatten { paths, node },
    ]);
    let fields =
        vec![object("all", "[P]", vec![leaf("name", "String")]), object("top", "P", vec![leaf("name", "String")])];
    let answer = run(plan, fields, &canned);
    assert_eq!(canned.representations(1), json!([entity("1"), entity("2")]));
    assert_eq!(answer["data"], json!({"all": [{"name": null}, null, {"name": "one"}], "top": {"name": "one"}}));
    assert_eq!(told(&answer), [("all.0.name".to_owned(), "INTERNAL".to_owned())]);
}
