//! Writes the client's answer from the merged data.

use federation::plan::nodes::{ProjectedField, ProjectedValue, Projection, Wrapper};
use serde_json::{Map, Value};

use super::answer::Answer;

/// A null that may not stay where it arose.
struct Bubble;

pub fn project(projection: &Projection, data: &Value, variables: &Map<String, Value>) -> Answer {
    object(&projection.fields, data, variables).unwrap_or(Answer::NULL)
}

fn object(fields: &[ProjectedField], data: &Value, variables: &Map<String, Value>) -> Result<Answer, Bubble> {
    let typename = data.get("__typename").and_then(Value::as_str).unwrap_or_default();
    let mut answer: Vec<(String, Answer)> = Vec::new();
    for field in fields {
        let on_type = field.types.is_empty() || field.types.iter().any(|ty| **ty == *typename);
        let introspection = field.name.starts_with("__") && &*field.name != "__typename";
        if on_type && is_included(field, variables) && !introspection {
            let value = value(field, &field.wrappers, data.get(&*field.data_key), data, variables)?;
            let key = field.response_key.to_string();
            assert!(answer.iter().all(|(known, _)| *known != key), "{key} twice");
            answer.push((key, value));
        }
    }
    Ok(Answer::Object(answer))
}

fn is_included(field: &ProjectedField, variables: &Map<String, Value>) -> bool {
    field.conditions.is_empty()
        || field
            .conditions
            .iter()
            .any(|all| all.iter().all(|one| variables.get(&*one.variable).and_then(Value::as_bool) == Some(one.equals)))
}

fn value(
    field: &ProjectedField,
    wrappers: &[Wrapper],
    data: Option<&Value>,
    parent: &Value,
    variables: &Map<String, Value>,
) -> Result<Answer, Bubble> {
    let data = data.unwrap_or(&Value::Null);
    match wrappers.split_first() {
        Some((Wrapper::NonNull, rest)) => {
            let inner = value(field, rest, Some(data), parent, variables)?;
            if inner.is_null() { Err(Bubble) } else { Ok(inner) }
        }
        Some((Wrapper::List, rest)) => {
            let Some(items) = data.as_array() else { return Ok(Answer::NULL) };
            let items: Result<Vec<Answer>, Bubble> =
                items.iter().map(|item| value(field, rest, Some(item), parent, variables)).collect();
            Ok(items.map_or(Answer::NULL, Answer::List))
        }
        None => Ok(named(field, data, parent, variables)),
    }
}

fn named(field: &ProjectedField, data: &Value, parent: &Value, variables: &Map<String, Value>) -> Answer {
    match &field.value {
        ProjectedValue::Typename { fallback } => match fallback {
            Some(name) => Answer::Leaf(Value::from(&**name)),
            None => Answer::Leaf(parent.get("__typename").cloned().unwrap_or(Value::Null)),
        },
        ProjectedValue::Scalar { .. } => Answer::Leaf(data.clone()),
        ProjectedValue::Enum { values, .. } => {
            if data.as_str().is_some_and(|value| values.iter().any(|known| **known == *value)) {
                Answer::Leaf(data.clone())
            } else {
                Answer::NULL
            }
        }
        ProjectedValue::Object { possible_types, fields, .. } => {
            let typename = data.get("__typename").and_then(Value::as_str);
            if !data.is_object() || typename.is_some_and(|name| !possible_types.iter().any(|ty| **ty == *name)) {
                return Answer::NULL;
            }
            object(fields, data, variables).unwrap_or(Answer::NULL)
        }
    }
}
