//! An interface, and each of its fields, asks for what all its implementations ask for: otherwise a field could be
//! read unguarded by naming the interface instead of the type. In the same way what an interface object asks for a
//! field holds for the field of every implementation.

use std::collections::BTreeMap;

use apollo_compiler::{Name, Node, ast};

use super::{Sources, applied::merge_applied};

type Applied = Vec<Node<ast::Directive>>;

/// Requirements to add, by type; None is the type itself.
type Asked = BTreeMap<Name, Vec<(Option<Name>, Applied)>>;

pub(super) fn propagate(types: &BTreeMap<Name, Sources<'_>>, merged: &mut BTreeMap<Name, ast::Definition>) {
    let down = from_interface_objects(types, merged);
    add(merged, &down);
    let up = from_implementations(merged);
    add(merged, &up);
}

fn from_interface_objects(types: &BTreeMap<Name, Sources<'_>>, merged: &BTreeMap<Name, ast::Definition>) -> Asked {
    let mut asked = Asked::new();
    for definition in merged.values() {
        let ast::Definition::ObjectTypeDefinition(object) = definition else { continue };
        for interface in &object.implements_interfaces {
            let objects = types.get(interface).into_iter().flatten().filter(|(_, ty)| ty.is_interface_object);
            for field in objects.flat_map(|(_, ty)| ty.fields.values()).filter(|field| !field.external) {
                ask(&mut asked, &object.name, Some(&field.name), &field.applied);
            }
        }
    }
    asked
}

fn from_implementations(merged: &BTreeMap<Name, ast::Definition>) -> Asked {
    let mut asked = Asked::new();
    for definition in merged.values() {
        let ast::Definition::ObjectTypeDefinition(object) = definition else { continue };
        for interface in &object.implements_interfaces {
            ask(&mut asked, interface, None, &object.directives);
            for field in &object.fields {
                ask(&mut asked, interface, Some(&field.name), &field.directives);
            }
        }
    }
    asked
}

fn ask(asked: &mut Asked, ty: &Name, field: Option<&Name>, directives: &[Node<ast::Directive>]) {
    let requirements: Applied = directives.iter().filter(|directive| is_requirement(directive)).cloned().collect();
    if !requirements.is_empty() {
        asked.entry(ty.clone()).or_default().push((field.cloned(), requirements));
    }
}

fn is_requirement(directive: &ast::Directive) -> bool {
    matches!(directive.name.as_str(), "authenticated" | "requiresScopes" | "policy")
}

fn add(merged: &mut BTreeMap<Name, ast::Definition>, asked: &Asked) {
    for (name, requirements) in asked {
        let (directives, fields) = match merged.get_mut(name) {
            Some(ast::Definition::ObjectTypeDefinition(ty)) => {
                let ty = ty.make_mut();
                (&mut ty.directives, &mut ty.fields)
            }
            Some(ast::Definition::InterfaceTypeDefinition(ty)) => {
                let ty = ty.make_mut();
                (&mut ty.directives, &mut ty.fields)
            }
            _ => continue,
        };
        require(directives, requirements.iter().filter(|(field, _)| field.is_none()).map(|(_, applied)| applied));
        for field in fields {
            let name = Some(field.name.clone());
            let applied = requirements.iter().filter(|(field, _)| *field == name).map(|(_, applied)| applied);
            require(&mut field.make_mut().directives, applied);
        }
    }
}

/// Adds requirements; all that are there then must hold.
fn require<'a>(directives: &mut ast::DirectiveList, added: impl Iterator<Item = &'a Applied>) {
    let mut lists: Vec<&[Node<ast::Directive>]> = added.map(Vec::as_slice).collect();
    if lists.is_empty() {
        return;
    }
    let own: Applied = directives.iter().filter(|directive| is_requirement(directive)).cloned().collect();
    lists.push(&own);
    directives.0.retain(|directive| !is_requirement(directive));
    directives.0.extend(merge_applied(&lists));
}
