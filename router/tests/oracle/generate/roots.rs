//! Fields of entities, of interface objects and of the roots.

use super::{
    Maker,
    features::Feature,
    model::{ArgumentDef, FieldDef, Kind, Sub},
};

impl Maker {
    /// The entity interface's own place, and what every implementation must have.
    pub fn place_interfaces(&mut self) {
        if let Some(media) = self.model.types.get("Media") {
            let objects = media.interface_object_in.clone();
            let members: Vec<String> = media.members.keys().cloned().collect();
            let subs = 0..self.model.subgraphs.len();
            let fit = |sub: &Sub| !objects.contains(sub) && !self.model.subgraphs[*sub].is_fed1;
            let fitting: Vec<Sub> = subs.filter(fit).collect();
            let home = fitting[self.dice.below(fitting.len())];
            let media = &mut self.model.types["Media"];
            media.places.insert(home);
            media.keyed_in = Some(home);
            media.keys[0].holders.insert(home, true);
            for member in members {
                self.join("Media", &member, home);
                self.hold_first_key(&member, home);
            }
            for sub in objects {
                self.ensure("Media", sub);
            }
        }
        for interface in self.names(|ty| ty.kind == Kind::Interface) {
            let interface = &self.model.types[&interface];
            let (members, contract) = (interface.members.clone(), interface.contract.clone());
            for member in members.keys() {
                for field in &contract {
                    self.promise(member, field);
                    self.own(member, field);
                }
            }
        }
    }

    /// Some place of an entity resolves the field.
    fn own(&mut self, object: &str, field: &str) {
        let ty = &self.model.types[object];
        if ty.kind == Kind::Entity && ty.fields[field].homes.is_empty() {
            let places: Vec<Sub> = ty.places.iter().copied().collect();
            if let Some(owner) = self.dice.pick(&places).copied() {
                self.give_home(object, field, owner);
            }
        }
    }

    pub fn add_fields(&mut self) {
        for name in self.names(|ty| ty.kind == Kind::Entity) {
            for _ in 0..self.dice.between(1, 4) {
                let places: Vec<Sub> = self.model.types[&name].places.iter().copied().collect();
                let Some(owner) = self.dice.pick(&places).copied() else { continue };
                let mut owners = vec![owner];
                if self.uses(Feature::Shareable, 3) {
                    owners.extend(places.into_iter().filter(|place| *place != owner && self.dice.one_in(2)));
                }
                self.add_field(&name, &owners, 2);
            }
        }
        let objects = self.model.types.get("Media").map(|media| media.interface_object_in.clone());
        for sub in objects.into_iter().flatten() {
            for _ in 0..self.dice.below(3) {
                self.add_field("Media", &[sub], 2);
            }
        }
        // A contract's field has a home wherever its owner may be, and the owner can be asked.
        for name in self.names(|ty| ty.kind == Kind::Entity) {
            let ty = &self.model.types[&name];
            let owners: Vec<Sub> =
                ty.fields.values().filter(|field| !field.is_key).flat_map(FieldDef::owners).collect();
            for owner in owners {
                self.open_door(&name, owner);
            }
        }
    }

    /// A new field that `owners` resolve.
    pub fn add_field(&mut self, object: &str, owners: &[Sub], leaves: usize) -> String {
        let ty = self.output_type(owners, leaves);
        let arguments = self.arguments();
        let taken = self.model.types[object].fields.keys().cloned().collect::<Vec<_>>();
        let name = self.field_name(|name| object == "Media" || taken.iter().any(|taken| taken == name));
        let def = FieldDef { arguments, ..FieldDef::new(ty).at(owners) };
        let inner = def.inner().to_owned();
        self.model.types[object].fields.insert(name.clone(), def);
        for owner in owners {
            self.ensure(&inner, *owner);
            self.open_door(object, *owner);
        }
        name
    }

    pub fn arguments(&mut self) -> Vec<ArgumentDef> {
        if !self.uses(Feature::Arguments, 3) {
            return Vec::new();
        }
        let count = self.dice.between(1, 2);
        let names = &["in", "first"][..count];
        let mut arguments = Vec::new();
        for name in names {
            let (ty, default) = self.input_type();
            let name = (*name).to_owned();
            arguments.push(ArgumentDef { name, ty, default, only_in: None, strict_in: None, hidden_by: None });
        }
        arguments
    }

    pub fn add_roots(&mut self) {
        let subs = self.model.subgraphs.len();
        for sub in 0..subs {
            // Some subgraphs have nothing at the root; the first one has.
            let may_be_empty = sub > 0 && !self.has(Feature::QueryInside);
            let count = if may_be_empty && self.dice.one_in(6) { 0 } else { self.dice.between(1, 3) };
            for _ in 0..count {
                let mut owners = vec![sub];
                if self.uses(Feature::Shareable, 5) {
                    owners.extend((0..subs).filter(|other| *other != sub && self.dice.one_in(3)));
                }
                self.add_field("Query", &owners, 1);
            }
        }
        if !self.has(Feature::Mutations) {
            return;
        }
        for sub in 0..subs {
            if self.dice.one_in(2) {
                self.model.types["Mutation"].places.insert(sub);
                for _ in 0..self.dice.between(1, 2) {
                    self.add_field("Mutation", &[sub], 2);
                }
            }
        }
    }

    fn hold_first_key(&mut self, name: &str, sub: Sub) {
        self.model.types[name].keys[0].holders.insert(sub, true);
        self.model.types[name].fields["id"].homes.entry(sub).or_default();
    }
}
