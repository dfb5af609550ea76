//! Finds the objects that a Flatten node is for.

use std::{collections::HashMap, sync::Arc};

use federation::plan::nodes::PathSegment;

use super::{
    data::{Data, ObjectId, Value},
    keys::KeyId,
    notes::{Note, Notes},
    prepare::PreparedPlan,
};

/// Objects that a fetch is for.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// In the order of the data, each once.
    pub(crate) objects: Vec<ObjectId>,
    /// Which of them a failed fetch for an object further up was to bring more of.
    pub(crate) failed_above: HashMap<ObjectId, Note>,
}

/// The objects at the paths, path by path. Nulls and missing parts end a way silently.
pub(crate) fn objects_at(data: &Data, (notes, plan): (&Notes, &PreparedPlan), paths: &[Vec<PathSegment>]) -> Found {
    let seen = vec![false; data.lengths().objects];
    let mut walk = Walk { data, notes, plan, failure: None, seen, found: Found::default() };
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
    Key(KeyId, &'a str),
    List,
    Types(&'a [Arc<str>]),
}

fn step<'a>(data: &Data, segment: &'a PathSegment) -> Option<Step<'a>> {
    Some(match segment {
        PathSegment::Key(key) => Step::Key(data.key(key)?, key),
        PathSegment::List => Step::List,
        PathSegment::Types(types) => Step::Types(types),
    })
}

struct Walk<'a> {
    data: &'a Data,
    notes: &'a Notes,
    plan: &'a PreparedPlan,
    /// Of a fetch that was to bring more of what the way leads through.
    failure: Option<&'a Note>,
    /// By object, whether it is found already.
    seen: Vec<bool>,
    found: Found,
}

impl Walk<'_> {
    fn go(&mut self, value: Value, steps: &[Step<'_>]) {
        let data = self.data;
        match (value, steps) {
            (Value::Object(object), []) => self.find(object),
            (Value::Object(object), [Step::Key(key, name), rest @ ..]) => {
                if let Some(value) = data.get(object, *key) {
                    let above = self.failure;
                    self.failure = above.or_else(|| self.notes.failure_of(object, name, self.plan));
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
            if let Some(failure) = self.failure {
                self.found.failed_above.insert(object, failure.inherited());
            }
        }
    }
}
