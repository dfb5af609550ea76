//! Table customers.

use souk_contracts::{CustomerId, identity::Role};
use souk_subgraph::{
    StoreError, Tx,
    db::{Db, Violation},
};
use uuid::Uuid;

use crate::domain::{Email, Name};

#[derive(Debug, Clone)]
pub struct CustomerRow {
    pub id: CustomerId,
    pub email: String,
    pub name: String,
    pub password_hash: String,
    pub role: Role,
}

/// What became of an insert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inserted {
    Yes,
    EmailTaken,
}

type Columns = (Uuid, String, String, String, String);

fn row((id, email, name, password_hash, role): Columns) -> Result<CustomerRow, StoreError> {
    let id = CustomerId(id);
    let role = role.parse().map_err(|problem| StoreError::bad_row("customers", "role", id, problem))?;
    Ok(CustomerRow { id, email, name, password_hash, role })
}

pub async fn insert_customer(
    tx: &mut Tx,
    id: CustomerId,
    (email, name): (&Email, &Name),
    password_hash: &str,
    role: Role,
) -> Result<Inserted, StoreError> {
    let inserted = sqlx::query("INSERT INTO customers (id, email, name, password_hash, role) VALUES (?, ?, ?, ?, ?)")
        .bind(id.uuid())
        .bind(email.as_str())
        .bind(name.as_str())
        .bind(password_hash)
        .bind(role.as_str())
        .execute(tx)
        .await
        .map_err(StoreError::from);
    match inserted {
        Ok(_) => Ok(Inserted::Yes),
        Err(error) if error.violation() == Some(Violation::Unique("customers_email".to_owned())) => {
            Ok(Inserted::EmailTaken)
        }
        Err(error) => Err(error),
    }
}

pub async fn customer_by_email(db: &Db, email: &Email) -> Result<Option<CustomerRow>, StoreError> {
    let found: Option<Columns> = sqlx::query_as(
        "SELECT id, email, name, password_hash, role
         FROM customers
         WHERE email = ?",
    )
    .bind(email.as_str())
    .fetch_optional(db.pool())
    .await?;
    found.map(row).transpose()
}

pub async fn customers_by_id(db: &Db, ids: &[CustomerId]) -> Result<Vec<CustomerRow>, StoreError> {
    let mut statement = sqlx::QueryBuilder::<sqlx::MySql>::new(
        "SELECT id, email, name, password_hash, role
         FROM customers
         WHERE id IN (",
    );
    let mut list = statement.separated(", ");
    for id in ids {
        list.push_bind(id.uuid());
    }
    statement.push(")");
    let found: Vec<Columns> = statement.build_query_as().fetch_all(db.pool()).await?;
    found.into_iter().map(row).collect()
}
