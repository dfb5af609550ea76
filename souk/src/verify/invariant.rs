//! The invariants by name, in the order in which people number them.

/// What must hold. Those that are continuous hold at every moment, also under load; the others when the shop is at
/// rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Invariant {
    StockInBounds,
    ReservedIsHeld,
    StockAddsUp,
    NothingOversold,
    ConfirmedIsPaid,
    CaptureHasOrder,
    AmountsInOrder,
    LedgerAgrees,
    NothingOverdue,
    EndedHoldsNothing,
    OneOrderAKey,
    HistoryIsAPath,
    EventsArrived,
    SubscriptionsRise,
    AcknowledgedExists,
}

impl Invariant {
    /// From 1.
    pub const fn number(self) -> usize {
        self as usize + 1
    }

    pub const fn is_continuous(self) -> bool {
        matches!(self, Self::StockInBounds | Self::NothingOversold | Self::AmountsInOrder)
    }

    pub const fn says(self) -> &'static str {
        match self {
            Self::StockInBounds => "on hand >= reserved >= 0 for each sku and warehouse",
            Self::ReservedIsHeld => "reserved is the sum of what is held",
            Self::StockAddsUp => "on hand + committed is what was put in, and the ledger sums up to on hand",
            Self::NothingOversold => "units of confirmed orders, less those given back, were once available",
            Self::ConfirmedIsPaid => "a confirmed order has one payment of its total and every line committed",
            Self::CaptureHasOrder => "captured money has a confirmed order, or went back",
            Self::AmountsInOrder => "refunded <= captured <= authorised <= total",
            Self::LedgerAgrees => "the provider's ledger says what the payments say",
            Self::NothingOverdue => "no reservation, checkout or unknown payment outlives its deadline",
            Self::EndedHoldsNothing => "an order that ended badly holds no unit and no money",
            Self::OneOrderAKey => "one idempotency key, one order",
            Self::HistoryIsAPath => "a history is a path of the machine, its versions without gaps",
            Self::EventsArrived => "every event is published, and each consumer's state is what they add up to",
            Self::SubscriptionsRise => "a subscription's versions rise and end at the database's",
            Self::AcknowledgedExists => "an order that somebody was told of exists",
        }
    }
}
