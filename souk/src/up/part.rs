//! One process of the shop, described: what to run, how to know that it is up, what to advise when it is not.

use std::{fmt, net::SocketAddr, path::PathBuf, time::Duration};

use crate::services::Service;

/// In the order of starting; a stop goes the other way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    Servers,
    Discovery,
    Provider,
    Subgraphs,
    Router,
}

#[derive(Debug, Clone)]
pub struct Part {
    /// The instance's name, e.g. `orders-2`.
    pub name: String,
    pub stage: Stage,
    /// None for MySQL and Kafka.
    pub service: Option<Service>,
    pub command: Vec<String>,
    pub environment: Vec<(String, String)>,
    pub readiness: Readiness,
    /// How long the first start may take.
    pub patience: Duration,
    /// How long it may take to stop in good order.
    pub grace: Duration,
    /// What a reader can do when it does not start.
    pub advice: &'static str,
}

/// How we know that a part is up.
#[derive(Debug, Clone)]
pub enum Readiness {
    /// It writes its addresses to this file, then answers 200 at `/health/ready`.
    Announced(PathBuf),
    /// This service's user can run a statement.
    Mysql(String),
    /// It makes the topics.
    Kafka(String),
}

/// Where a part listens; None for the servers, whose address was chosen before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Listening {
    pub http: Option<SocketAddr>,
}

/// A part that could not be started.
#[derive(Debug, Clone)]
pub struct StartFailure {
    pub name: String,
    pub reason: String,
    pub advice: &'static str,
    pub log: PathBuf,
    pub last_lines: Vec<String>,
}

impl StartFailure {
    /// The launcher itself gave up waiting, for a reason that it tells elsewhere.
    pub fn stopped(part: &Part) -> Self {
        Self {
            name: part.name.clone(),
            reason: "it was stopped while it started".to_owned(),
            advice: part.advice,
            log: PathBuf::new(),
            last_lines: Vec::new(),
        }
    }
}

impl fmt::Display for StartFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} did not start: {}", self.name, self.reason)?;
        if self.last_lines.is_empty() {
            write!(f, "\n  it logged nothing")?;
        } else {
            write!(f, "\n  its last lines ({}):", self.log.display())?;
        }
        for line in &self.last_lines {
            write!(f, "\n    {line}")?;
        }
        write!(f, "\n  what to do: {}", self.advice)
    }
}

impl std::error::Error for StartFailure {}
