use federation::{Subgraph, Supergraph, compose::compose};
use quick_cache::sync::Cache;
use souk_contracts::{CustomerId, identity::Principal};
use souk_process::clock;

use super::*;
use crate::auth::Known;

const SDL: &str = r#"
    extend schema @link(url: "https://specs.apollo.dev/federation/v2.6",
        import: ["@key", "@authenticated", "@requiresScopes", "@policy"])
    type Query {
        node: Node
        any: Any
        product: Product!
        odd: String @policy(policies: [["vip"]])
        both: String @requiresScopes(scopes: [["a", "b"], ["c"]])
    }
    interface Node { id: ID! }
    union Any = Product | Customer
    type Product implements Node @key(fields: "id") { id: ID! owner: Customer cost: Int! @authenticated }
    type Customer implements Node @key(fields: "id") @authenticated { id: ID! email: String }
"#;

/// The composer gives an interface what its types ask for; others' supergraphs may leave that to the router.
fn core() -> Core {
    let subgraph = Subgraph { name: "s".to_owned(), url: None, sdl: SDL.to_owned() };
    let composed = compose(&[subgraph]).unwrap().sdl;
    let (before, interface) = composed.split_once("interface Node").unwrap();
    let sdl = format!("{before}interface Node{}", interface.replacen("@authenticated", "", 1));
    Core::new(Supergraph::parse(&sdl).unwrap(), clock::now()).unwrap()
}

fn document(core: &Core, text: &str) -> Document {
    let executable = ExecutableDocument::parse_and_validate(core.schema(), text, "q.graphql").unwrap();
    let requirements = requirements(core, &executable);
    Document { text: text.into(), executable, requirements }
}

fn caller(scopes: Option<&[&str]>) -> Caller {
    match scopes {
        None => Caller::anonymous(),
        Some(scopes) => {
            let id = CustomerId::new(clock::now(), [0; 10]);
            let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
            Caller { principal: Known::Principal(Principal::Customer { id, scopes }), ..Caller::anonymous() }
        }
    }
}

/// The operation as far as the caller may use it, on one line.
fn reduced(text: &str, scopes: Option<&[&str]>) -> String {
    let core = core();
    let document = document(&core, text);
    let caller = caller(scopes);
    let permit = permit(&document, &caller);
    let reduced = reduce(&core, &document, &permit, caller.is_authenticated());
    let printed = reduced.document.to_string();
    printed.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn what_is_open_stays_as_it_is() {
    let core = core();
    let open = document(&core, "{ product { id } __typename }");
    assert!(open.requirements.is_empty());
    assert!(permit(&open, &Caller::anonymous()).is_full());
}

#[test]
fn a_field_falls_by_its_own_demand_and_by_that_of_its_types() {
    let all = "{ product { id cost owner { email } } }";
    assert_eq!(reduced(all, None), "{ product { id __denied0: __typename __denied1: __typename } }");
    assert_eq!(reduced(all, Some(&[])), all);
}

#[test]
fn an_interfaces_field_falls_on_the_types_that_ask_for_more() {
    assert_eq!(
        reduced("{ node { key: id } }", None),
        "{ node { ... on Customer { __denied0: __typename } ... on Product { key: id } } }"
    );
    assert_eq!(reduced("{ node { id } }", Some(&[])), "{ node { id } }");
    assert_eq!(
        reduced("{ any { ... on Customer { email } ... on Product { id } } }", None),
        "{ any { ... on Customer { __denied0: __typename } ... on Product { id } } }"
    );
}

#[test]
fn fragments_and_directives_keep_their_places() {
    assert_eq!(
        reduced("query($a: Boolean!) { product { ...F } } fragment F on Product { c: cost @include(if: $a) }", None),
        "query($a: Boolean!) { product { ...F } } fragment F on Product { __denied0: __typename @include(if: $a) }"
    );
}

#[test]
fn scopes_are_any_of_all_of_and_policies_are_never_granted() {
    for (scopes, granted) in
        [(None, false), (Some(&["a"][..]), false), (Some(&["a", "b"][..]), true), (Some(&["c"][..]), true)]
    {
        assert_eq!(reduced("{ both }", scopes) == "{ both }", granted, "{scopes:?}");
    }
    assert_eq!(reduced("{ odd }", Some(&["vip"])), "{ __denied0: __typename }");
}

#[test]
fn plans_are_kept_apart_by_what_the_caller_may() {
    let core = core();
    let document = document(&core, "{ both odd }");
    let kept: Cache<Permit, u8> = Cache::new(8);
    kept.insert(permit(&document, &caller(Some(&["c"]))), 1);
    assert_eq!(kept.get(&permit(&document, &caller(Some(&["a", "b"])))), Some(1));
    assert_eq!(kept.get(&permit(&document, &caller(Some(&["a"])))), None);
}
