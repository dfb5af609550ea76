//! Where subgraphs differ about the same thing: what may be null, which values and arguments there are, what is
//! hidden. None of it changes a value, only what clients may see of it.

use apollo_compiler::ast::Type;

use super::{
    Maker,
    features::Feature,
    model::{ArgumentDef, FieldDef, Kind, Model, Sub, TypeDef},
    types::named,
};

impl Maker {
    pub fn differ(&mut self) {
        for name in self.names(|ty| ty.kind == Kind::Enum) {
            self.spread_values(&name);
        }
        if self.has(Feature::Nullability) {
            for name in self.names(TypeDef::is_object) {
                self.differ_about_fields(&name);
            }
            for name in self.names(|ty| ty.kind == Kind::Input) {
                self.differ_about_input(&name);
            }
        }
        if self.has(Feature::Hidden) {
            for _ in 0..self.dice.between(1, 3) {
                self.hide_field();
            }
            self.hide_type();
            self.hide_arguments();
        }
    }

    /// An enum that only comes, or only goes, may have other values elsewhere; its last value is everywhere.
    fn spread_values(&mut self, name: &str) {
        let use_of = usage(&self.model, name);
        let places: Vec<Sub> = self.model.types[name].places.iter().copied().collect();
        let values: Vec<String> = self.model.types[name].values.keys().cloned().collect();
        for (index, value) in values.iter().enumerate() {
            let is_last = index + 1 == values.len();
            for place in &places {
                if is_last || use_of == Usage::Both || !self.uses(Feature::Nullability, 3) {
                    self.model.types[name].values[value].insert(*place);
                }
            }
        }
        let fed2 = |place: &&Sub| !self.model.subgraphs[**place].is_fed1;
        let first = &values[0];
        let hider = places.iter().filter(fed2).find(|place| self.model.types[name].values[first].contains(place));
        if let Some(hider) = hider.copied()
            && self.uses(Feature::Hidden, 2)
        {
            self.model.types[name].hidden_value = Some((first.clone(), hider));
        }
    }

    fn differ_about_fields(&mut self, object: &str) {
        let fields: Vec<String> = self.model.types[object].fields.keys().cloned().collect();
        for name in fields {
            let field = &self.model.types[object].fields[&name];
            let homes: Vec<Sub> = field.homes.keys().copied().collect();
            let is_plain =
                field.homes.values().all(|home| !home.external && home.requires.is_none() && home.provides.is_none());
            let in_contract = self.model.parents(object).any(|(_, parent)| parent.contract.contains(&name));
            if homes.len() < 2 || field.is_key || !is_plain || in_contract || self.dice.one_in(2) {
                continue;
            }
            let sub = homes[self.dice.below(homes.len())];
            let field = self.model.types[object].fields[&name].clone();
            let own = self.narrower(&field, sub).unwrap_or_else(|| stricter(&field.ty));
            let field = &mut self.model.types[object].fields[&name];
            field.homes.get_mut(&sub).expect("it is one of them").ty = Some(own);
            if let Some(argument) = field.arguments.first_mut() {
                argument.strict_in = Some(sub);
            } else if self.dice.one_in(2) {
                let default = self.dice.one_in(2).then(|| "7".to_owned());
                let ty = named("Int");
                let extra = ArgumentDef {
                    name: "extra".to_owned(),
                    ty,
                    default,
                    only_in: Some(sub),
                    strict_in: None,
                    hidden_by: None,
                };
                field.arguments.push(extra);
            }
        }
    }

    /// One implementation or member, where others say the interface or union.
    fn narrower(&mut self, field: &FieldDef, sub: Sub) -> Option<Type> {
        let inner = &self.model.types.get(field.inner())?;
        if !matches!(inner.kind, Kind::Interface | Kind::Union)
            || field.homes.keys().any(|home| inner.interface_object_in.contains(home))
        {
            return None;
        }
        let others = |subs: &std::collections::BTreeSet<Sub>| field.homes.keys().all(|home| subs.contains(home));
        let fitting = inner.members.iter().filter(|(_, subs)| others(subs)).map(|(name, _)| name.clone());
        let fitting: Vec<String> = fitting.collect();
        let member = self.dice.pick(&fitting)?.clone();
        self.ensure(&member, sub);
        Some(with_inner(&field.ty, &member))
    }

    fn differ_about_input(&mut self, name: &str) {
        let places: Vec<Sub> = self.model.types[name].places.iter().copied().collect();
        if places.len() < 2 {
            return;
        }
        let fields: Vec<String> =
            self.model.types[name].fields.keys().filter(|field| *field != "any").cloned().collect();
        let sub = places[self.dice.below(places.len())];
        let Some(field) = self.dice.pick(&fields) else { return };
        let field = &mut self.model.types[name].fields[field];
        let is_required = field.ty.is_non_null() && field.default.is_none();
        if self.dice.one_in(2) && !is_required {
            field.homes.remove(&sub);
        } else if let Some(home) = field.homes.get_mut(&sub) {
            home.ty = Some(field.ty.clone().non_null());
        }
    }

    fn hide_field(&mut self) {
        let mut fields = Vec::new();
        for (object, ty) in self.model.types.iter().filter(|(_, ty)| ty.is_object()) {
            for (name, field) in &ty.fields {
                let in_contract = self.model.parents(object).any(|(_, parent)| parent.contract.contains(name));
                let by = field.owners().into_iter().find(|sub| !self.model.subgraphs[*sub].is_fed1);
                if let (Some(by), false) = (by, in_contract) {
                    fields.push((object.clone(), name.clone(), by));
                }
            }
        }
        if let Some((object, name, by)) = self.dice.pick(&fields).cloned() {
            self.hide(&object, &name, by);
        }
    }

    /// False: it is the last one that clients see.
    fn hide(&mut self, object: &str, field: &str, by: Sub) -> bool {
        let ty = &mut self.model.types[object];
        let visible = ty.fields.values().filter(|field| field.hidden_by.is_none() && !field.homes.is_empty()).count();
        if visible < 2 {
            return false;
        }
        ty.fields[field].hidden_by = Some(by);
        true
    }

    /// A member of unions and interfaces, and every field that names it.
    fn hide_type(&mut self) {
        let objects = self.names(|ty| ty.is_object() && ty.places.len() < 3);
        let Some(hidden) = self.dice.pick(&objects).cloned() else { return };
        let fed2 = self.model.types[&hidden].places.iter().find(|sub| !self.model.subgraphs[**sub].is_fed1).copied();
        let others = |(_, parent): (&String, &TypeDef)| {
            parent.members.iter().any(|(member, subs)| *member != hidden && !subs.is_empty())
        };
        let (Some(by), false) = (fed2, hidden == "Query" || hidden == "Mutation") else { return };
        if !self.model.parents(&hidden).all(others) {
            return;
        }
        let mut naming = Vec::new();
        for (object, ty) in self.model.types.iter().filter(|(_, ty)| ty.is_composite() && ty.kind != Kind::Union) {
            for (name, field) in ty.fields.iter().filter(|(_, field)| field.inner() == hidden) {
                let by = field.owners().into_iter().find(|sub| !self.model.subgraphs[*sub].is_fed1);
                match by {
                    Some(by) if ty.is_object() => naming.push((object.clone(), name.clone(), by)),
                    _ => return,
                }
            }
        }
        if naming.into_iter().all(|(object, name, by)| self.hide(&object, &name, by)) {
            self.model.types[&hidden].hidden_by = Some(by);
        }
    }

    fn hide_arguments(&mut self) {
        for ty in self.model.types.values_mut().filter(|ty| ty.is_object()) {
            for field in ty.fields.values_mut() {
                let by = field.owners().into_iter().find(|sub| !self.model.subgraphs[*sub].is_fed1);
                let Some(argument) = field.arguments.last_mut() else { continue };
                let is_required = argument.ty.is_non_null() || argument.strict_in.is_some();
                if !is_required && argument.only_in.is_none() && self.dice.one_in(3) {
                    argument.hidden_by = by;
                }
            }
        }
    }
}

/// Which way an enum goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Usage {
    Output,
    Input,
    Both,
}

pub fn usage(model: &Model, name: &str) -> Usage {
    let (mut comes, mut goes) = (false, false);
    for ty in model.types.values() {
        for field in ty.fields.values().filter(|field| !field.homes.is_empty()) {
            goes |= field.arguments.iter().any(|argument| *argument.ty.inner_named_type() == *name);
            if field.inner() == name {
                if ty.kind == Kind::Input { goes = true } else { comes = true }
            }
        }
    }
    match (comes, goes) {
        (true, true) => Usage::Both,
        (_, true) => Usage::Input,
        _ => Usage::Output,
    }
}

/// Less null, somewhere.
fn stricter(ty: &Type) -> Type {
    match ty {
        Type::NonNullList(inner) => Type::NonNullList(Box::new(stricter(inner))),
        other => other.clone().non_null(),
    }
}

pub fn with_inner(ty: &Type, name: &str) -> Type {
    match ty {
        Type::Named(_) => named(name),
        Type::NonNullNamed(_) => named(name).non_null(),
        Type::List(inner) => Type::List(Box::new(with_inner(inner, name))),
        Type::NonNullList(inner) => Type::NonNullList(Box::new(with_inner(inner, name))),
    }
}
