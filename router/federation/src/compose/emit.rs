//! Last pass: the merged types become join-spec SDL that any federation router reads. v0.3 is written, and v0.4
//! where a progressive override needs it, so that the oldest readers can follow.

use std::fmt::Write as _;

use apollo_compiler::{ast, collections::IndexSet};

use super::{
    merge::Merged,
    spec::DIRECTIVES,
    subgraph::{Link, SubgraphSchema},
};

/// A directive that the supergraph links when it occurs: its name, version and purpose. @listSize is part of the
/// specification of @cost.
const LINKED: [(&str, &str, &str); 7] = [
    ("tag", "v0.3", ""),
    ("inaccessible", "v0.2", ", for: SECURITY"),
    ("authenticated", "v0.1", ", for: SECURITY"),
    ("requiresScopes", "v0.1", ", for: SECURITY"),
    ("policy", "v0.1", ", for: SECURITY"),
    ("cost", "v0.1", ""),
    ("listSize", "", ""),
];

/// The supergraph as a document; `None` never happens for text of our own making.
pub fn emit(subgraphs: &[SubgraphSchema], merged: Merged) -> Result<ast::Document, String> {
    let head = head(subgraphs, &merged);
    let mut document = ast::Document::parse(head, "supergraph.graphql")
        .map_err(|failure| format!("the supergraph's head does not parse: {}", failure.errors))?;
    document.definitions.extend(merged.definitions);
    Ok(document)
}

fn head(subgraphs: &[SubgraphSchema], merged: &Merged) -> String {
    let mut text = String::with_capacity(4096);
    write_schema(&mut text, subgraphs, merged);
    write_directives(&mut text, merged);
    write_machinery_types(&mut text, merged);
    text.push_str("\nenum join__Graph {\n");
    for subgraph in subgraphs {
        let name = ast::Value::String(subgraph.name.clone());
        let url = ast::Value::String(subgraph.url.clone());
        push(&mut text, format_args!("  {} @join__graph(name: {name}, url: {url})\n", subgraph.graph));
    }
    text.push_str("}\n");
    text
}

/// Writing to a String cannot fail.
fn push(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    let _ = text.write_fmt(arguments);
}

fn write_schema(text: &mut String, subgraphs: &[SubgraphSchema], merged: &Merged) {
    let join = if merged.has_labels { "v0.4" } else { "v0.3" };
    text.push_str("schema\n  @link(url: \"https://specs.apollo.dev/link/v1.0\")\n");
    push(text, format_args!("  @link(url: \"https://specs.apollo.dev/join/{join}\", for: EXECUTION)\n"));
    for (name, version, purpose) in LINKED {
        let used = |name: &str| merged.applied.iter().any(|applied| applied == name);
        match name {
            "listSize" => {}
            "cost" if used("listSize") => {
                let imports = if used("cost") { "\"@cost\", \"@listSize\"" } else { "\"@listSize\"" };
                push(
                    text,
                    format_args!("  @link(url: \"https://specs.apollo.dev/cost/{version}\", import: [{imports}])\n"),
                );
            }
            _ if used(name) => {
                push(text, format_args!("  @link(url: \"https://specs.apollo.dev/{name}/{version}\"{purpose})\n"));
            }
            _ => {}
        }
    }
    for (link, directives) in foreign_links(subgraphs) {
        let version = link.version.map(|(major, minor)| format!("/v{major}.{minor}")).unwrap_or_default();
        let url = ast::Value::String(format!("{}{version}", link.identity));
        let imports: Vec<String> = directives.iter().map(|name| format!("\"@{name}\"")).collect();
        push(text, format_args!("  @link(url: {url}, import: [{}])\n", imports.join(", ")));
    }
    text.push_str("{\n");
    for (operation, name) in [("query", "Query"), ("mutation", "Mutation"), ("subscription", "Subscription")] {
        if subgraphs.iter().any(|subgraph| subgraph.types.contains_key(name)) {
            push(text, format_args!("  {operation}: {name}\n"));
        }
    }
    text.push_str("}\n");
}

/// Specifications of composed directives, newest version first seen, with the directives taken from each.
fn foreign_links(subgraphs: &[SubgraphSchema]) -> Vec<(&Link, IndexSet<String>)> {
    let mut found: Vec<(&Link, IndexSet<String>)> = Vec::new();
    for subgraph in subgraphs {
        for (name, _) in &subgraph.composed {
            let link = subgraph.links.iter().find(|link| {
                link.spec == name.as_str()
                    || link.imports.iter().any(|(_, local)| local.trim_start_matches('@') == name.as_str())
            });
            let Some(link) = link else { continue };
            match found.iter_mut().find(|(known, _)| known.identity == link.identity) {
                Some((known, names)) => {
                    if link.version > known.version {
                        *known = link;
                    }
                    names.insert(name.to_string());
                }
                None => found.push((link, IndexSet::from_iter([name.to_string()]))),
            }
        }
    }
    found.sort_by(|left, right| left.0.identity.cmp(&right.0.identity));
    found
}

const JOIN_DIRECTIVES: &str = r"
directive @join__enumValue(graph: join__Graph!) repeatable on ENUM_VALUE
directive @join__graph(name: String!, url: String!) on ENUM_VALUE
directive @join__implements(graph: join__Graph!, interface: String!) repeatable on OBJECT | INTERFACE
directive @join__type(graph: join__Graph!, key: join__FieldSet, extension: Boolean! = false, resolvable: Boolean! = true, isInterfaceObject: Boolean! = false) repeatable on OBJECT | INTERFACE | UNION | ENUM | INPUT_OBJECT | SCALAR
directive @join__unionMember(graph: join__Graph!, member: String!) repeatable on UNION
directive @link(url: String, as: String, for: link__Purpose, import: [link__Import]) repeatable on SCHEMA
";

const FIELD_DIRECTIVE: &str = "directive @join__field(graph: join__Graph, requires: join__FieldSet, \
    provides: join__FieldSet, type: String, external: Boolean, override: String, usedOverridden: Boolean) repeatable \
    on FIELD_DEFINITION | INPUT_FIELD_DEFINITION\n";

const LABELLED_DIRECTIVES: &str = "directive @join__directive(graphs: [join__Graph!], name: String!, \
    args: join__DirectiveArguments) repeatable on SCHEMA | OBJECT | INTERFACE | FIELD_DEFINITION\n\
    directive @join__field(graph: join__Graph, requires: join__FieldSet, provides: join__FieldSet, type: String, \
    external: Boolean, override: String, usedOverridden: Boolean, overrideLabel: String) repeatable on \
    FIELD_DEFINITION | INPUT_FIELD_DEFINITION\nscalar join__DirectiveArguments\n";

fn write_directives(text: &mut String, merged: &Merged) {
    text.push_str(JOIN_DIRECTIVES);
    if merged.applied.iter().any(|applied| applied == "oneOf") {
        text.push_str("directive @oneOf on INPUT_OBJECT\n");
    }
    text.push_str(if merged.has_labels { LABELLED_DIRECTIVES } else { FIELD_DIRECTIVE });
    for (name, _, _) in LINKED {
        let Some(row) = DIRECTIVES.iter().find(|row| row.name == name) else { continue };
        if merged.applied.iter().any(|applied| applied == name) {
            let definition = row.definition_as(name);
            let definition = definition
                .replace("federation__Scope", "requiresScopes__Scope")
                .replace("federation__Policy", "policy__Policy");
            push(text, format_args!("{definition}\n"));
        }
    }
}

const MACHINERY_TYPES: &str = r#"
scalar join__FieldSet
scalar link__Import
enum link__Purpose {
  "`SECURITY` features provide metadata necessary to securely resolve fields."
  SECURITY
  "`EXECUTION` features provide metadata necessary for operation execution."
  EXECUTION
}
"#;

fn write_machinery_types(text: &mut String, merged: &Merged) {
    text.push_str(MACHINERY_TYPES);
    for (directive, scalar) in [("requiresScopes", "requiresScopes__Scope"), ("policy", "policy__Policy")] {
        if merged.applied.iter().any(|applied| applied == directive) {
            push(text, format_args!("scalar {scalar}\n"));
        }
    }
}
