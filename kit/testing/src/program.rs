//! Which server program tests run on: MariaDB as installed, or the MySQL that `SOUK_MYSQLD` names.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// MySQL's first root comes from `localhost` alone, which a server that resolves no names never sees.
const ROOT: &str = "CREATE USER root@'127.0.0.1' IDENTIFIED BY '';
GRANT ALL ON *.* TO root@'127.0.0.1' WITH GRANT OPTION;
";

pub(crate) const INSTALL: &str = "install it with `make setup` (mariadb-server-core)";

/// A server program; the two take different options.
#[derive(Debug, Clone)]
pub(crate) enum Program {
    MariaDb,
    /// Its `mysqld`.
    MySql(PathBuf),
}

impl Program {
    pub fn chosen() -> Self {
        let named = std::env::var_os("SOUK_MYSQLD").filter(|path| !path.is_empty());
        named.map_or(Self::MariaDb, |path| Self::MySql(path.into()))
    }

    pub fn server(&self) -> OsString {
        match self {
            Self::MariaDb => "mariadbd".into(),
            Self::MySql(path) => path.into(),
        }
    }

    /// Options beside those that both know.
    pub fn options(&self) -> &'static [&'static str] {
        match self {
            Self::MariaDb => &["--innodb-log-file-size=16M"],
            // MySQL wants the larger log, and has a second listener that nobody needs.
            Self::MySql(_) => {
                &["--innodb-redo-log-capacity=64M", "--mysqlx=OFF", "--skip-log-bin", "--secure-file-priv=NULL"]
            }
        }
    }

    /// Where its template of a data directory lies.
    pub fn template(&self) -> PathBuf {
        std::env::temp_dir().join(match self {
            Self::MariaDb => "souk-mysql-template-10",
            Self::MySql(_) => "souk-mysql-template-mysql",
        })
    }

    /// Makes a data directory whose root has no password.
    ///
    /// # Panics
    /// When the program is missing or fails: the message says what to do.
    pub fn make_data(&self, data: &Path) {
        let mut command = match self {
            Self::MariaDb => {
                let mut command = Command::new("mariadb-install-db");
                command.args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"]);
                command
            }
            Self::MySql(server) => {
                let mut command = Command::new(server);
                let accounts = data.with_extension("sql");
                fs::write(&accounts, ROOT).expect("the temporary folder is ours");
                command.args(["--no-defaults", "--initialize-insecure"]).args(self.options());
                command.arg(format!("--init-file={}", accounts.display()));
                command
            }
        };
        let done = command
            .arg(format!("--datadir={}", data.display()))
            .env("TMPDIR", scratch(data.parent().expect("a data directory lies in a folder of its own")))
            .args(as_root())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .unwrap_or_else(|error| panic!("{command:?} cannot be run ({error}): {INSTALL}"));
        assert!(done.success(), "{command:?} failed");
        // Copies are servers of their own, which must not share MySQL's id of a server.
        let _ = fs::remove_file(data.join("auto.cnf"));
    }
}

/// A folder for the temporary tables of one server: MariaDB deletes at its start those of every server that shares it.
pub(crate) fn scratch(folder: &Path) -> PathBuf {
    let scratch = folder.join("tmp");
    fs::create_dir_all(&scratch).expect("the folder is ours");
    scratch
}

pub(crate) fn as_root() -> Option<&'static str> {
    let root = fs::metadata("/proc/self").is_ok_and(|meta| std::os::unix::fs::MetadataExt::uid(&meta) == 0);
    root.then_some("--user=root")
}
