//! One running child: started in a process group of its own, so that Ctrl-C reaches the launcher alone and the
//! children stop in order.

use std::{
    io,
    net::SocketAddr,
    process::{ExitStatus, Stdio},
    time::Duration,
};

use close_fds::CloseFdsBuilder;
use rustix::process::{Pid, Signal, kill_process};
use tokio::{
    process::{Child, Command},
    task::JoinHandle,
};

use super::{logs::Logs, part::Part};
use crate::infra::guard::LAUNCHER_PID;

/// The file descriptors before it are the standard streams.
const FIRST_OF_OURS: i32 = 3;
/// How long an ended process's log is read on.
const LAST_WORDS: Duration = Duration::from_millis(500);
/// Variables that the launcher decides for each child; what its own environment says of them is for itself.
const OURS: [&str; 25] = [
    "SOUK_LISTEN",
    "SOUK_ADMIN_LISTEN",
    "SOUK_ADVERTISE_HOST",
    "SOUK_READY_FILE",
    "SOUK_INSTANCE",
    "SOUK_PROFILE",
    "SOUK_MYSQL_URL",
    "SOUK_KAFKA_BROKERS",
    "SOUK_KAFKA_EPOCH",
    "SOUK_DISCOVERY_URLS",
    "SOUK_DISCOVERY_SECRET",
    "SOUK_DISCOVERY_CREDENTIALS",
    "SOUK_TRUST_BUNDLE",
    "SOUK_SERVICE_KEY",
    "SOUK_SIGNING_KEYS",
    "SOUK_BOOTSTRAP_ACCOUNTS",
    "SOUK_PUBLIC_URL",
    "SOUK_PROVIDER_URL",
    "SOUK_PROVIDER_API_KEY",
    "SOUK_PROVIDER_WEBHOOK_SECRET",
    "SOUK_PROVIDER_WEBHOOK_URL",
    "SOUK_PROVIDER_PUBLIC_URL",
    "SOUK_PROVIDER_LEDGER",
    "SOUK_MAILBOX_DIR",
    "SOUK_ROUTER_STATE_DIR",
];

#[derive(Debug)]
pub struct Running {
    child: Child,
    pub pid: u32,
    /// The tasks that read its two streams; they end with the streams.
    readers: Vec<JoinHandle<()>>,
}

impl Running {
    /// Starts the part; `listen` is where it listened before, when it is a restart.
    ///
    /// The kernel ties the child's life to the thread that starts it, so this runs on the runtime's own threads
    /// (which live as long as the launcher) and never in `spawn_blocking`.
    ///
    /// # Errors
    /// When the program cannot be started or its log not be opened.
    pub fn start(part: &Part, listen: Option<SocketAddr>, logs: &Logs) -> io::Result<Self> {
        logs.open(&part.name)?;
        let (program, arguments) = part.command.split_first().ok_or(io::ErrorKind::InvalidInput)?;
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        for name in OURS {
            command.env_remove(name);
        }
        command.envs(part.environment.iter().map(|(name, value)| (name, value)));
        command.env(LAUNCHER_PID, std::process::id().to_string());
        if let Some(listen) = listen {
            command.env("SOUK_LISTEN", listen.to_string());
        }
        command.process_group(0).kill_on_drop(true);
        // librdkafka opens the embedded broker's sockets for every child to inherit. One that is open in a child is not
        // closed by the broker, and the client at its other end waits for an answer that never comes.
        CloseFdsBuilder::new().threadsafe(true).cloexecfrom(FIRST_OF_OURS);
        let mut child = command.spawn()?;
        let mut readers = Vec::new();
        if let Some(stdout) = child.stdout.take() {
            readers.push(tokio::spawn(logs.clone().pump(part.name.clone(), stdout)));
        }
        if let Some(stderr) = child.stderr.take() {
            readers.push(tokio::spawn(logs.clone().pump(part.name.clone(), stderr)));
        }
        let pid = child.id().ok_or(io::ErrorKind::NotFound)?;
        Ok(Self { child, pid, readers })
    }

    /// Resolves when the process has ended and its last words were read.
    pub async fn ended(&mut self) -> String {
        let told = match self.child.wait().await {
            Ok(status) => told(status),
            Err(error) => format!("was lost: {error}"),
        };
        // A grandchild could hold the streams open, so this does not wait for long.
        let last_words = futures_util::future::join_all(self.readers.drain(..));
        let _ = tokio::time::timeout(LAST_WORDS, last_words).await;
        told
    }

    /// Asks for a stop in good order and insists after `grace`; false when it had to.
    pub async fn stop(&mut self, grace: Duration) -> bool {
        if let Some(pid) = self.child.id().and_then(|pid| Pid::from_raw(pid as i32)) {
            let _ = kill_process(pid, Signal::TERM);
        }
        if tokio::time::timeout(grace, self.child.wait()).await.is_ok() {
            return true;
        }
        self.kill().await;
        false
    }

    pub async fn kill(&mut self) {
        // Fails only when the process has ended by itself.
        let _ = self.child.kill().await;
    }
}

fn told(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt as _;
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("ended with status {code}"),
        (None, Some(signal)) => format!("was ended by signal {signal}"),
        (None, None) => "ended".to_owned(),
    }
}
