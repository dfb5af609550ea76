//! Makes the representations of an entity fetch, each different one once.

use std::sync::Arc;

use federation::plan::nodes::{Representation, RepresentationField};
use foldhash::fast::RandomState;
use indexmap::IndexMap;

use super::{
    data::{Data, ObjectId, Value},
    keys::{KeyId, KeyTable},
    notes::{Note, Notes},
    prepare::PreparedPlan,
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
    data_key: Arc<str>,
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
        data_key: Arc::clone(&field.data_key),
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
    /// Objects of a fitting type that lack a key or a requirement because a fetch failed, which is the cause.
    pub(crate) robbed: Vec<(ObjectId, Note)>,
}

impl Batch {
    pub(crate) fn of((data, notes, plan): (&Data, &Notes, &PreparedPlan), found: &Found, recipes: &[Recipe]) -> Self {
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
            let failed_above = found.failed_above.get(&object);
            let writer = Writer { data, notes, plan, own_type: Some(typename) };
            if let Err(Missing(cause)) = writer.fields(object, failed_above, &recipe.fields, &mut json) {
                batch.robbed.extend(cause.map(|cause| (object, cause)));
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

/// A key or requirement is not there; because of a failed fetch, or as the data stands.
struct Missing(Option<Note>);

struct Writer<'a> {
    data: &'a Data,
    notes: &'a Notes,
    plan: &'a PreparedPlan,
    /// The type's name where the data need not hold it: at the top.
    own_type: Option<&'a [u8]>,
}

impl Writer<'_> {
    /// Appends `,"name":value` for each field, unless a key is missing, or what a fetch that failed was to bring: a null
    /// in its place would be a made-up one.
    fn fields(
        &self,
        object: ObjectId,
        failed_above: Option<&Note>,
        fields: &[RecipeField],
        out: &mut Vec<u8>,
    ) -> Result<(), Missing> {
        for field in fields {
            if !self.applies(object, &field.types) {
                continue;
            }
            let known = self.data.get(object, field.key);
            let cause = || self.notes.failure_of(object, &field.data_key, self.plan).or(failed_above);
            if known.is_none()
                && let Some(cause) = cause()
            {
                return Err(Missing(Some(cause.clone())));
            }
            let value = known.unwrap_or(Value::Null);
            if field.never_null && matches!(value, Value::Null) {
                return Err(Missing(cause().cloned()));
            }
            if out.last() != Some(&b'{') {
                out.push(b',');
            }
            out.extend_from_slice(&field.name_json);
            if field.fields.is_empty() {
                self.data.write(value, out);
            } else {
                let inherited = cause().map(Note::inherited);
                self.value(value, inherited.as_ref(), &field.fields, out)?;
            }
        }
        Ok(())
    }

    fn value(
        &self,
        value: Value,
        failed_above: Option<&Note>,
        fields: &[RecipeField],
        out: &mut Vec<u8>,
    ) -> Result<(), Missing> {
        match value {
            Value::Object(object) => {
                out.push(b'{');
                Writer { own_type: None, ..*self }.fields(object, failed_above, fields, out)?;
                out.push(b'}');
            }
            Value::List(list) => {
                out.push(b'[');
                for (index, item) in self.data.items(list).iter().enumerate() {
                    if index > 0 {
                        out.push(b',');
                    }
                    self.value(*item, failed_above, fields, out)?;
                }
                out.push(b']');
            }
            leaf => self.data.write(leaf, out),
        }
        Ok(())
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
