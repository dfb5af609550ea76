//! Table addresses.

use souk_contracts::{AddressId, CustomerId, PostalAddress};
use souk_subgraph::{StoreError, Tx, db::Db};
use sqlx::Row as _;
use uuid::Uuid;

#[derive(Debug, Clone)]
pub struct AddressRow {
    pub id: AddressId,
    pub customer: CustomerId,
    pub address: PostalAddress,
}

pub async fn insert_address(tx: &mut Tx, row: &AddressRow) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO addresses (id, customer_id, name, line1, line2, city, region, postal_code, country_code, phone)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(row.id.uuid())
    .bind(row.customer.uuid())
    .bind(&row.address.name)
    .bind(&row.address.line1)
    .bind(&row.address.line2)
    .bind(&row.address.city)
    .bind(&row.address.region)
    .bind(&row.address.postal_code)
    .bind(&row.address.country_code)
    .bind(&row.address.phone)
    .execute(tx)
    .await?;
    Ok(())
}

/// How many addresses a customer has; the customer's row is locked, so that a limit holds.
pub async fn address_count(tx: &mut Tx, customer: CustomerId) -> Result<i64, StoreError> {
    sqlx::query("SELECT id FROM customers WHERE id = ? FOR UPDATE").bind(customer.uuid()).execute(&mut *tx).await?;
    let (count,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM addresses WHERE customer_id = ?")
        .bind(customer.uuid())
        .fetch_one(tx)
        .await?;
    Ok(count)
}

/// Addresses of many customers, each customer's in the order they were saved.
pub async fn addresses_of(db: &Db, customers: &[CustomerId]) -> Result<Vec<AddressRow>, StoreError> {
    let mut statement = sqlx::QueryBuilder::<sqlx::MySql>::new(
        "SELECT id, customer_id, name, line1, line2, city, region, postal_code, country_code, phone
         FROM addresses
         WHERE customer_id IN (",
    );
    let mut list = statement.separated(", ");
    for customer in customers {
        list.push_bind(customer.uuid());
    }
    statement.push(") ORDER BY customer_id, id");
    let rows = statement.build().fetch_all(db.pool()).await?;
    rows.iter().map(|row| read(row).map_err(StoreError::from)).collect()
}

/// Deletes one address of this customer and gives it back; None when there is no such address of theirs.
pub async fn delete_address(
    tx: &mut Tx,
    customer: CustomerId,
    id: AddressId,
) -> Result<Option<AddressRow>, StoreError> {
    let found = sqlx::query(
        "SELECT id, customer_id, name, line1, line2, city, region, postal_code, country_code, phone
         FROM addresses
         WHERE id = ? AND customer_id = ?
         FOR UPDATE",
    )
    .bind(id.uuid())
    .bind(customer.uuid())
    .fetch_optional(&mut *tx)
    .await?;
    let Some(row) = found else { return Ok(None) };
    sqlx::query("DELETE FROM addresses WHERE id = ?").bind(id.uuid()).execute(tx).await?;
    Ok(Some(read(&row)?))
}

fn read(row: &sqlx::mysql::MySqlRow) -> Result<AddressRow, sqlx::Error> {
    Ok(AddressRow {
        id: AddressId(row.try_get::<Uuid, _>("id")?),
        customer: CustomerId(row.try_get::<Uuid, _>("customer_id")?),
        address: PostalAddress {
            name: row.try_get("name")?,
            line1: row.try_get("line1")?,
            line2: row.try_get("line2")?,
            city: row.try_get("city")?,
            region: row.try_get("region")?,
            postal_code: row.try_get("postal_code")?,
            country_code: row.try_get("country_code")?,
            phone: row.try_get("phone")?,
        },
    })
}
