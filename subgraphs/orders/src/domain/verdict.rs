//! What a payment's fact means for its order. Pure and repeatable: the same fact about an order that has already
//! taken it means nothing more, whichever way and however often it is told.

use super::{
    Order, OrderStatus, PaymentAction, PaymentStatus,
    payment::{PaymentFact, PaymentState},
};

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The order stands as it should.
    Nothing,
    /// The customer has to act: wait for it.
    Await,
    /// The order is paid, or promised to be paid at the door.
    Confirm(PaymentAction),
    /// Declined: give the stock back, then end the order.
    Fail { reason: String },
    /// The payment status moves; the order's does not.
    Follow(PaymentStatus),
    /// Money of an order that has ended: the payment status tells, and it is given back at once.
    GiveBack(PaymentStatus),
}

/// The verdict on `fact` for `order`.
pub fn verdict(order: &Order, fact: &PaymentFact) -> Verdict {
    // An order on its way to an end is the saga's: it cancels the payment, whatever became of it.
    if order.ending.is_some() {
        return Verdict::Nothing;
    }
    match order.status {
        // Nothing is paid before stock is held; the saga asks again when it gets there.
        OrderStatus::Pending => Verdict::Nothing,
        OrderStatus::Reserved => match waiting(order, fact) {
            Verdict::Nothing if fact.state == PaymentState::RequiresAction => Verdict::Await,
            other => other,
        },
        OrderStatus::AwaitingPayment => waiting(order, fact),
        OrderStatus::Confirmed | OrderStatus::Shipped | OrderStatus::Delivered => follow(order, fact),
        OrderStatus::Rejected | OrderStatus::PaymentFailed | OrderStatus::Cancelled | OrderStatus::Expired => {
            ended(order, fact)
        }
    }
}

/// Whether an order that goes ahead has no payment that ever paid for it.
pub fn lacks_payment(order: &Order, facts: &[PaymentFact]) -> bool {
    let goes_ahead = matches!(order.status, OrderStatus::Confirmed | OrderStatus::Shipped | OrderStatus::Delivered);
    // Given back later is paid all the same.
    let paid = |fact: &PaymentFact| {
        fact.captured == order.totals.total || fact.pays(order.totals.total, order.payment_method).is_some()
    };
    goes_ahead && order.ending.is_none() && !facts.iter().any(paid)
}

fn waiting(order: &Order, fact: &PaymentFact) -> Verdict {
    if let Some(paid) = fact.pays(order.totals.total, order.payment_method) {
        return Verdict::Confirm(paid);
    }
    match fact.state {
        PaymentState::Failed | PaymentState::Voided => {
            Verdict::Fail { reason: fact.failure_reason.clone().unwrap_or_else(|| "declined".to_owned()) }
        }
        // Given back before the order was confirmed: there is nothing left that pays it.
        PaymentState::Captured if !fact.holds_money() => Verdict::Fail { reason: "refunded".to_owned() },
        PaymentState::Created
        | PaymentState::Processing
        | PaymentState::RequiresAction
        | PaymentState::Authorized
        | PaymentState::Captured
        | PaymentState::Unknown => Verdict::Nothing,
    }
}

fn follow(order: &Order, fact: &PaymentFact) -> Verdict {
    let told = fact.status();
    if order.payment_status.path_to(told).is_empty() { Verdict::Nothing } else { Verdict::Follow(told) }
}

fn ended(order: &Order, fact: &PaymentFact) -> Verdict {
    // What was only ever authorised and let go left no trace on an order that never counted on it.
    let told = if fact.captured.minor > 0 || order.payment_status != PaymentStatus::None {
        fact.status()
    } else {
        order.payment_status
    };
    match (fact.holds_money(), order.payment_status.path_to(told).is_empty()) {
        (true, _) => Verdict::GiveBack(told),
        (false, false) => Verdict::Follow(told),
        (false, true) => Verdict::Nothing,
    }
}

#[cfg(test)]
#[path = "verdict_tests.rs"]
mod tests;
