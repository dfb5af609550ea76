//! Third pass: what a subgraph prints of the specifications themselves (`directive @key ...`, `scalar _FieldSet`).
//! It may say less than the specification does, and nothing else; then it is replaced by our own.

use apollo_compiler::{Node, ast, ast::Definition, parser::SourceSpan};

use super::{
    error::ErrorCode,
    ingest::ParsedSubgraph,
    links::Links,
    report::Report,
    spec::{LINK_DEFINITION, Version},
};

pub fn check(subgraph: &ParsedSubgraph, links: &Links, report: &mut Report) {
    let mut check = Check { subgraph, links, report };
    for definition in &subgraph.document.definitions {
        match definition {
            Definition::DirectiveDefinition(written) => check.directive(written),
            _ => check.machinery_type(definition),
        }
    }
}

struct Check<'a> {
    subgraph: &'a ParsedSubgraph,
    links: &'a Links,
    report: &'a mut Report,
}

impl Check<'_> {
    fn fault(&mut self, code: ErrorCode, span: Option<SourceSpan>, message: String) {
        self.report.located(code, (&self.subgraph.name, &self.subgraph.document.sources), span, message);
    }

    fn directive(&mut self, written: &ast::DirectiveDefinition) {
        if self.is_shorthand(written) {
            return;
        }
        let Some(specified) = self.specified(&written.name) else { return };
        let faults = Definitions { written, specified: &specified, links: self.links }.faults();
        for (span, reason) in faults {
            let message = format!("the definition of @{} is not the specification's: {reason}", written.name);
            self.fault(ErrorCode::DirectiveDefinitionInvalid, span.or(written.name.location()), message);
        }
    }

    /// Early Federation 1 libraries printed `fields` with other types, or not at all.
    fn is_shorthand(&self, written: &ast::DirectiveDefinition) -> bool {
        let is_known = |ty: &ast::Type| matches!(ty.to_string().as_str(), "String" | "_FieldSet" | "FieldSet");
        self.links.version == Version::One
            && matches!(written.name.as_str(), "key" | "requires" | "provides")
            && match written.arguments.as_slice() {
                [] => true,
                [only] => only.name == "fields" && is_known(&only.ty),
                _ => false,
            }
    }

    /// The specification's definition of a directive, under its local name.
    fn specified(&self, local: &str) -> Option<Node<ast::DirectiveDefinition>> {
        let row = self.links.local_directives().find(|(name, _)| *name == local);
        let text = match row {
            Some((_, row)) => row.definition_as(local, self.links.version),
            None if local == self.links.link_name => LINK_DEFINITION.replace('%', local),
            None => return None,
        };
        let document = ast::Document::parse(text, "specification.graphql").ok()?;
        match document.definitions.into_iter().next() {
            Some(Definition::DirectiveDefinition(definition)) => Some(definition),
            _ => None,
        }
    }

    fn machinery_type(&mut self, definition: &Definition) {
        let Some(name) = definition.name() else { return };
        let purpose = format!("{}__Purpose", self.links.link_name);
        let is_link_type = name.as_str() == purpose || name.as_str() == format!("{}__Import", self.links.link_name);
        let is_federation_type = self.links.is_imported_type(name)
            || ["federation__FieldSet", "federation__Scope", "federation__Policy"].contains(&name.as_str());
        if self.links.version == Version::One || !(is_link_type || is_federation_type) {
            return;
        }
        let reason = match definition {
            Definition::EnumTypeDefinition(written) if name.as_str() == purpose => {
                let values: Vec<&str> = written.values.iter().map(|value| value.value.as_str()).collect();
                let is_same = values.len() == 2 && values.contains(&"SECURITY") && values.contains(&"EXECUTION");
                (!is_same).then_some("its values are SECURITY and EXECUTION")
            }
            Definition::ScalarTypeDefinition(_) if name.as_str() != purpose => None,
            _ if name.as_str() == purpose => Some("it is an enum"),
            _ => Some("it is a scalar"),
        };
        if let Some(reason) = reason {
            let message = format!("the definition of type {name:?} is not the specification's: {reason}");
            self.fault(ErrorCode::TypeDefinitionInvalid, name.location(), message);
        }
    }
}

/// A directive as a subgraph writes it and as it is specified.
struct Definitions<'a> {
    written: &'a ast::DirectiveDefinition,
    specified: &'a ast::DirectiveDefinition,
    links: &'a Links,
}

impl Definitions<'_> {
    fn faults(&self) -> Vec<(Option<SourceSpan>, String)> {
        let mut faults = Vec::new();
        for argument in &self.written.arguments {
            let specified = self.specified.arguments.iter().find(|specified| specified.name == argument.name);
            let reason = match specified {
                None => Some(format!("there is no argument {:?}; remove it", argument.name)),
                Some(specified) => self.differs(argument, specified),
            };
            faults.extend(reason.map(|reason| (argument.location(), reason)));
        }
        for specified in self.specified.arguments.iter().filter(|argument| argument.is_required()) {
            if !self.written.arguments.iter().any(|argument| argument.name == specified.name) {
                faults.push((None, format!("the argument {:?} is missing; add it", specified.name)));
            }
        }
        if self.written.repeatable && !self.specified.repeatable {
            faults.push((None, "it is not repeatable".to_owned()));
        }
        let extra: Vec<&str> = self
            .written
            .locations
            .iter()
            .filter(|location| !self.specified.locations.contains(location))
            .map(|location| location.name())
            .collect();
        if !extra.is_empty() {
            faults.push((None, format!("it cannot stand on {}; remove that", extra.join(", "))));
        }
        faults
    }

    fn differs(&self, written: &ast::InputValueDefinition, specified: &ast::InputValueDefinition) -> Option<String> {
        // More may be asked of callers than is specified.
        let asked = if specified.ty.is_non_null() { (*written.ty).clone() } else { (*written.ty).clone().nullable() };
        if !self.stands_for(&asked, &specified.ty) {
            let specified = readable(&specified.ty);
            return Some(format!("the argument {:?} is a {specified}, not a {}", written.name, written.ty));
        }
        if !written.ty.is_non_null() && written.default_value != specified.default_value {
            return Some(match &specified.default_value {
                Some(value) => format!("the default of {:?} is {}", written.name, value.serialize().no_indent()),
                None => format!("the argument {:?} has no default; remove it", written.name),
            });
        }
        None
    }

    /// A scalar of the specification may be written as any built-in one, or under its local name.
    fn stands_for(&self, written: &ast::Type, specified: &ast::Type) -> bool {
        use ast::Type::{List, Named, NonNullList, NonNullNamed};
        match (written, specified) {
            (Named(written), Named(specified)) | (NonNullNamed(written), NonNullNamed(specified)) => {
                let Some(bare) = specified.strip_prefix("federation__") else { return written == specified };
                let is_built_in = matches!(written.as_str(), "Int" | "Float" | "String" | "Boolean" | "ID");
                let local = written.trim_start_matches('_').rsplit("__").next();
                is_built_in || self.links.is_imported_type(written) || local == Some(bare.trim_start_matches("Link"))
            }
            (List(written), List(specified)) | (NonNullList(written), NonNullList(specified)) => {
                self.stands_for(written, specified)
            }
            _ => false,
        }
    }
}

/// A type of our own definitions as the specification calls it.
fn readable(ty: &ast::Type) -> String {
    ty.to_string().replace("federation__Link", "link__").replace("federation__", "")
}
