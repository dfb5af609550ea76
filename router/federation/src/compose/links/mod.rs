//! Second pass: which specification each name of a subgraph comes from (`@link`, its imports and renames).

mod conflicts;
mod link;

use apollo_compiler::{Node, ast, collections::IndexMap};

use super::{
    error::ErrorCode,
    ingest::ParsedSubgraph,
    report::Report,
    spec::{DIRECTIVES, IMPORTABLE_TYPES, Known, KnownDirective, NEWEST_MINOR, Version},
    subgraph::{Import, Link},
};
use conflicts::Conflicts;
use link::Reader;

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
    /// Imported directives that reach the supergraph.
    pub imported: Vec<Import>,
    directives: IndexMap<String, Known>,
    /// Types of the federation specification under their local names, when imported.
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
            || self.is_imported_type(name)
            || name.split_once("__").is_some_and(|(prefix, _)| self.prefixes.iter().any(|known| known == prefix))
    }

    /// Whether a type is one of the federation specification, imported by name.
    pub fn is_imported_type(&self, name: &str) -> bool {
        self.types.iter().any(|local| local == name)
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
    Conflicts::check(&found, &mut reader);
    for link in &found {
        if link.identity == format!("{SPECS}federation") {
            links.version = federation_version(link, &mut reader);
        }
    }
    if links.version == Version::One {
        let fed1 = DIRECTIVES.iter().filter(|row| row.since.is_none());
        links.directives.extend(fed1.map(|row| (row.name.to_owned(), row.known)));
    }
    for link in found {
        links.add(link, &mut reader);
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
        .find(|directive| link::argument(directive, "url").is_some_and(|url| url.starts_with(&format!("{SPECS}link/"))))
        .map_or_else(|| "link".to_owned(), |directive| directive.name.to_string())
}

fn federation_version(link: &Link, reader: &mut Reader<'_>) -> Version {
    match link.version {
        (2, minor) if minor <= NEWEST_MINOR => Version::Two(minor),
        _ => {
            reader.fault(
                ErrorCode::UnknownFederationLinkVersion,
                link.span,
                format!("this federation version is not known; link one from v2.0 to v2.{NEWEST_MINOR}"),
            );
            Version::Two(NEWEST_MINOR)
        }
    }
}

impl Links {
    fn add(&mut self, link: Link, reader: &mut Reader<'_>) {
        let is_federation = link.identity == format!("{SPECS}federation");
        let own = link.identity.starts_with(SPECS);
        if link.identity == format!("{SPECS}link") {
            if link.version.0 != 1 {
                let message = "this version of the link specification is not known; link v1.0".to_owned();
                reader.fault(ErrorCode::UnknownLinkVersion, link.span, message);
            }
            self.prefixes.push(link.prefix);
            return;
        }
        let version = self.version;
        let rows: Vec<&'static KnownDirective> = DIRECTIVES
            .iter()
            .filter(|row| {
                if is_federation { row.is_in(version) } else { own && row.spec.is_some_and(|spec| link.is_of(spec)) }
            })
            .collect();
        if rows.is_empty() {
            self.foreign.push(link);
            return;
        }
        for row in &rows {
            let bare =
                if row.name == link.spec { link.prefix.clone() } else { format!("{}__{}", link.prefix, row.name) };
            self.directives.insert(bare, row.known);
        }
        self.prefixes.push(link.prefix.clone());
        for (name, local) in &link.imports {
            self.import(&link, &rows, (name, local), reader);
        }
    }

    fn import(
        &mut self,
        link: &Link,
        rows: &[&'static KnownDirective],
        (name, local): (&str, &str),
        reader: &mut Reader<'_>,
    ) {
        let Some(directive) = name.strip_prefix('@') else {
            if IMPORTABLE_TYPES.contains(&name) {
                self.types.push(local.to_owned());
            } else {
                reader.unknown_import(name, link, self.version);
            }
            return;
        };
        match rows.iter().find(|row| row.name == directive) {
            Some(row) => {
                let local = local.trim_start_matches('@').to_owned();
                if row.spec.is_some() {
                    self.imported.push(Import { directive: row.name, local: local.clone(), span: link.span });
                }
                self.directives.insert(local, row.known);
            }
            None if directive == "link" => {}
            None => reader.unknown_import(name, link, self.version),
        }
    }
}
