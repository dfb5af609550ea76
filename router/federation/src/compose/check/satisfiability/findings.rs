//! What the walk finds, in words.

use apollo_compiler::Name;

use super::{
    Walk, explain,
    positions::{Position, Step},
};
use crate::compose::error::ErrorCode;

/// Something that cannot be answered.
#[derive(Debug)]
pub(super) struct Finding {
    pub(super) code: ErrorCode,
    /// Type and field; None when it is about the graph as a whole.
    pub(super) coordinate: Option<(Name, Name)>,
    pub(super) message: String,
}

impl<'a> Walk<'a, '_> {
    /// Adds a finding, the first for each field.
    pub(super) fn find(&mut self, code: ErrorCode, (ty, field): (&Name, &Name), message: String) {
        if self.found.insert((ty.clone(), field.clone())) {
            self.findings.push(Finding { code, coordinate: Some((ty.clone(), field.clone())), message });
        }
    }

    /// No place that can be reached resolves the field.
    pub(super) fn find_unresolved(&mut self, index: usize, field: &Name, closed: &[Position<'a>]) {
        let ty = &self.states[index].ty.name;
        let operation = explain::operation(&self.path(index), field.as_str());
        let reasons = explain::reasons(self.world, self.reach, (ty, field), closed);
        self.find(
            ErrorCode::SatisfiabilityError,
            (ty, field),
            format!("the operation {operation} cannot be answered: {}", reasons.join("; ")),
        );
    }

    /// The field gives an interface object, and nothing tells its type.
    pub(super) fn find_untyped(&mut self, index: usize, field: &Name, implementation: &Name) {
        let inner = format!("{field} {{ ... on {implementation} {{ __typename }} }}");
        let operation = explain::operation(&self.path(index), &inner);
        self.find(
            ErrorCode::SatisfiabilityError,
            (&self.states[index].ty.name, field),
            format!(
                "the operation {operation} cannot be answered: the field gives an interface object, and no subgraph that \
                 knows its implementations can be reached by a @key of the interface"
            ),
        );
    }

    /// The subgraphs that share the field can never give the same object.
    pub(super) fn find_runtime_types(&mut self, index: usize, field: &Name, step: &Step<'a>) {
        let ty = &self.states[index].ty.name;
        let operation = explain::operation(&self.path(index), &format!("{field} {{ __typename }}"));
        let possible = explain::runtime_types(self.world, step);
        self.find(
            ErrorCode::ShareableHasMismatchedRuntimeTypes,
            (ty, field),
            format!(
                "the operation {operation} has several answers: the shared field \"{ty}.{field}\" can be {possible}; a \
                 shared field must be able to give the same answer everywhere"
            ),
        );
    }

    /// The steps from the root to a state: its field, and the type it was narrowed to.
    fn path(&self, index: usize) -> Vec<explain::PathStep<'a>> {
        let mut path = Vec::new();
        let mut at = index;
        while let Some((from, field, is_abstract)) = self.states[at].from {
            let on = is_abstract.then_some(&self.states[at].ty.name);
            path.push(explain::PathStep { field, on });
            at = from;
        }
        path.reverse();
        let root = &self.states[at].ty.name;
        path.insert(0, explain::PathStep { field: root, on: None });
        path
    }
}
