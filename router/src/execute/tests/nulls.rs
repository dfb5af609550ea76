//! Null propagation and result coercion by the letter of the spec (6.4.3, 6.4.4).

use super::*;

fn ask_a(fields: Vec<ProjectedField>, answer: Json) -> Json {
    run(fetch(0, "a", "{ a b c }"), fields, &Canned::default().answer("a", answer))
}

#[test]
fn a_null_goes_up_to_the_nearest_nullable_parent() {
    let fields = |outer: &str, item: &str, leaf_type: &str| {
        let inner = object("i", item, vec![leaf("x", leaf_type)]);
        vec![object("o", outer, vec![inner, leaf("y", "Int")])]
    };
    let answer = || json!({"data": {"o": {"i": [{"x": 1}, {"x": null}], "y": 2}}});
    let internal = |path: &str| vec![(path.to_owned(), "INTERNAL".to_owned())];
    for (outer, item, leaf_type, data, errors) in [
        ("O", "[I]", "Int", json!({"o": {"i": [{"x": 1}, {"x": null}], "y": 2}}), vec![]),
        ("O", "[I]", "Int!", json!({"o": {"i": [{"x": 1}, null], "y": 2}}), internal("o.i.1.x")),
        ("O", "[I!]", "Int!", json!({"o": {"i": null, "y": 2}}), internal("o.i.1.x")),
        ("O", "[I!]!", "Int!", json!({"o": null}), internal("o.i.1.x")),
        ("O!", "[I!]!", "Int!", json!(null), internal("o.i.1.x")),
    ] {
        let answer = ask_a(fields(outer, item, leaf_type), answer());
        assert_eq!((&answer["data"], told(&answer)), (&data, errors), "{outer} {item} {leaf_type}");
    }
}

#[test]
fn a_null_that_the_subgraph_explained_is_told_once_and_in_its_words() {
    let answer = ask_a(
        vec![object("mine: o", "O", vec![leaf("why: x", "Int!")]), leaf("a", "Int")],
        json!({
            "data": {"o": {"x": null}, "a": 1},
            "errors": [{"message": "no x", "path": ["o", "x"], "extensions": {"code": "NOT_FOUND", "stacktrace": ["secret"]}}],
        }),
    );
    assert_eq!(
        answer,
        json!({
            "data": {"mine": null, "a": 1},
            "errors": [{"message": "no x", "path": ["mine", "why"], "extensions": {"code": "NOT_FOUND", "service": "a"}}],
        })
    );
}

#[test]
fn an_error_below_a_null_keeps_its_path_in_the_clients_names() {
    let answer = ask_a(
        vec![object("l: list", "[O]", vec![object("i: inner", "I", vec![leaf("v: value", "Int!")])])],
        json!({
            "data": {"list": [null, {"inner": null}]},
            "errors": [
                {"message": "gone", "path": ["list", 0, "inner", "value"]},
                {"message": "bad", "path": ["list", 1, "inner", "value"]},
            ],
        }),
    );
    assert_eq!(answer["data"], json!({"l": [null, {"i": null}]}));
    let paths: Vec<String> = told(&answer).into_iter().map(|(path, _)| path).collect();
    assert_eq!(paths, ["l.0.i.v", "l.1.i.v"]);
}

#[test]
fn leaves_are_checked_and_custom_scalars_pass() {
    for (ty, given, written) in [
        ("Int", json!(5), Some(json!(5))),
        ("Int", json!(5.0), Some(json!(5))),
        ("Int", json!(5.5), None),
        ("Int", json!(3_000_000_000_i64), None),
        ("Int", json!("5"), None),
        ("Float", json!(5), Some(json!(5))),
        ("Float", json!("x"), None),
        ("String", json!("ü\n\"q\""), Some(json!("ü\n\"q\""))),
        ("String", json!(1), None),
        ("String", json!({"a": 1}), None),
        ("Boolean", json!(true), Some(json!(true))),
        ("Boolean", json!("true"), None),
        ("ID", json!("x"), Some(json!("x"))),
        ("ID", json!(12), Some(json!("12"))),
        ("ID", json!(1.5), None),
        ("JSON", json!({"a": [1, {"b": null}]}), Some(json!({"a": [1, {"b": null}]}))),
        ("[Int]", json!(1), None),
        ("[Int]", json!([1, null]), Some(json!([1, null]))),
    ] {
        let answer = ask_a(vec![leaf("a", ty)], json!({"data": {"a": given}}));
        assert_eq!(answer["data"]["a"], written.clone().unwrap_or(Json::Null), "{ty} {given}");
        let errors = if written.is_some() { vec![] } else { vec![("a".to_owned(), "INTERNAL".to_owned())] };
        assert_eq!(told(&answer), errors, "{ty} {given}");
    }
}

#[test]
fn hidden_enum_values_and_types_become_null_with_an_error() {
    let values = vec!["EUR".into(), "USD".into()];
    let currency = projected("c", "[Currency]", ProjectedValue::Enum { name: "Currency".into(), values });
    let mut hidden = object("o", "Anything", vec![leaf("x", "Int")]);
    if let ProjectedValue::Object { possible_types, .. } = &mut hidden.value {
        *possible_types = vec!["Public".into()];
    }
    let answer =
        ask_a(vec![currency, hidden], json!({"data": {"c": ["EUR", "BTC", 1], "o": {"__typename": "Secret", "x": 1}}}));
    assert_eq!(answer["data"], json!({"c": ["EUR", null, null], "o": null}));
    let paths: Vec<String> = told(&answer).into_iter().map(|(path, _)| path).collect();
    assert_eq!(paths, ["c.1", "c.2", "o"]);
    assert!(!answer["errors"].to_string().contains("Secret"), "{answer}");
}
