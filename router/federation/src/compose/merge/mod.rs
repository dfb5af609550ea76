//! Seventh pass: the types of all subgraphs become one set of types, each element marked with where it comes from
//! (`@join__*`). Mismatches go to the report; a merged element is produced all the same where one can be.

mod applied;
mod arguments;
mod composites;
mod definitions;
mod enums;
mod fields;
pub mod hierarchy;
mod implementations;
mod inputs;
mod interface_authorization;
pub mod interface_objects;
mod joins;
mod kinds;
pub mod overrides;
mod unions;

pub use definitions::is_executable;
pub use implementations::check as check_implementations;

use std::collections::BTreeMap;

use apollo_compiler::{
    Name, Node, ast,
    collections::{IndexMap, IndexSet},
    parser::SourceSpan,
};

use self::{hierarchy::Hierarchy, overrides::Overrides};
use super::{
    composed::ComposedDirective,
    report::Report,
    subgraph::{SubgraphSchema, TypeDef, TypeKind},
    usage::Usage,
};

/// A type in the subgraphs that have it: their index and their definition, in subgraph order.
pub type Sources<'a> = Vec<(usize, &'a TypeDef)>;

/// The merged types and what has to be declared around them.
pub struct Merged {
    /// Definitions of directives that are not federation's own.
    pub directives: Vec<ast::Definition>,
    pub types: BTreeMap<Name, ast::Definition>,
    /// Federation directives that occur on some element.
    pub applied: IndexSet<Name>,
    /// Some field is overridden progressively.
    pub has_labels: bool,
}

/// Groups types by name, in order of names.
pub fn group(subgraphs: &[SubgraphSchema]) -> BTreeMap<Name, Sources<'_>> {
    let mut types: BTreeMap<Name, Sources<'_>> = BTreeMap::new();
    for (index, subgraph) in subgraphs.iter().enumerate() {
        for (name, ty) in &subgraph.types {
            types.entry(name.clone()).or_default().push((index, ty));
        }
    }
    types
}

/// Merges all types.
pub fn merge(
    subgraphs: &[SubgraphSchema],
    usages: &[Usage],
    types: &BTreeMap<Name, Sources<'_>>,
    composed: &BTreeMap<Name, ComposedDirective<'_>>,
    report: &mut Report,
) -> Merged {
    let mut merger = Merger {
        subgraphs,
        usages,
        hierarchy: Hierarchy::of(subgraphs),
        overrides: Overrides::of(subgraphs),
        report,
        enums: EnumUse::default(),
        applied: IndexSet::default(),
        has_labels: false,
    };
    let mut merged: BTreeMap<Name, ast::Definition> = BTreeMap::new();
    let mut enums = Vec::new();
    for (name, sources) in types {
        match merger.merged_kind(name, sources) {
            // How an enum merges depends on where the merged fields use it.
            Some(TypeKind::Enum) => enums.push((name, sources)),
            Some(kind) => {
                if let Some(definition) = merger.merge_type(name, kind, sources) {
                    merged.insert(name.clone(), definition);
                }
            }
            None => {}
        }
    }
    let directives = merger.directive_definitions(composed);
    for (name, sources) in enums {
        merged.insert(name.clone(), merger.merge_enum(name, sources));
    }
    merger.add_interface_object_fields(types, &mut merged);
    interface_authorization::propagate(types, &mut merged);
    Merged { directives, types: merged, applied: merger.applied, has_labels: merger.has_labels }
}

/// What the merging functions share.
struct Merger<'a> {
    subgraphs: &'a [SubgraphSchema],
    usages: &'a [Usage],
    hierarchy: Hierarchy,
    overrides: Overrides,
    report: &'a mut Report,
    enums: EnumUse,
    applied: IndexSet<Name>,
    has_labels: bool,
}

/// Where merged fields use a type, by type name; the coordinate of the first place is kept for messages.
#[derive(Default)]
struct EnumUse {
    input: IndexMap<Name, String>,
    output: IndexMap<Name, String>,
}

impl Merger<'_> {
    fn merge_type(&mut self, name: &Name, kind: TypeKind, sources: &Sources<'_>) -> Option<ast::Definition> {
        match kind {
            TypeKind::Scalar => Some(self.merge_scalar(name, sources)),
            TypeKind::Object => Some(self.merge_object(name, sources)),
            TypeKind::Interface => Some(self.merge_interface(name, sources)),
            TypeKind::Union => Some(self.merge_union(name, sources)),
            TypeKind::InputObject => self.merge_input(name, sources),
            TypeKind::Enum => None,
        }
    }

    fn merge_scalar(&mut self, name: &Name, sources: &Sources<'_>) -> ast::Definition {
        let mut directives = self.type_joins(name, sources);
        directives.extend(self.type_applied(sources));
        ast::Definition::ScalarTypeDefinition(
            ast::ScalarTypeDefinition {
                description: description(sources.iter().map(|(_, ty)| ty.description.as_ref())),
                name: name.clone(),
                directives: ast::DirectiveList(directives),
            }
            .into(),
        )
    }

    fn type_applied(&mut self, sources: &Sources<'_>) -> Vec<Node<ast::Directive>> {
        let lists: Vec<&[Node<ast::Directive>]> = sources.iter().map(|(_, ty)| ty.applied.as_slice()).collect();
        self.merge_applied(&lists)
    }

    fn merge_applied(&mut self, sources: &[&[Node<ast::Directive>]]) -> Vec<Node<ast::Directive>> {
        if sources.iter().all(|source| source.is_empty()) {
            return Vec::new();
        }
        let merged = applied::merge_applied(sources);
        for directive in &merged {
            if !self.applied.contains(&directive.name) {
                self.applied.insert(directive.name.clone());
            }
        }
        merged
    }

    /// `subgraph "a"`, for messages.
    fn called(&self, index: usize) -> String {
        format!("subgraph {:?}", self.subgraphs[index].name)
    }
}

/// A merged element has the place of a subgraph's own element, so that what is wrong with it in the merged schema can
/// be shown to someone.
fn placed<T>(element: T, span: Option<SourceSpan>) -> Node<T> {
    match span {
        Some(span) => Node::new_parsed(element, span),
        None => Node::new(element),
    }
}

/// The description that most subgraphs give; of equally frequent ones the first, in subgraph order.
fn description<'a>(all: impl Iterator<Item = Option<&'a Node<str>>>) -> Option<Node<str>> {
    let mut counted: Vec<(&Node<str>, usize)> = Vec::new();
    for text in all.flatten().filter(|text| !text.trim().is_empty()) {
        match counted.iter_mut().find(|(known, _)| *known == text) {
            Some((_, count)) => *count += 1,
            None => counted.push((text, 1)),
        }
    }
    let most = counted.iter().map(|(_, count)| *count).max()?;
    counted.into_iter().find(|(_, count)| *count == most).map(|(text, _)| text.clone())
}
