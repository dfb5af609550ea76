//! The state that the ledger's lines add up to, in memory.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    ops::Bound,
    sync::Arc,
};

use chrono::{DateTime, Utc};

use crate::{
    charge::Charge,
    entry::{Entry, Line, Request},
};

#[derive(Debug, Default)]
pub struct Book {
    /// Of the newest line.
    pub seq: u64,
    charges: HashMap<String, Arc<Charge>>,
    by_reference: HashMap<String, Vec<String>>,
    by_secret: HashMap<String, String>,
    by_creation: BTreeSet<(DateTime<Utc>, String)>,
    requests: HashMap<String, Remembered>,
    /// By the line that holds them.
    undelivered: BTreeMap<u64, Webhook>,
    due: BTreeSet<(DateTime<Utc>, String)>,
}

/// What is known of an idempotency key.
#[derive(Debug, Clone)]
struct Remembered {
    hash: String,
    /// None while only its fault was shown.
    answer: Option<Arc<Charge>>,
}

/// What a request's key is to the book.
#[derive(Debug, Clone)]
pub enum Known {
    New,
    /// Its fault was shown; the work was not done.
    FaultShown,
    /// Its work was done; this was the answer.
    Answered(Arc<Charge>),
    /// The key stands for another request.
    Other,
}

/// A webhook that the receiver has not taken yet.
#[derive(Debug, Clone)]
pub struct Webhook {
    pub id: String,
    /// The line that holds it: it may be sent once that line is on disk.
    pub seq: u64,
    pub at: DateTime<Utc>,
    pub charge: Arc<Charge>,
}

impl Book {
    pub fn replay(lines: Vec<Line>) -> Self {
        let mut book = Self::default();
        for line in lines {
            book.apply(line);
        }
        book
    }

    pub fn apply(&mut self, line: Line) {
        self.seq = line.seq;
        match line.entry {
            Entry::Charge { charge, request, webhook, change: _ } => {
                let charge = self.put(*charge);
                if let Some(request) = request {
                    let remembered = Remembered { hash: request.hash, answer: Some(Arc::clone(&charge)) };
                    self.requests.insert(request.key, remembered);
                }
                if let Some(id) = webhook {
                    let webhook = Webhook { id, seq: line.seq, at: line.at, charge };
                    self.undelivered.insert(line.seq, webhook);
                }
            }
            Entry::FaultShown { request } => {
                self.requests.insert(request.key, Remembered { hash: request.hash, answer: None });
            }
            Entry::WebhookDelivered { line, webhook: _ } => {
                self.undelivered.remove(&line);
            }
        }
    }

    pub fn request(&self, request: &Request) -> Known {
        match self.requests.get(&request.key) {
            None => Known::New,
            Some(known) if known.hash != request.hash => Known::Other,
            Some(Remembered { answer: Some(charge), .. }) => Known::Answered(Arc::clone(charge)),
            Some(Remembered { answer: None, .. }) => Known::FaultShown,
        }
    }

    pub fn charge(&self, id: &str) -> Option<Arc<Charge>> {
        self.charges.get(id).cloned()
    }

    pub fn charges_of(&self, reference: &str) -> Vec<Arc<Charge>> {
        let ids = self.by_reference.get(reference).map(Vec::as_slice).unwrap_or_default();
        ids.iter().filter_map(|id| self.charge(id)).collect()
    }

    /// Charges made at `since` or later, oldest first, at most `limit`; those that come after the charge `after` when
    /// it is named. None when there is no such charge.
    pub fn created_since(&self, since: DateTime<Utc>, after: Option<&str>, limit: usize) -> Option<Vec<Arc<Charge>>> {
        let from = match after {
            Some(after) => Bound::Excluded((self.charges.get(after)?.created_at, after.to_owned())),
            None => Bound::Included((since, String::new())),
        };
        let ids = self.by_creation.range((from, Bound::Unbounded)).map(|(_, id)| id);
        Some(ids.filter_map(|id| self.charge(id)).filter(|charge| charge.created_at >= since).take(limit).collect())
    }

    pub fn charge_by_secret(&self, secret: &str) -> Option<Arc<Charge>> {
        self.charge(self.by_secret.get(secret)?)
    }

    /// Webhooks of the lines after `after` up to `last` that were not taken yet, oldest first.
    pub fn undelivered(&self, after: u64, last: u64) -> Vec<Webhook> {
        if after >= last {
            return Vec::new();
        }
        self.undelivered.range(after + 1..=last).map(|(_, webhook)| webhook.clone()).collect()
    }

    /// The charge that time changes next.
    pub fn next_due(&self) -> Option<(DateTime<Utc>, String)> {
        self.due.first().cloned()
    }

    fn put(&mut self, charge: Charge) -> Arc<Charge> {
        let charge = Arc::new(charge);
        match self.charges.insert(charge.id.clone(), Arc::clone(&charge)) {
            Some(before) => {
                if let Some(at) = before.due_at() {
                    self.due.remove(&(at, before.id.clone()));
                }
            }
            None => {
                self.by_reference.entry(charge.reference.clone()).or_default().push(charge.id.clone());
                self.by_creation.insert((charge.created_at, charge.id.clone()));
            }
        }
        if let Some(action) = &charge.action {
            self.by_secret.insert(action.secret.clone(), charge.id.clone());
        }
        if let Some(at) = charge.due_at() {
            self.due.insert((at, charge.id.clone()));
        }
        charge
    }
}
