//! 13, the consumers' half: what each of them has is what the events add up to.

use std::collections::{BTreeSet, HashMap};

use souk_contracts::{
    LineId, OrderId, PaymentId,
    events::{EventBody, OrderChanged, PaymentChanged, ProductChanged},
};

use crate::verify::{
    events::{Emitted, Streams},
    invariant::Invariant,
    report::Finding,
    rows::{KnownPayment, Notice, Reservation, Stock},
};

/// What a consumer has taken of each aggregate.
pub type Gates = HashMap<String, u64>;

/// The consumers' own rows.
#[derive(Debug, Default)]
pub struct Consumers {
    pub inventory_of_products: Gates,
    pub inventory_of_orders: Gates,
    pub orders_of_payments: Gates,
    pub notifications_of_orders: Gates,
    pub known_payments: Vec<KnownPayment>,
    pub notices: Vec<Notice>,
}

pub fn consumers_agree(
    emitted: &Emitted,
    consumers: &Consumers,
    stock: &[Stock],
    reservations: &[Reservation],
) -> Finding {
    let mut finding = Finding::of(Invariant::EventsArrived);
    gates(&mut finding, "inventory.products", &consumers.inventory_of_products, &emitted.products);
    gates(&mut finding, "inventory.orders", &consumers.inventory_of_orders, &emitted.orders);
    gates(&mut finding, "orders.payments", &consumers.orders_of_payments, &emitted.payments);
    gates(&mut finding, "notifications.orders", &consumers.notifications_of_orders, &emitted.orders);
    stock_follows_products(&mut finding, emitted, stock);
    stock_follows_orders(&mut finding, emitted, reservations);
    orders_follow_payments(&mut finding, emitted, &consumers.known_payments);
    notices_follow_orders(&mut finding, emitted, &consumers.notices);
    finding
}

fn gates<B: EventBody>(finding: &mut Finding, consumer: &str, gates: &Gates, streams: &Streams<B>) {
    finding.looked_at("aggregates consumed", streams.0.len());
    for (subject, stream) in &streams.0 {
        let (taken, last) = (gates.get(subject).copied().unwrap_or(0), stream.last());
        if taken < last {
            finding.violated(subject, format!("{consumer} has taken version {taken} of {last}"));
        } else if taken > last {
            finding.violated(subject, format!("{consumer} has taken version {taken}, and only {last} were emitted"));
        }
    }
}

/// Each sku of the catalogue has a stock row, closed when its product is archived.
fn stock_follows_products(finding: &mut Finding, emitted: &Emitted, stock: &[Stock]) {
    let mut rows: HashMap<&str, Vec<&Stock>> = HashMap::new();
    for row in stock {
        rows.entry(&row.sku).or_default().push(row);
    }
    for stream in emitted.products.0.values() {
        let ProductChanged { product_id, status, variants, .. } = &stream.newest;
        for variant in variants {
            let own = rows.get(variant.sku.as_str()).map(Vec::as_slice).unwrap_or_default();
            if own.is_empty() {
                finding.violated(product_id, format!("inventory has no stock row of {}", variant.sku));
            }
            for row in own.iter().filter(|row| row.closed != (status == "ARCHIVED")) {
                let closed = if row.closed { "closed" } else { "open" };
                finding.violated(product_id, format!("it is {status}, and the stock of {} is {closed}", row.sku));
            }
        }
    }
}

/// A confirmed order's units are committed, an ended one's are free.
fn stock_follows_orders(finding: &mut Finding, emitted: &Emitted, reservations: &[Reservation]) {
    let mut rows: HashMap<OrderId, HashMap<LineId, &Reservation>> = HashMap::new();
    for row in reservations {
        rows.entry(row.order).or_default().insert(row.line, row);
    }
    for stream in emitted.orders.0.values() {
        let OrderChanged { order_id, status, lines, .. } = &stream.newest;
        let own = rows.get(order_id);
        for line in lines {
            let row = own.and_then(|own| own.get(&line.line_id)).copied();
            let state = row.map_or("NONE", |row| row.state.as_str());
            let agrees = match status.as_str() {
                "CONFIRMED" | "SHIPPED" | "DELIVERED" => {
                    row.is_some_and(|row| row.state == "COMMITTED" && row.quantity == i64::from(line.quantity))
                }
                "REJECTED" | "PAYMENT_FAILED" | "EXPIRED" | "CANCELLED" => {
                    !row.is_some_and(Reservation::occupies_stock)
                }
                _ => true,
            };
            if !agrees {
                let units = format!("{} {}", line.quantity, line.sku);
                finding.violated(order_id, format!("its events say {status}, and inventory has {units} as {state}"));
            }
        }
    }
}

/// What orders knows of a payment is the newest that was told. Open outcomes are not taken from events, though a
/// reply may have told them.
fn orders_follow_payments(finding: &mut Finding, emitted: &Emitted, known: &[KnownPayment]) {
    let known: HashMap<PaymentId, &KnownPayment> = known.iter().map(|row| (row.id, row)).collect();
    for (id, settled) in &emitted.settled {
        let last = emitted.payments.0.get(&id.to_string()).map(|stream| &stream.newest);
        let Some(row) = known.get(id) else {
            finding.violated(id, format!("it is {}, and orders does not know it", settled.state));
            continue;
        };
        let told = [Some(settled), last].into_iter().flatten().find(|told| told.version == row.version);
        match told {
            Some(told)
                if amounts(told) == (&row.state, row.authorized_minor, row.captured_minor, row.refunded_minor) => {}
            Some(told) => {
                finding.violated(
                    id,
                    format!(
                        "orders has version {} of it as {} with {} captured, told was {} with {}",
                        row.version, row.state, row.captured_minor, told.state, told.captured_minor
                    ),
                );
            }
            None if row.version < settled.version || last.is_some_and(|last| row.version > last.version) => {
                finding.violated(id, format!("orders has version {} of it, {} was told", row.version, settled.version));
            }
            None => {}
        }
    }
}

fn amounts(told: &PaymentChanged) -> (&String, i64, i64, i64) {
    (&told.state, told.authorized_minor, told.captured_minor, told.refunded_minor)
}

/// One message for each move that is worth one, and no other.
fn notices_follow_orders(finding: &mut Finding, emitted: &Emitted, notices: &[Notice]) {
    finding.looked_at("messages to customers", notices.len());
    let mut written: BTreeSet<(OrderId, &str)> = BTreeSet::new();
    for notice in notices {
        if !written.insert((notice.order, &notice.kind)) {
            finding.violated(notice.order, format!("{} was written twice", notice.kind));
        }
    }
    let owed: &BTreeSet<(OrderId, &str)> = &emitted.notices;
    for (order, kind) in owed.difference(&written) {
        finding.violated(order, format!("{kind} was never written"));
    }
    for (order, kind) in written.difference(owed) {
        // Of an order whose first events are no longer kept, what it was owed is not known.
        let whole = emitted.orders.0.get(&order.to_string()).is_some_and(|stream| stream.first() == 1);
        if whole {
            finding.violated(order, format!("{kind} was written, and no event asked for it"));
        }
    }
}

#[cfg(test)]
#[path = "consumers_tests.rs"]
mod tests;
