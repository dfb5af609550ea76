//! Starting a real shop on free ports in a folder of its own.

use std::{
    collections::BTreeMap,
    fs::File,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

/// From cold: an installation of the database, migrations of six services, all on a busy machine.
const START: Duration = Duration::from_secs(120);

/// The program under test, with none of this machine's settings.
pub fn souk() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_souk"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("SOUK_")) {
        command.env_remove(name);
    }
    let cache = std::env::var_os("SOUK_CACHE_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("souk-cache"), PathBuf::from);
    command.env("SOUK_CACHE_DIR", cache).stdin(Stdio::null());
    command
}

/// Gone with the test.
pub struct Folder(tempfile::TempDir);

impl Folder {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn data(&self) -> PathBuf {
        self.0.path().join("data")
    }

    pub fn ready_file(&self) -> PathBuf {
        self.0.path().join("ready.json")
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    fn output(&self) -> PathBuf {
        self.0.path().join("output.txt")
    }
}

/// A running shop; ended by force when the test fails.
pub struct Shop {
    launcher: Child,
    ready_file: PathBuf,
    output: PathBuf,
}

/// Where a shop keeps what.
pub struct Launch {
    pub data: PathBuf,
    /// Installs the database anew, in the data folder.
    pub own_cache: bool,
}

impl Shop {
    /// Starts a shop and waits for its ready file.
    pub fn up(folder: &Folder, options: &[&str]) -> Self {
        Self::begin(folder, options).wait_until_up()
    }

    /// Starts a shop and does not wait.
    pub fn begin(folder: &Folder, options: &[&str]) -> Self {
        Self::spawn(folder, Launch { data: folder.data(), own_cache: false }, options)
    }

    /// Starts a shop elsewhere and waits for its ready file.
    pub fn launch(folder: &Folder, launch: Launch, options: &[&str]) -> Self {
        Self::spawn(folder, launch, options).wait_until_up()
    }

    fn spawn(folder: &Folder, launch: Launch, options: &[&str]) -> Self {
        // A launcher that was killed leaves it behind.
        let _ = std::fs::remove_file(folder.ready_file());
        let output = File::create(folder.output()).unwrap();
        let mut command = souk();
        if launch.own_cache {
            command.env_remove("SOUK_CACHE_DIR");
        }
        command.args(["up", "--ports", "auto", "--quiet", "--data"]).arg(launch.data);
        command.arg("--ready-file").arg(folder.ready_file()).args(options);
        // As `make interop` sets it: --kafka apache
        command.args(std::env::var("SOUK_TEST_UP_OPTIONS").unwrap_or_default().split_whitespace());
        command.stdout(output.try_clone().unwrap()).stderr(output);
        Self { launcher: command.spawn().unwrap(), ready_file: folder.ready_file(), output: folder.output() }
    }

    fn wait_until_up(mut self) -> Self {
        wait_until("the shop is up", START, || {
            let ended = self.launcher.try_wait().unwrap();
            assert!(ended.is_none(), "the launcher ended ({ended:?}):\n{}", self.told());
            self.ready_file.exists()
        });
        self
    }

    /// What the launcher has written so far.
    pub fn told(&self) -> String {
        std::fs::read_to_string(&self.output).unwrap_or_default()
    }

    /// The ready file as it stands.
    pub fn facts(&self) -> Value {
        serde_json::from_slice(&std::fs::read(&self.ready_file).unwrap()).unwrap()
    }

    /// Instance -> process id.
    pub fn pids(&self) -> BTreeMap<String, u32> {
        serde_json::from_value(self.facts()["pids"].clone()).unwrap()
    }

    /// True when the graph gives products without an error.
    pub fn answers(&self) -> bool {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let _ = rustls::crypto::ring::default_provider().install_default();
        let url = self.facts()["graphql"].as_str().unwrap().to_owned();
        let asked = runtime.block_on(async {
            let query = json!({ "query": "{ products(first: 1) { totalCount } }" });
            reqwest::Client::new().post(url).json(&query).send().await?.json::<Value>().await
        });
        asked.is_ok_and(|body| body["errors"].is_null() && body["data"]["products"].is_object())
    }

    /// Ends the launcher by force, as a crash would.
    pub fn kill(&mut self) {
        self.launcher.kill().unwrap();
        self.launcher.wait().unwrap();
    }

    /// Asks for a stop, as Ctrl-C does, and waits for it.
    pub fn stop(&mut self) -> ExitStatus {
        kill_process(Pid::from_raw(self.launcher.id() as i32).unwrap(), Signal::INT).unwrap();
        let mut ended = None;
        wait_until("the launcher ends", Duration::from_secs(60), || {
            ended = self.launcher.try_wait().unwrap();
            ended.is_some()
        });
        ended.unwrap()
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        // Its children die with it.
        let _ = self.launcher.kill();
        let _ = self.launcher.wait();
    }
}

pub fn kill(pid: u32) {
    kill_process(Pid::from_raw(pid as i32).unwrap(), Signal::KILL).unwrap();
}

/// Zombies apart: their parent may be slow to take notice.
pub fn alive(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(')').is_some_and(|(_, rest)| !rest.trim_start().starts_with('Z'))
}

/// Looks every 20 ms until `condition` holds.
pub fn wait_until(what: &str, limit: Duration, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + limit;
    while !condition() {
        assert!(Instant::now() < deadline, "not within {limit:?}: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
