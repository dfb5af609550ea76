//! `@inaccessible`: what is hidden must not be needed by what is left.

use apollo_compiler::{Name, Node, ast};

use crate::{
    compose::{error::ErrorCode, merge::is_executable, report::Report},
    supergraph::{Draft, FieldModel, TypeKind, TypeModel},
};

pub fn check(draft: &Draft, report: &mut Report) {
    let mut check = Check { draft, report };
    if draft.types.get("Query").is_some_and(|query| query.inaccessible) {
        check.fault(
            ErrorCode::QueryRootTypeInaccessible,
            "Query",
            "the query root \"Query\" is @inaccessible; without it nothing can be asked".to_owned(),
        );
    }
    for definition in draft.schema.directive_definitions.values().filter(|definition| !definition.is_built_in()) {
        check.directive(definition);
    }
    for ty in draft.types.values().filter(|ty| !ty.inaccessible) {
        check.children(ty);
        for field in ty.fields.values() {
            check.field(ty, field);
        }
        check.implementation(ty);
    }
}

struct Check<'a, 'r> {
    draft: &'a Draft,
    report: &'r mut Report,
}

impl<'a> Check<'a, '_> {
    fn fault(&mut self, code: ErrorCode, coordinate: &str, message: String) {
        self.report.about(code, coordinate, message);
    }

    /// Only what clients write can be hidden from them; a directive of the schema is not theirs to begin with.
    fn directive(&mut self, definition: &ast::DirectiveDefinition) {
        let name = &definition.name;
        for argument in definition.arguments.iter().filter(|argument| argument.directives.has("inaccessible")) {
            let coordinate = format!("@{name}({}:)", argument.name);
            let is_for_schemas = !definition.locations.iter().all(|location| is_executable(*location));
            if is_for_schemas || self.draft.is_linked_directive(name) {
                self.fault(
                    ErrorCode::DisallowedInaccessible,
                    &coordinate,
                    format!("argument {coordinate:?} is @inaccessible, and schemas use it; show it"),
                );
            } else if argument.is_required() {
                self.required(&coordinate);
            }
        }
    }

    fn is_hidden(&self, ty: &Name) -> bool {
        self.draft.types.get(ty).is_some_and(|ty| ty.inaccessible)
    }

    fn children(&mut self, ty: &TypeModel) {
        let (all_hidden, called) = match ty.kind {
            TypeKind::Scalar => return,
            TypeKind::Union => (ty.possible_types.iter().all(|member| self.is_hidden(member)), "members"),
            TypeKind::Enum => (ty.values.values().all(|value| value.inaccessible), "values"),
            _ => (ty.fields.values().all(|field| field.inaccessible), "fields"),
        };
        if all_hidden {
            self.fault(
                ErrorCode::OnlyInaccessibleChildren,
                &ty.name,
                format!("all {called} of {:?} are @inaccessible, and the type is not; hide the type as well", ty.name),
            );
        }
    }

    fn field(&mut self, ty: &TypeModel, field: &'a FieldModel) {
        let coordinate = format!("{}.{}", ty.name, field.name);
        if field.inaccessible {
            if ty.kind == TypeKind::InputObject && self.is_required_input(ty, &field.name) {
                self.required(&coordinate);
            }
            return;
        }
        self.reference(&coordinate, field.ty.inner_named_type());
        if ty.kind == TypeKind::InputObject
            && let Some(definition) = self.input_field(ty, &field.name)
        {
            self.default(&coordinate, definition);
        }
        for argument in &field.arguments {
            let coordinate = format!("{coordinate}({}:)", argument.name);
            if argument.directives.has("inaccessible") {
                if argument.is_required() {
                    self.required(&coordinate);
                }
                continue;
            }
            self.reference(&coordinate, argument.ty.inner_named_type());
            self.default(&coordinate, argument);
        }
    }

    fn input_field(&self, ty: &TypeModel, field: &Name) -> Option<&'a Node<ast::InputValueDefinition>> {
        Some(&self.draft.schema.get_input_object(&ty.name)?.fields.get(field)?.node)
    }

    fn is_required_input(&self, ty: &TypeModel, field: &Name) -> bool {
        self.input_field(ty, field).is_some_and(|definition| definition.is_required())
    }

    fn required(&mut self, coordinate: &str) {
        self.fault(
            ErrorCode::RequiredInaccessible,
            coordinate,
            format!("{coordinate:?} is @inaccessible and required, so no one could ever send it; make it optional"),
        );
    }

    fn reference(&mut self, coordinate: &str, ty: &Name) {
        if self.is_hidden(ty) {
            self.fault(
                ErrorCode::ReferencedInaccessible,
                coordinate,
                format!("{coordinate:?} is of type {ty:?}, which is @inaccessible; hide {coordinate:?} as well"),
            );
        }
    }

    fn default(&mut self, coordinate: &str, definition: &ast::InputValueDefinition) {
        let Some(value) = &definition.default_value else { return };
        if let Some(hidden) = self.hidden_value(value, definition.ty.inner_named_type()) {
            self.fault(
                ErrorCode::DefaultValueUsesInaccessible,
                coordinate,
                format!("the default of {coordinate:?} uses {hidden:?}, which is @inaccessible; change the default"),
            );
        }
    }

    /// The first hidden enum value or input field in a default.
    fn hidden_value(&self, value: &ast::Value, ty: &Name) -> Option<String> {
        match value {
            ast::Value::Enum(name) => {
                let is_hidden = self.draft.types.get(ty)?.values.get(name)?.inaccessible;
                is_hidden.then(|| format!("{ty}.{name}"))
            }
            ast::Value::List(items) => items.iter().find_map(|item| self.hidden_value(item, ty)),
            ast::Value::Object(fields) => fields.iter().find_map(|(name, value)| {
                let field = self.draft.types.get(ty)?.fields.get(name)?;
                if field.inaccessible {
                    return Some(format!("{ty}.{name}"));
                }
                self.hidden_value(value, field.ty.inner_named_type())
            }),
            _ => None,
        }
    }

    /// A visible interface shows fields and arguments that each visible implementation must show too.
    fn implementation(&mut self, ty: &TypeModel) {
        let mut seen: Vec<&Name> = Vec::new();
        for join in &ty.implements {
            let Some(interface) = self.draft.types.get(&join.interface) else { continue };
            if interface.inaccessible || seen.contains(&&interface.name) {
                continue;
            }
            seen.push(&interface.name);
            for wanted in interface.fields.values().filter(|field| !field.inaccessible) {
                if let Some(own) = ty.fields.get(&wanted.name) {
                    self.implementing_field(ty, own, wanted, &interface.name);
                }
            }
        }
    }

    fn implementing_field(&mut self, ty: &TypeModel, own: &FieldModel, wanted: &FieldModel, interface: &Name) {
        let coordinate = format!("{}.{}", ty.name, own.name);
        if own.inaccessible {
            self.hidden_implementation(&coordinate, interface);
            return;
        }
        for argument in wanted.arguments.iter().filter(|argument| !argument.directives.has("inaccessible")) {
            let is_hidden =
                own.arguments.iter().any(|found| found.name == argument.name && found.directives.has("inaccessible"));
            if is_hidden {
                self.hidden_implementation(&format!("{coordinate}({}:)", argument.name), interface);
            }
        }
    }

    fn hidden_implementation(&mut self, coordinate: &str, interface: &Name) {
        self.fault(
            ErrorCode::ImplementedByInaccessible,
            coordinate,
            format!(
                "{coordinate:?} is @inaccessible and implements {interface:?}, which shows it; hide it there as well"
            ),
        );
    }
}
