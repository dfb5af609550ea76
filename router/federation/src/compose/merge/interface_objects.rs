//! Fields that a subgraph adds to an interface as a whole (`@interfaceObject`) are fields of every
//! implementation: they are added there with a `@join__field` that names no subgraph.

use std::collections::BTreeMap;

use apollo_compiler::{Name, Node, ast};

use super::{Merger, Sources, joins::directive};

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
                        sources.iter().any(|(_, ty)| ty.is_interface_object && ty.fields.contains_key(&field.name))
                    })
                    .map(without_joins)
                    .collect(),
                _ => continue,
            };
            if added.is_empty() {
                continue;
            }
            for implementation in self.hierarchy.implementations(interface) {
                match merged.get_mut(implementation) {
                    Some(ast::Definition::ObjectTypeDefinition(ty)) => add(&mut ty.make_mut().fields, &added),
                    Some(ast::Definition::InterfaceTypeDefinition(ty)) => add(&mut ty.make_mut().fields, &added),
                    _ => {}
                }
            }
        }
    }
}

fn add(fields: &mut Vec<Node<ast::FieldDefinition>>, added: &[Node<ast::FieldDefinition>]) {
    for field in added {
        if !fields.iter().any(|own| own.name == field.name) {
            fields.push(field.clone());
        }
    }
}

fn without_joins(field: &Node<ast::FieldDefinition>) -> Node<ast::FieldDefinition> {
    let mut field = field.clone();
    let directives = &mut field.make_mut().directives.0;
    directives.retain(|directive| directive.name != "join__field");
    directives.insert(0, directive("join__field", Vec::new()));
    field
}
