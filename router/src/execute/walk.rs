//! Finds the objects that a Flatten node is for.

use std::sync::Arc;

use federation::plan::nodes::PathSegment;

use super::{
    data::{Data, ObjectId, Value},
    keys::KeyId,
};

/// The objects at `path`, in the order of the data, each once. Nulls and missing parts end a way silently.
pub(crate) fn objects_at(data: &Data, path: &[PathSegment]) -> Vec<ObjectId> {
    let mut frontier = vec![Value::Object(Data::ROOT)];
    for segment in path {
        match segment {
            PathSegment::Key(key) => {
                let Some(key) = data.key(key) else { return Vec::new() };
                frontier = frontier.into_iter().filter_map(|value| field(data, value, key)).collect();
            }
            PathSegment::List => {
                frontier = frontier.into_iter().flat_map(|value| items(data, value)).copied().collect();
            }
            PathSegment::Types(types) => frontier.retain(|value| is_one_of(data, *value, types)),
        }
    }
    let mut seen = vec![false; data.object_count()];
    let objects = frontier.into_iter().filter_map(|value| match value {
        Value::Object(object) => Some(object),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::List(_) => None,
    });
    objects.filter(|object| !std::mem::replace(&mut seen[object.index()], true)).collect()
}

fn field(data: &Data, value: Value, key: KeyId) -> Option<Value> {
    match value {
        Value::Object(object) => data.get(object, key),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::List(_) => None,
    }
}

fn items(data: &Data, value: Value) -> &[Value] {
    match value {
        Value::List(list) => data.items(list),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => &[],
    }
}

fn is_one_of(data: &Data, value: Value, types: &[Arc<str>]) -> bool {
    let Value::Object(object) = value else { return false };
    data.typename(object).is_some_and(|name| types.iter().any(|wanted| &**wanted == name))
}
