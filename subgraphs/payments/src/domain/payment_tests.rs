//! What news makes of a payment.

use proptest::prelude::*;
use uuid::Uuid;

use super::{
    super::operation::{Kind, Standing},
    *,
};

fn payment(method: Method) -> Payment {
    Payment {
        id: PaymentId(Uuid::from_u128(1)),
        order_id: OrderId(Uuid::from_u128(2)),
        attempt: 1,
        customer_id: None,
        method,
        token: None,
        amount: Money::new(1_990, CurrencyCode::Eur),
        state: State::Processing,
        version: 0,
        authorized_minor: 0,
        captured_minor: 0,
        refunded_minor: 0,
        refunding_minor: 0,
        charge_id: None,
        charge_version: 0,
        cancel_reason: None,
        changed_at: DateTime::UNIX_EPOCH,
    }
}

fn charge(version: u64, status: ChargeStatus) -> Charge {
    Charge { id: "chg_1".to_owned(), reference: "pay_1".to_owned(), version, status, refunds: Vec::new() }
}

fn action() -> NextAction {
    NextAction { kind: "3DS".to_owned(), url: "https://bank.example".to_owned(), expires_at: None }
}

#[test]
fn old_news_changes_nothing() {
    let captured = payment(Method::Wallet).observe(&charge(2, ChargeStatus::Captured)).unwrap();
    assert_eq!(captured.clone().observe(&charge(1, ChargeStatus::Authorized)).unwrap(), captured);
    assert_eq!(captured.clone().observe(&charge(2, ChargeStatus::Captured)).unwrap(), captured);
}

#[test]
fn a_charge_under_way_is_known_by_its_id_and_changes_nothing_else() {
    let before = payment(Method::Card);
    let after = before.clone().observe(&charge(1, ChargeStatus::Processing)).unwrap();
    assert_eq!((after.charge_id.as_deref(), &after.state), (Some("chg_1"), &State::Processing));
    assert!(!after.differs(&before));
    assert_eq!(Kind::Charge.standing(None, &charge(1, ChargeStatus::Processing)), Standing::Open);
    assert_eq!(Kind::Charge.standing(None, &charge(2, ChargeStatus::Authorized)), Standing::Done);
}

#[test]
fn a_one_step_capture_authorises_too() {
    let captured = payment(Method::Wallet).observe(&charge(1, ChargeStatus::Captured)).unwrap();
    assert_eq!((captured.authorized_minor, captured.captured_minor), (1_990, 1_990));
    assert_eq!(captured.next(), None);
}

#[test]
fn an_authorised_card_is_captured_next_unless_the_order_no_longer_wants_it() {
    let mut card = payment(Method::Card).observe(&charge(1, ChargeStatus::Authorized)).unwrap();
    assert_eq!(card.next(), Some(Next::Capture));
    card.cancel_reason = Some("order cancelled".to_owned());
    assert_eq!(card.next(), Some(Next::Void));
}

#[test]
fn money_that_arrives_late_for_a_cancelled_payment_goes_back() {
    let mut failed = payment(Method::Card);
    failed = failed.observe(&charge(1, ChargeStatus::Failed { reason: "bank_unavailable".to_owned() })).unwrap();
    failed.cancel_reason = Some("payment failed".to_owned());
    assert!(failed.is_cancelled());
    let late = failed.observe(&charge(2, ChargeStatus::Captured)).unwrap();
    assert!(!late.is_cancelled());
    assert_eq!(late.next(), Some(Next::Refund { amount_minor: 1_990 }));
    let back = late.reserve_refund(1_990).unwrap().settle_refund(1_990);
    assert!(back.is_cancelled());
    assert_eq!(back.next(), None);
}

#[test]
fn a_void_before_the_customer_acted_is_a_failure() {
    let waiting = payment(Method::Upi).observe(&charge(1, ChargeStatus::RequiresAction(action()))).unwrap();
    assert_eq!(waiting.next(), Some(Next::Ask));
    let failed = waiting.observe(&charge(2, ChargeStatus::Voided)).unwrap();
    assert_eq!(failed.failure_reason(), Some("cancelled"));
}

#[test]
fn what_cannot_be_is_refused() {
    let voided = payment(Method::Card)
        .observe(&charge(1, ChargeStatus::Authorized))
        .unwrap()
        .observe(&charge(2, ChargeStatus::Voided))
        .unwrap();
    assert!(voided.observe(&charge(3, ChargeStatus::Captured)).is_err());
}

proptest! {
    #[test]
    fn refunds_never_exceed_what_was_captured(amounts in prop::collection::vec((1_i64..1_000, any::<bool>()), 0..12)) {
        let mut payment = payment(Method::Wallet).observe(&charge(1, ChargeStatus::Captured)).unwrap();
        for (amount, made) in amounts {
            if let Ok(reserved) = payment.clone().reserve_refund(amount) {
                payment = if made { reserved.settle_refund(amount) } else { reserved };
            }
            prop_assert!(payment.refunded_minor + payment.refunding_minor <= payment.captured_minor);
            prop_assert!(payment.refundable_minor() >= 0);
        }
    }
}

#[test]
fn a_hold_that_lapses_at_the_bank_is_voided() {
    let card = payment(Method::Card).observe(&charge(1, ChargeStatus::Authorized)).unwrap();
    let lapsed = card.observe(&charge(2, ChargeStatus::Failed { reason: "hold_expired".to_owned() })).unwrap();
    assert_eq!((lapsed.state.name(), lapsed.captured_minor, lapsed.next()), ("VOIDED", 0, None));
}
