//! What the provider does: each operation changes the book, appends one line, and answers once it is on disk.

use std::{
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, Utc};
use souk_process::clock;
use tokio::sync::Notify;
use url::Url;
use uuid::Uuid;

use crate::{
    book::{Book, Known, Webhook},
    charge::{Charge, Demand, Fresh, Refund, Refusal},
    config::Timing,
    entry::{Change, Entry, Line, Request},
    ledger::{Ledger, LedgerError},
    token::{Answer, FirstFault, Token},
};

#[derive(Debug)]
pub struct Provider {
    book: Mutex<Book>,
    ledger: Ledger,
    public_url: Url,
    pub timing: Timing,
    /// Told when a charge that time will change was written.
    pub due_changed: Notify,
}

/// Why an operation did nothing.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    #[error("there is no such charge")]
    NotFound,
    #[error("the idempotency key was used for another request")]
    KeyReused,
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error("too many requests wait for the ledger: try again")]
    Busy,
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The token asked for it.
    #[error("something went wrong: try again with the same idempotency key")]
    Staged(FirstFault),
}

/// Why a charge changed.
#[derive(Debug)]
enum Cause {
    /// A request, whose caller learns of it from the answer.
    Request(Request),
    /// A request whose answer is held back: the webhook comes first.
    HeldRequest(Request),
    /// The customer, or time.
    World,
}

/// An answer, and how the test token wants it given.
#[derive(Debug)]
pub struct Reply {
    pub charge: Arc<Charge>,
    pub answer: Answer,
}

impl Provider {
    pub fn new(ledger: Ledger, lines: Vec<Line>, public_url: Url, timing: Timing) -> Self {
        Self { book: Mutex::new(Book::replay(lines)), ledger, public_url, timing, due_changed: Notify::new() }
    }

    pub async fn create(&self, request: Request, demand: Demand, token: Token) -> Result<Reply, Fault> {
        let (seq, outcome) = self.place(request, demand, token)?;
        self.ledger.reached(seq).await?;
        outcome
    }

    pub async fn capture(&self, request: Request, id: &str) -> Result<Arc<Charge>, Fault> {
        self.change(request, id, Change::Captured, Charge::capture).await
    }

    pub async fn void(&self, request: Request, id: &str) -> Result<Arc<Charge>, Fault> {
        self.change(request, id, Change::Voided, Charge::void).await
    }

    pub async fn refund(
        &self,
        request: Request,
        id: &str,
        amount_minor: i64,
        reference: String,
    ) -> Result<Arc<Charge>, Fault> {
        let refund = Refund { id: new_id("rfd"), reference, amount_minor, at: clock::now() };
        self.change(request, id, Change::Refunded, |charge| charge.refund(refund)).await
    }

    /// The customer's answer.
    pub async fn decide(&self, secret: &str, approve: bool) -> Result<Arc<Charge>, Fault> {
        let (seq, charge) = {
            let mut book = self.lock();
            let charge = book.charge_by_secret(secret).ok_or(Fault::NotFound)?;
            let (change, next) = if approve {
                (Change::Approved, Charge::clone(&charge).approve()?)
            } else {
                (Change::Declined, Charge::clone(&charge).decline("declined_by_customer")?)
            };
            self.record(&mut book, change, next, Cause::World)?
        };
        self.ledger.reached(seq).await?;
        Ok(charge)
    }

    /// Changes every charge whose time has come; gives the time of the next one.
    pub fn settle_due(&self, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, Fault> {
        let mut book = self.lock();
        while let Some((at, id)) = book.next_due() {
            if at > now {
                return Ok(Some(at));
            }
            let charge = book.charge(&id).ok_or(Fault::NotFound)?;
            let next = Charge::clone(&charge).come_due()?;
            self.record(&mut book, Change::CameDue, next, Cause::World)?;
        }
        Ok(None)
    }

    /// What is read must be on disk, or a crash could take back what a caller was shown.
    pub async fn find(&self, id: &str) -> Result<Arc<Charge>, Fault> {
        let (seq, found) = {
            let book = self.lock();
            (book.seq, book.charge(id))
        };
        self.ledger.reached(seq).await?;
        found.ok_or(Fault::NotFound)
    }

    pub async fn find_by_reference(&self, reference: &str) -> Result<Vec<Arc<Charge>>, Fault> {
        let (seq, found) = {
            let book = self.lock();
            (book.seq, book.charges_of(reference))
        };
        self.ledger.reached(seq).await?;
        Ok(found)
    }

    /// A page of charges by the time at which they were made, as [`Book::created_since`] gives it.
    pub async fn created_since(
        &self,
        since: DateTime<Utc>,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Arc<Charge>>, Fault> {
        let (seq, found) = {
            let book = self.lock();
            (book.seq, book.created_since(since, after, limit))
        };
        self.ledger.reached(seq).await?;
        found.ok_or(Fault::NotFound)
    }

    pub async fn find_by_secret(&self, secret: &str) -> Result<Arc<Charge>, Fault> {
        let (seq, found) = {
            let book = self.lock();
            (book.seq, book.charge_by_secret(secret))
        };
        self.ledger.reached(seq).await?;
        found.ok_or(Fault::NotFound)
    }

    /// Webhooks to send: those of lines on disk after `seq`, and the newest such line. None once closed.
    pub async fn webhooks_after(&self, seq: u64) -> Option<(u64, Vec<Webhook>)> {
        let newest = self.ledger.moved_past(seq).await?;
        Some((newest, self.lock().undelivered(seq, newest)))
    }

    pub fn delivered(&self, webhook: &Webhook) -> Result<(), Fault> {
        let entry = Entry::WebhookDelivered { webhook: webhook.id.clone(), line: webhook.seq };
        self.append(&mut self.lock(), entry).map(|_| ())
    }

    pub async fn ledger(&self) -> io::Result<Vec<u8>> {
        self.ledger.read().await
    }

    pub async fn broken(&self) -> LedgerError {
        self.ledger.broken().await
    }

    pub async fn close(&self) {
        self.ledger.close().await;
    }

    /// The page where the customer decides.
    pub fn action_url(&self, secret: &str) -> String {
        format!("{}/actions/{secret}", self.public_url.as_str().trim_end_matches('/'))
    }

    fn place(&self, request: Request, demand: Demand, token: Token) -> Result<(u64, Result<Reply, Fault>), Fault> {
        let mut book = self.lock();
        match (book.request(&request), token.first_fault()) {
            (Known::Other, _) => Err(Fault::KeyReused),
            (Known::Answered(charge), _) => Ok((book.seq, Ok(Reply { charge, answer: Answer::AtOnce }))),
            (Known::New, Some(fault)) => {
                let seq = self.append(&mut book, Entry::FaultShown { request })?;
                Ok((seq, Err(Fault::Staged(fault))))
            }
            (Known::New, None) | (Known::FaultShown, _) => {
                let outcome = token.outcome(demand.method);
                let charge = Charge::create(demand, outcome, self.fresh());
                let cause = match token.answer() {
                    Answer::Slowly => Cause::HeldRequest(request),
                    Answer::AtOnce | Answer::Never => Cause::Request(request),
                };
                let (seq, charge) = self.record(&mut book, Change::Created, charge, cause)?;
                Ok((seq, Ok(Reply { charge, answer: token.answer() })))
            }
        }
    }

    async fn change(
        &self,
        request: Request,
        id: &str,
        change: Change,
        act: impl FnOnce(Charge) -> Result<Charge, Refusal>,
    ) -> Result<Arc<Charge>, Fault> {
        let (seq, charge) = {
            let mut book = self.lock();
            match book.request(&request) {
                Known::Other => return Err(Fault::KeyReused),
                Known::Answered(charge) => (book.seq, charge),
                Known::New | Known::FaultShown => {
                    let charge = book.charge(id).ok_or(Fault::NotFound)?;
                    let next = act(Charge::clone(&charge))?;
                    self.record(&mut book, change, next, Cause::Request(request))?
                }
            }
        };
        self.ledger.reached(seq).await?;
        Ok(charge)
    }

    fn record(
        &self,
        book: &mut Book,
        change: Change,
        charge: Charge,
        cause: Cause,
    ) -> Result<(u64, Arc<Charge>), Fault> {
        let id = charge.id.clone();
        let due = charge.due_at().is_some();
        let (request, told) = match cause {
            Cause::Request(request) => (Some(request), false),
            Cause::HeldRequest(request) => (Some(request), true),
            Cause::World => (None, true),
        };
        let webhook = told.then(|| new_id("whk"));
        let charge = Box::new(charge);
        let seq = self.append(book, Entry::Charge { change, charge, request, webhook })?;
        if due {
            self.due_changed.notify_one();
        }
        Ok((seq, book.charge(&id).ok_or(Fault::NotFound)?))
    }

    /// Memory first, disk after: nobody is told before the disk has it.
    fn append(&self, book: &mut Book, entry: Entry) -> Result<u64, Fault> {
        let slot = self.ledger.slot().ok_or(Fault::Busy)?;
        let line = Line { seq: book.seq + 1, at: clock::now(), entry };
        slot.fill(&line);
        book.apply(line);
        Ok(book.seq)
    }

    fn fresh(&self) -> Fresh {
        let now = clock::now();
        Fresh {
            id: new_id("chg"),
            secret: Uuid::new_v4().simple().to_string(),
            now,
            action_expires_at: now + self.timing.action,
            late_success_at: now + self.timing.late,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Book> {
        // Lines are applied whole, so a panic elsewhere leaves the book usable.
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// 122 random bits behind a prefix.
fn new_id(prefix: &str) -> String {
    format!("{prefix}_{}", Uuid::new_v4().simple())
}
