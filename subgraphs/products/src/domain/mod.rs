//! The catalogue's rules, pure: what may be written, how slugs are made, what a text search means.

mod draft;
mod refusal;
mod search;
mod slug;
mod status;
mod text;

pub use draft::{CategoryEdit, MediaLink, NewProduct, NewVariant, PRICE_MAX_MINOR, ProductEdit, VARIANTS_MAX, prices};
pub use refusal::{Faults, Refusal};
pub use search::{SearchPhrase, search_text};
pub use slug::Slug;
pub use status::ProductStatus;
pub use text::{CategoryName, Description, Tag, Title};
