//! Key, requirement and provision field sets, and arguments, in the form the planner compares and prints.

use std::{
    fmt::Write as _,
    sync::{Arc, LazyLock},
};

use apollo_compiler::{Name, Node, ast::Value};

use super::TypeId;

/// A field set with its type conditions resolved.
#[derive(Debug)]
pub struct KeySelection {
    pub parts: Parts,
}

/// Shared, so that a visit can hold the part of a provision that is left below it.
pub type Parts = Arc<[KeyPart]>;

#[derive(Debug)]
pub enum KeyPart {
    Field {
        name: Arc<str>,
        arguments: Arc<Arguments>,
        /// Empty for leaves.
        parts: Parts,
    },
    /// Only for objects of these concrete types.
    On { types: Vec<TypeId>, parts: Parts },
}

/// What `parts` say of `field` on an object of `concrete`: its own parts, once for each mention.
pub fn below(parts: &[KeyPart], field: &str, concrete: TypeId, found: &mut Vec<Parts>) {
    for part in parts {
        match part {
            KeyPart::Field { name, parts, .. } if **name == *field => found.push(parts.clone()),
            KeyPart::On { types, parts } if types.contains(&concrete) => below(parts, field, concrete, found),
            KeyPart::Field { .. } | KeyPart::On { .. } => {}
        }
    }
}

/// Arguments as text, in name order, so that equal arguments are equal texts.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Arguments {
    /// Empty, or `(a:1,b:$x)`.
    pub text: Arc<str>,
    /// Names of the variables used, without the dollar sign.
    pub variables: Vec<Arc<str>>,
}

static NO_ARGUMENTS: LazyLock<Arc<Arguments>> =
    LazyLock::new(|| Arc::new(Arguments { text: Arc::from(""), variables: Vec::new() }));

impl Arguments {
    pub fn none() -> Arc<Self> {
        NO_ARGUMENTS.clone()
    }

    pub fn from_pairs<'a>(pairs: impl Iterator<Item = (&'a Name, &'a Node<Value>)>) -> Arc<Self> {
        let mut pairs: Vec<_> = pairs.collect();
        if pairs.is_empty() {
            return Self::none();
        }
        pairs.sort_by(|left, right| left.0.cmp(right.0));
        let mut text = String::from("(");
        let mut variables = Vec::new();
        for (index, (name, value)) in pairs.into_iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(text, "{comma}{name}:{}", value.serialize().no_indent()).expect("a String takes every write");
            collect_variables(value, &mut variables);
        }
        text.push(')');
        Arc::new(Self { text: text.into(), variables })
    }
}

fn collect_variables(value: &Value, found: &mut Vec<Arc<str>>) {
    match value {
        Value::Variable(name) if !found.iter().any(|known| **known == **name) => {
            found.push(shared(name));
        }
        Value::List(items) => items.iter().for_each(|item| collect_variables(item, found)),
        Value::Object(entries) => entries.iter().for_each(|(_, entry)| collect_variables(entry, found)),
        _ => {}
    }
}

/// The name as shared text, without a copy where the parser already shares it.
pub fn shared(name: &Name) -> Arc<str> {
    name.to_cloned_arc().unwrap_or_else(|| Arc::from(name.as_str()))
}
