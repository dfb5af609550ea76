//! Prices, their history, and the floors that lists are sorted by.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use souk_contracts::{CurrencyCode, Money, ProductId, VariantId};
use souk_subgraph::{Db, StoreError, Tx};
use sqlx::QueryBuilder;
use uuid::Uuid;

use super::push_list;

/// A price that was set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceChange {
    pub price: Money,
    pub at: DateTime<Utc>,
}

/// Inserts a new variant's prices, the base currency first.
pub async fn insert(tx: &mut Tx, variant: VariantId, prices: &[Money]) -> Result<(), StoreError> {
    let mut statement = QueryBuilder::new("INSERT INTO prices (variant_id, currency, position, minor) ");
    statement.push_values((0_i16..).zip(prices), |mut row, (position, price)| {
        row.push_bind(variant.uuid()).push_bind(price.currency.as_str()).push_bind(position).push_bind(price.minor);
    });
    statement.build().execute(&mut *tx).await?;
    record(tx, variant, prices).await
}

/// Sets one price; a currency that is new to the variant goes to the end.
pub async fn set(tx: &mut Tx, variant: VariantId, price: Money) -> Result<(), StoreError> {
    let (present,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM prices WHERE variant_id = ?")
        .bind(variant.uuid())
        .fetch_one(&mut *tx)
        .await?;
    sqlx::query(
        "INSERT INTO prices (variant_id, currency, position, minor) VALUES (?, ?, ?, ?)
         ON DUPLICATE KEY UPDATE minor = VALUES(minor)",
    )
    .bind(variant.uuid())
    .bind(price.currency.as_str())
    .bind(present)
    .bind(price.minor)
    .execute(&mut *tx)
    .await?;
    record(tx, variant, &[price]).await
}

async fn record(tx: &mut Tx, variant: VariantId, prices: &[Money]) -> Result<(), StoreError> {
    let mut statement = QueryBuilder::new("INSERT INTO price_changes (variant_id, currency, minor) ");
    statement.push_values(prices, |mut row, price| {
        row.push_bind(variant.uuid()).push_bind(price.currency.as_str()).push_bind(price.minor);
    });
    statement.build().execute(tx).await?;
    Ok(())
}

/// The price of one variant in one currency, in a transaction that changes it.
pub async fn current(tx: &mut Tx, variant: VariantId, currency: CurrencyCode) -> Result<Option<Money>, StoreError> {
    let row: Option<(i64,)> = sqlx::query_as("SELECT minor FROM prices WHERE variant_id = ? AND currency = ?")
        .bind(variant.uuid())
        .bind(currency.as_str())
        .fetch_optional(tx)
        .await?;
    Ok(row.map(|(minor,)| Money::new(minor, currency)))
}

/// Derives the product's floors from its prices. Currencies are never taken away, so nothing is left over.
pub async fn refresh_floors(tx: &mut Tx, product: ProductId) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO product_price_floors (product_id, basis, minor)
         SELECT v.product_id, r.currency, MIN(r.minor)
         FROM variants v JOIN prices r ON r.variant_id = v.id
         WHERE v.product_id = ?
         GROUP BY v.product_id, r.currency
         UNION ALL
         SELECT v.product_id, 'BASE', MIN(r.minor)
         FROM variants v JOIN prices r ON r.variant_id = v.id AND r.position = 0
         WHERE v.product_id = ?
         GROUP BY v.product_id
         ON DUPLICATE KEY UPDATE minor = VALUES(minor)",
    )
    .bind(product.uuid())
    .bind(product.uuid())
    .execute(tx)
    .await?;
    Ok(())
}

pub async fn of_variants(db: &Db, ids: &[VariantId]) -> Result<HashMap<VariantId, Vec<Money>>, StoreError> {
    let mut statement = QueryBuilder::new("SELECT variant_id, currency, minor FROM prices WHERE variant_id IN (");
    push_list(&mut statement, ids.iter().map(|id| id.uuid()));
    let rows: Vec<(Uuid, String, i64)> =
        statement.push(") ORDER BY variant_id, position").build_query_as().fetch_all(db.pool()).await?;
    let mut prices: HashMap<VariantId, Vec<Money>> = HashMap::new();
    for (variant, currency, minor) in rows {
        let variant = VariantId(variant);
        prices.entry(variant).or_default().push(money("prices", variant, &currency, minor)?);
    }
    Ok(prices)
}

/// The newest `first` changes of each variant.
pub async fn history_of_variants(
    db: &Db,
    ids: &[VariantId],
    first: u32,
) -> Result<HashMap<VariantId, Vec<PriceChange>>, StoreError> {
    let mut statement = QueryBuilder::new(
        "SELECT variant_id, currency, minor, changed_at
         FROM (
             SELECT id, variant_id, currency, minor, changed_at,
                    ROW_NUMBER() OVER (PARTITION BY variant_id ORDER BY id DESC) AS place
             FROM price_changes
             WHERE variant_id IN (",
    );
    push_list(&mut statement, ids.iter().map(|id| id.uuid()));
    statement.push(")) changes WHERE place <= ").push_bind(first).push(" ORDER BY variant_id, id DESC");
    let rows: Vec<(Uuid, String, i64, DateTime<Utc>)> = statement.build_query_as().fetch_all(db.pool()).await?;
    let mut history: HashMap<VariantId, Vec<PriceChange>> = HashMap::new();
    for (variant, currency, minor, at) in rows {
        let variant = VariantId(variant);
        let price = money("price_changes", variant, &currency, minor)?;
        history.entry(variant).or_default().push(PriceChange { price, at });
    }
    Ok(history)
}

fn money(table: &'static str, variant: VariantId, currency: &str, minor: i64) -> Result<Money, StoreError> {
    let currency = currency.parse().map_err(|error| StoreError::bad_row(table, "currency", variant, error))?;
    Ok(Money::new(minor, currency))
}
