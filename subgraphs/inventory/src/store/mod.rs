//! The inventory's statements.

pub mod ended_orders;
pub mod ledger;
pub mod reservations;
pub mod stock;
pub mod warehouses;

pub use ledger::{Movement, NewMovement};
pub use reservations::ReservationRow;
pub use stock::StockRow;

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
