//! A ground of databases, topics and keys, and services that stand on it as processes of their own.

use std::{
    fs,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Stdio},
    sync::mpsc,
    time::Duration,
};

use souk_tests::shop;
use tempfile::TempDir;

use crate::guide;

/// What a service needs before it starts, in a folder of its own (with a blank in its name, as people have them).
pub struct Ground {
    pub router: SocketAddr,
    pub router_admin: SocketAddr,
    addresses: String,
    folder: TempDir,
}

impl Ground {
    /// `mysql` and `kafka` are host:port.
    pub fn new(mysql: &str, kafka: &str) -> Self {
        let folder = tempfile::Builder::new().prefix("souk alone ").tempdir().unwrap();
        let [discovery, router, router_admin, provider] = std::array::from_fn(|_| free_address());
        let addresses = format!(
            "MYSQL={mysql}\nKAFKA={kafka}\nDISCOVERY={discovery}\nROUTER={router}\nROUTER_ADMIN={router_admin}\n\
             PROVIDER={provider}\nTRUST=$PWD/trust\nDATA=$PWD/data\n"
        );
        // The page's own block must not hold a name that this one lacks.
        for line in guide::block("addresses").lines() {
            let name = line.split_once('=').unwrap().0;
            assert!(addresses.contains(&format!("{name}=")), "{name} is new in docs/OPERATIONS.md");
        }
        Self { router, router_admin, addresses, folder }
    }

    /// Runs blocks of the page that end by themselves.
    pub fn run(&self, blocks: &[&str]) {
        for block in blocks {
            let output = self.shell(&guide::block(block)).output().unwrap();
            assert!(output.status.success(), "{block}: {}", String::from_utf8_lossy(&output.stderr));
        }
    }

    /// Starts the block of a service; `more` are lines of variables that win.
    pub fn start(&self, service: &str, more: &str) -> Service {
        let block = guide::block(service).replace("\nsouk serve", &format!("\n{more}\nexec souk serve"));
        let log = self.folder.path().join(format!("{service}.log"));
        let ready_file = self.data().join(format!("{service}.ready.json"));
        // Of an earlier life.
        let _ = fs::remove_file(&ready_file);
        let mut command = self.shell(&block);
        command.stdout(Stdio::null()).stderr(fs::File::create(&log).unwrap());
        let (started, pid) = mpsc::channel();
        let (ended_sender, ended) = mpsc::channel();
        // The death signal goes out when the starting thread ends, so that thread stays as long as the service.
        std::thread::spawn(move || {
            let mut child = command.spawn().unwrap();
            let _ = started.send(child.id());
            let _ = ended_sender.send(child.wait().unwrap());
        });
        Service { name: service.to_owned(), pid: pid.recv().unwrap(), ended, log, ready_file }
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn shell(&self, block: &str) -> Command {
        let binary = shop::binary();
        let path = std::env::var("PATH").unwrap_or_default();
        let mut command = Command::new("setpriv");
        // The services must not outlive the tests, however they end.
        command.args(["--pdeathsig", "KILL", "sh", "-ec"]).arg(format!("{}{block}", self.addresses));
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("SOUK_")) {
            command.env_remove(name);
        }
        command.env("PATH", format!("{}:{path}", binary.parent().unwrap().display()));
        command.current_dir(self.folder.path()).stdin(Stdio::null());
        command
    }
}

/// One process.
pub struct Service {
    pub name: String,
    pid: u32,
    ended: mpsc::Receiver<ExitStatus>,
    log: PathBuf,
    ready_file: PathBuf,
}

impl Service {
    /// Waits until it answers 200 at `/health/ready`.
    pub async fn ready(&self) {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        souk_tests::until(&format!("{} is ready:\n{}", self.name, self.told()), souk_tests::LIMIT, || async {
            let Some(address) = announced(&self.ready_file) else { return false };
            let answer = http.get(format!("http://{address}/health/ready")).send().await;
            answer.is_ok_and(|answer| answer.status().is_success())
        })
        .await;
    }

    pub fn terminate(&self) {
        let _ = Command::new("kill").arg("-TERM").arg(self.pid.to_string()).status();
    }

    /// The exit status, once it has ended.
    pub fn wait(&self) -> Option<i32> {
        let status = self.ended.recv_timeout(Duration::from_secs(40));
        status.unwrap_or_else(|_| panic!("{} does not end:\n{}", self.name, self.told())).code()
    }

    /// Its standard error.
    pub fn told(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = Command::new("kill").arg("-KILL").arg(self.pid.to_string()).stderr(Stdio::null()).status();
    }
}

/// An address of the loopback interface that nobody holds.
pub fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

fn announced(file: &Path) -> Option<SocketAddr> {
    let addresses = souk_process::ready::read(file)?;
    addresses.get("admin").or_else(|| addresses.get("http")).copied()
}
