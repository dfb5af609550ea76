//! Whether what one type of a place is asked for can be asked of its other types, too, without harm.
//!
//! A subgraph that holds an interface as one object is asked for a field of all objects at once, whatever their types:
//! it knows none of them. Where the field may not be null and fails on an object that nobody wanted it of, that object
//! would be lost. So such a field is asked for in this way only where every type is asked for it.

use super::{
    graph::Graph,
    nodes::Wrapper,
    normalise::{FieldId, Tree},
};

/// Whether an object that is asked for `others` loses nothing more when it is asked for `field` as well.
pub fn is_harmless(graph: &Graph, tree: &Tree, field: FieldId, others: &[FieldId]) -> bool {
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
