//! Directive applications: those with a meaning are sorted out, the rest is carried along.

use apollo_compiler::{Name, Node, ast, schema::Component};

use super::{BUILT_IN, Reader};
use crate::{
    compose::{
        spec::{Known, Version},
        subgraph::{DirectiveDef, FieldSetFault, FieldSetText, Key, Override},
    },
    supergraph::{FieldSelection, FieldSet, FieldSetError},
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

    /// The directives to carry: GraphQL's and federation's own, and what the subgraph composes.
    pub(super) fn carried<'a>(
        &self,
        directives: impl Iterator<Item = &'a Node<ast::Directive>>,
    ) -> Vec<Node<ast::Directive>> {
        directives
            .filter_map(|directive| match self.known(directive) {
                None if BUILT_IN.contains(&directive.name.as_str()) => Some(directive.clone()),
                None => self.composed.contains(directive.name.as_str()).then(|| directive.clone()),
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
    pub(super) fn directive_def(&self, definition: &ast::DirectiveDefinition) -> DirectiveDef {
        let arguments = definition.arguments.iter();
        DirectiveDef {
            description: definition.description.clone(),
            arguments: arguments.map(|argument| (argument.name.clone(), self.input_def(argument))).collect(),
            repeatable: definition.repeatable,
            locations: definition.locations.clone(),
        }
    }

    pub(super) fn key(&self, directive: &Component<ast::Directive>) -> Key {
        Key {
            fields: self.field_set(directive),
            resolvable: directive
                .specified_argument_by_name("resolvable")
                .and_then(|value| value.to_bool())
                .unwrap_or(true),
            of_extension: directive.origin.extension_id().is_some(),
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
            Some(text) => self.parse_field_set(text).map_err(FieldSetFault::Text),
            None => Err(FieldSetFault::NotText),
        };
        let (parsed, inner) = match parsed {
            Ok((selections, inner)) => (Ok(selections), inner),
            Err(fault) => (Err(fault), None),
        };
        FieldSetText {
            text: text.or_else(|| value.map(ToString::to_string)).unwrap_or_default(),
            span: directive.location(),
            directive: inner,
            parsed,
        }
    }

    /// The selections, and a directive in them if the schema has it; one that it does not have is no selection.
    fn parse_field_set(&self, text: &str) -> Result<(Vec<FieldSelection>, Option<Name>), FieldSetError> {
        let (set, directive) = FieldSet::parse_with_directives(text)?;
        match directive {
            Some(name) if !self.schema.directive_definitions.contains_key(&name) => {
                Err(FieldSetError::Directive(name.to_string()))
            }
            directive => Ok((set.selections, directive)),
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
