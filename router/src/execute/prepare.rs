//! Gets a plan ready to run many times: what does not depend on a request is worked out once and cached.

use std::{collections::HashSet, sync::Arc};

use apollo_compiler::ast::{Definition, Document, Selection};
use federation::plan::nodes::{FetchNode, OperationKind, Plan, PlanNode, Representation, representations_variable};

use super::shape::Shape;

/// A plan with its request bodies half written and its projection compiled.
#[derive(Debug)]
pub struct PreparedPlan {
    pub kind: OperationKind,
    pub root: Option<PlanNode>,
    pub(crate) shape: Shape,
    /// By fetch id.
    fetches: Vec<Option<PreparedFetch>>,
}

#[derive(Debug)]
pub(crate) struct PreparedFetch {
    pub(crate) id: usize,
    pub(crate) subgraph: Arc<str>,
    pub(crate) kind: OperationKind,
    pub(crate) operation: Arc<str>,
    /// `{"query":"...","variables":{`
    pub(crate) body_start: Vec<u8>,
    pub(crate) variables: Vec<Arc<str>>,
    /// What the operation calls its representations.
    pub(crate) representations: String,
    pub(crate) entities: Option<Vec<Representation>>,
    /// The keys that it brings to the objects it is for.
    pub(crate) keys: HashSet<String>,
    /// SDL hashes of the instances that can answer it; None when any instance can.
    pub(crate) answered_by: Option<Vec<Arc<str>>>,
}

/// Tells which instances of a subgraph can answer an operation, as SDL hashes.
pub(crate) type AnsweredBy<'a> = &'a dyn Fn(&str, &Document) -> Option<Vec<Arc<str>>>;

impl PreparedPlan {
    pub(crate) fn new(plan: Plan, shape: Shape, answered_by: AnsweredBy<'_>) -> Self {
        let mut fetches = Vec::new();
        if let Some(root) = &plan.root {
            collect(root, answered_by, &mut fetches);
        }
        Self { kind: plan.kind, root: plan.root, shape, fetches }
    }

    /// None for a fetch of another plan.
    pub(crate) fn fetch(&self, id: usize) -> Option<&PreparedFetch> {
        self.fetches.get(id).and_then(Option::as_ref)
    }
}

fn collect(node: &PlanNode, answered_by: AnsweredBy<'_>, fetches: &mut Vec<Option<PreparedFetch>>) {
    match node {
        PlanNode::Fetch(fetch) => add(fetch, answered_by, fetches),
        PlanNode::Sequence { nodes } | PlanNode::Parallel { nodes } => {
            for node in nodes {
                collect(node, answered_by, fetches);
            }
        }
        PlanNode::Flatten { node, .. } => collect(node, answered_by, fetches),
        PlanNode::Condition { if_true, if_false, .. } => {
            for side in [if_true, if_false].into_iter().flatten() {
                collect(side, answered_by, fetches);
            }
        }
        PlanNode::Subscription { primary, rest } => {
            add(primary, answered_by, fetches);
            if let Some(rest) = rest {
                collect(rest, answered_by, fetches);
            }
        }
    }
}

fn add(fetch: &FetchNode, answered_by: AnsweredBy<'_>, fetches: &mut Vec<Option<PreparedFetch>>) {
    let document = match Document::parse(&*fetch.operation, "fetch.graphql") {
        Ok(document) => document,
        // The planner printed it; should it be wrong, the subgraph says so.
        Err(partial) => partial.partial,
    };
    let mut body_start = b"{\"query\":".to_vec();
    // Strings always serialize.
    body_start.extend(serde_json::to_vec(&*fetch.operation).unwrap_or_default());
    body_start.extend_from_slice(b",\"variables\":{");
    let prepared = PreparedFetch {
        id: fetch.id,
        subgraph: Arc::clone(&fetch.subgraph),
        kind: fetch.kind,
        operation: Arc::clone(&fetch.operation),
        body_start,
        variables: fetch.variables.clone(),
        representations: representations_variable(&fetch.variables),
        entities: fetch.entities.clone(),
        keys: top_keys(&document, fetch.entities.is_some()),
        answered_by: answered_by(&fetch.subgraph, &document),
    };
    if fetches.len() <= fetch.id {
        fetches.resize_with(fetch.id + 1, || None);
    }
    fetches[fetch.id] = Some(prepared);
}

fn top_keys(document: &Document, entities: bool) -> HashSet<String> {
    let mut keys = HashSet::new();
    for definition in &document.definitions {
        let Definition::OperationDefinition(operation) = definition else { continue };
        if entities {
            for selection in &operation.selection_set {
                if let Selection::Field(field) = selection {
                    add_keys(&field.selection_set, document, &mut keys);
                }
            }
        } else {
            add_keys(&operation.selection_set, document, &mut keys);
        }
    }
    keys
}

fn add_keys(selections: &[Selection], document: &Document, keys: &mut HashSet<String>) {
    for selection in selections {
        match selection {
            Selection::Field(field) => {
                keys.insert(field.response_name().to_string());
            }
            Selection::InlineFragment(inline) => add_keys(&inline.selection_set, document, keys),
            Selection::FragmentSpread(spread) => {
                let fragment = document.definitions.iter().find_map(|definition| match definition {
                    Definition::FragmentDefinition(fragment) if fragment.name == spread.fragment_name => Some(fragment),
                    _ => None,
                });
                if let Some(fragment) = fragment {
                    add_keys(&fragment.selection_set, document, keys);
                }
            }
        }
    }
}
