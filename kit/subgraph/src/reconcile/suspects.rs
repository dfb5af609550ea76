//! What one look finds may be on its way to be right: a webhook, a reply or an event that is under way. It counts once
//! the next look of the same replica finds it unchanged.

use std::{collections::HashSet, hash::Hash};

/// What was seen by this look and by the one before. `K` names a difference with all that would change if it moved.
#[derive(Debug)]
pub struct Suspects<K> {
    before: HashSet<K>,
    now: HashSet<K>,
}

impl<K> Default for Suspects<K> {
    fn default() -> Self {
        Self { before: HashSet::new(), now: HashSet::new() }
    }
}

impl<K: Eq + Hash> Suspects<K> {
    /// A look begins. What one that was broken off had not come to is forgotten, and needs two looks again.
    pub fn begin(&mut self) {
        self.before = std::mem::take(&mut self.now);
    }

    /// Whether the look before saw it too.
    pub fn seen_twice(&mut self, suspect: K) -> bool {
        let twice = self.before.contains(&suspect);
        self.now.insert(suspect);
        twice
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suspect_counts_when_two_looks_in_a_row_see_it_unchanged() {
        let mut suspects = Suspects::default();
        let mut look = |seen: &[(&'static str, u64)]| {
            suspects.begin();
            seen.iter().map(|suspect| suspects.seen_twice(*suspect)).collect::<Vec<_>>()
        };
        assert_eq!(look(&[("pay_1", 1), ("pay_1", 1)]), [false, false], "twice in one look is once");
        assert_eq!(look(&[("pay_1", 2), ("pay_2", 1)]), [false, false], "it moved on");
        assert_eq!(look(&[("pay_1", 2)]), [true]);
        assert_eq!(look(&[("pay_1", 2), ("pay_2", 1)]), [true, false], "it was away");
        assert_eq!(look(&[]), [false; 0]);
    }
}
