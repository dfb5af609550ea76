//! From which warehouse each line of an order is taken.

use std::collections::BTreeMap;

use souk_contracts::{LineId, Quantity, Sku};

/// A row of stock: a sku in a warehouse. Rows are locked in this order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ShelfKey {
    pub sku: Sku,
    pub warehouse: String,
}

/// An order line to reserve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldLine {
    pub line: LineId,
    pub sku: Sku,
    pub quantity: Quantity,
}

/// Units that can be reserved from a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Available {
    pub shelf: ShelfKey,
    pub units: i64,
}

/// A line with its warehouse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedLine {
    pub line: LineId,
    pub shelf: ShelfKey,
    pub quantity: Quantity,
}

/// Takes each line from one warehouse: the one with most available, the first by name among equals. Lines come
/// back in the order of their rows.
///
/// # Errors
/// The skus that fall short, each once; then nothing is to be reserved.
pub fn plan_hold(lines: &[HoldLine], available: &[Available]) -> Result<Vec<PlannedLine>, Vec<Sku>> {
    let mut left: BTreeMap<&ShelfKey, i64> = available.iter().map(|row| (&row.shelf, row.units)).collect();
    let mut planned = Vec::new();
    let mut short = Vec::new();
    for line in lines {
        let units = i64::from(line.quantity.get());
        let fullest = left
            .iter_mut()
            .filter(|(shelf, _)| shelf.sku == line.sku)
            // max_by_key takes the last of equals, so the names are compared backwards
            .max_by_key(|(shelf, left)| (**left, std::cmp::Reverse(shelf.warehouse.clone())));
        match fullest {
            Some((shelf, left)) if *left >= units => {
                *left -= units;
                let shelf = (*shelf).clone();
                planned.push(PlannedLine { line: line.line, shelf, quantity: line.quantity });
            }
            _ if short.contains(&line.sku) => {}
            _ => short.push(line.sku.clone()),
        }
    }
    if !short.is_empty() {
        return Err(short);
    }
    planned.sort_by(|one, other| (&one.shelf, one.line).cmp(&(&other.shelf, other.line)));
    Ok(planned)
}

#[cfg(test)]
mod tests {
    use souk_contracts::LineId;

    use super::*;

    fn line(number: u128, sku: &str, units: i64) -> HoldLine {
        let quantity = Quantity::new(units).unwrap();
        HoldLine { line: LineId(uuid::Uuid::from_u128(number)), sku: sku.parse().unwrap(), quantity }
    }

    fn row(sku: &str, warehouse: &str, units: i64) -> Available {
        Available { shelf: ShelfKey { sku: sku.parse().unwrap(), warehouse: warehouse.to_owned() }, units }
    }

    fn plan(lines: &[HoldLine], available: &[Available]) -> Result<Vec<String>, Vec<String>> {
        plan_hold(lines, available)
            .map(|planned| {
                let shelf = |line: &PlannedLine| format!("{} {}", line.shelf.sku, line.shelf.warehouse);
                planned.iter().map(shelf).collect()
            })
            .map_err(|short| short.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn a_line_is_taken_from_the_fullest_warehouse() {
        let stock = [row("A", "east", 3), row("A", "main", 5), row("B", "west", 2), row("B", "east", 2)];
        assert_eq!(plan(&[line(1, "B", 1), line(2, "A", 4)], &stock).unwrap(), ["A main", "B east"]);
        // the second line finds what the first one left
        assert_eq!(plan(&[line(1, "A", 4), line(2, "A", 3)], &stock).unwrap(), ["A east", "A main"]);
    }

    #[test]
    fn one_warehouse_a_line_and_all_lines_or_none() {
        let stock = [row("A", "east", 3), row("A", "main", 3), row("B", "main", 9)];
        assert_eq!(plan(&[line(1, "A", 4), line(2, "B", 1)], &stock).unwrap_err(), ["A"]);
        let short = plan(&[line(1, "A", 4), line(2, "A", 4), line(3, "C", 1)], &stock).unwrap_err();
        assert_eq!(short, ["A", "C"], "each sku once, unknown ones too");
    }
}
