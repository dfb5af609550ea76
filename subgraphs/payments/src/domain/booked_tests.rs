//! What counts as a difference between a payment and its charge.

use souk_contracts::{CurrencyCode, Money, OrderId, PaymentId};
use souk_process::clock;

use super::*;
use crate::domain::Method;

fn payment() -> Payment {
    Payment {
        id: PaymentId(uuid::Uuid::nil()),
        order_id: OrderId(uuid::Uuid::nil()),
        attempt: 1,
        customer_id: None,
        method: Method::Card,
        token: None,
        amount: Money::new(1_990, CurrencyCode::Eur),
        state: State::Captured,
        version: 2,
        authorized_minor: 1_990,
        captured_minor: 1_990,
        refunded_minor: 500,
        refunding_minor: 0,
        charge_id: Some("ch_1".to_owned()),
        charge_version: 3,
        cancel_reason: None,
        changed_at: clock::now(),
    }
}

fn booked(status: ChargeStatus, version: u64) -> Booked {
    let charge = Charge {
        id: "ch_1".to_owned(),
        reference: "pay_1".to_owned(),
        version,
        status,
        refunds: vec!["ref_1".to_owned()],
    };
    Booked { charge, amount: Money::new(1_990, CurrencyCode::Eur), captured_minor: 1_990, refunded_minor: 500 }
}

#[test]
fn a_payment_that_is_as_its_charge_or_ahead_of_it_does_not_differ() {
    assert_eq!(booked(ChargeStatus::Captured, 3).difference(&payment()), None);
    assert_eq!(booked(ChargeStatus::Authorized, 2).difference(&payment()), None, "the page is old");
    let failed = Payment { captured_minor: 1_990, state: State::Failed { reason: "late".to_owned() }, ..payment() };
    assert_eq!(booked(ChargeStatus::Voided, 3).difference(&failed), None, "given up under either name");
}

#[test]
fn the_gravest_difference_is_named_and_only_news_and_states_can_be_taken() {
    let good = || booked(ChargeStatus::Captured, 3);
    let other = Payment { charge_id: Some("ch_2".to_owned()), ..payment() };
    let dearer = Booked { amount: Money::new(1_991, CurrencyCode::Eur), ..good() };
    let cases = [
        (good().difference(&other), Difference::Charge, false),
        (booked(ChargeStatus::Captured, 4).difference(&payment()), Difference::News, true),
        (booked(ChargeStatus::Authorized, 3).difference(&payment()), Difference::State, true),
        (dearer.difference(&payment()), Difference::Amount, false),
        (Booked { captured_minor: 0, ..good() }.difference(&payment()), Difference::Captured, false),
        (Booked { refunded_minor: 501, ..good() }.difference(&payment()), Difference::Refunded, false),
    ];
    for (found, expected, explained) in cases {
        assert_eq!(found, Some(expected));
        assert_eq!(expected.is_explained(), explained, "{expected:?}");
    }
}
