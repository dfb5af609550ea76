//! An answer that remembers the order of its fields: the specification says what it is.

use std::fmt::{self, Display, Formatter};

use serde_json::{Map, Value};

#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    Leaf(Value),
    List(Vec<Answer>),
    Object(Vec<(String, Answer)>),
}

impl Answer {
    pub const NULL: Self = Self::Leaf(Value::Null);

    pub fn is_null(&self) -> bool {
        *self == Self::NULL
    }

    /// Without the order.
    pub fn into_json(self) -> Value {
        match self {
            Self::Leaf(value) => value,
            Self::List(items) => items.into_iter().map(Self::into_json).collect(),
            Self::Object(fields) => {
                Value::Object(fields.into_iter().map(|(key, value)| (key, value.into_json())).collect::<Map<_, _>>())
            }
        }
    }
}

impl Display for Answer {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Leaf(value) => write!(out, "{value}"),
            Self::List(items) => {
                out.write_str("[")?;
                for (index, item) in items.iter().enumerate() {
                    write!(out, "{}{item}", if index == 0 { "" } else { "," })?;
                }
                out.write_str("]")
            }
            Self::Object(fields) => {
                out.write_str("{")?;
                for (index, (key, value)) in fields.iter().enumerate() {
                    write!(out, "{}{key}:{value}", if index == 0 { "" } else { "," })?;
                }
                out.write_str("}")
            }
        }
    }
}
