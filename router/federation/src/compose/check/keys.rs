//! `@key`: its field set, and keys of interfaces.

use std::collections::BTreeMap;

use apollo_compiler::Name;

use super::field_sets::{Kind, Walk};
use crate::{
    compose::{
        error::ErrorCode,
        merge::Sources,
        report::Report,
        spec::Version,
        subgraph::{Key, SubgraphSchema, TypeDef, TypeKind},
        usage::is_known,
    },
    supergraph::FieldSelection,
};

const KEY: Kind = Kind {
    name: "key",
    invalid: ErrorCode::KeyInvalidFields,
    not_text: ErrorCode::KeyInvalidFieldsType,
    directive: ErrorCode::KeyDirectiveInFieldsArg,
    abstract_field: Some(ErrorCode::KeyFieldsSelectInvalidType),
};

pub fn check(subgraph: &SubgraphSchema, report: &mut Report) {
    for ty in subgraph.types.values().filter(|ty| !ty.keys.is_empty()) {
        if ty.kind == TypeKind::Interface && subgraph.version < Version::Two(3) {
            report.at(
                ErrorCode::KeyUnsupportedOnInterface,
                subgraph,
                ty.span,
                format!("@key on interface {:?} needs federation v2.3 or later; link it", ty.name),
            );
            continue;
        }
        for key in &ty.keys {
            check_fields(subgraph, ty, key, report);
        }
        if ty.kind == TypeKind::Interface {
            check_implementations_here(subgraph, ty, report);
        }
    }
}

fn check_fields(subgraph: &SubgraphSchema, ty: &TypeDef, key: &Key, report: &mut Report) {
    let place = format!("type {:?}", ty.name);
    let mut walk = Walk { subgraph, set: &key.fields, kind: KEY, place, report };
    walk.run(ty, &mut |walk, found| {
        let coordinate = format!("{}.{}", found.owner.name, found.field.name);
        if found.has_arguments {
            let reason = format!("field {coordinate:?} has arguments; a key cannot use it");
            walk.fault(ErrorCode::KeyFieldsHasArgs, &reason);
        }
    });
}

/// An entity interface is looked up by its key and answered with an implementation: each must have that key.
fn check_implementations_here(subgraph: &SubgraphSchema, interface: &TypeDef, report: &mut Report) {
    for key in &interface.keys {
        let wanted = canonical(key.fields.selections());
        // A type with a faulty key is reported for that first.
        let is_sound = |ty: &&TypeDef| ty.keys.iter().all(|key| is_known(subgraph, &ty.name, key.fields.selections()));
        for implementation in subgraph.possible_types(&interface.name).into_iter().filter(is_sound) {
            let own = implementation.keys.iter().find(|own| canonical(own.fields.selections()) == wanted);
            let fault = match own {
                None => "lacks its",
                Some(own) if key.resolvable && !own.resolvable => "does not resolve its",
                Some(_) => continue,
            };
            report.at(
                ErrorCode::InterfaceKeyNotOnImplementation,
                subgraph,
                implementation.span,
                format!(
                    "type {:?} implements {:?} and {fault} @key(fields: {:?}); the subgraph answers for the interface with \
                     it, so it must",
                    implementation.name, interface.name, key.fields.text
                ),
            );
        }
    }
}

/// A subgraph that resolves an interface by key must know all its implementations, whoever defines them.
pub fn check_implementations(subgraphs: &[SubgraphSchema], types: &BTreeMap<Name, Sources<'_>>, report: &mut Report) {
    for subgraph in subgraphs {
        for interface in subgraph.types.values().filter(|ty| ty.kind == TypeKind::Interface) {
            if !interface.keys.iter().any(|key| key.resolvable) {
                continue;
            }
            for (name, sources) in types {
                let implements = sources
                    .iter()
                    .any(|(_, ty)| ty.kind == TypeKind::Object && ty.interfaces.contains(&interface.name));
                let known = subgraph.types.get(name).is_some_and(|ty| ty.interfaces.contains(&interface.name));
                if implements && !known {
                    report.at(
                        ErrorCode::InterfaceKeyMissingImplementationType,
                        subgraph,
                        interface.span,
                        format!(
                            "interface {:?} has a @key here, but its implementation {name:?} is missing; define it here, \
                             implementing the interface",
                            interface.name
                        ),
                    );
                }
            }
        }
    }
}

/// A field set independent of the order it is written in.
pub fn canonical(selections: &[FieldSelection]) -> Vec<String> {
    let mut written: Vec<String> = selections
        .iter()
        .map(|selection| match selection {
            FieldSelection::Field { name, selections, .. } if selections.is_empty() => name.to_string(),
            FieldSelection::Field { name, selections, .. } => format!("{name}{{{}}}", canonical(selections).join(" ")),
            FieldSelection::Inline { on, selections } => {
                let on = on.as_ref().map(Name::as_str).unwrap_or_default();
                format!("...{on}{{{}}}", canonical(selections).join(" "))
            }
        })
        .collect();
    written.sort_unstable();
    written.dedup();
    written
}
