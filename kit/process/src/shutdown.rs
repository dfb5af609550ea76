//! Stopping in order: one signal, tracked tasks, a capped drain. No task of ours is ever detached.

use std::{future::Future, time::Duration};

use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Told to every part of a process; clones share one state.
#[derive(Debug, Clone, Default)]
pub struct Shutdown {
    token: CancellationToken,
    tasks: TaskTracker,
}

impl Shutdown {
    pub fn new() -> Self {
        Self::default()
    }

    /// A shutdown that SIGINT or SIGTERM requests.
    pub fn on_signals() -> Self {
        let shutdown = Self::new();
        let told = shutdown.clone();
        shutdown.tasks.spawn(async move {
            let signal = tokio::select! {
                () = signal_received() => true,
                () = told.requested() => false,
            };
            if signal {
                tracing::info!("stop requested by signal");
                told.request();
            }
        });
        shutdown
    }

    /// Asks every part to stop; idempotent.
    pub fn request(&self) {
        self.token.cancel();
    }

    pub fn is_requested(&self) -> bool {
        self.token.is_cancelled()
    }

    /// Resolves once a stop was requested.
    pub async fn requested(&self) {
        self.token.cancelled().await;
    }

    /// An owned future for `axum::serve(..).with_graceful_shutdown(..)`.
    pub fn signal(&self) -> impl Future<Output = ()> + Send + 'static {
        self.token.clone().cancelled_owned()
    }

    /// The bare token, for libraries that take one.
    pub fn token(&self) -> CancellationToken {
        self.token.clone()
    }

    /// Runs a background task that `drain` waits for. The task itself watches `requested()`.
    pub fn spawn<F>(&self, task: F) -> tokio::task::JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.tasks.spawn(task)
    }

    /// Waits for `duration` or for a stop request, whichever comes first; false when stopping.
    pub async fn pause(&self, duration: Duration) -> bool {
        tokio::select! {
            () = tokio::time::sleep(duration) => true,
            () = self.requested() => false,
        }
    }

    /// Requests the stop and waits for all tracked tasks, at most `limit`; false when some did not end in time.
    pub async fn drain(&self, limit: Duration) -> bool {
        self.request();
        self.tasks.close();
        tokio::time::timeout(limit, self.tasks.wait()).await.is_ok()
    }
}

async fn signal_received() {
    let interrupt = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut stream) => {
                stream.recv().await;
            }
            Err(_) => std::future::pending::<()>().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! { () = interrupt => {}, () = terminate => {} }
}
