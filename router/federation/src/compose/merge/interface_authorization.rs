//! An interface, and each of its fields, asks for what all its implementations ask for: otherwise a field could be
//! read unguarded by naming the interface instead of the type.

use std::collections::BTreeMap;

use apollo_compiler::{
    Name, Node, ast,
    collections::{IndexMap, IndexSet},
};

use super::applied::merge_applied;

type Applied = Vec<Node<ast::Directive>>;

/// What implementations ask for, by interface.
#[derive(Default)]
struct Asked {
    on_type: Vec<Applied>,
    on_fields: IndexMap<Name, Vec<Applied>>,
}

pub(super) fn propagate(merged: &mut BTreeMap<Name, ast::Definition>) {
    let mut asked: BTreeMap<Name, Asked> = BTreeMap::new();
    for definition in merged.values() {
        if let ast::Definition::ObjectTypeDefinition(object) = definition {
            collect(object, &mut asked);
        }
    }
    for (name, asked) in asked {
        let Some(ast::Definition::InterfaceTypeDefinition(interface)) = merged.get_mut(&name) else { continue };
        let interface = interface.make_mut();
        set(&mut interface.directives, &asked.on_type);
        for field in &mut interface.fields {
            if let Some(requirements) = asked.on_fields.get(&field.name) {
                set(&mut field.make_mut().directives, requirements);
            }
        }
    }
}

fn collect(object: &ast::ObjectTypeDefinition, asked: &mut BTreeMap<Name, Asked>) {
    let on_type = requirements(&object.directives);
    for interface in &object.implements_interfaces {
        if !on_type.is_empty() {
            asked.entry(interface.clone()).or_default().on_type.push(on_type.clone());
        }
        for field in &object.fields {
            let on_field = requirements(&field.directives);
            if !on_field.is_empty() {
                let fields = &mut asked.entry(interface.clone()).or_default().on_fields;
                fields.entry(field.name.clone()).or_default().push(on_field);
            }
        }
    }
}

fn requirements(directives: &ast::DirectiveList) -> Applied {
    directives.iter().filter(|directive| is_requirement(directive)).cloned().collect()
}

fn is_requirement(directive: &ast::Directive) -> bool {
    matches!(directive.name.as_str(), "authenticated" | "requiresScopes" | "policy")
}

fn set(directives: &mut ast::DirectiveList, requirements: &[Applied]) {
    directives.0.retain(|directive| !is_requirement(directive));
    let lists: Vec<&[Node<ast::Directive>]> = requirements.iter().map(Vec::as_slice).collect();
    directives.0.extend(merge_applied(&lists, &IndexSet::default()));
}
