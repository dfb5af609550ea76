//! Fields that a subgraph adds to an interface as a whole (`@interfaceObject`) are fields of every
//! implementation: they are added there with a `@join__field` that names no subgraph.

use std::collections::BTreeMap;

use apollo_compiler::{Name, Node, ast};

use super::{Merger, Sources, joins::directive};
use crate::compose::subgraph::{FieldDef, SubgraphSchema, TypeDef, TypeKind};

/// The fields of interface objects that stand for a field of the object type `parent` where the type itself is not
/// known: the subgraph's index, the interface object and its field.
pub fn abstracting<'a>(
    subgraphs: &'a [SubgraphSchema],
    parent: &'a Name,
    field: &'a Name,
) -> impl Iterator<Item = (usize, &'a TypeDef, &'a FieldDef)> {
    let implements = move |interface: &TypeDef| {
        subgraphs
            .iter()
            .filter_map(|subgraph| subgraph.types.get(parent))
            .any(|ty| ty.kind == TypeKind::Object && ty.interfaces.contains(&interface.name))
    };
    subgraphs
        .iter()
        .enumerate()
        .filter(move |(_, subgraph)| !subgraph.types.contains_key(parent))
        .flat_map(|(at, subgraph)| subgraph.types.values().map(move |ty| (at, ty)))
        .filter(move |(_, ty)| ty.is_interface_object && implements(ty))
        .filter_map(move |(at, ty)| Some((at, ty, ty.fields.get(field)?)))
}

impl Merger<'_> {
    pub(super) fn add_interface_object_fields(
        &self,
        types: &BTreeMap<Name, Sources<'_>>,
        merged: &mut BTreeMap<Name, ast::Definition>,
    ) {
        for (interface, sources) in types {
            let added: Vec<Node<ast::FieldDefinition>> = match merged.get(interface) {
                Some(ast::Definition::InterfaceTypeDefinition(merged)) => merged
                    .fields
                    .iter()
                    .filter(|field| {
                        sources.iter().any(|(_, ty)| {
                            ty.is_interface_object && ty.fields.get(&field.name).is_some_and(|field| !field.external)
                        })
                    })
                    .map(without_joins)
                    .collect(),
                _ => continue,
            };
            if added.is_empty() {
                continue;
            }
            for implementation in self.hierarchy.implementations(interface) {
                // An interface below this one has to list the field itself.
                if let Some(ast::Definition::ObjectTypeDefinition(ty)) = merged.get_mut(implementation) {
                    add(&mut ty.make_mut().fields, &added);
                }
            }
        }
    }
}

fn add(fields: &mut Vec<Node<ast::FieldDefinition>>, added: &[Node<ast::FieldDefinition>]) {
    for field in added {
        match fields.iter_mut().find(|own| own.name == field.name) {
            None => fields.push(field.clone()),
            Some(own) if is_fully_external(own) => {
                let others = field.directives.iter().filter(|directive| directive.name != "join__field");
                let others: Vec<Node<ast::Directive>> = others.cloned().collect();
                own.make_mut().directives.0.extend(others);
            }
            Some(_) => {}
        }
    }
}

/// Resolved by interface objects alone.
fn is_fully_external(field: &ast::FieldDefinition) -> bool {
    let is_external = |join: &Node<ast::Directive>| {
        join.specified_argument_by_name("external").and_then(|value| value.to_bool()) == Some(true)
    };
    field.directives.has("join__field") && field.directives.get_all("join__field").all(is_external)
}

fn without_joins(field: &Node<ast::FieldDefinition>) -> Node<ast::FieldDefinition> {
    let mut field = field.clone();
    let directives = &mut field.make_mut().directives.0;
    directives.retain(|directive| directive.name != "join__field");
    directives.insert(0, directive("join__field", Vec::new()));
    field
}
