//! Which types there are, and what value types, enums and inputs are made of.

use apollo_compiler::{Name, ast::Type};

use super::{
    Maker,
    features::Feature,
    model::{FieldDef, KeyDef, Kind, Sub, TypeDef},
};

impl Maker {
    pub fn declare_types(&mut self) {
        if self.has(Feature::Scalars) {
            self.model.types.insert("Blob".to_owned(), TypeDef::new(Kind::Scalar));
        }
        if self.has(Feature::Enums) {
            for (name, values) in [("Color", ["RED", "GREEN", "BLUE"]), ("State", ["NEW", "OLD", "GONE"])] {
                let mut ty = TypeDef::new(Kind::Enum);
                ty.values = values.iter().map(|value| ((*value).to_owned(), Default::default())).collect();
                self.model.types.insert(name.to_owned(), ty);
            }
        }
        if self.has(Feature::Inputs) {
            self.declare_input("Range", 2);
            self.declare_input("Filter", 3);
        }
        let entities = self.dice.between(2, 4);
        for name in &["Product", "User", "Order", "Review"][..entities] {
            self.model.types.insert((*name).to_owned(), TypeDef::new(Kind::Entity));
        }
        if self.has(Feature::Values) {
            let values = self.dice.between(1, 3);
            for name in &["Size", "Money", "Page"][..values] {
                self.declare_value(name);
            }
        }
        if self.has(Feature::EntityInterface) {
            self.declare_interface("Media", Kind::Entity);
        }
        if self.has(Feature::Interfaces) {
            self.declare_interface("Named", Kind::Object);
            if self.dice.one_in(2) {
                self.declare_interface("Ranked", Kind::Object);
            }
        }
        if self.has(Feature::Unions) {
            let objects = self.names(TypeDef::is_object);
            let objects: Vec<String> =
                objects.into_iter().filter(|name| name != "Query" && name != "Mutation").collect();
            let mut union = TypeDef::new(Kind::Union);
            let mut members = self.dice.some(&objects);
            members.extend(self.dice.pick(&objects).cloned());
            union.members = members.into_iter().map(|name| (name, Default::default())).collect();
            self.model.types.insert("Found".to_owned(), union);
        }
    }

    pub fn names(&self, wanted: impl Fn(&TypeDef) -> bool) -> Vec<String> {
        self.model.types.iter().filter(|(_, ty)| wanted(ty)).map(|(name, _)| name.clone()).collect()
    }

    fn declare_input(&mut self, name: &str, fields: usize) {
        let mut input = TypeDef::new(Kind::Input);
        for _ in 0..fields {
            let (ty, default) = self.input_type();
            let field = FieldDef { default, ..FieldDef::new(ty) };
            let name = self.field_name(|name| input.fields.contains_key(name));
            input.fields.insert(name, field);
        }
        // One field at least that nobody must give, so that a default is easily written.
        input.fields.insert("any".to_owned(), FieldDef::new(named("Int")));
        self.model.types.insert(name.to_owned(), input);
    }

    fn declare_value(&mut self, name: &str) {
        let mut value = TypeDef::new(Kind::Object);
        for _ in 0..self.dice.between(1, 3) {
            let field_name = self.field_name(|name| value.fields.contains_key(name));
            let mut field = FieldDef::new(self.output_type(&[], 5));
            field.arguments = self.arguments();
            value.fields.insert(field_name, field);
        }
        // A leaf at least.
        value.fields.insert("code".to_owned(), FieldDef::new(named("String").non_null()));
        self.model.types.insert(name.to_owned(), value);
    }

    fn declare_interface(&mut self, name: &str, of: Kind) {
        let mut candidates = self.names(|ty| ty.kind == Kind::Entity || of == Kind::Object && ty.is_object());
        candidates.retain(|name| name != "Query" && name != "Mutation");
        self.dice.shuffle(&mut candidates);
        let members = self.dice.between(1, 3);
        candidates.truncate(members);
        let mut interface = TypeDef::new(Kind::Interface);
        interface.contract = match of {
            Kind::Entity => vec!["id".to_owned(), "label".to_owned()],
            _ => self.dice.some(&["label", "weight", "mood"]).into_iter().map(str::to_owned).collect(),
        };
        if interface.contract.is_empty() {
            interface.contract.push("label".to_owned());
        }
        if of == Kind::Entity {
            let id = FieldDef { is_key: true, ..FieldDef::new(self.contract_type("id")) };
            interface.fields.insert("id".to_owned(), id);
            let fields = vec!["id".to_owned()];
            interface.keys.push(KeyDef { text: "id".to_owned(), fields, holders: Default::default() });
        }
        interface.members = candidates.into_iter().map(|member| (member, Default::default())).collect();
        self.model.types.insert(name.to_owned(), interface);
    }

    /// What every type says under a contract's name, so that an object can have several interfaces.
    pub fn contract_type(&self, field: &str) -> Type {
        match field {
            "id" => named("ID").non_null(),
            "weight" => named("Float"),
            "mood" if self.has(Feature::Enums) => named("Color"),
            "mood" => Type::List(Box::new(named("Int"))),
            _ => named("String"),
        }
    }

    /// A type that all of `homes` can have, for an output field. One in `leaves` is composite.
    pub fn output_type(&mut self, homes: &[Sub], leaves: usize) -> Type {
        let composite = self.names(TypeDef::is_composite);
        let composite: Vec<String> = composite
            .into_iter()
            .filter(|name| name != "Mutation" && (name != "Query" || self.has(Feature::QueryInside)))
            .filter(|name| homes.iter().all(|home| self.is_allowed(name, *home)))
            .collect();
        let inner = match self.dice.pick(&composite) {
            Some(name) if self.dice.below(leaves + 1) >= leaves.min(1) && self.dice.one_in(leaves.max(1)) => {
                name.clone()
            }
            _ => self.leaf_type(),
        };
        self.wrap(named(&inner))
    }

    fn leaf_type(&mut self) -> String {
        let mut leaves = ["Int", "String", "Float", "Boolean", "ID"].map(str::to_owned).to_vec();
        let own = self.names(|ty| matches!(ty.kind, Kind::Enum | Kind::Scalar));
        leaves.extend(own.iter().chain(&own).cloned());
        self.dice.pick(&leaves).cloned().unwrap_or_default()
    }

    /// Lists and non-null around a type.
    fn wrap(&mut self, mut ty: Type) -> Type {
        let lists = match self.dice.below(6) {
            0 if self.has(Feature::ListsOfLists) => 2,
            0..2 => 1,
            _ => 0,
        };
        for _ in 0..lists {
            if self.dice.one_in(3) {
                ty = ty.non_null();
            }
            ty = Type::List(Box::new(ty));
        }
        if self.dice.one_in(4) { ty.non_null() } else { ty }
    }

    /// For an argument or input field, with a default now and then.
    pub fn input_type(&mut self) -> (Type, Option<String>) {
        let mut inner = self.leaf_type();
        let inputs = self.names(|ty| ty.kind == Kind::Input);
        if self.dice.one_in(4)
            && let Some(input) = self.dice.pick(&inputs)
        {
            inner.clone_from(input);
        }
        let ty = self.wrap(named(&inner));
        let default = if self.dice.one_in(3) { self.literal(&ty) } else { None };
        (ty, default)
    }

    /// A value for an input of this type, as GraphQL writes it. None: it is not that easy.
    pub fn literal(&mut self, ty: &Type) -> Option<String> {
        if ty.is_list() {
            let item = self.literal(ty.item_type())?;
            return Some(format!("[{item}]"));
        }
        Some(match ty.inner_named_type().as_str() {
            "Int" => self.dice.below(9).to_string(),
            "Float" => format!("{}.5", self.dice.below(9)),
            "Boolean" => self.dice.one_in(2).to_string(),
            "String" | "ID" | "Blob" => format!("\"d{}\"", self.dice.below(9)),
            "Range" | "Filter" => return None,
            // The last value is the one that nobody hides.
            name => self.model.types.get(name)?.values.keys().next_back()?.clone(),
        })
    }
}

/// `name`, nullable.
pub fn named(name: &str) -> Type {
    Type::Named(Name::new(name).expect("the generator writes names"))
}
