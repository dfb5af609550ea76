//! What Federation 1 left unsaid: fields that several subgraphs resolve are shared.

use apollo_compiler::{
    Name, Node, ast,
    collections::{IndexMap, IndexSet},
};

use super::extensions::owned_by_keys;
use crate::compose::{
    subgraph::{FieldDef, SubgraphSchema, TypeKind},
    usage::Usage,
};

/// What each subgraph said before anything was rewritten.
pub(super) struct Before {
    subgraphs: Vec<SubgraphBefore>,
}

struct SubgraphBefore {
    composites: IndexSet<Name>,
    /// Fields that the subgraph resolves, on every path or on one that provides them.
    resolved: IndexSet<(Name, Name)>,
    /// The tags of fields without an `@external` mark.
    tags: IndexMap<(Name, Name), Vec<Node<ast::Directive>>>,
}

impl Before {
    pub(super) fn of(subgraphs: &[SubgraphSchema]) -> Self {
        Self { subgraphs: subgraphs.iter().map(SubgraphBefore::of).collect() }
    }

    fn others(&self, at: usize) -> impl Iterator<Item = &SubgraphBefore> {
        self.subgraphs.iter().enumerate().filter(move |(other, _)| *other != at).map(|(_, before)| before)
    }
}

impl SubgraphBefore {
    fn of(subgraph: &SubgraphSchema) -> Self {
        let provided = Usage::of(subgraph).provided;
        let owned = owned_by_keys(subgraph);
        let mut before =
            Self { composites: IndexSet::default(), resolved: IndexSet::default(), tags: IndexMap::default() };
        for ty in subgraph.types.values() {
            if matches!(ty.kind, TypeKind::Object | TypeKind::Interface) {
                before.composites.insert(ty.name.clone());
            }
            for field in ty.fields.values() {
                let coordinate = (ty.name.clone(), field.name.clone());
                if !field.external || provided.contains(&coordinate) || owned.contains(&coordinate) {
                    before.resolved.insert(coordinate.clone());
                }
                if !field.external {
                    before.tags.insert(coordinate, tags(field).cloned().collect());
                }
            }
        }
        before
    }
}

fn tags(field: &FieldDef) -> impl Iterator<Item = &Node<ast::Directive>> {
    field.applied.iter().filter(|directive| directive.name == "tag")
}

/// Fields of entities and roots are shared one by one; other types, as a whole, when another subgraph has them too.
pub(super) fn share(at: usize, subgraph: &mut SubgraphSchema, before: &Before) {
    for ty in subgraph.types.values_mut().filter(|ty| ty.kind == TypeKind::Object && ty.name != "Subscription") {
        let is_one_by_one = !ty.keys.is_empty() || matches!(ty.name.as_str(), "Query" | "Mutation");
        let is_elsewhere = before.others(at).any(|other| other.composites.contains(&ty.name));
        let name = ty.name.clone();
        for field in ty.fields.values_mut() {
            let coordinate = (name.clone(), field.name.clone());
            field.shareable |= if is_one_by_one {
                before.others(at).any(|other| other.resolved.contains(&coordinate))
            } else {
                is_elsewhere
            };
        }
    }
}

/// A tag on an external field is dropped where it only repeats that of the field it stands for.
pub(super) fn drop_repeated_tags(at: usize, subgraph: &mut SubgraphSchema, before: &Before) {
    for ty in subgraph.types.values_mut() {
        let name = ty.name.clone();
        for field in ty.fields.values_mut().filter(|field| field.external) {
            let coordinate = (name.clone(), field.name.clone());
            let elsewhere: Vec<&Node<ast::Directive>> =
                before.others(at).filter_map(|other| other.tags.get(&coordinate)).flatten().collect();
            field.applied.retain(|directive| !elsewhere.contains(&directive));
        }
    }
}
