//! `@override`: which subgraph's field is taken over by which.

use apollo_compiler::{Name, collections::IndexMap};

use crate::compose::subgraph::{FieldDef, SubgraphSchema};

/// What an override means for the field it is taken from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The subgraph that takes the field.
    pub by: usize,
    /// Progressive: the label that decides at run time.
    pub label: Option<String>,
}

/// All overrides that have an effect, by (type, field) and the index of the subgraph that loses the field.
#[derive(Debug, Default)]
pub struct Overrides {
    taken: IndexMap<(Name, Name), Vec<(usize, Taken)>>,
}

impl Overrides {
    pub fn of(subgraphs: &[SubgraphSchema]) -> Self {
        let mut overrides = Self::default();
        for (by, subgraph) in subgraphs.iter().enumerate() {
            for ty in subgraph.types.values() {
                for field in ty.fields.values() {
                    overrides.add(subgraphs, by, &ty.name, field);
                }
            }
        }
        overrides
    }

    fn add(&mut self, subgraphs: &[SubgraphSchema], by: usize, ty: &Name, field: &FieldDef) {
        let Some(wanted) = &field.overrides else { return };
        let Some(from) = subgraphs.iter().position(|subgraph| subgraph.name == wanted.from) else { return };
        let Some(source) = subgraphs[from].types.get(ty).and_then(|found| found.fields.get(&field.name)) else {
            return;
        };
        // Overrides that are refused have no effect, so that what else is wrong shows as well.
        let is_refused = field.external
            || source.overrides.is_some()
            || source.requires.is_some()
            || source.provides.is_some()
            || subgraphs[by].types.get(ty).is_some_and(|ty| ty.is_interface_object);
        if from != by && !is_refused {
            let taken = Taken { by, label: wanted.label.clone() };
            self.taken.entry((ty.clone(), field.name.clone())).or_default().push((from, taken));
        }
    }

    /// How the field of `subgraph` is taken over, if it is.
    pub fn taken(&self, ty: &Name, field: &Name, subgraph: usize) -> Option<&Taken> {
        if self.taken.is_empty() {
            return None;
        }
        let all = self.taken.get(&(ty.clone(), field.clone()))?;
        all.iter().find(|(from, _)| *from == subgraph).map(|(_, taken)| taken)
    }

    /// What `subgraph` takes the field over with, if it does.
    pub fn taking(&self, ty: &Name, field: &Name, subgraph: usize) -> Option<&Taken> {
        if self.taken.is_empty() {
            return None;
        }
        let all = self.taken.get(&(ty.clone(), field.clone()))?;
        all.iter().find(|(_, taken)| taken.by == subgraph).map(|(_, taken)| taken)
    }
}
