//! Fields that one subgraph has because of another: `@requires`, `@provides`, `@override`.

use super::{
    Maker,
    features::Feature,
    model::{FieldDef, Home, Kind, Sub},
};

impl Maker {
    pub fn add_ties(&mut self) {
        let entities = self.names(|ty| ty.kind == Kind::Entity);
        if self.has(Feature::Requires) {
            for _ in 0..self.dice.between(1, 4) {
                if let Some(entity) = self.dice.pick(&entities).cloned() {
                    self.add_requires(&entity);
                }
            }
        }
        if self.has(Feature::Provides) {
            for _ in 0..self.dice.between(1, 4) {
                self.add_provides();
            }
        }
        if self.has(Feature::Override) {
            for _ in 0..self.dice.between(1, 3) {
                self.add_override();
            }
        }
    }

    /// A field whose subgraph must be told others of the same entity.
    fn add_requires(&mut self, entity: &str) {
        let places: Vec<Sub> = self.model.types[entity].places.iter().copied().collect();
        let Some(sub) = self.dice.pick(&places).copied() else { return };
        let wanted = self.dice.between(1, 2);
        let mut sets = Vec::new();
        for name in self.foreign_fields(entity, sub) {
            if sets.len() < wanted && self.dice.one_in(2) {
                sets.extend(self.require(entity, &name, sub));
            }
        }
        if sets.is_empty() {
            return;
        }
        let name = self.add_field(entity, &[sub], 3);
        let home = self.model.types[entity].fields[&name].homes.get_mut(&sub);
        home.expect("it was just added there").requires = Some(sets.join(" "));
    }

    /// Fields of an entity that only others resolve.
    fn foreign_fields(&self, entity: &str, sub: Sub) -> Vec<String> {
        let chained = self.has(Feature::RequiresChained);
        let fields = self.model.types[entity].fields.iter().filter(|(_, field)| {
            let is_chained = field.homes.values().any(|home| home.requires.is_some());
            !field.is_key
                && !field.homes.contains_key(&sub)
                && !field.owners().is_empty()
                && (chained || !is_chained)
                && self.is_allowed(field.inner(), sub)
        });
        fields.map(|(name, _)| name.clone()).collect()
    }

    /// Makes a foreign field external here; gives it as part of a field set. None: it cannot be written.
    fn require(&mut self, entity: &str, name: &str, sub: Sub) -> Option<String> {
        let arguments = self.written_arguments(entity, name)?;
        let inner = self.model.types[entity].fields[name].inner().to_owned();
        if inner == "Query" {
            return None;
        }
        self.ensure(&inner, sub);
        let below = if self.model.is_leaf(&inner) { String::new() } else { self.selection_of(&inner, sub, 2)? };
        self.model.types[entity].fields[name].homes.entry(sub).or_insert(Home { external: true, ..Home::default() });
        Some(format!("{name}{arguments}{below}"))
    }

    /// Literals for a field's arguments, some of those that may be left out too.
    fn written_arguments(&mut self, object: &str, field: &str) -> Option<String> {
        let mut written = Vec::new();
        for argument in self.model.types[object].fields[field].arguments.clone() {
            let is_required = argument.ty.is_non_null() && argument.default.is_none();
            if is_required || self.uses(Feature::RequiresArguments, 2) {
                match self.literal(&argument.ty) {
                    Some(literal) => written.push(format!("{}: {literal}", argument.name)),
                    None if is_required => return None,
                    None => {}
                }
            }
        }
        Some(if written.is_empty() { String::new() } else { format!("({})", written.join(", ")) })
    }

    /// ` { ... }` below a required object.
    fn selection_of(&mut self, name: &str, sub: Sub, depth: usize) -> Option<String> {
        let ty = &self.model.types[name];
        match ty.kind {
            Kind::Entity | Kind::Object => {
                let mut chosen = Vec::new();
                let fields: Vec<(String, FieldDef)> = ty.fields.iter().map(|(n, f)| (n.clone(), f.clone())).collect();
                for (field, def) in fields {
                    let deep = depth > 0 && self.uses(Feature::RequiresNested, 3);
                    if chosen.len() < 2 && self.may_require((name, &def), sub, deep) {
                        chosen.extend(self.part_of((name, &field), sub, depth));
                    }
                }
                if chosen.is_empty() { None } else { Some(format!(" {{ {} }}", chosen.join(" "))) }
            }
            Kind::Interface | Kind::Union if depth > 0 && !ty.interface_object_in.contains(&sub) => {
                let here = ty.members.iter().filter(|(_, subs)| subs.contains(&sub));
                let members: Vec<String> = here.map(|(member, _)| member.clone()).collect();
                let mut parts = Vec::new();
                for member in members {
                    if let Some(below) = self.selection_of(&member, sub, depth - 1) {
                        parts.push(format!("... on {member}{below}"));
                    }
                }
                if parts.is_empty() { None } else { Some(format!(" {{ {} }}", parts.join(" "))) }
            }
            _ => None,
        }
    }

    fn may_require(&self, (object, field): (&str, &FieldDef), sub: Sub, deep: bool) -> bool {
        let is_here = field.homes.contains_key(&sub);
        let is_foreign = self.model.types[object].kind == Kind::Entity && deep && !field.owners().is_empty();
        (self.model.is_leaf(field.inner()) || deep && is_here) && (is_here || is_foreign)
    }

    fn part_of(&mut self, (object, field): (&str, &str), sub: Sub, depth: usize) -> Option<String> {
        let arguments = self.written_arguments(object, field)?;
        let inner = self.model.types[object].fields[field].inner().to_owned();
        let below = if self.model.is_leaf(&inner) { String::new() } else { self.selection_of(&inner, sub, depth - 1)? };
        let homes = &mut self.model.types[object].fields[field].homes;
        homes.entry(sub).or_insert(Home { external: true, ..Home::default() });
        Some(format!("{field}{arguments}{below}"))
    }

    /// A path on which a subgraph gives what elsewhere others must be asked for.
    fn add_provides(&mut self) {
        let mut paths = Vec::new();
        for (object, ty) in self.model.types.iter().filter(|(_, ty)| ty.is_object()) {
            for (name, field) in &ty.fields {
                let is_entity = self.model.types.get(field.inner()).is_some_and(|inner| inner.kind == Kind::Entity);
                let owners = field.owners().into_iter().filter(|sub| field.homes[sub].provides.is_none());
                if is_entity && !field.is_key {
                    paths.extend(owners.map(|sub| (object.clone(), name.clone(), sub)));
                }
            }
        }
        let Some((object, name, sub)) = self.dice.pick(&paths).cloned() else { return };
        let inner = self.model.types[&object].fields[&name].inner().to_owned();
        let leaves: Vec<String> = self.foreign_fields(&inner, sub);
        let leaves: Vec<String> = leaves
            .into_iter()
            .filter(|leaf| self.model.is_leaf(self.model.types[&inner].fields[leaf].inner()))
            .collect();
        let mut chosen = self.dice.some(&leaves);
        chosen.truncate(2);
        for leaf in &chosen {
            let homes = &mut self.model.types[&inner].fields[leaf].homes;
            homes.insert(sub, Home { external: true, ..Home::default() });
        }
        if !chosen.is_empty() {
            let home = self.model.types[&object].fields[&name].homes.get_mut(&sub);
            home.expect("it is an owner").provides = Some(chosen.join(" "));
        }
    }

    /// A field moves to another subgraph, for good or while a label is on.
    fn add_override(&mut self) {
        let mut fields = Vec::new();
        for (object, ty) in self.model.types.iter().filter(|(name, ty)| ty.kind == Kind::Entity || *name == "Query") {
            for (name, field) in ty.fields.iter().filter(|(_, field)| !field.is_key) {
                if let [owner] = field.owners()[..]
                    && field.homes[&owner].requires.is_none()
                    && field.homes[&owner].provides.is_none()
                    && field.homes[&owner].override_from.is_none()
                {
                    fields.push((object.clone(), name.clone(), owner));
                }
            }
        }
        let Some((object, name, from)) = self.dice.pick(&fields).cloned() else { return };
        let field = &self.model.types[&object].fields[&name];
        let places = self.model.types[&object].places.iter().copied();
        let fitting: Vec<Sub> = places
            .filter(|sub| !field.homes.contains_key(sub) && !self.model.subgraphs[*sub].is_fed1)
            .filter(|sub| self.is_allowed(field.inner(), *sub))
            .collect();
        let Some(to) = self.dice.pick(&fitting).copied() else { return };
        let label = if self.uses(Feature::OverrideProgressive, 2) { Some(self.label()) } else { None };
        self.give_home(&object, &name, to);
        self.open_door(&object, to);
        let homes = &mut self.model.types[&object].fields[&name].homes;
        homes.entry(from).or_default().taken = label.is_none();
        homes.entry(to).or_default().override_from = Some((from, label));
    }

    /// A label that is on or (kept with a dash) off.
    fn label(&mut self) -> String {
        let label = ["percent(50)", "percent(0.5)", "move-it", "flag:x/1"][self.dice.below(4)].to_owned();
        if !self.labels.contains(&format!("-{label}")) && !self.labels.contains(&label) {
            let off = self.dice.one_in(2);
            self.labels.insert(if off { format!("-{label}") } else { label.clone() });
        }
        label
    }
}
