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
    pub directives: IndexMap<Name, Node<ast::DirectiveDefinition>>,
    /// Names (without `@`) that `@composeDirective` asks to carry over, and where it asks.
    pub composed: Vec<(Name, Option<SourceSpan>)>,
    /// Directives of the federation specification that reach the supergraph, and their names here.
    pub imported: Vec<(&'static str, String)>,
    /// Foreign specifications: where a composed directive comes from.
    pub links: Vec<Link>,
}

/// One `@link` of a schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// URL without its version.
    pub identity: String,
    /// The identity's last segment.
    pub spec: String,
    /// `v1.2` as (1, 2); None when the URL has none.
    pub version: Option<(u32, u32)>,
    /// The prefix of what is not imported.
    pub prefix: String,
    /// (name in the specification, name here), directives with their `@`.
    pub imports: Vec<(String, String)>,
    pub span: Option<SourceSpan>,
}

#[derive(Debug, Clone)]
pub struct TypeDef {
    pub name: Name,
    pub kind: TypeKind,
    pub span: Option<SourceSpan>,
    pub description: Option<Node<str>>,
    /// Written only as `extend type`, or with `@extends`.
    pub is_extension: bool,
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
}

/// A field set as written, parsed once.
#[derive(Debug, Clone)]
pub struct FieldSetText {
    pub text: String,
    pub span: Option<SourceSpan>,
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
    /// The external mark came from the type (`type T @external`).
    pub external_by_type: bool,
    pub shareable: bool,
    pub requires: Option<FieldSetText>,
    pub provides: Option<FieldSetText>,
    pub overrides: Option<Override>,
    pub applied: Vec<Node<ast::Directive>>,
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
    /// An object type, or an interface object (an interface elsewhere).
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
