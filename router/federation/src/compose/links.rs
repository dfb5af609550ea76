//! Second pass: which specification each name of a subgraph comes from (`@link`, its imports and renames).

use apollo_compiler::{Name, Node, ast, collections::IndexMap, parser::SourceSpan};

use super::{
    error::ErrorCode,
    ingest::ParsedSubgraph,
    report::Report,
    spec::{DIRECTIVES, IMPORTABLE_TYPES, Known, KnownDirective, NEWEST_MINOR, Version},
    subgraph::Link,
};

const SPECS: &str = "https://specs.apollo.dev/";
/// Types that subgraph libraries print and that no one declares a meaning for.
const FEDERATION_TYPES: &[&str] = &["_Any", "_Entity", "_Service", "_FieldSet"];

/// The names of one subgraph's schema that belong to specifications.
pub struct Links {
    pub version: Version,
    /// What the schema calls `@link`.
    pub link_name: String,
    /// Links to specifications that have no meaning here.
    pub foreign: Vec<Link>,
    /// Imported directives that reach the supergraph, and their local names.
    pub imported: Vec<(&'static str, String)>,
    directives: IndexMap<String, Known>,
    types: Vec<String>,
    prefixes: Vec<String>,
}

impl Links {
    /// The meaning of a directive's local name.
    pub fn known(&self, local: &str) -> Option<Known> {
        if local == self.link_name {
            return Some(Known::Link);
        }
        self.directives.get(local).copied()
    }

    /// Every local directive name with a meaning.
    pub fn local_directives(&self) -> impl Iterator<Item = (&str, &'static KnownDirective)> {
        self.directives.iter().filter_map(|(local, known)| {
            DIRECTIVES.iter().find(|row| row.known == *known).map(|row| (local.as_str(), row))
        })
    }

    /// Whether a type is part of a specification and not of the subgraph's own schema.
    pub fn is_machinery_type(&self, name: &str) -> bool {
        FEDERATION_TYPES.contains(&name)
            || self.types.iter().any(|local| local == name)
            || name.split_once("__").is_some_and(|(prefix, _)| self.prefixes.iter().any(|known| known == prefix))
    }
}

/// Reads the links of a subgraph. Faults go to `report`; what could be read is returned.
pub fn read_links(subgraph: &ParsedSubgraph, report: &mut Report) -> Links {
    let applied = schema_directives(&subgraph.document);
    let link_name = link_name(&applied);
    let mut links = Links {
        version: Version::One,
        link_name: link_name.clone(),
        foreign: Vec::new(),
        imported: Vec::new(),
        directives: IndexMap::default(),
        types: Vec::new(),
        prefixes: vec!["federation".to_owned(), "link".to_owned(), link_name.clone()],
    };
    let mut reader = Reader { subgraph, report };
    let found: Vec<Link> = applied
        .iter()
        .filter(|directive| directive.name.as_str() == link_name)
        .filter_map(|directive| reader.read(directive))
        .collect();
    for link in &found {
        if link.identity == format!("{SPECS}federation") {
            links.version = reader.federation_version(link);
        }
    }
    if links.version == Version::One {
        let fed1 = DIRECTIVES.iter().filter(|row| row.since.is_none());
        links.directives.extend(fed1.map(|row| (row.name.to_owned(), row.known)));
    }
    for link in found {
        reader.add(link, &mut links);
    }
    links
}

fn schema_directives(document: &ast::Document) -> Vec<&Node<ast::Directive>> {
    let mut applied = Vec::new();
    for definition in &document.definitions {
        match definition {
            ast::Definition::SchemaDefinition(schema) => applied.extend(schema.directives.iter()),
            ast::Definition::SchemaExtension(schema) => applied.extend(schema.directives.iter()),
            _ => {}
        }
    }
    applied
}

/// `@link` may itself be linked under another name.
fn link_name(applied: &[&Node<ast::Directive>]) -> String {
    applied
        .iter()
        .find(|directive| argument(directive, "url").is_some_and(|url| url.starts_with(&format!("{SPECS}link/"))))
        .map_or_else(|| "link".to_owned(), |directive| directive.name.to_string())
}

fn argument<'a>(directive: &'a ast::Directive, name: &str) -> Option<&'a str> {
    directive.specified_argument_by_name(name).and_then(|value| value.as_str())
}

struct Reader<'a> {
    subgraph: &'a ParsedSubgraph,
    report: &'a mut Report,
}

impl Reader<'_> {
    fn fault(&mut self, code: ErrorCode, span: Option<SourceSpan>, message: String) {
        self.report.located(code, (&self.subgraph.name, &self.subgraph.document.sources), span, message);
    }

    fn read(&mut self, directive: &Node<ast::Directive>) -> Option<Link> {
        let span = directive.location();
        let Some(url) = argument(directive, "url") else {
            self.fault(
                ErrorCode::InvalidLinkDirectiveUsage,
                span,
                format!("@{} needs the argument url, the address of a specification", directive.name),
            );
            return None;
        };
        let (identity, version) = split_url(url);
        let spec = identity.rsplit('/').next().unwrap_or_default().to_owned();
        let prefix = argument(directive, "as").unwrap_or(&spec).to_owned();
        let imports = self.read_imports(directive);
        Some(Link { identity, spec, version, prefix, imports, span })
    }

    fn read_imports(&mut self, directive: &Node<ast::Directive>) -> Vec<(String, String)> {
        let Some(value) = directive.specified_argument_by_name("import") else {
            return Vec::new();
        };
        let mut imports = Vec::new();
        for element in value.as_list().unwrap_or(std::slice::from_ref(value)) {
            match import_of(element) {
                Some((name, local)) if name.starts_with('@') == local.starts_with('@') => imports.push((name, local)),
                _ => self.fault(
                    ErrorCode::InvalidLinkDirectiveUsage,
                    element.location().or(directive.location()),
                    format!(
                        "{element} cannot be imported; write \"@name\" or {{ name: \"@name\", as: \"@other\" }}, with @ \
                         on both or on neither"
                    ),
                ),
            }
        }
        imports
    }

    fn federation_version(&mut self, link: &Link) -> Version {
        match link.version {
            Some((2, minor)) if minor <= NEWEST_MINOR => Version::Two(minor),
            _ => {
                self.fault(
                    ErrorCode::UnknownFederationLinkVersion,
                    link.span,
                    format!("this federation version is not known; link one from v2.0 to v2.{NEWEST_MINOR}"),
                );
                Version::Two(NEWEST_MINOR)
            }
        }
    }

    fn add(&mut self, link: Link, links: &mut Links) {
        let is_federation = link.identity == format!("{SPECS}federation");
        let own = link.identity.starts_with(SPECS);
        if link.identity == format!("{SPECS}link") {
            links.prefixes.push(link.prefix);
            return;
        }
        let version = links.version;
        let rows: Vec<&'static KnownDirective> = DIRECTIVES
            .iter()
            .filter(|row| if is_federation { row.is_in(version) } else { own && row.spec == Some(link.spec.as_str()) })
            .collect();
        if rows.is_empty() {
            links.foreign.push(link);
            return;
        }
        for row in &rows {
            let bare =
                if row.name == link.spec { link.prefix.clone() } else { format!("{}__{}", link.prefix, row.name) };
            links.directives.insert(bare, row.known);
        }
        links.prefixes.push(link.prefix.clone());
        for (name, local) in &link.imports {
            match name.strip_prefix('@') {
                Some("link") => {}
                Some(directive) => match rows.iter().find(|row| row.name == directive) {
                    Some(row) => {
                        if row.spec.is_some() {
                            links.imported.push((row.name, local.trim_start_matches('@').to_owned()));
                        }
                        links.directives.insert(local.trim_start_matches('@').to_owned(), row.known);
                    }
                    None => self.unknown_import(name, &link, version),
                },
                None if IMPORTABLE_TYPES.contains(&name.as_str()) => links.types.push(local.clone()),
                None => self.unknown_import(name, &link, version),
            }
        }
    }

    fn unknown_import(&mut self, name: &str, link: &Link, version: Version) {
        let hint = DIRECTIVES
            .iter()
            .find(|row| Some(row.name) == name.strip_prefix('@'))
            .and_then(|row| row.since)
            .map_or_else(String::new, |since| {
                format!("; it came with federation v2.{since}, this schema links {version}")
            });
        self.fault(
            ErrorCode::InvalidLinkDirectiveUsage,
            link.span,
            format!("cannot import {name:?}: {} does not define it{hint}", link.identity),
        );
    }
}

fn import_of(element: &ast::Value) -> Option<(String, String)> {
    if let Some(name) = element.as_str() {
        return Some((name.to_owned(), name.to_owned()));
    }
    let fields = element.as_object()?;
    let get = |wanted: &str| fields.iter().find(|(name, _)| name == wanted).and_then(|(_, value)| value.as_str());
    let name = get("name")?;
    let local = get("as").unwrap_or(name);
    Name::new(local.trim_start_matches('@')).ok()?;
    Some((name.to_owned(), local.to_owned()))
}

/// `https://specs.apollo.dev/federation/v2.3` -> identity, (2, 3).
fn split_url(url: &str) -> (String, Option<(u32, u32)>) {
    let trimmed = url.trim_end_matches('/');
    if let Some((identity, last)) = trimmed.rsplit_once('/')
        && let Some((major, minor)) = last.strip_prefix('v').and_then(|version| version.split_once('.'))
        && let (Ok(major), Ok(minor)) = (major.parse(), minor.parse())
    {
        return (identity.to_owned(), Some((major, minor)));
    }
    (trimmed.to_owned(), None)
}
