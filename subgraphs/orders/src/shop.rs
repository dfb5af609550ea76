//! What the commands of orders stand on.

use std::sync::Arc;

use souk_contracts::identity::Signer;
use souk_process::Shutdown;
use souk_subgraph::{Db, Runtime, clients::ServiceClient, outbox::Outbox};
use tokio::sync::Notify;

use crate::config::Rules;

/// Clones share everything.
#[derive(Debug, Clone)]
pub struct Shop {
    pub db: Db,
    pub outbox: Outbox,
    pub client: ServiceClient,
    pub signer: Arc<Signer>,
    pub shutdown: Shutdown,
    pub rules: Arc<Rules>,
    /// Tells this process's saga worker that there is something to do at once.
    pub work: Arc<Notify>,
}

impl Shop {
    pub fn new(runtime: &Runtime, rules: Rules) -> Self {
        Self {
            db: runtime.db.clone(),
            outbox: runtime.outbox.clone(),
            client: runtime.client.clone(),
            signer: runtime.signer.clone(),
            shutdown: runtime.shutdown.clone(),
            rules: Arc::new(rules),
            work: Arc::default(),
        }
    }

    /// After the commit of anything that others wait for: events to publish, a saga to carry on.
    pub fn committed(&self) {
        self.outbox.committed();
        self.work.notify_one();
    }
}
