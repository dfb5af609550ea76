//! The ledger's file: JSON lines, appended and forced to disk before anything is answered.
//!
//! All lines that wait while one write runs go to disk together (group commit), so many requests share one
//! `fdatasync`.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
};

use souk_process::Shutdown;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::entry::Line;

/// How many lines may wait for the disk; more are refused with 503.
const QUEUE: usize = 4_096;
/// How many lines go to disk at once.
const BATCH: usize = 512;

#[derive(Debug, Clone, thiserror::Error)]
pub enum LedgerError {
    #[error("the ledger {} cannot be opened: {reason}", path.display())]
    Open { path: PathBuf, reason: String },
    #[error("the ledger {} is in use by another provider", path.display())]
    InUse { path: PathBuf },
    #[error("line {line} of the ledger {} cannot be read: {reason}; restore the file from a copy", path.display())]
    Damaged { path: PathBuf, line: usize, reason: String },
    #[error("the ledger {} cannot be written: {reason}", path.display())]
    Write { path: PathBuf, reason: String },
}

/// How far the file is safe on disk.
#[derive(Debug, Clone, Default)]
struct Progress {
    seq: u64,
    bytes: u64,
    broken: Option<LedgerError>,
}

#[derive(Debug)]
pub struct Ledger {
    path: PathBuf,
    queue: mpsc::Sender<(u64, Vec<u8>)>,
    progress: watch::Receiver<Progress>,
    closing: CancellationToken,
}

/// A place in the queue, taken before memory is changed.
#[derive(Debug)]
pub struct Slot<'a>(mpsc::Permit<'a, (u64, Vec<u8>)>);

/// Opens or makes the file and reads its lines.
///
/// # Errors
/// [`LedgerError`] when the file cannot be opened, is in use, or is damaged before its last line.
pub fn open(path: &Path, shutdown: &Shutdown) -> Result<(Ledger, Vec<Line>), LedgerError> {
    let failed = |error: io::Error| LedgerError::Open { path: path.to_owned(), reason: error.to_string() };
    let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).map_err(failed)?;
    file.try_lock().map_err(|_| LedgerError::InUse { path: path.to_owned() })?;
    let mut content = Vec::new();
    file.read_to_end(&mut content).map_err(failed)?;
    let (lines, whole) = parse(path, &content)?;
    if whole < content.len() {
        tracing::warn!(ledger.cut_bytes = content.len() - whole, "the ledger ends in half a line, which is cut off");
        file.set_len(whole as u64).map_err(failed)?;
    }
    file.seek(SeekFrom::Start(whole as u64)).map_err(failed)?;
    sync_folder(path).map_err(failed)?;

    let start = Progress { seq: lines.last().map_or(0, |line| line.seq), bytes: whole as u64, broken: None };
    let (told, progress) = watch::channel(start);
    let (queue, waiting) = mpsc::channel(QUEUE);
    let closing = CancellationToken::new();
    let writer = Writer { path: path.to_owned(), file, told };
    shutdown.spawn(writer.run(waiting, closing.clone()));
    Ok((Ledger { path: path.to_owned(), queue, progress, closing }, lines))
}

impl Ledger {
    /// None when too many lines wait already, or the ledger is broken.
    pub fn slot(&self) -> Option<Slot<'_>> {
        self.queue.try_reserve().ok().map(Slot)
    }

    /// Waits until line `seq` is safe on disk.
    pub async fn reached(&self, seq: u64) -> Result<(), LedgerError> {
        let mut progress = self.progress.clone();
        let state = progress.wait_for(|state| state.seq >= seq || state.broken.is_some()).await;
        match state {
            Ok(state) if state.seq >= seq => Ok(()),
            Ok(state) => Err(state.broken.clone().unwrap_or_else(|| self.closed())),
            Err(_) => Err(self.closed()),
        }
    }

    /// Waits for lines after `seq`; gives the newest that is safe on disk.
    pub async fn moved_past(&self, seq: u64) -> Option<u64> {
        let mut progress = self.progress.clone();
        progress.wait_for(|state| state.seq > seq).await.ok().map(|state| state.seq)
    }

    /// Resolves when a write has failed.
    pub async fn broken(&self) -> LedgerError {
        let mut progress = self.progress.clone();
        let state = progress.wait_for(|state| state.broken.is_some()).await;
        state.ok().and_then(|state| state.broken.clone()).unwrap_or_else(|| self.closed())
    }

    /// The part of the file that is safe on disk.
    pub async fn read(&self) -> io::Result<Vec<u8>> {
        let bytes = self.progress.borrow().bytes;
        let mut content = tokio::fs::read(&self.path).await?;
        content.truncate(usize::try_from(bytes).unwrap_or(usize::MAX));
        Ok(content)
    }

    /// Writes what waits and ends the writer.
    pub async fn close(&self) {
        self.closing.cancel();
        let mut progress = self.progress.clone();
        while progress.changed().await.is_ok() {}
    }

    fn closed(&self) -> LedgerError {
        LedgerError::Write { path: self.path.clone(), reason: "it is closed".to_owned() }
    }
}

impl Slot<'_> {
    pub fn fill(self, line: &Line) {
        let mut bytes = serde_json::to_vec(line).expect("a line holds only strings, numbers and known enums");
        bytes.push(b'\n');
        self.0.send((line.seq, bytes));
    }
}

/// The lines and the length of the part that is whole.
fn parse(path: &Path, content: &[u8]) -> Result<(Vec<Line>, usize), LedgerError> {
    let mut lines: Vec<Line> = Vec::new();
    let mut whole = 0;
    for (index, text) in content.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let last = whole + text.len() == content.len();
        let damaged = |reason: String| LedgerError::Damaged { path: path.to_owned(), line: index + 1, reason };
        match serde_json::from_slice::<Line>(text) {
            // Without its newline a line was never answered, whole or not.
            _ if last && !text.ends_with(b"\n") => break,
            Ok(line) if line.seq == lines.len() as u64 + 1 => lines.push(line),
            Ok(line) => return Err(damaged(format!("it carries the number {}", line.seq))),
            // The newline may reach the disk before the line's middle.
            Err(_) if last => break,
            Err(error) => return Err(damaged(error.to_string())),
        }
        whole += text.len();
    }
    Ok((lines, whole))
}

struct Writer {
    path: PathBuf,
    file: File,
    told: watch::Sender<Progress>,
}

impl Writer {
    /// Ends when asked to and nothing waits any more, or at the first write that fails: what a file holds after
    /// a failed sync is unknown, so nothing more may be promised.
    async fn run(mut self, mut waiting: mpsc::Receiver<(u64, Vec<u8>)>, closing: CancellationToken) {
        let mut batch = Vec::with_capacity(BATCH);
        loop {
            tokio::select! {
                _ = waiting.recv_many(&mut batch, BATCH) => {}
                () = closing.cancelled(), if !waiting.is_closed() => {
                    waiting.close();
                    continue;
                }
            }
            let Some((seq, _)) = batch.last() else { break };
            let seq = *seq;
            let bytes: Vec<u8> = batch.drain(..).flat_map(|(_, line)| line).collect();
            self = match self.append(seq, bytes).await {
                Some(writer) => writer,
                None => return,
            };
        }
        // Closing is not enough to let go of the lock: a child that some thread forks at this moment holds it too,
        // until it runs its own program.
        if let Err(error) = self.file.unlock() {
            tracing::warn!("the ledger stays locked: {error}");
        }
    }

    async fn append(self, seq: u64, bytes: Vec<u8>) -> Option<Self> {
        let Self { path, mut file, told } = self;
        let length = bytes.len() as u64;
        let written = tokio::task::spawn_blocking(move || {
            file.write_all(&bytes)?;
            file.sync_data()?;
            Ok::<File, io::Error>(file)
        });
        match written.await.map_err(io::Error::other).flatten() {
            Ok(file) => {
                told.send_modify(|state| {
                    state.seq = seq;
                    state.bytes += length;
                });
                Some(Self { path, file, told })
            }
            Err(error) => {
                let broken = LedgerError::Write { path, reason: error.to_string() };
                told.send_modify(|state| state.broken = Some(broken));
                None
            }
        }
    }
}

/// A new file's name must survive a crash too.
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::Entry;

    fn text(seq: u64) -> String {
        let entry = Entry::WebhookDelivered { webhook: format!("whk_{seq}"), line: 1 };
        let line = Line { seq, at: souk_process::clock::now(), entry };
        format!("{}\n", serde_json::to_string(&line).unwrap())
    }

    fn read(content: &str) -> Result<(usize, usize), LedgerError> {
        parse(Path::new("ledger"), content.as_bytes()).map(|(lines, whole)| (lines.len(), whole))
    }

    #[test]
    fn a_torn_last_line_is_left_out() {
        let (one, two) = (text(1), text(2));
        let torn = format!("{one}{}", &two[..two.len() - 7]);
        assert_eq!(read(&torn).unwrap(), (1, one.len()));
        let without_newline = format!("{one}{}", two.trim_end());
        assert_eq!(read(&without_newline).unwrap(), (1, one.len()));
        assert_eq!(read(&format!("{one}\0\0\0\n")).unwrap(), (1, one.len()));
        assert_eq!(read("").unwrap(), (0, 0));
    }

    #[test]
    fn damage_before_the_last_line_is_refused() {
        let damaged = read(&format!("{}garbage\n{}", text(1), text(2))).unwrap_err();
        assert!(damaged.to_string().contains("line 2 of the ledger"), "{damaged}");
        assert!(read(&format!("{}{}", text(1), text(3))).is_err());
    }

    /// A child that was forked and does not run its own program yet has a copy of every descriptor.
    #[tokio::test]
    async fn a_closed_ledger_is_free_though_a_copy_of_its_descriptor_lives() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("ledger.jsonl");
        let file = File::create(&path).unwrap();
        file.try_lock().unwrap();
        let copy = file.try_clone().unwrap();
        let writer = Writer { path: path.clone(), file, told: watch::channel(Progress::default()).0 };
        let (queue, waiting) = mpsc::channel(QUEUE);
        drop(queue);
        writer.run(waiting, CancellationToken::new()).await;
        let shutdown = Shutdown::new();
        let (ledger, lines) = open(&path, &shutdown).unwrap();
        assert_eq!(lines.len(), 0);
        ledger.close().await;
        drop(copy);
    }
}
