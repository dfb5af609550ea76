//! The load: connections that ask again as soon as they are answered.
//!
//! HTTP/1.1 is written and read by hand: the load runs on the cores that it measures, so it must be cheap.

use std::{
    io,
    net::SocketAddr,
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinSet,
};

use crate::subgraphs::OPERATION;

/// A single answer may take this long.
const PATIENCE: Duration = Duration::from_secs(10);

/// What to ask, where, for how long.
#[derive(Debug, Clone)]
pub struct Plan {
    pub address: SocketAddr,
    pub path: String,
    pub connections: usize,
    pub seconds: Duration,
    /// No more requests than this, whatever the time.
    pub at_most: usize,
    /// Another `Authorization` for each request, as of many customers; else one for all.
    pub unique_callers: bool,
    /// Bytes of the right answer; None: whatever the first answer has.
    pub expected: Option<usize>,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            address: SocketAddr::from(([127, 0, 0, 1], 4000)),
            path: "/graphql".to_owned(),
            connections: 50,
            seconds: Duration::from_secs(10),
            at_most: 1_000_000,
            unique_callers: true,
            expected: None,
        }
    }
}

#[derive(Debug, Default)]
pub struct Outcome {
    pub elapsed: Duration,
    /// Sorted.
    pub latencies: Vec<Duration>,
}

impl Outcome {
    pub fn requests(&self) -> usize {
        self.latencies.len()
    }

    /// The latency that `share` of the requests did not exceed.
    pub fn percentile(&self, share: f64) -> Duration {
        let last = self.latencies.len().saturating_sub(1);
        self.latencies.get((last as f64 * share).round() as usize).copied().unwrap_or_default()
    }
}

/// Puts the load on.
///
/// # Errors
/// When a connection fails, or an answer is not as long as the right one.
pub async fn run(plan: &Plan) -> io::Result<Outcome> {
    let started = Instant::now();
    let mut asking = JoinSet::new();
    for number in 0..plan.connections {
        let plan = plan.clone();
        asking.spawn(async move { keep_asking(&plan, number, started).await });
    }
    let mut outcome = Outcome::default();
    while let Some(ended) = asking.join_next().await {
        outcome.latencies.extend(ended.map_err(io::Error::other)??);
    }
    outcome.elapsed = started.elapsed();
    outcome.latencies.sort_unstable();
    Ok(outcome)
}

async fn keep_asking(plan: &Plan, number: usize, started: Instant) -> io::Result<Vec<Duration>> {
    let mut connection = Connection::open(plan).await?;
    let mut expected = plan.expected;
    let mut latencies = Vec::new();
    while started.elapsed() < plan.seconds && latencies.len() < plan.at_most / plan.connections {
        let caller = if plan.unique_callers { number * 1_000_000 + latencies.len() } else { 0 };
        let asked = Instant::now();
        let length = tokio::time::timeout(PATIENCE, connection.ask(caller)).await??.len();
        latencies.push(asked.elapsed());
        if *expected.get_or_insert(length) != length {
            return Err(io::Error::other(format!("an answer has {length} bytes, the right one {expected:?}")));
        }
    }
    Ok(latencies)
}

/// Asks once and gives the answer's body.
///
/// # Errors
/// When the connection fails, or the status is not 200.
pub async fn ask_once(plan: &Plan) -> io::Result<Vec<u8>> {
    let mut connection = Connection::open(plan).await?;
    tokio::time::timeout(PATIENCE, connection.ask(0)).await?.map(<[u8]>::to_vec)
}

struct Connection {
    stream: TcpStream,
    /// The request around the caller's number.
    before: Vec<u8>,
    after: Vec<u8>,
    request: Vec<u8>,
    answer: Vec<u8>,
}

impl Connection {
    async fn open(plan: &Plan) -> io::Result<Self> {
        let stream = TcpStream::connect(plan.address).await?;
        stream.set_nodelay(true)?;
        let body = serde_json::json!({ "query": OPERATION }).to_string();
        let (path, address) = (&plan.path, plan.address);
        let before = format!(
            "POST {path} HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\n\
             accept: application/json\r\nauthorization: Bearer caller-"
        );
        let after = format!("\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        Ok(Self {
            stream,
            before: before.into_bytes(),
            after: after.into_bytes(),
            request: Vec::new(),
            answer: Vec::with_capacity(128 << 10),
        })
    }

    async fn ask(&mut self, caller: usize) -> io::Result<&[u8]> {
        self.request.clear();
        self.request.extend_from_slice(&self.before);
        self.request.extend_from_slice(caller.to_string().as_bytes());
        self.request.extend_from_slice(&self.after);
        self.stream.write_all(&self.request).await?;
        self.answer.clear();
        let (head, length) = loop {
            self.read_more().await?;
            if let Some(head) = self.answer.windows(4).position(|window| window == b"\r\n\r\n") {
                break (head, body_length(&self.answer[..head])?);
            }
        };
        let whole = head + 4 + length;
        while self.answer.len() < whole {
            self.read_more().await?;
        }
        Ok(&self.answer[head + 4..whole])
    }

    async fn read_more(&mut self) -> io::Result<()> {
        match self.stream.read_buf(&mut self.answer).await? {
            0 => Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the router closed the connection")),
            _ => Ok(()),
        }
    }
}

fn body_length(head: &[u8]) -> io::Result<usize> {
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    if !head.starts_with("http/1.1 200") {
        return Err(io::Error::other(format!("the router answered {}", head.lines().next().unwrap_or_default())));
    }
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    length.and_then(|text| text.trim().parse().ok()).ok_or_else(|| io::Error::other("an answer without its length"))
}
