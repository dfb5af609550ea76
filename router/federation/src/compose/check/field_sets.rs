//! Walks a field set against its subgraph: what `@key`, `@requires` and `@provides` have in common.

use apollo_compiler::Name;

use crate::{
    compose::{
        error::ErrorCode,
        report::Report,
        subgraph::{FieldDef, FieldSetFault, FieldSetText, SubgraphSchema, TypeDef, TypeKind},
    },
    supergraph::{FieldSelection, FieldSetError},
};

/// The directive whose field set is checked: its name and its codes.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    pub name: &'static str,
    /// Syntax, unknown fields, missing or superfluous sub-selections.
    pub invalid: ErrorCode,
    /// The argument is not a string.
    pub not_text: ErrorCode,
    pub directive: ErrorCode,
}

/// A selected field, as visitors see it.
pub struct Visit<'a> {
    pub owner: &'a TypeDef,
    pub field: &'a FieldDef,
    pub has_arguments: bool,
    pub is_leaf: bool,
    /// A field above this one in the field set is @external.
    pub below_external: bool,
}

/// One field set at one place.
pub struct Walk<'a, 'r> {
    pub subgraph: &'a SubgraphSchema,
    pub set: &'a FieldSetText,
    pub kind: Kind,
    /// `type "T"` or `field "T.f"`, for messages.
    pub place: String,
    pub report: &'r mut Report,
}

impl<'a> Walk<'a, '_> {
    /// Reports what is wrong with the text itself, then visits every field it selects on `ty`.
    pub fn run(&mut self, ty: &'a TypeDef, visit: &mut dyn FnMut(&mut Self, &Visit<'a>)) {
        match &self.set.parsed {
            Ok(selections) => self.walk(ty, selections, false, visit),
            Err(FieldSetFault::NotText) => self.fault(self.kind.not_text, "the argument fields must be a string"),
            Err(FieldSetFault::Text(fault @ FieldSetError::Directive(_))) => {
                self.fault(self.kind.directive, &fault.to_string());
            }
            Err(FieldSetFault::Text(fault)) => self.fault(self.kind.invalid, &fault.to_string()),
        }
    }

    pub fn fault(&mut self, code: ErrorCode, reason: &str) {
        let message = format!("on {}, @{}(fields: {:?}): {reason}", self.place, self.kind.name, self.set.text);
        self.report.at(code, self.subgraph, self.set.span, message);
    }

    fn walk(
        &mut self,
        ty: &'a TypeDef,
        selections: &'a [FieldSelection],
        below_external: bool,
        visit: &mut dyn FnMut(&mut Self, &Visit<'a>),
    ) {
        for selection in selections {
            match selection {
                FieldSelection::Field { name, .. } if name == "__typename" => {}
                FieldSelection::Field { name, arguments, selections } => {
                    let Some(field) = ty.fields.get(name) else {
                        self.unknown_field(ty, name);
                        continue;
                    };
                    let target = self.subgraph.types.get(field.ty.inner_named_type());
                    let composite = target.filter(|target| target.is_composite());
                    if composite.is_some() == selections.is_empty() {
                        self.wrong_selection(ty, field, composite.is_some());
                        continue;
                    }
                    self.check_arguments(ty, field, arguments.iter().map(|(name, _)| name));
                    let found = Visit {
                        owner: ty,
                        field,
                        has_arguments: !field.arguments.is_empty(),
                        is_leaf: composite.is_none(),
                        below_external,
                    };
                    visit(self, &found);
                    if let Some(target) = composite {
                        self.walk(target, selections, below_external || field.external, visit);
                    }
                }
                FieldSelection::Inline { on: None, selections } => self.walk(ty, selections, below_external, visit),
                FieldSelection::Inline { on: Some(name), selections } => {
                    match self.subgraph.types.get(name).filter(|target| target.is_composite()) {
                        Some(target) => self.walk(target, selections, below_external, visit),
                        None => self
                            .fault(self.kind.invalid, &format!("there is no object, interface or union {name:?} here")),
                    }
                }
            }
        }
    }

    fn unknown_field(&mut self, ty: &TypeDef, name: &Name) {
        let hint = "add it here, with @external if another subgraph resolves it";
        self.fault(self.kind.invalid, &format!("type {:?} has no field {name:?} in this subgraph; {hint}", ty.name));
    }

    fn wrong_selection(&mut self, ty: &TypeDef, field: &FieldDef, needs_fields: bool) {
        let coordinate = format!("{}.{}", ty.name, field.name);
        let reason = if needs_fields {
            format!("field {coordinate:?} is a {}; select fields of it in braces", field.ty)
        } else {
            format!("field {coordinate:?} is a {}; nothing can be selected of it", field.ty)
        };
        self.fault(self.kind.invalid, &reason);
    }

    fn check_arguments<'n>(&mut self, ty: &TypeDef, field: &FieldDef, given: impl Iterator<Item = &'n Name>) {
        let given: Vec<&Name> = given.collect();
        for name in &given {
            if !field.arguments.contains_key(*name) {
                self.fault(
                    self.kind.invalid,
                    &format!("field \"{}.{}\" has no argument {name:?}", ty.name, field.name),
                );
            }
        }
        if self.kind.name != "requires" {
            return;
        }
        for argument in field.arguments.values().filter(|argument| argument.is_required()) {
            if !given.contains(&&argument.name) {
                let reason = format!(
                    "field \"{}.{}\" needs its argument {:?}; give it a value",
                    ty.name, field.name, argument.name
                );
                self.fault(self.kind.invalid, &reason);
            }
        }
    }
}

/// Whether the subgraph leaves a field to others: marked itself, or, on an interface, on an implementation.
pub fn is_external(subgraph: &SubgraphSchema, owner: &TypeDef, field: &FieldDef) -> bool {
    field.external
        || (owner.kind == TypeKind::Interface
            && subgraph
                .possible_types(&owner.name)
                .iter()
                .any(|ty| ty.fields.get(&field.name).is_some_and(|own| own.external)))
}
