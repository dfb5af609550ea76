//! The keys of the merged data as numbers, so that objects are searched and merged by comparing four bytes.
//!
//! A plan knows the keys that its requests bring and that its answer shows; they are numbered once, with it. What
//! a subgraph sends besides gets its numbers while the answer is read.

use std::collections::HashMap;

use foldhash::fast::RandomState;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct KeyId(pub(super) u32);

impl KeyId {
    pub(crate) const TYPENAME: Self = Self(0);
    pub(crate) const ENTITIES: Self = Self(1);
    pub(crate) const DATA: Self = Self(2);
    pub(crate) const ERRORS: Self = Self(3);
}

/// Keys as they stand between quotes in JSON.
#[derive(Debug, Default)]
pub(crate) struct KeyTable {
    names: Vec<Box<[u8]>>,
    ids: HashMap<Box<[u8]>, KeyId, RandomState>,
}

impl KeyTable {
    /// With the keys that every plan has.
    pub(crate) fn new() -> Self {
        let mut table = Self::default();
        for name in ["__typename", "_entities", "data", "errors"] {
            table.add(name.as_bytes());
        }
        table
    }

    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }

    pub(crate) fn name(&self, index: usize) -> &[u8] {
        &self.names[index]
    }

    pub(crate) fn find(&self, name: &[u8]) -> Option<KeyId> {
        self.ids.get(name).copied()
    }

    /// The key's number, a new one for a new key.
    pub(crate) fn add(&mut self, name: &[u8]) -> KeyId {
        if let Some(known) = self.find(name) {
            return known;
        }
        let id = KeyId(self.names.len() as u32);
        self.names.push(name.into());
        self.ids.insert(name.into(), id);
        id
    }
}
