//! Finding a server program: MariaDB first, since a packaged mysqld may be confined away from our folder.

use std::{
    env,
    ffi::OsStr,
    path::{Path, PathBuf},
    process::Command,
};

/// What to tell a reader on whose machine there is none.
pub const MISSING: &str = "neither mariadbd nor mysqld was found: run `make setup` (or apt-get install \
                           mariadb-server-core mariadb-client-core), or set SOUK_MYSQL_URL to a server of yours";

/// Which of the two servers; they take different options.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flavour {
    MariaDb,
    MySql,
}

#[derive(Debug, Clone)]
pub struct Binaries {
    pub flavour: Flavour,
    pub server: PathBuf,
    /// `mariadb-install-db`; MySQL's server makes its data folder itself.
    pub installer: Option<PathBuf>,
    /// Root of packages that were unpacked and not installed: their files lie elsewhere than compiled in.
    pub unpacked: Option<PathBuf>,
    /// As the server tells it, e.g. `10.11.14-MariaDB-0+deb12u2`.
    pub version: String,
}

/// `SOUK_MYSQLD` when set, else the first server of the usual places and of `tools`.
pub fn find(tools: &[PathBuf]) -> Option<Binaries> {
    if let Some(given) = env::var_os("SOUK_MYSQLD").filter(|given| !given.is_empty()) {
        return examine(Path::new(&given), None);
    }
    let unpacked: Vec<PathBuf> = tools.iter().map(|tools| tools.join("mariadb")).collect();
    ["mariadbd", "mysqld"].into_iter().find_map(|name| {
        let installed = usual_folders().map(|folder| (folder.join(name), None));
        let ours = unpacked.iter().filter_map(|root| {
            let root = root.canonicalize().ok()?;
            Some((root.join("usr/sbin").join(name), Some(root)))
        });
        let mut candidates: Vec<_> = installed.collect();
        candidates.extend(ours);
        candidates.into_iter().find_map(|(server, root)| examine(&server, root))
    })
}

impl Binaries {
    /// A command of the server's package that finds its libraries also when unpacked.
    pub fn environment(&self) -> Vec<(String, String)> {
        let Some(root) = &self.unpacked else { return Vec::new() };
        let folders: Vec<String> = library_folders(root).iter().map(|path| path.display().to_string()).collect();
        vec![("LD_LIBRARY_PATH".to_owned(), folders.join(":"))]
    }

    /// Options that tell an unpacked server where its files are.
    pub fn places(&self) -> Vec<String> {
        let Some(root) = &self.unpacked else { return Vec::new() };
        let usr = root.join("usr");
        vec![
            format!("--basedir={}", usr.display()),
            format!("--lc-messages-dir={}", usr.join("share/mysql").display()),
            format!("--character-sets-dir={}", usr.join("share/mysql/charsets").display()),
            format!("--plugin-dir={}", usr.join("lib/mysql/plugin").display()),
        ]
    }
}

fn usual_folders() -> impl Iterator<Item = PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let named: Vec<PathBuf> = env::split_paths(&path).collect();
    let more = [
        "/usr/sbin",
        "/usr/local/sbin",
        "/usr/local/mysql/bin",
        "/opt/homebrew/bin",
        "/opt/homebrew/opt/mariadb/bin",
        "/usr/local/opt/mariadb/bin",
    ];
    named.into_iter().chain(more.into_iter().map(PathBuf::from))
}

fn examine(server: &Path, unpacked: Option<PathBuf>) -> Option<Binaries> {
    if !server.is_file() {
        return None;
    }
    let mut command = Command::new(server);
    if let Some(root) = &unpacked {
        command.env("LD_LIBRARY_PATH", env::join_paths(library_folders(root)).ok()?);
    }
    let output = command.args(["--no-defaults", "--version"]).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let version = text.split_once("Ver ")?.1.split_whitespace().next()?.to_owned();
    let flavour = if version.contains("MariaDB") { Flavour::MariaDb } else { Flavour::MySql };
    let installer = match flavour {
        Flavour::MariaDb => Some(installer_beside(server, unpacked.as_deref())?),
        Flavour::MySql => None,
    };
    Some(Binaries { flavour, server: server.to_owned(), installer, unpacked, version })
}

fn installer_beside(server: &Path, unpacked: Option<&Path>) -> Option<PathBuf> {
    let name = OsStr::new("mariadb-install-db");
    let mut places: Vec<PathBuf> = match unpacked {
        Some(root) => vec![root.join("usr/bin")],
        None => usual_folders().collect(),
    };
    places.extend(server.parent().map(Path::to_owned));
    places.into_iter().map(|folder| folder.join(name)).find(|path| path.is_file())
}

/// Debian keeps libraries in a folder named after the machine, e.g. `usr/lib/x86_64-linux-gnu`.
fn library_folders(root: &Path) -> Vec<PathBuf> {
    let machine = format!("{}-linux-gnu", env::consts::ARCH);
    ["usr/lib", "lib"].into_iter().flat_map(|lib| [root.join(lib).join(&machine), root.join(lib)]).collect()
}
