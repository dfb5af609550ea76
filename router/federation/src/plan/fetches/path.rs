//! The way from the root of the merged data to the objects that a request is for.

use std::sync::Arc;

use crate::plan::{
    graph::{Graph, TypeId},
    nodes::{PathSegment, Wrapper},
    normalise::{FieldId, PositionId, Tree},
    paths::Scene,
};

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Path {
    steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Step {
    /// Only from objects of these types; None: of any.
    types: Option<Vec<TypeId>>,
    key: Arc<str>,
    /// Nested lists behind the key.
    lists: usize,
}

impl Path {
    pub fn to(scene: &Scene<'_>, tree: &Tree, position: PositionId) -> Self {
        let mut steps = Vec::new();
        let mut at = position;
        while let Some(field) = tree[at].parent {
            let above = tree[field].position;
            let wrappers = tree.def(field).map(|def| scene.graph[def].wrappers.clone());
            steps.push(Step {
                // Where the client's selection does not depend on the type, nobody asked for the type.
                types: tree[above].discriminated.then(|| vec![tree.owner(field)]),
                key: tree[field].data_key.clone(),
                lists: wrappers.iter().flat_map(|all| all.iter()).filter(|one| **one == Wrapper::List).count(),
            });
            at = above;
        }
        steps.reverse();
        Self { steps }
    }

    /// The `__typename` that must be known at each step that looks at types; by step.
    pub fn gates(&self, tree: &Tree, position: PositionId) -> Vec<(usize, Option<FieldId>)> {
        let mut gates = Vec::new();
        let (mut at, mut step) = (position, self.steps.len());
        while let Some(field) = tree[at].parent {
            step -= 1;
            at = tree[field].position;
            if self.steps[step].types.is_some() {
                gates.push((step, tree[at].cases[tree[field].case].typename));
            }
        }
        gates
    }

    /// Stops looking at types at a step. More objects are then found than are needed, never fewer.
    pub fn open(&mut self, step: usize) {
        self.steps[step].types = None;
    }

    /// Whether both lead along the same keys, types apart.
    pub fn is_beside(&self, other: &Self) -> bool {
        self.steps.len() == other.steps.len()
            && self.steps.iter().zip(&other.steps).all(|(a, b)| a.key == b.key && a.lists == b.lists)
    }

    /// Widens the types so that the path leads to the objects of both.
    pub fn widen(&mut self, other: &Self) {
        for (own, others) in self.steps.iter_mut().zip(&other.steps) {
            own.types = match (own.types.take(), &others.types) {
                (Some(mut types), Some(more)) => {
                    types.extend(more);
                    types.sort_unstable();
                    types.dedup();
                    Some(types)
                }
                _ => None,
            };
        }
    }

    pub fn segments(&self, graph: &Graph) -> Vec<PathSegment> {
        let mut segments = Vec::new();
        for step in &self.steps {
            if let Some(types) = &step.types {
                segments.push(PathSegment::Types(types.iter().map(|ty| graph[*ty].name.clone()).collect()));
            }
            segments.push(PathSegment::Key(step.key.clone()));
            segments.extend((0..step.lists).map(|_| PathSegment::List));
        }
        segments
    }
}
