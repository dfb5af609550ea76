//! A subgraph's schema as the later passes see it: extensions folded in, federation directives read into fields,
//! every name in its canonical form (renamed imports and root types are gone).

use apollo_compiler::{
    Name, Node, ast,
    collections::{IndexMap, IndexSet},
    parser::{SourceMap, SourceSpan},
};

use super::spec::Version;
pub use crate::supergraph::TypeKind;
use crate::supergraph::{FieldSelection, FieldSetError};

/// One subgraph, read.
#[derive(Debug, Clone)]
pub struct SubgraphSchema {
    pub name: String,
    pub url: String,
    /// Its value in `join__Graph`.
    pub graph: Name,
    pub version: Version,
    pub sources: SourceMap,
    pub types: IndexMap<Name, TypeDef>,
    /// Directives that the subgraph defines itself.
    pub directives: IndexMap<Name, DirectiveDef>,
    /// What `@composeDirective` asks to carry over.
    pub composed: Vec<ComposeRequest>,
    /// Directives of the federation specification that reach the supergraph.
    pub imported: Vec<Import>,
    /// Foreign specifications: where a composed directive comes from.
    pub links: Vec<Link>,
}

/// One `@composeDirective`.
#[derive(Debug, Clone)]
pub struct ComposeRequest {
    /// As written; it should begin with `@`.
    pub name: String,
    /// For federation's own directives: whether they reach the supergraph by themselves.
    pub is_carried_anyway: Option<bool>,
    pub span: Option<SourceSpan>,
}

/// A directive that a `@link` imports and that reaches the supergraph.
#[derive(Debug, Clone)]
pub struct Import {
    /// Its name in the specification.
    pub directive: &'static str,
    /// Its name here.
    pub local: String,
    /// The `@link`.
    pub span: Option<SourceSpan>,
}

/// One `@link` of a schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// URL without its version.
    pub identity: String,
    /// The identity's last segment.
    pub spec: String,
    /// `v1.2` as (1, 2).
    pub version: (u32, u32),
    /// The prefix of what is not imported.
    pub prefix: String,
    /// (name in the specification, name here), directives with their `@`.
    pub imports: Vec<(String, String)>,
    pub span: Option<SourceSpan>,
}

impl Link {
    /// Whether this is a version of a specification that is known up to `v0.N`.
    pub fn is_of(&self, (name, newest): (&str, u32)) -> bool {
        self.spec == name && self.version.0 == 0 && self.version.1 <= newest
    }

    /// What the specification calls a directive with this local name (without `@`); None when it is not its.
    pub fn original_directive(&self, local: &str) -> Option<String> {
        let import = self.imports.iter().find(|(_, known)| known.strip_prefix('@') == Some(local));
        if let Some((original, _)) = import {
            return Some(original.trim_start_matches('@').to_owned());
        }
        if self.prefix == local {
            return Some(self.spec.clone());
        }
        local.split_once("__").filter(|(prefix, _)| *prefix == self.prefix).map(|(_, original)| original.to_owned())
    }
}

#[derive(Debug, Clone)]
pub struct TypeDef {
    pub name: Name,
    pub kind: TypeKind,
    pub span: Option<SourceSpan>,
    pub description: Option<Node<str>>,
    /// Written as more than `extend type`.
    pub is_defined: bool,
    /// Marked `@extends`.
    pub extends: bool,
    pub is_interface_object: bool,
    pub keys: Vec<Key>,
    pub interfaces: IndexSet<Name>,
    /// Of objects and interfaces.
    pub fields: IndexMap<Name, FieldDef>,
    /// Of input objects.
    pub inputs: IndexMap<Name, InputDef>,
    pub members: IndexSet<Name>,
    pub values: IndexMap<Name, ValueDef>,
    /// Directives that are carried into the supergraph.
    pub applied: Vec<Node<ast::Directive>>,
}

#[derive(Debug, Clone)]
pub struct Key {
    pub fields: FieldSetText,
    pub resolvable: bool,
    /// Written on an `extend type`.
    pub of_extension: bool,
}

/// A field set as written, parsed once.
#[derive(Debug, Clone)]
pub struct FieldSetText {
    pub text: String,
    pub span: Option<SourceSpan>,
    /// The first directive in it; none may be there.
    pub directive: Option<Name>,
    pub parsed: Result<Vec<FieldSelection>, FieldSetFault>,
}

#[derive(Debug, Clone)]
pub enum FieldSetFault {
    /// The argument is not a string.
    NotText,
    Text(FieldSetError),
}

impl FieldSetText {
    /// The selections; empty when the text is faulty (which is reported once, where it is checked).
    pub fn selections(&self) -> &[FieldSelection] {
        self.parsed.as_deref().unwrap_or_default()
    }
}

#[derive(Debug, Clone)]
pub struct FieldDef {
    pub name: Name,
    pub span: Option<SourceSpan>,
    pub description: Option<Node<str>>,
    pub ty: ast::Type,
    pub arguments: IndexMap<Name, InputDef>,
    pub external: bool,
    pub shareable: bool,
    pub requires: Option<FieldSetText>,
    pub provides: Option<FieldSetText>,
    pub overrides: Option<Override>,
    pub applied: Vec<Node<ast::Directive>>,
}

/// The definition of a directive that is not federation's own.
#[derive(Debug, Clone)]
pub struct DirectiveDef {
    pub description: Option<Node<str>>,
    pub arguments: IndexMap<Name, InputDef>,
    pub repeatable: bool,
    pub locations: Vec<ast::DirectiveLocation>,
}

#[derive(Debug, Clone)]
pub struct Override {
    pub from: String,
    pub label: Option<String>,
    pub span: Option<SourceSpan>,
}

/// An argument or an input field.
#[derive(Debug, Clone)]
pub struct InputDef {
    pub name: Name,
    pub span: Option<SourceSpan>,
    pub description: Option<Node<str>>,
    pub ty: ast::Type,
    pub default: Option<Node<ast::Value>>,
    pub applied: Vec<Node<ast::Directive>>,
}

impl InputDef {
    /// Required of callers: non-null and without a default.
    pub fn is_required(&self) -> bool {
        self.ty.is_non_null() && self.default.is_none()
    }
}

#[derive(Debug, Clone)]
pub struct ValueDef {
    pub name: Name,
    pub span: Option<SourceSpan>,
    pub description: Option<Node<str>>,
    pub applied: Vec<Node<ast::Directive>>,
}

impl TypeDef {
    /// Begun by another subgraph, by what is written here.
    pub fn is_extension(&self) -> bool {
        self.extends || !self.is_defined
    }

    pub fn is_composite(&self) -> bool {
        matches!(self.kind, TypeKind::Object | TypeKind::Interface | TypeKind::Union)
    }
}

impl SubgraphSchema {
    /// Object types that can be behind `name` here.
    pub fn possible_types<'a>(&'a self, name: &'a str) -> Vec<&'a TypeDef> {
        match self.types.get(name) {
            Some(ty) if ty.kind == TypeKind::Object => vec![ty],
            Some(ty) if ty.kind == TypeKind::Union => {
                ty.members.iter().filter_map(|member| self.types.get(member)).collect()
            }
            Some(ty) if ty.kind == TypeKind::Interface => self
                .types
                .values()
                .filter(|candidate| candidate.kind == TypeKind::Object && candidate.interfaces.contains(&ty.name))
                .collect(),
            _ => Vec::new(),
        }
    }
}
