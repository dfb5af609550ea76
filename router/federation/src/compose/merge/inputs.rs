//! Input objects: the fields that every subgraph has.

use apollo_compiler::{Name, Node, ast, collections::IndexMap};

use super::{
    Merger, Sources,
    arguments::InputPlace,
    description,
    joins::{directive, text},
};
use crate::compose::{error::ErrorCode, subgraph::InputDef};

impl Merger<'_> {
    /// None: no field is left (reported).
    pub(super) fn merge_input(&mut self, name: &Name, sources: &Sources<'_>) -> Option<ast::Definition> {
        let mut all: IndexMap<&Name, Vec<(usize, &InputDef)>> = IndexMap::default();
        for (at, ty) in sources {
            for (field, definition) in &ty.inputs {
                all.entry(field).or_default().push((*at, definition));
            }
        }
        let before = self.report.len();
        let mut fields = Vec::new();
        for (field, found) in &all {
            let coordinate = format!("{name}.{field}");
            if found.len() < sources.len() {
                self.check_input_not_required(&coordinate, found, sources);
            } else {
                fields.push(self.merge_input_field(&coordinate, found));
            }
        }
        if fields.is_empty() {
            if before == self.report.len() {
                self.report.about(
                    ErrorCode::EmptyMergedInputType,
                    name.as_str(),
                    format!("input {name:?} has no field that all its subgraphs have; give them one in common"),
                );
            }
            return None;
        }
        let mut directives = self.type_joins(name, sources);
        directives.extend(self.type_applied(sources));
        Some(ast::Definition::InputObjectTypeDefinition(
            ast::InputObjectTypeDefinition {
                description: description(sources.iter().map(|(_, ty)| ty.description.as_ref())),
                name: name.clone(),
                directives: ast::DirectiveList(directives),
                fields,
            }
            .into(),
        ))
    }

    fn merge_input_field(&mut self, coordinate: &str, found: &[(usize, &InputDef)]) -> Node<ast::InputValueDefinition> {
        let mut merged = self.merge_input_value(coordinate, found, InputPlace::InputField);
        if found.windows(2).any(|pair| pair[0].1.ty != pair[1].1.ty) {
            let joins = found.iter().map(|(at, input)| {
                directive("join__field", vec![self.graph(*at), ("type", text(input.ty.to_string()))])
            });
            let joins: Vec<_> = joins.collect();
            merged.make_mut().directives.0.splice(0..0, joins);
        }
        merged
    }

    fn check_input_not_required(&mut self, coordinate: &str, found: &[(usize, &InputDef)], sources: &Sources<'_>) {
        let Some((at, required)) = found.iter().find(|(_, input)| input.is_required()) else { return };
        let missing: Vec<String> = sources
            .iter()
            .filter(|(at, _)| !found.iter().any(|(has, _)| has == at))
            .map(|(at, _)| self.called(*at))
            .collect();
        self.report.at(
            ErrorCode::RequiredInputFieldMissingInSomeSubgraph,
            &self.subgraphs[*at],
            required.span,
            format!(
                "input field {coordinate:?} is required here and does not exist in {}; add it there or make it optional",
                missing.join(", ")
            ),
        );
    }
}
