//! What a verified token says about its holder.

use std::{collections::BTreeSet, fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{CustomerId, OrderId};

/// One permission, e.g. `products:write`.
pub type Scope = String;

/// Roles of people; each maps to scopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Role {
    Customer,
    Staff,
    Admin,
}

impl Role {
    /// The scopes a role grants; a customer's own data needs none.
    pub const fn scopes(self) -> &'static [&'static str] {
        match self {
            Self::Customer => &[],
            Self::Staff => &[
                "products:write",
                "inventory:read",
                "inventory:write",
                "orders:read",
                "orders:write",
                "payments:write",
            ],
            Self::Admin => &[
                "products:write",
                "inventory:read",
                "inventory:write",
                "orders:read",
                "orders:write",
                "payments:read",
                "payments:write",
                "accounts:read",
                "accounts:write",
            ],
        }
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Customer => "CUSTOMER",
            Self::Staff => "STAFF",
            Self::Admin => "ADMIN",
        }
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        [Self::Customer, Self::Staff, Self::Admin]
            .into_iter()
            .find(|role| role.as_str() == text)
            .ok_or_else(|| format!("unknown role {text:?}"))
    }
}

/// Who calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// No token.
    Anonymous,
    /// A signed-in customer or member of staff.
    Customer { id: CustomerId, scopes: BTreeSet<Scope> },
    /// The holder of a guest token: one order and its payments, nothing else.
    Guest { order: OrderId },
    /// One of our services.
    Service { name: String },
}

impl Principal {
    /// True for a person with this scope. Services have no scopes: each internal operation lists its callers.
    pub fn has_scope(&self, scope: &str) -> bool {
        matches!(self, Self::Customer { scopes, .. } if scopes.contains(scope))
    }

    pub fn customer_id(&self) -> Option<CustomerId> {
        match self {
            Self::Customer { id, .. } => Some(*id),
            Self::Anonymous | Self::Guest { .. } | Self::Service { .. } => None,
        }
    }

    /// True when the caller may see this order because it is theirs.
    pub fn owns_order(&self, order: OrderId, owner: Option<CustomerId>) -> bool {
        match self {
            Self::Customer { id, .. } => owner == Some(*id),
            Self::Guest { order: own } => *own == order,
            Self::Anonymous | Self::Service { .. } => false,
        }
    }

    pub fn is_service(&self, names: &[&str]) -> bool {
        matches!(self, Self::Service { name } if names.contains(&name.as_str()))
    }
}

/// For logs: ids only, never scopes or tokens.
impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Anonymous => f.write_str("anonymous"),
            Self::Customer { id, .. } => write!(f, "{id}"),
            Self::Guest { order } => write!(f, "guest of {order}"),
            Self::Service { name } => write!(f, "service {name}"),
        }
    }
}
