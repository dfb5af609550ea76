//! Who has what: places of types, keys, and everything that a subgraph must have to speak of a type at all.

use super::{
    Maker,
    features::Feature,
    model::{FieldDef, KeyDef, Kind, Sub},
    types::named,
};

impl Maker {
    /// Keys, places and interface objects, before there are fields.
    pub fn cut_entities(&mut self) {
        let subs = self.model.subgraphs.len();
        self.choose_interface_objects();
        for name in self.names(|ty| ty.kind == Kind::Entity) {
            self.add_keys(&name);
        }
        for name in self.names(|ty| ty.kind == Kind::Entity) {
            let mut places: Vec<Sub> = (0..subs).filter(|sub| self.is_allowed(&name, *sub)).collect();
            self.dice.shuffle(&mut places);
            let count = self.dice.between(1, 4).min(places.len());
            for sub in &places[..count] {
                self.ensure(&name, *sub);
            }
        }
    }

    /// Subgraphs that know nothing of an interface's implementations.
    fn choose_interface_objects(&mut self) {
        let subs = self.model.subgraphs.len();
        if !self.has(Feature::InterfaceObject) || !self.model.types.contains_key("Media") {
            return;
        }
        let fed2: Vec<Sub> = (1..subs).filter(|sub| !self.model.subgraphs[*sub].is_fed1).collect();
        let mut chosen = self.dice.some(&fed2);
        chosen.extend(self.dice.pick(&fed2));
        self.model.types["Media"].interface_object_in = chosen.into_iter().collect();
    }

    fn add_keys(&mut self, name: &str) {
        let id = FieldDef { is_key: true, ..FieldDef::new(named("ID").non_null()) };
        let mut keys = vec![("id".to_owned(), vec![("id".to_owned(), id)])];
        if self.uses(Feature::KeysSeveral, 2) {
            let ty = named(["String", "Int"][self.dice.below(2)]).non_null();
            keys.push(("sku".to_owned(), vec![("sku".to_owned(), key_field(ty))]));
        }
        if self.uses(Feature::KeysCompound, 2) {
            let region = if self.has(Feature::Enums) { "Color" } else { "Boolean" };
            let region = key_field(named(region).non_null());
            let fields =
                vec![("code".to_owned(), key_field(named("String").non_null())), ("region".to_owned(), region)];
            keys.push(("code region".to_owned(), fields));
        }
        if self.uses(Feature::KeysNested, 2) {
            let others = self.names(|ty| ty.kind == Kind::Entity);
            let inner = self.dice.pick(&others).cloned().unwrap_or_default();
            let (inner, text) = match self.model.types.get("Size") {
                Some(_) if self.dice.one_in(2) => ("Size".to_owned(), "home { code }"),
                _ => (inner, "home { id }"),
            };
            keys.push((text.to_owned(), vec![("home".to_owned(), key_field(named(&inner).non_null()))]));
        }
        let ty = &mut self.model.types[name];
        for (text, fields) in keys {
            let names = fields.iter().map(|(name, _)| name.clone()).collect();
            ty.keys.push(KeyDef { text, fields: names, holders: Default::default() });
            ty.fields.extend(fields);
        }
    }

    /// Whether a subgraph can speak of a type.
    pub fn is_allowed(&self, name: &str, sub: Sub) -> bool {
        self.is_allowed_below(name, sub, &mut Vec::new())
    }

    fn is_allowed_below<'m>(&'m self, name: &'m str, sub: Sub, seen: &mut Vec<&'m str>) -> bool {
        let Some(ty) = self.model.types.get(name) else { return true };
        if ty.places.contains(&sub) || seen.contains(&name) {
            return true;
        }
        seen.push(name);
        let free = || !self.model.parents(name).any(|(_, parent)| parent.interface_object_in.contains(&sub));
        match ty.kind {
            Kind::Entity | Kind::Object => {
                free()
                    && ty.fields.values().all(|field| {
                        !field.is_key && ty.kind == Kind::Entity || self.is_allowed_below(field.inner(), sub, seen)
                    })
            }
            Kind::Interface if ty.interface_object_in.contains(&sub) => true,
            Kind::Interface | Kind::Union => {
                ty.members.keys().any(|member| self.is_allowed_below(member, sub, &mut seen.clone()))
            }
            Kind::Enum | Kind::Scalar | Kind::Input => true,
        }
    }

    /// Gives a subgraph a type, with all that belongs to it.
    pub fn ensure(&mut self, name: &str, sub: Sub) {
        let Some(ty) = self.model.types.get_mut(name) else { return };
        if !ty.places.insert(sub) {
            return;
        }
        match ty.kind {
            Kind::Entity => self.place_entity(name, sub),
            Kind::Object | Kind::Input if name != "Query" && name != "Mutation" => self.place_fields(name, sub),
            Kind::Interface if ty.interface_object_in.contains(&sub) => self.hold_key(name, 0, (sub, true)),
            Kind::Interface | Kind::Union => self.place_members(name, sub),
            Kind::Object | Kind::Input | Kind::Enum | Kind::Scalar => {}
        }
    }

    fn place_entity(&mut self, name: &str, sub: Sub) {
        let keys = self.model.types[name].keys.len();
        let is_partial = self.uses(Feature::KeysPartial, 3);
        let first = if is_partial { self.dice.below(keys) } else { 0 };
        for key in 0..keys {
            if key == first || self.dice.one_in(3) {
                let is_fed1 = self.model.subgraphs[sub].is_fed1;
                let resolvable = is_fed1 || !self.uses(Feature::KeysUnresolvable, 2);
                self.hold_key(name, key, (sub, resolvable));
            }
        }
    }

    fn hold_key(&mut self, name: &str, key: usize, (sub, resolvable): (Sub, bool)) {
        let ty = &mut self.model.types[name];
        ty.keys[key].holders.insert(sub, resolvable);
        for field in ty.keys[key].fields.clone() {
            let field = &mut self.model.types[name].fields[&field];
            field.homes.entry(sub).or_default();
            let inner = field.inner().to_owned();
            self.ensure(&inner, sub);
            // `home { id }`: what the key selects must be there, whatever key the inner one has.
            if let Some(id) = self.model.types.get_mut(&inner).and_then(|ty| ty.fields.get_mut("id")) {
                id.homes.entry(sub).or_default();
            }
        }
    }

    /// A subgraph that resolves fields of an entity must be reached.
    pub fn open_door(&mut self, name: &str, sub: Sub) {
        let closed = self.uses(Feature::KeysPartial, 8);
        let ty = &mut self.model.types[name];
        let is_open = ty.keys.iter().any(|key| key.holders.get(&sub) == Some(&true));
        if ty.kind == Kind::Entity && !is_open && !closed {
            let held = ty.keys.iter().position(|key| key.holders.contains_key(&sub)).unwrap_or(0);
            self.hold_key(name, held, (sub, true));
        }
    }

    fn place_fields(&mut self, name: &str, sub: Sub) {
        let fields: Vec<String> = self.model.types[name].fields.keys().cloned().collect();
        let is_first = self.model.types[name].places.len() == 1;
        for field in fields {
            let is_spare = self.model.types[name].kind == Kind::Object && field != "code" && !is_first;
            if is_spare && self.uses(Feature::ValuesPartial, 4) {
                continue;
            }
            self.give_home(name, &field, sub);
        }
    }

    /// Adds a subgraph to those that resolve a field.
    pub fn give_home(&mut self, name: &str, field: &str, sub: Sub) {
        let field = &mut self.model.types[name].fields[field];
        field.homes.entry(sub).or_default();
        let inner = field.inner().to_owned();
        self.ensure(&inner, sub);
    }

    fn place_members(&mut self, name: &str, sub: Sub) {
        let all: Vec<String> = self.model.types[name].members.keys().cloned().collect();
        let allowed: Vec<String> = all.into_iter().filter(|member| self.is_allowed(member, sub)).collect();
        let mut members = self.dice.some(&allowed);
        if members.is_empty() {
            members.extend(self.dice.pick(&allowed).cloned());
        }
        for member in members {
            self.join(name, &member, sub);
        }
    }

    /// Makes an object a member of a union, or an implementation of an interface, in a subgraph.
    pub fn join(&mut self, parent: &str, member: &str, sub: Sub) {
        self.ensure(member, sub);
        self.model.types[parent].members[member].insert(sub);
        // One field at least is common to all.
        if let Some(field) = self.model.types[parent].contract.first().cloned() {
            self.promise(member, &field);
            self.give_home(member, &field, sub);
        }
    }

    /// Gives an object a contract's field.
    pub fn promise(&mut self, object: &str, field: &str) {
        if self.model.types[object].fields.contains_key(field) {
            return;
        }
        let mut ty = self.contract_type(field);
        if self.dice.one_in(3) {
            ty = ty.non_null();
        }
        let mut def = FieldDef::new(ty);
        if self.model.types[object].kind == Kind::Object {
            let places: Vec<Sub> = self.model.types[object].places.iter().copied().collect();
            def = def.at(&places);
        }
        self.model.types[object].fields.insert(field.to_owned(), def);
    }
}

fn key_field(ty: apollo_compiler::ast::Type) -> FieldDef {
    FieldDef { is_key: true, ..FieldDef::new(ty) }
}
