//! Fourth pass: each subgraph, on its own, is a valid GraphQL schema once the specifications' definitions are
//! added. What libraries print of them (`_service`, `directive @key ...`) is replaced by our own.

use std::fmt::Write as _;

use apollo_compiler::{Name, Node, Schema, ast, ast::Definition};

use super::{
    error::ErrorCode,
    ingest::{ParsedSubgraph, report_diagnostics},
    links::Links,
    report::Report,
    spec::{LINK_DEFINITION, SCALARS},
};

/// `query: Query`
type RootOperation = (ast::OperationType, Name);

/// A field that makes an empty query root valid; never read.
pub const PLACEHOLDER: &str = "federation__placeholder";

/// Builds and validates the schema of a subgraph. None: it is not valid, `report` says why.
pub fn validate(subgraph: &ParsedSubgraph, links: &Links, report: &mut Report) -> Option<Schema> {
    check_query_root(subgraph, report);
    let mut document = ast::Document::new();
    document.sources = subgraph.document.sources.clone();
    document.definitions =
        subgraph.document.definitions.iter().filter(|definition| !is_machinery(definition, links)).cloned().collect();
    let machinery = ast::Document::parse(machinery_text(subgraph, links), "federation.graphql").ok()?;
    let built = Schema::builder()
        .adopt_orphan_extensions()
        .ignore_builtin_redefinitions()
        .add_ast(&document)
        .add_ast(&machinery)
        .build();
    match built.and_then(Schema::validate) {
        Ok(schema) => Some(schema.into_inner()),
        Err(failure) => {
            report_diagnostics(&subgraph.name, &failure.errors, report);
            None
        }
    }
}

fn is_machinery(definition: &Definition, links: &Links) -> bool {
    match definition {
        Definition::DirectiveDefinition(directive) => links.known(&directive.name).is_some(),
        Definition::SchemaDefinition(_) | Definition::SchemaExtension(_) => false,
        _ => definition.name().is_some_and(|name| links.is_machinery_type(name)),
    }
}

/// Definitions of every linked name, and a field for a query root that has none of its own.
fn machinery_text(subgraph: &ParsedSubgraph, links: &Links) -> String {
    let mut text = String::from(SCALARS);
    // Under another name than its own the schema itself must say that it exists.
    if links.link_name == "link" || defines_directive(&subgraph.document, &links.link_name) {
        text.push('\n');
        text.push_str(&LINK_DEFINITION.replace('%', &links.link_name));
    }
    for (local, row) in links.local_directives() {
        text.push('\n');
        text.push_str(&row.definition_as(local, links.version));
    }
    // Newer GraphQL than the validator knows.
    if !defines_directive(&subgraph.document, "oneOf") {
        text.push_str("\ndirective @oneOf on INPUT_OBJECT");
    }
    let (explicit, query) = query_root(&subgraph.document);
    let query = query.map(|root| root.1.as_str());
    if explicit && query.is_none() {
        text.push_str("\nextend schema { query: Query }");
    }
    // Writing to a String cannot fail.
    let _ = write!(text, "\nextend type {} {{ {PLACEHOLDER}: Boolean }}", query.unwrap_or("Query"));
    text.push_str("\nscalar _Any scalar _FieldSet type _Service { sdl: String } scalar _Entity");
    text
}

fn defines_directive(document: &ast::Document, name: &str) -> bool {
    document
        .definitions
        .iter()
        .any(|definition| matches!(definition, Definition::DirectiveDefinition(directive) if directive.name == name))
}

/// Whether root types are written out, and the query root if so.
fn query_root(document: &ast::Document) -> (bool, Option<&Node<RootOperation>>) {
    let roots = document.definitions.iter().flat_map(|definition| match definition {
        Definition::SchemaDefinition(schema) => schema.root_operations.as_slice(),
        Definition::SchemaExtension(schema) => schema.root_operations.as_slice(),
        _ => &[],
    });
    let mut explicit = false;
    let mut query = None;
    for root in roots {
        explicit = true;
        if root.0 == ast::OperationType::Query {
            query = Some(root);
        }
    }
    (explicit, query)
}

/// A query root that is named must exist; the placeholder would otherwise bring it into being.
fn check_query_root(subgraph: &ParsedSubgraph, report: &mut Report) {
    let (_, Some(root)) = query_root(&subgraph.document) else { return };
    let name = &root.1;
    let is_defined = subgraph.document.definitions.iter().any(|definition| {
        !matches!(definition, Definition::DirectiveDefinition(_))
            && definition.name().is_some_and(|defined| defined == name)
    });
    if !is_defined {
        report.located(
            ErrorCode::InvalidGraphql,
            (&subgraph.name, &subgraph.document.sources),
            root.location(),
            format!("the query root is the unknown type {name:?}; define it"),
        );
    }
}
