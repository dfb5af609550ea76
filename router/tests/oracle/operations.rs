//! Random operations over an API schema: fragments, conditions, variables, and aliases that shadow other names.
//! Fields that share a response key are drawn so that they can be merged, so nearly every operation is valid.

use std::{collections::BTreeMap, fmt::Write as _};

use apollo_compiler::{
    Node, Schema,
    ast::{FieldDefinition, Type},
    schema::ExtendedType,
};
use serde_json::{Map, Value, json};

use super::{dice::Dice, inputs::Inputs, judge::Question};

/// Selections in one operation, so that none takes all the time.
const SELECTIONS: usize = 60;

pub fn draw(schema: &Schema, seed: u64) -> Question {
    let mut dice = Dice::new(seed);
    let has_mutation = schema.schema_definition.mutation.is_some();
    let (kind, root) = if has_mutation && dice.one_in(4) {
        ("mutation", &schema.schema_definition.mutation)
    } else {
        ("query", &schema.schema_definition.query)
    };
    let root = root.as_ref().map_or("Query", |name| name.as_str()).to_owned();
    let depth = dice.between(2, 5);
    let mut drawing = Drawing {
        schema,
        dice,
        inputs: Inputs { schema, declared: Vec::new(), variables: Map::new() },
        fragments: Vec::new(),
        scopes: vec![Scope::default()],
        left: SELECTIONS,
    };
    let selection = drawing.selection(&root, depth, Drawing::ROOT);
    let declared = &drawing.inputs.declared;
    let header = if declared.is_empty() { String::new() } else { format!("({})", declared.join(", ")) };
    let fragments = drawing.fragments.join("\n");
    Question { text: format!("{kind} Drawn{header} {selection}\n{fragments}"), variables: drawing.inputs.variables }
}

/// What is selected under each response key of one place, however many selections lead there.
#[derive(Default)]
struct Scope {
    keys: BTreeMap<String, Held>,
}

struct Held {
    /// Nullability, lists and, of leaves, the name.
    shape: String,
    /// The types it is selected on, each with the field and its arguments.
    on: Vec<(String, String)>,
    below: usize,
}

struct Drawing<'s> {
    schema: &'s Schema,
    dice: Dice,
    inputs: Inputs<'s>,
    /// Definitions of named fragments.
    fragments: Vec<String>,
    scopes: Vec<Scope>,
    left: usize,
}

impl Drawing<'_> {
    const ROOT: usize = 0;

    fn selection(&mut self, ty: &str, depth: usize, scope: usize) -> String {
        let count = self.dice.between(1, 4);
        let mut items = Vec::new();
        for _ in 0..count {
            if self.left == 0 {
                break;
            }
            self.left -= 1;
            items.push(match self.dice.below(12) {
                0..3 => self.fragment(ty, depth, scope),
                3 => self.typename(scope),
                4 if scope == Self::ROOT && ty == "Query" && self.dice.one_in(3) => self.introspection(scope),
                _ => self.field(ty, depth, scope),
            });
        }
        if items.is_empty() {
            items.push(self.typename(scope));
        }
        format!("{{ {} }}", items.join(" "))
    }

    fn field(&mut self, ty: &str, depth: usize, scope: usize) -> String {
        let usable: Vec<Node<FieldDefinition>> = match self.schema.types.get(ty) {
            Some(ExtendedType::Object(object)) => object.fields.values().map(|field| field.node.clone()).collect(),
            Some(ExtendedType::Interface(interface)) => {
                interface.fields.values().map(|field| field.node.clone()).collect()
            }
            _ => return self.fragment(ty, depth, scope),
        };
        let usable: Vec<_> =
            usable.into_iter().filter(|field| depth > 0 || self.is_leaf(field.ty.inner_named_type())).collect();
        let Some(field) = self.dice.pick(&usable).cloned() else { return self.typename(scope) };
        let arguments = self.inputs.arguments(&field.arguments, &mut self.dice);
        let what = format!("{}{arguments}", field.name);
        let (alias, below) = self.key(ty, (&field.name, &what, self.shape(&field.ty)), scope);
        let condition = self.condition();
        let inner = field.ty.inner_named_type();
        let selection =
            if self.is_leaf(inner) { String::new() } else { format!(" {}", self.selection(inner, depth - 1, below)) };
        format!("{alias}{what}{condition}{selection}")
    }

    /// An alias, or none, under which the field can be merged with what is there, and the scope below it.
    fn key(&mut self, ty: &str, (name, what, shape): (&str, &str, String), scope: usize) -> (String, usize) {
        let mut alias = String::new();
        if self.dice.one_in(4) {
            alias = self.alias(ty);
        }
        loop {
            let key = if alias.is_empty() { name } else { &alias };
            if self.fits(ty, (key, what, &shape), scope) {
                break;
            }
            alias = format!("k{}", self.dice.below(1000));
        }
        let key = if alias.is_empty() { name.to_owned() } else { alias.clone() };
        let next = self.scopes.len();
        let held = self.scopes[scope].keys.entry(key).or_insert(Held { shape, on: Vec::new(), below: next });
        held.on.push((ty.to_owned(), what.to_owned()));
        let below = held.below;
        if below == next {
            self.scopes.push(Scope::default());
        }
        (if alias.is_empty() { alias } else { format!("{alias}: ") }, below)
    }

    /// FieldsInSetCanMerge (GraphQL spec 5.3.2), a little stricter.
    fn fits(&self, ty: &str, (key, what, shape): (&str, &str, &str), scope: usize) -> bool {
        let Some(held) = self.scopes[scope].keys.get(key) else { return true };
        let apart = |other: &str| other != ty && self.is_object(other) && self.is_object(ty);
        held.shape == shape && held.on.iter().all(|(other, known)| known == what || apart(other))
    }

    fn shape(&self, ty: &Type) -> String {
        let inner = ty.inner_named_type();
        if self.is_leaf(inner) { ty.to_string() } else { ty.to_string().replace(inner.as_str(), "{}") }
    }

    fn typename(&mut self, scope: usize) -> String {
        let name = if self.dice.one_in(3) { ["t", "id", "name"][self.dice.below(3)] } else { "" };
        let on = ("__typename", "__typename", "String!".to_owned());
        let key = if name.is_empty() { "__typename" } else { name };
        // It merges with itself on whatever type it is asked.
        if !self.fits("", (key, on.1, &on.2), scope) {
            return format!("k{}: __typename", 1000 + self.dice.below(1000));
        }
        let below = self.scopes.len();
        let held = self.scopes[scope].keys.entry(key.to_owned()).or_insert(Held { shape: on.2, on: Vec::new(), below });
        held.on.push((String::new(), on.1.to_owned()));
        if held.below == below {
            self.scopes.push(Scope::default());
        }
        let condition = self.condition();
        if name.is_empty() { format!("__typename{condition}") } else { format!("{name}: __typename{condition}") }
    }

    fn introspection(&mut self, scope: usize) -> String {
        let object =
            self.schema.types.iter().filter(|(_, ty)| ty.is_object() && !ty.is_built_in()).map(|(name, _)| name);
        let objects: Vec<String> = object.map(ToString::to_string).collect();
        let name = self.dice.pick(&objects).cloned().unwrap_or_default();
        let (what, below) = if self.dice.one_in(2) {
            ("__schema".to_owned(), "{ queryType { name } }")
        } else {
            (format!("__type(name: \"{name}\")"), "{ kind n: name fields { name } }")
        };
        let alias = format!("k{}", 2000 + self.dice.below(1000));
        self.scopes[scope].keys.entry(alias.clone()).or_insert(Held { shape: what.clone(), on: Vec::new(), below: 0 });
        let condition = self.condition();
        format!("{alias}: {what}{condition} {below}")
    }

    fn fragment(&mut self, ty: &str, depth: usize, scope: usize) -> String {
        let condition = self.condition();
        let mut targets = self.targets(ty);
        targets.push(ty.to_owned());
        let target = self.dice.pick(&targets).cloned().unwrap_or_default();
        let body = if depth == 0 {
            format!("{{ {} }}", self.typename(scope))
        } else {
            self.selection(&target, depth - 1, scope)
        };
        match self.dice.below(4) {
            0 if target == ty => format!("...{condition} {body}"),
            1 => {
                let name = format!("F{}", self.fragments.len());
                self.fragments.push(format!("fragment {name} on {target} {body}"));
                let again = if self.dice.one_in(4) { format!(" ...{name}") } else { String::new() };
                format!("...{name}{condition}{again}")
            }
            _ => format!("... on {target}{condition} {body}"),
        }
    }

    /// Types that a fragment can narrow or widen to.
    fn targets(&self, ty: &str) -> Vec<String> {
        let here = self.concrete(ty);
        let composite = self.schema.types.iter().filter(|(_, known)| {
            !known.is_built_in() && (known.is_object() || known.is_interface() || known.is_union())
        });
        let names = composite.map(|(name, _)| name.to_string());
        names.filter(|name| self.concrete(name).iter().any(|one| here.contains(one))).collect()
    }

    fn concrete(&self, ty: &str) -> Vec<String> {
        let objects = self.schema.types.iter().filter(|(_, known)| known.is_object()).map(|(name, _)| name);
        objects.filter(|name| *name == ty || self.schema.is_subtype(ty, name)).map(ToString::to_string).collect()
    }

    fn is_leaf(&self, name: &str) -> bool {
        matches!(self.schema.types.get(name), Some(ExtendedType::Scalar(_) | ExtendedType::Enum(_)))
    }

    fn is_object(&self, name: &str) -> bool {
        self.schema.get_object(name).is_some()
    }

    /// Sometimes the name of something else.
    fn alias(&mut self, ty: &str) -> String {
        let mut names: Vec<String> = ["x", "y", "id", "__typename", "_entities"].map(str::to_owned).to_vec();
        match self.schema.types.get(ty) {
            Some(ExtendedType::Object(object)) => names.extend(object.fields.keys().map(ToString::to_string)),
            Some(ExtendedType::Interface(one)) => names.extend(one.fields.keys().map(ToString::to_string)),
            _ => {}
        }
        self.dice.pick(&names).cloned().unwrap_or_default()
    }

    fn condition(&mut self) -> String {
        if !self.dice.one_in(6) {
            return String::new();
        }
        let mut text = String::new();
        let both = self.dice.one_in(8);
        for name in if both { vec!["skip", "include"] } else { vec![["skip", "include"][self.dice.below(2)]] } {
            let value = match self.dice.below(10) {
                0 => "true".to_owned(),
                1 => "false".to_owned(),
                _ => self.flag(),
            };
            write!(text, " @{name}(if: {value})").unwrap();
        }
        text
    }

    /// One of three boolean variables.
    fn flag(&mut self) -> String {
        let name = ["a", "b", "c"][self.dice.below(3)];
        if !self.inputs.declared.iter().any(|known| known.starts_with(&format!("${name}:"))) {
            let given = self.dice.one_in(2);
            if name == "c" {
                self.inputs.declared.push(format!("$c: Boolean! = {given}"));
            } else {
                self.inputs.declared.push(format!("${name}: Boolean!"));
            }
            if name != "c" || self.dice.one_in(2) {
                let value = self.dice.one_in(2);
                self.inputs.variables.insert(name.to_owned(), json!(value));
            }
        }
        format!("${name}")
    }
}

/// JSON as a GraphQL literal.
pub fn literal(schema: &Schema, ty: &Type, value: &Value) -> String {
    match value {
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(|item| literal(schema, ty.item_type(), item)).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(fields) => {
            let definition = schema.get_input_object(ty.inner_named_type());
            let field = |(name, value): (&String, &Value)| {
                let own = definition.and_then(|input| input.fields.get(name.as_str()));
                format!("{name}: {}", literal(schema, own.map_or(ty, |own| &own.ty), value))
            };
            format!("{{{}}}", fields.iter().map(field).collect::<Vec<_>>().join(", "))
        }
        Value::String(text) if schema.get_enum(ty.inner_named_type()).is_some() => text.clone(),
        other => other.to_string(),
    }
}
