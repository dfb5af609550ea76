//! The errors of one answer, as they are found.

use crate::errors::GraphqlError;

/// More errors than anybody reads are not told.
const LIMIT: usize = 500;

#[derive(Debug, Default)]
pub(crate) struct ToldErrors {
    errors: Vec<Told>,
}

#[derive(Debug)]
struct Told {
    error: GraphqlError,
    /// It only says that the value is not there, or arose elsewhere in the same fetch and took it along.
    is_borrowed: bool,
}

/// How many errors there were at a time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mark(usize);

impl ToldErrors {
    pub(crate) fn push(&mut self, error: GraphqlError, is_borrowed: bool) {
        if self.errors.len() < LIMIT {
            self.errors.push(Told { error, is_borrowed });
        }
    }

    pub(crate) fn mark(&self) -> Mark {
        Mark(self.errors.len())
    }

    /// A place became null with all that is in it: of the errors since `mark`, those that arose there explain it, and
    /// borrowed ones count only when there are no others.
    pub(crate) fn settle(&mut self, mark: Mark) {
        let since = &self.errors[mark.0..];
        if since.iter().any(|told| !told.is_borrowed) {
            let mut index = 0;
            self.errors.retain(|told| {
                index += 1;
                index <= mark.0 || !told.is_borrowed
            });
        }
    }

    pub(crate) fn into_errors(self) -> Vec<GraphqlError> {
        self.errors.into_iter().map(|told| told.error).collect()
    }
}
