//! Changes of stock, one file each.

mod adjust;
mod extend;
mod hold;
mod publish;
mod reconcile;
mod settle;
mod sweep;
mod track;
mod upkeep;

pub use adjust::{AdjustError, Adjustment, adjust};
pub use extend::extend;
pub use hold::{Held, HoldRequest, hold};
pub use reconcile::StockCount;
pub use settle::{settle, settle_all_in, settle_in};
pub use sweep::sweeper;
pub use track::track_product;
pub use upkeep::upkeep;

use souk_subgraph::{Db, outbox::Outbox};

/// Where stock is changed: the database and the way out for its events.
#[derive(Debug, Clone)]
pub struct StockRoom {
    pub db: Db,
    pub outbox: Outbox,
}
