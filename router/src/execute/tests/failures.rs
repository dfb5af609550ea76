//! A subgraph that fails or talks nonsense costs its own part of the answer and no more.

use super::*;

/// `l: [T]` from a, `x` of each T from b.
fn two_step(canned: &Canned, x_type: &str) -> Json {
    let plan = sequence(vec![
        fetch(0, "a", "{ l { __typename id } }"),
        entities(1, "b", "l.*", ("T", "x")),
        entities(2, "c", "l.*", ("T", "y")),
    ]);
    let item = vec![leaf("id", "ID!"), leaf("mine: x", x_type), leaf("y", "Int")];
    run(plan, vec![object("l", "[T]", item)], canned)
}

fn a() -> Canned {
    let rows = json!({"data": {"l": [{"__typename": "T", "id": "1"}, {"__typename": "T", "id": "2"}, {"__typename": "T", "id": "1"}]}});
    let y = json!({"data": {"_entities": [{"y": 1}, {"y": 2}]}});
    Canned::default().answer("a", rows).answer("c", y)
}

fn lines(answer: &Json) -> Vec<String> {
    told(answer).into_iter().map(|(path, code)| format!("{path} {code}")).collect()
}

#[test]
fn a_subgraph_that_is_down_nulls_its_fields_alone() {
    let answer = two_step(&a().down("b"), "Int");
    assert_eq!(
        answer["data"],
        json!({"l": [{"id": "1", "mine": null, "y": 1}, {"id": "2", "mine": null, "y": 2}, {"id": "1", "mine": null, "y": 1}]})
    );
    assert_eq!(lines(&answer), ["l.0.mine UNAVAILABLE", "l.1.mine UNAVAILABLE", "l.2.mine UNAVAILABLE"]);
    assert_eq!(answer["errors"][0]["extensions"]["service"], "b");

    let answer = two_step(&a().down("b"), "Int!");
    assert_eq!(answer["data"], json!({"l": [null, null, null]}));
    assert_eq!(lines(&answer), ["l.0.mine UNAVAILABLE", "l.1.mine UNAVAILABLE", "l.2.mine UNAVAILABLE"]);
}

#[test]
fn an_error_of_one_entity_is_told_at_each_place_of_it() {
    let canned = a().answer(
        "b",
        json!({
            "data": {"_entities": [{"x": null}, {"x": 5}]},
            "errors": [{"message": "out", "path": ["_entities", 0, "x"], "extensions": {"code": "CONFLICT"}}],
        }),
    );
    let answer = two_step(&canned, "Int");
    assert_eq!(
        answer["data"],
        json!({"l": [{"id": "1", "mine": null, "y": 1}, {"id": "2", "mine": 5, "y": 2}, {"id": "1", "mine": null, "y": 1}]})
    );
    assert_eq!(lines(&answer), ["l.0.mine CONFLICT", "l.2.mine CONFLICT"]);
}

#[test]
fn an_entity_that_the_subgraph_does_not_know_is_null_in_silence() {
    let answer = two_step(&a().answer("b", json!({"data": {"_entities": [null, {"x": 5}]}})), "Int");
    assert_eq!((&answer["data"]["l"][1]["mine"], lines(&answer)), (&json!(5), vec![]));
    // ... and where the type allows no null, that is said.
    let answer = two_step(&a().answer("b", json!({"data": {"_entities": [null, {"x": 5}]}})), "Int!");
    assert_eq!(answer["data"]["l"], json!([null, {"id": "2", "mine": 5, "y": 2}, null]));
    assert_eq!(lines(&answer), ["l.0.mine INTERNAL", "l.2.mine INTERNAL"]);
}

#[test]
fn nonsense_is_an_error_at_the_right_path() {
    let everywhere = ["l.0.mine INTERNAL", "l.1.mine INTERNAL", "l.2.mine INTERNAL"];
    for nonsense in [
        "",
        "<html>",
        "[]",
        "{}",
        "null",
        "{\"data\":7}",
        "{\"data\":{}}",
        "{\"data\":{\"_entities\":{}}}",
        "{\"data\":{\"_entities\":[]}}",
        "{\"data\":{\"_entities\":[{},{},{}]}}",
        "{\"data\":{\"_entities\":[1,\"x\"]}}",
        "{\"data\":null}",
        "{\"data\":null,\"errors\":7}",
        "{\"data\":null,\"errors\":[7]}",
        "{\"data\":{\"_entities\":[{\"x\":1},{\"x\":2}]},\"errors\":{\"message\":\"no list\"}}",
        "{\"data\":{\"_entities\":[{\"x\":1},{\"x\":2}]},\"errors\":\"x\"}",
        "{\"errors\":[{\"path\":\"x\",\"message\":null}]}",
    ] {
        let answer = two_step(&a().answer("b", nonsense), "Int");
        assert_eq!(lines(&answer), everywhere, "{nonsense}");
        assert_eq!(answer["data"]["l"][1], json!({"id": "2", "mine": null, "y": 2}), "{nonsense}");
    }
    let answer = two_step(&a().answer("b", "{\"data\":{\"_entities\":[{\"x\":[1]},{\"x\":2}]}}"), "Int");
    assert_eq!(lines(&answer), ["l.0.mine INTERNAL", "l.2.mine INTERNAL"]);
}

#[test]
fn errors_that_are_null_or_empty_are_none() {
    for none in ["null", "[]"] {
        let answer = format!("{{\"data\":{{\"_entities\":[{{\"x\":1}},{{\"x\":2}}]}},\"errors\":{none}}}");
        let answer = two_step(&a().answer("b", answer), "Int");
        assert_eq!((lines(&answer), &answer["data"]["l"][1]["mine"]), (vec![], &json!(2)), "{none}");
    }
}

#[test]
fn errors_with_wild_paths_are_kept_without_a_path() {
    for path in [json!(["nowhere", 7, "x"]), json!(["_entities", 99, "x"]), json!([{"a": 1}]), json!("x")] {
        let canned = a().answer(
            "b",
            json!({"data": {"_entities": [{"x": 1}, {"x": 2}]}, "errors": [{"message": "odd", "path": path}]}),
        );
        let answer = two_step(&canned, "Int");
        assert_eq!(
            (lines(&answer), &answer["data"]["l"][0]["mine"]),
            (vec!["- INTERNAL".to_owned()], &json!(1)),
            "{path}"
        );
    }
}

#[test]
fn a_failed_root_is_told_for_each_of_its_fields_and_names_its_own_subgraph() {
    let plan = PlanNode::Parallel {
        nodes: vec![fetch(0, "a", "{ a1 a2 }"), fetch(1, "b", "{ b1: x }"), fetch(2, "c", "{ c1 }")],
    };
    let canned = Canned::default()
        .answer("a", json!({"data": null, "errors": [{"message": "a2 broke", "path": ["a2"], "extensions": {"code": "NOT_FOUND"}}]}))
        .down("b")
        .answer("c", json!({"data": {"c1": 1}}));
    let fields = vec![leaf("a1", "Int"), leaf("a2", "Int"), leaf("z: b1", "Int"), leaf("c1", "Int")];
    let answer = run(plan, fields, &canned);
    assert_eq!(answer["data"], json!({"a1": null, "a2": null, "z": null, "c1": 1}));
    assert_eq!(lines(&answer), ["a1 NOT_FOUND", "a2 NOT_FOUND", "z UNAVAILABLE"]);
    assert_eq!(answer["errors"][2]["extensions"]["service"], "b");
}

#[test]
fn what_hangs_on_a_failed_fetch_has_the_same_cause() {
    let plan = sequence(vec![fetch(0, "a", "{ t { __typename id } }"), entities(1, "b", "t", ("T", "sku")), {
        let representation =
            Representation { types: vec!["T".into()], typename: None, fields: vec![input("sku", true, Vec::new())] };
        let operation =
            "query($representations: [_Any!]!) { _entities(representations: $representations) { ... on T { stock } } }";
        flatten("t", fetch_node(2, "c", operation, Some(vec![representation])))
    }]);
    let canned = Canned::default().answer("a", json!({"data": {"t": {"__typename": "T", "id": "1"}}})).down("b");
    let answer = run(plan, vec![object("t", "T", vec![leaf("stock", "Int")])], &canned);
    assert_eq!(answer["data"], json!({"t": {"stock": null}}));
    assert_eq!(lines(&answer), ["t.stock UNAVAILABLE"]);
    assert_eq!(canned.asked.lock().unwrap().len(), 2);
}

#[test]
fn an_error_of_a_field_that_the_client_did_not_ask_for_is_told_without_a_path() {
    let canned = Canned::default().answer(
        "a",
        json!({"data": {"a": 1, "hidden": null}, "errors": [{"message": "h", "path": ["hidden"], "extensions": {"code": "UNAVAILABLE"}}]}),
    );
    let answer = run(fetch(0, "a", "{ a hidden }"), vec![leaf("a", "Int")], &canned);
    assert_eq!((&answer["data"], lines(&answer)), (&json!({"a": 1}), vec!["- UNAVAILABLE".to_owned()]));
}

/// `score` of each object at `path` from stock, which wants to know `next` first.
fn score(id: usize, path: &str) -> PlanNode {
    let operation =
        "query($representations: [_Any!]!) { _entities(representations: $representations) { ... on T { score } } }";
    let fields = vec![input("id", true, Vec::new()), input("next", false, Vec::new())];
    let representation = Representation { types: vec!["T".into()], typename: None, fields };
    flatten(path, fetch_node(id, "stock", operation, Some(vec![representation])))
}

#[test]
fn a_failure_elsewhere_is_no_reason_to_ask_less() {
    let plan = sequence(vec![
        fetch(0, "x", "{ other }"),
        fetch(1, "d", "{ info { __typename id } }"),
        entities(2, "accounts", "info", ("T", "next")),
        score(3, "info"),
    ]);
    let canned = Canned::default()
        .down("x")
        .answer("d", json!({"data": {"info": {"__typename": "T", "id": "1"}}}))
        .answer("accounts", json!({"data": {"_entities": [null]}}))
        .answer("stock", json!({"data": {"_entities": [{"score": 5}]}}));
    let answer = run(plan, vec![leaf("other", "Int"), object("info", "T", vec![leaf("score", "Int")])], &canned);
    assert_eq!(answer["data"], json!({"other": null, "info": {"score": 5}}));
    assert_eq!(lines(&answer), ["other UNAVAILABLE"]);
    assert_eq!(canned.representations(3), json!([{"__typename": "T", "id": "1", "next": null}]));
}

#[test]
fn what_was_lost_further_up_is_not_sent_as_null() {
    let plan = sequence(vec![
        fetch(0, "d", "{ info { __typename id tags { __typename id } } }"),
        entities(1, "accounts", "info", ("T", "tags { next }")),
        score(2, "info.tags.*"),
    ]);
    let tags = json!([{"__typename": "T", "id": "2"}]);
    let canned = Canned::default()
        .answer("d", json!({"data": {"info": {"__typename": "T", "id": "1", "tags": tags}}}))
        .down("accounts");
    let fields = vec![object("tags", "[T]", vec![leaf("score", "Int")])];
    let answer = run(plan, vec![object("info", "T", fields)], &canned);
    assert_eq!(answer["data"], json!({"info": {"tags": [{"score": null}]}}));
    assert_eq!(lines(&answer), ["info.tags.0.score UNAVAILABLE"]);
}
