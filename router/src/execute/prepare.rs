//! Gets a plan ready to run many times: what does not depend on a request is worked out once and cached.

use std::{collections::HashSet, sync::Arc};

use apollo_compiler::ast::{Definition, Document, Selection};
use federation::plan::nodes::{FetchNode, OperationKind, Plan, PlanNode, representations_variable};

use super::{keys::KeyTable, representations::Recipe, room::Room, shape::Shape};

/// A plan with its request bodies half written and its projection compiled.
#[derive(Debug)]
pub struct PreparedPlan {
    pub kind: OperationKind,
    pub root: Option<PlanNode>,
    pub(crate) shape: Shape,
    /// The keys of the merged data that the plan knows of.
    pub(crate) keys: Arc<KeyTable>,
    /// By fetch id.
    fetches: Vec<Option<PreparedFetch>>,
    pub(super) room: Room,
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
    pub(crate) entities: Option<Vec<Recipe>>,
    /// The keys that it brings to the objects it is for.
    pub(crate) keys: HashSet<String>,
    /// SDL hashes of the instances that can answer it; None when any instance can.
    pub(crate) answered_by: Option<Vec<Arc<str>>>,
}

/// Tells which instances of a subgraph can answer an operation, as SDL hashes.
pub(crate) type AnsweredBy<'a> = &'a dyn Fn(&str, &Document) -> Option<Vec<Arc<str>>>;

impl PreparedPlan {
    pub(crate) fn new(plan: Plan, mut shape: Shape, answered_by: AnsweredBy<'_>) -> Self {
        let mut preparing = Preparing { answered_by, keys: std::mem::take(&mut shape.keys), fetches: Vec::new() };
        if let Some(root) = &plan.root {
            preparing.node(root);
        }
        let Preparing { keys, fetches, .. } = preparing;
        Self { kind: plan.kind, root: plan.root, shape, keys: Arc::new(keys), fetches, room: Room::default() }
    }

    pub(crate) fn fetch_count(&self) -> usize {
        self.fetches.iter().flatten().count()
    }

    /// None for a fetch of another plan.
    pub(crate) fn fetch(&self, id: usize) -> Option<&PreparedFetch> {
        self.fetches.get(id).and_then(Option::as_ref)
    }
}

/// A plan on its way to being ready.
struct Preparing<'a> {
    answered_by: AnsweredBy<'a>,
    keys: KeyTable,
    fetches: Vec<Option<PreparedFetch>>,
}

impl Preparing<'_> {
    fn node(&mut self, node: &PlanNode) {
        match node {
            PlanNode::Fetch(fetch) => self.fetch(fetch),
            PlanNode::Sequence { nodes } | PlanNode::Parallel { nodes } => {
                for node in nodes {
                    self.node(node);
                }
            }
            PlanNode::Flatten { node, .. } => self.node(node),
            PlanNode::Condition { if_true, if_false, .. } => {
                for side in [if_true, if_false].into_iter().flatten() {
                    self.node(side);
                }
            }
            PlanNode::Subscription { primary, rest } => {
                self.fetch(primary);
                if let Some(rest) = rest {
                    self.node(rest);
                }
            }
        }
    }

    fn fetch(&mut self, fetch: &FetchNode) {
        let document = match Document::parse(&*fetch.operation, "fetch.graphql") {
            Ok(document) => document,
            // The planner printed it; should it be wrong, the subgraph says so.
            Err(partial) => partial.partial,
        };
        let mut body_start = b"{\"query\":".to_vec();
        // Strings always serialize.
        body_start.extend(serde_json::to_vec(&*fetch.operation).unwrap_or_default());
        body_start.extend_from_slice(b",\"variables\":{");
        let recipe = |representation| Recipe::compile(representation, &mut self.keys);
        let prepared = PreparedFetch {
            id: fetch.id,
            subgraph: Arc::clone(&fetch.subgraph),
            kind: fetch.kind,
            operation: Arc::clone(&fetch.operation),
            body_start,
            variables: fetch.variables.clone(),
            representations: representations_variable(&fetch.variables),
            entities: fetch.entities.as_ref().map(|entities| entities.iter().map(recipe).collect()),
            keys: top_keys(&document, fetch.entities.is_some()),
            answered_by: (self.answered_by)(&fetch.subgraph, &document),
        };
        if self.fetches.len() <= fetch.id {
            self.fetches.resize_with(fetch.id + 1, || None);
        }
        self.fetches[fetch.id] = Some(prepared);
    }
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
