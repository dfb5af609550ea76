//! Types that all subgraphs share, the same to the letter in each, so that they compose.

mod address;
mod decimal;
mod money;
mod or_null;
mod page_info;
mod user_error;

pub use address::{Address, AddressInput};
pub use decimal::Decimal;
pub use money::{CurrencyCode, Money, MoneyInput};
pub use or_null::or_null;
pub use page_info::PageInfo;
pub use user_error::{UserError, UserErrorCode};
