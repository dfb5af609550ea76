//! Categories.

use std::collections::HashMap;

use souk_contracts::CategoryId;
use souk_subgraph::{
    Db, StoreError, Tx,
    db::{Violation, violation},
};
use sqlx::QueryBuilder;
use uuid::Uuid;

use super::{Category, push_list};
use crate::domain::{CategoryName, Slug};

type Row = (Uuid, String, String);

fn category((id, slug, name): Row) -> Category {
    Category { id: CategoryId(id), slug, name }
}

/// False when the slug is taken.
pub async fn insert(db: &Db, id: CategoryId, slug: &Slug, name: &CategoryName) -> Result<bool, StoreError> {
    let inserted = sqlx::query("INSERT INTO categories (id, slug, name) VALUES (?, ?, ?)")
        .bind(id.uuid())
        .bind(slug.as_str())
        .bind(name.as_str())
        .execute(db.pool())
        .await;
    match inserted {
        Ok(_) => Ok(true),
        Err(error) if violation(&error) == Some(Violation::Unique("categories_slug".to_owned())) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

pub async fn all(db: &Db) -> Result<Vec<Category>, StoreError> {
    let rows: Vec<Row> =
        sqlx::query_as("SELECT id, slug, name FROM categories ORDER BY name, id").fetch_all(db.pool()).await?;
    Ok(rows.into_iter().map(category).collect())
}

pub async fn by_ids(db: &Db, ids: &[CategoryId]) -> Result<HashMap<CategoryId, Category>, StoreError> {
    let mut statement = QueryBuilder::new("SELECT id, slug, name FROM categories WHERE id IN (");
    push_list(&mut statement, ids.iter().map(|id| id.uuid()));
    let rows: Vec<Row> = statement.push(")").build_query_as().fetch_all(db.pool()).await?;
    Ok(rows.into_iter().map(category).map(|category| (category.id, category)).collect())
}

pub async fn id_of_slug(tx: &mut Tx, slug: &Slug) -> Result<Option<CategoryId>, StoreError> {
    let row: Option<(Uuid,)> =
        sqlx::query_as("SELECT id FROM categories WHERE slug = ?").bind(slug.as_str()).fetch_optional(tx).await?;
    Ok(row.map(|(id,)| CategoryId(id)))
}
