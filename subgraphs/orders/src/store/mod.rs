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
