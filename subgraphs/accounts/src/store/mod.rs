//! SQL of accounts, a function a statement.

mod addresses;
mod customers;
mod sessions;

pub use addresses::{AddressRow, address_count, addresses_of, delete_address, insert_address};
pub use customers::{CustomerRow, Inserted, customer_by_email, customers_by_id, insert_customer};
pub use sessions::{
    forget_empty_sessions, forget_expired_tokens, insert_refresh_token, insert_session, lock_refresh_token, mark_used,
    revoke_session, role_of,
};
