//! Random operations over an API schema: aliases that shadow other names, fragments, conditions, variables.
//!
//! An operation may turn out invalid (two fields of one alias that cannot be merged); the caller validates it
//! and takes the next one.

use apollo_compiler::{
    Name, Schema,
    ast::{FieldDefinition, Type},
    schema::ExtendedType,
};
use serde_json::{Map, Value, json};

/// A seeded sequence (xorshift64*): the same seed is the same operation for ever.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % limit.max(1)
    }

    fn one_in(&mut self, chances: usize) -> bool {
        self.below(chances) == 0
    }
}

/// An operation, with values for the variables it declares.
pub struct Drawn {
    pub text: String,
    pub variables: Map<String, Value>,
}

pub fn draw(schema: &Schema, seed: u64) -> Drawn {
    let mut dice = Dice::new(seed);
    let roots: Vec<(String, String)> = schema
        .schema_definition
        .iter_root_operations()
        .map(|(kind, name)| (kind.to_string(), name.to_string()))
        .collect();
    let (kind, root) = &roots[dice.below(roots.len())];
    let mut drawing =
        Drawing { schema, dice, declared: Vec::new(), variables: Map::new(), plain_root: kind == "subscription" };
    let depth = 2 + drawing.dice.below(4);
    let selection = drawing.selection(root, depth, true);
    let declared = &drawing.declared;
    let header = if declared.is_empty() { String::new() } else { format!("({})", declared.join(", ")) };
    Drawn { text: format!("{kind} Drawn{header} {selection}"), variables: drawing.variables }
}

struct Drawing<'s> {
    schema: &'s Schema,
    dice: Dice,
    declared: Vec<String>,
    variables: Map<String, Value>,
    /// A subscription has one root field, without conditions.
    plain_root: bool,
}

impl Drawing<'_> {
    fn selection(&mut self, ty: &str, depth: usize, is_root: bool) -> String {
        let plain = is_root && self.plain_root;
        let count = if plain { 1 } else { 1 + self.dice.below(4) };
        let mut items = Vec::new();
        for _ in 0..count {
            let item = match self.dice.below(10) {
                0 | 1 if !plain => self.fragment(ty, depth),
                2 if !plain => format!("{}__typename", self.alias(ty)),
                _ => self.field(ty, depth, plain),
            };
            items.push(item);
        }
        format!("{{ {} }}", items.join(" "))
    }

    fn field(&mut self, ty: &str, depth: usize, plain: bool) -> String {
        let fields: Vec<FieldDefinition> = match self.schema.types.get(ty) {
            Some(ExtendedType::Object(object)) => object.fields.values().map(|field| (***field).clone()).collect(),
            Some(ExtendedType::Interface(interface)) => {
                interface.fields.values().map(|field| (***field).clone()).collect()
            }
            _ => return self.fragment(ty, depth),
        };
        let usable: Vec<&FieldDefinition> =
            fields.iter().filter(|field| depth > 0 || self.is_leaf(field.ty.inner_named_type())).collect();
        let Some(field) = usable.get(self.dice.below(usable.len())) else { return "__typename".to_owned() };
        let alias = self.alias(ty);
        let arguments = self.arguments(field);
        let condition = if plain { String::new() } else { self.condition() };
        let inner = field.ty.inner_named_type();
        let below = if self.is_leaf(inner) { String::new() } else { self.selection(inner, depth - 1, false) };
        format!("{alias}{}{arguments}{condition} {below}", field.name)
    }

    fn fragment(&mut self, ty: &str, depth: usize) -> String {
        let condition = self.condition();
        let targets = self.targets(ty);
        match targets.get(self.dice.below(targets.len() + 1)) {
            Some(target) => format!("... on {target}{condition} {}", self.selection_inside(target, depth)),
            None if self.schema.get_union(ty).is_some() => "__typename".to_owned(),
            None => format!("...{condition} {}", self.selection_inside(ty, depth)),
        }
    }

    fn selection_inside(&mut self, ty: &str, depth: usize) -> String {
        if depth == 0 { "{ __typename }".to_owned() } else { self.selection(ty, depth - 1, false) }
    }

    /// Types that a fragment can narrow or widen to.
    fn targets(&self, ty: &str) -> Vec<String> {
        let here = self.concrete(ty);
        let composite = self.schema.types.iter().filter(|(_, known)| {
            !known.is_built_in() && (known.is_object() || known.is_interface() || known.is_union())
        });
        composite
            .map(|(name, _)| name.to_string())
            .filter(|name| self.concrete(name).iter().any(|one| here.contains(one)))
            .collect()
    }

    fn concrete(&self, ty: &str) -> Vec<String> {
        let objects = self.schema.types.iter().filter(|(_, known)| known.is_object());
        objects
            .map(|(name, _)| name.to_string())
            .filter(|name| name == ty || self.schema.is_subtype(ty, name))
            .collect()
    }

    fn is_leaf(&self, name: &str) -> bool {
        matches!(self.schema.types.get(name), Some(ExtendedType::Scalar(_) | ExtendedType::Enum(_)))
    }

    /// Often none; sometimes the name of something else.
    fn alias(&mut self, ty: &str) -> String {
        let mut names: Vec<String> = ["x", "y", "id", "__typename"].map(str::to_owned).to_vec();
        if let Some(ExtendedType::Object(object)) = self.schema.types.get(ty) {
            names.extend(object.fields.keys().map(ToString::to_string));
        }
        if self.dice.one_in(5) { format!("{}: ", names[self.dice.below(names.len())]) } else { String::new() }
    }

    fn condition(&mut self) -> String {
        if !self.dice.one_in(6) {
            return String::new();
        }
        let name = ["a", "b"][self.dice.below(2)];
        if !self.variables.contains_key(name) {
            self.declared.push(format!("${name}: Boolean!"));
            let value = self.dice.one_in(2);
            self.variables.insert(name.to_owned(), json!(value));
        }
        format!(" @{}(if: ${name})", ["skip", "include"][self.dice.below(2)])
    }

    fn arguments(&mut self, field: &FieldDefinition) -> String {
        let mut written = Vec::new();
        for argument in &field.arguments {
            if !argument.is_required() && self.dice.one_in(2) {
                continue;
            }
            if self.dice.one_in(2) {
                let name = format!("v{}", self.declared.len());
                self.declared.push(format!("${name}: {}", argument.ty));
                let value = self.value(&argument.ty, 2);
                written.push(format!("{}: ${name}", argument.name));
                self.variables.insert(name, value);
            } else {
                let value = self.value(&argument.ty, 2);
                written.push(format!("{}: {}", argument.name, self.literal(&argument.ty, &value)));
            }
        }
        if written.is_empty() { String::new() } else { format!("({})", written.join(", ")) }
    }

    fn value(&mut self, ty: &Type, depth: usize) -> Value {
        if !ty.is_non_null() && self.dice.one_in(5) {
            return Value::Null;
        }
        if ty.is_list() {
            return (0..self.dice.below(3)).map(|_| self.value(ty.item_type(), depth)).collect();
        }
        match ty.inner_named_type().as_str() {
            "Int" => json!(self.dice.below(9)),
            "Float" => json!(self.dice.below(9) as f64 / 2.0),
            "Boolean" => json!(self.dice.one_in(2)),
            name => match self.schema.types.get(name) {
                Some(ExtendedType::Enum(definition)) => {
                    let values: Vec<&str> = definition.values.keys().map(Name::as_str).collect();
                    json!(values[self.dice.below(values.len())])
                }
                Some(ExtendedType::InputObject(input)) => {
                    let fields: Vec<_> = input
                        .fields
                        .values()
                        .filter(|field| field.is_required() || depth > 0)
                        .map(|field| (field.name.to_string(), (*field.ty).clone()))
                        .collect();
                    fields.into_iter().map(|(name, ty)| (name, self.value(&ty, depth.saturating_sub(1)))).collect()
                }
                _ => json!(format!("s{}", self.dice.below(9))),
            },
        }
    }

    fn literal(&self, ty: &Type, value: &Value) -> String {
        match value {
            Value::Array(items) => {
                let items: Vec<String> = items.iter().map(|item| self.literal(ty.item_type(), item)).collect();
                format!("[{}]", items.join(", "))
            }
            Value::Object(fields) => {
                let definition = self.schema.get_input_object(ty.inner_named_type());
                let fields: Vec<String> = fields
                    .iter()
                    .filter_map(|(name, value)| {
                        let ty = &definition?.fields.get(name.as_str())?.ty;
                        Some(format!("{name}: {}", self.literal(ty, value)))
                    })
                    .collect();
                format!("{{{}}}", fields.join(", "))
            }
            Value::String(text) if self.schema.get_enum(ty.inner_named_type()).is_some() => text.clone(),
            other => other.to_string(),
        }
    }
}
