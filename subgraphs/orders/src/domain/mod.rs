//! The rules of orders: state machines, prices, what a cart may hold. Pure: time and ids are arguments.

pub mod access;
pub mod cart;
pub mod email;
pub mod order;
pub mod payment;
pub mod payment_status;
pub mod pricing;
pub mod progress;
pub mod refusal;
pub mod saga;
pub mod status;
mod verdict;

pub use order::{Ending, Line, NewOrder, Order, PaymentMethod};
pub use payment_status::{PaymentAction, PaymentStatus};
pub use progress::{Change, Progress};
pub use refusal::Refusal;
pub use status::{OrderAction, OrderStatus};
