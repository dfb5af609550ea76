//! Whether what one type of a place is asked for can be asked of its other types, too, without harm.
//!
//! A subgraph that holds an interface as one object is asked for a field of all objects at once, whatever their types:
//! it knows none of them. Where the field may not be null and fails on an object that nobody wanted it of, that object
//! would be lost. So such a field is asked for in this way only where every type is asked for it.

use std::{collections::HashMap, sync::Arc};

use super::{
    graph::{FieldDefId, Graph, KeyPart},
    nodes::Wrapper,
    normalise::{FieldId, Tree},
};
use crate::supergraph::GraphId;

/// What the objects of one type are asked for, by key of the merged data.
#[derive(Debug, Default)]
pub struct Asked(HashMap<Arc<str>, Vec<FieldId>>);

impl Asked {
    pub fn of(tree: &Tree, fields: impl IntoIterator<Item = FieldId>) -> Self {
        let mut asked = Self::default();
        for field in fields {
            asked.0.entry(tree[field].data_key.clone()).or_default().push(field);
        }
        asked
    }

    /// Whether an object that is asked for this loses nothing more when it is asked for `field` as well.
    pub fn is_unharmed_by(&self, graph: &Graph, tree: &Tree, field: FieldId) -> bool {
        let known = self.0.get(&tree[field].data_key).map_or(&[][..], Vec::as_slice);
        is_harmless(graph, tree, field, known)
    }
}

fn is_harmless(graph: &Graph, tree: &Tree, field: FieldId, others: &[FieldId]) -> bool {
    let asked = &tree[field];
    let same =
        |other: &&FieldId| tree[**other].data_key == asked.data_key && tree[**other].conditions == asked.conditions;
    let Some(same) = others.iter().find(same) else { return is_nullable(graph, tree, field) };
    let (Some(below), Some(beside)) = (tree.child(field), tree.child(*same)) else { return true };
    tree[below].cases.iter().all(|case| {
        let others = tree[beside].cases.iter().find(|other| other.ty == case.ty).map_or(&[][..], |other| &other.fields);
        case.fields.iter().all(|field| is_harmless(graph, tree, *field, others))
    })
}

/// What is no field of the graph, such as `__typename`, never fails.
fn is_nullable(graph: &Graph, tree: &Tree, field: FieldId) -> bool {
    tree.def(field).is_none_or(|def| graph[def].wrappers.first() != Some(&Wrapper::NonNull))
}

/// Whether a field is itself a key of the interface object that `subgraph` has it by: every object has one.
pub fn is_key(graph: &Graph, def: FieldDefId, subgraph: GraphId) -> bool {
    let interface = graph.local_field(def, subgraph).and_then(|local| local.via);
    let local = interface.and_then(|interface| graph.local_type(interface, subgraph));
    let is_it = |part: &KeyPart| matches!(part, KeyPart::Field { name, parts, .. } if parts.is_empty() && *name == graph[def].name);
    local.is_some_and(|local| local.keys.iter().any(|key| key.parts.iter().any(is_it)))
}
