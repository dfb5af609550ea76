//! The launcher's standard output: a thread of its own writes it, so that a reader who stops reading (a paused
//! terminal, a full pipe) never holds up a service. Log lines that do not fit are dropped here and counted;
//! the files in DIR/logs have them all.

use std::{
    io::{self, IsTerminal as _, Write as _},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc::{self, Receiver, SyncSender},
    },
    time::Duration,
};

/// Lines that may wait for the reader.
const QUEUE: usize = 4_096;
/// Widest name of an instance, `notifications-8`.
const NAME_WIDTH: usize = 15;
/// ANSI foreground colours, by instance.
const COLOURS: [u8; 6] = [36, 33, 32, 35, 34, 31];

#[derive(Debug, Clone)]
pub struct Screen {
    lines: SyncSender<Line>,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    quiet: bool,
    coloured: bool,
    /// Logs stay out of sight while the progress is drawn.
    logs_shown: AtomicBool,
    dropped: AtomicU64,
}

#[derive(Debug)]
enum Line {
    Text(String),
    /// Answered once everything before it was written.
    Flush(SyncSender<()>),
}

impl Screen {
    pub fn open(quiet: bool) -> Self {
        let (lines, waiting) = mpsc::sync_channel(QUEUE);
        std::thread::spawn(move || write_lines(&waiting));
        let coloured = io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        let logs_shown = AtomicBool::new(false);
        Self { lines, shared: Arc::new(Shared { quiet, coloured, logs_shown, dropped: AtomicU64::new(0) }) }
    }

    /// Something that the launcher itself has to say.
    pub fn show(&self, text: &str) {
        self.put(text.to_owned());
    }

    /// One log line of an instance.
    pub fn log(&self, instance: &str, text: &str) {
        if self.shared.quiet || !self.shared.logs_shown.load(Ordering::Relaxed) {
            return;
        }
        let line = if self.shared.coloured {
            let colour = COLOURS[instance.bytes().map(usize::from).sum::<usize>() % COLOURS.len()];
            format!("\u{1b}[{colour}m{instance:>NAME_WIDTH$}\u{1b}[0m | {text}")
        } else {
            format!("{instance:>NAME_WIDTH$} | {text}")
        };
        self.put(line);
    }

    pub fn let_logs_through(&self) {
        self.shared.logs_shown.store(true, Ordering::Relaxed);
    }

    /// Waits a moment for the reader to take what is still queued.
    pub fn close(&self) {
        let (answer, written) = mpsc::sync_channel(1);
        if self.lines.try_send(Line::Flush(answer)).is_ok() {
            let _ = written.recv_timeout(Duration::from_secs(1));
        }
    }

    fn put(&self, text: String) {
        let dropped = self.shared.dropped.swap(0, Ordering::Relaxed);
        if dropped > 0 && self.lines.try_send(Line::Text(format!("... {dropped} lines not shown"))).is_err() {
            self.shared.dropped.fetch_add(dropped, Ordering::Relaxed);
        }
        if self.lines.try_send(Line::Text(text)).is_err() {
            self.shared.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Ends with the last sender, or when nobody reads any more.
fn write_lines(waiting: &Receiver<Line>) {
    let mut out = io::stdout();
    while let Ok(line) = waiting.recv() {
        match line {
            Line::Text(text) => {
                if writeln!(out, "{text}").and_then(|()| out.flush()).is_err() {
                    return;
                }
            }
            Line::Flush(answer) => {
                let _ = answer.try_send(());
            }
        }
    }
}
