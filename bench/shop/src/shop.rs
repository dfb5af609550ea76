//! One shop of our own, from an empty folder to its stop.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use rustix::process::{Pid, Signal, kill_process};
use serde::Deserialize;
use sqlx::{Connection as _, MySqlConnection, mysql::MySqlConnectOptions};
use tokio::process::{Child, Command};

use crate::graph::Login;

/// An installation of the database, the migrations of six services and the demo catalogue.
const START: Duration = Duration::from_secs(180);
const STOP: Duration = Duration::from_secs(60);

/// What the ready file tells that is needed here.
#[derive(Debug, Clone, Deserialize)]
pub struct Ready {
    pub graphql: String,
    /// Service -> URL with password.
    mysql: BTreeMap<String, String>,
    logins: BTreeMap<String, Login>,
    /// Instance -> process id.
    pub pids: BTreeMap<String, u32>,
}

#[derive(Debug)]
pub struct Shop {
    pub ready: Ready,
    pub binary: PathBuf,
    launcher: Child,
    folder: PathBuf,
}

impl Shop {
    /// Starts a shop on an emptied folder and waits until all is up.
    ///
    /// # Errors
    /// When it does not come up: with the end of what it said.
    pub async fn start(binary: &Path, folder: &Path) -> anyhow::Result<Self> {
        let built = format!("{} is not there: build it first (make bench does)", binary.display());
        let binary = fs::canonicalize(binary).context(built)?;
        if folder.exists() {
            fs::remove_dir_all(folder).with_context(|| format!("{} cannot be emptied", folder.display()))?;
        }
        fs::create_dir_all(folder)?;
        let folder = fs::canonicalize(folder)?;
        let (ready_file, output) = (folder.join("ready.json"), folder.join("launcher.log"));
        let mut command = Command::new(&binary);
        command.args(["up", "--ports", "auto", "--quiet", "--data"]).arg(folder.join("data"));
        command.arg("--ready-file").arg(&ready_file).stdin(Stdio::null());
        // One client asks as often as thousands would.
        command.env("SOUK_ROUTER_RATE", "1000000");
        let log = File::create(&output)?;
        command.stdout(log.try_clone()?).stderr(log).kill_on_drop(true);
        let mut launcher = command.spawn()?;
        let deadline = Instant::now() + START;
        let ready = loop {
            if let Some(ready) = fs::read(&ready_file).ok().and_then(|text| serde_json::from_slice(&text).ok()) {
                break ready;
            }
            if launcher.try_wait()?.is_some() || Instant::now() > deadline {
                bail!("the shop did not start:\n{}", fs::read_to_string(&output).unwrap_or_default());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        };
        Ok(Self { ready, binary, launcher, folder })
    }

    /// # Errors
    /// When there is no such demo login.
    pub fn login(&self, who: &str) -> anyhow::Result<&Login> {
        self.ready.logins.get(who).with_context(|| format!("the shop has no login {who}"))
    }

    /// Processes of the shop and what they do, the launcher with the broker in it among them.
    pub fn processes(&self) -> BTreeMap<String, u32> {
        let mut processes = self.ready.pids.clone();
        processes.extend(self.launcher.id().map(|pid| ("launcher and broker".to_owned(), pid)));
        processes
    }

    /// The database's administrator, for what no service may do.
    ///
    /// # Errors
    /// When the secrets or the server cannot be read.
    pub async fn as_root(&self) -> anyhow::Result<MySqlConnection> {
        let secrets = fs::read(self.folder.join("data/trust/secrets.json"))?;
        let secrets: serde_json::Value = serde_json::from_slice(&secrets)?;
        let any = self.ready.mysql.values().next().context("the ready file names no database")?;
        let url = url::Url::parse(any)?;
        let options = MySqlConnectOptions::new()
            .host("127.0.0.1")
            .port(url.port().unwrap_or(3306))
            .username("root")
            .password(secrets["mysql_root"].as_str().unwrap_or_default());
        Ok(MySqlConnection::connect_with(&options).await?)
    }

    /// # Errors
    /// When the server is gone.
    pub async fn mysql_version(&self) -> anyhow::Result<String> {
        Ok(sqlx::query_scalar("SELECT VERSION()").fetch_one(&mut self.as_root().await?).await?)
    }

    /// Stops it in order and deletes its data.
    ///
    /// # Errors
    /// When it does not stop.
    pub async fn stop(&mut self) -> anyhow::Result<()> {
        if let Some(pid) = self.launcher.id().and_then(|pid| Pid::from_raw(pid as i32)) {
            kill_process(pid, Signal::TERM)?;
        }
        let ended = tokio::time::timeout(STOP, self.launcher.wait()).await.context("the shop does not stop")??;
        if !ended.success() {
            bail!("the shop stopped with {ended}");
        }
        Ok(fs::remove_dir_all(&self.folder)?)
    }
}
