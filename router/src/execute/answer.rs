//! Takes a subgraph's answer in: merges its data where it belongs and notes its errors, whatever shape it has.

use std::{borrow::Cow, sync::Arc};

use bytes::Bytes;

use super::{
    data::{Data, ObjectId, Value},
    keys::KeyId,
    notes::Notes,
};
use crate::errors::{Code, Extensions, GraphqlError, PathPart};

/// Extensions of subgraphs that are meant for their developers only.
const PRIVATE_EXTENSIONS: [&str; 3] = ["stacktrace", "exception", "debug"];

/// Of an answer's errors that belong to nothing in particular, how many are noted at everything that was asked for: one
/// explains a null, and more are work for each object.
const SPREAD: usize = 8;

/// What a fetch was for.
#[derive(Debug)]
pub(crate) enum Targets {
    /// The answer belongs in each of these: the root, or every object in whose place the query type is entered
    /// anew.
    Objects(Vec<ObjectId>),
    /// For each representation the objects that it stands for.
    Entities(Vec<Vec<ObjectId>>),
}

impl Targets {
    pub(crate) fn root() -> Self {
        Self::Objects(vec![Data::ROOT])
    }
}

/// Which fetch an answer belongs to.
#[derive(Debug)]
pub(crate) struct Asked<'a> {
    pub(crate) fetch: usize,
    pub(crate) subgraph: &'a Arc<str>,
    pub(crate) targets: &'a Targets,
}

/// Merged data and what went wrong on the way to it.
#[derive(Debug)]
pub(crate) struct Merged {
    pub(crate) data: Data,
    pub(crate) notes: Notes,
}

struct SubgraphError {
    path: Vec<PathPart>,
    error: GraphqlError,
}

impl Merged {
    /// Nothing came: every object that was asked for lacks what the fetch was to bring.
    pub(crate) fn fail(&mut self, asked: &Asked<'_>, error: GraphqlError) {
        let error = self.notes.add(error.of_service(asked.subgraph));
        self.note_everywhere(asked, error, &[]);
    }

    pub(crate) fn absorb(&mut self, asked: &Asked<'_>, answer: Bytes) {
        let Ok(Value::Object(answer)) = self.data.scan(answer) else {
            return self.malformed(asked, "it is not a JSON object");
        };
        let Some(errors) = self.read_errors(asked, answer) else {
            return self.malformed(asked, "errors is not a list");
        };
        match (self.data.get(answer, KeyId::DATA), asked.targets) {
            (Some(Value::Object(root)), Targets::Objects(objects)) => self.objects(asked, root, objects, errors),
            (Some(Value::Object(root)), Targets::Entities(targets)) => self.entities(asked, root, targets, errors),
            (Some(Value::Null) | None, _) if !errors.is_empty() => self.note_all_failed(asked, errors),
            _ => self.malformed(asked, "data is not an object"),
        }
    }

    fn objects(&mut self, asked: &Asked<'_>, root: ObjectId, objects: &[ObjectId], errors: Vec<SubgraphError>) {
        for &object in objects {
            self.data.merge(object, root);
        }
        for SubgraphError { path, error } in errors {
            let error = self.notes.add(error);
            if path.is_empty() {
                self.note_everywhere(asked, error, &[]);
            } else {
                self.note_entity(asked, (objects, true), error, &path);
            }
        }
    }

    fn entities(&mut self, asked: &Asked<'_>, root: ObjectId, targets: &[Vec<ObjectId>], errors: Vec<SubgraphError>) {
        let list = match self.data.get(root, KeyId::ENTITIES) {
            Some(Value::List(list)) => list,
            _ if !errors.is_empty() => return self.note_all_failed(asked, errors),
            _ => return self.malformed(asked, "_entities is not a list"),
        };
        if self.data.items(list).len() != targets.len() {
            return self.malformed(asked, "_entities has another length than was asked for");
        }
        for (index, objects) in targets.iter().enumerate() {
            match self.data.items(list)[index] {
                Value::Object(entity) => objects.iter().for_each(|&object| self.data.merge(object, entity)),
                Value::Null => {}
                Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::List(_) => {
                    let error = self.notes.add(malformed(asked, "an entity is not an object"));
                    self.note_objects(asked, objects, error, &[]);
                }
            }
        }
        for (turn, SubgraphError { path, error }) in errors.into_iter().enumerate() {
            let error = self.notes.add(error);
            match path.as_slice() {
                [PathPart::Key(_), PathPart::Index(index), rest @ ..] if *index < targets.len() => {
                    let is_there = matches!(self.data.items(list)[*index], Value::Object(_));
                    self.note_entity(asked, (&targets[*index], is_there), error, rest);
                }
                _ if turn < SPREAD => self.note_everywhere(asked, error, &[]),
                _ => {}
            }
        }
    }

    /// An error at `rest` below an entity, which is the whole entity when `rest` is empty. Where the entity itself
    /// became null, all that was asked of it fell with what failed.
    fn note_entity(
        &mut self,
        asked: &Asked<'_>,
        (objects, is_there): (&[ObjectId], bool),
        error: usize,
        rest: &[PathPart],
    ) {
        for &object in objects {
            if is_there && !rest.is_empty() {
                self.notes.locate(&self.data, object, rest, error);
            } else {
                self.notes.fetch_failed(object, asked.fetch, error, rest.to_vec());
            }
        }
    }

    /// There are errors and no data. An error that names an entity is that entity's own.
    fn note_all_failed(&mut self, asked: &Asked<'_>, errors: Vec<SubgraphError>) {
        for (turn, SubgraphError { path, error }) in errors.into_iter().enumerate() {
            let error = self.notes.add(error);
            match (asked.targets, path.as_slice()) {
                (Targets::Objects(_), path) => self.note_everywhere(asked, error, path),
                (Targets::Entities(targets), [_, PathPart::Index(index), rest @ ..]) if *index < targets.len() => {
                    // First its own place, so that it is preferred there; the others fell with it.
                    self.note_objects(asked, &targets[*index], error, rest);
                    if turn < SPREAD {
                        self.note_everywhere(asked, error, &[]);
                    }
                }
                (Targets::Entities(_), _) if turn < SPREAD => self.note_everywhere(asked, error, &[]),
                (Targets::Entities(_), _) => {}
            }
        }
    }

    fn note_everywhere(&mut self, asked: &Asked<'_>, error: usize, rest: &[PathPart]) {
        match asked.targets {
            Targets::Objects(objects) => self.note_objects(asked, objects, error, rest),
            Targets::Entities(targets) => {
                for objects in targets {
                    self.note_objects(asked, objects, error, rest);
                }
            }
        }
    }

    fn note_objects(&mut self, asked: &Asked<'_>, objects: &[ObjectId], error: usize, rest: &[PathPart]) {
        for &object in objects {
            self.notes.fetch_failed(object, asked.fetch, error, rest.to_vec());
        }
    }

    fn malformed(&mut self, asked: &Asked<'_>, reason: &str) {
        let error = malformed(asked, reason);
        tracing::warn!(subgraph = %asked.subgraph, reason, "{}", error.message);
        self.fail(asked, error);
    }

    /// None: something went wrong there, and what it was cannot be read. `null` is what some servers write for none.
    fn read_errors(&self, asked: &Asked<'_>, answer: ObjectId) -> Option<Vec<SubgraphError>> {
        match self.data.get(answer, KeyId::ERRORS) {
            None | Some(Value::Null) => Some(Vec::new()),
            Some(Value::List(list)) => {
                Some(self.data.items(list).iter().map(|item| self.read_error(asked, *item)).collect())
            }
            Some(_) => None,
        }
    }

    fn read_error(&self, asked: &Asked<'_>, item: Value) -> SubgraphError {
        let Value::Object(object) = item else {
            return SubgraphError { path: Vec::new(), error: malformed(asked, "an error is not an object") };
        };
        let field = |key| self.data.get_named(object, key);
        let message = field("message").and_then(|value| self.data.text(value));
        let path = match field("path") {
            Some(Value::List(list)) => self.data.items(list).iter().map_while(|part| self.path_part(*part)).collect(),
            _ => Vec::new(),
        };
        let mut more = match field("extensions").map(|value| self.data.to_json(value)) {
            Some(serde_json::Value::Object(more)) => more,
            _ => serde_json::Map::new(),
        };
        more.retain(|key, _| !PRIVATE_EXTENSIONS.contains(&key.as_str()) && key != "service");
        let code = match more.remove("code") {
            Some(serde_json::Value::String(code)) => Cow::Owned(code),
            _ => Cow::Borrowed(Code::Internal.as_str()),
        };
        let error = GraphqlError {
            message: message.unwrap_or_else(|| "the subgraph gave an error without a message".to_owned()),
            locations: Vec::new(),
            path: None,
            extensions: Box::new(Extensions { code, service: Some(Arc::clone(asked.subgraph)), more }),
        };
        SubgraphError { path, error }
    }

    fn path_part(&self, value: Value) -> Option<PathPart> {
        match value {
            Value::String(_) => self.data.text(value).map(|key| PathPart::Key(key.into())),
            Value::Number(span) => std::str::from_utf8(self.data.bytes(span)).ok()?.parse().ok().map(PathPart::Index),
            Value::Null | Value::Bool(_) | Value::List(_) | Value::Object(_) => None,
        }
    }
}

fn malformed(asked: &Asked<'_>, reason: &str) -> GraphqlError {
    let message = format!("subgraph {} gave a malformed answer: {reason}", asked.subgraph);
    GraphqlError::new(Code::Internal, message).of_service(asked.subgraph)
}
