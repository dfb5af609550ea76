//! Mutation fields that several subgraphs share: one of them alone must be able to answer, since calling the field
//! in two subgraphs would change things twice.

use apollo_compiler::Name;

use super::{
    State, Walk,
    findings::Finding,
    labels::Labels,
    positions::{Position, Step},
};
use crate::{compose::error::ErrorCode, supergraph::FieldModel};

impl<'a> Walk<'a, '_> {
    /// Goes on from the mutation root, for each subgraph of the field alone; a subgraph from which everything can be
    /// answered is enough.
    pub(super) fn take_once(
        &mut self,
        root: usize,
        field: &'a FieldModel,
        closed: &[Position<'a>],
        labels: &Labels<'a>,
    ) {
        let ty = self.states[root].ty;
        let steps: Vec<(&Position<'a>, Step<'a>)> = closed
            .iter()
            .filter_map(|position| {
                let alone = std::slice::from_ref(position);
                Some((position, self.reach.step(self.world, &ty.name, alone, (&field.name, labels))?))
            })
            .collect();
        let mut faults: Vec<(String, Vec<Finding>)> = Vec::new();
        let is_shared = steps.len() > 1;
        for (position, step) in steps {
            if !is_shared {
                self.follow(root, &field.name, step, labels);
                return;
            }
            let found = self.walk_from(root, &field.name, step, labels);
            if found.is_empty() {
                return;
            }
            let graph = self.world.graph_name(self.world.node(position.node).graph);
            faults.push((graph.to_owned(), found));
        }
        self.find_unshareable(&field.name, &faults);
    }

    /// What cannot be answered after one field of one state.
    fn walk_from(&self, root: usize, field: &'a Name, step: Step<'a>, labels: &Labels<'a>) -> Vec<Finding> {
        let mut walk = Walk::new(self.world, self.reach);
        let start: State<'a> = self.states[root].clone();
        walk.states.push(start);
        walk.next = 1;
        walk.follow(0, field, step, labels);
        walk.run()
    }

    fn find_unshareable(&mut self, field: &Name, faults: &[(String, Vec<Finding>)]) {
        let list: Vec<String> = faults
            .iter()
            .filter_map(|(graph, found)| Some(format!("called in subgraph {graph:?}, {}", found.first()?.message)))
            .collect();
        self.find(
            ErrorCode::SatisfiabilityError,
            (&Name::new_static_unchecked("Mutation"), field),
            format!(
                "the mutation field {field:?} must be answered by calling one subgraph, and none of those that share it is \
                 enough: {}",
                list.join("; ")
            ),
        );
    }
}
