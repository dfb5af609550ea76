//! Holds reservations against their orders: what an event that was lost should have done is done by the command that the
//! event would have called. And holds each stock row against its reservations: what differs there is written down, and
//! never repaired in silence, for nobody can tell which of the two is wrong without counting.

use std::{collections::HashSet, time::Duration};

use souk_contracts::OrderId;
use souk_process::clock;
use souk_subgraph::{
    Db, StoreError,
    clients::ServiceClient,
    reconcile::{Finding, LookError, OpenFindings, Reconciler, Suspects},
};
use uuid::Uuid;

use super::{StockRoom, settle};
use crate::{
    clients::{OrderStanding, order_standings},
    domain::{ReservationState, Standing, standing_of},
    store,
};

/// Reservations whose orders are asked about with one call.
const AT_ONCE: u32 = 100;
/// The most shelves that one look tells of.
const SHELVES: u32 = 1_000;
const UNBALANCED: &str = "stock-reserved-differs";
const UNREADABLE: &str = "units-unreadable";
/// What an order's reservations may be found to be.
const OF_ORDERS: [&str; 7] = [
    "units-not-committed",
    "units-not-released",
    "units-not-restocked",
    "confirmed-without-units",
    "units-of-ended-order",
    "units-without-order",
    UNREADABLE,
];

/// The shelves, the reservations, and where their orders stand.
#[derive(Debug)]
pub struct StockCount {
    room: StockRoom,
    client: ServiceClient,
    /// How far back reservations are looked at.
    window: Duration,
    suspects: Suspects<Suspect>,
    open: OpenFindings,
}

/// What two looks must see alike: an order, its status, and where its reservations stand.
type Suspect = (OrderId, Option<String>, Vec<ReservationState>);

impl StockCount {
    pub fn new(room: StockRoom, client: ServiceClient, window: Duration) -> Self {
        Self { room, client, window, suspects: Suspects::default(), open: OpenFindings::default() }
    }

    /// Gives the orders that were looked at.
    async fn reservations(&mut self) -> Result<HashSet<OrderId>, LookError> {
        let mut looked_at = HashSet::new();
        let until = clock::now();
        let mut place = (until - self.window, Uuid::nil());
        loop {
            let page = store::reservations::changed_from(&self.room.db, place, until, AT_ONCE).await?;
            let Some(last) = page.last() else { return Ok(looked_at) };
            place = (last.updated_at, last.id.uuid());
            let mut orders: Vec<OrderId> = page.iter().map(|changed| changed.order).collect();
            orders.sort_unstable();
            orders.dedup();
            looked_at.extend(orders.iter().copied());
            self.against(orders).await?;
        }
    }

    /// What was found once is looked at again however long ago its rows changed.
    async fn found(&mut self, looked_at: &HashSet<OrderId>) -> Result<(), LookError> {
        let subjects = self.open.of_kinds(&OF_ORDERS);
        let orders = subjects.iter().filter_map(|subject| subject.parse().ok());
        let orders: Vec<OrderId> = orders.filter(|order| !looked_at.contains(order)).collect();
        for some in orders.chunks(AT_ONCE as usize) {
            self.against(some.to_vec()).await?;
        }
        Ok(())
    }

    async fn against(&mut self, orders: Vec<OrderId>) -> Result<(), LookError> {
        for OrderStanding { order_id, status } in order_standings(&self.client, orders).await? {
            match self.compare(order_id, status).await {
                Err(LookError::Store(error)) => pass_over(&self.room.db, order_id, error).await?,
                compared => compared?,
            }
        }
        Ok(())
    }

    /// The reservations are read after the order, so what it asks of them was asked by then.
    async fn compare(&mut self, order: OrderId, status: Option<String>) -> Result<(), LookError> {
        let states = self.states(order).await?;
        let Standing::Differs { kind, action } = standing_of(status.as_deref(), &states) else {
            return self.over(&order.to_string(), &OF_ORDERS).await;
        };
        if !self.suspects.seen_twice((order, status.clone(), states.clone())) {
            return Ok(());
        }
        let mut repaired = false;
        if let Some(action) = action {
            let after = settle(&self.room, order, action).await?;
            repaired = standing_of(status.as_deref(), &after) == Standing::Right;
        }
        let told: Vec<&str> = states.iter().map(|state| state.as_str()).collect();
        let status = status.as_deref().unwrap_or("unknown to orders");
        let what = format!("the order is {status}, its reservations were {}", told.join(", "));
        self.note(kind, order.to_string(), what, repaired).await
    }

    async fn states(&self, order: OrderId) -> Result<Vec<ReservationState>, LookError> {
        let rows = store::reservations::of_order(&self.room.db, order).await?;
        Ok(rows.into_iter().map(|row| row.state).collect())
    }

    /// Nothing is ever on its way between a shelf and its reservations, so one look is enough: a shelf that sells all
    /// the time is never seen twice alike.
    async fn shelves(&mut self) -> Result<(), LookError> {
        let unbalanced = store::stock::unbalanced(&self.room.db, SHELVES).await?;
        let mut wrong = HashSet::new();
        for shelf in &unbalanced {
            let subject = format!("{}@{}", shelf.sku, shelf.warehouse);
            let what = format!("{} units are reserved, {} are held by reservations", shelf.reserved, shelf.held);
            self.note(UNBALANCED, subject.clone(), what, false).await?;
            wrong.insert(subject);
        }
        if unbalanced.len() < SHELVES as usize {
            self.open.over_but(&self.room.db, UNBALANCED, &wrong).await?;
        }
        Ok(())
    }

    async fn note(&self, kind: &'static str, subject: String, what: String, repaired: bool) -> Result<(), LookError> {
        Ok(Finding { kind, subject, what, repaired }.note(&self.room.db).await?)
    }

    async fn over(&mut self, subject: &str, kinds: &[&str]) -> Result<(), LookError> {
        Ok(self.open.over(&self.room.db, subject, kinds).await?)
    }
}

/// What stands in the way of one order is for people, and holds no other one up; that of all is given back.
pub(super) async fn pass_over(db: &Db, order: OrderId, error: StoreError) -> Result<(), StoreError> {
    if error.is_unavailable() {
        return Err(error);
    }
    if error.is_unreadable() {
        let (subject, what) = (order.to_string(), error.to_string());
        return Finding { kind: UNREADABLE, subject, what, repaired: false }.note(db).await;
    }
    tracing::error!(order.id = %order, "the units of {order} cannot be settled: {error}");
    Ok(())
}

impl Reconciler for StockCount {
    async fn look(&mut self) -> Result<(), LookError> {
        self.suspects.begin();
        self.open = OpenFindings::read(&self.room.db).await?;
        // First what needs nobody else.
        self.shelves().await?;
        let looked_at = self.reservations().await?;
        self.found(&looked_at).await
    }
}
