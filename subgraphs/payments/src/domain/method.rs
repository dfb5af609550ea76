//! How an order is paid.

use std::str::FromStr;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    Card,
    Upi,
    Wallet,
    NetBanking,
    CashOnDelivery,
}

impl Method {
    pub const ALL: [Self; 5] = [Self::Card, Self::Upi, Self::Wallet, Self::NetBanking, Self::CashOnDelivery];

    /// As it stands in the graph, the tables and the provider's API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Card => "CARD",
            Self::Upi => "UPI",
            Self::Wallet => "WALLET",
            Self::NetBanking => "NET_BANKING",
            Self::CashOnDelivery => "CASH_ON_DELIVERY",
        }
    }

    /// For people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Card => "Card",
            Self::Upi => "UPI",
            Self::Wallet => "Wallet",
            Self::NetBanking => "Net banking",
            Self::CashOnDelivery => "Cash on delivery",
        }
    }

    /// Whether authorisation and capture are two steps at the provider.
    pub const fn is_two_step(self) -> bool {
        match self {
            Self::Card => true,
            Self::Upi | Self::Wallet | Self::NetBanking | Self::CashOnDelivery => false,
        }
    }

    /// Whether no provider is involved.
    pub const fn is_cash(self) -> bool {
        match self {
            Self::CashOnDelivery => true,
            Self::Card | Self::Upi | Self::Wallet | Self::NetBanking => false,
        }
    }
}

impl FromStr for Method {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|method| method.as_str() == text).ok_or_else(|| format!("unknown: {text:?}"))
    }
}
