//! How the objects at a path become representations.

use std::sync::Arc;

use crate::plan::{
    nodes::{Representation, RepresentationField},
    normalise::Tree,
    paths::{Entry, Hop, HopKind, Scene, State, Visit, VisitId},
};

/// The representations of a request that starts with these hops: one for each set of types read alike.
pub fn write(scene: &Scene<'_>, tree: &Tree, state: &State, starts: &[VisitId]) -> Vec<Representation> {
    let mut written: Vec<Representation> = Vec::new();
    for start in starts {
        let visit = state.visit(*start);
        let Entry::Hop(hop) = &visit.entry else { continue };
        if hop.kind == HopKind::Query {
            continue;
        }
        let next = one(scene, tree, visit, hop);
        match written.iter_mut().find(|known| known.types == next.types && known.typename == next.typename) {
            Some(known) => add_fields(&mut known.fields, next.fields),
            None => written.push(next),
        }
    }
    let mut joined: Vec<Representation> = Vec::new();
    for next in written {
        match joined.iter_mut().find(|known| known.typename == next.typename && known.fields == next.fields) {
            Some(known) => {
                for ty in next.types {
                    if !known.types.contains(&ty) {
                        known.types.push(ty);
                    }
                }
            }
            None => joined.push(next),
        }
    }
    joined
}

fn one(scene: &Scene<'_>, tree: &Tree, visit: &Visit, hop: &Hop) -> Representation {
    let graph = scene.graph;
    let concrete = tree[visit.position].cases[hop.case].ty;
    let mut types: Vec<Arc<str>> = Vec::new();
    let mut typename = None;
    match hop.kind {
        HopKind::Concrete | HopKind::Query => types.push(graph[concrete].name.clone()),
        HopKind::ToInterfaceObject(interface) => {
            types.push(graph[concrete].name.clone());
            if hop.is_untyped(tree) {
                types.extend(graph[concrete].interfaces.iter().map(|one| graph[*one].name.clone()));
            }
            typename = Some(graph[interface].name.clone());
        }
        HopKind::ToInterface(interface) => {
            types.push(graph[interface].name.clone());
            types.extend(graph[interface].possible.iter().map(|one| graph[*one].name.clone()));
            typename = Some(graph[interface].name.clone());
        }
    }
    let mut fields = Vec::new();
    add_fields(&mut fields, hop.representation.clone());
    Representation { types, typename, fields }
}

/// A field that is both key and requirement is a key.
fn add_fields(known: &mut Vec<RepresentationField>, more: Vec<RepresentationField>) {
    for field in more {
        let found = known
            .iter_mut()
            .find(|own| own.name == field.name && own.data_key == field.data_key && own.types == field.types);
        match found {
            Some(own) => {
                own.is_key |= field.is_key;
                own.never_null |= field.never_null;
                add_fields(&mut own.fields, field.fields);
            }
            None => known.push(field),
        }
    }
}
