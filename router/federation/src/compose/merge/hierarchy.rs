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

    /// The most general of the types: what clients get to see. None when one does not fit those before it.
    pub fn most_general<'t>(&self, types: &[&'t ast::Type]) -> Option<&'t ast::Type> {
        let (first, rest) = types.split_first()?;
        rest.iter().copied().try_fold(*first, |general, ty| {
            if self.is_subtype(ty, general) { Some(general) } else { self.is_subtype(general, ty).then_some(ty) }
        })
    }

    /// The most special of the types: what clients must send. None when one does not fit those before it.
    pub fn most_special<'t>(&self, types: &[&'t ast::Type]) -> Option<&'t ast::Type> {
        let (first, rest) = types.split_first()?;
        rest.iter().copied().try_fold(*first, |special, ty| {
            if self.is_subtype(special, ty) { Some(special) } else { self.is_subtype(ty, special).then_some(ty) }
        })
    }
}
