//! Objects and interfaces.

use apollo_compiler::{
    Name, Node, ast,
    collections::{IndexMap, IndexSet},
};

use super::{
    Merger, Sources, description,
    joins::{directive, text},
    placed,
};
use crate::compose::subgraph::FieldDef;

/// A field in the subgraphs that have it.
pub(super) type FieldSources<'a> = Vec<(usize, &'a FieldDef)>;

impl Merger<'_> {
    pub(super) fn merge_object(&mut self, name: &Name, sources: &Sources<'_>) -> ast::Definition {
        let (interfaces, directives) = self.head(name, sources);
        ast::Definition::ObjectTypeDefinition(placed(
            ast::ObjectTypeDefinition {
                description: description(sources.iter().map(|(_, ty)| ty.description.as_ref())),
                name: name.clone(),
                implements_interfaces: interfaces,
                directives,
                fields: self.merge_fields(name, sources),
            },
            sources.last().and_then(|(_, ty)| ty.span),
        ))
    }

    pub(super) fn merge_interface(&mut self, name: &Name, sources: &Sources<'_>) -> ast::Definition {
        let (interfaces, directives) = self.head(name, sources);
        ast::Definition::InterfaceTypeDefinition(placed(
            ast::InterfaceTypeDefinition {
                description: description(sources.iter().map(|(_, ty)| ty.description.as_ref())),
                name: name.clone(),
                implements_interfaces: interfaces,
                directives,
                fields: self.merge_fields(name, sources),
            },
            sources.last().and_then(|(_, ty)| ty.span),
        ))
    }

    fn head(&mut self, name: &Name, sources: &Sources<'_>) -> (Vec<Name>, ast::DirectiveList) {
        let mut interfaces: IndexSet<Name> = IndexSet::default();
        let mut directives = Vec::new();
        for (subgraph, ty) in sources {
            for interface in &ty.interfaces {
                interfaces.insert(interface.clone());
                directives.push(directive(
                    "join__implements",
                    vec![self.graph(*subgraph), ("interface", text(interface.as_str()))],
                ));
            }
        }
        directives.extend(self.type_joins(name, sources));
        directives.extend(self.type_applied(sources));
        (interfaces.into_iter().collect(), ast::DirectiveList(directives))
    }

    fn merge_fields(&mut self, name: &Name, sources: &Sources<'_>) -> Vec<Node<ast::FieldDefinition>> {
        let mut fields: IndexMap<&Name, FieldSources<'_>> = IndexMap::default();
        for (subgraph, ty) in sources {
            for (field, definition) in &ty.fields {
                fields.entry(field).or_default().push((*subgraph, definition));
            }
        }
        fields.values().filter_map(|found| self.merge_field(name, sources, found)).collect()
    }
}
