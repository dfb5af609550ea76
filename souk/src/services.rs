//! The roles that the one binary plays.

use std::fmt;

/// One service; its name is its crate's, its database's and its application's in discovery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, clap::ValueEnum)]
pub enum Service {
    Discovery,
    Provider,
    Accounts,
    Products,
    Inventory,
    Orders,
    Payments,
    Notifications,
    Router,
}

impl Service {
    pub const ALL: [Self; 9] = [
        Self::Discovery,
        Self::Provider,
        Self::Accounts,
        Self::Products,
        Self::Inventory,
        Self::Orders,
        Self::Payments,
        Self::Notifications,
        Self::Router,
    ];

    /// Those that own a database and a part of the graph.
    pub const SUBGRAPHS: [Self; 6] =
        [Self::Accounts, Self::Products, Self::Inventory, Self::Orders, Self::Payments, Self::Notifications];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Discovery => "discovery",
            Self::Provider => "provider",
            Self::Accounts => "accounts",
            Self::Products => "products",
            Self::Inventory => "inventory",
            Self::Orders => "orders",
            Self::Payments => "payments",
            Self::Notifications => "notifications",
            Self::Router => "router",
        }
    }

    /// The database of a subgraph, also the name of its only user.
    pub fn database(self) -> String {
        format!("souk_{}", self.name())
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
