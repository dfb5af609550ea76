//! Reads subgraphs side by side: parsing and validating is most of a composition, and no subgraph needs another for it.

use std::{
    sync::{
        LazyLock, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

/// Bytes of SDL below which starting threads costs more than it brings.
const WORTH_THREADS: usize = 16 * 1024;

/// Asking costs tens of microseconds, and the answer stays.
static CORES: LazyLock<usize> = LazyLock::new(|| thread::available_parallelism().map_or(1, usize::from));

/// What `work` makes of each item, in their order. `bytes` is how much there is to read in all.
pub fn map<T: Sync, R: Send>(items: &[T], bytes: usize, work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let workers = if bytes < WORTH_THREADS { 1 } else { items.len().min(*CORES) };
    if workers < 2 {
        return items.iter().map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, R)>> = Mutex::new(Vec::with_capacity(items.len()));
    let take_turns = || {
        while let Some((index, item)) =
            Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|at| Some((at, items.get(at)?)))
        {
            let made = work(item);
            done.lock().unwrap_or_else(PoisonError::into_inner).push((index, made));
        }
    };
    thread::scope(|scope| {
        for _ in 1..workers {
            scope.spawn(take_turns);
        }
        take_turns();
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, made)| made).collect()
}
