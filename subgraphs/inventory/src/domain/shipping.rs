//! What a parcel costs: a flat rule by weight, in the currency of the base price.
//!
//! Within the home country: a fee for the first kilogram, and a step for each further one begun. To any other
//! country: three times that. An estimate for one variant, before a cart is known.

use std::str::FromStr;

use souk_contracts::{CurrencyCode, Money};

const FOREIGN_FACTOR: i64 = 3;

/// An ISO 3166-1 alpha-2 code, in upper case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Country([u8; 2]);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a country code: use two letters, e.g. DE")]
pub struct CountryError(String);

impl Country {
    pub const GERMANY: Self = Self(*b"DE");
}

impl FromStr for Country {
    type Err = CountryError;

    fn from_str(text: &str) -> Result<Self, CountryError> {
        match text.as_bytes() {
            [first, second] if first.is_ascii_alphabetic() && second.is_ascii_alphabetic() => {
                Ok(Self([first.to_ascii_uppercase(), second.to_ascii_uppercase()]))
            }
            _ => Err(CountryError(text.chars().take(8).collect())),
        }
    }
}

/// The estimate for a parcel of so many grams; `currency` is that of the base price.
pub fn shipping_estimate(weight_grams: u32, currency: CurrencyCode, foreign: bool) -> Money {
    let (first_minor, step_minor) = match currency {
        CurrencyCode::Eur => (490, 100),
        CurrencyCode::Gbp => (420, 90),
        CurrencyCode::Inr => (9_900, 2_000),
        CurrencyCode::Usd => (550, 120),
    };
    let further = i64::from(weight_grams.div_ceil(1_000).saturating_sub(1));
    let domestic = first_minor + further * step_minor;
    Money::new(if foreign { domestic * FOREIGN_FACTOR } else { domestic }, currency)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fee_rises_with_each_kilogram_begun() {
        for (grams, minor) in [(0, 490), (1, 490), (1_000, 490), (1_001, 590), (3_500, 790)] {
            assert_eq!(shipping_estimate(grams, CurrencyCode::Eur, false).minor, minor, "{grams}");
        }
        assert_eq!(shipping_estimate(1_001, CurrencyCode::Eur, true).minor, 1_770);
        assert_eq!(shipping_estimate(u32::MAX, CurrencyCode::Inr, true).currency, CurrencyCode::Inr);
    }

    #[test]
    fn country_codes_are_two_letters() {
        assert_eq!("de".parse(), Ok(Country::GERMANY));
        for text in ["", "D", "DEU", "D1", "ß"] {
            assert!(text.parse::<Country>().is_err(), "{text}");
        }
    }
}
