//! What the shop tells about itself: the ready file, `shop.json` in the data folder, and the list of running
//! processes for the clean-up at the next start. Kept up to date when a part gets a new pid.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    orphans::{self, Process},
    screen::Screen,
};
use crate::{
    home::{Home, write_private},
    infra::kafka::KafkaAddress,
};

#[derive(Debug, Clone)]
pub struct Board {
    shared: Arc<Mutex<Shared>>,
    screen: Screen,
}

#[derive(Debug)]
struct Shared {
    pids: BTreeMap<String, u32>,
    /// None until all is up.
    shop: Option<ShopFile>,
    targets: Vec<PathBuf>,
    processes: PathBuf,
}

/// Where everything listens; URLs are whole. The ready file of `souk up` and `shop.json` hold it, with `pids`
/// (instance -> process id) beside.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ShopFile {
    pub graphql: String,
    pub ws: String,
    pub admin: String,
    pub discovery: String,
    pub kafka: KafkaAddress,
    /// Service -> URL with the service's own user.
    pub mysql: BTreeMap<String, String>,
    pub provider: String,
    pub tracker: String,
    pub logins: BTreeMap<String, Login>,
    /// Where demo mails land.
    pub mailbox: PathBuf,
    /// The data folder.
    pub data: PathBuf,
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Login {
    pub email: String,
    pub password: String,
}

impl ShopFile {
    /// Of the shop that runs on this data folder.
    ///
    /// # Errors
    /// When none runs.
    pub fn read(home: &Home) -> anyhow::Result<Self> {
        let content = std::fs::read(home.shop_file()).with_context(|| {
            format!("no shop runs on {}: start it with `souk up`, or name its --data", home.root().display())
        })?;
        serde_json::from_slice(&content).context("shop.json is damaged")
    }

    /// # Errors
    /// When there is no such demo login.
    pub fn login(&self, who: &str) -> anyhow::Result<&Login> {
        let names: Vec<&str> = self.logins.keys().map(String::as_str).collect();
        self.logins.get(who).with_context(|| format!("there is no login {who:?}: choose {}", names.join(", ")))
    }
}

impl Board {
    pub fn new(home: &Home, ready_file: Option<PathBuf>, screen: Screen) -> Self {
        let mut targets = vec![home.shop_file()];
        targets.extend(ready_file);
        let processes = orphans::list_file(home);
        let shared = Shared { pids: BTreeMap::new(), shop: None, targets, processes };
        Self { shared: Arc::new(Mutex::new(shared)), screen }
    }

    pub fn started(&self, name: &str, pid: u32) {
        let mut shared = self.lock();
        shared.pids.insert(name.to_owned(), pid);
        // A file that cannot be written is no reason to stop a shop that serves; the next change tries again.
        if let Err(error) = shared.write() {
            self.screen.show(&format!("souk: {error:#}"));
        }
    }

    /// Forgets the process; the ready file names the next one as soon as there is one.
    pub fn ended(&self, name: &str, pid: u32) {
        let mut shared = self.lock();
        if shared.pids.get(name) == Some(&pid) {
            shared.pids.remove(name);
        }
        orphans::write_list(&shared.processes, &shared.listed());
    }

    /// All is up: from now on the files stand.
    ///
    /// # Errors
    /// When one of them cannot be written: whoever waits for it would wait for ever.
    pub fn publish(&self, shop: ShopFile) -> anyhow::Result<()> {
        let mut shared = self.lock();
        shared.shop = Some(shop);
        shared.write()
    }

    /// The shop stops: nobody may take the files for a running one's.
    pub fn retract(&self) {
        let mut shared = self.lock();
        shared.shop = None;
        for target in &shared.targets {
            let _ = std::fs::remove_file(target);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shared {
    fn listed(&self) -> Vec<Process> {
        self.pids.iter().filter_map(|(name, pid)| Process::running(name, *pid)).collect()
    }

    fn write(&self) -> anyhow::Result<()> {
        orphans::write_list(&self.processes, &self.listed());
        let Some(shop) = &self.shop else { return Ok(()) };
        let mut content = serde_json::to_value(shop)?;
        content["pids"] = serde_json::json!(self.pids);
        let content = format!("{content:#}\n");
        for target in &self.targets {
            write_private(target, content.as_bytes())
                .with_context(|| format!("{} cannot be written", target.display()))?;
        }
        Ok(())
    }
}
