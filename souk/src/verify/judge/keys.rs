//! 11: one idempotency key, one order.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use souk_contracts::OrderId;

use crate::verify::{invariant::Invariant, report::Finding, rows::Order, seen::Sighting};

/// `results`: the orders that keys name. A key is one row and names one order, so a second order of the same key is
/// one that no key names.
pub fn one_order_a_key(orders: &HashMap<OrderId, &Order>, results: &[String], seen: Option<&[Sighting]>) -> Finding {
    let mut finding = Finding::of(Invariant::OneOrderAKey);
    finding.looked_at("keys", results.len());
    let mut named = HashSet::new();
    for result in results {
        match result.parse::<OrderId>() {
            Ok(order) if orders.contains_key(&order) => {
                named.insert(order);
            }
            Ok(_) | Err(_) => finding.violated(result, "a key names it, and it does not exist"),
        }
    }
    for order in orders.values().filter(|order| order.is_young) {
        finding.looked_at("orders of the last day", 1);
        if !named.contains(&order.id) {
            finding.violated(order.id, "no key names it");
        }
    }
    match seen {
        Some(seen) => told_to_clients(&mut finding, seen),
        None => finding.not_checked("without --seen: which order clients were told for which key"),
    }
    finding
}

fn told_to_clients(finding: &mut Finding, seen: &[Sighting]) {
    let mut told: BTreeMap<&str, BTreeSet<OrderId>> = BTreeMap::new();
    for sighting in seen {
        if let Some(key) = &sighting.key {
            told.entry(key).or_default().insert(sighting.order);
        }
    }
    finding.looked_at("keys of clients", told.len());
    for (key, orders) in told.into_iter().filter(|(_, orders)| orders.len() > 1) {
        let orders: Vec<String> = orders.iter().map(ToString::to_string).collect();
        finding.violated(key, format!("clients were told {} orders for it: {}", orders.len(), orders.join(", ")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::judge::samples::{order, order_id};

    fn told(results: &[String], seen: &[Sighting]) -> Vec<String> {
        let order = order(7, "CONFIRMED", "CAPTURED", 4);
        let finding = one_order_a_key(&HashMap::from([(order.id, &order)]), results, Some(seen));
        finding.violations.into_iter().map(|violation| violation.what).collect()
    }

    fn sighting(key: &str, order: u128) -> Sighting {
        Sighting { order: order_id(order), key: Some(key.to_owned()), versions: Vec::new(), left: false }
    }

    #[test]
    fn an_order_without_a_key_or_a_key_without_its_order_breaks_11() {
        assert_eq!(told(&[order_id(7).to_string()], &[]), [""; 0]);
        assert_eq!(told(&[], &[]), ["no key names it"]);
        let results = [order_id(7).to_string(), order_id(8).to_string()];
        assert_eq!(told(&results, &[]), ["a key names it, and it does not exist"]);
    }

    #[test]
    fn a_key_that_clients_were_told_two_orders_for_breaks_11() {
        let results = [order_id(7).to_string()];
        assert_eq!(told(&results, &[sighting("k", 7), sighting("k", 7), sighting("l", 8)]), [""; 0]);
        assert!(told(&results, &[sighting("k", 7), sighting("k", 8)])[0].starts_with("clients were told 2 orders"));
    }
}
