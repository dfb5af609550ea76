//! Batched loading: many resolvers that each want one row become one statement.
//!
//! ```text
//! first key ──> leader: waits while keys still come in ──> one load ──> every caller of the batch
//! more keys ──> followers: wait for the leader; should it be dropped, one of them takes the lead
//! ```
//!
//! A loader lives for one request, so nothing is cached beyond it and its caller's rights cannot leak.

use std::{
    collections::{HashMap, HashSet},
    fmt::Debug,
    future::Future,
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::{
    sync::watch,
    task::{coop::unconstrained, yield_now},
};

use crate::error::ApiError;

/// Keys of one statement at most.
const KEYS_MAX: usize = 1_000;
/// A batch is complete when this many turns of the scheduler brought no new key. Resolvers of one level register
/// within a turn or two of each other; the margin is for lists so long that tokio splits their turn.
const QUIET_TURNS: u32 = 6;

/// Reads the rows of many keys with one statement; keys without a row are simply absent.
pub trait Batch: Send + Sync + 'static {
    type Key: Eq + Hash + Clone + Debug + Send + Sync;
    type Value: Clone + Send + Sync;

    fn load(
        &self,
        keys: &[Self::Key],
    ) -> impl Future<Output = Result<HashMap<Self::Key, Self::Value>, ApiError>> + Send;
}

/// A batching loader; clones share one queue.
pub struct Loader<B: Batch> {
    batch: Arc<B>,
    queue: Arc<Queue<B>>,
}

/// What a whole batch came to, told to all its callers.
type Answer<B> = Arc<Result<HashMap<<B as Batch>::Key, <B as Batch>::Value>, ApiError>>;

/// The batch that still takes keys, if there is one.
struct Queue<B: Batch> {
    open: Mutex<Option<Arc<Gathering<B>>>>,
}

/// A batch and those who wait for it.
struct Gathering<B: Batch> {
    keys: Mutex<HashSet<B::Key>>,
    answer: watch::Receiver<Option<Answer<B>>>,
}

/// A caller's part in its batch.
enum Seat<B: Batch> {
    Leader(Lead<B>),
    Follower(watch::Receiver<Option<Answer<B>>>),
}

/// The one that runs a batch. Dropped before its end, it closes the batch, and the followers start anew.
struct Lead<B: Batch> {
    queue: Arc<Queue<B>>,
    gathering: Arc<Gathering<B>>,
    tell: watch::Sender<Option<Answer<B>>>,
}

impl<B: Batch> Clone for Loader<B> {
    fn clone(&self) -> Self {
        Self { batch: self.batch.clone(), queue: self.queue.clone() }
    }
}

impl<B: Batch> Debug for Loader<B> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Loader").finish_non_exhaustive()
    }
}

impl<B: Batch> Loader<B> {
    pub fn new(batch: B) -> Self {
        Self { batch: Arc::new(batch), queue: Arc::new(Queue { open: Mutex::new(None) }) }
    }

    /// The row of `key`, or None when there is none.
    ///
    /// # Errors
    /// What reading the batch met, the same for each of its keys.
    pub async fn one(&self, key: B::Key) -> Result<Option<B::Value>, ApiError> {
        loop {
            let answer = match self.queue.join(key.clone()) {
                Seat::Leader(lead) => Some(lead.run(&self.batch).await),
                Seat::Follower(told) => follow::<B>(told).await,
            };
            if let Some(answer) = answer {
                return answer.as_ref().as_ref().map(|rows| rows.get(&key).cloned()).map_err(Clone::clone);
            }
        }
    }
}

/// None when the leader was dropped with its branch of the request.
async fn follow<B: Batch>(mut told: watch::Receiver<Option<Answer<B>>>) -> Option<Answer<B>> {
    // Outside tokio's budget for a turn: all followers are to go on in the same turn, so that what they load next
    // is one batch again.
    let answer = unconstrained(told.wait_for(Option::is_some)).await.ok()?;
    answer.clone()
}

impl<B: Batch> Queue<B> {
    fn join(self: &Arc<Self>, key: B::Key) -> Seat<B> {
        let mut open = lock(&self.open);
        if let Some(gathering) = open.as_ref() {
            let mut keys = lock(&gathering.keys);
            if keys.len() < KEYS_MAX {
                keys.insert(key);
                return Seat::Follower(gathering.answer.clone());
            }
        }
        let (tell, answer) = watch::channel(None);
        let gathering = Arc::new(Gathering { keys: Mutex::new(HashSet::from([key])), answer });
        *open = Some(gathering.clone());
        Seat::Leader(Lead { queue: self.clone(), gathering, tell })
    }
}

impl<B: Batch> Lead<B> {
    async fn run(self, batch: &B) -> Answer<B> {
        let (mut known, mut quiet) = (0, 0);
        while quiet < QUIET_TURNS {
            yield_now().await;
            let keys = lock(&self.gathering.keys).len();
            quiet = if keys > known { 0 } else { quiet + 1 };
            known = keys;
        }
        let keys = self.close();
        let answer: Answer<B> = Arc::new(batch.load(&keys).await);
        // Without followers nobody listens, which is no error.
        self.tell.send_replace(Some(answer.clone()));
        answer
    }

    /// Takes the keys, so that later ones start a batch of their own.
    fn close(&self) -> Vec<B::Key> {
        let mut open = lock(&self.queue.open);
        if open.as_ref().is_some_and(|gathering| Arc::ptr_eq(gathering, &self.gathering)) {
            *open = None;
        }
        std::mem::take(&mut *lock(&self.gathering.keys)).into_iter().collect()
    }
}

impl<B: Batch> Drop for Lead<B> {
    fn drop(&mut self) {
        self.close();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Every change under these locks is one insert or take, so a panic leaves the value whole.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures_util::future::join_all;

    use super::*;

    /// Doubles even numbers and counts how often it was asked.
    struct Doubles(Arc<AtomicUsize>);

    impl Batch for Doubles {
        type Key = u32;
        type Value = u32;

        async fn load(&self, keys: &[u32]) -> Result<HashMap<u32, u32>, ApiError> {
            self.0.fetch_add(1, Ordering::SeqCst);
            yield_now().await;
            Ok(keys.iter().filter(|key| *key % 2 == 0).map(|key| (*key, key * 2)).collect())
        }
    }

    fn loader() -> (Loader<Doubles>, Arc<AtomicUsize>) {
        let asked = Arc::new(AtomicUsize::new(0));
        (Loader::new(Doubles(asked.clone())), asked)
    }

    #[tokio::test]
    async fn levels_of_a_long_list_are_one_load_each() {
        let (first, asked_first) = loader();
        let (second, asked_second) = loader();
        let chains = (0..500_u32).map(|key| {
            let (first, second) = (first.clone(), second.clone());
            async move {
                let doubled = first.one(key * 2).await.unwrap().unwrap();
                second.one(doubled).await.unwrap().unwrap()
            }
        });
        let values = join_all(chains).await;
        assert_eq!(values[499], 499 * 8);
        assert_eq!((asked_first.load(Ordering::SeqCst), asked_second.load(Ordering::SeqCst)), (1, 1));
    }

    #[tokio::test]
    async fn absent_keys_are_none_and_full_batches_are_followed_by_another() {
        let (loader, asked) = loader();
        let values = join_all((0..2_500).map(|key| loader.one(key))).await;
        assert!(values.iter().enumerate().all(|(key, value)| value.as_ref().unwrap().is_some() == (key % 2 == 0)));
        assert_eq!(asked.load(Ordering::SeqCst), 3);
    }

    #[tokio::test]
    async fn followers_survive_a_leader_that_is_dropped() {
        let (loader, _) = loader();
        let mut leader = Box::pin(loader.one(2));
        assert!(futures_util::poll!(&mut leader).is_pending());
        let mut follower = Box::pin(loader.one(4));
        assert!(futures_util::poll!(&mut follower).is_pending());
        drop(leader);
        assert_eq!(follower.await.unwrap(), Some(8));
    }
}
