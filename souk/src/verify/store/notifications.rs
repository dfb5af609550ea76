//! The tables of notifications.

use souk_contracts::OrderId;
use sqlx::MySqlConnection;
use uuid::Uuid;

use super::Rows;
use crate::verify::rows::Notice;

pub async fn notices(connection: &mut MySqlConnection) -> Rows<Notice> {
    let rows: Vec<(Uuid, String)> =
        sqlx::query_as("SELECT order_id, kind FROM notifications").fetch_all(connection).await?;
    Ok(rows.into_iter().map(|(order, kind)| Notice { order: OrderId(order), kind }).collect())
}
