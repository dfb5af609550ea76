//! The tables of inventory.

use std::collections::HashSet;

use souk_contracts::{LineId, OrderId, ReservationId};
use sqlx::{MySql, MySqlConnection, QueryBuilder};
use uuid::Uuid;

use super::Rows;
use crate::verify::rows::{Movements, Reservation, Stock};

type StockColumns = (String, String, i64, i64, bool, i64);

pub async fn stock(connection: &mut MySqlConnection) -> Rows<Stock> {
    let rows: Vec<StockColumns> =
        sqlx::query_as("SELECT sku, warehouse, on_hand, reserved, closed, version FROM stock")
            .fetch_all(connection)
            .await?;
    let stock = |(sku, warehouse, on_hand, reserved, closed, version): StockColumns| Stock {
        sku,
        warehouse,
        on_hand,
        reserved,
        closed,
        version: version.unsigned_abs(),
    };
    Ok(rows.into_iter().map(stock).collect())
}

type MovementColumns = (String, String, i64, i64, i64, i64);

/// The ledger, summed up.
pub async fn movements(connection: &mut MySqlConnection) -> Rows<Movements> {
    let rows: Vec<MovementColumns> = sqlx::query_as(
        "SELECT sku, warehouse, CAST(SUM(delta) AS SIGNED),
                CAST(SUM(CASE WHEN kind = 'ADJUSTED' THEN delta ELSE 0 END) AS SIGNED),
                CAST(SUM(CASE WHEN kind = 'ADJUSTED' AND delta > 0 THEN delta ELSE 0 END) AS SIGNED),
                COUNT(*)
         FROM stock_ledger
         GROUP BY sku, warehouse",
    )
    .fetch_all(connection)
    .await?;
    let movements = |(sku, warehouse, sum, adjusted, put_in, entries): MovementColumns| Movements {
        sku,
        warehouse,
        sum,
        adjusted,
        put_in,
        entries: entries.unsigned_abs(),
    };
    Ok(rows.into_iter().map(movements).collect())
}

type ReservationColumns = (Uuid, Uuid, Uuid, String, String, u32, String, i64);

pub async fn reservations(connection: &mut MySqlConnection) -> Rows<Reservation> {
    let rows: Vec<ReservationColumns> = sqlx::query_as(
        "SELECT id, order_id, line_id, sku, warehouse, quantity, state,
                CAST(TIMESTAMPDIFF(MICROSECOND, expires_at, NOW(6)) AS SIGNED)
         FROM reservations",
    )
    .fetch_all(connection)
    .await?;
    let reservation = |(id, order, line, sku, warehouse, quantity, state, overdue): ReservationColumns| Reservation {
        id: ReservationId(id),
        order: OrderId(order),
        line: LineId(line),
        sku,
        warehouse,
        quantity: quantity.into(),
        state,
        overdue_ms: overdue / 1_000,
    };
    Ok(rows.into_iter().map(reservation).collect())
}

/// Which lines of these orders still have their units set aside or gone.
pub async fn kept(
    connection: &mut MySqlConnection,
    orders: &[OrderId],
) -> Result<HashSet<(OrderId, LineId)>, sqlx::Error> {
    let mut kept = HashSet::new();
    for some in orders.chunks(1_000) {
        let mut statement = QueryBuilder::<MySql>::new(
            "SELECT order_id, line_id FROM reservations WHERE state IN ('HELD', 'COMMITTED') AND order_id IN (",
        );
        let mut list = statement.separated(", ");
        for order in some {
            list.push_bind(order.uuid());
        }
        statement.push(")");
        let rows: Vec<(Uuid, Uuid)> = statement.build_query_as().fetch_all(&mut *connection).await?;
        kept.extend(rows.into_iter().map(|(order, line)| (OrderId(order), LineId(line))));
    }
    Ok(kept)
}

/// Orders whose held units the sweeper is about to free, at most 1,000.
pub async fn lapsed(connection: &mut MySqlConnection) -> Rows<OrderId> {
    let rows: Vec<(Uuid,)> =
        sqlx::query_as("SELECT order_id FROM reservations WHERE state = 'HELD' AND expires_at <= NOW(6) LIMIT 1000")
            .fetch_all(connection)
            .await?;
    Ok(rows.into_iter().map(|(order,)| OrderId(order)).collect())
}
