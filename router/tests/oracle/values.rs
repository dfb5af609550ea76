//! Input coercion (GraphQL spec 3.4 to 3.12), so that every way to say an argument says the same.

use apollo_compiler::{
    Node, Schema,
    ast::{self, Argument, FieldDefinition, InputValueDefinition, Type},
    schema::{ExtendedType, InputObjectType},
};
use serde_json::{Map, Value, json};

/// Arguments as a resolver gets them: defaults filled in, absent optional ones absent.
pub fn arguments(
    schema: &Schema,
    definitions: &[Node<InputValueDefinition>],
    given: &[Node<Argument>],
    variables: &Map<String, Value>,
) -> Map<String, Value> {
    let mut arguments = Map::new();
    for definition in definitions {
        let written = given.iter().find(|argument| argument.name == definition.name);
        let value = written.and_then(|argument| literal(schema, &definition.ty, &argument.value, variables));
        let default = || default(schema, definition);
        if let Some(value) = value.or_else(default) {
            arguments.insert(definition.name.to_string(), value);
        }
    }
    arguments
}

fn default(schema: &Schema, definition: &InputValueDefinition) -> Option<Value> {
    literal(schema, &definition.ty, definition.default_value.as_ref()?, &Map::new())
}

/// None: a variable without a value.
fn literal(schema: &Schema, ty: &Type, value: &ast::Value, variables: &Map<String, Value>) -> Option<Value> {
    let value = match (ty, value) {
        (_, ast::Value::Variable(name)) => return variables.get(name.as_str()).map(|value| json(schema, ty, value)),
        (_, ast::Value::Null) => Value::Null,
        (Type::List(inner) | Type::NonNullList(inner), ast::Value::List(items)) => {
            let item = |item: &Node<ast::Value>| literal(schema, inner, item, variables).unwrap_or(Value::Null);
            items.iter().map(item).collect()
        }
        (Type::List(inner) | Type::NonNullList(inner), single) => json!([literal(schema, inner, single, variables)?]),
        (_, ast::Value::Object(entries)) if input_object(schema, ty).is_some() => {
            let given = |name: &str| {
                let (_, value) = entries.iter().find(|(given, _)| given == name)?;
                let definition = input_object(schema, ty)?.fields.get(name)?;
                literal(schema, &definition.ty, value, variables)
            };
            fields(schema, input_object(schema, ty)?, given)
        }
        (named, plain) => json(schema, named, &plain_json(plain, variables)),
    };
    Some(value)
}

/// A JSON value as its type wants it.
fn json(schema: &Schema, ty: &Type, value: &Value) -> Value {
    match (ty, value) {
        (_, Value::Null) => Value::Null,
        (Type::List(inner) | Type::NonNullList(inner), Value::Array(items)) => {
            items.iter().map(|item| json(schema, inner, item)).collect()
        }
        (Type::List(inner) | Type::NonNullList(inner), single) => json!([json(schema, inner, single)]),
        (named, value) => match (named.inner_named_type().as_str(), value) {
            ("Float", Value::Number(number)) => json!(number.as_f64()),
            ("ID", Value::Number(number)) => json!(number.to_string()),
            (name, Value::Object(given)) => match schema.get_input_object(name) {
                Some(input) => {
                    fields(schema, input, |name| Some(json(schema, &input.fields.get(name)?.ty, given.get(name)?)))
                }
                None => value.clone(),
            },
            _ => value.clone(),
        },
    }
}

fn fields(schema: &Schema, input: &InputObjectType, given: impl Fn(&str) -> Option<Value>) -> Value {
    let mut all = Map::new();
    for (name, definition) in &input.fields {
        if let Some(value) = given(name).or_else(|| default(schema, definition)) {
            all.insert(name.to_string(), value);
        }
    }
    Value::Object(all)
}

fn plain_json(value: &ast::Value, variables: &Map<String, Value>) -> Value {
    match value {
        ast::Value::Null => Value::Null,
        ast::Value::Enum(name) => json!(name.as_str()),
        ast::Value::Variable(name) => variables.get(name.as_str()).cloned().unwrap_or(Value::Null),
        ast::Value::String(text) => json!(text),
        ast::Value::Float(_) => json!(value.to_f64()),
        ast::Value::Int(_) => value.to_i32().map_or_else(|| json!(value.to_f64()), |int| json!(int)),
        ast::Value::Boolean(flag) => json!(flag),
        ast::Value::List(items) => items.iter().map(|item| plain_json(item, variables)).collect(),
        ast::Value::Object(entries) => Value::Object(
            entries.iter().map(|(name, value)| (name.to_string(), plain_json(value, variables))).collect(),
        ),
    }
}

fn input_object<'s>(schema: &'s Schema, ty: &Type) -> Option<&'s InputObjectType> {
    match schema.types.get(ty.inner_named_type())? {
        ExtendedType::InputObject(input) => Some(input),
        _ => None,
    }
}

/// Takes out what is as its default, so that an argument that clients cannot see makes no difference.
pub fn without_defaults(arguments: &mut Map<String, Value>, field: &FieldDefinition, schema: &Schema) {
    arguments.retain(|name, value| {
        let Some(definition) = field.arguments.iter().find(|definition| *definition.name == **name) else {
            return false;
        };
        keep(schema, definition, value)
    });
}

fn keep(schema: &Schema, definition: &InputValueDefinition, value: &mut Value) -> bool {
    if default(schema, definition).as_ref() == Some(value) {
        return false;
    }
    if let Some(input) = input_object(schema, &definition.ty) {
        prune(schema, input, value);
    }
    true
}

fn prune(schema: &Schema, input: &InputObjectType, value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| prune(schema, input, item)),
        Value::Object(entries) => entries.retain(|name, value| {
            input.fields.get(name.as_str()).is_some_and(|definition| keep(schema, definition, value))
        }),
        _ => {}
    }
}
