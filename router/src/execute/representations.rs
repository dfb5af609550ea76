//! Makes the representations of an entity fetch, each different one once.

use std::sync::Arc;

use federation::plan::nodes::{Representation, RepresentationField};
use indexmap::IndexMap;

use super::data::{Data, ObjectId, Value};

/// The argument of one `_entities` call.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    /// Representation as JSON -> the objects that share it, in the order of the data.
    pub(crate) entities: IndexMap<Vec<u8>, Vec<ObjectId>>,
    /// Objects of a fitting type that lack a key field.
    pub(crate) keyless: Vec<ObjectId>,
}

impl Batch {
    pub(crate) fn of(data: &Data, objects: &[ObjectId], representations: &[Representation]) -> Self {
        let mut batch = Self::default();
        for &object in objects {
            let Some((representation, typename)) = choose(data, object, representations) else { continue };
            let mut json = Vec::with_capacity(64);
            let typename = representation.typename.as_deref().unwrap_or(typename);
            json.extend_from_slice(b"{\"__typename\":\"");
            json.extend_from_slice(typename.as_bytes());
            json.push(b'"');
            let writer = Writer { data, own_type: Some(typename) };
            if writer.fields(object, &representation.fields, &mut json).is_none() {
                batch.keyless.push(object);
                continue;
            }
            json.push(b'}');
            batch.entities.entry(json).or_default().push(object);
        }
        batch
    }

    /// The JSON list to send as `$representations`.
    pub(crate) fn json(&self) -> Vec<u8> {
        let length = self.entities.keys().map(|json| json.len() + 1).sum::<usize>() + 2;
        let mut list = Vec::with_capacity(length);
        list.push(b'[');
        for (index, json) in self.entities.keys().enumerate() {
            if index > 0 {
                list.push(b',');
            }
            list.extend_from_slice(json);
        }
        list.push(b']');
        list
    }
}

/// The recipe for an object and its type's name. An object without `__typename` fits where one type is possible.
fn choose<'a>(
    data: &'a Data,
    object: ObjectId,
    representations: &'a [Representation],
) -> Option<(&'a Representation, &'a str)> {
    match data.typename(object) {
        Some(typename) => {
            let fitting = |r: &&Representation| r.types.iter().any(|name| &**name == typename);
            representations.iter().find(fitting).map(|found| (found, typename))
        }
        None => match representations {
            [only @ Representation { types, .. }] => match types.as_slice() {
                [typename] => Some((only, typename)),
                _ => None,
            },
            _ => None,
        },
    }
}

struct Writer<'a> {
    data: &'a Data,
    /// The type's name where the data need not hold it: at the top.
    own_type: Option<&'a str>,
}

impl Writer<'_> {
    /// Appends `,"name":value` for each field; None when a key is missing.
    fn fields(&self, object: ObjectId, fields: &[RepresentationField], out: &mut Vec<u8>) -> Option<()> {
        for field in fields {
            if !self.applies(object, &field.types) {
                continue;
            }
            let value = self.data.get(object, &field.data_key).unwrap_or(Value::Null);
            if field.is_key && matches!(value, Value::Null) {
                return None;
            }
            if out.last() != Some(&b'{') {
                out.push(b',');
            }
            out.push(b'"');
            out.extend_from_slice(field.name.as_bytes());
            out.extend_from_slice(b"\":");
            self.value(value, &field.fields, out)?;
        }
        Some(())
    }

    fn value(&self, value: Value, fields: &[RepresentationField], out: &mut Vec<u8>) -> Option<()> {
        match value {
            Value::Object(object) if !fields.is_empty() => {
                out.push(b'{');
                Writer { data: self.data, own_type: None }.fields(object, fields, out)?;
                out.push(b'}');
            }
            Value::List(list) if !fields.is_empty() => {
                out.push(b'[');
                for (index, item) in self.data.items(list).iter().enumerate() {
                    if index > 0 {
                        out.push(b',');
                    }
                    self.value(*item, fields, out)?;
                }
                out.push(b']');
            }
            leaf => self.data.write(leaf, out),
        }
        Some(())
    }

    fn applies(&self, object: ObjectId, types: &[Arc<str>]) -> bool {
        types.is_empty()
            || self
                .data
                .typename(object)
                .or(self.own_type)
                .is_some_and(|name| types.iter().any(|wanted| &**wanted == name))
    }
}
