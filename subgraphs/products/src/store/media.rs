//! Addresses of images and films.

use std::collections::HashMap;

use souk_contracts::ProductId;
use souk_subgraph::{Db, StoreError, Tx};
use sqlx::QueryBuilder;
use uuid::Uuid;

use super::push_list;
use crate::domain::MediaLink;

/// Puts these in the place of the present ones, in this order.
pub async fn replace(tx: &mut Tx, product: ProductId, media: &[MediaLink]) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM product_media WHERE product_id = ?").bind(product.uuid()).execute(&mut *tx).await?;
    if media.is_empty() {
        return Ok(());
    }
    let mut statement = QueryBuilder::new("INSERT INTO product_media (product_id, position, url, alt) ");
    statement.push_values((0_i16..).zip(media), |mut row, (position, link)| {
        row.push_bind(product.uuid()).push_bind(position).push_bind(&link.url).push_bind(&link.alt);
    });
    statement.build().execute(tx).await?;
    Ok(())
}

pub async fn of_products(db: &Db, ids: &[ProductId]) -> Result<HashMap<ProductId, Vec<MediaLink>>, StoreError> {
    let mut statement = QueryBuilder::new("SELECT product_id, url, alt FROM product_media WHERE product_id IN (");
    push_list(&mut statement, ids.iter().map(|id| id.uuid()));
    let rows: Vec<(Uuid, String, String)> =
        statement.push(") ORDER BY product_id, position").build_query_as().fetch_all(db.pool()).await?;
    let mut media: HashMap<ProductId, Vec<MediaLink>> = HashMap::new();
    for (product, url, alt) in rows {
        media.entry(ProductId(product)).or_default().push(MediaLink { url, alt });
    }
    Ok(media)
}
