//! Fifth pass: a valid schema becomes a [`SubgraphSchema`]: federation directives turn into fields of types and
//! fields, imported names into canonical ones, custom root types into `Query`, `Mutation`, `Subscription`.

mod directives;
mod fields;
mod types;

use apollo_compiler::{Name, Schema, ast, collections::IndexMap, collections::IndexSet};

use super::{
    error::ErrorCode,
    ingest::ParsedSubgraph,
    links::Links,
    report::Report,
    spec::Known,
    subgraph::{ComposeRequest, SubgraphSchema},
};

/// Reads one subgraph. Faults go to `report`; what could be read is returned.
pub fn read(parsed: &ParsedSubgraph, links: Links, schema: &Schema, report: &mut Report) -> SubgraphSchema {
    let mut subgraph = SubgraphSchema {
        name: parsed.name.clone(),
        url: parsed.url.clone(),
        graph: parsed.graph.clone(),
        version: links.version,
        sources: parsed.document.sources.clone(),
        types: IndexMap::default(),
        directives: IndexMap::default(),
        composed: compose_requests(schema, &links),
        imported: links.imported.clone(),
        links: Vec::new(),
    };
    let roots = root_names(schema);
    check_roots(&subgraph, schema, &roots, report);
    refuse_contexts(&subgraph, &parsed.document, &links, report);
    refuse_repeated_shareable(&subgraph, &parsed.document, &links, report);
    let defined = defined_names(&parsed.document);
    let composed = subgraph.composed.iter().map(|request| request.name.trim_start_matches('@').to_owned()).collect();
    let reader = Reader { schema, links: &links, roots: &roots, defined: &defined, composed };
    for (name, ty) in &schema.types {
        if !ty.is_built_in() && !reader.links.is_machinery_type(name) {
            let read = reader.type_def(ty);
            subgraph.types.insert(read.name.clone(), read);
        }
    }
    for (name, definition) in &schema.directive_definitions {
        let is_built_in = definition.is_built_in() || BUILT_IN.contains(&name.as_str());
        if !is_built_in && links.known(name).is_none() {
            subgraph.directives.insert(name.clone(), reader.directive_def(definition));
        }
    }
    subgraph.links = links.foreign;
    subgraph
}

/// Libraries print the definitions of what GraphQL itself defines.
const BUILT_IN: [&str; 5] = ["skip", "include", "deprecated", "specifiedBy", "oneOf"];

/// What every reading function needs to know of its subgraph.
pub(super) struct Reader<'a> {
    schema: &'a Schema,
    links: &'a Links,
    /// Local root type name to canonical name.
    roots: &'a IndexMap<Name, Name>,
    /// Types that have a definition, not only extensions.
    defined: &'a IndexSet<Name>,
    /// Directives (without `@`) that the subgraph wants to see in the supergraph.
    composed: IndexSet<String>,
}

impl Reader<'_> {
    /// A type's canonical name.
    fn type_name(&self, local: &Name) -> Name {
        self.roots.get(local).unwrap_or(local).clone()
    }

    fn type_ref(&self, ty: &ast::Type) -> ast::Type {
        match ty {
            ast::Type::Named(name) => ast::Type::Named(self.type_name(name)),
            ast::Type::NonNullNamed(name) => ast::Type::NonNullNamed(self.type_name(name)),
            ast::Type::List(item) => ast::Type::List(Box::new(self.type_ref(item))),
            ast::Type::NonNullList(item) => ast::Type::NonNullList(Box::new(self.type_ref(item))),
        }
    }
}

const ROOTS: [(ast::OperationType, &str, ErrorCode); 3] = [
    (ast::OperationType::Query, "Query", ErrorCode::RootQueryUsed),
    (ast::OperationType::Mutation, "Mutation", ErrorCode::RootMutationUsed),
    (ast::OperationType::Subscription, "Subscription", ErrorCode::RootSubscriptionUsed),
];

/// Roots that do not have their default name.
fn root_names(schema: &Schema) -> IndexMap<Name, Name> {
    let mut names = IndexMap::default();
    for (operation, default, _) in ROOTS {
        if let Some(local) = schema.root_operation(operation)
            && local != default
        {
            names.insert(local.clone(), Name::new_static_unchecked(default));
        }
    }
    names
}

fn check_roots(subgraph: &SubgraphSchema, schema: &Schema, roots: &IndexMap<Name, Name>, report: &mut Report) {
    for (operation, default, code) in ROOTS {
        let root = schema.root_operation(operation);
        let clashes = schema.types.get(default).is_some_and(|ty| !ty.is_built_in())
            && root.is_some_and(|root| root != default)
            && roots.values().any(|canonical| canonical == default);
        if let (true, Some(root)) = (clashes, root) {
            let span = schema.types.get(default).and_then(|ty| ty.name().location());
            report.at(
                code,
                subgraph,
                span,
                format!("type {default:?} exists and is not the {operation} root ({root:?} is); rename one of the two"),
            );
        }
    }
}

/// `@context` and `@fromContext` would change how every path is planned; they are refused, not ignored.
fn refuse_contexts(subgraph: &SubgraphSchema, document: &ast::Document, links: &Links, report: &mut Report) {
    let mut refuse = |directives: &ast::DirectiveList| {
        for directive in directives {
            if matches!(links.known(&directive.name), Some(Known::Context | Known::FromContext)) {
                report.at(
                    ErrorCode::UnsupportedFeature,
                    subgraph,
                    directive.location(),
                    format!("@{} is not supported; pass the value as an argument or use @requires", directive.name),
                );
            }
        }
    };
    for definition in &document.definitions {
        refuse(definition.directives());
        for argument in fields::output_fields(definition).iter().flat_map(|field| &field.arguments) {
            refuse(&argument.directives);
        }
    }
}

/// `@shareable` is repeatable so that a type and its extensions can each have it, not to be written twice in a row.
fn refuse_repeated_shareable(subgraph: &SubgraphSchema, document: &ast::Document, links: &Links, report: &mut Report) {
    let mut refuse = |directives: &ast::DirectiveList| {
        let mut shareable = directives.iter().filter(|found| links.known(&found.name) == Some(Known::Shareable));
        if let Some(second) = shareable.nth(1) {
            let message = format!("@{} is written twice; remove one", second.name);
            report.at(ErrorCode::InvalidShareableUsage, subgraph, second.location(), message);
        }
    };
    for definition in &document.definitions {
        refuse(definition.directives());
        for field in fields::output_fields(definition) {
            refuse(&field.directives);
        }
    }
}

fn defined_names(document: &ast::Document) -> IndexSet<Name> {
    document
        .definitions
        .iter()
        .filter(|definition| !definition.is_extension_definition())
        .filter_map(|definition| definition.name().cloned())
        .collect()
}

/// Federation's own directives that reach the supergraph without being asked to.
const CARRIED_ANYWAY: [Known; 6] =
    [Known::Tag, Known::Inaccessible, Known::Authenticated, Known::RequiresScopes, Known::Policy, Known::Context];

fn compose_requests(schema: &Schema, links: &Links) -> Vec<ComposeRequest> {
    schema
        .schema_definition
        .directives
        .iter()
        .filter(|directive| links.known(&directive.name) == Some(Known::ComposeDirective))
        .map(|directive| {
            let name =
                directive.specified_argument_by_name("name").and_then(|value| value.as_str()).unwrap_or_default();
            let known = links.known(name.trim_start_matches('@'));
            ComposeRequest {
                name: name.to_owned(),
                is_carried_anyway: known.map(|known| CARRIED_ANYWAY.contains(&known)),
                span: directive.location(),
            }
        })
        .collect()
}
