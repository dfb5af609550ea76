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
    map_with(workers, items, work)
}

fn map_with<T: Sync, R: Send>(workers: usize, items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    if workers < 2 {
        return items.iter().map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, R)>> = Mutex::new(Vec::with_capacity(items.len()));
    let take_turns = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(index) else { return };
            let made = work(item);
            done.lock().unwrap_or_else(PoisonError::into_inner).push((index, made));
        }
    };
    thread::scope(|scope| {
        for _ in 1..workers {
            // Where there is no thread to be had, those that are there do its work.
            let _ = thread::Builder::new().spawn_scoped(scope, take_turns);
        }
        take_turns();
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, made)| made).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_stand_in_the_order_of_the_items_whoever_makes_them() {
        let items: Vec<usize> = (0..1_000).collect();
        for workers in [0, 1, 2, 8, 2_000] {
            assert_eq!(
                map_with(workers, &items, |item| item * 2),
                items.iter().map(|item| item * 2).collect::<Vec<_>>()
            );
        }
    }
}
