//! 12: the history of an order is a path of the machine. The machine is written down here a second time, from the
//! shop's rules and not from the service's code, so that the two can disagree.

use std::collections::HashMap;

use souk_contracts::OrderId;

use super::by_order;
use crate::verify::{
    invariant::Invariant,
    report::Finding,
    rows::{Change, Order},
};

const STATUS_EDGES: [(&str, &str); 13] = [
    ("PENDING", "RESERVED"),
    ("PENDING", "REJECTED"),
    ("PENDING", "CANCELLED"),
    ("RESERVED", "AWAITING_PAYMENT"),
    ("RESERVED", "PAYMENT_FAILED"),
    ("RESERVED", "CANCELLED"),
    ("AWAITING_PAYMENT", "CONFIRMED"),
    ("AWAITING_PAYMENT", "PAYMENT_FAILED"),
    ("AWAITING_PAYMENT", "EXPIRED"),
    ("AWAITING_PAYMENT", "CANCELLED"),
    ("CONFIRMED", "SHIPPED"),
    ("CONFIRMED", "CANCELLED"),
    ("SHIPPED", "DELIVERED"),
];

const PAYMENT_EDGES: [(&str, &str); 7] = [
    ("NONE", "AUTHORIZED"),
    ("NONE", "CAPTURED"),
    ("AUTHORIZED", "CAPTURED"),
    ("AUTHORIZED", "VOIDED"),
    ("CAPTURED", "PARTIALLY_REFUNDED"),
    ("CAPTURED", "REFUNDED"),
    ("PARTIALLY_REFUNDED", "REFUNDED"),
];

/// `history` holds each order's rows by version.
pub fn history_is_a_path(orders: &HashMap<OrderId, &Order>, history: &[Change]) -> Finding {
    let mut finding = Finding::of(Invariant::HistoryIsAPath);
    finding.looked_at("orders", orders.len());
    finding.looked_at("history rows", history.len());
    let paths = by_order(history, |row| row.order);
    for order in orders.values() {
        let path = paths.get(&order.id).map(Vec::as_slice).unwrap_or_default();
        if let Err(fault) = walk(path).and_then(|()| ends_at(path, order)) {
            finding.violated(order.id, fault);
        }
    }
    for order in paths.keys().filter(|order| !orders.contains_key(order)) {
        finding.violated(order, "it has a history and does not exist");
    }
    finding
}

fn walk(path: &[&Change]) -> Result<(), String> {
    let mut before: Option<&Change> = None;
    for (index, row) in path.iter().enumerate() {
        let version = index as u64 + 1;
        if row.version != version {
            return Err(format!("version {version} is missing: {} comes next", row.version));
        }
        step(before, row).map_err(|fault| format!("version {version}: {fault}"))?;
        before = Some(row);
    }
    Ok(())
}

fn step(before: Option<&Change>, row: &Change) -> Result<(), String> {
    let Change { from, to, payment_status, .. } = row;
    let Some(before) = before else {
        let begins = from.is_none() && to == "PENDING" && payment_status == "NONE";
        return if begins { Ok(()) } else { Err(format!("it begins as {to}, {payment_status}")) };
    };
    if from.as_deref() != Some(before.to.as_str()) {
        return Err(format!("it comes from {}, but {} was before", from.as_deref().unwrap_or("nothing"), before.to));
    }
    let moves = |edges: &[(&str, &str)], from: &str, to: &str| from == to || edges.contains(&(from, to));
    if !moves(&STATUS_EDGES, &before.to, to) {
        return Err(format!("{} cannot become {to}", before.to));
    }
    if !moves(&PAYMENT_EDGES, &before.payment_status, payment_status) {
        return Err(format!("a payment that is {} cannot become {payment_status}", before.payment_status));
    }
    if (&before.to, &before.payment_status) == (to, payment_status) {
        return Err("nothing changes".to_owned());
    }
    Ok(())
}

fn ends_at(path: &[&Change], order: &Order) -> Result<(), String> {
    let Some(last) = path.last() else { return Err("it has no history".to_owned()) };
    let (tells, stands) =
        ((last.version, &last.to, &last.payment_status), (order.version, &order.status, &order.payment_status));
    if tells == stands {
        return Ok(());
    }
    Err(format!(
        "it is {} {} at version {}, its history ends as {} {} at {}",
        stands.1, stands.2, stands.0, tells.1, tells.2, tells.0
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::judge::samples::{change, order};

    fn told(path: &[Change]) -> Vec<String> {
        let last = path.last().cloned().unwrap_or_else(|| change(1, None, "PENDING", "NONE"));
        let order = order(7, &last.to, &last.payment_status, last.version);
        let finding = history_is_a_path(&HashMap::from([(order.id, &order)]), path);
        finding.violations.into_iter().map(|violation| violation.what).collect()
    }

    fn sound() -> Vec<Change> {
        vec![
            change(1, None, "PENDING", "NONE"),
            change(2, Some("PENDING"), "RESERVED", "NONE"),
            change(3, Some("RESERVED"), "AWAITING_PAYMENT", "NONE"),
            change(4, Some("AWAITING_PAYMENT"), "CONFIRMED", "CAPTURED"),
            change(5, Some("CONFIRMED"), "CONFIRMED", "PARTIALLY_REFUNDED"),
        ]
    }

    #[test]
    fn a_path_of_the_machine_is_sound() {
        assert_eq!(told(&sound()), [""; 0]);
    }

    #[test]
    fn a_gap_a_leap_or_a_standstill_breaks_12() {
        let mut gap = sound();
        gap.remove(2);
        assert_eq!(told(&gap), ["version 3 is missing: 4 comes next"]);
        let leap = [change(1, None, "PENDING", "NONE"), change(2, Some("PENDING"), "CONFIRMED", "CAPTURED")];
        assert_eq!(told(&leap), ["version 2: PENDING cannot become CONFIRMED"]);
        let mut still = sound();
        still.push(change(6, Some("CONFIRMED"), "CONFIRMED", "PARTIALLY_REFUNDED"));
        assert_eq!(told(&still), ["version 6: nothing changes"]);
        let mut back = sound();
        back.push(change(6, Some("CONFIRMED"), "CONFIRMED", "CAPTURED"));
        assert_eq!(told(&back), ["version 6: a payment that is PARTIALLY_REFUNDED cannot become CAPTURED"]);
        let mut elsewhere = sound();
        elsewhere[3].from = Some("RESERVED".to_owned());
        assert_eq!(told(&elsewhere), ["version 4: it comes from RESERVED, but AWAITING_PAYMENT was before"]);
        assert_eq!(told(&[change(1, None, "RESERVED", "NONE")]), ["version 1: it begins as RESERVED, NONE"]);
        assert_eq!(told(&[]), ["it has no history"]);
    }

    #[test]
    fn an_order_that_stands_elsewhere_than_its_history_breaks_12() {
        let order = order(7, "SHIPPED", "CAPTURED", 6);
        let finding = history_is_a_path(&HashMap::from([(order.id, &order)]), &sound());
        assert!(finding.violations[0].what.starts_with("it is SHIPPED CAPTURED at version 6"), "{finding}");
        assert_eq!(history_is_a_path(&HashMap::new(), &sound()).violations.len(), 1, "a history of nothing");
    }
}
