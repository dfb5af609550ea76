//! Directive definitions that reach the supergraph: those asked for with `@composeDirective`, and executable ones
//! that every subgraph knows.

use std::collections::BTreeMap;

use apollo_compiler::{Name, Node, ast};

use super::{Merger, arguments::ArgumentSources, description};
use crate::compose::{composed::ComposedDirective, subgraph::DirectiveDef};

impl Merger<'_> {
    /// Composed directives as the newest version defines them, then executable ones, each in order of names.
    pub(super) fn directive_definitions(
        &mut self,
        composed: &BTreeMap<Name, ComposedDirective<'_>>,
    ) -> Vec<ast::Definition> {
        let mut definitions = Vec::new();
        for (name, directive) in composed {
            let sources = [(directive.subgraph, directive.definition)];
            definitions.push(self.merge_directive(name, &sources, directive.definition.locations.clone()));
        }
        let Some((first, others)) = self.subgraphs.split_first() else { return definitions };
        let mut executable: BTreeMap<&Name, Vec<(usize, &DirectiveDef)>> = BTreeMap::new();
        for (name, definition) in first.directives.iter().filter(|(name, _)| !composed.contains_key(*name)) {
            let elsewhere = others.iter().map_while(|subgraph| subgraph.directives.get(name));
            let sources: Vec<_> = std::iter::once(definition).chain(elsewhere).enumerate().collect();
            if sources.len() == self.subgraphs.len() {
                executable.insert(name, sources);
            }
        }
        for (name, sources) in executable {
            let is_everywhere = |location: &ast::DirectiveLocation| {
                is_executable(*location)
                    && sources.iter().all(|(_, definition)| definition.locations.contains(location))
            };
            let locations: Vec<_> = sources[0].1.locations.iter().copied().filter(is_everywhere).collect();
            if !locations.is_empty() {
                definitions.push(self.merge_directive(name, &sources, locations));
            }
        }
        definitions
    }

    fn merge_directive(
        &mut self,
        name: &Name,
        sources: &[(usize, &DirectiveDef)],
        locations: Vec<ast::DirectiveLocation>,
    ) -> ast::Definition {
        let arguments: ArgumentSources<'_> =
            sources.iter().map(|(at, definition)| (*at, &definition.arguments)).collect();
        ast::Definition::DirectiveDefinition(Node::new(ast::DirectiveDefinition {
            description: description(sources.iter().map(|(_, definition)| definition.description.as_ref())),
            name: name.clone(),
            arguments: self.merge_arguments(&format!("@{name}"), &arguments),
            repeatable: sources.iter().all(|(_, definition)| definition.repeatable),
            locations,
        }))
    }
}

/// Whether operations, and not schemas, use a directive there.
pub fn is_executable(location: ast::DirectiveLocation) -> bool {
    use ast::DirectiveLocation as L;
    matches!(
        location,
        L::Query
            | L::Mutation
            | L::Subscription
            | L::Field
            | L::FragmentDefinition
            | L::FragmentSpread
            | L::InlineFragment
            | L::VariableDefinition
    )
}
