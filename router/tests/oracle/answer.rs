//! Answers that remember the order of their fields, and errors that remember their place.

use std::{
    collections::BTreeSet,
    fmt::{self, Display, Formatter},
};

use serde::{Deserialize, Deserializer, de};
use serde_json::{Map, Value};

#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    Leaf(Value),
    List(Vec<Answer>),
    Object(Vec<(String, Answer)>),
}

/// One step of an error's path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(untagged)]
pub enum Step {
    Index(usize),
    Key(String),
}

/// An error and where it arose.
#[derive(Debug, Clone)]
pub struct Fault {
    pub path: Vec<Step>,
    pub message: String,
}

impl Step {
    pub fn to_json(&self) -> Value {
        match self {
            Self::Index(index) => (*index).into(),
            Self::Key(key) => key.as_str().into(),
        }
    }
}

impl Answer {
    pub const NULL: Self = Self::Leaf(Value::Null);

    /// Without the order.
    pub fn to_json(&self) -> Value {
        match self {
            Self::Leaf(value) => value.clone(),
            Self::List(items) => items.iter().map(Self::to_json).collect(),
            Self::Object(fields) => {
                Value::Object(fields.iter().map(|(key, value)| (key.clone(), value.to_json())).collect::<Map<_, _>>())
            }
        }
    }

    /// Where on the way to `path` the answer ends in a null, as a number of steps.
    pub fn null_on(&self, path: &[Step]) -> Option<usize> {
        let mut here = self;
        for (depth, step) in path.iter().enumerate() {
            if *here == Self::NULL {
                return Some(depth);
            }
            here = match (here, step) {
                (Self::Object(fields), Step::Key(key)) => &fields.iter().find(|(name, _)| name == key)?.1,
                (Self::List(items), Step::Index(index)) => items.get(*index)?,
                _ => return None,
            };
        }
        (*here == Self::NULL).then_some(path.len())
    }

    /// Leaves that are equal as JSON are equal, though `1` is not written as `1.0` is: objects that came as custom
    /// scalars are compared without their order.
    pub fn equals(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Object(a), Self::Object(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|((ka, va), (kb, vb))| ka == kb && va.equals(vb))
            }
            (Self::List(a), Self::List(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.equals(b)),
            (a @ Self::Leaf(_), b) | (a, b @ Self::Leaf(_)) => a.to_json() == b.to_json(),
            _ => false,
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
                    write!(out, "{}\"{key}\":{value}", if index == 0 { "" } else { "," })?;
                }
                out.write_str("}")
            }
        }
    }
}

impl<'de> Deserialize<'de> for Answer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Answer;
            fn expecting(&self, out: &mut Formatter<'_>) -> fmt::Result {
                out.write_str("JSON")
            }
            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Answer, A::Error> {
                let mut fields = Vec::new();
                while let Some(entry) = map.next_entry::<String, Answer>()? {
                    fields.push(entry);
                }
                let mut keys = BTreeSet::new();
                match fields.iter().find(|(key, _)| !keys.insert(key)) {
                    Some((key, _)) => Err(de::Error::custom(format!("the key {key} twice"))),
                    None => Ok(Answer::Object(fields)),
                }
            }
            fn visit_seq<A: de::SeqAccess<'de>>(self, mut seq: A) -> Result<Answer, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = seq.next_element()? {
                    items.push(item);
                }
                Ok(Answer::List(items))
            }
            fn visit_str<E>(self, text: &str) -> Result<Answer, E> {
                Ok(Answer::Leaf(text.into()))
            }
            fn visit_bool<E>(self, flag: bool) -> Result<Answer, E> {
                Ok(Answer::Leaf(flag.into()))
            }
            fn visit_i64<E>(self, number: i64) -> Result<Answer, E> {
                Ok(Answer::Leaf(number.into()))
            }
            fn visit_u64<E>(self, number: u64) -> Result<Answer, E> {
                Ok(Answer::Leaf(number.into()))
            }
            fn visit_f64<E>(self, number: f64) -> Result<Answer, E> {
                Ok(Answer::Leaf(number.into()))
            }
            fn visit_unit<E>(self) -> Result<Answer, E> {
                Ok(Answer::NULL)
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}
