//! The statements of orders: SQL is here and nowhere else, one function a statement.

pub mod changes;
pub mod coupons;
pub mod history;
pub mod insert;
pub mod lines;
pub mod orders;
pub mod pages;
pub mod payments;
mod rows;
pub mod sagas;
pub mod standings;

use souk_contracts::OrderId;
use sqlx::{MySql, QueryBuilder};

/// `?, ?, ?` for the values of an IN list.
fn push_list<'a>(statement: &mut QueryBuilder<MySql>, orders: impl IntoIterator<Item = &'a OrderId>) {
    let mut list = statement.separated(", ");
    for order in orders {
        list.push_bind(order.uuid());
    }
}
