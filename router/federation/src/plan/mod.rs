//! Planning: one client operation into requests to subgraphs.
//!
//! ```text
//! text ─limits─> document ─normalise─> tree of concrete fields
//!   ─paths─> a visit for every leaf ─fetches─> requests with inputs and selections, merged
//!   ─steps─> written down ─assemble─> PlanNode (sequence, parallel, conditions)     tree ─projection─> Projection
//! ```
//!
//! A plan does not depend on variable values, so it is cached by operation text. Nothing here runs, waits or
//! reads a clock: time is bounded by a budget of steps, and a flag cancels from outside.

mod alike;
mod assemble;
pub mod budget;
pub mod error;
mod fetches;
pub mod graph;
pub mod limits;
pub mod nodes;
pub mod normalise;
pub mod paths;
mod print;
mod projection;
mod steps;

use std::{
    collections::BTreeSet,
    sync::{Arc, atomic::AtomicBool},
};

use apollo_compiler::{ExecutableDocument, Schema, ast::OperationType, validation::Valid};

use crate::supergraph::Supergraph;
pub use budget::Budget;
pub use error::PlanError;
use graph::Graph;
pub use limits::{LimitError, Limits};
pub use nodes::{OperationKind, Plan};
use paths::Scene;

/// Makes plans for one supergraph. Built once, shared by all requests.
#[derive(Debug)]
pub struct Planner {
    graph: Graph,
    api: Valid<Schema>,
}

/// How one operation is to be planned.
#[derive(Debug, Clone)]
pub struct PlanOptions {
    pub limits: Limits,
    /// Progressive override labels that are on for this request.
    pub override_labels: BTreeSet<Arc<str>>,
    /// Units of search before the planner gives up. Default 500,000: an operation at the limit of selections takes about a fifth of it.
    pub max_steps: u64,
    /// Demands that may be reconsidered in search of a cheaper plan than the greedy one. Default 2,000.
    pub improvement_steps: u64,
    /// Set from outside to stop.
    pub cancel: Option<Arc<AtomicBool>>,
}

impl Default for PlanOptions {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            override_labels: BTreeSet::new(),
            max_steps: 500_000,
            improvement_steps: 2_000,
            cancel: None,
        }
    }
}

/// Plans one operation. Whoever plans more than one builds a [`Planner`].
///
/// # Errors
/// See [`Planner::plan`].
pub fn plan(
    supergraph: &Supergraph,
    document: &Valid<ExecutableDocument>,
    operation_name: Option<&str>,
    options: &PlanOptions,
) -> Result<Plan, PlanError> {
    Planner::new(supergraph)?.plan(document, operation_name, options)
}

impl Planner {
    /// # Errors
    /// When the supergraph names a type that it does not have.
    pub fn new(supergraph: &Supergraph) -> Result<Self, PlanError> {
        Ok(Self { graph: Graph::build(supergraph)?, api: supergraph.api_schema.clone() })
    }

    /// The schema that operations are validated against.
    pub fn api_schema(&self) -> &Valid<Schema> {
        &self.api
    }

    /// Plans one operation of a document that is valid against the API schema.
    ///
    /// # Errors
    /// When the operation is not in the document, asks for more than the limits or the budget allow, uses a
    /// directive that is not supported, or (a fault of the supergraph) asks for a field that cannot be reached.
    pub fn plan(
        &self,
        document: &Valid<ExecutableDocument>,
        operation_name: Option<&str>,
        options: &PlanOptions,
    ) -> Result<Plan, PlanError> {
        let operation = document
            .operations
            .get(operation_name)
            .map_err(|error| PlanError::UnknownOperation(error.message().to_string()))?;
        let mut budget = Budget::new(options.max_steps, options.cancel.clone());
        let input =
            normalise::Input { graph: &self.graph, api: &self.api, document, operation, limits: &options.limits };
        let kind = match operation.operation_type {
            OperationType::Query => OperationKind::Query,
            OperationType::Mutation => OperationKind::Mutation,
            OperationType::Subscription => OperationKind::Subscription,
        };
        let mut tree = normalise::normalise(&input, &mut budget)?;
        let scene = Scene {
            graph: &self.graph,
            kind,
            labels: &options.override_labels,
            improvement_steps: options.improvement_steps,
        };
        let chosen = paths::choose(&scene, &mut tree, &mut budget)?;
        let fetches = fetches::build(&scene, &tree, &chosen);
        let projection = projection::project(&self.graph, &tree, &fetches);
        let steps = steps::write(&fetches, &fetches::Printer::new(&scene, &tree, operation));
        let root = assemble::assemble(kind, &steps);
        Ok(Plan { kind, root, projection })
    }
}
