//! What `souk compose` and `souk plan` do: files in, text out. The binary prints and chooses the exit status.

use std::path::Path;

use apollo_compiler::{request::coerce_variable_values, response::JsonMap};
use federation::{
    CompositionError, Supergraph,
    compose::compose,
    plan::{PlanOptions, Planner},
};
use serde::Serialize;

use crate::{
    parse::read,
    subgraphs::build_client,
    supergraph::files::{FileFault, read_subgraphs},
};

/// How long `introspect: true` may take to connect.
const CONNECT: std::time::Duration = std::time::Duration::from_secs(5);

/// Why a command has no result.
#[derive(Debug, thiserror::Error)]
pub enum CommandFault {
    #[error(transparent)]
    Files(#[from] FileFault),
    #[error("{0}")]
    Input(String),
}

/// `souk compose --subgraphs FILE`: the supergraph's SDL, or every reason why there is none.
///
/// # Errors
/// [`CommandFault`] when the files cannot be read.
pub async fn compose_command(subgraphs: &Path) -> Result<Result<String, Vec<CompositionError>>, CommandFault> {
    let subgraphs = read_subgraphs(subgraphs, &build_client(CONNECT)).await?;
    Ok(compose(&subgraphs).map(|supergraph| supergraph.sdl))
}

/// `{"errors":[{"code","message","subgraph","line","column"}]}`
pub fn composition_errors_json(errors: &[CompositionError]) -> String {
    #[derive(Serialize)]
    struct Errors<'a> {
        errors: &'a [CompositionError],
    }
    // Codes, strings and numbers always serialize.
    serde_json::to_string_pretty(&Errors { errors }).unwrap_or_default()
}

/// What `souk plan` is given, as texts.
#[derive(Debug, Clone, Default)]
pub struct PlanInput {
    pub supergraph_sdl: String,
    pub query: String,
    pub operation_name: Option<String>,
    /// A JSON object; checked against the operation.
    pub variables: Option<String>,
    /// The plan as JSON and not as text.
    pub json: bool,
}

/// `souk plan`: the plan as text, or as JSON. The query is held to the limits of a router that has no others set.
///
/// # Errors
/// [`CommandFault::Input`] names what is wrong with the supergraph, the query or the variables.
pub fn plan_command(input: &PlanInput) -> Result<String, CommandFault> {
    let fault = |what: &str, reason: String| CommandFault::Input(format!("{what}: {reason}"));
    let supergraph =
        Supergraph::parse(&input.supergraph_sdl).map_err(|error| fault("the supergraph", error.to_string()))?;
    let planner = Planner::new(&supergraph).map_err(|error| fault("the supergraph", error.to_string()))?;
    let options = PlanOptions::default();
    let ast = read(&input.query, &options.limits).map_err(|unreadable| fault("the query", unreadable.to_string()))?;
    let document = ast
        .to_executable_validate(planner.api_schema())
        .map_err(|failure| fault("the query", failure.errors.to_string()))?;
    let name = input.operation_name.as_deref();
    if let Some(variables) = &input.variables {
        let values: JsonMap =
            serde_json::from_str(variables).map_err(|error| fault("the variables", error.to_string()))?;
        let operation =
            document.operations.get(name).map_err(|error| fault("the query", error.message().to_string()))?;
        coerce_variable_values(planner.api_schema(), operation, &values)
            .map_err(|error| fault("the variables", error.message().to_string()))?;
    }
    let plan = planner.plan(&document, name, &options).map_err(|error| fault("the query", error.to_string()))?;
    if input.json {
        return serde_json::to_string_pretty(&plan).map_err(|error| fault("the plan", error.to_string()));
    }
    Ok(plan.to_string())
}
