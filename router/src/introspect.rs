//! `__schema` and `__type`: answered here, from the schema that clients see.

use apollo_compiler::{introspection, response::JsonMap, validation::Valid};
use bytes::Bytes;

use crate::{
    errors::{Code, GraphqlError, Location},
    parse::Document,
    request::Refusal,
    supergraph::Core,
};

/// The introspection part of the answer as a JSON object, None when the operation has none.
///
/// # Errors
/// When introspection is switched off or asks for too much.
pub(crate) fn introspect(
    core: &Core,
    document: &Document,
    operation: Option<&str>,
    (variables, is_allowed): (&Valid<JsonMap>, bool),
) -> Result<Option<Bytes>, Refusal> {
    let operation = document.operation(operation)?;
    let mut roots = operation.root_fields(&document.executable);
    if !operation.is_query() || !roots.any(|field| matches!(field.name.as_str(), "__schema" | "__type")) {
        return Ok(None);
    }
    if !is_allowed {
        let error = GraphqlError::new(Code::Forbidden, "introspection is switched off on this server");
        return Err(Refusal::bad_request(error));
    }
    let refused = |error: apollo_compiler::request::RequestError| {
        let told = error.to_graphql_error(&document.executable.sources);
        let mut refusal = GraphqlError::new(Code::LimitExceeded, told.message);
        refusal.locations = told.locations.iter().map(|at| Location { line: at.line, column: at.column }).collect();
        Refusal::bad_request(refusal)
    };
    introspection::check_max_depth(&document.executable, operation).map_err(refused)?;
    let answer =
        introspection::partial_execute(core.schema(), &core.implementers, &document.executable, operation, variables)
            .map_err(refused)?;
    Ok(answer.data.and_then(|data| serde_json::to_vec(&data).ok()).map(Bytes::from))
}
