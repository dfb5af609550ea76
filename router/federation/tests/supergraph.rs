//! A supergraph is read alike whoever composed it and whichever join spec it is written in.

use federation::{Supergraph, SupergraphError, supergraph::TypeKind};

const V0_1: &str = include_str!("supergraph/join-v0.1.graphql");
const V0_5: &str = include_str!("supergraph/join-v0.5.graphql");

#[test]
fn the_first_join_spec_names_owners_and_leaves_keys_and_value_types_unsaid() {
    let supergraph = Supergraph::parse(V0_1).unwrap();
    let inventory = supergraph.subgraph_named("inventory").unwrap().id;
    let product = supergraph.type_model("Product").unwrap();
    assert_eq!(product.keys_in(inventory).count(), 1);
    assert!(product.fields["upc"].join(inventory).unwrap().is_resolvable(), "a key exists wherever it is declared");
    assert!(product.fields["weight"].join(inventory).is_none());
    assert_eq!(&*product.fields["inStock"].join(inventory).unwrap().requires.as_ref().unwrap().text, "weight");
    assert_eq!(supergraph.type_model("Size").unwrap().graphs().len(), 2);
    assert!(!supergraph.api_sdl().contains("join__"));
}

#[test]
fn clients_see_neither_machinery_nor_hidden_elements() {
    let supergraph = Supergraph::parse(V0_5).unwrap();
    let api = supergraph.api_sdl();
    for absent in
        ["join__", "link", "Hidden", "hidden", "OLD", "@custom", "@another", "@authenticated", "@requiresScopes"]
    {
        assert!(!api.contains(absent), "{absent} in\n{api}");
    }
    assert!(supergraph.type_model("Hidden").unwrap().inaccessible, "the planner still knows it");
}

#[test]
fn a_field_without_a_subgraph_is_reached_through_an_interface_object() {
    let supergraph = Supergraph::parse(V0_5).unwrap();
    assert!(supergraph.field("Book", "rating").unwrap().joins.is_empty());
    let b = supergraph.subgraph_named("b").unwrap();
    let media = supergraph.type_model("Media").unwrap();
    assert_eq!(media.kind, TypeKind::Interface);
    assert!(media.is_interface_object_in(b.id));
    assert_eq!(media.possible_types, ["Book"]);
    assert_eq!(b.url.as_deref(), Some("http://b"));
}

#[test]
fn an_empty_url_means_that_discovery_knows_it() {
    assert_eq!(Supergraph::parse(V0_5).unwrap().subgraph_named("a").unwrap().url, None);
}

#[test]
fn progressive_overrides_and_own_types_are_kept() {
    let supergraph = Supergraph::parse(V0_5).unwrap();
    let a = supergraph.subgraph_named("a").unwrap().id;
    let pages = supergraph.field("Book", "pages").unwrap();
    let join = pages.join(a).unwrap();
    assert_eq!(join.override_label.as_deref(), Some("percent(5)"));
    assert_eq!(join.override_from.as_deref(), Some("b"));
    assert_eq!(pages.ty_in(a).to_string(), "Int!");
}

#[test]
fn an_interface_asks_for_what_its_implementations_ask_for() {
    let supergraph = Supergraph::parse(V0_5).unwrap();
    assert!(supergraph.authorization("Media", "id").is_open());
    assert!(supergraph.authorization("Media", "rating").authenticated);
    let pages = supergraph.authorization("Book", "pages");
    let groups: Vec<Vec<&str>> =
        pages.scopes[0].iter().map(|group| group.iter().map(|scope| &**scope).collect()).collect();
    assert_eq!(groups, [vec!["books:read", "pages:read"], vec!["admin"]]);
    assert!(supergraph.authorization("Nothing", "here").is_open());
}

/// The same supergraph with every specification linked under another name.
fn renamed() -> String {
    let link = "@link(url: \"https://specs.apollo.dev";
    V0_5.replace(&format!("{link}/join/v0.5\""), &format!("{link}/join/v0.5\", as: \"weave\""))
        .replace("join__", "weave__")
        .replace(&format!("{link}/inaccessible/v0.2\""), &format!("{link}/inaccessible/v0.2\", as: \"private\""))
        .replace("@inaccessible", "@private")
        .replace(
            &format!("{link}/authenticated/v0.1\""),
            &format!("{link}/authenticated/v0.1\", import: [{{name: \"@authenticated\", as: \"@member\"}}]"),
        )
        .replace(" @authenticated", " @member")
        .replace("directive @authenticated", "directive @member")
        .replace(&format!("{link}/requiresScopes/v0.1\""), &format!("{link}/requiresScopes/v0.1\", as: \"scoped\""))
        .replace("@requiresScopes", "@scoped")
        .replace("requiresScopes__", "scoped__")
}

#[test]
fn specifications_may_be_linked_under_other_names() {
    let (plain, other) = (Supergraph::parse(V0_5).unwrap(), Supergraph::parse(&renamed()).unwrap());
    assert!(!renamed().contains("join__") && !renamed().contains("@inaccessible"));
    for (left, right) in plain.types.values().zip(other.types.values()) {
        assert_eq!(
            (&left.name, left.inaccessible, &left.authorization),
            (&right.name, right.inaccessible, &right.authorization)
        );
        assert_eq!((&left.joins, &left.implements, &left.members), (&right.joins, &right.implements, &right.members));
        assert_eq!(left.values, right.values);
        for (left, right) in left.fields.values().zip(right.fields.values()) {
            assert_eq!((&left.joins, left.inaccessible), (&right.joins, right.inaccessible), "{}", left.name);
            assert_eq!(left.authorization, right.authorization, "{}", left.name);
        }
    }
    assert_eq!(plain.types.len(), other.types.len());
    assert_eq!(plain.subgraphs, other.subgraphs);
    assert_eq!(plain.api_sdl(), other.api_sdl());
}

#[test]
fn a_label_decides_also_where_the_field_is_marked_as_overridden() {
    let marked = V0_5.replace("overrideLabel: \"percent(5)\"", "usedOverridden: true, overrideLabel: \"percent(5)\"");
    let supergraph = Supergraph::parse(&marked).unwrap();
    assert!(supergraph.field("Book", "pages").unwrap().joins.iter().all(|join| !join.used_overridden));
}

#[test]
fn what_is_not_a_supergraph_is_refused_with_a_reason() {
    assert!(matches!(Supergraph::parse("type Query { a: Int }"), Err(SupergraphError::NotASupergraph)));
    assert!(matches!(Supergraph::parse("type {"), Err(SupergraphError::Invalid { .. })));
    let unknown_graph = V0_5
        .replace("@join__unionMember(graph: A, member: \"Book\")", "@join__unionMember(graph: C, member: \"Book\")");
    assert!(matches!(Supergraph::parse(&unknown_graph), Err(SupergraphError::Metadata { .. })));
    let bad_key = V0_5.replace("key: \"id\", isInterfaceObject", "key: \"id {\", isInterfaceObject");
    assert!(matches!(Supergraph::parse(&bad_key), Err(SupergraphError::Metadata { .. })));
    let context =
        V0_5.replace("@join__field @authenticated", "@join__field(graph: A, contextArguments: []) @authenticated");
    assert!(matches!(Supergraph::parse(&context), Err(SupergraphError::Unsupported { .. })));
}
