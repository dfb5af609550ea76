//! 10: what ended badly lets go of everything.

use std::collections::HashMap;

use souk_contracts::OrderId;

use crate::verify::{
    invariant::Invariant,
    report::Finding,
    rows::{Order, Payment, Reservation},
};

pub fn ended_holds_nothing(
    orders: &HashMap<OrderId, &Order>,
    payments: &[Payment],
    reservations: &[Reservation],
) -> Finding {
    let mut finding = Finding::of(Invariant::EndedHoldsNothing);
    finding.looked_at("ended orders", orders.values().filter(|order| order.has_ended()).count());
    let ended = |id| orders.get(&id).filter(|order| order.has_ended());
    for row in reservations {
        let Some(order) = ended(row.order) else { continue };
        finding.looked_at("their reservations", 1);
        if row.occupies_stock() {
            let Reservation { id, quantity, sku, state, .. } = row;
            finding.violated(order.id, format!("it is {}, and {id} of {quantity} {sku} is {state}", order.status));
        }
    }
    for payment in payments {
        let Some(order) = ended(payment.order) else { continue };
        finding.looked_at("their payments", 1);
        if payment.holds_money() {
            let Payment { id, state, captured_minor, refunded_minor, .. } = payment;
            finding.violated(
                order.id,
                format!(
                    "it is {}, and {id} is {state}, {captured_minor} captured, {refunded_minor} refunded",
                    order.status
                ),
            );
        }
    }
    finding
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::judge::samples::{order, payment, reservation};

    fn told(status: &str, payment: Payment, reserved: &str) -> usize {
        let order = order(7, status, "NONE", 4);
        let orders = HashMap::from([(order.id, &order)]);
        ended_holds_nothing(&orders, &[payment], &[reservation(1, reserved, 2)]).violations.len()
    }

    #[test]
    fn units_or_money_of_an_ended_order_break_10() {
        let (declined, given_back) = (payment(1, "FAILED", (0, 0, 0)), payment(1, "CAPTURED", (1_990, 1_990, 1_990)));
        for status in ["REJECTED", "CANCELLED", "EXPIRED", "PAYMENT_FAILED"] {
            assert_eq!(told(status, declined.clone(), "RELEASED"), 0);
            assert_eq!(told(status, given_back.clone(), "RESTOCKED"), 0);
            assert_eq!(told(status, declined.clone(), "HELD"), 1);
            assert_eq!(told(status, declined.clone(), "COMMITTED"), 1);
            assert_eq!(told(status, payment(1, "CAPTURED", (1_990, 1_990, 1_000)), "RELEASED"), 1);
            assert_eq!(told(status, payment(1, "AUTHORIZED", (1_990, 0, 0)), "RELEASED"), 1);
        }
        assert_eq!(told("CONFIRMED", payment(1, "CAPTURED", (1_990, 1_990, 0)), "COMMITTED"), 0);
    }
}
