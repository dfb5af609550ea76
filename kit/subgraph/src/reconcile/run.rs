//! When a look is taken, and by whom.

use std::{future::Future, time::Duration};

use souk_process::{Env, Shutdown};

use super::store;
use crate::{
    clients::ClientError,
    db::{Db, StoreError},
    error::ErrorCode,
};

/// How long a replica holds its turn: one that died in a look keeps the others out for so long.
const LEASE: Duration = Duration::from_secs(120);
/// A look that takes longer is given up, well before its turn ends.
const LONGEST_LOOK: Duration = Duration::from_secs(100);
/// How often a replica asks whether it is its turn, at most.
const POLL: Duration = Duration::from_secs(5);

/// How often a service looks, and how far back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// `SOUK_RECONCILE_MS`: between two looks, whichever replica takes them. Default 60000.
    pub every: Duration,
    /// `SOUK_RECONCILE_WINDOW_MS`: what has not changed for longer is not looked at again. Default 3600000.
    pub window: Duration,
}

impl Pace {
    pub fn read(env: &mut Env) -> Self {
        Self {
            every: env.millis_or("SOUK_RECONCILE_MS", 60_000),
            window: env.millis_or("SOUK_RECONCILE_WINDOW_MS", 3_600_000),
        }
    }
}

/// Why a look came to no end. The next one starts anew.
#[derive(Debug, thiserror::Error)]
pub enum LookError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Client(#[from] ClientError),
    /// Somebody else does not answer.
    #[error("{0}")]
    Elsewhere(String),
}

impl LookError {
    /// Only what was looked at is wrong: a row, or an answer about it, that cannot be read. The look can go on with the
    /// next.
    pub fn is_of_one(&self) -> bool {
        match self {
            Self::Store(error) => error.is_unreadable(),
            Self::Client(ClientError::Malformed { .. }) => true,
            Self::Client(ClientError::Refused { code, .. }) => *code == ErrorCode::Internal.as_str(),
            Self::Client(ClientError::Unreachable { .. }) | Self::Elsewhere(_) => false,
        }
    }
}

/// What one service looks at.
pub trait Reconciler: Send + 'static {
    /// Compares, repairs, and notes findings. It may be broken off at any await.
    fn look(&mut self) -> impl Future<Output = Result<(), LookError>> + Send;
}

/// Takes a look `every` so often, whichever replica does it, until a stop is requested.
pub async fn run<R: Reconciler>(db: Db, every: Duration, mut reconciler: R, shutdown: Shutdown) {
    // What is under way at a start comes to rest first.
    let mut pause = every;
    while shutdown.pause(pause).await {
        pause = every.min(POLL);
        match store::take_turn(&db, LEASE).await {
            Ok(Some(fence)) => {
                tokio::select! {
                    () = look(&mut reconciler) => {}
                    () = shutdown.requested() => {}
                }
                if let Err(error) = store::end_turn(&db, fence, every).await {
                    tracing::warn!("the turn of the reconciler ends by itself: {error}");
                }
            }
            Ok(None) => {}
            Err(error) => tracing::warn!("the reconciler asks for its turn again: {error}"),
        }
    }
}

async fn look(reconciler: &mut impl Reconciler) {
    match tokio::time::timeout(LONGEST_LOOK, reconciler.look()).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!("the reconciler looks again later: {error}"),
        Err(_) => tracing::warn!("the reconciler gave a look up that took {} s", LONGEST_LOOK.as_secs()),
    }
}
