//! Composition: subgraph schemas into one supergraph, or every reason why not.
//!
//! ```text
//! text ─ingest─> documents ─links, definitions, validate, read─> SubgraphSchema
//!      ─check (each alone)─upgrade (Federation 1 as 2)─check─> ─merge─> types with @join__*
//!      ─check (together)─emit─> SDL + model ─check (the whole: @inaccessible, satisfiability)─> Supergraph
//! ```
//! A stage that finds faults reports all of them and ends the composition: the next one may rely on its input.

mod check;
mod composed;
mod definitions;
mod emit;
pub mod error;
mod ingest;
mod links;
mod merge;
mod parallel;
mod read;
mod report;
mod spec;
mod subgraph;
mod upgrade;
mod usage;
mod validate;

pub use error::{CompositionError, ErrorCode};

use self::{ingest::Named, report::Report, spec::Version, subgraph::SubgraphSchema, usage::Usage};
use crate::supergraph::{Draft, Supergraph, SupergraphError};

/// A subgraph as it is handed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subgraph {
    pub name: String,
    /// None when the address comes from discovery.
    pub url: Option<String>,
    /// Federation 1 or 2 SDL.
    pub sdl: String,
}

/// Composes subgraphs into a supergraph. The result does not depend on the order of `subgraphs`.
///
/// # Errors
/// Every fault of the first stage that finds one, sorted by code.
pub fn compose(subgraphs: &[Subgraph]) -> Result<Supergraph, Vec<CompositionError>> {
    let mut report = Report::default();
    run(subgraphs, &mut report).ok_or_else(|| report.into_errors())
}

/// None: `report` says why.
fn run(subgraphs: &[Subgraph], report: &mut Report) -> Option<Supergraph> {
    let mut schemas = read_all(subgraphs, report)?;
    let supergraph = prepare(&mut schemas, report).and_then(|()| join(&schemas, report));
    report.find_places(&schemas);
    supergraph
}

/// Text into schemas, each valid GraphQL.
fn read_all(subgraphs: &[Subgraph], report: &mut Report) -> Option<Vec<SubgraphSchema>> {
    let named = ingest::name(subgraphs, report);
    let bytes = subgraphs.iter().map(|subgraph| subgraph.sdl.len()).sum();
    let mut schemas = Vec::with_capacity(named.len());
    for (schema, faults) in parallel::map(&named, bytes, read_one) {
        schemas.extend(schema);
        report.extend(faults);
    }
    passed(report)?;
    Some(schemas)
}

fn read_one(named: &Named<'_>) -> (Option<SubgraphSchema>, Report) {
    let mut report = Report::default();
    let schema = ingest::parse(named, &mut report).and_then(|subgraph| {
        let links = links::read_links(&subgraph, &mut report);
        definitions::check(&subgraph, &links, &mut report);
        let schema = validate::validate(&subgraph, &links, &mut report)?;
        Some(read::read(&subgraph, links, &schema, &mut report))
    });
    (schema, report)
}

/// Federation 1 schemas are brought to Federation 2; each subgraph is right on its own.
fn prepare(schemas: &mut [SubgraphSchema], report: &mut Report) -> Option<()> {
    for schema in schemas.iter_mut().filter(|schema| schema.version != Version::One) {
        upgrade::own_keys(schema);
        check::subgraph(schema, report);
    }
    passed(report)?;
    upgrade::upgrade(schemas, report);
    for schema in schemas.iter().filter(|schema| schema.version == Version::One) {
        check::subgraph(schema, report);
    }
    passed(report)
}

/// Many schemas into one.
fn join(schemas: &[SubgraphSchema], report: &mut Report) -> Option<Supergraph> {
    let usages: Vec<Usage> = schemas.iter().map(Usage::of).collect();
    let types = merge::group(schemas);
    let composed = composed::read(schemas, report);
    check::links(schemas, report);
    passed(report)?;
    check::overrides(schemas, report);
    let merged = merge::merge(schemas, &usages, &types, &composed, report);
    check::together(schemas, &usages, &types, report);
    passed(report)?;
    merge::check_implementations(schemas, &merged, report);
    let document = emit::emit(schemas, merged, &composed).map_err(|fault| internal(report, fault)).ok()?;
    let draft = Draft::read(&document).map_err(|fault| invalid(schemas, report, &fault)).ok()?;
    check::requirements(schemas, &draft, report);
    passed(report)?;
    check::inaccessible(&draft, report);
    passed(report)?;
    let supergraph = draft.finish(document.to_string()).map_err(|fault| invalid(schemas, report, &fault)).ok()?;
    check::satisfiability(&supergraph, report);
    passed(report)?;
    Some(supergraph)
}

fn passed(report: &Report) -> Option<()> {
    report.is_empty().then_some(())
}

/// The merged schema is not GraphQL for a reason that no check has named.
fn invalid(schemas: &[SubgraphSchema], report: &mut Report, fault: &SupergraphError) {
    let message = format!("the subgraphs together: {fault}");
    match fault {
        SupergraphError::Invalid { span, .. } => report.merged(ErrorCode::InvalidGraphql, schemas, *span, message),
        SupergraphError::Metadata { coordinate, .. } | SupergraphError::Unsupported { coordinate, .. } => {
            report.about(ErrorCode::InvalidGraphql, coordinate, message);
        }
        SupergraphError::NotASupergraph => report.general(ErrorCode::InvalidGraphql, message),
    }
}

fn internal(report: &mut Report, fault: String) {
    report.general(ErrorCode::InvalidFederationSupergraph, fault);
}
