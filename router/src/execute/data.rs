//! The merged data of one execution, in an arena.
//!
//! Strings and numbers are spans of the subgraphs' own bytes: an answer is scanned once, merged by copying
//! numbers of 16 bytes, and written to the client from where it lies. No JSON tree is ever cloned, and an object
//! is no allocation of its own but a range of one long list. Two places that hold the same entity may share one
//! object; what is merged into it later shows at both.

use std::{collections::HashSet, ops::Range, sync::Arc};

use bytes::Bytes;

use super::{
    keys::{KeyId, KeyTable},
    room::Lengths,
};

/// A piece of one of the sources.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span {
    pub(super) source: u32,
    pub(super) start: u32,
    pub(super) end: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct ObjectId(u32);

impl ObjectId {
    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct ListId(u32);

#[derive(Debug, Clone, Copy)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    /// As the subgraph wrote it, so that no digit is lost.
    Number(Span),
    /// Without the quotes, which stand around it; escapes as the subgraph wrote them.
    String(Span),
    List(ListId),
    Object(ObjectId),
}

/// A key with its value.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    pub(super) key: KeyId,
    pub(super) value: Value,
}

/// Everything fetched so far.
#[derive(Debug)]
pub(crate) struct Data {
    sources: Vec<Bytes>,
    /// The entries of all objects; by object, which of them are its own.
    entries: Vec<Entry>,
    objects: Vec<Part>,
    /// The items of all lists; by list, which of them are its own.
    items: Vec<Value>,
    lists: Vec<Part>,
    /// The plan's keys, and those that it does not know.
    known: Arc<KeyTable>,
    unknown: KeyTable,
    /// Names of interfaces: a `__typename` that only an interface object could tell.
    interfaces: Arc<HashSet<String>>,
}

/// A range of a list in the arena.
#[derive(Debug, Clone, Copy, Default)]
struct Part {
    start: u32,
    length: u32,
}

impl Part {
    fn range(self) -> Range<usize> {
        self.start as usize..(self.start + self.length) as usize
    }
}

impl Data {
    /// The object that root fetches are merged into.
    pub(crate) const ROOT: ObjectId = ObjectId(0);

    pub(crate) fn new(known: Arc<KeyTable>, interfaces: Arc<HashSet<String>>, room: Lengths) -> Self {
        let mut objects = Vec::with_capacity(room.objects + 1);
        objects.push(Part::default());
        Self {
            sources: Vec::new(),
            entries: Vec::with_capacity(room.entries),
            objects,
            items: Vec::with_capacity(room.items),
            lists: Vec::with_capacity(room.lists),
            known,
            unknown: KeyTable::default(),
            interfaces,
        }
    }

    /// How large the arena is by now.
    pub(crate) fn lengths(&self) -> Lengths {
        Lengths {
            entries: self.entries.len(),
            objects: self.objects.len(),
            items: self.items.len(),
            lists: self.lists.len(),
        }
    }

    pub(super) fn add_source(&mut self, source: Bytes) -> u32 {
        self.sources.push(source);
        (self.sources.len() - 1) as u32
    }

    pub(super) fn add_object(&mut self, entries: &[Entry]) -> ObjectId {
        self.objects.push(Part { start: self.entries.len() as u32, length: entries.len() as u32 });
        self.entries.extend_from_slice(entries);
        ObjectId((self.objects.len() - 1) as u32)
    }

    pub(super) fn add_list(&mut self, items: &[Value]) -> ListId {
        self.lists.push(Part { start: self.items.len() as u32, length: items.len() as u32 });
        self.items.extend_from_slice(items);
        ListId((self.lists.len() - 1) as u32)
    }

    /// The number of a key, given now to one that nobody knew.
    pub(super) fn add_key(&mut self, name: &[u8]) -> KeyId {
        match self.known.find(name) {
            Some(known) => known,
            None => KeyId(self.unknown.add(name).0 + self.known.len() as u32),
        }
    }

    pub(super) fn key_name(&self, key: KeyId) -> &[u8] {
        let index = key.0 as usize;
        if index < self.known.len() { self.known.name(index) } else { self.unknown.name(index - self.known.len()) }
    }

    /// The number of a key; None when no object has it.
    pub(crate) fn key(&self, name: &str) -> Option<KeyId> {
        let among_unknown = || Some(KeyId(self.unknown.find(name.as_bytes())?.0 + self.known.len() as u32));
        self.known.find(name.as_bytes()).or_else(among_unknown)
    }

    pub(crate) fn bytes(&self, span: Span) -> &[u8] {
        &self.sources[span.source as usize][span.start as usize..span.end as usize]
    }

    pub(crate) fn entries(&self, object: ObjectId) -> &[Entry] {
        &self.entries[self.objects[object.index()].range()]
    }

    pub(crate) fn items(&self, list: ListId) -> &[Value] {
        &self.items[self.lists[list.0 as usize].range()]
    }

    pub(crate) fn get(&self, object: ObjectId, key: KeyId) -> Option<Value> {
        self.entries(object).iter().find(|entry| entry.key == key).map(|entry| entry.value)
    }

    /// As [`Self::get`], for keys that no plan numbers.
    pub(crate) fn get_named(&self, object: ObjectId, key: &str) -> Option<Value> {
        self.get(object, self.key(key)?)
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
    pub(crate) fn typename(&self, object: ObjectId) -> Option<&[u8]> {
        self.string(self.get(object, KeyId::TYPENAME)?)
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
            Value::String(Span { source, start, end }) => {
                out.extend_from_slice(&self.sources[source as usize][start as usize - 1..=end as usize]);
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
                for (index, entry) in self.entries(object).iter().enumerate() {
                    out.extend_from_slice(if index > 0 { b",\"" } else { b"\"" });
                    out.extend_from_slice(self.key_name(entry.key));
                    out.extend_from_slice(b"\":");
                    self.write(entry.value, out);
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
        for index in self.objects[from.index()].range() {
            let Entry { key, value } = self.entries[index];
            match self.entries(into).iter().position(|entry| entry.key == key) {
                None => self.push(into, Entry { key, value }),
                Some(at) => {
                    let at = self.objects[into.index()].start as usize + at;
                    let old = self.entries[at].value;
                    if key == KeyId::TYPENAME && self.is_concrete(old) {
                        continue;
                    }
                    let merged = self.merged(old, value);
                    self.set(into, key, merged);
                }
            }
        }
    }

    /// Adds an entry to an object, which moves to the end of the arena unless it stands there.
    fn push(&mut self, object: ObjectId, entry: Entry) {
        let part = self.objects[object.index()];
        if part.range().end != self.entries.len() {
            self.objects[object.index()].start = self.entries.len() as u32;
            self.entries.extend_from_within(part.range());
        }
        self.entries.push(entry);
        self.objects[object.index()].length += 1;
    }

    fn set(&mut self, object: ObjectId, key: KeyId, value: Value) {
        let range = self.objects[object.index()].range();
        if let Some(entry) = self.entries[range].iter_mut().find(|entry| entry.key == key) {
            entry.value = value;
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
                        let at = self.lists[into.0 as usize].start as usize + index;
                        self.items[at] = item;
                    }
                }
                old
            }
            (_, Value::Null) => old,
            _ => new,
        }
    }
}
