//! Holds reservations against their orders: what an event that was lost should have done is done by the command that the
//! event would have called. And holds each stock row against its reservations: what differs there is written down, and
//! never repaired in silence, for nobody can tell which of the two is wrong without counting.

use std::time::Duration;

use souk_contracts::{OrderId, ReservationId};
use souk_process::clock;
use souk_subgraph::{
    clients::ServiceClient,
    reconcile::{Finding, LookError, Reconciler, Suspects},
};

use super::{StockRoom, settle};
use crate::{
    clients::{OrderStanding, order_standings},
    domain::{ReservationState, Standing, standing_of},
    store,
};

/// Orders asked about with one call.
const ORDERS_AT_ONCE: u32 = 100;

/// The shelves, the reservations, and where their orders stand.
#[derive(Debug)]
pub struct StockCount {
    room: StockRoom,
    client: ServiceClient,
    /// How far back reservations are looked at.
    window: Duration,
    suspects: Suspects<Suspect>,
}

/// What two looks must see alike.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Suspect {
    /// An order, its status, and where its reservations stand.
    Order(OrderId, Option<String>, Vec<ReservationState>),
    /// A sku in a warehouse, and the version of its row.
    Shelf(String, String, u64),
}

impl StockCount {
    pub fn new(room: StockRoom, client: ServiceClient, window: Duration) -> Self {
        Self { room, client, window, suspects: Suspects::default() }
    }

    async fn reservations(&mut self) -> Result<(), LookError> {
        let mut first = ReservationId::new(clock::now() - self.window, [0; 10]);
        loop {
            let page = store::reservations::orders_from(&self.room.db, first, ORDERS_AT_ONCE).await?;
            let Some((last, _)) = page.last() else { return Ok(()) };
            first = *last;
            let mut orders: Vec<OrderId> = page.into_iter().map(|(_, order)| order).collect();
            orders.sort_unstable();
            orders.dedup();
            for OrderStanding { order_id, status } in order_standings(&self.client, orders).await? {
                self.compare(order_id, status).await?;
            }
        }
    }

    /// The reservations are read after the order, so what it asks of them was asked by then.
    async fn compare(&mut self, order: OrderId, status: Option<String>) -> Result<(), LookError> {
        let states = self.states(order).await?;
        let Standing::Differs { kind, action } = standing_of(status.as_deref(), &states) else { return Ok(()) };
        if !self.suspects.seen_twice(Suspect::Order(order, status.clone(), states.clone())) {
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
        Ok(Finding { kind, subject: order.to_string(), what, repaired }.note(&self.room.db).await?)
    }

    async fn states(&self, order: OrderId) -> Result<Vec<ReservationState>, LookError> {
        let rows = store::reservations::of_order(&self.room.db, order).await?;
        Ok(rows.into_iter().map(|row| row.state).collect())
    }

    async fn shelves(&mut self) -> Result<(), LookError> {
        for wrong in store::stock::unbalanced(&self.room.db).await? {
            let (sku, warehouse) = (wrong.shelf.sku.as_str().to_owned(), wrong.shelf.warehouse);
            let subject = format!("{sku}@{warehouse}");
            if self.suspects.seen_twice(Suspect::Shelf(sku, warehouse, wrong.version)) {
                let what = format!("{} units are reserved, {} are held by reservations", wrong.reserved, wrong.held);
                let finding = Finding { kind: "stock-reserved-differs", subject, what, repaired: false };
                finding.note(&self.room.db).await?;
            }
        }
        Ok(())
    }
}

impl Reconciler for StockCount {
    async fn look(&mut self) -> Result<(), LookError> {
        self.suspects.begin();
        // First what needs nobody else.
        self.shelves().await?;
        self.reservations().await
    }
}
