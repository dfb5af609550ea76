//! 6 and 7: whose money it is, and how much of it.

use std::collections::HashMap;

use souk_contracts::{OrderId, PaymentId};

use crate::verify::{
    invariant::Invariant,
    report::Finding,
    rows::{Order, Payment, Refund},
};

/// 6: money was taken for an order that goes ahead, or all of it went back.
pub fn capture_has_order(orders: &HashMap<OrderId, &Order>, payments: &[Payment]) -> Finding {
    let mut finding = Finding::of(Invariant::CaptureHasOrder);
    finding.looked_at("payments captured", 0);
    for payment in payments.iter().filter(|payment| payment.captured_minor > 0) {
        finding.looked_at("payments captured", 1);
        let Payment { id, captured_minor, refunded_minor, currency, .. } = payment;
        let kept = format!("{captured_minor} {currency} captured, {refunded_minor} refunded");
        match orders.get(&payment.order) {
            None => finding.violated(id, format!("{kept}, for {}, which does not exist", payment.order)),
            Some(order) if order.is_confirmed() || refunded_minor == captured_minor => {}
            Some(order) => finding.violated(id, format!("{kept}, for {}, which is {}", order.id, order.status)),
        }
    }
    finding
}

/// What an order comes to, with its currency.
pub type Totals = HashMap<OrderId, (i64, String)>;

/// 7: no amount is more than the one before it. Continuous: `payments` and `refunds` are read at one moment, and
/// `totals` after them, since an order is older than its payments and its total never changes.
pub fn amounts_in_order(payments: &[Payment], refunds: &[Refund], totals: &Totals) -> Finding {
    let mut finding = Finding::of(Invariant::AmountsInOrder);
    finding.looked_at("payments", payments.len());
    finding.looked_at("refunds", refunds.len());
    let mut refunded: HashMap<PaymentId, Sums> = HashMap::new();
    for refund in refunds {
        refunded.entry(refund.payment).or_default().add(refund);
    }
    for payment in payments {
        let sums = refunded.get(&payment.id).copied().unwrap_or_default();
        if let Err(fault) = check_amounts(payment, totals.get(&payment.order)).and_then(|()| sums.check(payment)) {
            finding.violated(payment.id, fault);
        }
    }
    finding
}

fn check_amounts(payment: &Payment, total: Option<&(i64, String)>) -> Result<(), String> {
    let Payment { amount_minor, authorized_minor, captured_minor, refunded_minor, refunding_minor, .. } = payment;
    let ladder =
        [0, *refunded_minor, refunded_minor + refunding_minor, *captured_minor, *authorized_minor, *amount_minor];
    if *refunding_minor < 0 || !ladder.is_sorted() {
        return Err(format!(
            "refunded {refunded_minor} (and {refunding_minor} under way), captured {captured_minor}, authorised \
             {authorized_minor}, of {amount_minor}"
        ));
    }
    match total {
        None => Err(format!("its order {} does not exist", payment.order)),
        Some((total, currency)) if (total, currency) != (amount_minor, &payment.currency) => Err(format!(
            "it asks for {amount_minor} {}, its order {} comes to {total} {currency}",
            payment.currency, payment.order
        )),
        Some(_) => Ok(()),
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    done: i64,
    pending: i64,
}

impl Sums {
    fn add(&mut self, refund: &Refund) {
        match refund.state.as_str() {
            "DONE" => self.done += refund.amount_minor,
            "PENDING" => self.pending += refund.amount_minor,
            _ => {}
        }
    }

    fn check(self, payment: &Payment) -> Result<(), String> {
        let Payment { refunded_minor, refunding_minor, .. } = payment;
        if (self.done, self.pending) == (*refunded_minor, *refunding_minor) {
            return Ok(());
        }
        Err(format!(
            "refunded {refunded_minor} (and {refunding_minor} under way), its refunds come to {} (and {})",
            self.done, self.pending
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::judge::samples::{order, order_id, payment, refund};

    fn totals() -> Totals {
        HashMap::from([(order_id(7), (1_990, "EUR".to_owned()))])
    }

    #[test]
    fn money_kept_for_an_order_that_ended_breaks_6() {
        let told = |status: &str, refunded: i64| {
            let order = order(7, status, "CAPTURED", 4);
            let payments = [payment(1, "CAPTURED", (1_990, 1_990, refunded)), payment(2, "FAILED", (0, 0, 0))];
            capture_has_order(&HashMap::from([(order.id, &order)]), &payments).violations.len()
        };
        assert_eq!((told("SHIPPED", 0), told("CANCELLED", 1_990)), (0, 0));
        assert_eq!((told("CANCELLED", 1_989), told("AWAITING_PAYMENT", 0)), (1, 1));
        let orphan = capture_has_order(&HashMap::new(), &[payment(1, "CAPTURED", (1_990, 1_990, 0))]);
        assert!(orphan.violations[0].what.ends_with("which does not exist"), "{orphan}");
    }

    #[test]
    fn an_amount_above_the_one_before_it_breaks_7() {
        let told = |amounts| amounts_in_order(&[payment(1, "CAPTURED", amounts)], &[], &totals()).violations.len();
        assert_eq!(told((1_990, 1_990, 0)), 0);
        for amounts in [(1_991, 0, 0), (1_000, 1_001, 0), (1_990, -1, 0)] {
            assert_eq!(told(amounts), 1, "{amounts:?}");
        }
        let other = HashMap::from([(order_id(7), (1_989, "EUR".to_owned()))]);
        let sound = payment(1, "CAPTURED", (1_990, 1_990, 0));
        assert_eq!(amounts_in_order(std::slice::from_ref(&sound), &[], &other).violations.len(), 1);
        assert_eq!(amounts_in_order(&[sound], &[], &Totals::new()).violations.len(), 1);
    }

    #[test]
    fn a_refund_without_its_row_breaks_7() {
        let paid = payment(1, "CAPTURED", (1_990, 1_990, 500));
        let refunds = [refund(1, 1, 300, "DONE"), refund(2, 1, 200, "DONE"), refund(3, 1, 900, "FAILED")];
        assert_eq!(amounts_in_order(std::slice::from_ref(&paid), &refunds, &totals()).violations, []);
        let told = amounts_in_order(&[paid], &refunds[..1], &totals()).violations;
        assert_eq!(told[0].what, "refunded 500 (and 0 under way), its refunds come to 300 (and 0)");
    }
}
