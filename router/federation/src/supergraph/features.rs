//! Which names of a supergraph schema are machinery (`@link`ed specifications) and which are the graph itself.

use apollo_compiler::{Schema, ast, collections::IndexSet};

/// The specifications that a supergraph links, by the name their elements are prefixed with.
#[derive(Debug, Clone, Default)]
pub(crate) struct Features {
    names: IndexSet<String>,
}

impl Features {
    /// Reads `@link(url:, as:)` and the older `@core(feature:, as:)`.
    pub(crate) fn of(schema: &Schema) -> Self {
        let mut names: IndexSet<String> = ["join", "link", "core"].map(str::to_owned).into_iter().collect();
        for directive in &schema.schema_definition.directives.0 {
            if !matches!(directive.name.as_str(), "link" | "core") {
                continue;
            }
            let text = |argument| directive.specified_argument_by_name(argument).and_then(|value| value.as_str());
            let linked = text("as").or_else(|| text("url").or_else(|| text("feature")).map(feature_name));
            if let Some(name) = linked {
                names.insert(name.to_owned());
            }
            names.extend(imports(directive));
        }
        Self { names }
    }

    /// Whether a directive belongs to a linked specification.
    pub(crate) fn owns_directive(&self, name: &str) -> bool {
        self.names.contains(name) || self.owns_prefix(name) || self.names.contains(&format!("@{name}"))
    }

    /// Whether a type belongs to a linked specification.
    pub(crate) fn owns_type(&self, name: &str) -> bool {
        self.owns_prefix(name)
    }

    fn owns_prefix(&self, name: &str) -> bool {
        name.split_once("__").is_some_and(|(prefix, _)| self.names.contains(prefix))
    }
}

/// Imported directives, as `@name`.
fn imports(directive: &ast::Directive) -> Vec<String> {
    let Some(list) = directive.specified_argument_by_name("import").and_then(|value| value.as_list()) else {
        return Vec::new();
    };
    list.iter()
        .filter_map(|element| match element.as_ref() {
            ast::Value::String(name) => Some(name.clone()),
            ast::Value::Object(fields) => ["as", "name"].iter().find_map(|wanted| {
                fields.iter().find(|(name, _)| name == wanted).and_then(|(_, value)| value.as_str()).map(str::to_owned)
            }),
            _ => None,
        })
        .filter(|name| name.starts_with('@'))
        .collect()
}

/// `https://specs.apollo.dev/join/v0.3` -> `join`.
pub(crate) fn feature_name(url: &str) -> &str {
    let mut segments = url.trim_end_matches('/').rsplit('/');
    let last = segments.next().unwrap_or(url);
    let is_version =
        last.strip_prefix('v').is_some_and(|rest| rest.starts_with(|character: char| character.is_ascii_digit()));
    if is_version { segments.next().unwrap_or(last) } else { last }
}
