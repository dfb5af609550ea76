//! The merged data of one execution, in an arena.
//!
//! Strings and numbers are spans of the subgraphs' own bytes: an answer is scanned once, merged by copying
//! numbers of 16 bytes, and written to the client from where it lies. No JSON tree is ever cloned. Two places
//! that hold the same entity may share one object; what is merged into it later shows at both.

use std::collections::HashSet;
use std::sync::Arc;

use bytes::Bytes;

/// A piece of one of the sources.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span {
    pub(super) source: u32,
    pub(super) start: u32,
    pub(super) end: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct ObjectId(u32);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct ListId(u32);

#[derive(Debug, Clone, Copy)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    /// As the subgraph wrote it, so that no digit is lost.
    Number(Span),
    /// Without the quotes, escapes as the subgraph wrote them.
    String(Span),
    List(ListId),
    Object(ObjectId),
}

pub(super) type Entry = (Span, Value);

/// Everything fetched so far.
#[derive(Debug)]
pub(crate) struct Data {
    sources: Vec<Bytes>,
    objects: Vec<Vec<Entry>>,
    lists: Vec<Vec<Value>>,
    /// Names of interfaces: a `__typename` that only an interface object could tell.
    interfaces: Arc<HashSet<String>>,
}

impl Data {
    /// The object that root fetches are merged into.
    pub(crate) const ROOT: ObjectId = ObjectId(0);

    pub(crate) fn new(interfaces: Arc<HashSet<String>>) -> Self {
        Self { sources: Vec::new(), objects: vec![Vec::new()], lists: Vec::new(), interfaces }
    }

    pub(super) fn add_source(&mut self, source: Bytes) -> u32 {
        self.sources.push(source);
        (self.sources.len() - 1) as u32
    }

    pub(super) fn add_object(&mut self, entries: Vec<Entry>) -> ObjectId {
        self.objects.push(entries);
        ObjectId((self.objects.len() - 1) as u32)
    }

    pub(super) fn add_list(&mut self, items: Vec<Value>) -> ListId {
        self.lists.push(items);
        ListId((self.lists.len() - 1) as u32)
    }

    pub(crate) fn bytes(&self, span: Span) -> &[u8] {
        &self.sources[span.source as usize][span.start as usize..span.end as usize]
    }

    pub(crate) fn entries(&self, object: ObjectId) -> &[Entry] {
        &self.objects[object.0 as usize]
    }

    pub(crate) fn items(&self, list: ListId) -> &[Value] {
        &self.lists[list.0 as usize]
    }

    pub(crate) fn get(&self, object: ObjectId, key: &str) -> Option<Value> {
        self.entries(object).iter().find(|(span, _)| self.bytes(*span) == key.as_bytes()).map(|(_, value)| *value)
    }

    /// The bytes of a string, None for other values.
    pub(crate) fn string(&self, value: Value) -> Option<&[u8]> {
        match value {
            Value::String(span) => Some(self.bytes(span)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::List(_) | Value::Object(_) => None,
        }
    }

    /// A string with its escapes resolved.
    pub(crate) fn text(&self, value: Value) -> Option<String> {
        let raw = self.string(value)?;
        let quoted = [b"\"", raw, b"\""].concat();
        serde_json::from_slice(&quoted).ok()
    }

    /// The object's `__typename`, as far as the data tells. Type names need no escapes.
    pub(crate) fn typename(&self, object: ObjectId) -> Option<&str> {
        let raw = self.string(self.get(object, "__typename")?)?;
        std::str::from_utf8(raw).ok()
    }

    /// Any value as plain JSON, for what is small and rare, such as an error's extensions.
    pub(crate) fn to_json(&self, value: Value) -> serde_json::Value {
        let mut text = Vec::new();
        self.write(value, &mut text);
        serde_json::from_slice(&text).unwrap_or(serde_json::Value::Null)
    }

    /// Writes a value whole, as it came.
    pub(crate) fn write(&self, value: Value, out: &mut Vec<u8>) {
        match value {
            Value::Null => out.extend_from_slice(b"null"),
            Value::Bool(true) => out.extend_from_slice(b"true"),
            Value::Bool(false) => out.extend_from_slice(b"false"),
            Value::Number(span) => out.extend_from_slice(self.bytes(span)),
            Value::String(span) => {
                out.push(b'"');
                out.extend_from_slice(self.bytes(span));
                out.push(b'"');
            }
            Value::List(list) => {
                out.push(b'[');
                for (index, item) in self.items(list).iter().enumerate() {
                    if index > 0 {
                        out.push(b',');
                    }
                    self.write(*item, out);
                }
                out.push(b']');
            }
            Value::Object(object) => {
                out.push(b'{');
                for (index, (key, value)) in self.entries(object).iter().enumerate() {
                    out.extend_from_slice(if index > 0 { b",\"" } else { b"\"" });
                    out.extend_from_slice(self.bytes(*key));
                    out.extend_from_slice(b"\":");
                    self.write(*value, out);
                }
                out.push(b'}');
            }
        }
    }

    /// Merges the fields of `from` into `into`, deeply. `from` may be merged into several objects.
    pub(crate) fn merge(&mut self, into: ObjectId, from: ObjectId) {
        if into == from {
            return;
        }
        if self.entries(into).is_empty() {
            self.objects[into.0 as usize] = self.entries(from).to_vec();
            return;
        }
        for index in 0..self.entries(from).len() {
            let (key, value) = self.entries(from)[index];
            let present = self.entries(into).iter().position(|(other, _)| self.bytes(*other) == self.bytes(key));
            match present {
                None => self.objects[into.0 as usize].push((key, value)),
                Some(at) => {
                    let old = self.entries(into)[at].1;
                    let keeps = self.bytes(key) == b"__typename" && self.is_concrete(old);
                    if !keeps {
                        let merged = self.merged(old, value);
                        self.objects[into.0 as usize][at].1 = merged;
                    }
                }
            }
        }
    }

    /// A `__typename` that names an object type stays: an interface object only knows the interface's name.
    fn is_concrete(&self, typename: Value) -> bool {
        self.string(typename)
            .and_then(|raw| std::str::from_utf8(raw).ok())
            .is_some_and(|name| !self.interfaces.contains(name))
    }

    fn merged(&mut self, old: Value, new: Value) -> Value {
        match (old, new) {
            (Value::Object(into), Value::Object(from)) => {
                self.merge(into, from);
                old
            }
            (Value::List(into), Value::List(from)) if self.items(into).len() == self.items(from).len() => {
                if into != from {
                    for index in 0..self.items(into).len() {
                        let item = self.merged(self.items(into)[index], self.items(from)[index]);
                        self.lists[into.0 as usize][index] = item;
                    }
                }
                old
            }
            (_, Value::Null) => old,
            _ => new,
        }
    }
}
