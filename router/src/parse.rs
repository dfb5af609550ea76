//! Stage 2 and 3, parse and validate: text into a document that is known to fit the schema, cached by its text.

use std::sync::Arc;

use apollo_compiler::{
    ExecutableDocument, ast,
    executable::Operation,
    parser::Parser,
    validation::{DiagnosticList, Valid},
};
use federation::plan::{LimitError, Limits, limits};

use crate::{
    authorize::{self, Requirement},
    config::ClientLimits,
    errors::{Code, GraphqlError, Location},
    request::{Refusal, Request},
    supergraph::Graph,
};

/// Nobody mends more at a time, and a long list costs us to print.
const ERROR_LIMIT: usize = 20;

/// A valid document and what was worked out of it.
#[derive(Debug)]
pub struct Document {
    pub text: Arc<str>,
    pub executable: Valid<ExecutableDocument>,
    /// What its fields ask of the caller, each different requirement once.
    pub(crate) requirements: Vec<Requirement>,
}

impl Document {
    /// # Errors
    /// A request error when the document has no such operation.
    pub fn operation(&self, name: Option<&str>) -> Result<&Operation, Refusal> {
        self.executable
            .operations
            .get(name)
            .map(|operation| &**operation)
            .map_err(|error| Refusal::bad_request(GraphqlError::new(Code::BadUserInput, error.message().to_string())))
    }
}

/// Parses and validates a request's text, or finds it in the cache.
///
/// # Errors
/// Request errors: limits, syntax, validation.
pub(crate) fn document(graph: &Graph, limits: &ClientLimits, request: &Request) -> Result<Arc<Document>, Refusal> {
    let text = &request.query;
    if let Some(known) = graph.documents.get(text) {
        return Ok(known);
    }
    if text.len() > limits.query_bytes {
        let message = format!("the query is longer than {} bytes", limits.query_bytes);
        return Err(Refusal::bad_request(GraphqlError::new(Code::LimitExceeded, message)));
    }
    let document = Arc::new(parse(graph, limits, text)?);
    graph.documents.insert(Arc::clone(text), Arc::clone(&document));
    Ok(document)
}

/// Why a text is no document.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unreadable {
    #[error(transparent)]
    OverLimit(LimitError),
    #[error("{0}")]
    Syntax(DiagnosticList),
}

/// Text into a document that is within the limits and not yet held against a schema.
pub(crate) fn read(text: &str, limits: &Limits) -> Result<ast::Document, Unreadable> {
    limits::check_text(text, limits).map_err(Unreadable::OverLimit)?;
    let ast = Parser::new()
        .recursion_limit(limits.max_depth.saturating_mul(4))
        .token_limit(limits.max_tokens.saturating_add(1))
        .parse_ast(text, "query.graphql")
        .map_err(|failure| Unreadable::Syntax(failure.errors))?;
    limits::check_document(&ast, None, limits).map_err(Unreadable::OverLimit)?;
    Ok(ast)
}

fn parse(graph: &Graph, limits: &ClientLimits, text: &Arc<str>) -> Result<Document, Refusal> {
    let ast = read(text, &limits.operation).map_err(|fault| match fault {
        Unreadable::OverLimit(error) => over(&error),
        Unreadable::Syntax(errors) => refused(Code::ParseFailed, &errors),
    })?;
    let executable = ast
        .to_executable_validate(graph.core.schema())
        .map_err(|failure| refused(Code::ValidationFailed, &failure.errors))?;
    if executable.operations.is_empty() {
        let error = GraphqlError::new(Code::ParseFailed, "the document has no operation");
        return Err(Refusal::bad_request(error));
    }
    let requirements = authorize::requirements(&graph.core, &executable);
    Ok(Document { text: Arc::clone(text), executable, requirements })
}

pub(crate) fn over(error: &LimitError) -> Refusal {
    let code = match error {
        // Validation would say the same, and later.
        LimitError::Cycle { .. } => Code::ValidationFailed,
        _ => Code::LimitExceeded,
    };
    Refusal::bad_request(GraphqlError::new(code, error.to_string()))
}

fn refused(code: Code, errors: &DiagnosticList) -> Refusal {
    let errors = errors.iter().take(ERROR_LIMIT).map(|diagnostic| {
        let told = diagnostic.error.unstable_compat_message();
        let plain = diagnostic.to_json();
        let mut error = GraphqlError::new(code, told.unwrap_or(plain.message));
        error.locations = plain.locations.iter().map(|at| Location { line: at.line, column: at.column }).collect();
        error
    });
    Refusal::bad_requests(errors.collect())
}
