//! Last pass: the merged types become join-spec SDL that any federation router reads. v0.3 is written, and v0.4
//! where a progressive override needs it, so that the oldest readers can follow.

use std::{collections::BTreeMap, fmt::Write as _};

use apollo_compiler::{Name, ast};

use super::{
    composed::ComposedDirective,
    merge::Merged,
    spec::{DIRECTIVES, NEWEST_MINOR, Version},
    subgraph::SubgraphSchema,
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
pub fn emit(subgraphs: &[SubgraphSchema], merged: Merged, composed: &Composed<'_>) -> Result<ast::Document, String> {
    let head = head(subgraphs, &merged, composed);
    let mut document = ast::Document::parse(head, "supergraph.graphql")
        .map_err(|failure| format!("the supergraph's head does not parse: {}", failure.errors))?;
    document.definitions.extend(merged.directives);
    document.definitions.extend(merged.types.into_values());
    Ok(document)
}

fn head(subgraphs: &[SubgraphSchema], merged: &Merged, composed: &Composed<'_>) -> String {
    let mut text = String::with_capacity(4096);
    write_schema(&mut text, subgraphs, merged, composed);
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

fn write_schema(text: &mut String, subgraphs: &[SubgraphSchema], merged: &Merged, composed: &Composed<'_>) {
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
    for (identity, directives) in by_specification(composed) {
        let Some((major, minor)) = directives.iter().map(|(_, directive)| directive.link.version).max() else {
            continue;
        };
        let url = ast::Value::String(format!("{identity}/v{major}.{minor}"));
        let imports: Vec<String> = directives.iter().map(|(name, directive)| import(name, directive)).collect();
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

type Composed<'a> = BTreeMap<Name, ComposedDirective<'a>>;

/// Composed directives by the identity of their specification, in its order.
fn by_specification<'a>(composed: &'a Composed<'a>) -> BTreeMap<&'a str, Vec<(&'a Name, &'a ComposedDirective<'a>)>> {
    let mut specifications: BTreeMap<&str, Vec<_>> = BTreeMap::new();
    for (name, directive) in composed {
        specifications.entry(&directive.link.identity).or_default().push((name, directive));
    }
    specifications
}

fn import(name: &Name, directive: &ComposedDirective<'_>) -> String {
    let original = &directive.original;
    if *name == **original { format!("\"@{name}\"") } else { format!("{{name: \"@{original}\", as: \"@{name}\"}}") }
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
            let definition = row.definition_as(name, Version::Two(NEWEST_MINOR));
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
