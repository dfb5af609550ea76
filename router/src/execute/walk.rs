//! Finds the objects that a Flatten node is for.

use std::{collections::HashMap, sync::Arc};

use federation::plan::nodes::PathSegment;

use super::{
    data::{Data, ObjectId, Value},
    keys::KeyId,
    notes::Notes,
};

/// Objects that a fetch is for.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// In the order of the data, each once.
    pub(crate) objects: Vec<ObjectId>,
    /// The error by which a fetch for an object above them failed: it brought nothing for these either.
    pub(crate) failed_above: HashMap<ObjectId, usize>,
}

/// The objects at the paths, path by path. Nulls and missing parts end a way silently.
pub(crate) fn objects_at(data: &Data, notes: &Notes, paths: &[Vec<PathSegment>]) -> Found {
    let seen = vec![false; data.lengths().objects];
    let mut walk = Walk { data, notes, failure: None, seen, found: Found::default() };
    for path in paths {
        let steps: Option<Vec<Step<'_>>> = path.iter().map(|segment| step(data, segment)).collect();
        // A key that no object has leads nowhere.
        if let Some(steps) = steps {
            walk.go(Value::Object(Data::ROOT), &steps);
        }
    }
    walk.found
}

/// A segment whose key is found once and not at every object.
enum Step<'a> {
    Key(KeyId),
    List,
    Types(&'a [Arc<str>]),
}

fn step<'a>(data: &Data, segment: &'a PathSegment) -> Option<Step<'a>> {
    Some(match segment {
        PathSegment::Key(key) => Step::Key(data.key(key)?),
        PathSegment::List => Step::List,
        PathSegment::Types(types) => Step::Types(types),
    })
}

struct Walk<'a> {
    data: &'a Data,
    notes: &'a Notes,
    /// Of a fetch for an object that the way leads through.
    failure: Option<usize>,
    /// By object, whether it is found already.
    seen: Vec<bool>,
    found: Found,
}

impl Walk<'_> {
    fn go(&mut self, value: Value, steps: &[Step<'_>]) {
        let data = self.data;
        match (value, steps) {
            (Value::Object(object), []) => self.find(object),
            (Value::Object(object), [Step::Key(key), rest @ ..]) => {
                if let Some(value) = data.get(object, *key) {
                    let above = self.failure;
                    self.failure = above.or_else(|| self.notes.failure_of(object));
                    self.go(value, rest);
                    self.failure = above;
                }
            }
            (Value::Object(object), [Step::Types(types), rest @ ..]) => {
                let fits = |name: &[u8]| types.iter().any(|wanted| wanted.as_bytes() == name);
                if data.typename(object).is_some_and(fits) {
                    self.go(value, rest);
                }
            }
            (Value::List(list), [Step::List, rest @ ..]) => {
                for item in data.items(list) {
                    self.go(*item, rest);
                }
            }
            _ => {}
        }
    }

    fn find(&mut self, object: ObjectId) {
        if !std::mem::replace(&mut self.seen[object.index()], true) {
            self.found.objects.push(object);
            if let Some(error) = self.failure {
                self.found.failed_above.insert(object, error);
            }
        }
    }
}
