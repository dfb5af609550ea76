//! Walks a field set against its subgraph: what `@key`, `@requires` and `@provides` have in common.

use apollo_compiler::{Name, Node, ast};

use super::values;
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
    /// Syntax, unknown fields, arguments, missing or superfluous sub-selections.
    pub invalid: ErrorCode,
    /// The argument is not a string.
    pub not_text: ErrorCode,
    /// A directive that exists; one that does not is plainly invalid.
    pub directive: ErrorCode,
    /// A field of an abstract type; None where one may be named.
    pub abstract_field: Option<ErrorCode>,
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

/// The first thing that is wrong with a field set as a selection.
type Fault = (ErrorCode, String);

impl<'a> Walk<'a, '_> {
    /// Reports what is wrong with the selection itself; when nothing is, visits every field it selects on `ty`.
    pub fn run(&mut self, ty: &'a TypeDef, visit: &mut dyn FnMut(&mut Self, &Visit<'a>)) {
        let read = match &self.set.parsed {
            Ok(selections) => self.check(ty, selections).map(|()| selections),
            Err(FieldSetFault::NotText) => Err((self.kind.not_text, "the argument fields must be a string".to_owned())),
            Err(FieldSetFault::Text(fault)) => Err((self.kind.invalid, fault.to_string())),
        };
        match read {
            Ok(selections) => {
                if let Some(name) = &self.set.directive {
                    let fault = FieldSetError::Directive(name.to_string());
                    self.fault(self.kind.directive, &fault.to_string());
                }
                self.walk(ty, selections, false, visit);
            }
            Err((code, reason)) => self.fault(code, &reason),
        }
    }

    pub fn fault(&mut self, code: ErrorCode, reason: &str) {
        let message = format!("on {}, @{}(fields: {:?}): {reason}", self.place, self.kind.name, self.set.text);
        self.report.at(code, self.subgraph, self.set.span, message);
    }

    /// Whether the selection fits the types of the subgraph.
    fn check(&self, ty: &TypeDef, selections: &[FieldSelection]) -> Result<(), Fault> {
        for selection in selections {
            match selection {
                FieldSelection::Field { name, .. } if name == "__typename" => {}
                FieldSelection::Field { name, arguments, selections } => {
                    let field = ty.fields.get(name).ok_or_else(|| self.unknown_field(ty, name))?;
                    self.check_abstract(ty, field)?;
                    self.check_arguments(ty, field, arguments)?;
                    let target = self.subgraph.types.get(field.ty.inner_named_type());
                    let target = target.filter(|target| target.is_composite());
                    match target {
                        Some(target) if !selections.is_empty() => self.check(target, selections)?,
                        None if selections.is_empty() => {}
                        _ => return Err(self.wrong_selection(ty, field, target.is_some())),
                    }
                }
                FieldSelection::Inline { on: None, selections } => self.check(ty, selections)?,
                FieldSelection::Inline { on: Some(name), selections } => {
                    let target =
                        self.subgraph.types.get(name).filter(|target| target.is_composite()).ok_or_else(|| {
                            (self.kind.invalid, format!("there is no object, interface or union {name:?} here"))
                        })?;
                    self.check(target, selections)?;
                }
            }
        }
        Ok(())
    }

    fn unknown_field(&self, ty: &TypeDef, name: &Name) -> Fault {
        let hint = "add it here, with @external if another subgraph resolves it";
        (self.kind.invalid, format!("type {:?} has no field {name:?} in this subgraph; {hint}", ty.name))
    }

    fn wrong_selection(&self, ty: &TypeDef, field: &FieldDef, needs_fields: bool) -> Fault {
        let coordinate = format!("{}.{}", ty.name, field.name);
        let reason = if needs_fields {
            format!("field {coordinate:?} is a {}; select fields of it in braces", field.ty)
        } else {
            format!("field {coordinate:?} is a {}; nothing can be selected of it", field.ty)
        };
        (self.kind.invalid, reason)
    }

    fn check_abstract(&self, ty: &TypeDef, field: &FieldDef) -> Result<(), Fault> {
        let target = self.subgraph.types.get(field.ty.inner_named_type());
        match (self.kind.abstract_field, target) {
            (Some(code), Some(target)) if matches!(target.kind, TypeKind::Interface | TypeKind::Union) => {
                let coordinate = format!("{}.{}", ty.name, field.name);
                Err((code, format!("field {coordinate:?} is of an abstract type; a key cannot use it")))
            }
            _ => Ok(()),
        }
    }

    fn check_arguments(&self, ty: &TypeDef, field: &FieldDef, given: &[(Name, Node<ast::Value>)]) -> Result<(), Fault> {
        let coordinate = format!("{}.{}", ty.name, field.name);
        for (name, value) in given {
            let Some(argument) = field.arguments.get(name) else {
                return Err((self.kind.invalid, format!("field {coordinate:?} has no argument {name:?}")));
            };
            if !values::fits(self.subgraph, value, &argument.ty) {
                let reason = format!(
                    "{} is no value for argument {name:?} of field {coordinate:?}, which is a {}",
                    value.serialize().no_indent(),
                    argument.ty
                );
                return Err((self.kind.invalid, reason));
            }
        }
        let missing = field
            .arguments
            .values()
            .filter(|argument| argument.is_required())
            .find(|argument| !given.iter().any(|(name, _)| *name == argument.name));
        match missing {
            Some(argument) => {
                let reason = format!("field {coordinate:?} needs its argument {:?}; give it a value", argument.name);
                Err((self.kind.invalid, reason))
            }
            None => Ok(()),
        }
    }

    fn walk(
        &mut self,
        ty: &'a TypeDef,
        selections: &'a [FieldSelection],
        below_external: bool,
        visit: &mut dyn FnMut(&mut Self, &Visit<'a>),
    ) {
        for selection in selections {
            let (target, selections, below_external) = match selection {
                FieldSelection::Field { name, selections, .. } => {
                    let Some(field) = ty.fields.get(name) else { continue };
                    let found = Visit {
                        owner: ty,
                        field,
                        has_arguments: !field.arguments.is_empty(),
                        is_leaf: selections.is_empty(),
                        below_external,
                    };
                    visit(self, &found);
                    let target = self.subgraph.types.get(field.ty.inner_named_type());
                    (target, selections, below_external || is_external(self.subgraph, ty, field))
                }
                FieldSelection::Inline { on, selections } => {
                    let target = on.as_ref().map_or(Some(ty), |name| self.subgraph.types.get(name));
                    (target, selections, below_external)
                }
            };
            if let Some(target) = target.filter(|_| !selections.is_empty()) {
                self.walk(target, selections, below_external, visit);
            }
        }
    }
}

/// Whether the subgraph leaves a field to others: marked itself, or, on an interface, on an implementation.
fn is_external(subgraph: &SubgraphSchema, owner: &TypeDef, field: &FieldDef) -> bool {
    field.external
        || (owner.kind == TypeKind::Interface
            && subgraph
                .possible_types(&owner.name)
                .iter()
                .any(|ty| ty.fields.get(&field.name).is_some_and(|own| own.external)))
}
