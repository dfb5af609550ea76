//! What went wrong, kept beside the data at the place where it left a null.
//!
//! A subgraph speaks of its own paths (`_entities[3].price`); the client has others, through aliases and
//! shared entities. So an error is noted at the object or list item it belongs to, and the projection, which
//! knows the client's path, takes it from there: once for each null that it caused.

use std::{collections::HashMap, sync::Arc};

use super::data::{Data, ListId, ObjectId, Value};
use crate::errors::{GraphqlError, PathPart};

/// Where on an object an error belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Scope {
    /// This key.
    Key(Arc<str>),
    /// Every key that the fetch with this id was to bring.
    Fetch(usize),
}

#[derive(Debug, Clone)]
pub(crate) struct Note {
    pub(crate) scope: Scope,
    /// Index into the errors.
    pub(crate) error: usize,
    /// How the subgraph's path goes on below the place, in data keys.
    pub(crate) rest: Vec<PathPart>,
}

#[derive(Debug, Clone)]
pub(crate) struct ItemNote {
    pub(crate) index: usize,
    pub(crate) error: usize,
    pub(crate) rest: Vec<PathPart>,
}

#[derive(Debug, Default)]
pub(crate) struct Notes {
    /// Without paths.
    errors: Vec<GraphqlError>,
    objects: HashMap<ObjectId, Vec<Note>>,
    lists: HashMap<ListId, Vec<ItemNote>>,
}

impl Notes {
    pub(crate) fn is_empty(&self) -> bool {
        self.errors.is_empty()
    }

    pub(crate) fn errors(&self) -> &[GraphqlError] {
        &self.errors
    }

    pub(crate) fn of_object(&self, object: ObjectId) -> &[Note] {
        self.objects.get(&object).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn of_item(&self, list: ListId, index: usize) -> impl Iterator<Item = &ItemNote> {
        self.lists.get(&list).into_iter().flatten().filter(move |note| note.index == index)
    }

    /// Keeps an error; it is told even if no place is found for it.
    pub(crate) fn add(&mut self, error: GraphqlError) -> usize {
        self.errors.push(error);
        self.errors.len() - 1
    }

    /// The fetch brought nothing for this object, because of `error`.
    pub(crate) fn fetch_failed(&mut self, object: ObjectId, fetch: usize, error: usize, rest: Vec<PathPart>) {
        self.objects.entry(object).or_default().push(Note { scope: Scope::Fetch(fetch), error, rest });
    }

    /// `object` cannot be asked for by `fetch`, since an earlier fetch failed: the cause is the same.
    pub(crate) fn inherit(&mut self, object: ObjectId, fetch: usize) {
        let cause = self.of_object(object).iter().find(|note| matches!(note.scope, Scope::Fetch(_)));
        if let Some(error) = cause.map(|note| note.error) {
            self.fetch_failed(object, fetch, error, Vec::new());
        }
    }

    /// Notes an error that the subgraph gave for `path` below `object`, as far down as there is data.
    pub(crate) fn locate(&mut self, data: &Data, object: ObjectId, path: &[PathPart], error: usize) {
        let mut place = Value::Object(object);
        for (depth, part) in path.iter().enumerate() {
            let last = depth + 1 == path.len();
            let rest = &path[depth + 1..];
            match (place, part) {
                (Value::Object(object), PathPart::Key(key)) => {
                    let next = data.get_named(object, key).unwrap_or(Value::Null);
                    if last || !matches!(next, Value::Object(_) | Value::List(_)) {
                        let scope = Scope::Key(Arc::clone(key));
                        self.objects.entry(object).or_default().push(Note { scope, error, rest: rest.to_vec() });
                        return;
                    }
                    place = next;
                }
                (Value::List(list), PathPart::Index(index)) => {
                    let next = data.items(list).get(*index).copied().unwrap_or(Value::Null);
                    if last || !matches!(next, Value::Object(_) | Value::List(_)) {
                        let note = ItemNote { index: *index, error, rest: rest.to_vec() };
                        self.lists.entry(list).or_default().push(note);
                        return;
                    }
                    place = next;
                }
                // The path does not fit the data: the error is told without one.
                _ => return,
            }
        }
    }
}
