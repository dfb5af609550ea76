//! Subtyping over all subgraphs, and the merging of type references.

use apollo_compiler::{
    Name, ast,
    collections::{IndexMap, IndexSet},
};

use crate::compose::subgraph::SubgraphSchema;

/// Which names are more special than which, in any subgraph.
#[derive(Debug, Default)]
pub struct Hierarchy {
    /// Interface or union to implementations or members.
    below: IndexMap<Name, IndexSet<Name>>,
}

impl Hierarchy {
    pub fn of(subgraphs: &[SubgraphSchema]) -> Self {
        let mut hierarchy = Self::default();
        for ty in subgraphs.iter().flat_map(|subgraph| subgraph.types.values()) {
            for interface in &ty.interfaces {
                hierarchy.below.entry(interface.clone()).or_default().insert(ty.name.clone());
            }
            if !ty.members.is_empty() {
                hierarchy.below.entry(ty.name.clone()).or_default().extend(ty.members.iter().cloned());
            }
        }
        hierarchy
    }

    /// Objects and interfaces below an interface, in any subgraph.
    pub fn implementations(&self, interface: &str) -> impl Iterator<Item = &Name> {
        self.below.get(interface).into_iter().flatten()
    }

    fn is_named_subtype(&self, sub: &Name, sup: &Name) -> bool {
        sub == sup || self.below.get(sup).is_some_and(|below| below.contains(sub))
    }

    /// Whether every value of type `sub` is one of type `sup`.
    pub fn is_subtype(&self, sub: &ast::Type, sup: &ast::Type) -> bool {
        use ast::Type::{List, Named, NonNullList, NonNullNamed};
        match (sub, sup) {
            (Named(sub) | NonNullNamed(sub), Named(sup)) | (NonNullNamed(sub), NonNullNamed(sup)) => {
                self.is_named_subtype(sub, sup)
            }
            (List(sub) | NonNullList(sub), List(sup)) | (NonNullList(sub), NonNullList(sup)) => {
                self.is_subtype(sub, sup)
            }
            _ => false,
        }
    }

    /// The most general of the types, when it is above all others: what clients get to see.
    pub fn most_general<'t>(&self, types: &[&'t ast::Type]) -> Option<&'t ast::Type> {
        let mut general = *types.first()?;
        for ty in types {
            if self.is_subtype(general, ty) {
                general = ty;
            }
        }
        types.iter().all(|ty| self.is_subtype(ty, general)).then_some(general)
    }

    /// The most special of the types, when all others are above it: what clients must send.
    pub fn most_special<'t>(&self, types: &[&'t ast::Type]) -> Option<&'t ast::Type> {
        let mut special = *types.first()?;
        for ty in types {
            if self.is_subtype(ty, special) {
                special = ty;
            }
        }
        types.iter().all(|ty| self.is_subtype(special, ty)).then_some(special)
    }
}
