//! The SQL of payments, a statement a function.

pub mod cancellations;
pub mod changed;
pub mod findings;
pub mod operations;
pub mod payments;
pub mod pending;
pub mod refunds;
mod row;
pub mod webhooks;

use sqlx::{MySql, QueryBuilder};

/// `?, ?, ?` for the values of an IN list.
fn push_list<'a, T>(statement: &mut QueryBuilder<MySql>, values: impl IntoIterator<Item = T>)
where
    T: sqlx::Encode<'a, MySql> + sqlx::Type<MySql> + 'a,
{
    let mut list = statement.separated(", ");
    for value in values {
        list.push_bind(value);
    }
}
