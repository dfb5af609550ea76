//! An imagined data set: a few objects of every type, every value derived from one number and the names around it.
//!
//! Nothing is stored, so a case is its schemas and a number, and stays what it is when other parts of it go.
//! Nulls and errors arise only where every subgraph allows them; what keys are made of is always there and unique.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    sync::atomic::{AtomicU64, Ordering},
};

use apollo_compiler::ast::{self, Type};
use serde_json::{Map, Value, json};

use super::{
    facts::{Facts, FieldFacts},
    subgraph::Subgraph,
    values::{arguments, without_defaults},
};

/// Objects of each type.
pub const POPULATION: u64 = 3;
/// The index of an object that is a root.
const ROOT: u64 = u64::MAX;

pub struct World {
    pub subgraphs: Vec<Subgraph>,
    pub facts: Facts,
    /// Progressive overrides that are on.
    pub labels: BTreeSet<String>,
    seed: u64,
    /// Mutation fields executed so far: their results depend on it, so their order shows.
    mutations: AtomicU64,
}

/// A value before a selection is applied to it.
#[derive(Debug, Clone)]
pub enum Raw {
    Null,
    /// The resolver failed.
    Error(String),
    Leaf(Value),
    Object(Thing),
    List(Vec<Raw>),
}

/// One object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thing {
    /// Its canonical type: roots have their usual names.
    pub ty: String,
    pub index: u64,
}

impl World {
    pub fn new(subgraphs: Vec<Subgraph>, labels: BTreeSet<String>, seed: u64) -> Self {
        let facts = Facts::of(&subgraphs, &labels);
        Self { subgraphs, facts, labels, seed, mutations: AtomicU64::new(0) }
    }

    pub fn reset(&self) {
        self.mutations.store(0, Ordering::Relaxed);
    }

    pub fn root(ty: &str) -> Thing {
        Thing { ty: ty.to_owned(), index: ROOT }
    }

    /// Every object of a type, or of every type behind an interface.
    pub fn things(&self, ty: &str) -> Vec<Thing> {
        let types = self.facts.concrete(ty);
        types.into_iter().flat_map(|ty| (0..POPULATION).map(move |index| Thing { ty: ty.clone(), index })).collect()
    }

    /// `arguments` are coerced.
    pub fn value(&self, thing: &Thing, field: &str, mut arguments: Map<String, Value>) -> Raw {
        let Some(facts) = self.facts.field(&thing.ty, field) else {
            return Raw::Error(format!("nobody knows {}.{field}", thing.ty));
        };
        without_defaults(&mut arguments, &facts.definition, self.schema_of(facts));
        let said = if arguments.is_empty() { String::new() } else { Value::Object(arguments).to_string() };
        let mut draw = Draw { thing, field, facts, said, salt: 0 };
        // An interface that nothing implements.
        if facts.is_composite && facts.possible.is_empty() {
            return Raw::Null;
        }
        draw.salt = hash(&[&self.seed.to_string(), &thing.ty, &thing.index.to_string(), field, &draw.said]);
        if thing.ty == "Mutation" {
            let turn = self.mutations.fetch_add(1, Ordering::Relaxed) + 1;
            write!(draw.said, "#{turn}").unwrap();
            draw.salt = mix(draw.salt, turn);
        }
        self.typed(&facts.shape, &draw)
    }

    /// The object as a representation of `selections` would show it.
    pub fn show(&self, thing: &Thing, selections: &[ast::Selection]) -> Value {
        let mut shown = Map::new();
        for selection in selections {
            match selection {
                ast::Selection::Field(field) if field.name == "__typename" => {}
                ast::Selection::Field(field) => {
                    let given = self.facts.field(&thing.ty, &field.name).map(|facts| {
                        let schema = self.schema_of(facts);
                        arguments(schema, &facts.definition.arguments, &field.arguments, &Map::new())
                    });
                    let raw = self.value(thing, &field.name, given.unwrap_or_default());
                    shown.insert(field.name.to_string(), self.show_raw(&raw, &field.selection_set));
                }
                ast::Selection::InlineFragment(inline) => {
                    let applies = inline.type_condition.as_ref().is_none_or(|on| self.facts.is_a(&thing.ty, on));
                    if applies && let Value::Object(more) = self.show(thing, &inline.selection_set) {
                        shown.extend(more);
                    }
                }
                ast::Selection::FragmentSpread(_) => {}
            }
        }
        Value::Object(shown)
    }

    fn show_raw(&self, raw: &Raw, selections: &[ast::Selection]) -> Value {
        match raw {
            Raw::Null | Raw::Error(_) => Value::Null,
            Raw::Leaf(value) => value.clone(),
            Raw::Object(thing) => self.show(thing, selections),
            Raw::List(items) => items.iter().map(|item| self.show_raw(item, selections)).collect(),
        }
    }

    fn schema_of(&self, facts: &FieldFacts) -> &apollo_compiler::Schema {
        &self.subgraphs[facts.home].schema
    }

    fn typed(&self, ty: &Type, draw: &Draw<'_>) -> Raw {
        if let Some(raw) = self.mishap(ty, draw) {
            return raw;
        }
        match ty {
            Type::Named(name) | Type::NonNullNamed(name) => self.named(name, draw),
            Type::List(inner) | Type::NonNullList(inner) => {
                let items = (0..mix(draw.salt, 3) % 4).map(|item| {
                    let said = format!("{}[{item}]", draw.said);
                    self.typed(inner, &Draw { salt: mix(draw.salt, item + 17), said, ..draw.clone() })
                });
                Raw::List(items.collect())
            }
        }
    }

    /// One nullable value in seven is null, one in eleven is an error; one seed in three has neither, one in two no
    /// errors. Where all subgraphs agree on what may be null, a few values that may not be null fail too.
    fn mishap(&self, ty: &Type, draw: &Draw<'_>) -> Option<Raw> {
        if draw.facts.in_key || self.seed.is_multiple_of(3) {
            return None;
        }
        let error = || Some(Raw::Error(format!("boom {}.{}", draw.thing.ty, draw.field)));
        let errs = self.seed.is_multiple_of(2);
        let chance = mix(draw.salt, 5) % 77;
        if ty.is_non_null() {
            return if errs && self.facts.uniform && !draw.facts.in_requires && chance < 3 { error() } else { None };
        }
        match chance {
            _ if draw.thing.index == ROOT && !chance.is_multiple_of(4) => None,
            0..11 => Some(Raw::Null),
            11..18 if errs => error(),
            _ => None,
        }
    }

    fn named(&self, name: &str, draw: &Draw<'_>) -> Raw {
        let Draw { thing, field, facts, salt, .. } = draw;
        if !facts.possible.is_empty() {
            let ty = &facts.possible[mix(*salt, 7) as usize % facts.possible.len()];
            return Raw::Object(Thing { ty: ty.clone(), index: index(ty, draw) });
        }
        if !facts.enum_values.is_empty() {
            return Raw::Leaf(json!(facts.enum_values[*salt as usize % facts.enum_values.len()]));
        }
        let place = if thing.index == ROOT { 9 } else { thing.index };
        let number = self.facts.ordinal(&thing.ty) * 100_000 + hash(&[field, &draw.said]) % 9_000 * 10 + place;
        Raw::Leaf(match name {
            "Int" => json!(number),
            "Float" if salt.is_multiple_of(2) => json!(number),
            "Float" => json!(number as f64 + 0.25),
            "Boolean" => json!(salt.is_multiple_of(2)),
            "ID" if hash(&[&thing.ty, field]).is_multiple_of(2) => json!(number.to_string()),
            "ID" | "String" => json!(text(draw)),
            _ if facts.in_key => json!(text(draw)),
            _ => custom(draw),
        })
    }
}

/// Keys that lead through another object must stay unique: neighbours point to neighbours.
fn index(ty: &str, draw: &Draw<'_>) -> u64 {
    match ty {
        "Query" => ROOT,
        _ if draw.facts.in_key && draw.thing.index != ROOT => (draw.thing.index + 1) % POPULATION,
        _ => mix(draw.salt, 11) % POPULATION,
    }
}

/// Where a value stands.
#[derive(Clone)]
struct Draw<'d> {
    thing: &'d Thing,
    field: &'d str,
    facts: &'d FieldFacts,
    /// Arguments, turn and list place, told in text values.
    said: String,
    salt: u64,
}

/// Unique to its place, and now and then with what JSON escapes.
fn text(draw: &Draw<'_>) -> String {
    let index = if draw.thing.index == ROOT { String::new() } else { draw.thing.index.to_string() };
    let odd = ["", "", "", " é😀", " \"\\\n"][draw.salt as usize % 5];
    format!("{}{index}.{}{}{odd}", draw.thing.ty, draw.field, draw.said)
}

/// A custom scalar may be any JSON.
fn custom(draw: &Draw<'_>) -> Value {
    let text = text(draw);
    match mix(draw.salt, 13) % 6 {
        0 => json!({ "a": text, "b": [null, { "c": 1 }], "__typename": "x" }),
        1 => json!([text, [], {}]),
        2 => json!(draw.salt % 1000),
        3 => json!(draw.salt.is_multiple_of(2)),
        _ => json!(text),
    }
}

/// FNV-1a, stirred.
pub fn hash(parts: &[&str]) -> u64 {
    let mut state = 0xcbf2_9ce4_8422_2325u64;
    for byte in parts.iter().flat_map(|part| part.bytes().chain([0])) {
        state = (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    mix(state, 0)
}

/// SplitMix64's finish: neighbours become strangers.
pub fn mix(salt: u64, more: u64) -> u64 {
    let mut z = salt.wrapping_add(more.wrapping_mul(0x9e37_79b9_7f4a_7c15)).wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Fields by the canonical type they are on.
pub type ByField<T> = BTreeMap<String, BTreeMap<String, T>>;
