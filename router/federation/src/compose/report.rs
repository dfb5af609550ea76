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
    /// Errors that know their element and not yet its place: their index, and `Type`, `Type.field` or
    /// `Type.field(argument:)`.
    unplaced: Vec<(usize, String)>,
}

impl Report {
    pub fn is_empty(&self) -> bool {
        self.errors.is_empty()
    }

    /// Adds a fault of the graph that no line of any subgraph stands for.
    pub fn general(&mut self, code: ErrorCode, message: impl Into<String>) {
        self.errors.push(CompositionError { code, message: message.into(), subgraph: None, line: None, column: None });
    }

    /// Adds a fault that lies between subgraphs, about an element that one of them defines.
    pub fn about(&mut self, code: ErrorCode, coordinate: impl Into<String>, message: impl Into<String>) {
        self.unplaced.push((self.errors.len(), coordinate.into()));
        self.general(code, message);
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
        self.general(code, message);
        if let Some(error) = self.errors.last_mut() {
            place(error, subgraph, sources, span);
        }
    }

    pub fn add(&mut self, error: CompositionError) {
        self.errors.push(error);
    }

    /// Gives every error about an element its place: the last subgraph that defines the element, since of two that
    /// differ it is the one that differs from the first.
    pub fn find_places(&mut self, subgraphs: &[SubgraphSchema]) {
        for (index, coordinate) in self.unplaced.drain(..) {
            let found = subgraphs.iter().rev().find_map(|subgraph| Some((subgraph, find(subgraph, &coordinate)?)));
            if let (Some((subgraph, span)), Some(error)) = (found, self.errors.get_mut(index)) {
                place(error, &subgraph.name, &subgraph.sources, Some(span));
            }
        }
    }

    /// The errors, each once, in an order that does not depend on the order of the input.
    pub fn into_errors(mut self) -> Vec<CompositionError> {
        self.errors.sort();
        self.errors.dedup();
        self.errors
    }
}

fn place(error: &mut CompositionError, subgraph: &str, sources: &SourceMap, span: Option<SourceSpan>) {
    let start = span.and_then(|span| span.line_column(sources));
    error.subgraph = Some(subgraph.to_owned());
    error.line = start.and_then(|start| u32::try_from(start.line).ok());
    error.column = start.and_then(|start| u32::try_from(start.column).ok());
}

/// Where a subgraph defines an element.
fn find(subgraph: &SubgraphSchema, coordinate: &str) -> Option<SourceSpan> {
    let Some((ty, rest)) = coordinate.split_once('.') else {
        return subgraph.types.get(coordinate)?.span;
    };
    let ty = subgraph.types.get(ty)?;
    if let Some((field, argument)) = rest.split_once('(') {
        return ty.fields.get(field)?.arguments.get(argument.trim_end_matches(":)"))?.span;
    }
    if let Some(field) = ty.fields.get(rest) {
        return field.span.filter(|_| !field.external);
    }
    ty.inputs.get(rest).map_or_else(|| ty.values.get(rest)?.span, |input| input.span)
}
