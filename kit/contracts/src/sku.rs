//! The stock keeping unit and how many of it.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

/// 1 to 64 of `A-Z 0-9 . _ -`, kept in upper case, so that `mug-blue` and `MUG-BLUE` are one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Sku(String);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a sku: use 1 to 64 letters, digits, '.', '_' or '-'")]
pub struct SkuError(String);

impl Sku {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Sku {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Sku {
    type Err = SkuError;

    fn from_str(text: &str) -> Result<Self, SkuError> {
        let fits = (1..=64).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
        if fits { Ok(Self(text.to_ascii_uppercase())) } else { Err(SkuError(text.chars().take(64).collect())) }
    }
}

impl<'de> Deserialize<'de> for Sku {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// How many units of one sku, 1 to 1,000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Quantity(u32);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("quantity {0} is out of range: order 1 to {max} of a sku", max = Quantity::MAX)]
pub struct QuantityError(i64);

impl Quantity {
    pub const MAX: u32 = 1_000;

    /// # Errors
    /// [`QuantityError`] outside 1 to [`Quantity::MAX`].
    pub fn new(units: i64) -> Result<Self, QuantityError> {
        match u32::try_from(units) {
            Ok(fit @ 1..=Self::MAX) => Ok(Self(fit)),
            _ => Err(QuantityError(units)),
        }
    }

    pub const fn get(self) -> u32 {
        self.0
    }
}

impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(i64::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skus_are_kept_in_upper_case() {
        assert_eq!("mug-blue.1".parse::<Sku>().unwrap().as_str(), "MUG-BLUE.1");
        for text in ["", "a b", "ä", "'; DROP", &"x".repeat(65)] {
            assert!(text.parse::<Sku>().is_err(), "{text}");
        }
    }

    #[test]
    fn quantities_outside_the_range_are_refused() {
        for units in [0, -1, 1_001, 1_000_000, i64::MIN] {
            assert!(Quantity::new(units).is_err(), "{units}");
        }
        assert_eq!(Quantity::new(1_000).unwrap().get(), 1_000);
    }
}
