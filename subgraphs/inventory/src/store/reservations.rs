//! Reservations. All times are the database's.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use souk_contracts::{LineId, OrderId, ReservationId};
use souk_process::clock;
use souk_subgraph::{Db, StoreError, Tx, db::Violation, random};
use sqlx::QueryBuilder;
use uuid::Uuid;

use super::{push_list, stock::shelf};
use crate::domain::{PlannedLine, ReservationState, ShelfKey};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReservationRow {
    pub id: ReservationId,
    pub line: LineId,
    pub shelf: ShelfKey,
    pub quantity: u32,
    pub state: ReservationState,
    pub expires_at: DateTime<Utc>,
    /// Its time is up.
    pub overdue: bool,
}

type Row = (Uuid, Uuid, String, String, u32, String, DateTime<Utc>, bool);
type RowOfOrder = (Uuid, Uuid, Uuid, String, String, u32, String, DateTime<Utc>, bool);
/// A row, and before it whether its order has ended.
type RowOrEnded = (bool, Uuid, Uuid, String, String, u32, String, DateTime<Utc>, bool);

fn read((id, line, sku, warehouse, quantity, state, expires_at, overdue): Row) -> Result<ReservationRow, StoreError> {
    let id = ReservationId(id);
    let state = ReservationState::parse(&state)
        .ok_or_else(|| StoreError::bad_row("reservations", "state", id, format!("{state:?}")))?;
    let (line, shelf) = (LineId(line), shelf(&sku, warehouse)?);
    Ok(ReservationRow { id, line, shelf, quantity, state, expires_at, overdue })
}

/// The reservations of an order, by row of stock.
pub async fn of_order(db: &Db, order: OrderId) -> Result<Vec<ReservationRow>, StoreError> {
    let mut connection = db.pool().acquire().await?;
    of_order_in(&mut connection, order).await
}

/// The same in a transaction, without a lock.
pub async fn of_order_in(tx: &mut Tx, order: OrderId) -> Result<Vec<ReservationRow>, StoreError> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT id, line_id, sku, warehouse, quantity, state, expires_at, expires_at <= NOW(6) FROM reservations
         WHERE order_id = ?
         ORDER BY sku, warehouse, line_id",
    )
    .bind(order.uuid())
    .fetch_all(tx)
    .await?;
    rows.into_iter().map(read).collect()
}

/// The same after this transaction's own hold; none when the order ended before it. Waits for an end that is being
/// written: either that one sees the held rows, or this one sees the end.
pub async fn of_order_unless_ended(tx: &mut Tx, order: OrderId) -> Result<Option<Vec<ReservationRow>>, StoreError> {
    let rows: Vec<RowOrEnded> = sqlx::query_as(
        "SELECT e.order_id IS NOT NULL, r.id, r.line_id, r.sku, r.warehouse, r.quantity, r.state, r.expires_at,
                r.expires_at <= NOW(6)
         FROM reservations r
         LEFT JOIN ended_orders e ON e.order_id = r.order_id
         WHERE r.order_id = ?
         ORDER BY r.sku, r.warehouse, r.line_id
         FOR UPDATE",
    )
    .bind(order.uuid())
    .fetch_all(tx)
    .await?;
    if rows.iter().any(|row| row.0) {
        return Ok(None);
    }
    let standing = rows.into_iter().map(|(_, id, line, sku, warehouse, quantity, state, expires_at, overdue)| {
        read((id, line, sku, warehouse, quantity, state, expires_at, overdue))
    });
    standing.collect::<Result<_, _>>().map(Some)
}

/// Each order's reservations, by row of stock.
pub type Reservations = BTreeMap<OrderId, Vec<ReservationRow>>;

/// Those of several orders under their locks; an order without any is absent.
pub async fn lock_of_orders(tx: &mut Tx, orders: &BTreeSet<OrderId>) -> Result<Reservations, StoreError> {
    let mut statement = QueryBuilder::new(
        "SELECT order_id, id, line_id, sku, warehouse, quantity, state, expires_at, expires_at <= NOW(6)
         FROM reservations
         WHERE order_id IN (",
    );
    push_list(&mut statement, orders.iter().map(|order| order.uuid()));
    statement.push(") ORDER BY order_id, sku, warehouse, line_id FOR UPDATE");
    let rows: Vec<RowOfOrder> = statement.build_query_as().fetch_all(tx).await?;
    let mut reservations = Reservations::new();
    for (order, id, line, sku, warehouse, quantity, state, expires_at, overdue) in rows {
        let row = read((id, line, sku, warehouse, quantity, state, expires_at, overdue))?;
        reservations.entry(OrderId(order)).or_default().push(row);
    }
    Ok(reservations)
}

/// Inserts HELD reservations; false when another hold of this order was first.
pub async fn insert_held(
    tx: &mut Tx,
    order: OrderId,
    lines: &[PlannedLine],
    ttl_seconds: u32,
) -> Result<bool, StoreError> {
    let mut statement = QueryBuilder::new(
        "INSERT INTO reservations (id, order_id, line_id, sku, warehouse, quantity, state, expires_at) ",
    );
    statement.push_values(lines, |mut row, line| {
        let id = ReservationId::new(clock::now(), random::bytes());
        row.push_bind(id.uuid()).push_bind(order.uuid()).push_bind(line.line.uuid());
        row.push_bind(line.shelf.sku.as_str()).push_bind(&line.shelf.warehouse).push_bind(line.quantity.get());
        row.push_bind("HELD").push("NOW(6) + INTERVAL ").push_bind_unseparated(ttl_seconds).push_unseparated(" SECOND");
    });
    match statement.build().execute(tx).await.map_err(StoreError::from) {
        Ok(_) => Ok(true),
        Err(error) if error.violation() == Some(Violation::Unique("reservations_line".to_owned())) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Moves reservations by compare-and-set, each `(id, from, to)`: a statement for all that make the same move.
pub async fn set_states(
    tx: &mut Tx,
    moves: &[(ReservationId, ReservationState, ReservationState)],
) -> Result<(), StoreError> {
    let mut alike: BTreeMap<(&str, &str), Vec<ReservationId>> = BTreeMap::new();
    for (id, from, to) in moves {
        alike.entry((from.as_str(), to.as_str())).or_default().push(*id);
    }
    for ((from, to), ids) in alike {
        let mut statement = QueryBuilder::new("UPDATE reservations SET state = ");
        statement.push_bind(to).push(" WHERE state = ").push_bind(from).push(" AND id IN (");
        push_list(&mut statement, ids.iter().map(|id| id.uuid()));
        let done = statement.push(")").build().execute(&mut *tx).await?;
        if done.rows_affected() != ids.len() as u64 {
            return Err(StoreError::Lost { what: format!("one of {} reservations", ids.len()) });
        }
    }
    Ok(())
}

/// Holds longer, never shorter, and at most `cap_seconds` from the first hold.
pub async fn extend(tx: &mut Tx, order: OrderId, ttl_seconds: u32, cap_seconds: u32) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE reservations
         SET expires_at = GREATEST(
             expires_at, LEAST(NOW(6) + INTERVAL ? SECOND, created_at + INTERVAL ? SECOND))
         WHERE order_id = ? AND state = 'HELD'",
    )
    .bind(ttl_seconds)
    .bind(cap_seconds)
    .bind(order.uuid())
    .execute(tx)
    .await?;
    Ok(())
}

/// When a reservation's time is up, and its id.
pub type Deadline = (DateTime<Utc>, ReservationId);

/// Held reservations whose time is up, behind `place`, with their orders, the longest overdue first, read without a lock.
pub async fn overdue_from(
    db: &Db,
    (expires_at, id): Deadline,
    limit: u32,
) -> Result<Vec<(Deadline, OrderId)>, StoreError> {
    let rows: Vec<(DateTime<Utc>, Uuid, Uuid)> = sqlx::query_as(
        "SELECT expires_at, id, order_id FROM reservations
         WHERE state = 'HELD' AND expires_at <= NOW(6) AND expires_at >= ? AND (expires_at > ? OR id > ?)
         ORDER BY expires_at, id
         LIMIT ?",
    )
    .bind(expires_at)
    .bind(expires_at)
    .bind(id.uuid())
    .bind(limit)
    .fetch_all(db.pool())
    .await?;
    Ok(rows.into_iter().map(|(at, id, order)| ((at, ReservationId(id)), OrderId(order))).collect())
}

/// Whether the order still has a held reservation whose time is up, under its rows' locks; false when another sweeper
/// or a command has them in hand. The order alone is asked for, so that no other index is walked and locked.
pub async fn lock_overdue(tx: &mut Tx, order: OrderId) -> Result<bool, StoreError> {
    let rows: Vec<(bool,)> = sqlx::query_as(
        "SELECT state = 'HELD' AND expires_at <= NOW(6) FROM reservations
         WHERE order_id = ?
         FOR UPDATE SKIP LOCKED",
    )
    .bind(order.uuid())
    .fetch_all(tx)
    .await?;
    Ok(rows.iter().any(|(overdue,)| *overdue))
}

/// A reservation at its last change, with its order.
#[derive(Debug, Clone, Copy)]
pub struct Changed {
    pub updated_at: DateTime<Utc>,
    pub id: ReservationId,
    pub order: OrderId,
}

/// Reservations behind a place in the order of their last change, which was before `until`.
pub async fn changed_from(
    db: &Db,
    (updated_at, id): (DateTime<Utc>, Uuid),
    until: DateTime<Utc>,
    limit: u32,
) -> Result<Vec<Changed>, StoreError> {
    let rows: Vec<(DateTime<Utc>, Uuid, Uuid)> = sqlx::query_as(
        "SELECT updated_at, id, order_id FROM reservations
         WHERE updated_at >= ? AND (updated_at > ? OR id > ?) AND updated_at < ?
         ORDER BY updated_at, id
         LIMIT ?",
    )
    .bind(updated_at)
    .bind(updated_at)
    .bind(id)
    .bind(until)
    .bind(limit)
    .fetch_all(db.pool())
    .await?;
    let changed = |(updated_at, id, order)| Changed { updated_at, id: ReservationId(id), order: OrderId(order) };
    Ok(rows.into_iter().map(changed).collect())
}
