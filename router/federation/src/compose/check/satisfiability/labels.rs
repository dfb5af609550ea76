//! Progressive overrides on the way: which labels are on, as far as the fields of the path ask.

use crate::supergraph::{FieldJoin, FieldModel};

/// Labels that the path has met, in order of their names, and whether they are on. One that it has not met is
/// neither, and a field that is labelled so is had from no side of the override.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Labels<'a> {
    decided: Vec<(&'a str, bool)>,
}

impl<'a> Labels<'a> {
    /// Every way to decide the labels of a field: both sides of each that the path has not met.
    pub(super) fn with_field(&self, field: &'a FieldModel) -> Vec<Self> {
        let mut all = vec![self.clone()];
        for label in field.joins.iter().filter_map(|join| join.override_label.as_deref()) {
            if all.iter().all(|labels| labels.get(label).is_none()) {
                all = all.iter().flat_map(|labels| [false, true].map(|on| labels.with(label, on))).collect();
            }
        }
        all
    }

    fn get(&self, label: &str) -> Option<bool> {
        let at = self.decided.binary_search_by_key(&label, |(known, _)| known).ok()?;
        Some(self.decided[at].1)
    }

    fn with(&self, label: &'a str, on: bool) -> Self {
        let mut labels = self.clone();
        if let Err(at) = labels.decided.binary_search_by_key(&label, |(known, _)| known) {
            labels.decided.insert(at, (label, on));
        }
        labels
    }

    /// Whether the field is resolved here: the side that takes it when its label is on, the other when it is off.
    pub(super) fn switch_on(&self, join: &FieldJoin) -> bool {
        match &join.override_label {
            Some(label) => self.get(label) == Some(join.override_from.is_some()),
            None => true,
        }
    }

    /// Whether everything decided here is decided alike there.
    pub(super) fn is_part_of(&self, other: &Self) -> bool {
        self.decided.iter().all(|(label, on)| other.get(label) == Some(*on))
    }
}
