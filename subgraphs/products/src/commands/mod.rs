//! Changes of the catalogue, one file each. All lock the product first, so its events are written in order.

mod category_create;
mod edit;
mod error;
mod price_set;
mod product_create;
mod product_update;
mod publish;
mod variant_add;

pub use category_create::create_category;
pub use error::CommandError;
pub use price_set::set_price;
pub use product_create::create_product;
pub use product_update::update_product;
pub use variant_add::add_variant;
