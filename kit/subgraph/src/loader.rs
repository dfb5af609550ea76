//! Batched loading: many resolvers that each want one row become one statement.
//!
//! A loader lives for one request, so nothing is cached beyond it and its caller's rights cannot leak.

use std::{collections::HashMap, fmt::Debug, future::Future, hash::Hash, sync::Arc};

use dataloader::{BatchFn, non_cached};

use crate::error::ApiError;

/// Reads the rows of many keys with one statement; keys without a row are simply absent.
pub trait Batch: Send + Sync + 'static {
    type Key: Eq + Hash + Clone + Debug + Send + Sync;
    type Value: Clone + Send + Sync;

    fn load(
        &self,
        keys: &[Self::Key],
    ) -> impl Future<Output = Result<HashMap<Self::Key, Self::Value>, ApiError>> + Send;
}

/// What a key came to: its row or none, or the whole batch's error.
type Loaded<V> = Result<Option<V>, ApiError>;

/// A batching loader; clones share one queue.
#[derive(Clone)]
pub struct Loader<B: Batch> {
    inner: non_cached::Loader<B::Key, Loaded<B::Value>, Adapter<B>>,
}

impl<B: Batch> Debug for Loader<B> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Loader").finish_non_exhaustive()
    }
}

impl<B: Batch> Loader<B> {
    pub fn new(batch: B) -> Self {
        Self { inner: non_cached::Loader::new(Adapter { batch: Arc::new(batch) }).with_max_batch_size(1_000) }
    }

    /// The row of `key`, or None when there is none.
    ///
    /// # Errors
    /// What reading the batch met, the same for each of its keys.
    pub async fn one(&self, key: B::Key) -> Result<Option<B::Value>, ApiError> {
        self.inner.try_load(key).await.map_err(|error| ApiError::internal(&error))?
    }
}

struct Adapter<B> {
    batch: Arc<B>,
}

impl<B: Batch> BatchFn<B::Key, Loaded<B::Value>> for Adapter<B> {
    async fn load(&mut self, keys: &[B::Key]) -> HashMap<B::Key, Loaded<B::Value>> {
        match self.batch.load(keys).await {
            Ok(mut rows) => keys.iter().map(|key| (key.clone(), Ok(rows.remove(key)))).collect(),
            Err(error) => keys.iter().map(|key| (key.clone(), Err(error.clone()))).collect(),
        }
    }
}
