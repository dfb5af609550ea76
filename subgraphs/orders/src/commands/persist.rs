//! Writing an order's progress: its row, its history and its events are one transaction.

use std::time::Duration;

use souk_contracts::events::{OrderChanged, OrderLineBody};
use souk_subgraph::{StoreError, Tx, outbox::Outbox};

use crate::{
    domain::{Change, Order, Progress},
    store,
};

/// What is written with a new order and nowhere else.
#[derive(Debug, Clone, Copy)]
pub(super) struct Opening<'a> {
    pub coupon_code: Option<&'a str>,
    pub payment_token: Option<&'a str>,
    /// How long its creator may run the saga undisturbed.
    pub lease: Duration,
}

/// A new order with its saga.
pub(super) async fn insert(
    tx: &mut Tx,
    outbox: &Outbox,
    progress: &Progress,
    opening: Opening<'_>,
) -> Result<(), StoreError> {
    let order = &progress.order;
    store::insert::order(tx, order, opening.coupon_code).await?;
    store::insert::lines(tx, order).await?;
    store::sagas::insert(tx, order.id, opening.payment_token, opening.lease).await?;
    note(tx, outbox, progress).await
}

/// The changes of an order; false, with nothing written, when the row has moved on.
pub(super) async fn save(tx: &mut Tx, outbox: &Outbox, progress: &Progress) -> Result<bool, StoreError> {
    if !store::changes::standing(tx, progress).await? {
        return Ok(false);
    }
    note(tx, outbox, progress).await?;
    Ok(true)
}

async fn note(tx: &mut Tx, outbox: &Outbox, progress: &Progress) -> Result<(), StoreError> {
    store::changes::history(tx, &progress.order, &progress.changes).await?;
    let events: Vec<OrderChanged> = progress.changes.iter().map(|change| event(&progress.order, change)).collect();
    outbox.append_all(tx, &events).await
}

fn event(order: &Order, change: &Change) -> OrderChanged {
    let lines = order.lines.iter().map(|line| OrderLineBody {
        line_id: line.id,
        sku: line.sku.clone(),
        quantity: line.quantity.get(),
    });
    OrderChanged {
        order_id: order.id,
        number: order.number.clone(),
        version: change.version,
        customer_id: order.customer,
        previous_status: change.from.map(|from| from.to_string()),
        status: change.to.to_string(),
        payment_status: change.payment_status.to_string(),
        reason: change.reason.clone(),
        lines: lines.collect(),
        total: order.totals.total,
        at: change.at,
    }
}
