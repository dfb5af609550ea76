//! Events that orders takes: those of payments.

mod payments;

pub use payments::PaymentEvents;
