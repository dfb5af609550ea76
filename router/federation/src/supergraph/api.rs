//! The schema that clients see: the supergraph without its machinery and without what is `@inaccessible`.

use apollo_compiler::{
    Name, Node, Schema, ast,
    collections::IndexSet,
    diagnostic::ToCliReport as _,
    schema::{Component, DirectiveList, ExtendedType, FieldDefinition},
    validation::{DiagnosticList, Valid},
};

use super::{SupergraphError, features::Features};

/// Strips `schema` down to what clients see.
pub(super) fn api_schema(mut schema: Schema, features: &Features) -> Result<Valid<Schema>, SupergraphError> {
    let hidden: IndexSet<Name> = schema
        .types
        .iter()
        .filter(|(name, ty)| features.owns_type(name) || ty.directives().has(&features.terms.inaccessible))
        .map(|(name, _)| name.clone())
        .collect();
    schema.types.retain(|name, _| !hidden.contains(name));
    for ty in schema.types.values_mut().filter(|ty| !ty.is_built_in()) {
        strip_type(ty, &hidden, features);
    }
    schema.directive_definitions.retain(|name, _| !features.owns_directive(name));
    for definition in schema.directive_definitions.values_mut() {
        if definition.arguments.iter().any(|argument| argument.directives.has(&features.terms.inaccessible)) {
            definition.make_mut().arguments.retain(|argument| !argument.directives.has(&features.terms.inaccessible));
        }
    }
    let definition = schema.schema_definition.make_mut();
    strip_components(&mut definition.directives, features);
    for root in [&mut definition.mutation, &mut definition.subscription] {
        if root.as_ref().is_some_and(|name| hidden.contains(&name.name)) {
            *root = None;
        }
    }
    schema.validate().map_err(|failure| first_error(&failure.errors))
}

/// The first diagnostic in one line.
pub(super) fn first_error(errors: &DiagnosticList) -> SupergraphError {
    match errors.iter().next() {
        Some(first) => SupergraphError::Invalid { reason: first.error.to_string(), span: first.error.location() },
        None => SupergraphError::Invalid { reason: "unknown error".to_owned(), span: None },
    }
}

fn strip_type(ty: &mut ExtendedType, hidden: &IndexSet<Name>, features: &Features) {
    match ty {
        ExtendedType::Scalar(scalar) => strip_components(&mut scalar.make_mut().directives, features),
        ExtendedType::Object(object) => {
            let object = object.make_mut();
            strip_components(&mut object.directives, features);
            object.implements_interfaces.retain(|interface| !hidden.contains(&interface.name));
            object.fields.retain(|_, field| !field.directives.has(&features.terms.inaccessible));
            object.fields.values_mut().for_each(|field| strip_field(field, features));
        }
        ExtendedType::Interface(interface) => {
            let interface = interface.make_mut();
            strip_components(&mut interface.directives, features);
            interface.implements_interfaces.retain(|parent| !hidden.contains(&parent.name));
            interface.fields.retain(|_, field| !field.directives.has(&features.terms.inaccessible));
            interface.fields.values_mut().for_each(|field| strip_field(field, features));
        }
        ExtendedType::Union(union_) => {
            let union_ = union_.make_mut();
            strip_components(&mut union_.directives, features);
            union_.members.retain(|member| !hidden.contains(&member.name));
        }
        ExtendedType::Enum(enum_) => {
            let enum_ = enum_.make_mut();
            strip_components(&mut enum_.directives, features);
            enum_.values.retain(|_, value| !value.directives.has(&features.terms.inaccessible));
            for value in enum_.values.values_mut() {
                strip_nodes(&mut value.make_mut().directives, features);
            }
        }
        ExtendedType::InputObject(input) => {
            let input = input.make_mut();
            strip_components(&mut input.directives, features);
            input.fields.retain(|_, field| !field.directives.has(&features.terms.inaccessible));
            for field in input.fields.values_mut() {
                strip_nodes(&mut field.make_mut().directives, features);
            }
        }
    }
}

fn strip_field(field: &mut Component<FieldDefinition>, features: &Features) {
    let field = field.make_mut();
    strip_nodes(&mut field.directives, features);
    field.arguments.retain(|argument| !argument.directives.has(&features.terms.inaccessible));
    for argument in &mut field.arguments {
        if !argument.directives.is_empty() {
            strip_nodes(&mut argument.make_mut().directives, features);
        }
    }
}

fn strip_components(directives: &mut DirectiveList, features: &Features) {
    directives.0.retain(|directive| !features.owns_directive(&directive.name));
}

fn strip_nodes(directives: &mut ast::DirectiveList, features: &Features) {
    directives.0.retain(|directive: &Node<ast::Directive>| !features.owns_directive(&directive.name));
}
