//! 1, 2, 3: what lies on the shelf, what is set aside, and what the ledger says of it.

use std::collections::{BTreeMap, HashMap};

use crate::verify::{
    invariant::Invariant,
    report::Finding,
    rows::{Movements, Reservation, Stock},
};

/// A sku in a warehouse.
type Shelf<'a> = (&'a str, &'a str);

/// 1: nothing is set aside that is not there.
pub fn in_bounds(stock: &[Stock]) -> Finding {
    let mut finding = Finding::of(Invariant::StockInBounds);
    finding.looked_at("stock rows", stock.len());
    for row in stock {
        if row.reserved < 0 || row.on_hand < row.reserved {
            finding.violated(name(row), format!("on hand {}, reserved {}", row.on_hand, row.reserved));
        }
    }
    finding
}

/// 2: what is set aside is what reservations hold.
pub fn reserved_is_held(stock: &[Stock], reservations: &[Reservation]) -> Finding {
    let mut finding = Finding::of(Invariant::ReservedIsHeld);
    let held: Vec<&Reservation> = reservations.iter().filter(|row| row.state == "HELD").collect();
    finding.looked_at("stock rows", stock.len());
    finding.looked_at("held reservations", held.len());
    let mut sums = units_by_shelf(held.iter().copied());
    for row in stock {
        let sum = sums.remove(&(row.sku.as_str(), row.warehouse.as_str())).unwrap_or(0);
        if sum != row.reserved {
            finding.violated(name(row), format!("reserved {}, but reservations hold {sum}", row.reserved));
        }
    }
    for ((sku, warehouse), sum) in sums {
        finding.violated(format!("{sku}@{warehouse}"), format!("reservations hold {sum} of a row that is not there"));
    }
    finding
}

/// 3: no unit appears or vanishes.
pub fn adds_up(stock: &[Stock], reservations: &[Reservation], ledger: &[Movements]) -> Finding {
    let mut finding = Finding::of(Invariant::StockAddsUp);
    let committed = units_by_shelf(reservations.iter().filter(|row| row.state == "COMMITTED"));
    let mut ledger: HashMap<Shelf<'_>, &Movements> =
        ledger.iter().map(|row| ((row.sku.as_str(), row.warehouse.as_str()), row)).collect();
    finding.looked_at("stock rows", stock.len());
    finding.looked_at("ledger entries", ledger.values().map(|row| row.entries as usize).sum());
    finding.looked_at("committed units", committed.values().sum::<i64>().unsigned_abs() as usize);
    let none = Movements::default();
    for row in stock {
        let shelf = (row.sku.as_str(), row.warehouse.as_str());
        let moved = ledger.remove(&shelf).unwrap_or(&none);
        let left = committed.get(&shelf).copied().unwrap_or(0);
        if row.on_hand + left != moved.adjusted {
            finding.violated(
                name(row),
                format!(
                    "on hand {} + committed {left} is not the {} that adjustments put in",
                    row.on_hand, moved.adjusted
                ),
            );
        }
        if moved.sum != row.on_hand {
            finding.violated(name(row), format!("on hand {}, but the ledger sums up to {}", row.on_hand, moved.sum));
        }
    }
    for ((sku, warehouse), moved) in ledger {
        finding.violated(
            format!("{sku}@{warehouse}"),
            format!("the ledger sums up to {} for a row that is not there", moved.sum),
        );
    }
    finding
}

fn units_by_shelf<'a>(reservations: impl Iterator<Item = &'a Reservation>) -> BTreeMap<Shelf<'a>, i64> {
    let mut units = BTreeMap::new();
    for row in reservations {
        *units.entry((row.sku.as_str(), row.warehouse.as_str())).or_insert(0) += row.quantity;
    }
    units
}

fn name(row: &Stock) -> String {
    format!("{}@{}", row.sku, row.warehouse)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::judge::samples::{reservation, stock};

    fn ledger(sum: i64, adjusted: i64) -> Movements {
        let (sku, warehouse) = ("MUG".to_owned(), "main".to_owned());
        Movements { sku, warehouse, sum, adjusted, put_in: adjusted, entries: 2 }
    }

    #[test]
    fn more_set_aside_than_there_is_breaks_1() {
        assert_eq!(in_bounds(&[stock(5, 5)]).violations, []);
        assert_eq!(in_bounds(&[stock(4, 5)]).violations[0].of, "MUG@main");
        assert_eq!(in_bounds(&[stock(4, -1)]).violations[0].what, "on hand 4, reserved -1");
    }

    #[test]
    fn units_set_aside_for_nobody_break_2() {
        let held = [reservation(1, "HELD", 2), reservation(2, "HELD", 1), reservation(3, "COMMITTED", 9)];
        assert_eq!(reserved_is_held(&[stock(5, 3)], &held).violations, []);
        let told = reserved_is_held(&[stock(5, 4)], &held).violations;
        assert_eq!(told[0].what, "reserved 4, but reservations hold 3");
        assert_eq!(reserved_is_held(&[], &held).violations.len(), 1, "held of a row that is not there");
    }

    #[test]
    fn a_unit_that_vanishes_breaks_3() {
        let committed = [reservation(1, "COMMITTED", 2), reservation(2, "RESTOCKED", 4)];
        assert_eq!(adds_up(&[stock(8, 0)], &committed, &[ledger(8, 10)]).violations, []);
        let told = adds_up(&[stock(7, 0)], &committed, &[ledger(8, 10)]).violations;
        assert_eq!(told.len(), 2, "{told:?}");
        assert_eq!(adds_up(&[], &[], &[ledger(8, 10)]).violations.len(), 1, "entries of a row that is not there");
        assert_eq!(adds_up(&[stock(0, 0)], &[], &[]).violations, [], "a new row has no entries");
    }
}
