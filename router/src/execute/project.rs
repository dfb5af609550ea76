//! Writes the client's answer from the merged data: its field order, its aliases, its nulls.
//!
//! Null propagation is that of the GraphQL spec, section 6.4.4: a null where the type says non-null makes the
//! nearest nullable parent null, and each null that an error caused has that error at its path, once.

use std::{borrow::Cow, sync::Arc};

use federation::plan::nodes::Wrapper;

use super::{
    answer::Merged,
    data::{Data, ListId, ObjectId, Value},
    leaf::{Mismatch, write_enum, write_leaf},
    notes::{Note, Scope},
    prepare::PreparedPlan,
    shape::{ShapeField, ShapeValue},
    told::ToldErrors,
};
use crate::errors::{Code, GraphqlError, PathPart};

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
        errors: ToldErrors::default(),
        told: vec![false; merged.notes.errors().len()],
    };
    projector.root();
    projector.tell_the_rest();
    projector.errors.into_errors()
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

/// Why a value is not there.
struct Reason<'n> {
    error: usize,
    /// How the error's path goes on.
    rest: Cow<'n, [PathPart]>,
    /// It arose at another field, which took this one's value with it.
    is_borrowed: bool,
}

struct Projector<'a> {
    merged: &'a Merged,
    plan: &'a PreparedPlan,
    is_true: IsTrue<'a>,
    out: &'a mut Vec<u8>,
    path: Vec<Step<'a>>,
    errors: ToldErrors,
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
        let mark = self.errors.mark();
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
        if completed.is_err() {
            self.errors.settle(mark);
        }
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
            // Where another error explains the greater null that this one ends in, that is enough.
            let message = format!("{} may not be null, and no subgraph gave a value for it", field.name);
            let path = self.path();
            self.errors.push(GraphqlError::new(Code::Internal, message).at(path), true);
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
                    // An object type has one name here, whatever the subgraph calls it: it may have renamed its roots.
                    [only] if only == name => Some(only.as_bytes()),
                    [only] => data.typename(object).or(Some(only.as_bytes())),
                    _ => data.typename(object),
                };
                let is_known = match typename {
                    Some(typename) => possible_types.iter().any(|possible| possible.as_bytes() == typename),
                    // What is the same for all types needs none.
                    None => fields.iter().all(|field| field.types.is_empty()),
                };
                if !is_known {
                    return self.unknown_type(spot, object, field, name);
                }
                self.fields(object, typename, fields)
            }
            ShapeValue::Typename { .. } | ShapeValue::Denied(_) => Err(Nulled { told: false }),
        }
    }

    fn list(&mut self, list: ListId, wrappers: &[Wrapper], field: &'a ShapeField) -> Completed {
        let mut completed = Ok(());
        let mark = self.errors.mark();
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
        if completed.is_err() {
            self.errors.settle(mark);
        }
        completed
    }

    fn mismatch(&mut self, field: &ShapeField, wanted: &str) -> Completed {
        self.tell_mismatch(field, wanted, false)
    }

    fn tell_mismatch(&mut self, field: &ShapeField, wanted: &str, is_borrowed: bool) -> Completed {
        let message = format!("a subgraph gave a value for {} that is not {wanted}", field.name);
        let path = self.path();
        self.errors.push(GraphqlError::new(Code::Internal, message).at(path), is_borrowed);
        Err(Nulled { told: true })
    }

    /// Tells the errors noted for a null; false when there is none.
    fn tell_notes(&mut self, spot: Spot<'_>, field: &ShapeField) -> bool {
        let notes = &self.merged.notes;
        if notes.is_empty() {
            return false;
        }
        let found: Vec<Reason<'_>> = match spot {
            Spot::Item(list, index) => notes
                .of_item(list, index)
                .map(|note| Reason { error: note.error, rest: Cow::Borrowed(&note.rest), is_borrowed: false })
                .collect(),
            Spot::Field(object, key) => self.notes_of_field(notes.of_object(object), key),
        };
        self.tell_reasons(&found, field)
    }

    /// False when there is none.
    fn tell_reasons(&mut self, reasons: &[Reason<'_>], field: &ShapeField) -> bool {
        let mut paths = Vec::with_capacity(reasons.len());
        for reason in reasons {
            self.told[reason.error] = true;
            let mut path = self.path();
            append_rest(&mut path, &reason.rest, field);
            // Several subgraphs may have failed at one place; it has one error (GraphQL spec 6.4.4).
            if !paths.contains(&path) {
                paths.push(path.clone());
                let error = self.merged.notes.errors()[reason.error].clone();
                self.errors.push(error.at(path), reason.is_borrowed);
            }
        }
        !reasons.is_empty()
    }

    /// The object's type is not one that may stand here: clients may not see it, or what was to tell it failed.
    fn unknown_type(&mut self, spot: Spot<'_>, object: ObjectId, field: &ShapeField, name: &str) -> Completed {
        let reason = |note: &'a Note| {
            let rest = match &note.scope {
                Scope::Fetch(_) => Cow::Borrowed(&note.rest[..]),
                Scope::Key(key) => [PathPart::Key(Arc::clone(key))].iter().chain(&note.rest).cloned().collect(),
            };
            Reason { error: note.error, rest, is_borrowed: note.is_inherited }
        };
        let reasons: Vec<Reason<'_>> = self.merged.notes.of_object(object).iter().map(reason).collect();
        if self.tell_reasons(&reasons, field) || self.tell_notes(spot, field) {
            return Err(Nulled { told: true });
        }
        // Where something failed further up, that may be why.
        let is_borrowed = !self.merged.notes.is_empty();
        self.tell_mismatch(field, &format!("a known type of {name}"), is_borrowed)
    }

    /// The key's own errors, else one reason why the whole fetch brought nothing.
    fn notes_of_field<'n>(&self, notes: &'n [Note], key: &str) -> Vec<Reason<'n>> {
        let own: Vec<_> = notes
            .iter()
            .filter(|note| matches!(&note.scope, Scope::Key(noted) if **noted == *key))
            .map(|note| Reason { error: note.error, rest: Cow::Borrowed(&note.rest), is_borrowed: false })
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
        if candidates.iter().any(named) {
            let own = candidates.into_iter().filter(named);
            return own
                .map(|note| Reason { error: note.error, rest: Cow::Borrowed(&note.rest[1..]), is_borrowed: false })
                .collect();
        }
        match candidates.first() {
            Some(note) => {
                vec![Reason {
                    error: note.error,
                    rest: Cow::Borrowed(&[]),
                    is_borrowed: note.is_inherited || !note.rest.is_empty(),
                }]
            }
            None => Vec::new(),
        }
    }

    fn tell(&mut self, error: GraphqlError) {
        let path = self.path();
        self.errors.push(error.at(path), false);
    }

    fn path(&self) -> Vec<PathPart> {
        let own = |step: &Step<'_>| match step {
            Step::Key(key) => PathPart::Key(Arc::clone(key)),
            Step::Index(index) => PathPart::Index(*index),
        };
        self.path.iter().map(own).collect()
    }

    /// Errors that no null of the answer shows, e.g. of a field that only another subgraph needed.
    fn tell_the_rest(&mut self) {
        for (index, error) in self.merged.notes.errors().iter().enumerate() {
            if !self.told[index] {
                self.errors.push(error.clone(), false);
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
