//! Collects the reasons for which subgraphs do not compose.

use apollo_compiler::{
    Name,
    parser::{SourceMap, SourceSpan},
};

use super::{
    error::{CompositionError, ErrorCode},
    merge::interface_objects::abstracting,
    subgraph::SubgraphSchema,
};

/// Errors found so far, in the order they were found.
#[derive(Debug, Default)]
pub struct Report {
    errors: Vec<CompositionError>,
    /// Errors that know their element and not yet its place: their index, and `Type`, `Type.field`,
    /// `Type.field(argument:)` or `@directive(argument:)`.
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

    /// Adds what was found beside.
    pub fn extend(&mut self, other: Self) {
        let known = self.errors.len();
        self.errors.extend(other.errors);
        self.unplaced.extend(other.unplaced.into_iter().map(|(index, element)| (known + index, element)));
    }

    /// Adds a fault of the merged schema, at the place in a subgraph that a merged element has its form from.
    pub fn merged(
        &mut self,
        code: ErrorCode,
        subgraphs: &[SubgraphSchema],
        span: Option<SourceSpan>,
        message: impl Into<String>,
    ) {
        let holds =
            |subgraph: &&SubgraphSchema| span.is_some_and(|span| subgraph.sources.contains_key(&span.file_id()));
        match subgraphs.iter().find(holds) {
            Some(subgraph) => self.at(code, subgraph, span, message),
            None => self.general(code, message),
        }
    }

    /// Gives every error about an element its place.
    pub fn find_places(&mut self, subgraphs: &[SubgraphSchema]) {
        for (index, coordinate) in self.unplaced.drain(..) {
            if let (Some((subgraph, span)), Some(error)) = (find(subgraphs, &coordinate), self.errors.get_mut(index)) {
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

/// The last subgraph that defines the element, since of two that differ it is the one that differs from the first.
/// A field that none resolves is looked for where it is `@external`, then in an interface object that stands for its
/// type; what is in no subgraph is missing in its type.
fn find<'a>(subgraphs: &'a [SubgraphSchema], coordinate: &str) -> Option<(&'a SubgraphSchema, SourceSpan)> {
    let last = |place: &dyn Fn(&SubgraphSchema) -> Option<SourceSpan>| {
        subgraphs.iter().rev().find_map(|subgraph| Some((subgraph, place(subgraph)?)))
    };
    let (owner, rest) = coordinate.split_once('.').unwrap_or((coordinate, ""));
    last(&|subgraph| defined(subgraph, coordinate))
        .or_else(|| last(&|subgraph| subgraph.types.get(owner)?.fields.get(rest)?.span))
        .or_else(|| abstracted(subgraphs, owner, rest))
        .or_else(|| last(&|subgraph| subgraph.types.get(owner)?.span))
}

/// Where a subgraph defines an element.
fn defined(subgraph: &SubgraphSchema, coordinate: &str) -> Option<SourceSpan> {
    if let Some((directive, argument)) = coordinate.strip_prefix('@').and_then(|rest| rest.split_once('(')) {
        return subgraph.directives.get(directive)?.arguments.get(argument.trim_end_matches(":)"))?.span;
    }
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

fn abstracted<'a>(
    subgraphs: &'a [SubgraphSchema],
    owner: &str,
    field: &str,
) -> Option<(&'a SubgraphSchema, SourceSpan)> {
    let (owner, field) = (Name::new(owner).ok()?, Name::new(field).ok()?);
    let (at, _, found) = abstracting(subgraphs, &owner, &field).last()?;
    Some((&subgraphs[at], found.span?))
}
