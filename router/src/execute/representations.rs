//! Makes the representations of an entity fetch, each different one once.

use std::sync::Arc;

use federation::plan::nodes::{Representation, RepresentationField};
use foldhash::fast::RandomState;
use indexmap::IndexMap;

use super::{
    data::{Data, ObjectId, Value},
    keys::{KeyId, KeyTable},
    notes::Notes,
    walk::Found,
};

/// How the representation of an object is written, worked out once a plan.
#[derive(Debug)]
pub(crate) struct Recipe {
    /// The concrete types that it is for.
    types: Vec<Arc<str>>,
    /// The type's name to send when it is not the object's own.
    typename: Option<Arc<str>>,
    fields: Vec<RecipeField>,
    /// `{"__typename":"Product"` where it is always that.
    start: Option<Vec<u8>>,
}

#[derive(Debug)]
struct RecipeField {
    key: KeyId,
    /// `"name":`
    name_json: Vec<u8>,
    never_null: bool,
    /// Empty = on all types.
    types: Vec<Arc<str>>,
    fields: Vec<RecipeField>,
}

impl Recipe {
    pub(crate) fn compile(representation: &Representation, keys: &mut KeyTable) -> Self {
        let Representation { types, typename, fields } = representation;
        let always = match (typename, types.as_slice()) {
            (Some(name), _) | (None, [name]) => Some(name),
            (None, _) => None,
        };
        let start = always.map(|name| {
            let mut start = Vec::new();
            write_start(name.as_bytes(), &mut start);
            start
        });
        Self { types: types.clone(), typename: typename.clone(), fields: compile_fields(fields, keys), start }
    }
}

fn write_start(typename: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"__typename\":\"");
    out.extend_from_slice(typename);
    out.push(b'"');
}

fn compile_fields(fields: &[RepresentationField], keys: &mut KeyTable) -> Vec<RecipeField> {
    let one = |field: &RepresentationField| RecipeField {
        key: keys.add(field.data_key.as_bytes()),
        name_json: format!("\"{}\":", field.name).into_bytes(),
        never_null: field.never_null,
        types: field.types.clone(),
        fields: compile_fields(&field.fields, keys),
    };
    fields.iter().map(one).collect()
}

/// The argument of one `_entities` call.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    /// Representation as JSON -> the objects that share it, in the order of the data.
    pub(crate) entities: IndexMap<Vec<u8>, Vec<ObjectId>, RandomState>,
    /// Objects of a fitting type that lack a key or a requirement.
    pub(crate) keyless: Vec<ObjectId>,
}

impl Batch {
    pub(crate) fn of((data, notes): (&Data, &Notes), found: &Found, recipes: &[Recipe]) -> Self {
        let mut batch = Self::default();
        let mut json = Vec::with_capacity(64);
        for &object in &found.objects {
            let Some((recipe, typename)) = choose(data, object, recipes) else { continue };
            json.clear();
            let typename = recipe.typename.as_deref().map_or(typename, str::as_bytes);
            match &recipe.start {
                Some(start) => json.extend_from_slice(start),
                None => write_start(typename, &mut json),
            }
            let failed_above = found.failed_above.contains_key(&object);
            let writer = Writer { data, notes, failed_above, own_type: Some(typename) };
            if writer.fields(object, &recipe.fields, &mut json).is_none() {
                batch.keyless.push(object);
                continue;
            }
            json.push(b'}');
            match batch.entities.get_mut(&json) {
                Some(sharing) => sharing.push(object),
                None => {
                    batch.entities.insert(json.clone(), vec![object]);
                }
            }
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
fn choose<'a>(data: &'a Data, object: ObjectId, recipes: &'a [Recipe]) -> Option<(&'a Recipe, &'a [u8])> {
    match data.typename(object) {
        Some(typename) => {
            let fitting = |recipe: &&Recipe| recipe.types.iter().any(|name| name.as_bytes() == typename);
            recipes.iter().find(fitting).map(|found| (found, typename))
        }
        None => match recipes {
            [only @ Recipe { types, .. }] => match types.as_slice() {
                [typename] => Some((only, typename.as_bytes())),
                _ => None,
            },
            _ => None,
        },
    }
}

struct Writer<'a> {
    data: &'a Data,
    notes: &'a Notes,
    /// A fetch for an object above failed.
    failed_above: bool,
    /// The type's name where the data need not hold it: at the top.
    own_type: Option<&'a [u8]>,
}

impl Writer<'_> {
    /// Appends `,"name":value` for each field; None when a key is missing, or what a fetch that failed was to bring:
    /// a null in its place would be a made-up one.
    fn fields(&self, object: ObjectId, fields: &[RecipeField], out: &mut Vec<u8>) -> Option<()> {
        let failed = self.failed_above || self.notes.failure_of(object).is_some();
        for field in fields {
            if !self.applies(object, &field.types) {
                continue;
            }
            let known = self.data.get(object, field.key);
            if known.is_none() && failed {
                return None;
            }
            let value = known.unwrap_or(Value::Null);
            if field.never_null && matches!(value, Value::Null) {
                return None;
            }
            if out.last() != Some(&b'{') {
                out.push(b',');
            }
            out.extend_from_slice(&field.name_json);
            self.value(value, failed, &field.fields, out)?;
        }
        Some(())
    }

    fn value(&self, value: Value, failed: bool, fields: &[RecipeField], out: &mut Vec<u8>) -> Option<()> {
        match value {
            Value::Object(object) if !fields.is_empty() => {
                out.push(b'{');
                let below = Writer { data: self.data, notes: self.notes, failed_above: failed, own_type: None };
                below.fields(object, fields, out)?;
                out.push(b'}');
            }
            Value::List(list) if !fields.is_empty() => {
                out.push(b'[');
                for (index, item) in self.data.items(list).iter().enumerate() {
                    if index > 0 {
                        out.push(b',');
                    }
                    self.value(*item, failed, fields, out)?;
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
                .is_some_and(|name| types.iter().any(|wanted| wanted.as_bytes() == name))
    }
}
