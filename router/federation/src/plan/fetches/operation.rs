//! Writes a draft down as the operation that is sent.

use std::{fmt::Write as _, sync::Arc};

use apollo_compiler::executable::Operation;
use indexmap::IndexSet;

use super::{Draft, DraftKind, Fetches, selection::Writer};
use crate::plan::{
    graph::TypeId,
    nodes::{FetchNode, OperationKind, representations_variable},
    normalise::Tree,
    paths::{Scene, VisitId},
};

/// Turns drafts into fetch nodes.
pub struct Printer<'p> {
    scene: &'p Scene<'p>,
    tree: &'p Tree,
    operation: &'p Operation,
}

impl<'p> Printer<'p> {
    pub fn new(scene: &'p Scene<'p>, tree: &'p Tree, operation: &'p Operation) -> Self {
        Self { scene, tree, operation }
    }

    pub fn scene(&self) -> &Scene<'p> {
        self.scene
    }

    /// The fetch with id 0; the caller numbers them in print order.
    pub fn fetch(&self, fetches: &Fetches<'_>, draft: &Draft) -> FetchNode {
        let mut writer = Writer {
            scene: self.scene,
            tree: self.tree,
            state: fetches.state,
            needed: &fetches.needed,
            subgraph: draft.subgraph,
            known: &draft.conditions,
            variables: IndexSet::new(),
        };
        let by_type = starts_by_type(fetches, draft);
        let body = match draft.kind {
            DraftKind::Entities => {
                let blocks: Vec<String> = by_type
                    .iter()
                    .map(|(local, visits)| {
                        let name = &self.scene.graph[*local].name;
                        format!("...on {name}{{{}}}", writer.selection(visits, *local))
                    })
                    .collect();
                let representations = representations_variable(&writer.variables);
                format!("_entities(representations:${representations}){{{}}}", blocks.join(" "))
            }
            DraftKind::Root | DraftKind::Query => {
                let blocks: Vec<String> =
                    by_type.iter().map(|(local, visits)| writer.selection(visits, *local)).collect();
                blocks.join(" ")
            }
        };
        let kind = if draft.kind == DraftKind::Root { self.scene.kind } else { OperationKind::Query };
        let variables: Vec<Arc<str>> = writer.variables.into_iter().collect();
        FetchNode {
            id: 0,
            subgraph: self.scene.graph.subgraphs[draft.subgraph.0 as usize].clone(),
            kind,
            operation: format!("{}{{{body}}}", self.header(draft.kind, kind, &variables)).into(),
            variables,
            entities: (draft.kind == DraftKind::Entities).then(|| draft.representations.clone()),
        }
    }

    fn header(&self, draft: DraftKind, kind: OperationKind, variables: &[Arc<str>]) -> String {
        let keyword = match kind {
            OperationKind::Query => "query",
            OperationKind::Mutation => "mutation",
            OperationKind::Subscription => "subscription",
        };
        let mut declared: Vec<String> = Vec::new();
        if draft == DraftKind::Entities {
            declared.push(format!("${}:[_Any!]!", representations_variable(variables)));
        }
        for definition in &self.operation.variables {
            if variables.iter().any(|name| **name == *definition.name) {
                let mut text = format!("${}:{}", definition.name, definition.ty);
                if let Some(default) = &definition.default_value {
                    write!(text, "={}", default.serialize().no_indent()).expect("a String takes every write");
                }
                declared.push(text);
            }
        }
        if declared.is_empty() { keyword.to_owned() } else { format!("{keyword}({})", declared.join(",")) }
    }
}

/// Visits that start with the same type share one fragment.
fn starts_by_type(fetches: &Fetches<'_>, draft: &Draft) -> Vec<(TypeId, Vec<VisitId>)> {
    let mut found: Vec<(TypeId, Vec<VisitId>)> = Vec::new();
    for start in &draft.starts {
        let local = fetches.state.visit(*start).local;
        match found.iter_mut().find(|(known, _)| *known == local) {
            Some((_, visits)) => visits.push(*start),
            None => found.push((local, vec![*start])),
        }
    }
    found
}
