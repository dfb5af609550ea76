//! Federation 1 schemas are rewritten to mean the same under Federation 2 rules, and the one Federation 1 habit
//! that Federation 2 still allows is taken back: `@external` on the key fields of an extension.
//!
//! Federation 1 had no `@shareable` (what several subgraphs define is shared), kept `@external` on whatever
//! another subgraph owned whether it was used or not, and ignored requirements and provisions of its own fields.

use apollo_compiler::{Name, collections::IndexSet};

use super::{
    spec::Version,
    subgraph::{FieldSetText, SubgraphSchema, TypeDef, TypeKind},
    usage::{Usage, is_interface_field},
};
use crate::supergraph::FieldSelection;

pub fn upgrade(subgraphs: &mut [SubgraphSchema]) {
    for subgraph in subgraphs.iter_mut() {
        if subgraph.version == Version::One {
            drop_interface_leftovers(subgraph);
        }
        own_extension_keys(subgraph);
        if subgraph.version == Version::One {
            drop_idle_field_sets(subgraph);
            drop_unused_externals(subgraph);
        }
    }
    define_extended_types(subgraphs);
    let resolved: Vec<IndexSet<(Name, Name)>> = subgraphs.iter().map(resolved_fields).collect();
    for (at, subgraph) in subgraphs.iter_mut().enumerate() {
        if subgraph.version == Version::One {
            share(at, subgraph, &resolved);
        }
    }
}

/// In Federation 1 every type but its owner's was an extension; where there is an owner the mark says no more.
fn define_extended_types(subgraphs: &mut [SubgraphSchema]) {
    let defined: IndexSet<Name> = subgraphs
        .iter()
        .flat_map(|subgraph| subgraph.types.values())
        .filter(|ty| !ty.is_extension)
        .map(|ty| ty.name.clone())
        .collect();
    for subgraph in subgraphs.iter_mut().filter(|subgraph| subgraph.version == Version::One) {
        for ty in subgraph.types.values_mut() {
            ty.is_extension &= !defined.contains(&ty.name);
        }
    }
}

/// `@external` and `@key` had no effect on interfaces.
fn drop_interface_leftovers(subgraph: &mut SubgraphSchema) {
    for ty in subgraph.types.values_mut().filter(|ty| ty.kind == TypeKind::Interface) {
        ty.keys.clear();
        for field in ty.fields.values_mut() {
            field.external = false;
            field.requires = None;
            field.provides = None;
        }
    }
}

/// An extension's key fields are its own: marking them @external only says that another subgraph began it.
fn own_extension_keys(subgraph: &mut SubgraphSchema) {
    let is_one = subgraph.version == Version::One;
    let mut own: IndexSet<(Name, Name)> = IndexSet::default();
    for ty in subgraph.types.values().filter(|ty| is_one || ty.is_extension) {
        for key in &ty.keys {
            collect(subgraph, ty, key.fields.selections(), &mut own);
        }
    }
    for (ty, field) in own {
        if let Some(field) = subgraph.types.get_mut(&ty).and_then(|ty| ty.fields.get_mut(&field)) {
            field.external = false;
            field.external_by_type = false;
        }
    }
}

fn collect(subgraph: &SubgraphSchema, ty: &TypeDef, selections: &[FieldSelection], into: &mut IndexSet<(Name, Name)>) {
    for selection in selections {
        let FieldSelection::Field { name, selections, .. } = selection else { continue };
        let Some(field) = ty.fields.get(name) else { continue };
        into.insert((ty.name.clone(), name.clone()));
        if let Some(target) = subgraph.types.get(field.ty.inner_named_type()) {
            collect(subgraph, target, selections, into);
        }
    }
}

/// A field set that names nothing external asks for nothing.
fn drop_idle_field_sets(subgraph: &mut SubgraphSchema) {
    let mut idle: Vec<(Name, Name, bool, bool)> = Vec::new();
    for ty in subgraph.types.values() {
        for field in ty.fields.values() {
            let target = subgraph.types.get(field.ty.inner_named_type());
            let is_idle = |set: &Option<FieldSetText>, on: Option<&TypeDef>| {
                set.as_ref().is_some_and(|set| match (&set.parsed, on) {
                    (Ok(selections), Some(on)) => !names_external(subgraph, on, selections),
                    // Nothing can be provided of a scalar; a faulty text is left to be reported.
                    (Ok(_), None) => true,
                    (Err(_), _) => false,
                })
            };
            let (requires, provides) = (is_idle(&field.requires, Some(ty)), is_idle(&field.provides, target));
            if requires || provides {
                idle.push((ty.name.clone(), field.name.clone(), requires, provides));
            }
        }
    }
    for (ty, field, requires, provides) in idle {
        if let Some(field) = subgraph.types.get_mut(&ty).and_then(|ty| ty.fields.get_mut(&field)) {
            field.requires.take_if(|_| requires);
            field.provides.take_if(|_| provides);
        }
    }
}

/// Whether a selection names an external field, or one that does not exist (which is reported later).
fn names_external(subgraph: &SubgraphSchema, ty: &TypeDef, selections: &[FieldSelection]) -> bool {
    selections.iter().any(|selection| match selection {
        FieldSelection::Field { name, .. } if name == "__typename" => false,
        FieldSelection::Field { name, selections, .. } => {
            let Some(field) = ty.fields.get(name) else { return true };
            let target = subgraph.types.get(field.ty.inner_named_type());
            field.external
                || is_external_in_implementation(subgraph, ty, name)
                || target.is_some_and(|target| names_external(subgraph, target, selections))
        }
        FieldSelection::Inline { on, selections } => {
            let target = on.as_ref().map_or(Some(ty), |on| subgraph.types.get(on));
            target.is_none_or(|target| names_external(subgraph, target, selections))
        }
    })
}

fn is_external_in_implementation(subgraph: &SubgraphSchema, ty: &TypeDef, field: &Name) -> bool {
    ty.kind == TypeKind::Interface
        && subgraph
            .possible_types(&ty.name)
            .iter()
            .any(|implementation| implementation.fields.get(field).is_some_and(|field| field.external))
}

/// External fields that nothing names are dropped; directives on the others speak for another subgraph's field.
fn drop_unused_externals(subgraph: &mut SubgraphSchema) {
    let usage = Usage::of(subgraph);
    let mut unused: Vec<(Name, Name)> = Vec::new();
    for ty in subgraph.types.values() {
        for field in ty.fields.values().filter(|field| field.external) {
            if !usage.names(&ty.name, &field.name) && !is_interface_field(subgraph, ty, &field.name) {
                unused.push((ty.name.clone(), field.name.clone()));
            }
        }
    }
    for (ty, field) in unused {
        if let Some(ty) = subgraph.types.get_mut(&ty) {
            ty.fields.shift_remove(&field);
        }
    }
    let is_empty = |ty: &TypeDef| matches!(ty.kind, TypeKind::Object) && ty.fields.is_empty() && ty.name != "Query";
    subgraph.types.retain(|_, ty| !is_empty(ty));
    for field in subgraph.types.values_mut().flat_map(|ty| ty.fields.values_mut()) {
        if field.external {
            field.applied.clear();
        }
    }
}

/// Fields that a subgraph resolves, on every path or on one that provides them.
fn resolved_fields(subgraph: &SubgraphSchema) -> IndexSet<(Name, Name)> {
    let provided = Usage::of(subgraph).provided;
    let mut resolved = IndexSet::default();
    for ty in subgraph.types.values() {
        for field in ty.fields.values() {
            let coordinate = (ty.name.clone(), field.name.clone());
            if !field.external || provided.contains(&coordinate) {
                resolved.insert(coordinate);
            }
        }
    }
    resolved
}

/// What another subgraph resolves too is shared.
fn share(at: usize, subgraph: &mut SubgraphSchema, resolved: &[IndexSet<(Name, Name)>]) {
    for ty in subgraph.types.values_mut().filter(|ty| ty.kind == TypeKind::Object && ty.name != "Subscription") {
        let name = ty.name.clone();
        for field in ty.fields.values_mut().filter(|field| !field.external) {
            let coordinate = (name.clone(), field.name.clone());
            field.shareable |=
                resolved.iter().enumerate().any(|(other, fields)| other != at && fields.contains(&coordinate));
        }
    }
}
