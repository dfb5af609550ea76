//! Says in words what cannot be answered, and why.

use std::fmt::Write as _;

use apollo_compiler::Name;

use crate::supergraph::FieldJoin;

use super::{
    labels::Labels,
    positions::{Position, Step},
    reach::Reach,
    world::{NodeId, World},
};

/// A field on the way, and the type it was narrowed to.
pub(super) struct PathStep<'a> {
    pub(super) field: &'a Name,
    pub(super) on: Option<&'a Name>,
}

/// `{ a { ... on T { y } } }`; the first step is the root type.
pub(super) fn operation(path: &[PathStep<'_>], last: &str) -> String {
    let (root, steps) = match path.split_first() {
        Some((root, steps)) => (root.field.as_str(), steps),
        None => ("Query", path),
    };
    let mut text = match root {
        "Query" => "{ ".to_owned(),
        other => format!("{} {{ ", other.to_lowercase()),
    };
    let mut open = 1;
    for step in steps {
        // Writing to a String cannot fail.
        let _ = write!(text, "{} {{ ", step.field);
        open += 1;
        if let Some(on) = step.on {
            let _ = write!(text, "... on {on} {{ ");
            open += 1;
        }
    }
    text.push_str(last);
    text.push_str(&" }".repeat(open));
    text
}

/// Why a field cannot be had, for each place that is reached and each that would have it.
pub(super) fn reasons<'a>(
    world: &World<'a>,
    reach: &Reach<'a>,
    (ty, field): (&'a Name, &Name),
    closed: &[Position<'a>],
) -> Vec<String> {
    let mut reasons: Vec<String> = closed.iter().map(|position| at(world, position.node, field)).collect();
    for target in world.standing(ty) {
        if closed.iter().any(|position| position.node == *target) {
            continue;
        }
        let elsewhere = Position::plain(*target);
        let has_it = world.join(*target, field).is_some_and(FieldJoin::is_resolvable)
            || reach.resolve(world, ty, &elsewhere, (field, &Labels::default())).is_some();
        if has_it {
            reasons.push(way_to(world, *target));
        }
    }
    reasons.dedup();
    reasons
}

fn at(world: &World<'_>, node: NodeId, field: &Name) -> String {
    let at = world.node(node);
    let place = format!("subgraph {:?}", world.graph_name(at.graph));
    let coordinate = format!("{}.{field}", at.ty.name);
    match world.join(node, field) {
        None => format!("{place} has no field {coordinate}"),
        Some(join) if join.external => format!("in {place} {coordinate} is @external"),
        Some(join) if join.used_overridden => format!("{place} gave {coordinate} away by @override"),
        Some(join) if join.requires.is_some() && !at.ty.keys_in(at.graph).any(|(_, resolvable)| resolvable) => {
            let ty = &at.ty.name;
            format!(
                "{coordinate} of {place} requires other fields, but no resolvable @key of {ty:?} leads back; add one"
            )
        }
        Some(join) if join.requires.is_some() => {
            format!("what {coordinate} of {place} requires cannot be resolved from there")
        }
        Some(_) => format!("{coordinate} of {place} is switched off by its override label"),
    }
}

fn way_to(world: &World<'_>, target: NodeId) -> String {
    let at = world.node(target);
    let place = format!("subgraph {:?}", world.graph_name(at.graph));
    let keys: Vec<&str> =
        at.ty.keys_in(at.graph).filter(|(_, resolvable)| *resolvable).map(|(key, _)| &*key.text).collect();
    if keys.is_empty() {
        return format!("{place} has the field, but no resolvable @key of {:?} leads there; add one", at.ty.name);
    }
    let list: Vec<String> = keys.iter().map(|key| format!("@key(fields: {key:?})")).collect();
    format!("{place} has the field, but the fields of {} cannot be resolved before", list.join(" or of "))
}

/// `A or B in subgraph "a"; C in subgraph "b"`
pub(super) fn runtime_types(world: &World<'_>, step: &Step<'_>) -> String {
    let places: Vec<String> = step
        .runtime
        .iter()
        .map(|(graph, types)| {
            let names: Vec<&str> = types.iter().map(|name| name.as_str()).collect();
            format!("{} in subgraph {:?}", names.join(" or "), world.graph_name(*graph))
        })
        .collect();
    places.join("; ")
}
