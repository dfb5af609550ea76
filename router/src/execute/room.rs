//! How much a plan's executions need, learned from the last one: what is reserved in one piece need not be moved
//! while it grows.

use std::sync::atomic::{AtomicU32, Ordering};

/// Lengths of the last execution.
#[derive(Debug, Default)]
pub(crate) struct Room {
    answer: AtomicU32,
    entries: AtomicU32,
    objects: AtomicU32,
    items: AtomicU32,
    lists: AtomicU32,
}

/// Lengths of the lists in an arena.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Lengths {
    pub(crate) entries: usize,
    pub(crate) objects: usize,
    pub(crate) items: usize,
    pub(crate) lists: usize,
}

impl Room {
    pub(crate) fn answer(&self) -> Vec<u8> {
        Vec::with_capacity(reserve(&self.answer) + 256)
    }

    pub(crate) fn arena(&self) -> Lengths {
        Lengths {
            entries: reserve(&self.entries),
            objects: reserve(&self.objects),
            items: reserve(&self.items),
            lists: reserve(&self.lists),
        }
    }

    pub(crate) fn note(&self, answer: usize, arena: Lengths) {
        let store = |place: &AtomicU32, length: usize| place.store(length as u32, Ordering::Relaxed);
        store(&self.answer, answer);
        store(&self.entries, arena.entries);
        store(&self.objects, arena.objects);
        store(&self.items, arena.items);
        store(&self.lists, arena.lists);
    }
}

/// A little more than the last time.
fn reserve(last: &AtomicU32) -> usize {
    let last = last.load(Ordering::Relaxed) as usize;
    last + last / 16
}
