//! Objects and interfaces.

use std::collections::BTreeMap;

use apollo_compiler::{
    Name, Node, ast,
    collections::{IndexMap, IndexSet},
};

use super::{
    Merger, Sources, description,
    joins::{directive, text},
};
use crate::compose::{error::ErrorCode, subgraph::FieldDef};

/// A field in the subgraphs that have it.
pub(super) type FieldSources<'a> = Vec<(usize, &'a FieldDef)>;

impl Merger<'_> {
    pub(super) fn merge_object(&mut self, name: &Name, sources: &Sources<'_>) -> ast::Definition {
        let (interfaces, directives) = self.head(name, sources);
        ast::Definition::ObjectTypeDefinition(
            ast::ObjectTypeDefinition {
                description: description(sources.iter().map(|(_, ty)| ty.description.as_ref())),
                name: name.clone(),
                implements_interfaces: interfaces,
                directives,
                fields: self.merge_fields(name, sources),
            }
            .into(),
        )
    }

    pub(super) fn merge_interface(&mut self, name: &Name, sources: &Sources<'_>) -> ast::Definition {
        let (interfaces, directives) = self.head(name, sources);
        ast::Definition::InterfaceTypeDefinition(
            ast::InterfaceTypeDefinition {
                description: description(sources.iter().map(|(_, ty)| ty.description.as_ref())),
                name: name.clone(),
                implements_interfaces: interfaces,
                directives,
                fields: self.merge_fields(name, sources),
            }
            .into(),
        )
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

    /// A type that implements an interface in one subgraph implements it for everyone: it needs every field that
    /// any subgraph gives the interface.
    pub(super) fn check_implementations(&mut self, merged: &BTreeMap<Name, ast::Definition>) {
        for definition in merged.values() {
            let (name, interfaces, fields) = match definition {
                ast::Definition::ObjectTypeDefinition(ty) => (&ty.name, &ty.implements_interfaces, &ty.fields),
                ast::Definition::InterfaceTypeDefinition(ty) => (&ty.name, &ty.implements_interfaces, &ty.fields),
                _ => continue,
            };
            for interface in interfaces {
                let Some(ast::Definition::InterfaceTypeDefinition(interface)) = merged.get(interface) else { continue };
                for missing in
                    interface.fields.iter().filter(|wanted| !fields.iter().any(|has| has.name == wanted.name))
                {
                    let (declared, implemented) = self.blame(&interface.name, &missing.name, name);
                    self.report.about(
                        ErrorCode::InterfaceFieldNoImplem,
                        name.as_str(),
                        format!(
                            "field \"{}.{}\" is declared in {declared}, but type {name:?}, which implements the \
                             interface in {implemented}, does not have it in any subgraph; add it there",
                            interface.name, missing.name
                        ),
                    );
                }
            }
        }
    }

    /// Who declares the interface's field, and who says that the type implements the interface.
    fn blame(&self, interface: &Name, field: &Name, ty: &Name) -> (String, String) {
        let list = |keep: &dyn Fn(usize) -> bool| {
            let called: Vec<String> =
                (0..self.subgraphs.len()).filter(|at| keep(*at)).map(|at| self.called(at)).collect();
            called.join(", ")
        };
        let types = |at: usize, name: &Name| self.subgraphs[at].types.get(name);
        (
            list(&|at| types(at, interface).is_some_and(|found| found.fields.contains_key(field))),
            list(&|at| types(at, ty).is_some_and(|found| found.interfaces.contains(interface))),
        )
    }
}
