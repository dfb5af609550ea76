//! What follows from the rest: the fields of interfaces, and the places of leaves and inputs.

use std::collections::BTreeSet;

use super::{
    Maker,
    model::{FieldDef, Kind, Sub},
};

impl Maker {
    pub fn finish(&mut self) {
        for name in self.names(|ty| ty.kind == Kind::Interface) {
            self.fill_interface(&name);
        }
        self.place_leaves();
    }

    /// In each of its places an interface has those of its fields that all its implementations there have.
    fn fill_interface(&mut self, name: &str) {
        let interface = &self.model.types[name];
        let (contract, keyed_in) = (interface.contract.clone(), interface.keyed_in);
        let places: Vec<Sub> =
            interface.places.iter().copied().filter(|sub| !interface.interface_object_in.contains(sub)).collect();
        for sub in places {
            let members = self.model.types[name].members.iter().filter(|(_, subs)| subs.contains(&sub));
            let members: Vec<&String> = members.map(|(member, _)| member).collect();
            let here = |field: &String| {
                members.iter().all(|member| {
                    let home = self.model.types[*member].fields.get(field).and_then(|field| field.homes.get(&sub));
                    home.is_some_and(|home| !home.external)
                })
            };
            let common: Vec<String> = contract.iter().filter(|field| here(field)).cloned().collect();
            let mut chosen: BTreeSet<String> = self.dice.some(&common).into_iter().collect();
            chosen.extend(common.first().cloned());
            if keyed_in == Some(sub) {
                chosen.insert("id".to_owned());
            }
            for field in chosen {
                let ty = self.contract_type(&field);
                let fields = &mut self.model.types[name].fields;
                fields.entry(field).or_insert_with(|| FieldDef::new(ty)).homes.entry(sub).or_default();
            }
        }
    }

    /// Enums, scalars and inputs are wherever a field or argument names them.
    fn place_leaves(&mut self) {
        let mut wanted: BTreeSet<(String, Sub)> = BTreeSet::new();
        for ty in self.model.types.values().filter(|ty| ty.is_composite()) {
            for field in ty.fields.values() {
                let arguments = field.arguments.iter().map(|argument| argument.ty.inner_named_type().as_str());
                for name in arguments.chain([field.inner()]) {
                    wanted.extend(field.homes.keys().map(|sub| (name.to_owned(), *sub)));
                }
            }
        }
        for (name, sub) in wanted {
            self.ensure(&name, sub);
        }
    }
}
