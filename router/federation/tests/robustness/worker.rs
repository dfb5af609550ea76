//! The worker process: one input after the other on a thread with the stack of a server's, and a thread that watches it.

use std::{
    collections::HashSet,
    fs::{self, File},
    io::{self, Write as _},
    os::unix::fs::FileExt,
    panic::{self, AssertUnwindSafe},
    path::{Path, PathBuf},
    process,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
        mpsc::{self, RecvTimeoutError},
    },
    thread,
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};

use crate::{
    Target,
    campaign::Summary,
    watch::{self, Thread},
};

/// Lines of a worker's output begin with these: a fault (seed and text) and, when it came to its end, the summary.
pub const FAULT: &str = "robustness fault ";
pub const SUMMARY: &str = "robustness summary ";

/// What the router's blocking threads have (tokio's default).
const STACK_BYTES: usize = 2 << 20;
/// How often the watch looks.
const WATCH: Duration = Duration::from_millis(50);
/// Different faults after which a worker ends: the first ones say enough.
const ENOUGH: usize = 5;

/// What a worker is to do.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Task {
    pub from: u64,
    pub count: u64,
    /// When it ends, though seeds are left.
    pub seconds: Option<u64>,
    /// CPU time that one input may take.
    pub input_ms: u64,
    /// What the process may hold at any time.
    pub memory_kib: u64,
    /// The file that keeps the seed it is at, should the process die.
    pub place: PathBuf,
}

impl Default for Task {
    /// A second and more is a hang even without optimisation; a server has a few hundred MiB for everything.
    fn default() -> Self {
        Self { from: 0, count: 0, seconds: None, input_ms: 2_000, memory_kib: 512 << 10, place: PathBuf::new() }
    }
}

/// The seed that a worker was at.
pub fn seed_at(place: &Path) -> u64 {
    fs::read(place).ok().and_then(|bytes| Some(u64::from_le_bytes(bytes.try_into().ok()?))).unwrap_or_default()
}

/// Where the worker thread is, for the watch.
struct Place {
    file: File,
    seed: AtomicU64,
    /// CPU time of the thread when it began with that seed.
    since_ms: AtomicU64,
}

impl Place {
    fn enter(&self, seed: u64, thread: &Thread) {
        self.file.write_all_at(&seed.to_le_bytes(), 0).unwrap();
        self.since_ms.store(thread.cpu_ms(), Ordering::SeqCst);
        self.seed.store(seed, Ordering::SeqCst);
    }
}

/// Does the task and ends the process.
pub fn work(task: &Task, target: &impl Target) -> ! {
    let place = Place { file: File::create(&task.place).unwrap(), seed: AtomicU64::new(task.from), since_ms: 0.into() };
    let (tell_thread, thread) = mpsc::channel();
    let (done, watched) = mpsc::channel::<()>();
    thread::scope(|scope| {
        let place = &place;
        let run = move || {
            tell_thread.send(Thread::current()).unwrap();
            let summary = try_all(task, target, place);
            tell(SUMMARY, &summary);
            drop(done);
        };
        thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, run).unwrap();
        let thread = thread.recv().unwrap();
        while watched.recv_timeout(WATCH) == Err(RecvTimeoutError::Timeout) {
            if let Some(fault) = excess(task, place, &thread) {
                report(place.seed.load(Ordering::SeqCst), &fault);
                process::exit(1);
            }
        }
    });
    process::exit(0)
}

fn try_all(task: &Task, target: &impl Target, place: &Place) -> Summary {
    static PANIC: Mutex<String> = Mutex::new(String::new());
    panic::set_hook(Box::new(|panic| {
        *PANIC.lock().unwrap_or_else(PoisonError::into_inner) = panic.to_string();
    }));
    let (began, thread) = (Instant::now(), Thread::current());
    let mut seen = HashSet::new();
    let (start, _) = watch::memory_kib();
    let mut summary = Summary { next: task.from, ..Summary::default() };
    while summary.inputs < task.count && seen.len() < ENOUGH {
        if task.seconds.is_some_and(|seconds| began.elapsed().as_secs() >= seconds) {
            break;
        }
        let seed = summary.next;
        place.enter(seed, &thread);
        let since = thread.cpu_ms();
        let answer = panic::catch_unwind(AssertUnwindSafe(|| target.answer(&target.input(seed))));
        let answer = answer.unwrap_or_else(|_| Err(PANIC.lock().unwrap_or_else(PoisonError::into_inner).clone()));
        summary.slowest = summary.slowest.max((thread.cpu_ms() - since, seed));
        summary.inputs += 1;
        summary.next += 1;
        match answer {
            Ok(reached) => summary.reached += u64::from(reached),
            Err(fault) if seen.insert(fault.clone()) => report(seed, &fault),
            Err(_) => {}
        }
    }
    let (end, peak) = watch::memory_kib();
    summary.memory_kib = (start, end, peak);
    summary
}

/// What the input under way takes too much of.
fn excess(task: &Task, place: &Place, thread: &Thread) -> Option<String> {
    let spent = thread.cpu_ms().saturating_sub(place.since_ms.load(Ordering::SeqCst));
    if spent > task.input_ms {
        return Some(format!("a hang: no answer after {spent} ms of CPU time"));
    }
    let (now, peak) = watch::memory_kib();
    (peak > task.memory_kib).then(|| format!("too much memory: {now} KiB held, {peak} KiB at most"))
}

fn report(seed: u64, fault: &str) {
    tell(FAULT, &(seed, fault));
}

/// To the process that waits, on a line of its own, past what a test's output is caught by.
fn tell(what: &str, value: &impl Serialize) {
    let mut out = io::stdout().lock();
    writeln!(out, "\n{what}{}", serde_json::to_string(value).unwrap()).unwrap();
}
