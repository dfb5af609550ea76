//! The rows of the small sound shop, written into its databases.

use std::collections::BTreeMap;

use chrono::DateTime;
use souk_contracts::{
    ProductId, VariantId,
    events::{Envelope, ProductChanged, StockChanged, VariantBody},
};
use sqlx::MySqlConnection;
use uuid::Uuid;

use super::stories::{Paid, SKU, STORIES, Story, TOTAL, envelope};

/// Fills the databases of a new shop.
pub async fn fill(databases: &mut BTreeMap<&'static str, MySqlConnection>) {
    fill_catalogue(databases).await;
    for story in &STORIES {
        fill_order(databases.get_mut("orders").unwrap(), story).await;
        fill_saga(databases.get_mut("orders").unwrap(), story).await;
        if let Some(state) = story.reserved {
            fill_reservation(databases.get_mut("inventory").unwrap(), story, state).await;
        }
        if let Some(paid) = &story.paid {
            fill_payment(databases.get_mut("payments").unwrap(), story, paid).await;
            publish(databases, "payments", &[story.payment_event(paid)], &[("orders", "orders.payments")]).await;
            know_payment(databases.get_mut("orders").unwrap(), story, paid).await;
        }
        let events = story.events();
        let consumers = [("inventory", "inventory.orders"), ("notifications", "notifications.orders")];
        publish(databases, "orders", &events, &consumers).await;
        for (status, _) in
            story.path.iter().filter(|(status, _)| matches!(*status, "CONFIRMED" | "SHIPPED" | "CANCELLED"))
        {
            notify(databases.get_mut("notifications").unwrap(), story, &format!("ORDER_{status}")).await;
        }
    }
}

/// Twenty mugs came; three left, one of them came back, one is held.
async fn fill_catalogue(databases: &mut BTreeMap<&'static str, MySqlConnection>) {
    let id = ProductId(Uuid::from_u128(9));
    let products = databases.get_mut("products").unwrap();
    run(
        products,
        "INSERT INTO products (id, slug, title, description, status, version, search_text)
                   VALUES (?, 'mug', 'Mug', '', 'ACTIVE', 1, 'mug')",
        |query| query.bind(id.uuid()),
    )
    .await;
    let variant = VariantBody { variant_id: VariantId(Uuid::from_u128(9)), sku: SKU.parse().unwrap() };
    let product = envelope(&ProductChanged {
        product_id: id,
        version: 1,
        change: "created".to_owned(),
        status: "ACTIVE".to_owned(),
        variants: vec![variant],
        at: DateTime::UNIX_EPOCH,
    });
    publish(databases, "products", &[product], &[("inventory", "inventory.products")]).await;

    let inventory = databases.get_mut("inventory").unwrap();
    run(
        inventory,
        "INSERT INTO stock (sku, warehouse, on_hand, reserved, version) VALUES ('MUG', 'main', 17, 1, 1)",
        |query| query,
    )
    .await;
    for (delta, kind) in [(20, "ADJUSTED"), (-2, "COMMITTED"), (-1, "COMMITTED"), (1, "RESTOCKED"), (-1, "COMMITTED")] {
        let entry = "INSERT INTO stock_ledger (sku, warehouse, delta, kind) VALUES ('MUG', 'main', ?, ?)";
        run(inventory, entry, |query| query.bind(delta).bind(kind)).await;
    }
    let stock = envelope(&StockChanged {
        sku: SKU.parse().unwrap(),
        warehouse: "main".to_owned(),
        version: 1,
        on_hand: 17,
        reserved: 1,
        available: 16,
        change: "adjusted".to_owned(),
        at: DateTime::UNIX_EPOCH,
    });
    publish(databases, "inventory", &[stock], &[]).await;
}

async fn fill_order(orders: &mut MySqlConnection, story: &Story) {
    let (status, payment_status) = *story.path.last().unwrap();
    let insert = "INSERT INTO orders (id, number, email, status, payment_status, version, payment_method, currency,
                      subtotal_minor, discount_minor, shipping_minor, tax_minor, total_minor, shipping_address, placed_at)
                  VALUES (?, ?, 'a@example.com', ?, ?, ?, ?, 'EUR', ?, 0, 0, 0, ?, '{}', NOW(6))";
    run(orders, insert, |query| {
        query
            .bind(story.order().uuid())
            .bind(format!("SK-{}", story.number))
            .bind(status)
            .bind(payment_status)
            .bind(story.version())
            .bind(story.method)
            .bind(TOTAL)
            .bind(TOTAL)
    })
    .await;
    let line = "INSERT INTO order_lines (order_id, position, id, sku, title, quantity, unit_price_minor, total_minor)
                VALUES (?, 0, ?, 'MUG', 'Mug', ?, ?, ?)";
    run(orders, line, |query| {
        query.bind(story.order().uuid()).bind(story.line().uuid()).bind(story.units).bind(TOTAL).bind(TOTAL)
    })
    .await;
    for (index, (to, payment_status)) in story.path.iter().enumerate() {
        let change = "INSERT INTO order_history (order_id, version, from_status, to_status, payment_status, at)
                      VALUES (?, ?, ?, ?, ?, NOW(6))";
        let from = index.checked_sub(1).map(|before| story.path[before].0);
        let version = index as u64 + 1;
        run(orders, change, |query| {
            query.bind(story.order().uuid()).bind(version).bind(from).bind(*to).bind(*payment_status)
        })
        .await;
    }
}

async fn fill_saga(orders: &mut MySqlConnection, story: &Story) {
    let waits = story.path.last().unwrap().0 == "AWAITING_PAYMENT";
    let saga = "INSERT INTO sagas (order_id, step, version, attempt, entered_at, next_run_at, lease_until)
                VALUES (?, ?, 1, 1, NOW(6), IF(?, NOW(6) + INTERVAL 10 MINUTE, NULL), NOW(6))";
    let step = if waits { "AWAIT" } else { "DONE" };
    run(orders, saga, |query| query.bind(story.order().uuid()).bind(step).bind(waits)).await;
    let key = "INSERT INTO idempotency_keys (scope_hash, input_hash, result_id) VALUES (?, ?, ?)";
    let hash = vec![story.number as u8; 32];
    run(orders, key, |query| query.bind(hash.clone()).bind(hash.clone()).bind(story.order().to_string())).await;
}

async fn fill_reservation(inventory: &mut MySqlConnection, story: &Story, state: &str) {
    let insert = "INSERT INTO reservations (id, order_id, line_id, sku, warehouse, quantity, state, expires_at)
                  VALUES (?, ?, ?, 'MUG', 'main', ?, ?, NOW(6) + INTERVAL 15 MINUTE)";
    run(inventory, insert, |query| {
        let (order, line) = (story.order().uuid(), story.line().uuid());
        query.bind(story.reservation().uuid()).bind(order).bind(line).bind(story.units).bind(state)
    })
    .await;
}

async fn fill_payment(payments: &mut MySqlConnection, story: &Story, paid: &Paid) {
    let insert = "INSERT INTO payments (id, order_id, attempt, method, state, version, currency, amount_minor,
                      authorized_minor, captured_minor, refunded_minor)
                  VALUES (?, ?, 1, ?, ?, 1, 'EUR', ?, ?, ?, ?)";
    run(payments, insert, |query| {
        query
            .bind(story.payment().uuid())
            .bind(story.order().uuid())
            .bind(story.method)
            .bind(paid.state)
            .bind(TOTAL)
            .bind(paid.authorized)
            .bind(paid.captured)
            .bind(paid.refunded)
    })
    .await;
    if paid.refunded > 0 {
        let refund = "INSERT INTO refunds (id, payment_id, amount_minor, reason, requested_by, state)
                      VALUES (?, ?, ?, 'cancelled', 'orders', 'DONE')";
        run(payments, refund, |query| {
            query.bind(story.refund().uuid()).bind(story.payment().uuid()).bind(paid.refunded)
        })
        .await;
    }
}

async fn know_payment(orders: &mut MySqlConnection, story: &Story, paid: &Paid) {
    let insert = "INSERT INTO order_payments (payment_id, order_id, attempt, version, state, currency,
                      authorized_minor, captured_minor, refunded_minor)
                  VALUES (?, ?, 1, 1, ?, 'EUR', ?, ?, ?)";
    run(orders, insert, |query| {
        query
            .bind(story.payment().uuid())
            .bind(story.order().uuid())
            .bind(paid.state)
            .bind(paid.authorized)
            .bind(paid.captured)
            .bind(paid.refunded)
    })
    .await;
}

async fn notify(notifications: &mut MySqlConnection, story: &Story, kind: &str) {
    let insert = "INSERT INTO notifications (id, order_id, kind, subject, body, created_at, mail_state, mail_next_at)
                  VALUES (?, ?, ?, '', '', NOW(6), 'SENT', NOW(6))";
    run(notifications, insert, |query| query.bind(Uuid::new_v4()).bind(story.order().uuid()).bind(kind)).await;
}

/// Events in their owner's outbox, published, and taken by these consumers.
async fn publish(
    databases: &mut BTreeMap<&'static str, MySqlConnection>,
    owner: &str,
    events: &[Envelope],
    consumers: &[(&'static str, &str)],
) {
    for event in events {
        let insert = "INSERT INTO outbox (event_id, topic, subject, version, shard, record, published_at)
                      VALUES (?, ?, ?, ?, 0, ?, NOW(6))";
        let record = serde_json::to_vec(event).unwrap();
        run(databases.get_mut(owner).unwrap(), insert, |query| {
            query
                .bind(event.id.uuid())
                .bind(format!("{owner}.events"))
                .bind(event.subject.clone())
                .bind(event.version)
                .bind(record.clone())
        })
        .await;
    }
    let last = events.last().unwrap();
    for (service, consumer) in consumers {
        let gate = "INSERT INTO version_gates (consumer, subject, version) VALUES (?, ?, ?)";
        run(databases.get_mut(service).unwrap(), gate, |query| {
            query.bind((*consumer).to_owned()).bind(last.subject.clone()).bind(last.version)
        })
        .await;
    }
}

type Query<'q> = sqlx::query::Query<'q, sqlx::MySql, sqlx::mysql::MySqlArguments>;

async fn run(connection: &mut MySqlConnection, statement: &'static str, bind: impl FnOnce(Query<'_>) -> Query<'_>) {
    bind(sqlx::query(statement)).execute(connection).await.unwrap_or_else(|error| panic!("{statement}: {error}"));
}
