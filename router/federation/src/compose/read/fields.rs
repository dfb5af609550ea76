//! Fields, arguments and input fields.

use apollo_compiler::{
    Name, Node, ast,
    collections::IndexMap,
    schema::{Component, FieldDefinition},
};

use super::{Reader, directives::read_override};
use crate::compose::{
    spec::{Known, Version},
    subgraph::{FieldDef, InputDef, TypeDef},
    validate::PLACEHOLDER,
};

/// Fields that subgraph libraries add to the query root for the router's own use.
const SERVICE_FIELDS: [&str; 2] = ["_service", "_entities"];

impl Reader<'_> {
    pub(super) fn fields(
        &self,
        owner: &TypeDef,
        on_type: &[Component<ast::Directive>],
        fields: &IndexMap<Name, Component<FieldDefinition>>,
    ) -> IndexMap<Name, FieldDef> {
        let is_query = owner.name == "Query";
        fields
            .values()
            .filter(|field| field.name != PLACEHOLDER && !(is_query && SERVICE_FIELDS.contains(&field.name.as_str())))
            .map(|field| (field.name.clone(), self.field(on_type, field)))
            .collect()
    }

    fn field(&self, on_type: &[Component<ast::Directive>], field: &Component<FieldDefinition>) -> FieldDef {
        let own = |known| field.directives.iter().find(|directive| self.known(directive) == Some(known));
        // On a type, @shareable speaks for the fields of the same definition or extension, @external for all;
        // Federation 1 read @external on fields only.
        let by_type = |known| on_type.iter().filter(move |directive| self.known(directive) == Some(known));
        let external_by_type = self.links.version != Version::One && by_type(Known::External).next().is_some();
        FieldDef {
            name: field.name.clone(),
            span: field.location(),
            description: field.description.clone(),
            ty: self.type_ref(&field.ty),
            arguments: field
                .arguments
                .iter()
                .map(|argument| (argument.name.clone(), self.input_def(argument)))
                .collect(),
            external: own(Known::External).is_some() || external_by_type,
            shareable: own(Known::Shareable).is_some()
                || by_type(Known::Shareable).any(|directive| directive.origin == field.origin),
            requires: own(Known::Requires).map(|directive| self.field_set(directive)),
            provides: own(Known::Provides).map(|directive| self.field_set(directive)),
            overrides: own(Known::Override).and_then(read_override),
            applied: self.carried(field.directives.iter()),
        }
    }

    pub(super) fn input_def(&self, input: &Node<ast::InputValueDefinition>) -> InputDef {
        InputDef {
            name: input.name.clone(),
            span: input.location(),
            description: input.description.clone(),
            ty: self.type_ref(&input.ty),
            default: input.default_value.clone(),
            applied: self.carried(input.directives.iter()),
        }
    }
}

/// The fields of a definition or extension that has output fields.
pub(super) fn output_fields(definition: &ast::Definition) -> &[Node<FieldDefinition>] {
    match definition {
        ast::Definition::ObjectTypeDefinition(object) => &object.fields,
        ast::Definition::ObjectTypeExtension(object) => &object.fields,
        ast::Definition::InterfaceTypeDefinition(interface) => &interface.fields,
        ast::Definition::InterfaceTypeExtension(interface) => &interface.fields,
        _ => &[],
    }
}
