//! What all subgraphs together say about each field: how null it may be, what it may be, what it is used for.

use std::collections::{BTreeMap, BTreeSet};

use apollo_compiler::{
    Node,
    ast::{self, FieldDefinition, Type},
    schema::ExtendedType,
};

use super::{
    subgraph::{LocalType, Subgraph},
    world::ByField,
};

pub struct Facts {
    fields: ByField<FieldFacts>,
    /// Object types by their canonical names, each with the interfaces that some subgraph gives it.
    objects: BTreeMap<String, BTreeSet<String>>,
    unions: BTreeMap<String, BTreeSet<String>>,
    /// No field has two different types.
    pub uniform: bool,
}

pub struct FieldFacts {
    /// The strictest of its types: null only where all allow it.
    pub shape: Type,
    pub is_composite: bool,
    /// Not only external so far.
    is_owned: bool,
    /// Object types that all who resolve it can tell; empty for leaves.
    pub possible: Vec<String>,
    /// Enum values that all who resolve it have; empty for others.
    pub enum_values: Vec<String>,
    pub in_key: bool,
    pub in_requires: bool,
    /// Some subgraph has it on an interface object, or below one of its fields.
    pub in_interface_object: bool,
    /// A subgraph that has it, and how it is defined there.
    pub home: usize,
    pub definition: Node<FieldDefinition>,
}

impl Facts {
    /// `labels` are the progressive overrides that are on.
    pub fn of(subgraphs: &[Subgraph], labels: &BTreeSet<String>) -> Self {
        let (objects, unions) = (objects(subgraphs), unions(subgraphs));
        let mut facts = Self { fields: ByField::new(), objects, unions, uniform: true };
        for (home, subgraph) in subgraphs.iter().enumerate() {
            for (name, local) in subgraph.types.iter().filter(|(_, local)| !local.is_interface) {
                let objects = if local.is_interface_object {
                    facts.concrete(name)
                } else {
                    vec![subgraph.canonical(name).to_owned()]
                };
                let taken: BTreeSet<&str> = local
                    .fields
                    .iter()
                    .filter(|(field, _)| is_overridden((subgraphs, labels), home, (subgraph.canonical(name), field)))
                    .map(|(field, _)| field.as_str())
                    .collect();
                for object in objects {
                    facts.add(&object, local, (home, subgraph, name), &taken);
                }
            }
        }
        facts.uniform = is_uniform(subgraphs);
        facts.note_uses(subgraphs);
        facts.spread_interface_objects();
        facts
    }

    pub fn field(&self, ty: &str, field: &str) -> Option<&FieldFacts> {
        self.fields.get(ty)?.get(field)
    }

    /// The object types behind a name.
    pub fn concrete(&self, ty: &str) -> Vec<String> {
        if self.objects.contains_key(ty) {
            return vec![ty.to_owned()];
        }
        if let Some(members) = self.unions.get(ty) {
            return members.iter().cloned().collect();
        }
        self.objects.iter().filter(|(_, interfaces)| interfaces.contains(ty)).map(|(name, _)| name.clone()).collect()
    }

    pub fn is_a(&self, object: &str, ty: &str) -> bool {
        object == ty
            || self.objects.get(object).is_some_and(|interfaces| interfaces.contains(ty))
            || self.unions.get(ty).is_some_and(|members| members.contains(object))
    }

    pub fn ordinal(&self, ty: &str) -> u64 {
        self.objects.keys().position(|name| name == ty).unwrap_or_default() as u64
    }

    fn add(
        &mut self,
        object: &str,
        local: &LocalType,
        (home, subgraph, local_name): (usize, &Subgraph, &str),
        taken: &BTreeSet<&str>,
    ) {
        // Who does not resolve a field has no say in what it is.
        for (field, definition) in local.fields.iter().filter(|(field, _)| !taken.contains(field.as_str())) {
            let inner = definition.ty.inner_named_type().as_str();
            let possible = subgraph.possible_types(inner);
            let possible: BTreeSet<String> =
                possible.unwrap_or_else(|| self.concrete(inner).into_iter().collect::<BTreeSet<_>>());
            let enum_values = enum_values(subgraph, inner);
            let known = self.fields.entry(object.to_owned()).or_default().get_mut(field);
            match known {
                Some(known) => {
                    known.shape = strictest(&known.shape, &definition.ty);
                    known.in_interface_object |= local.is_interface_object;
                    if !definition.external && !known.is_owned {
                        (known.possible, known.is_owned) = (possible.into_iter().collect(), true);
                    } else if !definition.external {
                        known.possible.retain(|ty| possible.contains(ty));
                    }
                    known.enum_values.retain(|value| enum_values.contains(value));
                }
                None => {
                    let Ok(component) = subgraph.schema.type_field(local_name, field) else { continue };
                    let named = subgraph.schema.types.get(inner);
                    let facts = FieldFacts {
                        is_composite: named.is_some_and(|ty| ty.is_object() || ty.is_interface() || ty.is_union()),
                        is_owned: !definition.external,
                        shape: definition.ty.clone(),
                        possible: possible.into_iter().collect(),
                        enum_values,
                        in_key: false,
                        in_requires: false,
                        in_interface_object: local.is_interface_object,
                        home,
                        definition: component.node.clone(),
                    };
                    self.fields.entry(object.to_owned()).or_default().insert(field.clone(), facts);
                }
            }
        }
    }

    fn note_uses(&mut self, subgraphs: &[Subgraph]) {
        for subgraph in subgraphs {
            for (name, local) in &subgraph.types {
                let objects = self.concrete(subgraph.canonical(name));
                for key in &local.keys {
                    self.note_use(&objects, &key.selections, |facts| facts.in_key = true);
                }
                for set in local.fields.values().filter_map(|field| field.requires.as_ref()) {
                    self.note_use(&objects, set, |facts| facts.in_requires = true);
                }
            }
        }
    }

    fn spread_interface_objects(&mut self) {
        loop {
            let fields = self.fields.values().flat_map(BTreeMap::values);
            let above = fields.filter(|field| field.in_interface_object && field.is_composite);
            let below: BTreeSet<String> = above.flat_map(|field| field.possible.iter().cloned()).collect();
            let mut grown = false;
            for (_, fields) in self.fields.iter_mut().filter(|(ty, _)| below.contains(*ty)) {
                for field in fields.values_mut().filter(|field| !field.in_interface_object) {
                    (field.in_interface_object, grown) = (true, true);
                }
            }
            if !grown {
                return;
            }
        }
    }

    /// The object types that can stand below the field.
    fn note_field(&mut self, object: &str, field: &str, note: fn(&mut FieldFacts)) -> Vec<String> {
        let Some(facts) = self.fields.get_mut(object).and_then(|fields| fields.get_mut(field)) else {
            return Vec::new();
        };
        note(facts);
        facts.possible.clone()
    }

    fn note_use(&mut self, objects: &[String], selections: &[ast::Selection], note: fn(&mut FieldFacts)) {
        for selection in selections {
            match selection {
                ast::Selection::Field(field) => {
                    for object in objects {
                        let below = self.note_field(object, &field.name, note);
                        self.note_use(&below, &field.selection_set, note);
                    }
                }
                ast::Selection::InlineFragment(inline) => {
                    let applies =
                        |object: &&String| inline.type_condition.as_ref().is_none_or(|on| self.is_a(object, on));
                    let objects: Vec<String> = objects.iter().filter(applies).cloned().collect();
                    self.note_use(&objects, &inline.selection_set, note);
                }
                ast::Selection::FragmentSpread(_) => {}
            }
        }
    }
}

/// Whether nobody disagrees about a field's type, those included who do not resolve it.
fn is_uniform(subgraphs: &[Subgraph]) -> bool {
    let mut types: BTreeMap<(&str, &str), &Type> = BTreeMap::new();
    subgraphs.iter().all(|subgraph| {
        subgraph.types.iter().all(|(name, local)| {
            local.fields.iter().all(|(field, definition)| {
                let place = (subgraph.canonical(name), field.as_str());
                let ty = &definition.ty;
                let inner = |ty: &Type| subgraph.canonical(ty.inner_named_type()).to_owned();
                let known = *types.entry(place).or_insert(ty);
                let bare = |ty: &Type| ty.to_string().replace(|c: char| c.is_alphanumeric() || c == '_', "");
                bare(known) == bare(ty) && (known == ty || inner(ty) == "Query")
            })
        })
    })
}

/// A labelled override moves the field only while its label is on.
pub fn is_overridden(
    (subgraphs, labels): (&[Subgraph], &BTreeSet<String>),
    home: usize,
    (ty, field): (&str, &str),
) -> bool {
    let is_on = |label: &Option<String>| label.as_ref().is_none_or(|label| labels.contains(label));
    let own = &subgraphs[home];
    if let Some((_, label)) = own.field(ty, field).and_then(|own| own.override_from.as_ref()) {
        return !is_on(label);
    }
    let others = subgraphs.iter().filter(|other| other.name != own.name);
    others
        .filter_map(|other| other.field(ty, field)?.override_from.as_ref())
        .any(|(from, label)| *from == own.name && is_on(label))
}

fn objects(subgraphs: &[Subgraph]) -> BTreeMap<String, BTreeSet<String>> {
    let mut objects: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for subgraph in subgraphs {
        for (name, local) in
            subgraph.types.iter().filter(|(_, local)| !local.is_interface && !local.is_interface_object)
        {
            let name = subgraph.canonical(name);
            if !name.starts_with('_') {
                objects.entry(name.to_owned()).or_default().extend(local.implements.iter().cloned());
            }
        }
    }
    objects
}

fn unions(subgraphs: &[Subgraph]) -> BTreeMap<String, BTreeSet<String>> {
    let mut unions: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for ty in subgraphs.iter().flat_map(|subgraph| subgraph.schema.types.values()) {
        if let ExtendedType::Union(union) = ty
            && !union.name.starts_with('_')
        {
            unions.entry(union.name.to_string()).or_default().extend(union.members.iter().map(ToString::to_string));
        }
    }
    unions
}

fn enum_values(subgraph: &Subgraph, name: &str) -> Vec<String> {
    let definition = subgraph.schema.get_enum(name);
    definition.map(|one| one.values.keys().map(ToString::to_string).collect()).unwrap_or_default()
}

fn strictest(left: &Type, right: &Type) -> Type {
    let strict = left.is_non_null() || right.is_non_null();
    let merged = match (left, right) {
        (Type::List(a) | Type::NonNullList(a), Type::List(b) | Type::NonNullList(b)) => {
            Type::List(Box::new(strictest(a, b)))
        }
        (one, _) => one.clone().nullable(),
    };
    if strict { merged.non_null() } else { merged }
}
