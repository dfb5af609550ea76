//! Whether a subgraph's new schema can answer everything that its old one could: nothing removed, nothing
//! retyped, nothing newly demanded.

use apollo_compiler::{
    Node, Schema,
    ast::{Directive, InputValueDefinition},
    collections::IndexMap,
    schema::{Component, ExtendedType, FieldDefinition, InputObjectType},
};

/// What makes a subgraph resolve a type or field; without it a plan that relied on it breaks.
const CAPABILITIES: [&str; 5] = ["key", "provides", "shareable", "interfaceObject", "requires"];

/// True when `new` has all that `old` has.
pub(crate) fn is_superset(new: &Schema, old: &Schema) -> bool {
    old.types
        .iter()
        .filter(|(_, ty)| !ty.is_built_in())
        .all(|(name, old_type)| new.types.get(name).is_some_and(|new_type| type_grew(new_type, old_type)))
}

fn type_grew(new: &ExtendedType, old: &ExtendedType) -> bool {
    if !keeps_capabilities(new.directives().iter(), old.directives().iter()) {
        return false;
    }
    match (new, old) {
        (ExtendedType::Scalar(_), ExtendedType::Scalar(_)) => true,
        (ExtendedType::Object(new), ExtendedType::Object(old)) => {
            old.implements_interfaces.iter().all(|name| new.implements_interfaces.contains(name))
                && fields_grew(&new.fields, &old.fields)
        }
        (ExtendedType::Interface(new), ExtendedType::Interface(old)) => {
            old.implements_interfaces.iter().all(|name| new.implements_interfaces.contains(name))
                && fields_grew(&new.fields, &old.fields)
        }
        (ExtendedType::Union(new), ExtendedType::Union(old)) => {
            old.members.iter().all(|member| new.members.contains(member))
        }
        (ExtendedType::Enum(new), ExtendedType::Enum(old)) => {
            old.values.keys().all(|value| new.values.contains_key(value))
        }
        (ExtendedType::InputObject(new), ExtendedType::InputObject(old)) => inputs_grew(new, old),
        _ => false,
    }
}

type Fields = IndexMap<apollo_compiler::Name, Component<FieldDefinition>>;

fn fields_grew(new: &Fields, old: &Fields) -> bool {
    old.iter().all(|(name, old_field)| {
        new.get(name).is_some_and(|new_field| {
            new_field.ty == old_field.ty
                && arguments_grew(&new_field.arguments, &old_field.arguments)
                && keeps_capabilities(new_field.directives.iter(), old_field.directives.iter())
        })
    })
}

fn arguments_grew(new: &[Node<InputValueDefinition>], old: &[Node<InputValueDefinition>]) -> bool {
    let kept = old.iter().all(|old| new.iter().any(|new| new.name == old.name && new.ty == old.ty));
    let optional = |new: &&Node<InputValueDefinition>| !old.iter().any(|old| old.name == new.name);
    kept && new.iter().filter(optional).all(|added| !added.is_required())
}

fn inputs_grew(new: &InputObjectType, old: &InputObjectType) -> bool {
    let kept = old.fields.iter().all(|(name, old)| new.fields.get(name).is_some_and(|new| new.ty == old.ty));
    let mut added = new.fields.iter().filter(|(name, _)| !old.fields.contains_key(*name));
    kept && added.all(|(_, field)| !field.is_required())
}

/// Every application of a capability is still there, with the same arguments, and no requirement is new.
fn keeps_capabilities<'a, D>(new: impl Iterator<Item = &'a D>, old: impl Iterator<Item = &'a D>) -> bool
where
    D: AsRef<Directive> + 'a,
{
    let texts = |directives: Vec<&Directive>| -> Vec<String> {
        let relevant = |directive: &&Directive| CAPABILITIES.contains(&bare_name(directive));
        directives.into_iter().filter(relevant).map(ToString::to_string).collect()
    };
    let new = texts(new.map(AsRef::as_ref).collect());
    let old = texts(old.map(AsRef::as_ref).collect());
    let is_requirement = |text: &&String| text.contains("requires(");
    old.iter().all(|text| new.contains(text)) && new.iter().filter(is_requirement).all(|text| old.contains(text))
}

/// `@federation__key` and `@key` are the same.
fn bare_name(directive: &Directive) -> &str {
    directive.name.strip_prefix("federation__").unwrap_or(&directive.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema(sdl: &str) -> Schema {
        Schema::parse(sdl, "test.graphql").unwrap_or_else(|failure| failure.partial)
    }

    const OLD: &str = r#"
        type Query { t(a: Int): T }
        type T @key(fields: "id") { id: ID! n: Int }
        enum E { A }
        input I { x: Int }
        union U = T
    "#;

    #[test]
    fn additions_are_a_superset() {
        let new = r#"
            type Query { t(a: Int, b: Int, c: Int! = 1): T more: Int }
            type T @key(fields: "id") @key(fields: "n") { id: ID! n: Int m: E }
            type Z { z: Int }
            enum E { A B }
            input I { x: Int y: Int }
            union U = T | Z
        "#;
        assert!(is_superset(&schema(new), &schema(OLD)));
        assert!(!is_superset(&schema(OLD), &schema(new)));
        assert!(is_superset(&schema(OLD), &schema(OLD)));
    }

    #[test]
    fn every_removal_and_new_demand_breaks() {
        for (from, to) in [
            ("n: Int", ""),
            ("n: Int", "n: Int!"),
            ("t(a: Int)", "t"),
            ("t(a: Int)", "t(a: Int, b: Int!)"),
            ("t(a: Int)", "t(a: String)"),
            ("{ A }", "{ B }"),
            ("x: Int", "x: Int y: Int!"),
            ("@key(fields: \"id\")", ""),
            ("n: Int", "n: Int @requires(fields: \"id\")"),
            ("union U = T", "union U = Query"),
            ("enum E", "scalar E #"),
        ] {
            assert!(OLD.contains(from));
            assert!(!is_superset(&schema(&OLD.replace(from, to)), &schema(OLD)), "{from} -> {to}");
        }
    }
}
