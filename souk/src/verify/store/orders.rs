//! The tables of orders.

use std::collections::HashMap;

use souk_contracts::{LineId, OrderId, PaymentId};
use sqlx::{MySql, MySqlConnection, QueryBuilder};
use uuid::Uuid;

use super::Rows;
use crate::verify::rows::{Change, KnownPayment, Line, OpenSaga, Order, Sold};

type OrderColumns = (Uuid, String, String, i64, bool, String, String, i64, bool);

/// All orders. Keys and events are kept for 24 hours, so those of the last 23 are young.
pub async fn orders(connection: &mut MySqlConnection) -> Rows<Order> {
    let rows: Vec<OrderColumns> = sqlx::query_as(
        "SELECT id, status, payment_status, version, ending IS NOT NULL, payment_method, currency, total_minor,
                placed_at > NOW(6) - INTERVAL 23 HOUR
         FROM orders",
    )
    .fetch_all(connection)
    .await?;
    let order =
        |(id, status, payment_status, version, is_ending, method, currency, total_minor, is_young): OrderColumns| {
            let (id, version) = (OrderId(id), version.unsigned_abs());
            Order { id, status, payment_status, version, is_ending, method, currency, total_minor, is_young }
        };
    Ok(rows.into_iter().map(order).collect())
}

pub async fn lines(connection: &mut MySqlConnection) -> Rows<Line> {
    let rows = sqlx::query_as("SELECT order_id, id, sku, quantity FROM order_lines").fetch_all(connection).await?;
    Ok(rows.into_iter().map(line).collect())
}

fn line((order, id, sku, quantity): (Uuid, Uuid, String, i32)) -> Line {
    Line { order: OrderId(order), id: LineId(id), sku, quantity: quantity.into() }
}

/// The whole history, each order's by version.
pub async fn history(connection: &mut MySqlConnection) -> Rows<Change> {
    let rows: Vec<(Uuid, i64, Option<String>, String, String)> = sqlx::query_as(
        "SELECT order_id, version, from_status, to_status, payment_status
         FROM order_history
         ORDER BY order_id, version",
    )
    .fetch_all(connection)
    .await?;
    let change = |(order, version, from, to, payment_status): (Uuid, i64, _, _, _)| {
        let (order, version) = (OrderId(order), version.unsigned_abs());
        Change { order, version, from, to, payment_status }
    };
    Ok(rows.into_iter().map(change).collect())
}

type KnownColumns = (Uuid, Uuid, i64, String, i64, i64, i64);

pub async fn known_payments(connection: &mut MySqlConnection) -> Rows<KnownPayment> {
    let rows: Vec<KnownColumns> = sqlx::query_as(
        "SELECT payment_id, order_id, version, state, authorized_minor, captured_minor, refunded_minor
         FROM order_payments",
    )
    .fetch_all(connection)
    .await?;
    let known = |(id, order, version, state, authorized_minor, captured_minor, refunded_minor): KnownColumns| {
        let (id, order, version) = (PaymentId(id), OrderId(order), version.unsigned_abs());
        KnownPayment { id, order, version, state, authorized_minor, captured_minor, refunded_minor }
    };
    Ok(rows.into_iter().map(known).collect())
}

/// The checkouts that are not done.
pub async fn open_sagas(connection: &mut MySqlConnection) -> Rows<OpenSaga> {
    let rows: Vec<(Uuid, String, i64, i64)> = sqlx::query_as(
        "SELECT order_id, step, CAST(TIMESTAMPDIFF(MICROSECOND, entered_at, NOW(6)) AS SIGNED),
                CAST(TIMESTAMPDIFF(MICROSECOND, GREATEST(next_run_at, lease_until), NOW(6)) AS SIGNED)
         FROM sagas
         WHERE next_run_at IS NOT NULL",
    )
    .fetch_all(connection)
    .await?;
    let saga = |(order, step, in_step, untaken): (Uuid, String, i64, i64)| OpenSaga {
        order: OrderId(order),
        step,
        in_step_ms: in_step / 1_000,
        untaken_ms: (untaken > 0).then_some(untaken / 1_000),
    };
    Ok(rows.into_iter().map(saga).collect())
}

/// Checkouts that move by themselves now, at most 1,000: all but those that wait for their customer.
pub async fn moving_sagas(connection: &mut MySqlConnection) -> Rows<(OrderId, String)> {
    let rows: Vec<(Uuid, String)> = sqlx::query_as(
        "SELECT order_id, step
         FROM sagas
         WHERE next_run_at IS NOT NULL AND (step <> 'AWAIT' OR next_run_at <= NOW(6))
         LIMIT 1000",
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|(order, step)| (OrderId(order), step)).collect())
}

/// The orders that idempotency keys name.
pub async fn key_results(connection: &mut MySqlConnection) -> Rows<String> {
    let rows: Vec<(String,)> = sqlx::query_as("SELECT result_id FROM idempotency_keys WHERE result_id LIKE 'ord\\_%'")
        .fetch_all(connection)
        .await?;
    Ok(rows.into_iter().map(|(result,)| result).collect())
}

/// Units of orders that are confirmed and do not head for an end.
pub async fn sold(connection: &mut MySqlConnection) -> Rows<Sold> {
    let rows: Vec<(String, i64, i64)> = sqlx::query_as(
        "SELECT l.sku, CAST(SUM(l.quantity) AS SIGNED), COUNT(*)
         FROM orders o
         JOIN order_lines l ON l.order_id = o.id
         WHERE o.status IN ('CONFIRMED', 'SHIPPED', 'DELIVERED') AND o.ending IS NULL
         GROUP BY l.sku",
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|(sku, units, orders)| Sold { sku, units, orders: orders.unsigned_abs() }).collect())
}

/// Lines of orders that were confirmed and are cancelled, or about to be.
pub async fn called_back(connection: &mut MySqlConnection) -> Rows<Line> {
    let rows = sqlx::query_as(
        "SELECT l.order_id, l.id, l.sku, l.quantity
         FROM orders o
         JOIN order_lines l ON l.order_id = o.id
         WHERE (o.status = 'CANCELLED' OR o.ending IS NOT NULL)
               AND EXISTS (SELECT 1 FROM order_history h WHERE h.order_id = o.id AND h.to_status = 'CONFIRMED')",
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(line).collect())
}

/// What these orders come to; those that do not exist are absent.
pub async fn totals(
    connection: &mut MySqlConnection,
    orders: &[OrderId],
) -> Result<HashMap<OrderId, (i64, String)>, sqlx::Error> {
    let mut totals = HashMap::with_capacity(orders.len());
    for some in orders.chunks(1_000) {
        let mut statement = QueryBuilder::<MySql>::new("SELECT id, total_minor, currency FROM orders WHERE id IN (");
        let mut list = statement.separated(", ");
        for order in some {
            list.push_bind(order.uuid());
        }
        statement.push(")");
        let rows: Vec<(Uuid, i64, String)> = statement.build_query_as().fetch_all(&mut *connection).await?;
        totals.extend(rows.into_iter().map(|(id, total, currency)| (OrderId(id), (total, currency))));
    }
    Ok(totals)
}
