//! The rules of stock, pure: how reservations move, from which warehouse a line is taken, what a parcel costs.

mod hold;
mod order;
mod reservation;
mod shipping;
mod text;

pub use hold::{Available, HoldLine, PlannedLine, ShelfKey, plan_hold};
pub use order::{Standing, action_of_status, action_when_overdue, standing_of};
pub use reservation::{Action, Outcome, ReservationState, StockEffect};
pub use shipping::{Country, shipping_estimate};
pub use text::{Reason, WarehouseName};
