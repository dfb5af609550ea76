//! One private MySQL server a test binary, one fresh database a test.
//!
//! The server's data directory is copied from a template that is made once a machine, so a start takes well under
//! a second. The server dies with the test process (`setpriv --pdeathsig`), also when that is killed.

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::OnceLock,
    time::{Duration, Instant},
};

use secrecy::SecretString;
use sqlx::{Connection as _, MySqlConnection, mysql::MySqlConnectOptions};
use tempfile::TempDir;

const INSTALL: &str = "install it with `make setup` (mariadb-server-core)";

/// The server of this test binary.
#[derive(Debug)]
pub struct MySql {
    pub port: u16,
    _data: TempDir,
}

/// A database of one test.
#[derive(Debug, Clone)]
pub struct Database {
    pub name: String,
    pub port: u16,
}

impl MySql {
    /// The running server, started at the first call.
    ///
    /// # Panics
    /// When no server is installed or it does not start: the message says what to do.
    pub async fn shared() -> &'static Self {
        static SERVER: OnceLock<MySql> = OnceLock::new();
        tokio::task::spawn_blocking(|| SERVER.get_or_init(start)).await.expect("starting MySQL does not panic twice")
    }

    /// A fresh, empty database.
    ///
    /// # Panics
    /// When the server refuses.
    pub async fn database(&self) -> Database {
        let database = Database { name: format!("t{}", uuid::Uuid::new_v4().simple()), port: self.port };
        let mut root = connect(self.port, "").await.expect("the private server accepts root");
        let create = format!("CREATE DATABASE {} CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci", database.name);
        sqlx::query(sqlx::AssertSqlSafe(create)).execute(&mut root).await.expect("root may create databases");
        database
    }
}

impl Database {
    pub fn url(&self) -> SecretString {
        format!("mysql://root@127.0.0.1:{}/{}", self.port, self.name).into()
    }

    /// A connection of the test's own, to look at rows.
    ///
    /// # Panics
    /// When the server is gone.
    pub async fn connect(&self) -> MySqlConnection {
        connect(self.port, &self.name).await.expect("the private server is up")
    }
}

async fn connect(port: u16, database: &str) -> Result<MySqlConnection, sqlx::Error> {
    let options = MySqlConnectOptions::new().host("127.0.0.1").port(port).username("root").database(database);
    MySqlConnection::connect_with(&options).await
}

fn start() -> MySql {
    let template = template();
    let data = tempfile::Builder::new().prefix("souk-mysql-").tempdir().expect("a temporary folder can be made");
    let datadir = data.path().join("data");
    copy(&template, &datadir);
    let port = free_port();
    let log = fs::File::create(data.path().join("log")).expect("the log can be written");
    let mut command = Command::new("setpriv");
    command
        .args(["--pdeathsig", "KILL", "mariadbd", "--no-defaults", "--skip-name-resolve", "--bind-address=127.0.0.1"])
        // Durability is not what service tests ask about; the fault tests of the whole shop run with it on.
        .args(["--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=64M", "--innodb-log-file-size=16M"])
        .arg("--max-connections=500")
        .arg(format!("--port={port}"))
        .arg(format!("--datadir={}", datadir.display()))
        .arg(format!("--socket={}", data.path().join("s").display()))
        .arg(format!("--pid-file={}", data.path().join("pid").display()))
        .args(as_root())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log);
    // The death signal goes out when the starting thread ends, so that thread stays.
    std::thread::spawn(move || {
        let mut child =
            command.spawn().unwrap_or_else(|error| panic!("mariadbd cannot be started ({error}): {INSTALL}"));
        let _ = child.wait();
    });
    wait_for_port(port, &data.path().join("log"));
    MySql { port, _data: data }
}

fn template() -> PathBuf {
    let place = std::env::temp_dir().join("souk-mysql-template-10");
    if place.join("ready").exists() {
        return place.join("data");
    }
    // Made beside and renamed: two test binaries that start together both make one, and one of them stays.
    let beside = std::env::temp_dir().join(format!("souk-mysql-template-{}", std::process::id()));
    let _ = fs::remove_dir_all(&beside);
    fs::create_dir_all(&beside).expect("a temporary folder can be made");
    let done = Command::new("mariadb-install-db")
        .args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"])
        .arg(format!("--datadir={}", beside.join("data").display()))
        .args(as_root())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap_or_else(|error| panic!("mariadb-install-db cannot be run ({error}): {INSTALL}"));
    assert!(done.success(), "mariadb-install-db failed in {}", beside.display());
    fs::write(beside.join("ready"), "").expect("the temporary folder is ours");
    if fs::rename(&beside, &place).is_err() {
        let _ = fs::remove_dir_all(&beside);
    }
    place.join("data")
}

fn copy(from: &Path, to: &Path) {
    let done = Command::new("cp").args(["-r", "--reflink=auto"]).arg(from).arg(to).status().expect("cp is there");
    assert!(done.success(), "the template could not be copied");
}

fn as_root() -> Option<&'static str> {
    let root = fs::metadata("/proc/self").is_ok_and(|meta| std::os::unix::fs::MetadataExt::uid(&meta) == 0);
    root.then_some("--user=root")
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    listener.local_addr().expect("a bound listener has an address").port()
}

fn wait_for_port(port: u16, log: &Path) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(
            Instant::now() < deadline,
            "mariadbd did not start: {INSTALL}\n{}",
            fs::read_to_string(log).unwrap_or_default()
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}
