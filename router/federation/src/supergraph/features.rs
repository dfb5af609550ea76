//! Which names of a supergraph schema are machinery (`@link`ed specifications), which are the graph itself, and what
//! the machinery is called here: a composer may link any specification under another name.

use apollo_compiler::{Name, Node, Schema, ast, collections::IndexSet};

/// The specifications that a supergraph links.
#[derive(Debug, Clone)]
pub(crate) struct Features {
    /// Prefixes, and imported directives with their `@`.
    names: IndexSet<String>,
    pub(super) terms: Terms,
}

/// Local names of what has a meaning here.
#[derive(Debug, Clone)]
pub(super) struct Terms {
    pub(super) graph_enum: String,
    pub(super) graph: String,
    pub(super) type_join: String,
    pub(super) field: String,
    pub(super) implements: String,
    pub(super) union_member: String,
    pub(super) enum_value: String,
    pub(super) owner: String,
    pub(super) inaccessible: String,
    pub(super) authenticated: String,
    pub(super) requires_scopes: String,
    pub(super) policy: String,
}

/// One `@link(url:, as:, import:)`, or the older `@core(feature:, as:)`.
struct Feature {
    /// The specification's name, the last segment of its address before the version.
    spec: String,
    prefix: String,
    /// (name in the specification, name here), directives with their `@`.
    imports: Vec<(String, String)>,
}

impl Features {
    pub(crate) fn of(schema: &Schema) -> Self {
        let applied = &schema.schema_definition.directives.0;
        let link = applied
            .iter()
            .find(|directive| address(directive).is_some_and(|url| matches!(feature_name(url), "link" | "core")));
        let link_name = link.map_or("link", |directive| directive.name.as_str());
        let features: Vec<Feature> = applied
            .iter()
            .filter(|directive| directive.name == link_name || matches!(directive.name.as_str(), "link" | "core"))
            .filter_map(|directive| Feature::read(directive))
            .collect();
        let mut names: IndexSet<String> = ["join", "link", "core", link_name].map(str::to_owned).into_iter().collect();
        for feature in &features {
            names.insert(feature.prefix.clone());
            names.extend(feature.imports.iter().map(|(_, local)| local.clone()).filter(|local| local.starts_with('@')));
        }
        Self { names, terms: Terms::of(&features) }
    }

    /// Whether a directive belongs to a linked specification.
    pub(crate) fn owns_directive(&self, name: &str) -> bool {
        self.names.contains(name) || self.owns_prefix(name) || self.names.contains(&format!("@{name}"))
    }

    /// Whether a type belongs to a linked specification.
    pub(crate) fn owns_type(&self, name: &str) -> bool {
        self.owns_prefix(name) || name == self.terms.graph_enum
    }

    fn owns_prefix(&self, name: &str) -> bool {
        name.split_once("__").is_some_and(|(prefix, _)| self.names.contains(prefix))
    }
}

impl Terms {
    fn of(features: &[Feature]) -> Self {
        let directive = |spec: &str, name: &str| local_name(features, spec, &format!("@{name}"));
        Self {
            graph_enum: local_name(features, "join", "Graph"),
            graph: directive("join", "graph"),
            type_join: directive("join", "type"),
            field: directive("join", "field"),
            implements: directive("join", "implements"),
            union_member: directive("join", "unionMember"),
            enum_value: directive("join", "enumValue"),
            owner: directive("join", "owner"),
            inaccessible: directive("inaccessible", "inaccessible"),
            authenticated: directive("authenticated", "authenticated"),
            requires_scopes: directive("requiresScopes", "requiresScopes"),
            policy: directive("policy", "policy"),
        }
    }
}

/// What an element of a specification is called here, without `@`: as it is imported, else under its prefix.
fn local_name(features: &[Feature], spec: &str, element: &str) -> String {
    let feature = features.iter().find(|feature| feature.spec == spec);
    let import = feature.and_then(|feature| feature.imports.iter().find(|(name, _)| name == element));
    if let Some((_, local)) = import {
        return local.trim_start_matches('@').to_owned();
    }
    let prefix = feature.map_or(spec, |feature| &feature.prefix);
    match element.strip_prefix('@') {
        Some(bare) if bare == spec => prefix.to_owned(),
        _ => format!("{prefix}__{}", element.trim_start_matches('@')),
    }
}

fn argument<'a>(directive: &'a ast::Directive, name: &str) -> Option<&'a str> {
    directive.specified_argument_by_name(name).and_then(|value| value.as_str())
}

fn address(directive: &ast::Directive) -> Option<&str> {
    argument(directive, "url").or_else(|| argument(directive, "feature"))
}

impl Feature {
    fn read(directive: &ast::Directive) -> Option<Self> {
        let spec = feature_name(address(directive)?).to_owned();
        let prefix = argument(directive, "as").unwrap_or(&spec).to_owned();
        let list = directive.specified_argument_by_name("import").and_then(|value| value.as_list());
        let imports = list.unwrap_or_default().iter().filter_map(|element| import(element)).collect();
        Some(Self { spec, prefix, imports })
    }
}

/// `"@name"` or `{ name: "@name", as: "@local" }`
fn import(element: &ast::Value) -> Option<(String, String)> {
    if let Some(name) = element.as_str() {
        return Some((name.to_owned(), name.to_owned()));
    }
    let fields: &[(Name, Node<ast::Value>)] = element.as_object()?;
    let get = |wanted: &str| fields.iter().find(|(name, _)| name == wanted).and_then(|(_, value)| value.as_str());
    let name = get("name")?;
    Some((name.to_owned(), get("as").unwrap_or(name).to_owned()))
}

/// `https://specs.apollo.dev/join/v0.3` -> `join`.
fn feature_name(url: &str) -> &str {
    let mut segments = url.trim_end_matches('/').rsplit('/');
    let last = segments.next().unwrap_or(url);
    let is_version =
        last.strip_prefix('v').is_some_and(|rest| rest.starts_with(|character: char| character.is_ascii_digit()));
    if is_version { segments.next().unwrap_or(last) } else { last }
}
