//! Named places where a test makes this process die or stand still, as a crash or a sleep would at the worst moment.
//!
//! A driver arms a running process by a file named after its instance in `SOUK_FAILPOINTS_DIR`, a line a point:
//!
//! ```text
//! inventory.hold.committed=kill            ends as by kill -9 at the first hit
//! payments.provider.asking.CHARGE=kill@3   at the third
//! orders.saga.committed.PAY=stop           stands still as by SIGSTOP, until SIGCONT
//! ```
//!
//! A point fires once: it is disarmed and noted in `fired.log` beside the file before anything happens. Release builds
//! have none of this; without the variable a hit costs one comparison.

use std::time::Duration;

/// Passes a point.
#[cfg(not(debug_assertions))]
#[inline]
pub fn hit(_name: &str) {}

/// A point that is several: `name` and, after a dot, which of them.
#[cfg(not(debug_assertions))]
#[inline]
pub fn hit_of(_name: &str, _which: &str) {}

/// A lease that no operator has a reason to change, and that a test shortens by the variable `name`, in milliseconds.
#[cfg(not(debug_assertions))]
#[inline]
pub const fn shortened(_name: &str, usual: Duration) -> Duration {
    usual
}

/// A lease that no operator has a reason to change, and that a test shortens by the variable `name`, in milliseconds.
#[cfg(debug_assertions)]
pub fn shortened(name: &str, usual: Duration) -> Duration {
    let given = std::env::var(name).ok().and_then(|text| text.parse().ok());
    given.map_or(usual, Duration::from_millis)
}

#[cfg(debug_assertions)]
pub use armed::{hit, hit_of};

#[cfg(debug_assertions)]
mod armed {
    use std::{
        collections::HashMap,
        fs,
        io::{self, Write as _},
        path::{Path, PathBuf},
        sync::{Mutex, OnceLock, PoisonError},
    };

    use rustix::process::{Signal, getpid, kill_process};

    /// Passes a point.
    pub fn hit(name: &str) {
        let Some(points) = points() else { return };
        // Held over the end of the process: no second thread fires the same point.
        let mut points = points.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(action) = points.due(name) {
            let signal = match action {
                Action::Kill => Signal::KILL,
                Action::Stop => Signal::STOP,
            };
            let _ = kill_process(getpid(), signal);
        }
    }

    /// Passes a point that is several: `name` and, after a dot, which of them.
    pub fn hit_of(name: &str, which: &str) {
        if points().is_some() {
            hit(&format!("{name}.{which}"));
        }
    }

    fn points() -> Option<&'static Mutex<Points>> {
        static POINTS: OnceLock<Option<Mutex<Points>>> = OnceLock::new();
        let from_environment = || {
            let folder = PathBuf::from(std::env::var_os("SOUK_FAILPOINTS_DIR").filter(|folder| !folder.is_empty())?);
            let instance = std::env::var("SOUK_INSTANCE").ok()?;
            Some(Mutex::new(Points::new(&folder, &instance)))
        };
        POINTS.get_or_init(from_environment).as_ref()
    }

    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(super) enum Action {
        Kill,
        Stop,
    }

    #[derive(Debug)]
    pub(super) struct Points {
        instance: String,
        armed: PathBuf,
        fired: PathBuf,
        /// How often each armed point was passed.
        hits: HashMap<String, u32>,
    }

    impl Points {
        pub(super) fn new(folder: &Path, instance: &str) -> Self {
            let (armed, fired) = (folder.join(instance), folder.join("fired.log"));
            Self { instance: instance.to_owned(), armed, fired, hits: HashMap::new() }
        }

        /// What is to happen now: then the point is disarmed and noted.
        pub(super) fn due(&mut self, name: &str) -> Option<Action> {
            // Absent nearly always.
            let text = fs::read_to_string(&self.armed).ok()?;
            let (action, at) = text.lines().find_map(|line| parse(line, name))?;
            let hits = self.hits.entry(name.to_owned()).or_default();
            *hits += 1;
            if *hits < at {
                return None;
            }
            self.hits.remove(name);
            let others = text.split_inclusive('\n').filter(|line| parse(line.trim_end(), name).is_none());
            let rest: String = others.collect();
            // One that cannot be disarmed would fire at each start.
            self.disarm(&rest).and_then(|()| self.note(name)).ok()?;
            Some(action)
        }

        fn disarm(&self, rest: &str) -> io::Result<()> {
            if rest.is_empty() { fs::remove_file(&self.armed) } else { fs::write(&self.armed, rest) }
        }

        fn note(&self, name: &str) -> io::Result<()> {
            let mut log = fs::OpenOptions::new().create(true).append(true).open(&self.fired)?;
            // In one write: other processes note here too.
            log.write_all(format!("{} {name}\n", self.instance).as_bytes())
        }
    }

    /// The action and the hit of a line about this point.
    fn parse(line: &str, name: &str) -> Option<(Action, u32)> {
        let (point, what) = line.split_once('=')?;
        let (action, at) = what.split_once('@').unwrap_or((what, "1"));
        let action = match action {
            "kill" => Action::Kill,
            "stop" => Action::Stop,
            _ => return None,
        };
        (point == name).then_some((action, at.parse().ok()?))
    }
}

#[cfg(all(test, debug_assertions))]
mod tests {
    use super::armed::{Action, Points};

    #[test]
    fn a_point_fires_once_at_its_hit_and_leaves_the_others_armed() {
        let folder = tempfile::tempdir().unwrap();
        let armed = folder.path().join("orders");
        std::fs::write(&armed, "a=kill@2\nb=stop\n").unwrap();
        let mut points = Points::new(folder.path(), "orders");
        let told: Vec<_> = ["a", "other", "a", "a", "b", "b"].map(|name| points.due(name)).into();
        assert_eq!(told, [None, None, Some(Action::Kill), None, Some(Action::Stop), None]);
        assert!(!armed.exists());
        assert_eq!(std::fs::read_to_string(folder.path().join("fired.log")).unwrap(), "orders a\norders b\n");
    }

    #[test]
    fn a_running_process_is_armed_by_its_own_file_and_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let mut points = Points::new(folder.path(), "orders");
        assert_eq!(points.due("a"), None);
        std::fs::write(folder.path().join("orders-2"), "a=kill\n").unwrap();
        assert_eq!(points.due("a"), None);
        std::fs::write(folder.path().join("orders"), "a=kill\n").unwrap();
        assert_eq!(points.due("a"), Some(Action::Kill));
    }
}
