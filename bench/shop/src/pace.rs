//! Clients that each do one thing after the other for a while, and how long each thing took.

use std::{
    future::Future,
    time::{Duration, Instant},
};

use futures_util::future::try_join_all;
use serde::Serialize;

/// One row's clients together do no more operations than this, however quick they are.
const MOST: usize = 200_000;
/// Before the clock runs: connections are opened, plans are made.
const WARM_UP: Duration = Duration::from_secs(2);

/// What was done and how quickly.
#[derive(Debug, Clone, Serialize)]
pub struct Pace {
    pub clients: usize,
    pub done: usize,
    pub seconds: f64,
    pub per_second: f64,
    pub median_ms: f64,
    pub p95_ms: f64,
    pub p99_ms: f64,
}

/// Lets each of `clients` run `operation` (given the client's and the operation's number), again and again: first to
/// warm up, then, after `begin` was called, for `period`. What is under way at the end is waited for and counts.
///
/// # Errors
/// The first failure of an operation: a shop that fails is not measured.
pub async fn measure<F, Fut>(
    clients: usize,
    period: Duration,
    begin: impl AsyncFnOnce() -> anyhow::Result<()>,
    operation: F,
) -> anyhow::Result<Pace>
where
    F: Fn(usize, usize) -> Fut,
    Fut: Future<Output = anyhow::Result<()>>,
{
    let rounds = |until: Instant| {
        let operation = &operation;
        try_join_all((0..clients).map(move |client| async move {
            let mut took = Vec::new();
            while Instant::now() < until && took.len() < MOST / clients {
                let began = Instant::now();
                operation(client, took.len()).await?;
                took.push(began.elapsed());
            }
            anyhow::Ok(took)
        }))
    };
    rounds(Instant::now() + WARM_UP).await?;
    begin().await?;
    let began = Instant::now();
    let took = rounds(began + period).await?;
    Ok(pace(clients, began.elapsed(), took.into_iter().flatten().collect()))
}

fn pace(clients: usize, elapsed: Duration, mut took: Vec<Duration>) -> Pace {
    took.sort();
    let at = |share: f64| {
        let index = ((took.len() as f64 * share) as usize).min(took.len().saturating_sub(1));
        took.get(index).map_or(0.0, |duration| duration.as_secs_f64() * 1_000.0)
    };
    let seconds = elapsed.as_secs_f64();
    Pace {
        clients,
        done: took.len(),
        seconds,
        per_second: took.len() as f64 / seconds,
        median_ms: at(0.5),
        p95_ms: at(0.95),
        p99_ms: at(0.99),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pace_tells_its_rate_and_its_slow_ones() {
        let took = (1..=100).rev().map(Duration::from_millis).collect();
        let pace = pace(8, Duration::from_secs(2), took);
        assert_eq!((pace.done, pace.per_second.round(), pace.median_ms.round()), (100, 50.0, 51.0));
        assert_eq!((pace.p95_ms.round(), pace.p99_ms.round()), (96.0, 100.0));
        assert_eq!(super::pace(8, Duration::from_secs(1), Vec::new()).p99_ms.round() as u32, 0);
    }
}
