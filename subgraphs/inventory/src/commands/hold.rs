//! Setting an order's units aside: all lines, or none.
//!
//! ```text
//! reservations there already? ──> hold them anew for the time asked, tell what stands
//! plan (plain read): short? ────> tell which skus, nothing written
//! INSERT reservations, then one conditional UPDATE a row in the order of rows
//! a row that ran out since the plan ──> roll all back, plan anew
//! the order has ended meanwhile ──────> roll all back: a hold that comes after the release is refused
//! ```

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use souk_contracts::{OrderId, Sku};
use souk_process::failpoint;
use souk_subgraph::{
    StoreError, Tx,
    db::{TransactionError, in_transaction},
    outbox::Outbox,
};

use super::{StockRoom, extend::extend_in, publish::publish};
use crate::{
    domain::{HoldLine, PlannedLine, ShelfKey, plan_hold},
    store::{self, ReservationRow},
};

/// Plans tried when others take the stock between a plan and its updates. Each further plan sees less stock, so
/// this ends early by itself; the limit is for warehouses that others fill and empty all the while.
const PLANS: u32 = 8;

/// What is to be held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldRequest {
    pub order: OrderId,
    pub lines: Vec<HoldLine>,
    pub ttl_seconds: u32,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Held {
    /// Every line is held, or committed already.
    Until(DateTime<Utc>),
    /// These skus fell short; nothing is held.
    Short(Vec<Sku>),
}

#[derive(Debug, thiserror::Error)]
enum HoldError {
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Others were faster; all is rolled back.
    #[error("{0:?} ran out since the plan")]
    Raced(Vec<Sku>),
    /// The order was released before this hold came; all is rolled back.
    #[error("the order has ended")]
    Ended,
}

impl TransactionError for HoldError {
    fn store_error(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) => Some(error),
            Self::Raced(_) | Self::Ended => None,
        }
    }
}

/// # Errors
/// [`StoreError`]; then nothing is known to be held, and the same call may be made again.
pub async fn hold(room: &StockRoom, request: &HoldRequest) -> Result<Held, StoreError> {
    let mut short = Vec::new();
    for _ in 0..PLANS {
        let held = in_transaction(&room.db, |tx| Box::pin(hold_in(tx, &room.outbox, request))).await;
        match held {
            Ok(held) => {
                failpoint::hit("inventory.hold.committed");
                room.outbox.committed();
                count(&held);
                return Ok(held);
            }
            Err(HoldError::Raced(skus)) => short = skus,
            Err(HoldError::Store(error)) => return Err(error),
            // The same answer that a hold gets whose reservations were released.
            Err(HoldError::Ended) => return Ok(Held::Short(skus_of(request))),
        }
    }
    Ok(Held::Short(short))
}

async fn hold_in(tx: &mut Tx, outbox: &Outbox, request: &HoldRequest) -> Result<Held, HoldError> {
    let present = store::reservations::of_order_in(tx, request.order).await?;
    if !present.is_empty() {
        // Whoever asks again counts from now, e.g. after a crash between the hold and writing it down.
        extend_in(tx, request.order, request.ttl_seconds).await?;
        return Ok(standing(&store::reservations::of_order_in(tx, request.order).await?));
    }
    let skus = skus_of(request);
    let available = store::stock::available(tx, &skus).await?;
    let planned = match plan_hold(&request.lines, &available) {
        Ok(planned) => planned,
        Err(short) => return Ok(Held::Short(short)),
    };
    if !store::reservations::insert_held(tx, request.order, &planned, request.ttl_seconds).await? {
        return Err(HoldError::Raced(skus));
    }
    let rows = units_by_row(&planned);
    for (shelf, units) in &rows {
        if !store::stock::reserve(tx, shelf, *units).await? {
            return Err(HoldError::Raced(vec![shelf.sku.clone()]));
        }
    }
    let changed: Vec<_> = rows.keys().map(|shelf| (*shelf, "reserved")).collect();
    publish(tx, outbox, &changed).await?;
    let held = store::reservations::of_order_unless_ended(tx, request.order).await?;
    failpoint::hit("inventory.hold.uncommitted");
    Ok(standing(&held.ok_or(HoldError::Ended)?))
}

/// Each once.
fn skus_of(request: &HoldRequest) -> Vec<Sku> {
    let skus: BTreeSet<&Sku> = request.lines.iter().map(|line| &line.sku).collect();
    skus.into_iter().cloned().collect()
}

/// One update a row, so that a row's version rises once.
fn units_by_row(planned: &[PlannedLine]) -> BTreeMap<&ShelfKey, i64> {
    let mut rows = BTreeMap::new();
    for line in planned {
        *rows.entry(&line.shelf).or_insert(0) += i64::from(line.quantity.get());
    }
    rows
}

/// The answer that an order's reservations give, however often it is asked.
fn standing(present: &[ReservationRow]) -> Held {
    let lost = present.iter().filter(|row| !row.state.occupies_stock()).map(|row| row.shelf.sku.clone());
    let lost: Vec<Sku> = lost.collect();
    match present.iter().map(|row| row.expires_at).min() {
        Some(expires_at) if lost.is_empty() => Held::Until(expires_at),
        _ => Held::Short(lost),
    }
}

fn count(held: &Held) {
    let outcome = match held {
        Held::Until(_) => "held",
        Held::Short(_) => "short",
    };
    metrics::counter!("souk_reservation_holds_total", "outcome" => outcome).increment(1);
}
