//! The change feed of a registry that has one: every event there means "fetch the delta now".

use std::{sync::Arc, time::Duration};

use souk_process::Shutdown;
use tokio::sync::{Notify, watch};

use crate::http::{Feed, Server};

/// Our registry sends a comment every 15 s; silence for longer means a dead connection.
const SILENCE_LIMIT: Duration = Duration::from_secs(45);
/// Pause before a feed that broke is opened again.
const REOPEN: Duration = Duration::from_millis(500);
/// How long a registry without a feed is left alone; it may be replaced by one of ours.
const LOOK_AGAIN: Duration = Duration::from_secs(300);

/// Listens to the registry in use until `shutdown`.
pub(crate) async fn follow(mut server: watch::Receiver<Option<Server>>, changed: Arc<Notify>, shutdown: Shutdown) {
    loop {
        let current = server.borrow_and_update().clone();
        let listening = async {
            match &current {
                Some(server) => tokio::time::sleep(listen(server, &changed).await).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = listening => {}
            switched = server.changed() => if switched.is_err() { return },
            () = shutdown.requested() => return,
        }
    }
}

/// Reads until the feed ends; returns the pause before the next try.
async fn listen(server: &Server, changed: &Notify) -> Duration {
    let mut answer = match server.open_feed().await {
        Ok(Feed::Open(answer)) => answer,
        Ok(Feed::Absent) => {
            tracing::debug!(server = %server.label, "registry has no change feed, polling alone");
            return LOOK_AGAIN;
        }
        Err(error) => {
            tracing::debug!(server = %server.label, "{error}");
            return REOPEN;
        }
    };
    let mut events = EventCounter::default();
    while let Ok(Ok(Some(chunk))) = tokio::time::timeout(SILENCE_LIMIT, answer.chunk()).await {
        if events.ended_in(&chunk) > 0 {
            changed.notify_one();
        }
    }
    REOPEN
}

/// Counts the events that end in a chunk of an SSE stream. What they say does not matter: the delta tells it.
#[derive(Debug, Default)]
struct EventCounter {
    /// The current line is empty so far.
    line_has_text: bool,
    line_is_comment: bool,
    event_has_fields: bool,
}

impl EventCounter {
    fn ended_in(&mut self, chunk: &[u8]) -> usize {
        let mut ended = 0;
        for byte in chunk {
            match byte {
                b'\r' => {}
                b'\n' if self.line_has_text => {
                    self.event_has_fields |= !self.line_is_comment;
                    (self.line_has_text, self.line_is_comment) = (false, false);
                }
                b'\n' => ended += usize::from(std::mem::take(&mut self.event_has_fields)),
                b':' if !self.line_has_text => (self.line_has_text, self.line_is_comment) = (true, true),
                _ => self.line_has_text = true,
            }
        }
        ended
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_counted_across_chunks_and_comments_are_not() {
        for (name, chunks, expected) in [
            ("one event", &["event: change\ndata: {}\n\n"][..], vec![1]),
            ("comment only", &[": keep\n\n"][..], vec![0]),
            ("cut in the middle", &["event: cha", "nge\ndata: {}\n", "\n"][..], vec![0, 0, 1]),
            ("two and a comment", &["data: 1\n\n:\n\ndata: 2\r\n\r\n"][..], vec![2]),
        ] {
            let mut counter = EventCounter::default();
            let counts: Vec<usize> = chunks.iter().map(|chunk| counter.ended_in(chunk.as_bytes())).collect();
            assert_eq!(counts, expected, "{name}");
        }
    }
}
