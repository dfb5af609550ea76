//! Waiting on conditions with a deadline; the only place where a test pauses.

use std::{future::Future, time::Duration};

/// Asks until the answer is Some, at most `limit`.
///
/// # Panics
/// At the deadline, naming what was waited for.
pub async fn eventually<T, F, Fut>(what: &str, limit: Duration, mut ask: F) -> T
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Option<T>>,
{
    let deadline = tokio::time::Instant::now() + limit;
    loop {
        if let Some(value) = ask().await {
            return value;
        }
        assert!(tokio::time::Instant::now() < deadline, "{what} did not happen within {limit:?}");
        tokio::time::sleep(Duration::from_millis(15)).await;
    }
}

/// Asks until true, at most `limit`.
///
/// # Panics
/// At the deadline, naming what was waited for.
pub async fn until<F, Fut>(what: &str, limit: Duration, mut ask: F)
where
    F: FnMut() -> Fut,
    Fut: Future<Output = bool>,
{
    eventually(what, limit, || {
        let asked = ask();
        async move { asked.await.then_some(()) }
    })
    .await;
}
