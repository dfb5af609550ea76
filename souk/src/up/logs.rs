//! What the parts say: whole in DIR/logs/<instance>.log, the end of it in memory, and on the screen.

use std::{
    collections::{BTreeMap, VecDeque},
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, BufReader};

use super::screen::Screen;

/// How much of a failed part's log is shown.
const TAIL_LINES: usize = 20;
/// A line longer than this is cut on the screen and in the tail.
const LONGEST_SHOWN: usize = 2_000;
/// A line longer than this, in bytes, is taken for several.
const LONGEST_LINE: u64 = 1 << 20;
/// A log that is larger, in bytes, becomes the previous one and starts anew: two of them are kept.
const LARGEST_LOG: u64 = 64 << 20;

#[derive(Debug, Clone)]
pub struct Logs {
    folder: PathBuf,
    screen: Screen,
    books: Arc<Mutex<BTreeMap<String, Book>>>,
}

#[derive(Debug)]
struct Book {
    file: File,
    written: u64,
    tail: VecDeque<String>,
}

impl Logs {
    pub fn new(folder: PathBuf, screen: Screen) -> Self {
        Self { folder, screen, books: Arc::default() }
    }

    pub fn path(&self, instance: &str) -> PathBuf {
        self.folder.join(format!("{instance}.log"))
    }

    /// Copies a stream of one instance until it ends. A restarted instance goes on in the same file.
    ///
    /// # Errors
    /// When the log file cannot be made.
    pub fn open(&self, instance: &str) -> io::Result<()> {
        let mut books = self.lock();
        if books.contains_key(instance) {
            return Ok(());
        }
        let path = self.path(instance);
        keep_previous(&path)?;
        books.insert(instance.to_owned(), Book { file: File::create(&path)?, written: 0, tail: VecDeque::new() });
        Ok(())
    }

    /// Reads lines until the stream ends; bytes that are no UTF-8 are replaced.
    pub async fn pump(self, instance: String, stream: impl AsyncRead + Unpin) {
        let mut reader = BufReader::new(stream);
        let mut line = Vec::new();
        loop {
            line.clear();
            match (&mut reader).take(LONGEST_LINE).read_until(b'\n', &mut line).await {
                Ok(0) | Err(_) => return,
                Ok(_) => self.take(&instance, String::from_utf8_lossy(&line).trim_end()),
            }
        }
    }

    /// The last lines of an instance.
    pub fn tail(&self, instance: &str) -> Vec<String> {
        self.lock().get(instance).map(|book| book.tail.iter().cloned().collect()).unwrap_or_default()
    }

    fn take(&self, instance: &str, line: &str) {
        let shown: String = line.chars().take(LONGEST_SHOWN).collect();
        if let Some(book) = self.lock().get_mut(instance) {
            // A full disk must not stop a service; the screen still shows the line.
            let _ = book.write(line, &self.path(instance));
            if book.tail.len() == TAIL_LINES {
                book.tail.pop_front();
            }
            book.tail.push_back(shown.clone());
        }
        self.screen.log(instance, &shown);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Book>> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Book {
    fn write(&mut self, line: &str, path: &Path) -> io::Result<()> {
        if self.written > LARGEST_LOG {
            keep_previous(path)?;
            self.file = File::create(path)?;
            self.written = 0;
        }
        self.written += line.len() as u64 + 1;
        writeln!(self.file, "{line}")
    }
}

fn keep_previous(path: &Path) -> io::Result<()> {
    match fs::rename(path, path.with_extension("log.1")) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
