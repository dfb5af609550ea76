//! What went wrong, kept beside the data at the place where it left a null.
//!
//! A subgraph speaks of its own paths (`_entities[3].price`); the client has others, through aliases and
//! shared entities. So an error is noted at the object or list item it belongs to, and the projection, which
//! knows the client's path, takes it from there: once for each null that it caused.

use std::{collections::HashMap, sync::Arc};

use super::{
    data::{Data, ListId, ObjectId, Value},
    prepare::PreparedPlan,
};
use crate::errors::{GraphqlError, PathPart};

/// Where on an object an error belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Scope {
    /// This key.
    Key(Arc<str>),
    /// Every key that the fetch with this id was to bring.
    Fetch(usize),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Note {
    pub(crate) scope: Scope,
    /// Index into the errors.
    pub(crate) error: usize,
    /// How the subgraph's path goes on below the place, in data keys.
    pub(crate) rest: Vec<PathPart>,
    /// It arose at an object further up.
    pub(crate) is_inherited: bool,
}

impl Note {
    /// The same for an object further down, which has no part in the error's path.
    pub(crate) fn inherited(&self) -> Self {
        Self { rest: Vec::new(), is_inherited: true, ..self.clone() }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
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

    /// Why the object lacks `key`: a fetch that was to bring it failed.
    pub(crate) fn failure_of(&self, object: ObjectId, key: &str, plan: &PreparedPlan) -> Option<&Note> {
        self.of_object(object).iter().find(|note| match &note.scope {
            Scope::Fetch(id) => plan.fetch(*id).is_some_and(|fetch| fetch.keys.contains(key)),
            Scope::Key(_) => false,
        })
    }

    /// Keeps an error; it is told even if no place is found for it.
    pub(crate) fn add(&mut self, error: GraphqlError) -> usize {
        self.errors.push(error);
        self.errors.len() - 1
    }

    /// The fetch brought nothing for this object, because of `error`.
    pub(crate) fn fetch_failed(&mut self, object: ObjectId, fetch: usize, error: usize, rest: Vec<PathPart>) {
        self.note(object, Note { scope: Scope::Fetch(fetch), error, rest, is_inherited: false });
    }

    /// The same once only: objects that stand for one entity share what is below them. The notes of one error come
    /// together, so only those are looked at: a place may have as many as its subgraph has errors.
    fn note(&mut self, object: ObjectId, note: Note) {
        let notes = self.objects.entry(object).or_default();
        if !notes.iter().rev().take_while(|known| known.error == note.error).any(|known| *known == note) {
            notes.push(note);
        }
    }

    fn note_item(&mut self, list: ListId, note: ItemNote) {
        let notes = self.lists.entry(list).or_default();
        if !notes.iter().rev().take_while(|known| known.error == note.error).any(|known| *known == note) {
            notes.push(note);
        }
    }

    /// `object` cannot be asked for by `fetch`, since what that needs was lost with `cause`.
    pub(crate) fn inherit(&mut self, object: ObjectId, fetch: usize, cause: Note) {
        self.note(object, Note { scope: Scope::Fetch(fetch), ..cause });
    }

    /// Errors are noted as far down as there was data then. Where another subgraph has brought more since, they belong
    /// further down.
    pub(crate) fn settle(&mut self, data: &Data) {
        let mut sunk: Vec<(usize, Value, Vec<PathPart>)> = Vec::new();
        for (&object, notes) in &self.objects {
            for note in notes.iter().filter(|note| !note.rest.is_empty()) {
                let (place, path) = match &note.scope {
                    Scope::Key(key) => (data.get_named(object, key), note.rest.clone()),
                    Scope::Fetch(_) => (Some(Value::Object(object)), note.rest.clone()),
                };
                sunk.extend(place.map(|place| (note.error, place, path)));
            }
        }
        for (&list, notes) in &self.lists {
            for note in notes.iter().filter(|note| !note.rest.is_empty()) {
                let place = data.items(list).get(note.index);
                sunk.extend(place.map(|place| (note.error, *place, note.rest.clone())));
            }
        }
        sunk.sort_by_key(|(error, ..)| *error);
        for (error, place, path) in sunk {
            self.locate_from(data, place, &path, error);
        }
    }

    /// Notes an error that the subgraph gave for `path` below `object`, as far down as there is data.
    pub(crate) fn locate(&mut self, data: &Data, object: ObjectId, path: &[PathPart], error: usize) {
        self.locate_from(data, Value::Object(object), path, error);
    }

    fn locate_from(&mut self, data: &Data, mut place: Value, path: &[PathPart], error: usize) {
        for (depth, part) in path.iter().enumerate() {
            let last = depth + 1 == path.len();
            let rest = &path[depth + 1..];
            match (place, part) {
                (Value::Object(object), PathPart::Key(key)) => {
                    let next = data.get_named(object, key).unwrap_or(Value::Null);
                    if last || !matches!(next, Value::Object(_) | Value::List(_)) {
                        let scope = Scope::Key(Arc::clone(key));
                        return self.note(object, Note { scope, error, rest: rest.to_vec(), is_inherited: false });
                    }
                    place = next;
                }
                (Value::List(list), PathPart::Index(index)) => {
                    let next = data.items(list).get(*index).copied().unwrap_or(Value::Null);
                    if last || !matches!(next, Value::Object(_) | Value::List(_)) {
                        return self.note_item(list, ItemNote { index: *index, error, rest: rest.to_vec() });
                    }
                    place = next;
                }
                // The path does not fit the data: the error is told without one.
                _ => return,
            }
        }
    }
}
