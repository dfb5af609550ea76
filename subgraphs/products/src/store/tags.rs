//! Tags of products.

use std::collections::HashMap;

use souk_contracts::ProductId;
use souk_subgraph::{Db, StoreError, Tx};
use sqlx::QueryBuilder;
use uuid::Uuid;

use super::push_list;
use crate::domain::Tag;

/// Puts these tags in the place of the present ones.
pub async fn replace(tx: &mut Tx, product: ProductId, tags: &[Tag]) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM product_tags WHERE product_id = ?").bind(product.uuid()).execute(&mut *tx).await?;
    if tags.is_empty() {
        return Ok(());
    }
    let mut statement = QueryBuilder::new("INSERT INTO product_tags (product_id, tag) ");
    statement.push_values(tags, |mut row, tag| {
        row.push_bind(product.uuid()).push_bind(tag.as_str());
    });
    statement.build().execute(tx).await?;
    Ok(())
}

/// The tags of one product, in a transaction that changes it.
pub async fn of_product(tx: &mut Tx, product: ProductId) -> Result<Vec<Tag>, StoreError> {
    let rows: Vec<(String,)> = sqlx::query_as("SELECT tag FROM product_tags WHERE product_id = ? ORDER BY tag")
        .bind(product.uuid())
        .fetch_all(tx)
        .await?;
    rows.into_iter()
        .map(|(tag,)| Tag::parse(&tag).map_err(|error| StoreError::bad_row("product_tags", "tag", product, error)))
        .collect()
}

pub async fn of_products(db: &Db, ids: &[ProductId]) -> Result<HashMap<ProductId, Vec<String>>, StoreError> {
    let mut statement = QueryBuilder::new("SELECT product_id, tag FROM product_tags WHERE product_id IN (");
    push_list(&mut statement, ids.iter().map(|id| id.uuid()));
    let rows: Vec<(Uuid, String)> =
        statement.push(") ORDER BY product_id, tag").build_query_as().fetch_all(db.pool()).await?;
    let mut tags: HashMap<ProductId, Vec<String>> = HashMap::new();
    for (product, tag) in rows {
        tags.entry(ProductId(product)).or_default().push(tag);
    }
    Ok(tags)
}
