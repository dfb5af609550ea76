//! Events enter through the inbox: each event's effect happens once, each aggregate's versions in order.

mod store;

pub(crate) use store::new_ones;
pub use store::{Admission, admit, forget_old};
