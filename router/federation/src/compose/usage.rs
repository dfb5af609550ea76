//! Which fields a subgraph names in its keys, requirements and provisions.

use apollo_compiler::{Name, collections::IndexSet};

use super::subgraph::{SubgraphSchema, TypeDef, TypeKind};
use crate::supergraph::FieldSelection;

/// Coordinates (type, field) by where they are named.
#[derive(Debug, Default)]
pub struct Usage {
    pub keys: IndexSet<(Name, Name)>,
    pub required: IndexSet<(Name, Name)>,
    pub provided: IndexSet<(Name, Name)>,
}

impl Usage {
    pub fn of(subgraph: &SubgraphSchema) -> Self {
        let mut usage = Self::default();
        for ty in subgraph.types.values() {
            for key in &ty.keys {
                collect(subgraph, &ty.name, key.fields.selections(), &mut usage.keys);
            }
            for field in ty.fields.values() {
                if let Some(requires) = &field.requires {
                    collect(subgraph, &ty.name, requires.selections(), &mut usage.required);
                }
                if let Some(provides) = &field.provides {
                    let target = field.ty.inner_named_type();
                    collect(subgraph, target, provides.selections(), &mut usage.provided);
                }
            }
        }
        usage
    }

    /// Whether any field set of the subgraph names the field.
    pub fn names(&self, ty: &Name, field: &Name) -> bool {
        let coordinate = (ty.clone(), field.clone());
        [&self.keys, &self.required, &self.provided].iter().any(|set| set.contains(&coordinate))
    }
}

/// Whether an interface of the subgraph obliges `ty` to have `field`.
pub fn is_interface_field(subgraph: &SubgraphSchema, ty: &TypeDef, field: &Name) -> bool {
    ty.interfaces
        .iter()
        .filter_map(|interface| subgraph.types.get(interface))
        .any(|interface| interface.fields.contains_key(field))
}

/// Whether a selection on `ty` names what exists.
pub fn is_known(subgraph: &SubgraphSchema, ty: &str, selections: &[FieldSelection]) -> bool {
    collect(subgraph, ty, selections, &mut IndexSet::default()).is_some()
}

/// Adds every field of a selection on `ty`; a field of an interface counts for its implementations too. None: the
/// selection names what does not exist, and what comes after that counts for nothing.
fn collect(
    subgraph: &SubgraphSchema,
    ty: &str,
    selections: &[FieldSelection],
    into: &mut IndexSet<(Name, Name)>,
) -> Option<()> {
    let definition = subgraph.types.get(ty)?;
    for selection in selections {
        match selection {
            FieldSelection::Field { name, .. } if name == "__typename" => {}
            FieldSelection::Field { name, selections, .. } => {
                let field = definition.fields.get(name)?;
                into.insert((definition.name.clone(), name.clone()));
                if definition.kind == TypeKind::Interface {
                    for implementation in subgraph.possible_types(&definition.name) {
                        into.insert((implementation.name.clone(), name.clone()));
                    }
                }
                if !selections.is_empty() {
                    collect(subgraph, field.ty.inner_named_type(), selections, into)?;
                }
            }
            FieldSelection::Inline { on, selections } => {
                collect(subgraph, on.as_ref().unwrap_or(&definition.name), selections, into)?;
            }
        }
    }
    Some(())
}
