//! What a subgraph must never be asked: fields that it does not resolve there, requirements that did not come along,
//! entities that no key of its own names.

use apollo_compiler::ast;
use serde_json::{Map, Value};

use super::{
    engine::{Engine, Place},
    facts::is_overridden,
    subgraph::Subgraph,
    world::World,
};

impl Engine<'_> {
    /// Notes a complaint when the subgraph does not resolve the field here; returns what the field provides.
    pub fn check<'w>(&'w self, place: &Place<'w>, field: &str) -> Vec<&'w [ast::Selection]> {
        let Some(subgraph) = self.subgraph else { return Vec::new() };
        let Some(local) = subgraph.types.get(&place.ty) else { return Vec::new() };
        let Some(definition) = local.fields.get(field) else { return Vec::new() };
        let mut provided = Vec::new();
        for selections in &place.provides {
            below(self.world, (&place.thing.ty, selections), field, &mut provided);
        }
        let in_key = is_in_a_key(subgraph, field);
        let overridden = self.world.is_overridden(subgraph, &place.thing.ty, field);
        if (definition.external && !in_key || overridden) && provided.is_empty() {
            self.complain(subgraph, &format!("{}.{field} is not resolved there", place.ty));
        }
        if let Some(requires) = &definition.requires {
            // Federation 1 lets a field require what its own subgraph has; that need not come along.
            let foreign = |selection: &&ast::Selection| match selection {
                ast::Selection::Field(field) => local.fields.get(field.name.as_str()).is_none_or(|own| own.external),
                _ => true,
            };
            let foreign: Vec<ast::Selection> = requires.iter().filter(foreign).cloned().collect();
            let wanted = self.world.show(&place.thing, &foreign);
            let given = place.representation.cloned().map_or(Value::Null, Value::Object);
            if !contains(&given, &wanted) {
                let told = format!("{}.{field} requires {wanted}, and was given {given}", place.ty);
                self.complain(subgraph, &told);
            }
        }
        provided.extend(definition.provides.as_deref());
        provided
    }

    /// The object that a representation names.
    pub fn entity<'v>(&self, subgraph: &Subgraph, representation: &'v Value) -> Option<Place<'v>> {
        let fields = representation.as_object()?;
        let ty = fields.get("__typename").and_then(Value::as_str).unwrap_or_default();
        let Some(local) = subgraph.types.get(ty) else {
            self.complain(subgraph, &format!("no type for {representation}"));
            return None;
        };
        let keys = || local.keys.iter().filter(|key| key.resolvable);
        let things = self.world.things(ty);
        let named = things
            .iter()
            .find(|thing| keys().any(|key| contains(representation, &self.world.show(thing, &key.selections))));
        let Some(thing) = named else {
            self.complain(subgraph, &format!("no entity for {representation}"));
            return None;
        };
        for key in keys() {
            let own = self.world.show(thing, &key.selections);
            if says_another(fields, &own) {
                self.complain(subgraph, &format!("{representation} names {own} by one key and not by another"));
            }
        }
        let is_object = self.schema.get_object(ty).is_some();
        let ty = if is_object { ty.to_owned() } else { thing.ty.clone() };
        Some(Place { thing: thing.clone(), ty, representation: Some(fields), provides: Vec::new() })
    }

    fn complain(&self, subgraph: &Subgraph, text: &str) {
        self.complaints.lock().unwrap().push(format!("{}: {text}", subgraph.name));
    }
}

impl World {
    fn is_overridden(&self, subgraph: &Subgraph, ty: &str, field: &str) -> bool {
        let home = self.subgraphs.iter().position(|one| one.name == subgraph.name);
        home.is_some_and(|home| is_overridden((&self.subgraphs, &self.labels), home, (ty, field)))
    }
}

/// External key fields are read from the representation.
fn is_in_a_key(subgraph: &Subgraph, field: &str) -> bool {
    let keys = subgraph.types.values().flat_map(|local| &local.keys);
    keys.into_iter().any(|key| mentions(&key.selections, field))
}

fn mentions(selections: &[ast::Selection], wanted: &str) -> bool {
    selections.iter().any(|selection| match selection {
        ast::Selection::Field(field) => field.name == wanted || mentions(&field.selection_set, wanted),
        ast::Selection::InlineFragment(inline) => mentions(&inline.selection_set, wanted),
        ast::Selection::FragmentSpread(_) => false,
    })
}

fn below<'s>(
    world: &World,
    (ty, selections): (&str, &'s [ast::Selection]),
    field: &str,
    found: &mut Vec<&'s [ast::Selection]>,
) {
    for selection in selections {
        match selection {
            ast::Selection::Field(one) if one.name == field => found.push(&one.selection_set),
            ast::Selection::InlineFragment(inline) => {
                if inline.type_condition.as_ref().is_none_or(|on| world.facts.is_a(ty, on)) {
                    below(world, (ty, &inline.selection_set), field, found);
                }
            }
            ast::Selection::Field(_) | ast::Selection::FragmentSpread(_) => {}
        }
    }
}

/// Whether `given` says everything that `wanted` says.
fn contains(given: &Value, wanted: &Value) -> bool {
    match (given, wanted) {
        (Value::Object(given), Value::Object(wanted)) => {
            wanted.iter().all(|(name, value)| given.get(name).is_some_and(|given| contains(given, value)))
        }
        (Value::Array(given), Value::Array(wanted)) => {
            given.len() == wanted.len() && given.iter().zip(wanted).all(|(given, wanted)| contains(given, wanted))
        }
        _ => given == wanted,
    }
}

/// Whether `given` says something else where `own` says something.
fn says_another(given: &Map<String, Value>, own: &Value) -> bool {
    own.as_object().into_iter().flatten().any(|(name, own)| match given.get(name) {
        Some(Value::Object(given)) => says_another(given, own),
        Some(given) => given != own,
        None => false,
    })
}
