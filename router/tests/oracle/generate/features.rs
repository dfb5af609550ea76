//! What a federation may use. Each is drawn by itself, so that some federations are full of a few features and
//! empty of the others (swarm testing): what many features together hide, few show.

use std::collections::BTreeSet;

use crate::dice::Dice;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Feature {
    Arguments,
    Authorization,
    ComposedDirective,
    Costs,
    Decoration,
    EntityInterface,
    Enums,
    Extends,
    Federation1,
    Hidden,
    Inputs,
    InterfaceObject,
    Interfaces,
    KeysCompound,
    KeysNested,
    KeysPartial,
    KeysSeveral,
    KeysUnresolvable,
    Links,
    ListsOfLists,
    Mutations,
    Nullability,
    Override,
    OverrideProgressive,
    Provides,
    QueryInside,
    RenamedRoots,
    Requires,
    RequiresArguments,
    RequiresChained,
    RequiresNested,
    Scalars,
    Shareable,
    Unions,
    Values,
    ValuesPartial,
}

use Feature::*;

const ALL: [Feature; 36] = [
    Arguments,
    Authorization,
    ComposedDirective,
    Costs,
    Decoration,
    EntityInterface,
    Enums,
    Extends,
    Federation1,
    Hidden,
    Inputs,
    InterfaceObject,
    Interfaces,
    KeysCompound,
    KeysNested,
    KeysPartial,
    KeysSeveral,
    KeysUnresolvable,
    Links,
    ListsOfLists,
    Mutations,
    Nullability,
    Override,
    OverrideProgressive,
    Provides,
    QueryInside,
    RenamedRoots,
    Requires,
    RequiresArguments,
    RequiresChained,
    RequiresNested,
    Scalars,
    Shareable,
    Unions,
    Values,
    ValuesPartial,
];

#[derive(Debug)]
pub struct Features(BTreeSet<Feature>);

impl Features {
    /// One of two; after a federation that did not compose, fewer with every attempt.
    pub fn draw(dice: &mut Dice, attempt: usize) -> Self {
        let drawn: Vec<Feature> = ALL.iter().copied().filter(|_| !dice.one_in(2)).collect();
        Self(drawn.into_iter().filter(|_| dice.below(6) >= attempt).collect())
    }

    pub fn has(&self, feature: Feature) -> bool {
        self.0.contains(&feature)
    }
}
