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
        let mut fields = Vec::new();
        for (field, found) in &all {
            let coordinate = format!("{name}.{field}");
            let merged = self.merge_input_field(&coordinate, found, sources.len());
            // What no client sees may be missing in some subgraphs.
            if found.len() == sources.len() || merged.directives.has("inaccessible") {
                fields.push(merged);
            } else {
                self.check_input_not_required(&coordinate, found, sources);
            }
        }
        if fields.is_empty() {
            self.report.about(
                ErrorCode::EmptyMergedInputType,
                name.as_str(),
                format!("input {name:?} has no field that all its subgraphs have; give them one in common"),
            );
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

    fn merge_input_field(
        &mut self,
        coordinate: &str,
        found: &[(usize, &InputDef)],
        owners: usize,
    ) -> Node<ast::InputValueDefinition> {
        let mut merged = self.merge_input_value(coordinate, found, InputPlace::InputField);
        let same_type = found.windows(2).all(|pair| pair[0].1.ty == pair[1].1.ty);
        if !same_type || found.len() < owners {
            let joins: Vec<_> = found
                .iter()
                .map(|(at, input)| {
                    let ty = (!same_type).then(|| ("type", text(input.ty.to_string())));
                    directive("join__field", std::iter::once(self.graph(*at)).chain(ty).collect())
                })
                .collect();
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
