//! First pass: names are checked and texts parsed; from here on subgraphs stand in the order of their names, so
//! that the output does not depend on the order of the input.

use apollo_compiler::{
    Name, ast,
    collections::{IndexMap, IndexSet},
    parser::Parser,
};

use super::{
    Subgraph,
    error::{CompositionError, ErrorCode},
    report::Report,
};

/// Nesting of lists, objects and selections in an SDL; deeper is refused instead of exhausting the stack.
const MAX_DEPTH: usize = 200;
/// Of one subgraph.
const MAX_DIAGNOSTICS: usize = 50;

/// A subgraph whose text is GraphQL.
pub struct ParsedSubgraph {
    pub name: String,
    pub url: String,
    /// Its value in `join__Graph`.
    pub graph: Name,
    pub document: ast::Document,
}

/// A subgraph and its value in `join__Graph`.
pub type Named<'s> = (&'s Subgraph, Name);

/// All subgraphs in the order of their names, each with the name it has in the supergraph.
pub fn name<'s>(subgraphs: &'s [Subgraph], report: &mut Report) -> Vec<Named<'s>> {
    let mut sorted: Vec<&Subgraph> = subgraphs.iter().collect();
    sorted.sort_by(|left, right| (&left.name, &left.sdl, &left.url).cmp(&(&right.name, &right.sdl, &right.url)));
    check_names(&sorted, report);
    let graphs = graph_values(&sorted);
    sorted.into_iter().zip(graphs).collect()
}

/// None: it is no GraphQL.
pub fn parse((subgraph, graph): &Named<'_>, report: &mut Report) -> Option<ParsedSubgraph> {
    let mut parser = Parser::new().recursion_limit(MAX_DEPTH);
    match parser.parse_ast(subgraph.sdl.as_str(), subgraph.name.as_str()) {
        Ok(document) => Some(ParsedSubgraph {
            name: subgraph.name.clone(),
            url: subgraph.url.clone().unwrap_or_default(),
            graph: graph.clone(),
            document,
        }),
        Err(failure) => {
            report_diagnostics(&subgraph.name, &failure.errors, report);
            None
        }
    }
}

/// Adds the first diagnostics of the GraphQL parser or validator as `INVALID_GRAPHQL`. Each wrong character can be one:
/// nobody reads thousands.
pub fn report_diagnostics(subgraph: &str, errors: &apollo_compiler::validation::DiagnosticList, report: &mut Report) {
    for diagnostic in errors.iter().take(MAX_DIAGNOSTICS) {
        let place = diagnostic.line_column_range().map(|range| range.start);
        report.add(CompositionError {
            code: ErrorCode::InvalidGraphql,
            message: diagnostic.error.to_string(),
            subgraph: Some(subgraph.to_owned()),
            line: place.and_then(|place| u32::try_from(place.line).ok()),
            column: place.and_then(|place| u32::try_from(place.column).ok()),
        });
    }
}

fn check_names(sorted: &[&Subgraph], report: &mut Report) {
    let mut seen = IndexSet::default();
    for subgraph in sorted {
        let name = subgraph.name.as_str();
        let fault = if name.trim().is_empty() {
            "a subgraph needs a name".to_owned()
        } else if name == "_" {
            "the name _ is reserved; give the subgraph another name".to_owned()
        } else if !seen.insert(name) {
            format!("two subgraphs are named {name:?}; give each its own name")
        } else {
            continue;
        };
        report.add(CompositionError {
            code: ErrorCode::InvalidSubgraphName,
            message: fault,
            subgraph: Some(name.to_owned()),
            line: None,
            column: None,
        });
    }
}

/// `join__Graph` values: the name in upper case, made a GraphQL name, and numbered when two become the same.
fn graph_values(sorted: &[&Subgraph]) -> Vec<Name> {
    let bases: Vec<String> = sorted.iter().map(|subgraph| graph_value(&subgraph.name)).collect();
    let mut count: IndexMap<&str, usize> = IndexMap::default();
    for base in &bases {
        *count.entry(base).or_default() += 1;
    }
    let mut next: IndexMap<&str, usize> = IndexMap::default();
    bases
        .iter()
        .map(|base| {
            if count.get(base.as_str()).copied().unwrap_or_default() < 2 {
                return Name::new_unchecked(base);
            }
            let number = next.entry(base).or_default();
            *number += 1;
            Name::new_unchecked(&format!("{base}_{number}"))
        })
        .collect()
}

fn graph_value(name: &str) -> String {
    let mut value: String = name
        .chars()
        .map(|character| if character.is_ascii_alphanumeric() { character.to_ascii_uppercase() } else { '_' })
        .collect();
    if value.starts_with(|first: char| first.is_ascii_digit()) || value.is_empty() {
        value.insert(0, '_');
    }
    // A trailing number is what collisions are numbered with; it is kept apart from them.
    let ends_in_number = value
        .rsplit_once('_')
        .is_some_and(|(_, last)| !last.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit()));
    if ends_in_number {
        value.push('_');
    }
    value
}
