//! Arguments: those that every subgraph of the field has, with the most special type.

use apollo_compiler::{Name, Node, ast, collections::IndexMap};

use super::{Merger, description, placed};
use crate::compose::{error::ErrorCode, subgraph::InputDef};

/// The arguments of a field or directive in the subgraphs that have it.
pub(super) type ArgumentSources<'a> = Vec<(usize, &'a IndexMap<Name, InputDef>)>;

impl Merger<'_> {
    pub(super) fn merge_arguments(
        &mut self,
        coordinate: &str,
        owners: &ArgumentSources<'_>,
    ) -> Vec<Node<ast::InputValueDefinition>> {
        let mut all: IndexMap<&Name, Vec<(usize, &InputDef)>> = IndexMap::default();
        for (at, arguments) in owners {
            for (name, argument) in *arguments {
                all.entry(name).or_default().push((*at, argument));
            }
        }
        let mut merged = Vec::new();
        for (name, sources) in &all {
            let coordinate = format!("{coordinate}({name}:)");
            if sources.len() < owners.len() {
                self.check_not_required(&coordinate, sources, owners);
                continue;
            }
            merged.push(self.merge_input_value(&coordinate, sources, InputPlace::Argument));
        }
        merged
    }

    /// An argument that some subgraphs do not know is not offered to clients, unless one of them insists on it.
    fn check_not_required(&mut self, coordinate: &str, sources: &[(usize, &InputDef)], owners: &ArgumentSources<'_>) {
        let Some((at, required)) = sources.iter().find(|(_, argument)| argument.is_required()) else { return };
        let missing: Vec<String> = owners
            .iter()
            .filter(|(at, _)| !sources.iter().any(|(has, _)| has == at))
            .map(|(at, _)| self.called(*at))
            .collect();
        self.report.at(
            ErrorCode::RequiredArgumentMissingInSomeSubgraph,
            &self.subgraphs[*at],
            required.span,
            format!(
                "argument {coordinate:?} is required here and does not exist in {}; add it there or make it optional",
                missing.join(", ")
            ),
        );
    }

    /// An argument or input field that all subgraphs have.
    pub(super) fn merge_input_value(
        &mut self,
        coordinate: &str,
        sources: &[(usize, &InputDef)],
        place: InputPlace,
    ) -> Node<ast::InputValueDefinition> {
        let types: Vec<&ast::Type> = sources.iter().map(|(_, input)| &input.ty).collect();
        let ty = match self.hierarchy.most_special(&types) {
            Some(special) => special.clone(),
            None => {
                let list = self.list_types(sources.iter().map(|(at, input)| (*at, &input.ty)));
                self.report.about(
                    place.type_mismatch(),
                    coordinate,
                    format!("the type of {} {coordinate:?} differs: {list}; give it one type", place.called()),
                );
                types[0].clone()
            }
        };
        self.enums.input.entry(ty.inner_named_type().clone()).or_insert_with(|| coordinate.to_owned());
        let default = self.merge_default(coordinate, sources, place);
        let lists: Vec<&[Node<ast::Directive>]> = sources.iter().map(|(_, input)| input.applied.as_slice()).collect();
        let like = sources.iter().rev().find(|(_, input)| input.ty == ty);
        placed(
            ast::InputValueDefinition {
                description: description(sources.iter().map(|(_, input)| input.description.as_ref())),
                name: sources[0].1.name.clone(),
                ty: ty.into(),
                default_value: default,
                directives: ast::DirectiveList(self.merge_applied(&lists)),
            },
            like.and_then(|(_, input)| input.span),
        )
    }

    /// Defaults that are written must be equal; one that not every subgraph has is not offered to clients.
    fn merge_default(
        &mut self,
        coordinate: &str,
        sources: &[(usize, &InputDef)],
        place: InputPlace,
    ) -> Option<Node<ast::Value>> {
        let written: Vec<(usize, &Node<ast::Value>)> =
            sources.iter().filter_map(|(at, input)| input.default.as_ref().map(|value| (*at, value))).collect();
        let (_, first) = written.first()?;
        if written.iter().any(|(_, value)| value != first) {
            let list: Vec<String> =
                written.iter().map(|(at, value)| format!("{value} in {}", self.called(*at))).collect();
            self.report.about(
                place.default_mismatch(),
                coordinate,
                format!(
                    "the default of {} {coordinate:?} differs: {}; make them equal",
                    place.called(),
                    list.join(", ")
                ),
            );
        }
        (written.len() == sources.len()).then(|| (*first).clone())
    }
}

/// Which of the two kinds of input value is merged; the rules are the same, the words are not.
#[derive(Debug, Clone, Copy)]
pub(super) enum InputPlace {
    Argument,
    InputField,
}

impl InputPlace {
    fn called(self) -> &'static str {
        match self {
            Self::Argument => "argument",
            Self::InputField => "input field",
        }
    }

    fn type_mismatch(self) -> ErrorCode {
        match self {
            Self::Argument => ErrorCode::FieldArgumentTypeMismatch,
            Self::InputField => ErrorCode::FieldTypeMismatch,
        }
    }

    fn default_mismatch(self) -> ErrorCode {
        match self {
            Self::Argument => ErrorCode::FieldArgumentDefaultMismatch,
            Self::InputField => ErrorCode::InputFieldDefaultMismatch,
        }
    }
}
