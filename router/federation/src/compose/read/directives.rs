//! Directive applications: those with a meaning are sorted out, the rest is carried along.

use apollo_compiler::{Name, Node, ast};

use super::Reader;
use crate::{
    compose::{
        spec::{Known, Version},
        subgraph::{FieldSetFault, FieldSetText, Key, Override},
    },
    supergraph::FieldSet,
};

/// The directives that stay on an element, under their canonical names.
const CARRIED: [(Known, &str); 7] = [
    (Known::Tag, "tag"),
    (Known::Inaccessible, "inaccessible"),
    (Known::Authenticated, "authenticated"),
    (Known::RequiresScopes, "requiresScopes"),
    (Known::Policy, "policy"),
    (Known::Cost, "cost"),
    (Known::ListSize, "listSize"),
];

impl Reader<'_> {
    pub(super) fn known(&self, directive: &ast::Directive) -> Option<Known> {
        self.links.known(&directive.name)
    }

    /// The directives to carry: federation's element directives and everything foreign.
    pub(super) fn carried<'a>(
        &self,
        directives: impl Iterator<Item = &'a Node<ast::Directive>>,
    ) -> Vec<Node<ast::Directive>> {
        directives
            .filter_map(|directive| match self.known(directive) {
                None => Some(directive.clone()),
                Some(known) => CARRIED
                    .iter()
                    .find(|(carried, _)| *carried == known)
                    .map(|(_, canonical)| renamed(directive, canonical)),
            })
            .collect()
    }
}

fn renamed(directive: &Node<ast::Directive>, canonical: &'static str) -> Node<ast::Directive> {
    if directive.name == canonical {
        return directive.clone();
    }
    directive.same_location(ast::Directive {
        name: Name::new_static_unchecked(canonical),
        arguments: directive.arguments.clone(),
    })
}

impl Reader<'_> {
    pub(super) fn key(&self, directive: &Node<ast::Directive>) -> Key {
        Key {
            fields: self.field_set(directive),
            resolvable: directive
                .specified_argument_by_name("resolvable")
                .and_then(|value| value.to_bool())
                .unwrap_or(true),
        }
    }

    /// The `fields:` argument.
    pub(super) fn field_set(&self, directive: &Node<ast::Directive>) -> FieldSetText {
        let value = directive.specified_argument_by_name("fields");
        let text = value.and_then(|value| match self.links.version {
            Version::One => lenient_text(value),
            Version::Two(_) => value.as_str().map(str::to_owned),
        });
        let parsed = match &text {
            Some(text) => FieldSet::parse(text).map(|set| set.selections).map_err(FieldSetFault::Text),
            None => Err(FieldSetFault::NotText),
        };
        FieldSetText {
            text: text.or_else(|| value.map(ToString::to_string)).unwrap_or_default(),
            span: directive.location(),
            parsed,
        }
    }
}

/// Federation 1 libraries print a field set also as a name or as a list of strings.
fn lenient_text(value: &ast::Value) -> Option<String> {
    match value {
        ast::Value::String(text) => Some(text.clone()),
        ast::Value::Enum(name) => Some(name.to_string()),
        ast::Value::List(items) => {
            let parts: Option<Vec<String>> = items.iter().map(|item| lenient_text(item)).collect();
            parts.map(|parts| parts.join(" "))
        }
        _ => None,
    }
}

pub(super) fn read_override(directive: &Node<ast::Directive>) -> Option<Override> {
    let text = |name| directive.specified_argument_by_name(name).and_then(|value| value.as_str()).map(str::to_owned);
    Some(Override { from: text("from")?, label: text("label"), span: directive.location() })
}
