//! Collects the reasons for which subgraphs do not compose.

use apollo_compiler::parser::{SourceMap, SourceSpan};

use super::{
    error::{CompositionError, ErrorCode},
    subgraph::SubgraphSchema,
};

/// Errors found so far, in the order they were found.
#[derive(Debug, Default)]
pub struct Report {
    errors: Vec<CompositionError>,
}

impl Report {
    pub fn is_empty(&self) -> bool {
        self.errors.is_empty()
    }

    pub fn len(&self) -> usize {
        self.errors.len()
    }

    /// Adds a fault that lies between subgraphs.
    pub fn between(&mut self, code: ErrorCode, message: impl Into<String>) {
        self.errors.push(CompositionError { code, message: message.into(), subgraph: None, line: None, column: None });
    }

    /// Adds a fault of one subgraph, at a place in its SDL.
    pub fn at(
        &mut self,
        code: ErrorCode,
        subgraph: &SubgraphSchema,
        span: Option<SourceSpan>,
        message: impl Into<String>,
    ) {
        self.located(code, (&subgraph.name, &subgraph.sources), span, message.into());
    }

    /// Like [`Self::at`], before the subgraph is read.
    pub fn located(
        &mut self,
        code: ErrorCode,
        (subgraph, sources): (&str, &SourceMap),
        span: Option<SourceSpan>,
        message: String,
    ) {
        let place = span.and_then(|span| span.line_column(sources));
        self.errors.push(CompositionError {
            code,
            message,
            subgraph: Some(subgraph.to_owned()),
            line: place.and_then(|place| u32::try_from(place.line).ok()),
            column: place.and_then(|place| u32::try_from(place.column).ok()),
        });
    }

    pub fn add(&mut self, error: CompositionError) {
        self.errors.push(error);
    }

    /// The errors, each once, in an order that does not depend on the order of the input.
    pub fn into_errors(mut self) -> Vec<CompositionError> {
        self.errors.sort();
        self.errors.dedup();
        self.errors
    }
}
