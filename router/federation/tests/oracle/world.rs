//! An imagined data set: three objects of every type, every value derived from the names around it.

use std::{cell::Cell, collections::BTreeSet, sync::Arc};

use apollo_compiler::{
    Name, Node,
    ast::{self, Type},
};
use federation::{
    Supergraph,
    supergraph::{FieldModel, FieldSelection, TypeKind, TypeModel},
};
use serde_json::{Map, Value, json};

use super::engine::literal;

/// Objects of each type.
const POPULATION: u64 = 3;

pub struct World<'s> {
    pub supergraph: &'s Supergraph,
    /// Progressive overrides that are on.
    pub labels: &'s BTreeSet<Arc<str>>,
    /// Mutation fields executed so far: their results depend on it, so their order shows.
    mutations: Cell<u64>,
}

/// A value before a selection is applied to it.
#[derive(Clone)]
pub enum Raw {
    Null,
    Leaf(Value),
    Object(Thing),
    List(Vec<Raw>),
}

/// One object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thing {
    pub ty: String,
    pub index: u64,
}

impl<'s> World<'s> {
    pub fn new(supergraph: &'s Supergraph, labels: &'s BTreeSet<Arc<str>>) -> Self {
        Self { supergraph, labels, mutations: Cell::new(0) }
    }

    pub fn reset(&self) {
        self.mutations.set(0);
    }

    pub fn model(&self, ty: &str) -> &'s TypeModel {
        self.supergraph.types.get(ty).unwrap_or_else(|| panic!("the supergraph has a type {ty}"))
    }

    pub fn value(&self, thing: &Thing, field: &str, arguments: &Map<String, Value>) -> Raw {
        let model = self.model(&thing.ty);
        let field = model.fields.get(field).unwrap_or_else(|| panic!("{} has a field {field}", thing.ty));
        let mut salt = hash(&[&thing.ty, &thing.index.to_string(), &field.name]);
        let mut said = String::new();
        if !arguments.is_empty() {
            said = Value::Object(arguments.clone()).to_string();
            salt ^= hash(&[&said]);
        }
        if self.supergraph.mutation_type.as_deref() == Some(&*thing.ty) {
            self.mutations.set(self.mutations.get() + 1);
            said = format!("{said}#{}", self.mutations.get());
            salt = salt.wrapping_add(self.mutations.get());
        }
        let is_root = thing.index == u64::MAX;
        self.typed(&field.ty, &Context { thing, field, salt, said, is_root })
    }

    /// Every object of a type, or of every type behind an interface.
    pub fn things(&self, ty: &str) -> Vec<Thing> {
        let model = self.model(ty);
        let types: Vec<String> = match model.kind {
            TypeKind::Object => vec![ty.to_owned()],
            _ => model.possible_types.iter().map(ToString::to_string).collect(),
        };
        types.into_iter().flat_map(|ty| (0..POPULATION).map(move |index| Thing { ty: ty.clone(), index })).collect()
    }

    pub fn root(ty: &str) -> Thing {
        Thing { ty: ty.to_owned(), index: u64::MAX }
    }

    /// The object as a representation of `selections` would show it.
    pub fn show(&self, thing: &Thing, selections: &[FieldSelection]) -> Value {
        let mut shown = Map::new();
        for selection in selections {
            match selection {
                FieldSelection::Field { name, .. } if name == "__typename" => {}
                FieldSelection::Field { name, arguments, selections } => {
                    let arguments = self.written_arguments(thing, name, arguments);
                    let raw = self.value(thing, name, &arguments);
                    shown.insert(name.to_string(), self.show_raw(&raw, selections));
                }
                FieldSelection::Inline { on, selections } => {
                    let applies = on.as_ref().is_none_or(|on| {
                        *on == *thing.ty || self.model(on).possible_types.iter().any(|ty| *ty == *thing.ty)
                    });
                    if applies && let Value::Object(more) = self.show(thing, selections) {
                        shown.extend(more);
                    }
                }
            }
        }
        Value::Object(shown)
    }

    /// With the defaults of those that are left out.
    fn written_arguments(&self, thing: &Thing, field: &str, given: &[(Name, Node<ast::Value>)]) -> Map<String, Value> {
        let none = Map::new();
        let defined = &self.model(&thing.ty).fields[field].arguments;
        defined
            .iter()
            .filter_map(|definition| {
                let written = given.iter().find(|(name, _)| *name == definition.name).map(|(_, value)| value);
                let value = written.or(definition.default_value.as_ref())?;
                Some((definition.name.to_string(), literal(value, &none)))
            })
            .collect()
    }

    fn show_raw(&self, raw: &Raw, selections: &[FieldSelection]) -> Value {
        match raw {
            Raw::Null => Value::Null,
            Raw::Leaf(value) => value.clone(),
            Raw::Object(thing) => self.show(thing, selections),
            Raw::List(items) => items.iter().map(|item| self.show_raw(item, selections)).collect(),
        }
    }

    fn typed(&self, ty: &Type, context: &Context<'_>) -> Raw {
        match ty {
            Type::Named(_) | Type::List(_) if self.is_null_here(context) => Raw::Null,
            Type::Named(name) | Type::NonNullNamed(name) => self.named(name, context),
            Type::List(inner) | Type::NonNullList(inner) => {
                let items = (0..2).map(|item| {
                    let salt = context.salt.wrapping_add(item * 7919 + 1);
                    let said = format!("{}[{item}]", context.said);
                    self.typed(inner, &Context { salt, said, ..context.clone() })
                });
                Raw::List(items.collect())
            }
        }
    }

    /// One nullable value in six is null, unless some subgraph says it never is, or it is part of a key.
    fn is_null_here(&self, context: &Context<'_>) -> bool {
        let nullable_everywhere =
            context.field.joins.iter().all(|join| join.ty.as_ref().is_none_or(|ty| !ty.to_string().contains('!')));
        !context.is_root
            && context.salt.is_multiple_of(6)
            && nullable_everywhere
            && !self.is_in_a_key(&context.field.name)
    }

    fn is_in_a_key(&self, field: &str) -> bool {
        let mut keys =
            self.supergraph.types.values().flat_map(|model| &model.joins).filter_map(|join| join.key.as_ref());
        keys.any(|key| key.text.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == field))
    }

    fn named(&self, name: &str, context: &Context<'_>) -> Raw {
        let text = || json!(format!("{}{}.{}{}", context.thing.ty, context.place(), context.field.name, context.said));
        let number = hash(&[&context.thing.ty]) % 1_000 * 10_000 + context.salt % 997 * 10 + context.thing.index % 10;
        match name {
            "Int" => return Raw::Leaf(json!(number)),
            "Float" => return Raw::Leaf(json!(number as f64 + 0.5)),
            "Boolean" => return Raw::Leaf(json!(context.salt.is_multiple_of(2))),
            "String" | "ID" => return Raw::Leaf(text()),
            _ => {}
        }
        let model = self.model(name);
        match model.kind {
            TypeKind::Enum => {
                let values: Vec<String> = model
                    .values
                    .iter()
                    .filter(|(_, value)| !value.inaccessible)
                    .map(|(name, _)| name.to_string())
                    .collect();
                Raw::Leaf(json!(values[context.salt as usize % values.len()]))
            }
            TypeKind::Object => Raw::Object(Thing { ty: name.to_owned(), index: self.index(name, context) }),
            TypeKind::Interface | TypeKind::Union => {
                let types = self.types_everywhere(context.field, model);
                let Some(ty) = types.get(context.salt as usize % types.len().max(1)) else { return Raw::Null };
                Raw::Object(Thing { ty: ty.clone(), index: self.index(ty, context) })
            }
            TypeKind::Scalar | TypeKind::InputObject => Raw::Leaf(text()),
        }
    }

    /// Keys that lead through another object must stay unique: neighbours point to neighbours.
    fn index(&self, ty: &str, context: &Context<'_>) -> u64 {
        if self.supergraph.query_type == *ty {
            return u64::MAX;
        }
        if context.is_root || !self.is_in_a_key(&context.field.name) {
            return context.salt / 7 % POPULATION;
        }
        (context.thing.index + 1) % POPULATION
    }

    /// Types that every subgraph which resolves the field can say.
    fn types_everywhere(&self, field: &FieldModel, declared: &TypeModel) -> Vec<String> {
        let mut types: Vec<String> = declared.possible_types.iter().map(ToString::to_string).collect();
        for join in field.joins.iter().filter(|join| join.is_resolvable()) {
            let local = self.model(field.ty_in(join.graph).inner_named_type());
            types.retain(|ty| match local.kind {
                TypeKind::Object => *local.name == **ty,
                TypeKind::Union => local.members.iter().any(|m| m.graph == join.graph && *m.member == **ty),
                _ => local.is_interface_object_in(join.graph) || self.model(ty).implements_in(join.graph, &local.name),
            });
        }
        types
    }
}

/// Where a value stands.
#[derive(Clone)]
struct Context<'c> {
    thing: &'c Thing,
    field: &'c FieldModel,
    salt: u64,
    /// Arguments and list place, told in text values.
    said: String,
    is_root: bool,
}

impl Context<'_> {
    fn place(&self) -> String {
        if self.is_root { String::new() } else { self.thing.index.to_string() }
    }
}

/// FNV-1a.
fn hash(parts: &[&str]) -> u64 {
    let mut state = 0xcbf2_9ce4_8422_2325u64;
    for byte in parts.iter().flat_map(|part| part.bytes().chain([0])) {
        state = (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    state ^ (state >> 29)
}
