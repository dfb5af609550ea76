//! Whether a value written in a field set is one of the type that is asked for.

use apollo_compiler::ast;

use crate::compose::subgraph::{SubgraphSchema, TypeKind};

pub(super) fn fits(subgraph: &SubgraphSchema, value: &ast::Value, ty: &ast::Type) -> bool {
    match (ty, value) {
        // A field set has no variables.
        (_, ast::Value::Variable(_)) => false,
        (ty, ast::Value::Null) => !ty.is_non_null(),
        (ast::Type::List(item) | ast::Type::NonNullList(item), ast::Value::List(values)) => {
            values.iter().all(|value| fits(subgraph, value, item))
        }
        // One value stands for a list of one.
        (ast::Type::List(item) | ast::Type::NonNullList(item), one) => fits(subgraph, one, item),
        (ast::Type::Named(name) | ast::Type::NonNullNamed(name), value) => fits_named(subgraph, value, name),
    }
}

fn fits_named(subgraph: &SubgraphSchema, value: &ast::Value, name: &str) -> bool {
    use ast::Value::{Boolean, Enum, Float, Int, Object, String};
    match (name, value) {
        ("Int", value) => value.to_i32().is_some(),
        ("Float", value) => matches!(value, Int(_) | Float(_)),
        ("String", value) => matches!(value, String(_)),
        ("ID", value) => matches!(value, String(_) | Int(_)),
        ("Boolean", value) => matches!(value, Boolean(_)),
        (_, value) => {
            let Some(ty) = subgraph.types.get(name) else { return true };
            match (ty.kind, value) {
                (TypeKind::Enum, Enum(value)) => ty.values.contains_key(value),
                (TypeKind::InputObject, Object(given)) => {
                    given
                        .iter()
                        .all(|(name, value)| ty.inputs.get(name).is_some_and(|input| fits(subgraph, value, &input.ty)))
                        && ty
                            .inputs
                            .values()
                            .filter(|input| input.is_required())
                            .all(|input| given.iter().any(|(name, _)| *name == input.name))
                }
                (TypeKind::Enum | TypeKind::InputObject, _) => false,
                _ => true,
            }
        }
    }
}
