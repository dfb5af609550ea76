//! Which leases to end. Beside expiry there is self-preservation: when many instances of a large registry fall silent
//! at once, the network is broken rather than they.
//!
//! The Netflix server measures this by renewals in the last minute. With leases of 10 s that is blind: an outage of
//! half the instances lowers the minute's count by a twelfth before they expire. Measured here is what is meant: the
//! share of leases that are alive, with the same 85 %.

/// Share of leases that must be alive, in percent.
const ALIVE_PERCENT: usize = 85;

/// Whether expired leases are being kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protection {
    /// Too few instances for a share to mean anything.
    Off,
    Watching,
    /// Expired leases are kept until enough renew again.
    Active,
}

pub(super) fn protection(expired: usize, total: usize, from: usize) -> Protection {
    if total < from {
        return Protection::Off;
    }
    let alive = total - expired;
    if alive * 100 >= total * ALIVE_PERCENT { Protection::Watching } else { Protection::Active }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mass_expiry_of_a_large_registry_is_not_believed() {
        use Protection::{Active, Off, Watching};
        for (expired, total, expected) in [
            (0, 0, Off),
            (9, 9, Off),
            (0, 10, Watching),
            (1, 10, Watching),
            (2, 10, Active),
            (15, 100, Watching),
            (16, 100, Active),
            (100, 100, Active),
        ] {
            assert_eq!(protection(expired, total, 10), expected, "{expired} of {total}");
        }
    }
}
