//! The schema that clients must see: the monolith's, without what is hidden.

use std::fmt::Write as _;

use apollo_compiler::ast::Type;

use super::{
    differences::{Usage, usage},
    model::{ArgumentDef, FieldDef, Kind, Model, TypeDef},
};

pub fn print(model: &Model) -> String {
    let mut sdl = String::new();
    for (name, ty) in &model.types {
        if ty.places.is_empty() || ty.hidden_by.is_some() {
            continue;
        }
        match ty.kind {
            Kind::Scalar => writeln!(sdl, "scalar {name}"),
            Kind::Enum => writeln!(sdl, "enum {name} {{ {} }}", values(model, name, ty).join(" ")),
            Kind::Union => writeln!(sdl, "union {name} = {}", members(model, ty).join(" | ")),
            Kind::Input => writeln!(sdl, "input {name} {{\n{}}}", input_fields(ty)),
            Kind::Interface => writeln!(sdl, "interface {name} {{\n{}}}", fields(ty.fields.iter())),
            Kind::Entity | Kind::Object => {
                let text = object_fields(model, name, ty);
                if text.is_empty() {
                    Ok(())
                } else {
                    writeln!(sdl, "type {name}{} {{\n{text}}}", implements(model, name))
                }
            }
        }
        .unwrap();
    }
    sdl
}

fn values(model: &Model, name: &str, ty: &TypeDef) -> Vec<String> {
    let everywhere = usage(model, name) == Usage::Input;
    let visible = ty.values.iter().filter(|(value, subs)| {
        let is_hidden = ty.hidden_value.as_ref().is_some_and(|(hidden, _)| hidden == *value);
        !is_hidden && if everywhere { subs.len() == ty.places.len() } else { !subs.is_empty() }
    });
    visible.map(|(value, _)| value.clone()).collect()
}

fn members(model: &Model, ty: &TypeDef) -> Vec<String> {
    let visible = ty.members.iter().filter(|(name, subs)| !subs.is_empty() && model.types[*name].hidden_by.is_none());
    visible.map(|(name, _)| name.clone()).collect()
}

fn implements(model: &Model, name: &str) -> String {
    let parents = model.parents(name).filter(|(_, ty)| ty.kind == Kind::Interface && !ty.members[name].is_empty());
    let names: Vec<&str> = parents.map(|(parent, _)| parent.as_str()).collect();
    if names.is_empty() { String::new() } else { format!(" implements {}", names.join(" & ")) }
}

/// Its own and those of its interface objects.
fn object_fields(model: &Model, name: &str, ty: &TypeDef) -> String {
    let implemented = model.parents(name).filter(|(_, parent)| parent.kind == Kind::Interface);
    let more = implemented.filter(|(_, parent)| !parent.members[name].is_empty());
    let more = more.flat_map(|(_, parent)| &parent.fields).filter(|(field, _)| !ty.fields.contains_key(*field));
    fields(ty.fields.iter().chain(more))
}

fn fields<'f>(all: impl Iterator<Item = (&'f String, &'f FieldDef)>) -> String {
    let mut text = String::new();
    for (name, field) in all.filter(|(_, field)| field.hidden_by.is_none() && !field.homes.is_empty()) {
        let arguments = field.arguments.iter().filter(|one| one.only_in.is_none() && one.hidden_by.is_none());
        let arguments: Vec<String> = arguments.map(argument).collect();
        let arguments = if arguments.is_empty() { String::new() } else { format!("({})", arguments.join(", ")) };
        writeln!(text, "  {name}{arguments}: {}", field.ty).unwrap();
    }
    text
}

fn argument(argument: &ArgumentDef) -> String {
    let ty = if argument.strict_in.is_some() { argument.ty.clone().non_null() } else { argument.ty.clone() };
    input_value(&argument.name, &ty, argument.default.as_deref())
}

fn input_fields(ty: &TypeDef) -> String {
    let mut text = String::new();
    for (name, field) in ty.fields.iter().filter(|(_, field)| field.homes.len() == ty.places.len()) {
        let strict = field.homes.values().any(|home| home.ty.is_some());
        let own = if strict { field.ty.clone().non_null() } else { field.ty.clone() };
        writeln!(text, "  {}", input_value(name, &own, field.default.as_deref())).unwrap();
    }
    text
}

fn input_value(name: &str, ty: &Type, default: Option<&str>) -> String {
    let default = default.map(|value| format!(" = {value}")).unwrap_or_default();
    format!("{name}: {ty}{default}")
}
