//! Why a change is refused: each is something that the caller can mend.

use std::fmt::Display;

/// One refusal, about one field of the input where there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// A value that cannot be accepted.
    Invalid { field: Vec<String>, message: String },
    /// What an id, slug or sku names does not exist.
    NotFound { field: Vec<String>, what: &'static str },
    /// Another variant has this sku.
    SkuTaken { field: Vec<String>, sku: String },
    /// Another product or category has this slug.
    SlugTaken { field: Vec<String>, slug: String },
}

/// Collects everything that is wrong with an input, so that the caller is told once.
#[derive(Debug, Default)]
pub struct Faults {
    path: Vec<String>,
    found: Vec<Refusal>,
}

impl Faults {
    /// The value, or a note of what is wrong with it.
    pub fn take<T, E: Display>(&mut self, field: &str, parsed: Result<T, E>) -> Option<T> {
        match parsed {
            Ok(value) => Some(value),
            Err(error) => {
                self.invalid(field, error.to_string());
                None
            }
        }
    }

    pub fn invalid(&mut self, field: &str, message: impl Into<String>) {
        let field = self.path_of(field);
        self.found.push(Refusal::Invalid { field, message: message.into() });
    }

    pub fn push(&mut self, refusal: Refusal) {
        self.found.push(refusal);
    }

    /// Reads a part of the input whose faults lie below `steps`, e.g. `["variants", "0"]`.
    pub fn below<T>(&mut self, steps: [&str; 2], read: impl FnOnce(&mut Self) -> T) -> T {
        let depth = self.path.len();
        self.path.extend(steps.map(str::to_owned));
        let value = read(self);
        self.path.truncate(depth);
        value
    }

    pub fn path_of(&self, field: &str) -> Vec<String> {
        self.path.iter().cloned().chain([field.to_owned()]).collect()
    }

    /// The value read, unless something was wrong.
    ///
    /// # Errors
    /// Everything that was found.
    pub fn finish<T>(self, value: Option<T>) -> Result<T, Vec<Refusal>> {
        match value {
            Some(value) if self.found.is_empty() => Ok(value),
            _ => Err(self.found),
        }
    }
}
