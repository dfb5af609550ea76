//! The oracle: is a plan right? It runs the plan over in-memory subgraphs and the operation over a monolith,
//! both over one imagined data set, and wants equal answers.
//!
//! Nothing is stored: `world` derives every value from the names around it, so any supergraph has data.
//! `subgraphs` derives each subgraph's schema from the join metadata; every request of a plan must be valid
//! against it. `engine` is one small GraphQL executor: for the monolith, and (refusing what a subgraph does not
//! resolve) for the subgraphs. `interpret` runs plans, `project` writes the answer.

mod answer;
mod engine;
mod interpret;
pub mod operations;
mod project;
mod subgraphs;
mod world;

use std::{collections::BTreeSet, sync::Arc};

use apollo_compiler::{ExecutableDocument, request::coerce_variable_values, validation::Valid};
use federation::{Supergraph, plan::Plan};
use serde_json::{Map, Value};

pub use answer::Answer;
use engine::Engine;
use interpret::Interpreter;
use subgraphs::Subgraphs;
use world::World;

/// What both sides said.
pub struct Verdict {
    pub expected: Answer,
    pub actual: Answer,
    /// What subgraphs were wrongly asked for.
    pub faults: Vec<String>,
}

/// What was planned.
pub struct Question<'q> {
    pub supergraph: &'q Supergraph,
    /// Progressive overrides that are on.
    pub labels: &'q BTreeSet<Arc<str>>,
    pub document: &'q Valid<ExecutableDocument>,
    pub operation: Option<&'q str>,
    pub plan: &'q Plan,
}

/// Runs the plan and the operation it was made from.
pub fn judge(question: &Question<'_>, variables: &Map<String, Value>) -> Verdict {
    let Question { supergraph, labels, document, operation, plan } = *question;
    let chosen = document.operations.get(operation).expect("the operation was planned");
    let given = serde_json::from_value(Value::Object(variables.clone())).expect("variables are a JSON object");
    let coerced = coerce_variable_values(&supergraph.api_schema, chosen, &given).expect("variables fit their types");
    let coerced = match serde_json::to_value(&*coerced).expect("variables are JSON") {
        Value::Object(map) => map,
        _ => Map::new(),
    };
    let world = World::new(supergraph, labels);
    let expected = Engine::monolith(&world, document, &coerced).execute(chosen);
    world.reset();
    let subgraphs = Subgraphs::derive(supergraph);
    let mut interpreter = Interpreter::new(&world, &subgraphs, &coerced);
    let merged = interpreter.run(plan);
    let faults = interpreter.faults;
    let actual = project::project(&plan.projection, &merged, &coerced);
    Verdict { expected, actual, faults }
}
