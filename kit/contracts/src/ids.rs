//! Typed ids: UUIDv7 inside, opaque and prefixed outside (`ord_06bq...`).
//!
//! The text form is the prefix, `_` and 26 digits of Crockford's base 32 in lower case, so it sorts by time.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use uuid::Uuid;

const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{found:?} is not the id of {what}: expected {prefix}_ and 26 letters or digits")]
pub struct IdError {
    pub what: &'static str,
    pub prefix: &'static str,
    pub found: String,
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident, $prefix:literal, $what:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub Uuid);

        impl $name {
            pub const PREFIX: &'static str = $prefix;

            /// A new id for something made at `at`, with 10 random bytes.
            pub fn new(at: chrono::DateTime<chrono::Utc>, random: [u8; 10]) -> Self {
                let millis = u64::try_from(at.timestamp_millis()).unwrap_or(0);
                Self(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
            }

            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}_{}", $prefix, encode(self.0))
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                text.strip_prefix(concat!($prefix, "_")).and_then(decode).map(Self).ok_or_else(|| IdError {
                    what: $what,
                    prefix: $prefix,
                    found: text.chars().take(40).collect(),
                })
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
            }
        }
    )*};
}

ids! {
    CustomerId, "cus", "a customer";
    AddressId, "adr", "an address";
    SessionId, "ses", "a session";
    ProductId, "prd", "a product";
    VariantId, "var", "a variant";
    CategoryId, "cat", "a category";
    ReservationId, "rsv", "a reservation";
    OrderId, "ord", "an order";
    LineId, "lin", "an order line";
    PaymentId, "pay", "a payment";
    RefundId, "ref", "a refund";
    NotificationId, "ntf", "a notification";
    EventId, "evt", "an event";
}

/// 128 bits as 26 digits of 5 bits, the first one holding 3.
fn encode(id: Uuid) -> String {
    let bits = id.as_u128();
    (0..26).rev().map(|digit| char::from(DIGITS[(bits >> (digit * 5)) as usize & 31])).collect()
}

fn decode(text: &str) -> Option<Uuid> {
    if text.len() != 26 || text.as_bytes()[0] > b'7' {
        return None;
    }
    text.bytes()
        .try_fold(0_u128, |bits, byte| {
            let value = DIGITS.iter().position(|digit| *digit == byte)?;
            Some(bits << 5 | value as u128)
        })
        .map(Uuid::from_u128)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ids_of_another_kind_or_shape_are_refused() {
        let order = OrderId(Uuid::from_u128(7)).to_string();
        assert_eq!(order, "ord_00000000000000000000000007");
        assert!(order.parse::<PaymentId>().is_err());
        for text in [
            "",
            "ord_",
            "ord_7",
            "ord_0000000000000000000000000u",
            "ord_80000000000000000000000000",
            "ord_é000000000000000000000000",
        ] {
            assert!(text.parse::<OrderId>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn ids_round_trip(bits: u128) {
            let id = OrderId(Uuid::from_u128(bits));
            prop_assert_eq!(id.to_string().parse::<OrderId>().unwrap(), id);
        }
    }
}
