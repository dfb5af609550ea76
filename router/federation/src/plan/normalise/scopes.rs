//! Which key of the merged data holds which field.
//!
//! A scope is a data path without its type conditions: objects of every type that can stand there share it.
//! Two fields share a key only when they are the same field with the same arguments and are typed alike in
//! every subgraph; then no subgraph ever sees two selections of one response key that cannot be merged.

use std::{collections::HashMap, sync::Arc};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScopeId(pub u32);

/// What must be equal for two fields to share a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    pub field: Arc<str>,
    pub arguments: Arc<str>,
    pub shape: u32,
    /// A requirement's own copy, which no null below the client's can take along.
    pub apart: bool,
}

#[derive(Debug, Default)]
struct Scope {
    keys: HashMap<Arc<str>, (Signature, ScopeId)>,
}

#[derive(Debug)]
pub struct Scopes {
    scopes: Vec<Scope>,
}

pub const TYPENAME: &str = "__typename";

impl Default for Scopes {
    /// With the root's scope.
    fn default() -> Self {
        Self { scopes: vec![Scope::default()] }
    }
}

impl Scopes {
    pub const ROOT: ScopeId = ScopeId(0);

    /// The key for a field that would like to be called `wanted`, and the scope below it.
    pub fn allocate(&mut self, scope: ScopeId, wanted: &Arc<str>, signature: &Signature) -> (Arc<str>, ScopeId) {
        if **wanted != *TYPENAME
            && let Some(found) = self.take(scope, wanted, signature)
        {
            return found;
        }
        let base = if **wanted == *TYPENAME { &signature.field } else { wanted };
        let mut attempt = 1usize;
        loop {
            let key: Arc<str> = format!("{base}__{attempt}").into();
            if let Some(found) = self.take(scope, &key, signature) {
                return found;
            }
            attempt += 1;
        }
    }

    fn take(&mut self, scope: ScopeId, key: &Arc<str>, signature: &Signature) -> Option<(Arc<str>, ScopeId)> {
        let below = ScopeId(self.scopes.len() as u32);
        let keys = &mut self.scopes[scope.0 as usize].keys;
        if let Some((known, below)) = keys.get(key) {
            return (known == signature).then(|| (key.clone(), *below));
        }
        keys.insert(key.clone(), (signature.clone(), below));
        self.scopes.push(Scope::default());
        Some((key.clone(), below))
    }
}
