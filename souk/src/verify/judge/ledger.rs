//! 8: the provider's own ledger says what the payments say. Cash knows no provider.

use std::collections::{BTreeMap, HashMap};

use souk_contracts::PaymentId;

use crate::verify::{
    invariant::Invariant,
    ledger::{Charge, Ledger},
    report::Finding,
    rows::{Payment, Refund},
};

pub fn ledger_agrees(ledger: &Ledger, payments: &[Payment], refunds: &[Refund]) -> Finding {
    let mut finding = Finding::of(Invariant::LedgerAgrees);
    finding.looked_at("ledger lines", ledger.lines);
    finding.looked_at("charges", ledger.charges.len());
    let mut charges: HashMap<&str, Vec<&Charge>> = HashMap::new();
    for charge in &ledger.charges {
        charges.entry(&charge.reference).or_default().push(charge);
    }
    let mut made: HashMap<PaymentId, BTreeMap<String, i64>> = HashMap::new();
    for refund in refunds.iter().filter(|refund| refund.state == "DONE") {
        made.entry(refund.payment).or_default().insert(refund.id.to_string(), refund.amount_minor);
    }
    for payment in payments.iter().filter(|payment| !payment.is_cash()) {
        finding.looked_at("payments but cash", 1);
        let own = charges.remove(payment.id.to_string().as_str()).unwrap_or_default();
        let made = made.remove(&payment.id).unwrap_or_default();
        if let Err(fault) = check(payment, &own, &made) {
            finding.violated(payment.id, fault);
        }
    }
    for (reference, charges) in charges {
        for charge in charges {
            finding.violated(&charge.id, format!("a charge for {reference}, which is no payment of the shop's"));
        }
    }
    finding
}

fn check(payment: &Payment, charges: &[&Charge], made: &BTreeMap<String, i64>) -> Result<(), String> {
    let state = payment.state.as_str();
    if payment.is_open() {
        return Err(format!("it is {state}: what became of it is not known"));
    }
    let charge = match charges {
        [one] => one,
        // Declined before the provider was asked, or refused by it: then there is no charge.
        [] if state == "FAILED" => return Ok(()),
        [] => return Err(format!("it is {state}, and the provider has no charge for it")),
        several => {
            let ids: Vec<&str> = several.iter().map(|charge| charge.id.as_str()).collect();
            return Err(format!("the provider has {} charges for it: {}", ids.len(), ids.join(", ")));
        }
    };
    let Charge { id, amount_minor, currency, method, status, captured_minor, refunded_minor, .. } = charge;
    if !means(status, state) {
        return Err(format!("it is {state}, the charge {id} is {status}"));
    }
    if (amount_minor, currency, method) != (&payment.amount_minor, &payment.currency, &payment.method) {
        return Err(format!(
            "{} {} by {}, the charge {id} is of {amount_minor} {currency} by {method}",
            payment.amount_minor, payment.currency, payment.method
        ));
    }
    if (*captured_minor, *refunded_minor) != (payment.captured_minor, payment.refunded_minor) {
        return Err(format!(
            "captured {}, refunded {}; the charge {id} says {captured_minor} and {refunded_minor}",
            payment.captured_minor, payment.refunded_minor
        ));
    }
    let told: BTreeMap<String, i64> =
        charge.refunds.iter().map(|refund| (refund.reference.clone(), refund.amount_minor)).collect();
    if told.len() != charge.refunds.len() || told != *made {
        return Err(format!("its refunds are {made:?}, those of the charge {id} are {:?}", charge.refunds));
    }
    Ok(())
}

/// Whether a charge of this status makes a payment of this state.
fn means(status: &str, state: &str) -> bool {
    match state {
        "REQUIRES_ACTION" => status == "requires_action",
        "AUTHORIZED" => status == "authorized",
        "CAPTURED" => status == "captured",
        "VOIDED" => status == "voided",
        // Withdrawn before anything was held, there is nothing to void: the payment did not come to be.
        "FAILED" => matches!(status, "failed" | "voided"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::verify::judge::samples::{payment, payment_id, refund};

    fn charge(id: &str, status: &str, captured: i64) -> Charge {
        let charge = json!({
            "id": id, "reference": payment_id(1).to_string(), "amount_minor": 1_990, "currency": "EUR",
            "method": "CARD", "status": status, "captured_minor": captured, "refunded_minor": 0, "refunds": [],
        });
        serde_json::from_value(charge).unwrap()
    }

    fn told(payment: Payment, charges: Vec<Charge>) -> Vec<String> {
        let ledger = Ledger { charges, ..Ledger::default() };
        let finding = ledger_agrees(&ledger, &[payment], &[]);
        finding.violations.into_iter().map(|violation| violation.what).collect()
    }

    fn captured() -> Payment {
        payment(1, "CAPTURED", (1_990, 1_990, 0))
    }

    #[test]
    fn the_same_on_both_sides_is_sound() {
        assert_eq!(told(captured(), vec![charge("a", "captured", 1_990)]), [""; 0]);
        assert_eq!(told(payment(1, "FAILED", (0, 0, 0)), vec![]), [""; 0], "its token could be no token");
        assert_eq!(told(payment(1, "FAILED", (0, 0, 0)), vec![charge("a", "voided", 0)]), [""; 0]);
        assert_eq!(told(payment(1, "VOIDED", (1_990, 0, 0)), vec![charge("a", "voided", 0)]), [""; 0]);
        let cash = Payment { method: "CASH_ON_DELIVERY".to_owned(), ..captured() };
        assert_eq!(told(cash, vec![]), [""; 0]);
    }

    #[test]
    fn two_charges_none_or_another_outcome_break_8() {
        let twice = vec![charge("a", "captured", 1_990), charge("b", "captured", 1_990)];
        assert_eq!(told(captured(), twice), ["the provider has 2 charges for it: a, b"]);
        assert_eq!(told(captured(), vec![]), ["it is CAPTURED, and the provider has no charge for it"]);
        let late = vec![charge("a", "captured", 1_990)];
        assert_eq!(told(payment(1, "FAILED", (0, 0, 0)), late), ["it is FAILED, the charge a is captured"]);
        let unknown = told(payment(1, "UNKNOWN", (0, 0, 0)), vec![charge("a", "captured", 1_990)]);
        assert_eq!(unknown, ["it is UNKNOWN: what became of it is not known"]);
        assert!(told(captured(), vec![charge("a", "captured", 900)])[0].ends_with("says 900 and 0"));
        let foreign = Charge { reference: "pay_x".to_owned(), ..charge("b", "captured", 5) };
        assert_eq!(told(captured(), vec![charge("a", "captured", 1_990), foreign]).len(), 1);
    }

    #[test]
    fn a_refund_that_only_one_side_knows_breaks_8() {
        let paid = payment(1, "CAPTURED", (1_990, 1_990, 500));
        let row = refund(4, 1, 500, "DONE");
        let mut charge = Charge { refunded_minor: 500, ..charge("a", "captured", 1_990) };
        let agree = |charge: &Charge| {
            let ledger = Ledger { charges: vec![charge.clone()], ..Ledger::default() };
            ledger_agrees(&ledger, std::slice::from_ref(&paid), std::slice::from_ref(&row)).violations.len()
        };
        assert_eq!(agree(&charge), 1);
        charge.refunds = serde_json::from_value(json!([{ "reference": row.id, "amount_minor": 500 }])).unwrap();
        assert_eq!(agree(&charge), 0);
        charge.refunds = [charge.refunds.clone(), charge.refunds.clone()].concat();
        assert_eq!(agree(&charge), 1, "the same refund twice");
    }
}
