//! The reservation's state machine.

/// Where a reservation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReservationState {
    Held,
    Committed,
    Released,
    Expired,
    Restocked,
}

/// What may happen to a reservation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// The order is confirmed: the units leave.
    Commit,
    /// The order ended before it was confirmed.
    Release,
    /// Nobody came back in time.
    Expire,
    /// The order was cancelled after it was confirmed. Should the commit still be under way, the units are only
    /// held, and are released instead.
    Restock,
}

/// What an action comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It moves, and the stock with it.
    Moves { to: ReservationState, effect: StockEffect },
    /// Done already, or nothing left to do.
    Stays,
    /// The units are gone, or given away to others: the caller came too late.
    Refused,
}

/// What a move does to the stock, in units of the reservation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StockEffect {
    /// `reserved` falls: the units are available again.
    Freed,
    /// `reserved` and `on_hand` fall: the units have left.
    Left,
    /// `on_hand` rises: the units are back.
    Returned,
}

impl ReservationState {
    pub const ALL: [Self; 5] = [Self::Held, Self::Committed, Self::Released, Self::Expired, Self::Restocked];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Held => "HELD",
            Self::Committed => "COMMITTED",
            Self::Released => "RELEASED",
            Self::Expired => "EXPIRED",
            Self::Restocked => "RESTOCKED",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }

    /// Whether units are set aside or gone for it.
    pub const fn occupies_stock(self) -> bool {
        match self {
            Self::Held | Self::Committed => true,
            Self::Released | Self::Expired | Self::Restocked => false,
        }
    }

    pub const fn after(self, action: Action) -> Outcome {
        use ReservationState::{Committed, Expired, Held, Released, Restocked};
        match (self, action) {
            (Held, Action::Commit) => Outcome::Moves { to: Committed, effect: StockEffect::Left },
            (Held, Action::Release | Action::Restock) => Outcome::Moves { to: Released, effect: StockEffect::Freed },
            (Held, Action::Expire) => Outcome::Moves { to: Expired, effect: StockEffect::Freed },
            (Committed, Action::Restock) => Outcome::Moves { to: Restocked, effect: StockEffect::Returned },
            (Committed, Action::Commit)
            | (Released | Expired | Restocked, Action::Release | Action::Expire | Action::Restock) => Outcome::Stays,
            (Committed, Action::Release | Action::Expire) | (Released | Expired | Restocked, Action::Commit) => {
                Outcome::Refused
            }
        }
    }
}

impl Action {
    /// For metrics and logs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Commit => "commit",
            Self::Release => "release",
            Self::Expire => "expire",
            Self::Restock => "restock",
        }
    }

    /// Whether its order wants no units any more, also such as are not held yet.
    pub const fn ends_order(self) -> bool {
        match self {
            Self::Release | Self::Restock => true,
            Self::Commit | Self::Expire => false,
        }
    }
}

impl StockEffect {
    /// Changes of (`on_hand`, `reserved`) for so many units.
    pub const fn deltas(self, units: i64) -> (i64, i64) {
        match self {
            Self::Freed => (0, -units),
            Self::Left => (-units, -units),
            Self::Returned => (units, 0),
        }
    }

    /// The change's name in events.
    pub const fn change(self) -> &'static str {
        match self {
            Self::Freed => "released",
            Self::Left => "committed",
            Self::Returned => "restocked",
        }
    }

    /// The entry's kind in the ledger, when `on_hand` moves.
    pub const fn ledger_kind(self) -> Option<&'static str> {
        match self {
            Self::Freed => None,
            Self::Left => Some("COMMITTED"),
            Self::Returned => Some("RESTOCKED"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    #[test]
    fn the_whole_table_of_states_and_actions() {
        let mut table = String::new();
        for state in ReservationState::ALL {
            for action in [Action::Commit, Action::Release, Action::Expire, Action::Restock] {
                let outcome = match state.after(action) {
                    Outcome::Moves { to, effect } => {
                        let (on_hand, reserved) = effect.deltas(1);
                        format!("-> {} (on hand {on_hand:+}, reserved {reserved:+})", to.as_str())
                    }
                    Outcome::Stays => "stays".to_owned(),
                    Outcome::Refused => "refused".to_owned(),
                };
                writeln!(table, "{:<9} {:<7} {outcome}", state.as_str(), format!("{action:?}")).unwrap();
            }
        }
        insta::assert_snapshot!(table);
    }
}
