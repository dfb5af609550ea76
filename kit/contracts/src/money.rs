//! Money as integer minor units with its currency. Floats never touch it; arithmetic is checked.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// ISO 4217 codes of the currencies we sell in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum CurrencyCode {
    Eur,
    Gbp,
    Inr,
    Usd,
}

/// An amount in the minor unit (cent, penny, paisa) of its currency; may be negative in arithmetic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Money {
    pub minor: i64,
    pub currency: CurrencyCode,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    #[error("{0:?} is not an amount: write digits with at most {1} decimals, e.g. \"19.90\"")]
    Malformed(String, u32),
    #[error("unknown currency {0:?}: use EUR, GBP, INR or USD")]
    UnknownCurrency(String),
    #[error("{0} and {1} cannot be added: amounts must share one currency")]
    MixedCurrencies(CurrencyCode, CurrencyCode),
    #[error("amount is out of range")]
    OutOfRange,
}

impl CurrencyCode {
    pub const ALL: [Self; 4] = [Self::Eur, Self::Gbp, Self::Inr, Self::Usd];

    /// Digits after the decimal point (ISO 4217 exponent).
    pub const fn exponent(self) -> u32 {
        match self {
            Self::Eur | Self::Gbp | Self::Inr | Self::Usd => 2,
        }
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Eur => "EUR",
            Self::Gbp => "GBP",
            Self::Inr => "INR",
            Self::Usd => "USD",
        }
    }
}

impl fmt::Display for CurrencyCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for CurrencyCode {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Self, MoneyError> {
        Self::ALL
            .into_iter()
            .find(|code| code.as_str() == text)
            .ok_or_else(|| MoneyError::UnknownCurrency(text.chars().take(8).collect()))
    }
}

impl Money {
    pub const fn new(minor: i64, currency: CurrencyCode) -> Self {
        Self { minor, currency }
    }

    pub const fn zero(currency: CurrencyCode) -> Self {
        Self { minor: 0, currency }
    }

    /// Parses a decimal such as `"19.90"`: digits, at most as many decimals as the currency has, no sign, no
    /// exponent, no grouping.
    ///
    /// # Errors
    /// [`MoneyError::Malformed`] or [`MoneyError::OutOfRange`].
    pub fn parse(text: &str, currency: CurrencyCode) -> Result<Self, MoneyError> {
        let malformed = || MoneyError::Malformed(text.chars().take(24).collect(), currency.exponent());
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let dangling = text.ends_with('.');
        if whole.is_empty()
            || dangling
            || !digits(whole)
            || !digits(fraction)
            || fraction.len() > currency.exponent() as usize
        {
            return Err(malformed());
        }
        let padded = format!("{fraction:0<width$}", width = currency.exponent() as usize);
        let minor = format!("{whole}{padded}").parse::<i64>().map_err(|_| MoneyError::OutOfRange)?;
        Ok(Self { minor, currency })
    }

    /// The decimal text, e.g. `"19.90"`.
    pub fn decimal(self) -> String {
        let scale = 10_u64.pow(self.currency.exponent());
        let magnitude = self.minor.unsigned_abs();
        let sign = if self.minor < 0 { "-" } else { "" };
        let width = self.currency.exponent() as usize;
        format!("{sign}{}.{:0width$}", magnitude / scale, magnitude % scale)
    }

    /// # Errors
    /// [`MoneyError::MixedCurrencies`] or [`MoneyError::OutOfRange`].
    #[expect(clippy::should_implement_trait, reason = "it can refuse, which an operator cannot")]
    pub fn add(self, other: Self) -> Result<Self, MoneyError> {
        self.combine(other, i64::checked_add)
    }

    /// # Errors
    /// [`MoneyError::MixedCurrencies`] or [`MoneyError::OutOfRange`].
    pub fn subtract(self, other: Self) -> Result<Self, MoneyError> {
        self.combine(other, i64::checked_sub)
    }

    /// # Errors
    /// [`MoneyError::OutOfRange`].
    pub fn times(self, factor: i64) -> Result<Self, MoneyError> {
        let minor = self.minor.checked_mul(factor).ok_or(MoneyError::OutOfRange)?;
        Ok(Self { minor, ..self })
    }

    /// `basis_points` hundredths of a percent of the amount, rounded half up, e.g. a tax of 1900 (19 %).
    ///
    /// # Errors
    /// [`MoneyError::OutOfRange`].
    pub fn share(self, basis_points: u32) -> Result<Self, MoneyError> {
        let exact = i128::from(self.minor) * i128::from(basis_points);
        let minor = i64::try_from((exact + 5_000).div_euclid(10_000)).map_err(|_| MoneyError::OutOfRange)?;
        Ok(Self { minor, ..self })
    }

    fn combine(self, other: Self, operation: fn(i64, i64) -> Option<i64>) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::MixedCurrencies(self.currency, other.currency));
        }
        let minor = operation(self.minor, other.minor).ok_or(MoneyError::OutOfRange)?;
        Ok(Self { minor, ..self })
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.decimal(), self.currency)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn amounts_are_read_and_written_in_minor_units() {
        for (text, minor) in [("0", 0), ("19.90", 1990), ("19.9", 1990), ("0.01", 1), ("12345678.99", 1_234_567_899)] {
            assert_eq!(Money::parse(text, CurrencyCode::Eur).unwrap().minor, minor, "{text}");
        }
        assert_eq!(Money::new(-5, CurrencyCode::Inr).to_string(), "-0.05 INR");
    }

    #[test]
    fn what_is_not_a_plain_decimal_is_refused() {
        for text in ["", ".", "1.", ".5", "-1", "+1", "1e3", "1,5", "1.234", "99999999999999999999", "1 ", "١"] {
            assert!(Money::parse(text, CurrencyCode::Usd).is_err(), "{text}");
        }
    }

    #[test]
    fn currencies_do_not_mix() {
        let sum = Money::new(1, CurrencyCode::Eur).add(Money::new(1, CurrencyCode::Usd));
        assert_eq!(sum, Err(MoneyError::MixedCurrencies(CurrencyCode::Eur, CurrencyCode::Usd)));
    }

    #[test]
    fn shares_round_half_up() {
        assert_eq!(Money::new(50, CurrencyCode::Eur).share(1_900).unwrap().minor, 10);
        assert_eq!(Money::new(1_990, CurrencyCode::Eur).share(1_900).unwrap().minor, 378);
    }

    proptest! {
        #[test]
        fn decimal_text_round_trips(minor in 0..i64::MAX) {
            let money = Money::new(minor, CurrencyCode::Gbp);
            prop_assert_eq!(Money::parse(&money.decimal(), CurrencyCode::Gbp).unwrap(), money);
        }
    }
}
