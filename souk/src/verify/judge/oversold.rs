//! 4: nothing is sold that was never there.
//!
//! Continuous: orders is read before inventory. Who was confirmed then took units that were available then, and what
//! was ever available only grows, so a shop that works never looks guilty in between.

use std::collections::{BTreeMap, HashSet};

use souk_contracts::{LineId, OrderId};

use crate::verify::{
    invariant::Invariant,
    report::Finding,
    rows::{Line, Movements, Sold},
};

/// `sold`: of orders that are confirmed and stay so. `called_back`: lines of orders that were confirmed and then
/// cancelled, whose units count until they are given back; `kept` says which of them were not.
pub fn nothing_oversold(
    sold: &[Sold],
    called_back: &[Line],
    kept: &HashSet<(OrderId, LineId)>,
    ledger: &[Movements],
) -> Finding {
    let mut finding = Finding::of(Invariant::NothingOversold);
    let mut units: BTreeMap<&str, i64> = BTreeMap::new();
    for row in sold {
        *units.entry(&row.sku).or_default() += row.units;
    }
    for line in called_back.iter().filter(|line| kept.contains(&(line.order, line.id))) {
        *units.entry(&line.sku).or_default() += line.quantity;
    }
    let mut available: BTreeMap<&str, i64> = BTreeMap::new();
    for row in ledger {
        *available.entry(&row.sku).or_default() += row.put_in;
    }
    finding.looked_at("skus sold", units.len());
    finding.looked_at("units sold", units.values().sum::<i64>().unsigned_abs() as usize);
    finding.looked_at("units ever available", available.values().sum::<i64>().unsigned_abs() as usize);
    for (sku, sold) in units {
        let ever = available.get(sku).copied().unwrap_or(0);
        if sold > ever {
            finding.violated(sku, format!("{sold} units are sold, {ever} were ever available"));
        }
    }
    finding
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::judge::samples::{line, line_id, order_id};

    fn sold(units: i64) -> [Sold; 1] {
        [Sold { sku: "MUG".to_owned(), units, orders: 1 }]
    }

    fn put_in(units: i64) -> [Movements; 1] {
        [Movements { sku: "MUG".to_owned(), put_in: units, ..Movements::default() }]
    }

    #[test]
    fn one_unit_too_many_breaks_4() {
        assert_eq!(nothing_oversold(&sold(20), &[], &HashSet::new(), &put_in(20)).violations, []);
        let told = nothing_oversold(&sold(21), &[], &HashSet::new(), &put_in(20)).violations;
        assert_eq!(told[0].what, "21 units are sold, 20 were ever available");
        assert_eq!(nothing_oversold(&sold(1), &[], &HashSet::new(), &[]).violations.len(), 1);
    }

    #[test]
    fn a_cancelled_unit_counts_until_it_is_given_back() {
        let called_back = [line(7, 1, 1)];
        let kept = HashSet::from([(order_id(7), line_id(1))]);
        assert_eq!(nothing_oversold(&sold(20), &called_back, &kept, &put_in(20)).violations.len(), 1);
        assert_eq!(nothing_oversold(&sold(20), &called_back, &HashSet::new(), &put_in(20)).violations, []);
    }
}
