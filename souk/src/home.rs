//! The data folder of one shop: what lies where, who may open it, and how it is emptied.
//!
//! ```text
//! .souk/
//!   lock                 held for as long as a shop runs on this folder
//!   shop.json            where everything listens (only while it runs)
//!   run/                 ready files, pids, the database's start script and temporary tables
//!   trust/               keys, trust bundle, credentials, passwords: made once, mode 0600
//!   mysql/ kafka/        the private servers' data
//!   provider/ mailbox/ router/   what those processes keep
//!   logs/<instance>.log  and the previous run's as .log.1
//!   cache/ tools/        templates, jars, unpacked packages: kept by a reset
//! ```

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Seek as _, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use rustix::fs::FlockOperation;

/// Marks a folder as ours, so that a reset never empties somebody else's.
const MARKER: &str = "souk-data";
/// Survives a reset: costly to fetch again and without state.
const KEPT_BY_RESET: [&str; 3] = ["cache", "tools", "lock"];
/// Begins the names of what is not whole yet in a cache.
const UNFINISHED: &str = "unfinished.";

#[derive(Debug, Clone)]
pub struct Home {
    root: PathBuf,
}

/// Holds the folder for one launcher; the kernel lets go of it when the process ends, however it ends.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "held, not read")] File);

impl Home {
    /// Opens the folder, making it (mode 0700) when it is not there.
    ///
    /// # Errors
    /// When the folder cannot be made, or holds other things than a shop's data.
    pub fn open(root: &Path) -> anyhow::Result<Self> {
        let fresh = !root.join(MARKER).exists();
        make_private(root).with_context(|| format!("the data folder {} cannot be made", root.display()))?;
        let root = fs::canonicalize(root)?;
        if root.to_str().is_none() {
            bail!("{} is not UTF-8 text: the database needs a folder with a plain name", root.display());
        }
        let home = Self { root };
        if fresh {
            home.claim()?;
        }
        for folder in ["run", "trust", "logs", "mailbox", "provider", "router", "cache"] {
            make_private(&home.root.join(folder))?;
        }
        Ok(home)
    }

    /// A folder that must already hold a shop's data.
    ///
    /// # Errors
    /// When it does not.
    pub fn existing(root: &Path) -> anyhow::Result<Self> {
        if !root.join(MARKER).exists() {
            bail!("{} is not the data folder of a shop: start one with `souk up`, or name its --data", root.display());
        }
        Ok(Self { root: fs::canonicalize(root)? })
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    pub fn run(&self) -> PathBuf {
        self.root.join("run")
    }

    pub fn trust(&self) -> PathBuf {
        self.root.join("trust")
    }

    pub fn logs(&self) -> PathBuf {
        self.root.join("logs")
    }

    pub fn mysql(&self) -> PathBuf {
        self.root.join("mysql")
    }

    pub fn kafka(&self) -> PathBuf {
        self.root.join("kafka")
    }

    pub fn mailbox(&self) -> PathBuf {
        self.root.join("mailbox")
    }

    pub fn provider_ledger(&self) -> PathBuf {
        self.root.join("provider").join("ledger.jsonl")
    }

    pub fn router_state(&self) -> PathBuf {
        self.root.join("router")
    }

    /// Where everything listens; there only while a shop runs.
    pub fn shop_file(&self) -> PathBuf {
        self.root.join("shop.json")
    }

    /// Says which edition of the demo catalogue was loaded.
    pub fn seeded_file(&self) -> PathBuf {
        self.root.join("seeded.json")
    }

    /// Templates and jars. `SOUK_CACHE_DIR` shares one among many data folders, as tests do.
    pub fn cache(&self) -> PathBuf {
        std::env::var_os("SOUK_CACHE_DIR").map_or_else(|| self.root.join("cache"), PathBuf::from)
    }

    /// Where `make setup` unpacks server packages when it may not install them.
    pub fn tools(&self) -> [PathBuf; 2] {
        [self.root.join("tools"), PathBuf::from(".souk/tools")]
    }

    /// Takes the folder for this process.
    ///
    /// # Errors
    /// When another process holds it; its pid is named.
    pub fn lock(&self) -> anyhow::Result<Lock> {
        let path = self.root.join("lock");
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(&path)?;
        if rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
            let mut pid = String::new();
            file.read_to_string(&mut pid)?;
            bail!(
                "a shop already runs on {} (pid {}): stop it first, or give this one a folder of its own with --data",
                self.root.display(),
                pid.trim()
            );
        }
        file.set_len(0)?;
        file.rewind()?;
        writeln!(file, "{}", std::process::id())?;
        Ok(Lock(file))
    }

    /// Deletes all data; caches and tools stay. The lock tells that no shop runs on it.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn empty(&self, _held: &Lock) -> anyhow::Result<()> {
        for entry in fs::read_dir(&self.root)? {
            let entry = entry?;
            if KEPT_BY_RESET.iter().any(|kept| entry.file_name() == *kept) || entry.file_name() == MARKER {
                continue;
            }
            let removed = if entry.file_type()?.is_dir() {
                fs::remove_dir_all(entry.path())
            } else {
                fs::remove_file(entry.path())
            };
            removed.with_context(|| format!("{} cannot be deleted", entry.path().display()))?;
        }
        Ok(())
    }

    fn claim(&self) -> anyhow::Result<()> {
        for entry in fs::read_dir(&self.root)? {
            let name = entry?.file_name();
            if !KEPT_BY_RESET.iter().any(|ours| name == *ours) {
                bail!(
                    "{} holds other files ({}): give the shop a folder of its own with --data",
                    self.root.display(),
                    name.display()
                );
            }
        }
        fs::write(self.root.join(MARKER), "The data of one Souk shop; `souk reset` empties this folder.\n")?;
        Ok(())
    }
}

/// Makes a folder that only its owner may enter; one that is there stays as it is.
///
/// # Errors
/// What the file system says.
pub fn make_private(path: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Where this process makes something for a cache, to be renamed when it is whole. What launchers were making there
/// when they were killed is deleted.
pub fn unfinished(cache: &Path, what: &str) -> PathBuf {
    for entry in fs::read_dir(cache).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let maker = name.strip_prefix(UNFINISHED).and_then(|rest| rest.rsplit_once('.')?.1.parse::<i32>().ok());
        let gone = |maker| rustix::process::test_kill_process(maker) == Err(rustix::io::Errno::SRCH);
        if maker.and_then(rustix::process::Pid::from_raw).is_some_and(gone) {
            // What cannot be deleted now can be later.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
    cache.join(format!("{UNFINISHED}{what}.{}", std::process::id()))
}

/// Writes a file that only its owner may read, beside its place, and renames it there: a reader sees the old content
/// or the new one, and a full disk leaves the old one.
///
/// # Errors
/// What the file system says.
pub fn write_private(path: &Path, content: &[u8]) -> io::Result<()> {
    replace(path, |file| file.write_all(content))
}

/// The same for what cannot be made again: on the disk before the old content is given up.
///
/// # Errors
/// What the file system says.
pub fn write_durable(path: &Path, content: &[u8]) -> io::Result<()> {
    replace(path, |file| file.write_all(content).and_then(|()| file.sync_all()))
}

fn replace(path: &Path, write: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".tmp{}", std::process::id()));
    let beside = path.with_file_name(name);
    let written = (|| {
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
        write(&mut file)?;
        fs::rename(&beside, path)
    })();
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_folder_serves_one_shop_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::open(folder.path()).unwrap();
        let held = home.lock().unwrap();
        let refusal = home.lock().unwrap_err().to_string();
        assert!(refusal.contains(&format!("pid {}", std::process::id())), "{refusal}");
        drop(held);
        home.lock().unwrap();
    }

    #[test]
    fn a_folder_with_other_files_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("thesis.tex"), "dear").unwrap();
        assert!(Home::open(folder.path()).unwrap_err().to_string().contains("thesis.tex"));
        assert!(Home::existing(folder.path()).is_err());
    }

    #[test]
    fn a_reset_keeps_caches_and_tools() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::open(folder.path()).unwrap();
        // By its place: SOUK_CACHE_DIR may put the cache of this very run elsewhere.
        let jar = folder.path().join("cache/jar");
        fs::create_dir_all(folder.path().join("cache")).unwrap();
        fs::write(&jar, "").unwrap();
        fs::write(home.seeded_file(), "{}").unwrap();
        home.empty(&home.lock().unwrap()).unwrap();
        assert!(jar.exists() && !home.seeded_file().exists());
        Home::open(folder.path()).unwrap();
    }

    #[test]
    fn what_a_killed_launcher_was_making_goes() {
        let folder = tempfile::tempdir().unwrap();
        let mut maker = std::process::Command::new("true").spawn().unwrap();
        maker.wait().unwrap();
        let left = folder.path().join(format!("{UNFINISHED}mysql.{}", maker.id()));
        let whole = folder.path().join("mysql-10.11.14");
        let ours = unfinished(folder.path(), "mysql");
        for made in [&left, &whole, &ours] {
            fs::create_dir(made).unwrap();
        }
        unfinished(folder.path(), "kafka");
        assert!(!left.exists() && whole.exists() && ours.exists());
    }
}
