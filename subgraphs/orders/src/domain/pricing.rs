//! What an order comes to: lines, one coupon, flat shipping, flat tax. All arithmetic is checked.

use std::{collections::BTreeMap, str::FromStr};

use souk_contracts::{CurrencyCode, Money, MoneyError};

use super::Line;

/// A percentage off the goods.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coupon {
    pub code: String,
    /// Hundredths of a percent, 1 to 10,000.
    pub basis_points: u32,
}

/// What an order comes to, in one currency. `total = subtotal - discount + shipping + tax`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Totals {
    pub subtotal: Money,
    pub discount: Money,
    pub shipping: Money,
    pub tax: Money,
    pub total: Money,
}

/// A figure a currency, written `EUR=1900,GBP=2000`; a currency that is not named has 0.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PerCurrency(BTreeMap<CurrencyCode, u32>);

/// The shop's flat rates.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rates {
    /// Of goods after the discount and shipping, in hundredths of a percent.
    pub tax_basis_points: PerCurrency,
    /// An order, in minor units.
    pub shipping_minor: PerCurrency,
}

impl PerCurrency {
    /// 19 % in euros, 20 % in pounds, 18 % in rupees, none in dollars.
    pub fn default_tax_basis_points() -> Self {
        Self::from([(CurrencyCode::Eur, 1_900), (CurrencyCode::Gbp, 2_000), (CurrencyCode::Inr, 1_800)])
    }

    /// 4.90 EUR, 3.90 GBP, 99.00 INR, 5.90 USD.
    pub fn default_shipping_minor() -> Self {
        let figures =
            [(CurrencyCode::Eur, 490), (CurrencyCode::Gbp, 390), (CurrencyCode::Inr, 9_900), (CurrencyCode::Usd, 590)];
        Self::from(figures)
    }

    pub fn of(&self, currency: CurrencyCode) -> u32 {
        self.0.get(&currency).copied().unwrap_or(0)
    }
}

impl<const N: usize> From<[(CurrencyCode, u32); N]> for PerCurrency {
    fn from(figures: [(CurrencyCode, u32); N]) -> Self {
        Self(BTreeMap::from(figures))
    }
}

impl FromStr for PerCurrency {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut figures = BTreeMap::new();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let (currency, figure) = part.split_once('=').ok_or("expected CURRENCY=figure, e.g. EUR=1900")?;
            let currency: CurrencyCode = currency.trim().parse().map_err(|error: MoneyError| error.to_string())?;
            let figure =
                figure.trim().parse().map_err(|_| format!("the figure of {currency} is not a whole number"))?;
            figures.insert(currency, figure);
        }
        Ok(Self(figures))
    }
}

/// The totals of these lines.
///
/// # Errors
/// [`MoneyError`] when an amount is out of range or the lines do not share one currency.
pub fn quote(
    lines: &[Line],
    coupon: Option<&Coupon>,
    rates: &Rates,
    currency: CurrencyCode,
) -> Result<Totals, MoneyError> {
    let subtotal = lines.iter().try_fold(Money::zero(currency), |sum, line| sum.add(line.total))?;
    let discount = match coupon {
        Some(coupon) => subtotal.share(coupon.basis_points.min(10_000))?,
        None => Money::zero(currency),
    };
    let shipping = Money::new(rates.shipping_minor.of(currency).into(), currency);
    let taxed = subtotal.subtract(discount)?.add(shipping)?;
    let tax = taxed.share(rates.tax_basis_points.of(currency))?;
    Ok(Totals { subtotal, discount, shipping, tax, total: taxed.add(tax)? })
}

#[cfg(test)]
mod tests {
    use souk_contracts::{LineId, Quantity};

    use super::*;

    fn line(unit_minor: i64, quantity: i64, currency: CurrencyCode) -> Line {
        let unit_price = Money::new(unit_minor, currency);
        Line {
            id: LineId(uuid::Uuid::nil()),
            sku: "MUG".parse().unwrap(),
            title: "Mug".to_owned(),
            quantity: Quantity::new(quantity).unwrap(),
            unit_price,
            total: unit_price.times(quantity).unwrap_or(unit_price),
        }
    }

    fn rates() -> Rates {
        Rates { tax_basis_points: "EUR=1900, INR=1800".parse().unwrap(), shipping_minor: "EUR=490".parse().unwrap() }
    }

    #[test]
    fn goods_discount_shipping_and_tax_add_up() {
        let coupon = Coupon { code: "WELCOME10".to_owned(), basis_points: 1_000 };
        let lines = [line(1_990, 2, CurrencyCode::Eur), line(500, 1, CurrencyCode::Eur)];
        let totals = quote(&lines, Some(&coupon), &rates(), CurrencyCode::Eur).unwrap();
        let minor = [totals.subtotal, totals.discount, totals.shipping, totals.tax, totals.total].map(|m| m.minor);
        assert_eq!(minor, [4_480, 448, 490, 859, 5_381]);
    }

    #[test]
    fn a_currency_without_a_figure_pays_none() {
        let totals = quote(&[line(700, 1, CurrencyCode::Usd)], None, &rates(), CurrencyCode::Usd).unwrap();
        assert_eq!((totals.tax.minor, totals.shipping.minor, totals.total.minor), (0, 0, 700));
    }

    #[test]
    fn mixed_currencies_and_overflows_are_refused() {
        let mixed = [line(1, 1, CurrencyCode::Eur), line(1, 1, CurrencyCode::Usd)];
        assert!(quote(&mixed, None, &rates(), CurrencyCode::Eur).is_err());
        let huge = [line(i64::MAX, 1, CurrencyCode::Eur), line(1, 1, CurrencyCode::Eur)];
        assert!(quote(&huge, None, &rates(), CurrencyCode::Eur).is_err());
    }

    #[test]
    fn figures_are_read_a_currency() {
        assert!("EUR".parse::<PerCurrency>().is_err());
        assert!("XXX=1".parse::<PerCurrency>().is_err());
        assert!("EUR=-1".parse::<PerCurrency>().is_err());
        assert_eq!("GBP=2000".parse::<PerCurrency>().unwrap().of(CurrencyCode::Gbp), 2_000);
    }
}
