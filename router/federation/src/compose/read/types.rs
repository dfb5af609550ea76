//! One type of a valid schema into a [`TypeDef`].

use apollo_compiler::{
    Name, ast,
    collections::{IndexMap, IndexSet},
    schema::{Component, ComponentName, ExtendedType},
};

use super::Reader;
use crate::compose::{
    spec::Known,
    subgraph::{TypeDef, TypeKind, ValueDef},
};

impl Reader<'_> {
    pub(super) fn type_def(&self, ty: &ExtendedType) -> TypeDef {
        let directives = &ty.directives().0;
        let has = |known| directives.iter().any(|directive| self.known(directive) == Some(known));
        let mut read = TypeDef {
            name: self.type_name(ty.name()),
            kind: kind_of(ty),
            span: ty.name().location().or(ty.location()),
            description: ty.description().cloned(),
            is_defined: self.defined.contains(ty.name()),
            extends: has(Known::Extends),
            is_interface_object: has(Known::InterfaceObject),
            keys: directives
                .iter()
                .filter(|directive| self.known(directive) == Some(Known::Key))
                .map(|directive| self.key(directive))
                .collect(),
            interfaces: IndexSet::default(),
            fields: IndexMap::default(),
            inputs: IndexMap::default(),
            members: IndexSet::default(),
            values: IndexMap::default(),
            applied: self.carried(directives.iter().map(|directive| &directive.node)),
        };
        self.read_members(ty, &mut read);
        read
    }

    fn read_members(&self, ty: &ExtendedType, read: &mut TypeDef) {
        let directives = &ty.directives().0;
        match ty {
            ExtendedType::Scalar(_) => {}
            ExtendedType::Object(object) => {
                read.interfaces = self.names(&object.implements_interfaces);
                read.fields = self.fields(read, directives, &object.fields);
            }
            ExtendedType::Interface(interface) => {
                read.interfaces = self.names(&interface.implements_interfaces);
                read.fields = self.fields(read, directives, &interface.fields);
            }
            ExtendedType::Union(union_) => read.members = self.names(&union_.members),
            ExtendedType::Enum(enum_) => {
                read.values = enum_.values.iter().map(|(name, value)| (name.clone(), self.value_def(value))).collect();
            }
            ExtendedType::InputObject(input) => {
                read.inputs =
                    input.fields.iter().map(|(name, field)| (name.clone(), self.input_def(&field.node))).collect();
            }
        }
    }

    fn names(&self, names: &IndexSet<ComponentName>) -> IndexSet<Name> {
        names.iter().map(|name| self.type_name(&name.name)).collect()
    }

    fn value_def(&self, value: &Component<ast::EnumValueDefinition>) -> ValueDef {
        ValueDef {
            name: value.value.clone(),
            span: value.location(),
            description: value.description.clone(),
            applied: self.carried(value.directives.iter()),
        }
    }
}

fn kind_of(ty: &ExtendedType) -> TypeKind {
    match ty {
        ExtendedType::Scalar(_) => TypeKind::Scalar,
        ExtendedType::Object(_) => TypeKind::Object,
        ExtendedType::Interface(_) => TypeKind::Interface,
        ExtendedType::Union(_) => TypeKind::Union,
        ExtendedType::Enum(_) => TypeKind::Enum,
        ExtendedType::InputObject(_) => TypeKind::InputObject,
    }
}
