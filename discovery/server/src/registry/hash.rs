//! The hash code over a registry: how many instances there are of each status. Clients compare it with their own
//! count after each delta and fetch everything when it differs.

use std::collections::BTreeMap;

use crate::wire::model::Status;

/// `DOWN_1_UP_7_`, by status name; empty for an empty registry.
pub(super) fn hash_code(statuses: impl Iterator<Item = Status>) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for status in statuses {
        *counts.entry(status.as_str()).or_default() += 1;
    }
    let parts: Vec<String> = counts.into_iter().map(|(status, count)| format!("{status}_{count}_")).collect();
    parts.concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_are_counted_in_alphabetical_order() {
        use Status::{Down, OutOfService, Starting, Unknown, Up};
        for (statuses, expected) in [
            (vec![], ""),
            (vec![Up, Up], "UP_2_"),
            (vec![Up, Unknown, Starting, Up, OutOfService, Down], "DOWN_1_OUT_OF_SERVICE_1_STARTING_1_UNKNOWN_1_UP_2_"),
        ] {
            assert_eq!(hash_code(statuses.into_iter()), expected);
        }
    }
}
