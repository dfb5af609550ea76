//! The whole check against real databases and a real provider: a small sound shop, and copies of it with one row
//! damaged by hand.

mod copy;
mod damage;
mod good;
mod living;
mod stories;
