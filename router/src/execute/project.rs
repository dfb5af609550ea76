//! Writes the client's answer from the merged data: its field order, its aliases, its nulls.
//!
//! Null propagation is that of the GraphQL spec, section 6.4.4: a null where the type says non-null makes the
//! nearest nullable parent null, and each null that an error caused has that error at its path, once.

use std::sync::Arc;

use federation::plan::nodes::Wrapper;

use super::{
    answer::Merged,
    data::{Data, ListId, ObjectId, Value},
    leaf::{Mismatch, write_enum, write_leaf},
    notes::{Note, Scope},
    prepare::PreparedPlan,
    shape::{ShapeField, ShapeValue},
};
use crate::errors::{Code, GraphqlError, PathPart};

/// More errors than anybody reads are not told.
const ERROR_LIMIT: usize = 500;

/// Values of the client's boolean variables.
pub(crate) type IsTrue<'a> = &'a (dyn Fn(&str) -> bool + Sync);

/// Appends the value of `data` to `out` and returns the errors.
pub(crate) fn project(
    merged: &Merged,
    plan: &PreparedPlan,
    is_true: IsTrue<'_>,
    out: &mut Vec<u8>,
) -> Vec<GraphqlError> {
    let mut projector = Projector {
        merged,
        plan,
        is_true,
        out,
        path: Vec::new(),
        errors: Vec::new(),
        told: vec![false; merged.notes.errors().len()],
    };
    projector.root();
    projector.tell_the_rest();
    projector.errors
}

/// A null stands where a value was wanted; `told` when an error says why.
struct Nulled {
    told: bool,
}

type Completed = Result<(), Nulled>;

/// A part of the path under way, owned only once an error needs it.
#[derive(Clone, Copy)]
enum Step<'a> {
    Key(&'a Arc<str>),
    Index(usize),
}

/// Where a value lies.
#[derive(Clone, Copy)]
enum Spot<'a> {
    Field(ObjectId, &'a str),
    Item(ListId, usize),
}

struct Projector<'a> {
    merged: &'a Merged,
    plan: &'a PreparedPlan,
    is_true: IsTrue<'a>,
    out: &'a mut Vec<u8>,
    path: Vec<Step<'a>>,
    errors: Vec<GraphqlError>,
    /// Which of the noted errors are in `errors`.
    told: Vec<bool>,
}

impl<'a> Projector<'a> {
    fn root(&mut self) {
        let start = self.out.len();
        let shape = &self.plan.shape;
        if self.fields(Data::ROOT, Some(shape.root_type.as_bytes()), &shape.fields).is_err() {
            self.out.truncate(start);
            self.path.clear();
            self.out.extend_from_slice(b"null");
        }
    }

    /// All fields are completed also when one of them fails: their errors are told even where the null that they
    /// leave is swallowed by a greater one.
    fn fields(&mut self, object: ObjectId, typename: Option<&[u8]>, fields: &'a [ShapeField]) -> Completed {
        let mut completed = Ok(());
        self.out.push(b'{');
        let start = self.out.len();
        for field in fields {
            let fits = field.types.is_empty()
                || typename.is_some_and(|name| field.types.iter().any(|wanted| wanted.as_bytes() == name));
            if !fits || !self.is_included(field) {
                continue;
            }
            let value = self.merged.data.get(object, field.key);
            let comma = usize::from(self.out.len() == start);
            self.out.extend_from_slice(&field.key_json[comma..]);
            self.path.push(Step::Key(&field.response_key));
            let one = match &field.value {
                ShapeValue::Typename { fallback } => self.typename(typename, fallback.as_deref()),
                _ => self.complete(Spot::Field(object, &field.data_key), value, &field.wrappers, field),
            };
            completed = completed.and(one);
            self.path.pop();
        }
        self.out.push(b'}');
        completed
    }

    fn is_included(&self, field: &ShapeField) -> bool {
        let holds =
            |condition: &federation::plan::nodes::Condition| (self.is_true)(&condition.variable) == condition.equals;
        field.conditions.is_empty() || field.conditions.iter().any(|all| all.iter().all(holds))
    }

    fn typename(&mut self, typename: Option<&[u8]>, fallback: Option<&str>) -> Completed {
        let Some(name) = typename.or(fallback.map(str::as_bytes)) else {
            self.tell(GraphqlError::new(Code::Internal, "a subgraph did not tell the type of an object"));
            return Err(Nulled { told: true });
        };
        self.out.push(b'"');
        self.out.extend_from_slice(name);
        self.out.push(b'"');
        Ok(())
    }

    /// Writes the value or a null; fails when the type allows no null.
    fn complete(
        &mut self,
        spot: Spot<'_>,
        value: Option<Value>,
        wrappers: &[Wrapper],
        field: &'a ShapeField,
    ) -> Completed {
        let (non_null, wrappers) = match wrappers {
            [Wrapper::NonNull, rest @ ..] => (true, rest),
            all => (false, all),
        };
        let (start, depth) = (self.out.len(), self.path.len());
        let Err(Nulled { told }) = self.complete_nullable(spot, value, wrappers, field) else { return Ok(()) };
        self.out.truncate(start);
        self.path.truncate(depth);
        if !non_null {
            self.out.extend_from_slice(b"null");
            return Ok(());
        }
        if !told {
            let message = format!("{} may not be null, and no subgraph gave a value for it", field.name);
            self.tell(GraphqlError::new(Code::Internal, message));
        }
        Err(Nulled { told: true })
    }

    fn complete_nullable(
        &mut self,
        spot: Spot<'_>,
        value: Option<Value>,
        wrappers: &[Wrapper],
        field: &'a ShapeField,
    ) -> Completed {
        if let ShapeValue::Denied(error) = &field.value {
            self.tell(error.clone());
            return Err(Nulled { told: true });
        }
        let value = match value {
            None | Some(Value::Null) => return Err(Nulled { told: self.tell_notes(spot, field) }),
            Some(value) => value,
        };
        if let [Wrapper::List, rest @ ..] = wrappers {
            let Value::List(list) = value else { return self.mismatch(field, "a list") };
            return self.list(list, rest, field);
        }
        let data = &self.merged.data;
        match &field.value {
            ShapeValue::Leaf(leaf) => match write_leaf(data, value, *leaf, self.out) {
                Ok(()) => Ok(()),
                Err(Mismatch) => self.mismatch(field, &format!("of type {leaf:?}")),
            },
            ShapeValue::Enum { name, values } => match write_enum(data, value, values, self.out) {
                Ok(()) => Ok(()),
                Err(Mismatch) => self.mismatch(field, &format!("a known value of {name}")),
            },
            ShapeValue::Object { name, possible_types, fields } => {
                let Value::Object(object) = value else { return self.mismatch(field, "an object") };
                let typename = match possible_types.as_slice() {
                    [only] => data.typename(object).or(Some(only.as_bytes())),
                    _ => data.typename(object),
                };
                if typename
                    .is_some_and(|typename| !possible_types.iter().any(|possible| possible.as_bytes() == typename))
                {
                    return self.mismatch(field, &format!("a known type of {name}"));
                }
                self.fields(object, typename, fields)
            }
            ShapeValue::Typename { .. } | ShapeValue::Denied(_) => Err(Nulled { told: false }),
        }
    }

    fn list(&mut self, list: ListId, wrappers: &[Wrapper], field: &'a ShapeField) -> Completed {
        let mut completed = Ok(());
        self.out.push(b'[');
        for (index, item) in self.merged.data.items(list).iter().enumerate() {
            if index > 0 {
                self.out.push(b',');
            }
            self.path.push(Step::Index(index));
            completed = completed.and(self.complete(Spot::Item(list, index), Some(*item), wrappers, field));
            self.path.pop();
        }
        self.out.push(b']');
        completed
    }

    fn mismatch(&mut self, field: &ShapeField, wanted: &str) -> Completed {
        let message = format!("a subgraph gave a value for {} that is not {wanted}", field.name);
        self.tell(GraphqlError::new(Code::Internal, message));
        Err(Nulled { told: true })
    }

    /// Tells the errors noted for a null; false when there is none.
    fn tell_notes(&mut self, spot: Spot<'_>, field: &ShapeField) -> bool {
        let notes = &self.merged.notes;
        if notes.is_empty() {
            return false;
        }
        let found: Vec<(usize, &[PathPart])> = match spot {
            Spot::Item(list, index) => {
                notes.of_item(list, index).map(|note| (note.error, note.rest.as_slice())).collect()
            }
            Spot::Field(object, key) => self.notes_of_field(notes.of_object(object), key),
        };
        for &(error, rest) in &found {
            self.told[error] = true;
            let mut path = self.path();
            append_rest(&mut path, rest, field);
            let error = notes.errors()[error].clone();
            self.push(error.at(path));
        }
        !found.is_empty()
    }

    /// The key's own errors, else one reason why the whole fetch brought nothing.
    fn notes_of_field<'n>(&self, notes: &'n [Note], key: &str) -> Vec<(usize, &'n [PathPart])> {
        let own: Vec<_> = notes
            .iter()
            .filter(|note| matches!(&note.scope, Scope::Key(noted) if **noted == *key))
            .map(|note| (note.error, note.rest.as_slice()))
            .collect();
        if !own.is_empty() {
            return own;
        }
        let brings = |note: &&Note| match &note.scope {
            Scope::Fetch(id) => self.plan.fetch(*id).is_some_and(|fetch| fetch.keys.contains(key)),
            Scope::Key(_) => false,
        };
        let named = |note: &&Note| matches!(note.rest.first(), Some(PathPart::Key(first)) if **first == *key);
        let candidates: Vec<&Note> = notes.iter().filter(brings).collect();
        match candidates.iter().copied().find(|note| named(note)) {
            Some(note) => vec![(note.error, &note.rest[1..])],
            None => candidates.first().map(|note| (note.error, &[][..])).into_iter().collect(),
        }
    }

    fn tell(&mut self, error: GraphqlError) {
        let path = self.path();
        self.push(error.at(path));
    }

    fn path(&self) -> Vec<PathPart> {
        let own = |step: &Step<'_>| match step {
            Step::Key(key) => PathPart::Key(Arc::clone(key)),
            Step::Index(index) => PathPart::Index(*index),
        };
        self.path.iter().map(own).collect()
    }

    fn push(&mut self, error: GraphqlError) {
        if self.errors.len() < ERROR_LIMIT {
            self.errors.push(error);
        }
    }

    /// Errors that no null of the answer shows, e.g. of a field that only another subgraph needed.
    fn tell_the_rest(&mut self) {
        for (index, error) in self.merged.notes.errors().iter().enumerate() {
            if !self.told[index] {
                self.push(error.clone());
            }
        }
    }
}

/// Goes on with a path of data keys in the client's names.
fn append_rest(path: &mut Vec<PathPart>, rest: &[PathPart], field: &ShapeField) {
    let mut value = &field.value;
    for part in rest {
        match (part, value) {
            (PathPart::Index(index), _) => path.push(PathPart::Index(*index)),
            (PathPart::Key(key), ShapeValue::Object { fields, .. }) => {
                let Some(field) = fields.iter().find(|field| field.data_key == *key) else { return };
                path.push(PathPart::Key(Arc::clone(&field.response_key)));
                value = &field.value;
            }
            (PathPart::Key(_), _) => return,
        }
    }
}
