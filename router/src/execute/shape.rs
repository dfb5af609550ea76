//! The projection, compiled: what the answer looks like, ready to be written.

use std::{collections::HashMap, sync::Arc};

use federation::plan::nodes::{Condition, ProjectedField, ProjectedValue, Projection, Wrapper};

use super::keys::{KeyId, KeyTable};
use crate::errors::GraphqlError;

/// The answer's shape from its root.
#[derive(Debug)]
pub(crate) struct Shape {
    pub(crate) root_type: Arc<str>,
    pub(crate) fields: Vec<ShapeField>,
    /// The numbers of its data keys; the plan goes on with them.
    pub(super) keys: KeyTable,
}

#[derive(Debug)]
pub(crate) struct ShapeField {
    pub(crate) response_key: Arc<str>,
    /// `,"me":`; the first field of an object goes without the comma.
    pub(crate) key_json: Vec<u8>,
    pub(crate) data_key: Arc<str>,
    pub(crate) key: KeyId,
    /// The field's schema name.
    pub(crate) name: Arc<str>,
    /// Empty = on every type.
    pub(crate) types: Vec<Arc<str>>,
    /// Any of these conjunctions; empty = always.
    pub(crate) conditions: Vec<Vec<Condition>>,
    pub(crate) wrappers: Vec<Wrapper>,
    pub(crate) value: ShapeValue,
}

#[derive(Debug)]
pub(crate) enum ShapeValue {
    Typename {
        fallback: Option<Arc<str>>,
    },
    Leaf(Leaf),
    Enum {
        name: Arc<str>,
        values: Vec<Arc<str>>,
    },
    Object {
        name: Arc<str>,
        possible_types: Vec<Arc<str>>,
        fields: Vec<ShapeField>,
    },
    /// The caller may not read it.
    Denied(GraphqlError),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Leaf {
    Int,
    Float,
    String,
    Boolean,
    Id,
    /// A custom scalar: any JSON.
    Any,
}

/// A field that was taken out of the operation before planning; a `__typename` under its key stands for it.
#[derive(Debug, Clone)]
pub(crate) struct Denied {
    pub(crate) response_key: Arc<str>,
    pub(crate) name: Arc<str>,
    pub(crate) wrappers: Vec<Wrapper>,
    pub(crate) error: GraphqlError,
}

impl Shape {
    /// `denied` is keyed by the response key of the stand-in.
    pub(crate) fn compile(projection: &Projection, root_type: Arc<str>, denied: &HashMap<String, Denied>) -> Self {
        let mut keys = KeyTable::new();
        let fields = compile_fields(&projection.fields, denied, &mut keys);
        Self { root_type, fields, keys }
    }
}

fn compile_fields(fields: &[ProjectedField], denied: &HashMap<String, Denied>, keys: &mut KeyTable) -> Vec<ShapeField> {
    let mut compiled: Vec<ShapeField> = fields.iter().map(|field| compile_field(field, denied, keys)).collect();
    if !denied.is_empty() {
        drop_shadowed(&mut compiled);
    }
    compiled
}

/// A key that is denied by one selection (through an interface) and granted by another is denied.
fn drop_shadowed(fields: &mut Vec<ShapeField>) {
    let denied: Vec<(Arc<str>, Vec<Arc<str>>)> = fields
        .iter()
        .filter(|field| matches!(field.value, ShapeValue::Denied(_)))
        .map(|field| (Arc::clone(&field.response_key), field.types.clone()))
        .collect();
    let overlap = |a: &[Arc<str>], b: &[Arc<str>]| a.is_empty() || b.is_empty() || a.iter().any(|ty| b.contains(ty));
    fields.retain(|field| {
        matches!(field.value, ShapeValue::Denied(_))
            || !denied.iter().any(|(key, types)| *key == field.response_key && overlap(types, &field.types))
    });
}

fn compile_field(field: &ProjectedField, all_denied: &HashMap<String, Denied>, keys: &mut KeyTable) -> ShapeField {
    let key = keys.add(field.data_key.as_bytes());
    if let Some(denied) = all_denied.get(&*field.response_key) {
        return ShapeField {
            response_key: Arc::clone(&denied.response_key),
            key_json: key_json(&denied.response_key),
            data_key: Arc::clone(&field.data_key),
            key,
            name: Arc::clone(&denied.name),
            types: field.types.clone(),
            conditions: field.conditions.clone(),
            wrappers: denied.wrappers.clone(),
            value: ShapeValue::Denied(denied.error.clone()),
        };
    }
    let value = match &field.value {
        ProjectedValue::Typename { fallback } => ShapeValue::Typename { fallback: fallback.clone() },
        ProjectedValue::Scalar { name } => ShapeValue::Leaf(Leaf::of(name)),
        ProjectedValue::Enum { name, values } => ShapeValue::Enum { name: Arc::clone(name), values: values.clone() },
        ProjectedValue::Object { name, possible_types, fields } => ShapeValue::Object {
            name: Arc::clone(name),
            possible_types: possible_types.clone(),
            fields: compile_fields(fields, all_denied, keys),
        },
    };
    ShapeField {
        response_key: Arc::clone(&field.response_key),
        key_json: key_json(&field.response_key),
        data_key: Arc::clone(&field.data_key),
        key,
        name: Arc::clone(&field.name),
        types: field.types.clone(),
        conditions: field.conditions.clone(),
        wrappers: field.wrappers.clone(),
        value,
    }
}

/// Response keys are GraphQL names, which JSON never escapes.
fn key_json(key: &str) -> Vec<u8> {
    format!(",\"{key}\":").into_bytes()
}

impl Leaf {
    fn of(scalar: &str) -> Self {
        match scalar {
            "Int" => Self::Int,
            "Float" => Self::Float,
            "String" => Self::String,
            "Boolean" => Self::Boolean,
            "ID" => Self::Id,
            _ => Self::Any,
        }
    }
}
