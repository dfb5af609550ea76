//! 5: a confirmed order has its money and its goods.

use std::collections::HashMap;

use souk_contracts::LineId;

use super::by_order;
use crate::verify::{
    invariant::Invariant,
    report::Finding,
    rows::{Line, Order, Payment, Reservation},
};

/// Orders on their way to CANCELLED are passed over: stock and money go back before the status moves.
pub fn confirmed_is_paid(
    orders: &[Order],
    lines: &[Line],
    payments: &[Payment],
    reservations: &[Reservation],
) -> Finding {
    let mut finding = Finding::of(Invariant::ConfirmedIsPaid);
    finding.looked_at("confirmed orders", 0);
    let lines = by_order(lines, |row| row.order);
    let payments = by_order(payments, |row| row.order);
    let reservations: HashMap<LineId, &Reservation> = reservations.iter().map(|row| (row.line, row)).collect();
    for order in orders.iter().filter(|order| order.is_confirmed() && !order.is_ending) {
        finding.looked_at("confirmed orders", 1);
        let own = payments.get(&order.id).map(Vec::as_slice).unwrap_or_default();
        if let Err(fault) = check_payments(order, own) {
            finding.violated(order.id, fault);
        }
        let own = lines.get(&order.id).map(Vec::as_slice).unwrap_or_default();
        finding.looked_at("their lines", own.len());
        if own.is_empty() {
            finding.violated(order.id, "it has no line");
        }
        for line in own {
            if let Err(fault) = check_line(line, reservations.get(&line.id).copied()) {
                finding.violated(order.id, format!("{} ({}): {fault}", line.id, line.sku));
            }
        }
    }
    finding
}

fn check_payments(order: &Order, payments: &[&Payment]) -> Result<(), String> {
    let Order { status, payment_status, .. } = order;
    let taken: Vec<&&Payment> = payments.iter().filter(|payment| payment.captured_minor > 0).collect();
    let kept: Vec<&&Payment> = payments.iter().filter(|payment| payment.holds_money() || payment.is_open()).collect();
    let expected = match (kept.as_slice(), taken.as_slice()) {
        ([one], _) => told_by(order, one)?,
        // Staff gave all of it back, and the order goes on.
        ([], [_, ..]) => "REFUNDED",
        ([], []) => return Err(format!("it is {status} and has no payment")),
        (several, _) => {
            let ids: Vec<String> = several.iter().map(|payment| payment.id.to_string()).collect();
            return Err(format!("{} payments hold its money: {}", ids.len(), ids.join(", ")));
        }
    };
    if payment_status != expected {
        return Err(format!("its payment status is {payment_status}, its payment says {expected}"));
    }
    Ok(())
}

/// The payment status that follows from the one payment of a confirmed order.
fn told_by(order: &Order, payment: &Payment) -> Result<&'static str, String> {
    let Payment { id, state, currency, captured_minor, authorized_minor, .. } = payment;
    let promised = order.is_cash() && state == "AUTHORIZED" && order.status != "DELIVERED";
    let (what, amount) = if promised { ("authorised", authorized_minor) } else { ("captured", captured_minor) };
    if (*amount, currency) != (order.total_minor, &order.currency) {
        return Err(format!(
            "{amount} {currency} of {} {} are {what} by {id}, which is {state}",
            order.total_minor, order.currency
        ));
    }
    Ok(match payment.refunded_minor {
        _ if promised => "AUTHORIZED",
        0 => "CAPTURED",
        _ => "PARTIALLY_REFUNDED",
    })
}

fn check_line(line: &Line, reservation: Option<&Reservation>) -> Result<(), String> {
    let Some(row) = reservation else { return Err("no unit was ever reserved".to_owned()) };
    if row.order != line.order {
        return Err(format!("its reservation {} belongs to {}", row.id, row.order));
    }
    if row.state != "COMMITTED" {
        return Err(format!("its reservation {} is {}", row.id, row.state));
    }
    if (row.quantity, &row.sku) != (line.quantity, &line.sku) {
        return Err(format!("{} of {} are committed for {} of it", row.quantity, row.sku, line.quantity));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::judge::samples::{line, order, payment, reservation};

    fn told(order: &Order, payments: &[Payment], state: &str) -> Vec<String> {
        let finding =
            confirmed_is_paid(std::slice::from_ref(order), &[line(7, 1, 2)], payments, &[reservation(1, state, 2)]);
        finding.violations.into_iter().map(|violation| violation.what).collect()
    }

    fn card() -> Payment {
        payment(1, "CAPTURED", (1_990, 1_990, 0))
    }

    #[test]
    fn one_payment_of_the_total_and_committed_lines_are_sound() {
        let sound = order(7, "CONFIRMED", "CAPTURED", 4);
        assert_eq!(told(&sound, &[card()], "COMMITTED"), [""; 0]);
        let declined_first = [payment(2, "FAILED", (0, 0, 0)), card()];
        assert_eq!(told(&sound, &declined_first, "COMMITTED"), [""; 0]);
        let late_and_given_back = [payment(2, "CAPTURED", (1_990, 1_990, 1_990)), card()];
        assert_eq!(told(&sound, &late_and_given_back, "COMMITTED"), [""; 0]);
        let refunded = order(7, "DELIVERED", "REFUNDED", 9);
        assert_eq!(told(&refunded, &[payment(1, "CAPTURED", (1_990, 1_990, 1_990))], "COMMITTED"), [""; 0]);
        let part = order(7, "SHIPPED", "PARTIALLY_REFUNDED", 9);
        assert_eq!(told(&part, &[payment(1, "CAPTURED", (1_990, 1_990, 5))], "COMMITTED"), [""; 0]);
    }

    #[test]
    fn money_that_is_missing_twice_or_too_little_breaks_5() {
        let confirmed = order(7, "CONFIRMED", "CAPTURED", 4);
        assert_eq!(told(&confirmed, &[], "COMMITTED"), ["it is CONFIRMED and has no payment"]);
        assert!(
            told(&confirmed, &[card(), payment(2, "CAPTURED", (1_990, 1_990, 0))], "COMMITTED")[0].starts_with("2 ")
        );
        assert!(told(&confirmed, &[card(), payment(2, "UNKNOWN", (0, 0, 0))], "COMMITTED")[0].starts_with("2 "));
        assert!(
            told(&confirmed, &[payment(1, "CAPTURED", (900, 900, 0))], "COMMITTED")[0].starts_with("900 EUR of 1990")
        );
        let behind = order(7, "CONFIRMED", "NONE", 4);
        assert_eq!(told(&behind, &[card()], "COMMITTED"), ["its payment status is NONE, its payment says CAPTURED"]);
    }

    #[test]
    fn goods_that_are_not_committed_break_5() {
        let confirmed = order(7, "CONFIRMED", "CAPTURED", 4);
        for state in ["HELD", "EXPIRED", "RELEASED", "RESTOCKED"] {
            assert!(told(&confirmed, &[card()], state)[0].ends_with(&format!("is {state}")));
        }
        let finding = confirmed_is_paid(&[confirmed], &[line(7, 1, 3)], &[card()], &[]);
        assert!(finding.violations[0].what.ends_with("no unit was ever reserved"), "{finding}");
    }

    #[test]
    fn cash_is_promised_until_it_is_delivered() {
        let cash = |status: &str, payment_status: &str| {
            let method = "CASH_ON_DELIVERY".to_owned();
            Order { method, ..order(7, status, payment_status, 4) }
        };
        let promised = [payment(1, "AUTHORIZED", (1_990, 0, 0))];
        assert_eq!(told(&cash("SHIPPED", "AUTHORIZED"), &promised, "COMMITTED"), [""; 0]);
        assert_eq!(told(&cash("DELIVERED", "CAPTURED"), &[card()], "COMMITTED"), [""; 0]);
        assert!(told(&cash("DELIVERED", "AUTHORIZED"), &promised, "COMMITTED")[0].starts_with("0 EUR of 1990"));
        let by_card = order(7, "CONFIRMED", "AUTHORIZED", 4);
        assert!(told(&by_card, &promised, "COMMITTED")[0].contains("are captured by"), "a card is captured");
    }
}
