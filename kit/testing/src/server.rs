//! Starting and ending a private MySQL server.
//!
//! The data directory is copied from a template that is made once a machine, so a start takes well under a second. The
//! server dies with the test process (`setpriv --pdeathsig`), also when that is killed; its folder is swept by a later
//! test then.

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::mpsc,
    time::{Duration, Instant},
};

use tempfile::TempDir;

use crate::program::{INSTALL, Program, as_root, scratch};

const PREFIX: &str = "souk-mysql-";

/// Whether a commit is on disk when it is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// As in production: commits survive a kill.
    Full,
    /// Not what service tests ask about, and faster.
    Relaxed,
}

/// A server with its folder.
#[derive(Debug)]
pub(crate) struct Server {
    pub port: u16,
    program: Program,
    data: TempDir,
    durability: Durability,
    pid: u32,
}

impl Server {
    /// # Panics
    /// When no server is installed or it does not start: the message says what to do.
    pub fn start(durability: Durability) -> Self {
        sweep();
        let data = tempfile::Builder::new().prefix(PREFIX).tempdir().expect("a temporary folder can be made");
        fs::write(data.path().join("owner"), std::process::id().to_string()).expect("the temporary folder is ours");
        let program = Program::chosen();
        copy(&template(&program), &data.path().join("data"));
        let mut server = Self { port: free_port(), program, data, durability, pid: 0 };
        server.run();
        server
    }

    /// Starts the server on its folder and port, and waits until it answers.
    ///
    /// # Panics
    /// When it does not come up.
    pub fn run(&mut self) {
        let log = self.data.path().join("log");
        let mut command = self.command(&log);
        let (told, pid) = mpsc::channel();
        // The death signal goes out when the starting thread ends, so that thread stays as long as the server.
        std::thread::spawn(move || {
            let mut child =
                command.spawn().unwrap_or_else(|error| panic!("{command:?} cannot be started ({error}): {INSTALL}"));
            let _ = told.send(child.id());
            let _ = child.wait();
        });
        self.pid = pid.recv().expect("the server was started");
        wait_for_port(self.port, &log);
    }

    /// Ends the server as a crash does, and waits until it is gone.
    ///
    /// # Panics
    /// When it does not go.
    pub fn kill(&mut self) {
        signal("-KILL", self.pid);
        let deadline = Instant::now() + Duration::from_secs(10);
        while std::net::TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
            assert!(Instant::now() < deadline, "the server survived a kill");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn command(&self, log: &Path) -> Command {
        let folder = self.data.path();
        let flush = match self.durability {
            Durability::Full => 1,
            Durability::Relaxed => 0,
        };
        let log = fs::File::options().create(true).append(true).open(log).expect("the log can be written");
        let mut command = Command::new("setpriv");
        command
            .args(["--pdeathsig", "KILL"])
            .arg(self.program.server())
            .args(["--no-defaults", "--skip-name-resolve", "--bind-address=127.0.0.1", "--max-connections=500"])
            .arg("--innodb-buffer-pool-size=64M")
            .args(self.program.options())
            .arg(format!("--innodb-flush-log-at-trx-commit={flush}"))
            .arg(format!("--port={}", self.port))
            .arg(format!("--datadir={}", folder.join("data").display()))
            .arg(format!("--socket={}", folder.join("s").display()))
            .arg(format!("--pid-file={}", folder.join("pid").display()))
            .arg(format!("--tmpdir={}", scratch(folder).display()))
            .args(as_root())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log);
        command
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        signal("-KILL", self.pid);
    }
}

fn signal(which: &str, pid: u32) {
    // One that is gone already is what was asked for.
    let _ = Command::new("kill").args([which, &pid.to_string()]).stderr(Stdio::null()).status();
}

/// Removes the folders of test processes that were killed before they could.
fn sweep() {
    let Ok(entries) = fs::read_dir(std::env::temp_dir()) else { return };
    for entry in entries.flatten().filter(|entry| entry.file_name().to_string_lossy().starts_with(PREFIX)) {
        let Ok(owner) = fs::read_to_string(entry.path().join("owner")) else { continue };
        if !Path::new("/proc").join(owner.trim()).exists() {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn template(program: &Program) -> PathBuf {
    let place = program.template();
    if place.join("ready").exists() {
        return place.join("data");
    }
    // Made beside and renamed: two test binaries that start together both make one, and one of them stays.
    let beside = std::env::temp_dir().join(format!("souk-mysql-template-{}", std::process::id()));
    let _ = fs::remove_dir_all(&beside);
    fs::create_dir_all(&beside).expect("a temporary folder can be made");
    program.make_data(&beside.join("data"));
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

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    listener.local_addr().expect("a bound listener has an address").port()
}

fn wait_for_port(port: u16, log: &Path) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(
            Instant::now() < deadline,
            "the server did not start: {INSTALL}\n{}",
            fs::read_to_string(log).unwrap_or_default()
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}
