//! Products.

use std::collections::HashMap;

use souk_contracts::{CategoryId, ProductId};
use souk_subgraph::{
    Db, StoreError, Tx,
    db::{Violation, violation},
};
use sqlx::QueryBuilder;
use uuid::Uuid;

use super::{Product, push_list};
use crate::domain::{NewProduct, ProductStatus, Slug};

/// The columns of [`read`], in its order.
pub(super) const COLUMNS: &str = "p.id, p.slug, p.title, p.description, p.status, p.category_id, p.version";

pub(super) type Row = (Uuid, String, String, String, String, Option<Uuid>, i64);

pub(super) fn read((id, slug, title, description, status, category, version): Row) -> Result<Product, StoreError> {
    let id = ProductId(id);
    let status = ProductStatus::parse(&status).ok_or_else(|| StoreError::bad_row("products", "status", id, status))?;
    let version = version.unsigned_abs();
    Ok(Product { id, slug, title, description, status, category: category.map(CategoryId), version })
}

/// Inserts a product at version 1; false when the slug is taken.
pub async fn insert(
    tx: &mut Tx,
    (id, slug): (ProductId, &Slug),
    new: &NewProduct,
    category: Option<CategoryId>,
    search_text: &str,
) -> Result<bool, StoreError> {
    let inserted = sqlx::query(
        "INSERT INTO products (id, slug, title, description, status, category_id, version, search_text)
         VALUES (?, ?, ?, ?, ?, ?, 1, ?)",
    )
    .bind(id.uuid())
    .bind(slug.as_str())
    .bind(new.title.as_str())
    .bind(new.description.as_str())
    .bind(new.status.as_str())
    .bind(category.map(CategoryId::uuid))
    .bind(search_text)
    .execute(tx)
    .await;
    match inserted {
        Ok(_) => Ok(true),
        Err(error) if violation(&error) == Some(Violation::Unique("products_slug".to_owned())) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// The product under its row lock, which orders all changes of it and their events.
pub async fn lock(tx: &mut Tx, id: ProductId) -> Result<Option<Product>, StoreError> {
    let row: Option<Row> = sqlx::query_as(
        "SELECT p.id, p.slug, p.title, p.description, p.status, p.category_id, p.version FROM products p
         WHERE p.id = ?
         FOR UPDATE",
    )
    .bind(id.uuid())
    .fetch_optional(tx)
    .await?;
    row.map(read).transpose()
}

/// Writes a locked product back, one version on.
pub async fn update(tx: &mut Tx, product: &Product, search_text: &str) -> Result<(), StoreError> {
    let done = sqlx::query(
        "UPDATE products
         SET title = ?, description = ?, status = ?, category_id = ?, search_text = ?, version = version + 1
         WHERE id = ? AND version = ?",
    )
    .bind(&product.title)
    .bind(&product.description)
    .bind(product.status.as_str())
    .bind(product.category.map(CategoryId::uuid))
    .bind(search_text)
    .bind(product.id.uuid())
    .bind(product.version)
    .execute(tx)
    .await?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(StoreError::Lost { what: product.id.to_string() }) }
}

pub async fn by_ids(db: &Db, ids: &[ProductId]) -> Result<HashMap<ProductId, Product>, StoreError> {
    let mut statement = QueryBuilder::new("SELECT ");
    statement.push(COLUMNS).push(" FROM products p WHERE p.id IN (");
    push_list(&mut statement, ids.iter().map(|id| id.uuid()));
    let rows: Vec<Row> = statement.push(")").build_query_as().fetch_all(db.pool()).await?;
    rows.into_iter().map(|row| read(row).map(|product| (product.id, product))).collect()
}

pub async fn by_slug(db: &Db, slug: &str) -> Result<Option<Product>, StoreError> {
    let row: Option<Row> = sqlx::query_as(
        "SELECT p.id, p.slug, p.title, p.description, p.status, p.category_id, p.version FROM products p
         WHERE p.slug = ?",
    )
    .bind(slug)
    .fetch_optional(db.pool())
    .await?;
    row.map(read).transpose()
}
