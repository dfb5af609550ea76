//! Running a private server: its command line, and how we know that it is up.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use anyhow::Context as _;
use sqlx::{Connection as _, MySqlConnection, mysql::MySqlConnectOptions};

use super::{
    accounts::start_script,
    find::{Binaries, Flavour},
};
use crate::{
    home::{make_private, write_private},
    trust::Secrets,
};

/// A private server on the loopback interface.
#[derive(Debug, Clone)]
pub struct Server {
    pub binaries: Binaries,
    pub data: PathBuf,
    /// Statements that it runs before it lets anybody in.
    pub script: PathBuf,
    /// For its temporary tables alone: MariaDB deletes at its start those of every server that shares the folder.
    pub scratch: PathBuf,
    pub address: SocketAddr,
}

impl Server {
    /// Makes what its command line names.
    ///
    /// # Errors
    /// When the start script or the folder for temporary tables cannot be written.
    pub fn prepare(&self, secrets: &Secrets) -> anyhow::Result<()> {
        make_private(&self.scratch).context("the database's folder for temporary tables")?;
        write_private(&self.script, start_script(secrets).as_bytes()).context("the database's start script")
    }

    /// Program and arguments. A commit is durable when it is acknowledged; the caches are small.
    pub fn command(&self) -> Vec<String> {
        let mut command = vec![self.binaries.server.display().to_string(), "--no-defaults".to_owned()];
        command.extend(self.binaries.places());
        command.extend([
            format!("--datadir={}", self.data.display()),
            // Relative to the data folder: an absolute path could be longer than a socket's name may be.
            "--socket=mysql.sock".to_owned(),
            "--pid-file=mysql.pid".to_owned(),
            format!("--bind-address={}", self.address.ip()),
            format!("--port={}", self.address.port()),
            format!("--init-file={}", self.script.display()),
        ]);
        let scratch = self.scratch.display().to_string();
        // A colon would separate two folders, and cannot be escaped: such a server shares the machine's.
        if !scratch.contains(':') {
            command.push(format!("--tmpdir={scratch}"));
        }
        command.extend(SETTINGS.map(str::to_owned));
        let own: &[&str] = match self.binaries.flavour {
            Flavour::MariaDb => &MARIADB_SETTINGS,
            Flavour::MySql => &MYSQL_SETTINGS,
        };
        command.extend(own.iter().copied().map(str::to_owned));
        if rustix::process::geteuid().is_root() {
            command.push("--user=root".to_owned());
        }
        command
    }
}

const SETTINGS: [&str; 10] = [
    "--skip-name-resolve",
    "--skip-log-bin",
    "--innodb-flush-log-at-trx-commit=1",
    "--innodb-buffer-pool-size=96M",
    "--max-connections=1000",
    "--character-set-server=utf8mb4",
    "--collation-server=utf8mb4_unicode_ci",
    "--transaction-isolation=READ-COMMITTED",
    "--default-time-zone=+00:00",
    "--performance-schema=OFF",
];
const MARIADB_SETTINGS: [&str; 2] = ["--innodb-log-file-size=96M", "--local-infile=OFF"];
const MYSQL_SETTINGS: [&str; 3] = ["--innodb-redo-log-capacity=100M", "--mysqlx=OFF", "--secure-file-priv=NULL"];

/// Waits until a service's user can run a statement.
///
/// # Errors
/// What the last attempt met, when `patience` is over.
pub async fn wait_until_up(url: &str, patience: Duration) -> anyhow::Result<()> {
    let options: MySqlConnectOptions = url.parse()?;
    let attempts = async {
        loop {
            match ask(&options).await {
                Ok(()) => return,
                Err(error) => tracing::debug!(%error, "the database does not answer yet: {error}"),
            }
            tokio::time::sleep(Duration::from_millis(40)).await;
        }
    };
    match tokio::time::timeout(patience, attempts).await {
        Ok(()) => Ok(()),
        Err(_) => ask(&options).await.context("the database does not answer"),
    }
}

async fn ask(options: &MySqlConnectOptions) -> sqlx::Result<()> {
    let mut connection = MySqlConnection::connect_with(options).await?;
    sqlx::query("SELECT 1").execute(&mut connection).await?;
    connection.close().await
}
