//! The tables of products.

use souk_contracts::ProductId;
use sqlx::MySqlConnection;
use uuid::Uuid;

use super::Rows;
use crate::verify::rows::Standing;

pub async fn standing(connection: &mut MySqlConnection) -> Rows<Standing> {
    let rows: Vec<(Uuid, i64, bool)> =
        sqlx::query_as("SELECT id, version, created_at > NOW(6) - INTERVAL 23 HOUR FROM products")
            .fetch_all(connection)
            .await?;
    let standing = |(id, version, is_young): (Uuid, i64, bool)| {
        let (subject, version) = (ProductId(id).to_string(), version.unsigned_abs());
        Standing { subject, version, is_young }
    };
    Ok(rows.into_iter().map(standing).collect())
}
