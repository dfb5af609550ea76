//! The inbox's and the version gate's statements, all in the transaction of the effects.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use souk_contracts::events::Envelope;
use sqlx::{MySql, QueryBuilder};
use uuid::Uuid;

use crate::db::{Db, StoreError, Tx, Violation};

/// Hours that an event's id is kept: longer than any outbox keeps the event.
const KEPT_HOURS: u32 = 72;

/// What is to be done with an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// Take its effect now, in this transaction; it is recorded as taken.
    New,
    /// Its effect, or that of a newer version, is committed: nothing to do.
    Seen,
    /// Versions between `have` and this one are missing: ask the owner. The event was not recorded.
    Gap { have: u64 },
}

/// Subject -> its newest version taken.
type Gates<'a> = BTreeMap<&'a str, u64>;

/// Decides about each event, in their order, and records those that are new. With `accept_gap` a gap is passed over: the
/// owner has nothing older to give. However many events, the statements are as many: two that read or record the gates
/// of aggregates known, one for new ones, one for the events.
///
/// # Errors
/// [`StoreError`], also when another taker made the gate of a new aggregate at the same time: then it is to be run again.
pub async fn admit(
    tx: &mut Tx,
    consumer: &str,
    events: &[&Envelope],
    accept_gap: bool,
) -> Result<Vec<Admission>, StoreError> {
    let gates = locked_gates(tx, consumer, events).await?;
    let (mut admissions, mut raised) = decide(events, &gates, &HashSet::new(), accept_gap);
    if !record(tx, consumer, &new_ones(events, &admissions)).await? {
        // An id that came before, under another version.
        let seen = recorded(tx, consumer, &new_ones(events, &admissions)).await?;
        (admissions, raised) = decide(events, &gates, &seen, accept_gap);
        if !record(tx, consumer, &new_ones(events, &admissions)).await? {
            return Err(StoreError::Lost { what: format!("the inbox of {consumer}") });
        }
    }
    let (known, first): (Gates<'_>, Gates<'_>) =
        raised.into_iter().partition(|(subject, _)| gates.contains_key(subject));
    open(tx, consumer, &first).await?;
    raise(tx, consumer, &known).await?;
    Ok(admissions)
}

/// What each event is, when `gates` stand and `seen` were recorded, and where the gates stand afterwards.
fn decide<'a>(
    events: &[&'a Envelope],
    gates: &Gates<'_>,
    seen: &HashSet<Uuid>,
    accept_gap: bool,
) -> (Vec<Admission>, Gates<'a>) {
    let (mut seen, mut raised) = (seen.clone(), Gates::new());
    let admission = |event: &&'a Envelope| {
        let subject = event.subject.as_str();
        let have = raised.get(subject).or_else(|| gates.get(subject)).copied().unwrap_or(0);
        if event.version <= have {
            return Admission::Seen;
        }
        if event.version > have + 1 && !accept_gap {
            return Admission::Gap { have };
        }
        if !seen.insert(event.id.uuid()) {
            return Admission::Seen;
        }
        raised.insert(subject, event.version);
        Admission::New
    };
    let admissions = events.iter().map(admission).collect();
    (admissions, raised)
}

/// Those of `events` that are to have their effect.
pub(crate) fn new_ones<'a>(events: &[&'a Envelope], admissions: &[Admission]) -> Vec<&'a Envelope> {
    let pairs = events.iter().zip(admissions);
    pairs.filter(|(_, admission)| **admission == Admission::New).map(|(event, _)| *event).collect()
}

/// The newest versions taken, their rows locked, in the order of rows.
async fn locked_gates<'a>(tx: &mut Tx, consumer: &str, events: &[&'a Envelope]) -> Result<Gates<'a>, StoreError> {
    let subjects: BTreeSet<&'a str> = events.iter().map(|event| event.subject.as_str()).collect();
    let mut statement = QueryBuilder::new("SELECT subject, version FROM version_gates WHERE consumer = ");
    statement.push_bind(consumer).push(" AND subject IN (");
    let mut list = statement.separated(", ");
    for subject in &subjects {
        list.push_bind(*subject);
    }
    let rows: Vec<(String, i64)> =
        statement.push(") ORDER BY subject FOR UPDATE").build_query_as().fetch_all(tx).await?;
    let versions: BTreeMap<String, i64> = rows.into_iter().collect();
    let have = |subject| versions.get(subject).map(|version| (subject, version.unsigned_abs()));
    Ok(subjects.into_iter().filter_map(have).collect())
}

/// False when one of them is recorded already; then none was.
async fn record(tx: &mut Tx, consumer: &str, events: &[&Envelope]) -> Result<bool, StoreError> {
    if events.is_empty() {
        return Ok(true);
    }
    let mut statement = QueryBuilder::new("INSERT INTO inbox (consumer, event_id) ");
    statement.push_values(events, |mut row, event| {
        row.push_bind(consumer).push_bind(event.id.uuid());
    });
    match statement.build().execute(tx).await.map_err(StoreError::from) {
        Ok(_) => Ok(true),
        Err(error) if matches!(error.violation(), Some(Violation::Unique(_))) => Ok(false),
        Err(error) => Err(error),
    }
}

async fn recorded(tx: &mut Tx, consumer: &str, events: &[&Envelope]) -> Result<HashSet<Uuid>, StoreError> {
    let mut statement = QueryBuilder::new("SELECT event_id FROM inbox WHERE consumer = ");
    statement.push_bind(consumer).push(" AND event_id IN (");
    let mut list = statement.separated(", ");
    for event in events {
        list.push_bind(event.id.uuid());
    }
    let rows: Vec<(Uuid,)> = statement.push(")").build_query_as().fetch_all(tx).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Makes the gates of aggregates that none was taken of. READ COMMITTED locks no gap, so another taker may have made one
/// meanwhile: the key refuses then, else the older effect could come last.
async fn open(tx: &mut Tx, consumer: &str, gates: &Gates<'_>) -> Result<(), StoreError> {
    if gates.is_empty() {
        return Ok(());
    }
    gates_to_write(consumer, gates).build().execute(tx).await?;
    Ok(())
}

/// Raises gates whose rows are locked.
async fn raise(tx: &mut Tx, consumer: &str, gates: &Gates<'_>) -> Result<(), StoreError> {
    if gates.is_empty() {
        return Ok(());
    }
    let mut statement = gates_to_write(consumer, gates);
    statement.push(" ON DUPLICATE KEY UPDATE version = VALUES(version)").build().execute(tx).await?;
    Ok(())
}

fn gates_to_write(consumer: &str, gates: &Gates<'_>) -> QueryBuilder<MySql> {
    let mut statement = QueryBuilder::new("INSERT INTO version_gates (consumer, subject, version) ");
    statement.push_values(gates, |mut row, (subject, version)| {
        row.push_bind(consumer).push_bind(*subject).push_bind(*version);
    });
    statement
}

/// Deletes ids past their time, at most 1,000 a call.
///
/// # Errors
/// [`StoreError`].
pub async fn forget_old(db: &Db) -> Result<u64, StoreError> {
    let done = sqlx::query("DELETE FROM inbox WHERE seen_at < NOW(6) - INTERVAL ? HOUR LIMIT 1000")
        .bind(KEPT_HOURS)
        .execute(db.pool())
        .await?;
    Ok(done.rows_affected())
}
