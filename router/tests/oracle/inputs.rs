//! Random arguments of an operation, as literals and as variables, in every way that coercion allows.

use apollo_compiler::{
    Name, Node, Schema,
    ast::{InputValueDefinition, Type},
    schema::ExtendedType,
};
use serde_json::{Map, Value, json};

use super::{dice::Dice, operations::literal};

pub struct Inputs<'s> {
    pub schema: &'s Schema,
    /// `$v0: Int`
    pub declared: Vec<String>,
    pub variables: Map<String, Value>,
}

impl Inputs<'_> {
    /// `(a: 1, b: $v0)`, or nothing.
    pub fn arguments(&mut self, definitions: &[Node<InputValueDefinition>], dice: &mut Dice) -> String {
        let mut written = Vec::new();
        for definition in definitions {
            if !definition.is_required() && dice.one_in(2) {
                continue;
            }
            written.push(format!("{}: {}", definition.name, self.argument(&definition.ty, dice)));
        }
        if written.is_empty() { String::new() } else { format!("({})", written.join(", ")) }
    }

    fn argument(&mut self, ty: &Type, dice: &mut Dice) -> String {
        match dice.below(5) {
            0 | 1 => self.variable(ty, dice),
            2 if ty.is_list() && !ty.item_type().is_list() => {
                let items: Vec<String> = (0..dice.below(3)).map(|_| self.argument(ty.item_type(), dice)).collect();
                format!("[{}]", items.join(", "))
            }
            _ => self.written(ty, dice),
        }
    }

    /// A literal; an input object's fields may be variables.
    fn written(&mut self, ty: &Type, dice: &mut Dice) -> String {
        let input = self.schema.get_input_object(ty.inner_named_type()).filter(|_| !ty.is_list()).cloned();
        if let Some(input) = input
            && dice.one_in(2)
        {
            let mut fields = Vec::new();
            for field in input.fields.values() {
                let composite = self.schema.get_input_object(field.ty.inner_named_type()).is_some();
                if field.is_required() || !composite && dice.one_in(2) {
                    fields.push(format!("{}: {}", field.name, self.argument(&field.ty, dice)));
                }
            }
            return format!("{{{}}}", fields.join(", "));
        }
        let value = self.value(ty, 2, dice);
        literal(self.schema, ty, &value)
    }

    fn variable(&mut self, ty: &Type, dice: &mut Dice) -> String {
        let name = match self.declared.len() {
            0 if dice.one_in(3) => "representations".to_owned(),
            count => format!("v{count}"),
        };
        let value = self.value(ty, 2, dice);
        let mut declared = format!("${name}: {ty}");
        let mut given = true;
        match dice.below(4) {
            // A default makes a nullable variable fit where null does not.
            0 if !value.is_null() => {
                let default = self.value(&ty.clone().non_null(), 2, dice);
                let ty = if dice.one_in(2) { ty.clone().nullable() } else { ty.clone() };
                declared = format!("${name}: {ty} = {}", literal(self.schema, &ty, &default));
                given = dice.one_in(2);
            }
            1 if !value.is_null() => declared = format!("${name}: {}", ty.clone().non_null()),
            2 if !ty.is_non_null() => given = false,
            _ => {}
        }
        self.declared.push(declared);
        if given {
            self.variables.insert(name.clone(), value);
        }
        format!("${name}")
    }

    fn value(&self, ty: &Type, depth: usize, dice: &mut Dice) -> Value {
        if !ty.is_non_null() && dice.one_in(6) {
            return Value::Null;
        }
        if ty.is_list() {
            // One value stands for a list of one.
            if dice.one_in(6) && !ty.item_type().is_list() {
                return self.value(&ty.item_type().clone().non_null(), depth, dice);
            }
            return (0..dice.below(3)).map(|_| self.value(ty.item_type(), depth, dice)).collect();
        }
        match ty.inner_named_type().as_str() {
            "Int" => json!(dice.below(9)),
            "Float" if dice.one_in(2) => json!(dice.below(9)),
            "Float" => json!(dice.below(9) as f64 / 4.0),
            "Boolean" => json!(dice.one_in(2)),
            "ID" if dice.one_in(3) => json!(dice.below(9)),
            name => match self.schema.types.get(name) {
                Some(ExtendedType::Enum(definition)) => {
                    let values: Vec<&Name> = definition.values.keys().collect();
                    json!(dice.pick(&values).map(|value| value.as_str()))
                }
                Some(ExtendedType::InputObject(input)) => {
                    let wanted = |dice: &mut Dice, is_required| is_required || depth > 0 && dice.one_in(2);
                    let mut fields = Map::new();
                    for field in input.fields.values() {
                        if wanted(dice, field.is_required()) {
                            fields.insert(field.name.to_string(), self.value(&field.ty, depth.saturating_sub(1), dice));
                        }
                    }
                    Value::Object(fields)
                }
                _ => json!(["s", "t \"q\"", "ü", "a\\b", "{\"x\": 1}"][dice.below(5)]),
            },
        }
    }
}
