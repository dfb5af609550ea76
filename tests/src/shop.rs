//! Starting a shop, and asking where it listens.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    process::{Command, Stdio},
    sync::{Mutex, PoisonError, mpsc},
    time::{Duration, Instant},
};

use serde::Deserialize;
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::OnceCell;

use crate::client::Client;

/// A cold first start of everything on two busy cores.
const START_LIMIT: Duration = Duration::from_secs(180);

/// The ready file, as docs/OPERATIONS.md describes it.
#[derive(Debug, Clone, Deserialize)]
pub struct Ready {
    pub graphql: String,
    pub ws: String,
    pub admin: String,
    pub discovery: String,
    pub kafka: Value,
    pub mysql: BTreeMap<String, String>,
    pub provider: String,
    pub tracker: String,
    pub logins: BTreeMap<String, Login>,
    pub mailbox: PathBuf,
    pub pids: BTreeMap<String, u32>,
}

impl Ready {
    /// Pids of the replicas of a part, e.g. of `orders` and `orders-2`.
    pub fn of_part(&self, part: &str) -> BTreeMap<String, u32> {
        let is_of = |name: &str| name.strip_prefix(part).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
        self.pids.iter().filter(|(name, _)| is_of(name)).map(|(name, pid)| (name.clone(), *pid)).collect()
    }
}

#[derive(Debug, Clone, Deserialize)]
pub struct Login {
    pub email: String,
    pub password: String,
}

/// A running shop; it stops when this is dropped, and dies with the test process.
#[derive(Debug)]
pub struct Shop {
    pub ready: Ready,
    launcher: u32,
    stopped: Mutex<mpsc::Receiver<()>>,
    folder: TempDir,
    /// Variables that its services were given, which `souk verify` reads its limits from.
    pub(crate) variables: Vec<(String, String)>,
}

/// One shop for all tests of a binary: they share no rows, so they may share the shop.
pub async fn shared() -> &'static Shop {
    static SHOP: OnceCell<Shop> = OnceCell::const_new();
    SHOP.get_or_init(|| Shop::start(&[])).await
}

impl Shop {
    /// Starts `souk up` with free ports, a data folder of its own and `options`, and waits until all is up.
    ///
    /// # Panics
    /// When the binary is not built or the shop does not come up: with the end of its log.
    pub async fn start(options: &[&str]) -> Self {
        Self::start_with(options, &[]).await
    }

    /// The same with `variables` for its services; a test may arm failpoints in the folder [`Shop::failpoints`].
    ///
    /// # Panics
    /// As [`Shop::start`].
    pub async fn start_with(options: &[&str], variables: &[(&str, &str)]) -> Self {
        let folder = tempfile::Builder::new().prefix("souk-shop-").tempdir().expect("a temporary folder can be made");
        std::fs::create_dir(folder.path().join("failpoints")).expect("the folder is ours");
        let mut command = Command::new("setpriv");
        command
            .env("SOUK_FAILPOINTS_DIR", folder.path().join("failpoints"))
            .envs(variables.iter().copied())
            // The shop must not outlive the tests, however they end.
            .args(["--pdeathsig", "TERM"])
            .arg(binary())
            .args(["up", "--ports", "auto", "--quiet", "--data"])
            .arg(folder.path().join("data"))
            .arg("--ready-file")
            .arg(folder.path().join("ready.json"))
            .args(options)
            .args(std::env::var("SOUK_TEST_UP_OPTIONS").unwrap_or_default().split_whitespace())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(folder.path().join("launcher.log")).expect("the folder is ours"));
        let (launcher, stopped) = spawn(command);
        let ready = wait_until_ready(&folder, &stopped).await;
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Self { ready, launcher, stopped: Mutex::new(stopped), folder, variables }
    }

    /// The ready file as it is now: a restarted part has a new pid.
    ///
    /// # Panics
    /// When the file is gone.
    pub fn now(&self) -> Ready {
        let text = std::fs::read(self.folder.path().join("ready.json")).expect("the launcher keeps the ready file");
        serde_json::from_slice(&text).expect("the ready file is written whole")
    }

    /// The shop's data folder.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Where each instance looks for points that a test has armed, and notes in `fired.log` those that fired.
    pub fn failpoints(&self) -> PathBuf {
        self.folder.path().join("failpoints")
    }

    /// Sends a signal to the broker and gives its pid; the embedded one lives in the launcher.
    pub async fn signal_broker(&self, name: &str) -> u32 {
        if self.ready.pids.contains_key("kafka") {
            return self.signal("kafka", name).await;
        }
        assert!(signal(self.launcher, name), "the launcher runs as long as its shop");
        self.launcher
    }

    /// Kills one part with -9 and gives its pid; the launcher restarts it.
    ///
    /// # Panics
    /// When no process of it runs within the limit.
    pub async fn kill(&self, part: &str) -> u32 {
        self.signal(part, "KILL").await
    }

    /// Sends a signal to one part and gives its pid. One that is dead at the moment is waited for: somebody else may
    /// have killed it.
    ///
    /// # Panics
    /// When no process of it runs within the limit.
    pub async fn signal(&self, part: &str, name: &str) -> u32 {
        crate::eventually(&format!("a process of {part}"), crate::LIMIT, || {
            let reached = self.now().pids.get(part).copied().filter(|pid| signal(*pid, name));
            std::future::ready(reached)
        })
        .await
    }

    /// Lets one process go on; false when it is dead.
    pub fn resume(&self, pid: u32) -> bool {
        signal(pid, "CONT")
    }

    /// Waits until the launcher has started `part` anew after `old` died, and it answers.
    ///
    /// # Panics
    /// When it does not within the limit.
    pub async fn restarted(&self, part: &str, old: u32) {
        let what = format!("a new process of {part}");
        crate::until(&what, crate::LIMIT, || {
            std::future::ready(self.now().pids.get(part).is_some_and(|pid| *pid != old))
        })
        .await;
    }

    /// A client without a token.
    pub fn anonymous(&self) -> Client {
        Client::new(&self.ready.graphql, None)
    }

    /// A client signed in as one of the demo logins: `customer`, `staff` or `admin`.
    ///
    /// # Panics
    /// When the sign-in is refused.
    pub async fn login(&self, who: &str) -> Client {
        let login = &self.ready.logins[who];
        self.anonymous().sign_in(&login.email, &login.password).await
    }

    /// A statement run by the server's administrator, to look where a service's user may not.
    ///
    /// # Panics
    /// When the shop's secrets or its server cannot be read.
    pub async fn as_root(&self) -> sqlx::MySqlConnection {
        use sqlx::Connection as _;
        let secrets = std::fs::read(self.data().join("trust/secrets.json")).expect("the launcher keeps its secrets");
        let secrets: Value = serde_json::from_slice(&secrets).expect("secrets are JSON");
        let url = url::Url::parse(&self.ready.mysql["orders"]).expect("the ready file holds URLs");
        let options = sqlx::mysql::MySqlConnectOptions::new()
            .host(url.host_str().unwrap_or("127.0.0.1"))
            .port(url.port().unwrap_or(3306))
            .username("root")
            .password(secrets["mysql_root"].as_str().unwrap_or_default());
        sqlx::MySqlConnection::connect_with(&options).await.expect("root may sign in")
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        signal(self.launcher, "TERM");
        let stopped = self.stopped.get_mut().unwrap_or_else(PoisonError::into_inner);
        if stopped.recv_timeout(Duration::from_secs(30)).is_err() {
            signal(self.launcher, "KILL");
        }
    }
}

/// `target/debug/souk`, beside the tests that run.
///
/// # Panics
/// When it is not built.
pub fn binary() -> PathBuf {
    if let Some(path) = std::env::var_os("SOUK_BIN") {
        return path.into();
    }
    let test = std::env::current_exe().expect("a running test has a path");
    let binary = test.ancestors().nth(2).expect("tests lie in target/<profile>/deps").join("souk");
    assert!(binary.exists(), "{} is not built: run `cargo build -p souk` first", binary.display());
    binary
}

/// Starts the launcher from a thread that stays: the death signal goes out when the starting thread ends.
fn spawn(mut command: Command) -> (u32, mpsc::Receiver<()>) {
    let (started, pid) = mpsc::channel();
    let (stopped_sender, stopped) = mpsc::channel();
    std::thread::spawn(move || {
        let mut child =
            command.spawn().unwrap_or_else(|error| panic!("setpriv (util-linux) cannot be started: {error}"));
        let _ = started.send(child.id());
        let _ = child.wait();
        let _ = stopped_sender.send(());
    });
    (pid.recv().expect("the launcher starts"), stopped)
}

async fn wait_until_ready(folder: &TempDir, stopped: &mpsc::Receiver<()>) -> Ready {
    let deadline = Instant::now() + START_LIMIT;
    let path = folder.path().join("ready.json");
    loop {
        if let Some(ready) = std::fs::read(&path).ok().and_then(|text| serde_json::from_slice(&text).ok()) {
            return ready;
        }
        let log = || std::fs::read_to_string(folder.path().join("launcher.log")).unwrap_or_default();
        assert!(stopped.try_recv().is_err(), "`souk up` ended:\n{}", log());
        assert!(Instant::now() < deadline, "the shop was not up within {START_LIMIT:?}:\n{}", log());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Whether there was a process to send it to.
pub(crate) fn signal(pid: u32, name: &str) -> bool {
    let sent = Command::new("kill").arg(format!("-{name}")).arg(pid.to_string()).stderr(Stdio::null()).status();
    sent.is_ok_and(|status| status.success())
}
