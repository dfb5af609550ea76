//! One `@link`: its address, its prefix, its imports.

use apollo_compiler::{Name, Node, ast, parser::SourceSpan};

use crate::compose::{
    error::ErrorCode,
    ingest::ParsedSubgraph,
    report::Report,
    spec::{DIRECTIVES, Version},
    subgraph::Link,
};

/// Reads the links of one subgraph and reports what is wrong with them.
pub(super) struct Reader<'a> {
    pub(super) subgraph: &'a ParsedSubgraph,
    pub(super) report: &'a mut Report,
}

pub(super) fn argument<'a>(directive: &'a ast::Directive, name: &str) -> Option<&'a str> {
    directive.specified_argument_by_name(name).and_then(|value| value.as_str())
}

impl Reader<'_> {
    pub(super) fn fault(&mut self, code: ErrorCode, span: Option<SourceSpan>, message: String) {
        self.report.located(code, (&self.subgraph.name, &self.subgraph.document.sources), span, message);
    }

    /// None: it cannot be understood, which is reported.
    pub(super) fn read(&mut self, directive: &Node<ast::Directive>) -> Option<Link> {
        let span = directive.location();
        let Some(url) = argument(directive, "url") else {
            self.fault(
                ErrorCode::InvalidLinkDirectiveUsage,
                span,
                format!("@{} needs the argument url, the address of a specification", directive.name),
            );
            return None;
        };
        let Some(SpecUrl { identity, spec, version }) = SpecUrl::parse(url) else {
            self.fault(
                ErrorCode::InvalidLinkIdentifier,
                span,
                format!(
                    "{url:?} is not the address of a specification; it ends in its name and version: .../name/v1.0"
                ),
            );
            return None;
        };
        let prefix = argument(directive, "as").unwrap_or(&spec).to_owned();
        let imports = self.read_imports(directive);
        Some(Link { identity, spec, version, prefix, imports, span })
    }

    fn read_imports(&mut self, directive: &Node<ast::Directive>) -> Vec<(String, String)> {
        let Some(value) = directive.specified_argument_by_name("import").filter(|value| !value.is_null()) else {
            return Vec::new();
        };
        let Some(list) = value.as_list() else {
            self.fault(
                ErrorCode::InvalidLinkDirectiveUsage,
                value.location().or(directive.location()),
                format!("import must be a list, such as [{}]", value.serialize().no_indent()),
            );
            return Vec::new();
        };
        let mut imports = Vec::new();
        for element in list {
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

    pub(super) fn unknown_import(&mut self, name: &str, link: &Link, version: Version) {
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

/// `https://specs.apollo.dev/federation/v2.3`
struct SpecUrl {
    /// Without the version.
    identity: String,
    /// `federation`
    spec: String,
    version: (u32, u32),
}

impl SpecUrl {
    fn parse(url: &str) -> Option<Self> {
        let url = url.split(['?', '#']).next()?;
        let (identity, last) = url.rsplit_once('/')?;
        let (major, minor) = last.strip_prefix('v')?.split_once('.')?;
        let (_, path) = identity.split_once("://")?;
        let (_, spec) = path.rsplit_once('/').filter(|(_, spec)| !spec.is_empty())?;
        Some(Self { spec: spec.to_owned(), version: (number(major)?, number(minor)?), identity: identity.to_owned() })
    }
}

/// Digits only: `parse` would take a sign.
fn number(text: &str) -> Option<u32> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::SpecUrl;

    #[test]
    fn an_address_ends_in_its_name_and_version() {
        let read = SpecUrl::parse("https://specs.apollo.dev/federation/v2.11").unwrap();
        assert_eq!(
            (&*read.identity, &*read.spec, read.version),
            ("https://specs.apollo.dev/federation", "federation", (2, 11))
        );
        let extra = SpecUrl::parse("http://x/a/b/v1.0?x=1#y").unwrap();
        assert_eq!((&*extra.identity, &*extra.spec), ("http://x/a/b", "b"));
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            "foo",
            "https://x.dev/foo",
            "https://x.dev/v1.0",
            "https://x.dev/foo/v1",
            "https://x.dev/foo/1.0",
            "https://x.dev/foo/v1.0/",
            "https://x.dev/foo/v+1.0",
            "https://x.dev/foo/v1.",
            "/foo/v1.0",
        ] {
            assert!(SpecUrl::parse(text).is_none(), "{text:?}");
        }
    }
}
