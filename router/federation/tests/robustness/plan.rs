//! Any operation against fixed supergraphs: limits, parser and validation as in the router's `parse`, then the plan.

use apollo_compiler::{ExecutableDocument, Name, parser::Parser, request::coerce_variable_values, validation::Valid};
use federation::{
    Supergraph,
    plan::{Limits, PlanError, PlanOptions, Planner, limits, nodes::PlanNode},
};
use serde_json::{Map, Value};

use crate::{
    Input, Target, corpus,
    mutate::{alias_block, bytes, mutate, soup},
    operations::{Dice, draw},
};

/// What the router takes as an operation's text.
const MAX_BYTES: usize = 256 << 10;
const QUERY: &str = "query.graphql";
const VARIABLES: &str = "variables.json";

/// A supergraph, ready to plan on, and queries that it answers.
struct Scene {
    name: String,
    supergraph: Supergraph,
    planner: Planner,
    queries: Vec<String>,
}

/// Operations of any text.
pub struct Operations {
    scenes: Vec<Scene>,
}

impl Operations {
    pub fn read() -> Self {
        let scene = |planned: corpus::Planned| {
            let supergraph = Supergraph::parse(&planned.supergraph).unwrap();
            let planner = Planner::new(&supergraph).unwrap();
            Scene { name: planned.name, supergraph, planner, queries: planned.queries }
        };
        Self { scenes: corpus::planned().into_iter().map(scene).collect() }
    }
}

impl Scene {
    fn query(&self, dice: &mut Dice) -> &str {
        &self.queries[dice.below(self.queries.len())]
    }

    /// The text of an operation, and variables for it.
    fn operation(&self, seed: u64, dice: &mut Dice) -> (String, Map<String, Value>) {
        match dice.below(16) {
            0 => (bytes(dice), Map::new()),
            1 => (soup(self.query(dice), dice), Map::new()),
            2..=5 => (mutate(self.query(dice), self.query(dice), dice), Map::new()),
            kind => {
                let mut drawn = draw(&self.supergraph.api_schema, seed);
                match kind {
                    6..=9 => drawn.text = mutate(&drawn.text, self.query(dice), dice),
                    10..=12 => drawn.text = (0..3).fold(drawn.text, |text, _| alias_block(&text, dice)),
                    _ => {}
                }
                (drawn.text, drawn.variables)
            }
        }
    }

    /// What the router does before it plans; None: refused.
    fn parse(&self, text: &str) -> Option<Valid<ExecutableDocument>> {
        let limits = Limits::default();
        if text.len() > MAX_BYTES {
            return None;
        }
        limits::check_text(text, &limits).ok()?;
        let ast = Parser::new()
            .recursion_limit(limits.max_depth * 4)
            .token_limit(limits.max_tokens + 1)
            .parse_ast(text, QUERY)
            .ok()?;
        limits::check_document(&ast, None, &limits).ok()?;
        ast.to_executable_validate(&self.supergraph.api_schema).ok()
    }

    /// False: the operation asks for more than it may.
    fn plan(&self, document: &Valid<ExecutableDocument>, name: Option<&str>) -> Result<bool, String> {
        let plan = match self.planner.plan(document, name, &PlanOptions::default()) {
            Ok(plan) => plan,
            Err(fault @ (PlanError::Unreachable { .. } | PlanError::UnknownType(_))) => {
                return Err(format!("a valid operation on {} has no plan: {fault}", self.name));
            }
            Err(_) => return Ok(false),
        };
        // `souk plan` prints it.
        drop(plan.to_string());
        plan.root.iter().try_for_each(is_graphql)?;
        Ok(true)
    }
}

/// Whether subgraphs are sent what they can parse.
fn is_graphql(node: &PlanNode) -> Result<(), String> {
    match node {
        PlanNode::Fetch(fetch) => Parser::new()
            .parse_ast(&*fetch.operation, "fetch")
            .map(drop)
            .map_err(|failure| format!("a subgraph is sent {}: {}", fetch.operation, failure.errors)),
        PlanNode::Sequence { nodes } | PlanNode::Parallel { nodes } => nodes.iter().try_for_each(is_graphql),
        PlanNode::Flatten { node, .. } => is_graphql(node),
        PlanNode::Condition { if_true, if_false, .. } => {
            [if_true, if_false].into_iter().flatten().try_for_each(|side| is_graphql(side))
        }
        PlanNode::Subscription { primary, rest } => {
            is_graphql(&PlanNode::Fetch(primary.clone()))?;
            rest.iter().try_for_each(|rest| is_graphql(rest))
        }
    }
}

impl Target for Operations {
    fn input(&self, seed: u64) -> Input {
        let mut dice = Dice::new(seed ^ 0x706c_616e);
        let scene = dice.below(self.scenes.len());
        let (text, variables) = self.scenes[scene].operation(seed, &mut dice);
        Input {
            scene,
            files: vec![(QUERY.to_owned(), text), (VARIABLES.to_owned(), Value::Object(variables).to_string())],
        }
    }

    fn answer(&self, input: &Input) -> Result<bool, String> {
        let scene = &self.scenes[input.scene];
        let Some(document) = scene.parse(&input.files[0].1) else { return Ok(false) };
        let variables = serde_json::from_str(&input.files[1].1).unwrap();
        let mut planned = true;
        for operation in document.operations.iter() {
            // Values that do not fit are refused; the plan is made without them.
            let _fitting = coerce_variable_values(&scene.supergraph.api_schema, operation, &variables);
            planned &= scene.plan(&document, operation.name.as_ref().map(Name::as_str))?;
        }
        Ok(planned)
    }
}
