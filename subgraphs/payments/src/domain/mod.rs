//! What a payment is and may become. Pure: no I/O, no clock.

mod booked;
mod charge;
mod intent;
mod method;
mod operation;
mod payment;
mod state;

pub use booked::{Booked, Difference};
pub use charge::{Charge, ChargeStatus};
pub use intent::Intent;
pub use method::Method;
pub use operation::{Kind, Next, Standing};
pub use payment::{Fault, Payment};
pub use state::{NextAction, Refusal, State, Step};
