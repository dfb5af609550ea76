//! 14 and 15: what clients saw is what is.

use std::collections::{BTreeMap, HashMap};

use souk_contracts::OrderId;

use crate::verify::{invariant::Invariant, report::Finding, rows::Order, seen::Sighting};

/// 14: the versions of each subscription rise, and end where the database is.
pub fn subscriptions_rise(orders: &HashMap<OrderId, &Order>, seen: Option<&[Sighting]>) -> Finding {
    let mut finding = Finding::of(Invariant::SubscriptionsRise);
    let Some(seen) = seen else {
        finding.not_checked("without --seen: what subscribers were told");
        return finding;
    };
    finding.looked_at("subscriptions", 0);
    for sighting in seen.iter().filter(|sighting| !sighting.versions.is_empty()) {
        finding.looked_at("subscriptions", 1);
        finding.looked_at("their versions", sighting.versions.len());
        if let Err(fault) = check(sighting, orders.get(&sighting.order).copied()) {
            finding.violated(sighting.order, fault);
        }
    }
    finding
}

fn check(sighting: &Sighting, order: Option<&Order>) -> Result<(), String> {
    let versions = &sighting.versions;
    if let Some((before, after)) = versions.iter().zip(versions.iter().skip(1)).find(|(before, after)| before >= after)
    {
        return Err(format!("a subscription was told version {after} after {before}"));
    }
    let last = versions.last().copied().unwrap_or_default();
    match order.map(|order| order.version) {
        None => Err(format!("a subscription was told version {last} of an order that does not exist")),
        Some(version) if last > version => {
            Err(format!("a subscription was told version {last}, the database is at {version}"))
        }
        Some(version) if last < version && !sighting.left => {
            Err(format!("a subscription ends at version {last}, the database is at {version}"))
        }
        Some(_) => Ok(()),
    }
}

/// 15: nobody was told of an order that is not there: no client, and no other service. `told` names who knows of
/// which orders.
pub fn acknowledged_exists(
    orders: &HashMap<OrderId, &Order>,
    told: &[(&'static str, Vec<OrderId>)],
    seen: Option<&[Sighting]>,
) -> Finding {
    let mut finding = Finding::of(Invariant::AcknowledgedExists);
    let mut missing: BTreeMap<OrderId, Vec<&str>> = BTreeMap::new();
    let clients = seen.map(|seen| ("orders that clients were told of", distinct(seen)));
    if clients.is_none() {
        finding.not_checked("without --seen: which orders clients were told of");
    }
    for (who, known) in told.iter().map(|(who, known)| (*who, known)).chain(clients.as_ref().map(|(w, k)| (*w, k))) {
        finding.looked_at(who, known.len());
        for order in known.iter().filter(|order| !orders.contains_key(order)) {
            missing.entry(*order).or_default().push(who);
        }
    }
    for (order, who) in missing {
        finding.violated(order, format!("it does not exist, and is one of the {}", who.join(", the ")));
    }
    finding
}

fn distinct(seen: &[Sighting]) -> Vec<OrderId> {
    let orders: std::collections::BTreeSet<OrderId> = seen.iter().map(|sighting| sighting.order).collect();
    orders.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::judge::samples::{order, order_id};

    fn watched(order: u128, versions: &[u64], left: bool) -> Sighting {
        Sighting { order: order_id(order), key: None, versions: versions.to_vec(), left }
    }

    #[test]
    fn versions_that_fall_stop_short_or_run_ahead_break_14() {
        let order = order(7, "CONFIRMED", "CAPTURED", 4);
        let orders = HashMap::from([(order.id, &order)]);
        let told = |sighting| subscriptions_rise(&orders, Some(&[sighting])).violations.len();
        assert_eq!(told(watched(7, &[1, 2, 4], false)), 0);
        assert_eq!(told(watched(7, &[1, 2], true)), 0, "its client left");
        assert_eq!(told(watched(7, &[1, 2], false)), 1, "it stops short");
        assert_eq!(told(watched(7, &[1, 2, 2, 4], false)), 1, "it tells the same twice");
        assert_eq!(told(watched(7, &[2, 1, 4], true)), 1, "it falls");
        assert_eq!(told(watched(7, &[4, 5], true)), 1, "the database has lost a version");
        assert_eq!(told(watched(8, &[1], true)), 1, "there is no such order");
        assert_eq!(subscriptions_rise(&orders, None).not_checked.len(), 1);
    }

    #[test]
    fn an_order_that_others_know_and_that_is_gone_breaks_15() {
        let order = order(7, "CONFIRMED", "CAPTURED", 4);
        let orders = HashMap::from([(order.id, &order)]);
        let told = |payments: &[u128], seen: &[Sighting]| {
            let known = payments.iter().map(|id| order_id(*id)).collect();
            acknowledged_exists(&orders, &[("orders of payments", known)], Some(seen)).violations
        };
        assert_eq!(told(&[7], &[watched(7, &[], false)]), []);
        assert_eq!(told(&[7, 8], &[])[0].of, order_id(8).to_string());
        let gone = told(&[8], &[watched(8, &[], false)]);
        assert_eq!(gone.len(), 1);
        assert!(gone[0].what.ends_with("orders of payments, the orders that clients were told of"), "{gone:?}");
    }
}
