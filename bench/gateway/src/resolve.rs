//! Answers an operation from the catalogue, straight into bytes.

use serde_json::{Map, Value as Json};

use crate::{
    catalogue::{Object, Value, entity},
    operation::{Field, Selection},
};

/// `{"data":{...}}`
pub fn answer(selections: &[Selection], variables: &Map<String, Json>) -> Vec<u8> {
    let mut writer = Writer { variables, out: Vec::with_capacity(16 << 10) };
    writer.out.extend_from_slice(b"{\"data\":");
    writer.object(Object::Query, selections);
    writer.out.push(b'}');
    writer.out
}

struct Writer<'a> {
    variables: &'a Map<String, Json>,
    out: Vec<u8>,
}

impl Writer<'_> {
    fn object(&mut self, object: Object, selections: &[Selection]) {
        self.out.push(b'{');
        self.fields(object, selections);
        self.out.push(b'}');
    }

    fn fields(&mut self, object: Object, selections: &[Selection]) {
        for selection in selections {
            match selection {
                Selection::On(ty, below) if ty.as_str() == object.typename() => self.fields(object, below),
                Selection::On(..) => {}
                Selection::Field(field) => {
                    if self.out.last() != Some(&b'{') {
                        self.out.push(b',');
                    }
                    self.out.extend_from_slice(field.key.as_bytes());
                    self.field(object, field);
                }
            }
        }
    }

    fn field(&mut self, object: Object, field: &Field) {
        if field.name == "__typename" {
            return self.text(object.typename());
        }
        if field.name == "_entities" {
            return self.entities(field);
        }
        match object.field(&field.name, field.first).unwrap_or(Value::Null) {
            Value::Null => self.out.extend_from_slice(b"null"),
            Value::Bool(truth) => self.out.extend_from_slice(if truth { b"true" } else { b"false" }),
            Value::Int(number) => self.out.extend_from_slice(number.to_string().as_bytes()),
            Value::Text(text) => self.text(&text),
            Value::One(object) => self.object(object, &field.below),
            Value::Many(objects) => self.list(objects.into_iter().map(Some), &field.below),
        }
    }

    fn entities(&mut self, field: &Field) {
        let variables = self.variables;
        let given = field.representations.as_ref().and_then(|name| variables.get(name.as_str())?.as_array());
        self.list(given.into_iter().flatten().map(entity), &field.below);
    }

    fn list(&mut self, objects: impl Iterator<Item = Option<Object>>, below: &[Selection]) {
        self.out.push(b'[');
        for (index, object) in objects.enumerate() {
            if index > 0 {
                self.out.push(b',');
            }
            match object {
                Some(object) => self.object(object, below),
                None => self.out.extend_from_slice(b"null"),
            }
        }
        self.out.push(b']');
    }

    /// The catalogue has nothing that JSON escapes.
    fn text(&mut self, text: &str) {
        self.out.push(b'"');
        self.out.extend_from_slice(text.as_bytes());
        self.out.push(b'"');
    }
}
