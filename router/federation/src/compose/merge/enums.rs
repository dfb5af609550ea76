//! Enums: the values that all subgraphs have where clients send them, all values where clients receive them, and
//! equal values where they do both.

use apollo_compiler::{Name, Node, ast, collections::IndexMap};

use super::{Merger, Sources, description, joins::directive};
use crate::compose::{error::ErrorCode, subgraph::ValueDef};

impl Merger<'_> {
    pub(super) fn merge_enum(&mut self, name: &Name, sources: &Sources<'_>) -> ast::Definition {
        let mut all: IndexMap<&Name, Vec<(usize, &ValueDef)>> = IndexMap::default();
        for (at, ty) in sources {
            for (value, definition) in &ty.values {
                all.entry(value).or_default().push((*at, definition));
            }
        }
        let sent = self.enums.input.get(name).cloned();
        let received = self.enums.output.get(name).cloned();
        let mut values = Vec::new();
        for (value, found) in &all {
            let merged = self.merge_value(found);
            // What no client sees may be missing in some subgraphs.
            let is_everywhere = found.len() == sources.len() || merged.directives.has("inaccessible");
            match (&sent, &received) {
                (Some(sent), Some(received)) if !is_everywhere => {
                    let uses = format!("sent as {sent:?} and received from {received:?}");
                    self.report_value_mismatch((name, value), &uses, found, sources);
                }
                (Some(_), None) if !is_everywhere => continue,
                _ => {}
            }
            values.push(merged);
        }
        if values.is_empty() {
            self.report.about(
                ErrorCode::EmptyMergedEnumType,
                name.as_str(),
                format!("enum {name:?} has no value that all its subgraphs have; give them one in common"),
            );
        }
        let mut directives = self.type_joins(name, sources);
        directives.extend(self.type_applied(sources));
        ast::Definition::EnumTypeDefinition(
            ast::EnumTypeDefinition {
                description: description(sources.iter().map(|(_, ty)| ty.description.as_ref())),
                name: name.clone(),
                directives: ast::DirectiveList(directives),
                values,
            }
            .into(),
        )
    }

    fn report_value_mismatch(
        &mut self,
        (name, value): (&Name, &Name),
        uses: &str,
        found: &[(usize, &ValueDef)],
        sources: &Sources<'_>,
    ) {
        let missing: Vec<String> = sources
            .iter()
            .filter(|(at, _)| !found.iter().any(|(has, _)| has == at))
            .map(|(at, _)| self.called(*at))
            .collect();
        let (at, first) = found[0];
        self.report.at(
            ErrorCode::EnumValueMismatch,
            &self.subgraphs[at],
            first.span,
            format!("value {value:?} of enum {name:?} ({uses}) is missing in {}; add it there too", missing.join(", ")),
        );
    }

    fn merge_value(&mut self, found: &[(usize, &ValueDef)]) -> Node<ast::EnumValueDefinition> {
        let mut directives: Vec<Node<ast::Directive>> =
            found.iter().map(|(at, _)| directive("join__enumValue", vec![self.graph(*at)])).collect();
        let lists: Vec<&[Node<ast::Directive>]> = found.iter().map(|(_, value)| value.applied.as_slice()).collect();
        directives.extend(self.merge_applied(&lists));
        ast::EnumValueDefinition {
            description: description(found.iter().map(|(_, value)| value.description.as_ref())),
            value: found[0].1.name.clone(),
            directives: ast::DirectiveList(directives),
        }
        .into()
    }
}
