//! Variants.

use std::collections::HashMap;

use souk_contracts::{CurrencyCode, Money, ProductId, Sku, VariantId};
use souk_subgraph::{
    Db, StoreError, Tx,
    db::{Violation, violation},
};
use sqlx::QueryBuilder;
use uuid::Uuid;

use super::{Variant, push_list};
use crate::domain::{NewVariant, ProductStatus};

/// A variant as a checkout needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckoutRow {
    pub sku: String,
    pub product_id: ProductId,
    pub title: String,
    pub weight_grams: i32,
    pub price: Option<Money>,
    pub on_sale: bool,
}

const SELECT: &str = "SELECT v.id, v.product_id, v.sku, v.title, v.weight_grams, p.status
     FROM variants v
     JOIN products p ON p.id = v.product_id
     WHERE ";

type CheckoutTuple = (String, Uuid, String, String, i32, Option<i64>, i64);

type Row = (Uuid, Uuid, String, String, i32, String);

fn variant((id, product, sku, title, weight_grams, status): Row) -> Result<Variant, StoreError> {
    let product = ProductId(product);
    let status = ProductStatus::parse(&status)
        .ok_or_else(|| StoreError::bad_row("products", "status", product, format!("{status:?}")))?;
    Ok(Variant { id: VariantId(id), product, sku, title, weight_grams, status })
}

/// False when the sku is taken, by whichever product.
pub async fn insert(
    tx: &mut Tx,
    (product, position): (ProductId, i16),
    id: VariantId,
    new: &NewVariant,
) -> Result<bool, StoreError> {
    let inserted = sqlx::query(
        "INSERT INTO variants (id, product_id, position, sku, title, weight_grams) VALUES (?, ?, ?, ?, ?, ?)",
    )
    .bind(id.uuid())
    .bind(product.uuid())
    .bind(position)
    .bind(new.sku.as_str())
    .bind(new.title.as_str())
    .bind(new.weight_grams)
    .execute(tx)
    .await;
    match inserted {
        Ok(_) => Ok(true),
        Err(error) if violation(&error) == Some(Violation::Unique("variants_sku".to_owned())) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// The variants of one product in their order, in a transaction that changes it.
pub async fn of_product(tx: &mut Tx, product: ProductId) -> Result<Vec<Variant>, StoreError> {
    let mut statement = QueryBuilder::new(SELECT);
    statement.push("v.product_id = ").push_bind(product.uuid()).push(" ORDER BY v.position");
    let rows: Vec<Row> = statement.build_query_as().fetch_all(tx).await?;
    rows.into_iter().map(variant).collect()
}

/// The variant that has this sku, in a transaction.
pub async fn of_sku(tx: &mut Tx, sku: &Sku) -> Result<Option<Variant>, StoreError> {
    let mut statement = QueryBuilder::new(SELECT);
    statement.push("v.sku = ").push_bind(sku.as_str());
    let row: Option<Row> = statement.build_query_as().fetch_optional(tx).await?;
    row.map(variant).transpose()
}

pub async fn of_products(db: &Db, ids: &[ProductId]) -> Result<HashMap<ProductId, Vec<Variant>>, StoreError> {
    let mut statement = QueryBuilder::new(SELECT);
    statement.push("v.product_id IN (");
    push_list(&mut statement, ids.iter().map(|id| id.uuid()));
    statement.push(") ORDER BY v.product_id, v.position");
    let rows: Vec<Row> = statement.build_query_as().fetch_all(db.pool()).await?;
    let mut variants: HashMap<ProductId, Vec<Variant>> = HashMap::new();
    for row in rows {
        let variant = variant(row)?;
        variants.entry(variant.product).or_default().push(variant);
    }
    Ok(variants)
}

pub async fn by_ids(db: &Db, ids: &[VariantId]) -> Result<HashMap<VariantId, Variant>, StoreError> {
    let mut statement = QueryBuilder::new(SELECT);
    statement.push("v.id IN (");
    push_list(&mut statement, ids.iter().map(|id| id.uuid()));
    let rows: Vec<Row> = statement.push(")").build_query_as().fetch_all(db.pool()).await?;
    rows.into_iter().map(|row| variant(row).map(|variant| (variant.id, variant))).collect()
}

/// By sku, as [`Sku`] writes it.
pub async fn by_skus(db: &Db, skus: &[String]) -> Result<HashMap<String, Variant>, StoreError> {
    let mut statement = QueryBuilder::new(SELECT);
    statement.push("v.sku IN (");
    push_list(&mut statement, skus.iter().cloned());
    let rows: Vec<Row> = statement.push(")").build_query_as().fetch_all(db.pool()).await?;
    rows.into_iter().map(|row| variant(row).map(|variant| (variant.sku.clone(), variant))).collect()
}

/// What a checkout needs of these skus in one currency, in one statement; unknown skus are absent.
pub async fn for_checkout(db: &Db, skus: &[Sku], currency: CurrencyCode) -> Result<Vec<CheckoutRow>, StoreError> {
    if skus.is_empty() {
        return Ok(Vec::new());
    }
    let mut statement = QueryBuilder::new(
        "SELECT v.sku, v.product_id, p.title, v.title, v.weight_grams, r.minor, p.status = 'ACTIVE'
         FROM variants v
         JOIN products p ON p.id = v.product_id
         LEFT JOIN prices r ON r.variant_id = v.id AND r.currency = ",
    );
    statement.push_bind(currency.as_str()).push(" WHERE v.sku IN (");
    push_list(&mut statement, skus.iter().map(|sku| sku.as_str().to_owned()));
    let rows: Vec<CheckoutTuple> = statement.push(") ORDER BY v.sku").build_query_as().fetch_all(db.pool()).await?;
    let checkout = rows.into_iter().map(|(sku, product, title, variant, weight_grams, minor, on_sale)| CheckoutRow {
        sku,
        product_id: ProductId(product),
        // A product with one variant often repeats its title there.
        title: if variant == title { title } else { format!("{title}, {variant}") },
        weight_grams,
        price: minor.map(|minor| Money::new(minor, currency)),
        on_sale: on_sale == 1,
    });
    Ok(checkout.collect())
}
