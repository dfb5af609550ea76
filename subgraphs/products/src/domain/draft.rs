//! Products and variants as they are to be written: parsed, so that a bad one cannot exist.

use souk_contracts::{Money, Sku};

use super::{Description, Faults, ProductStatus, Slug, Tag, Title};

/// Variants of one product at most.
pub const VARIANTS_MAX: usize = 100;
/// The highest price, in minor units: far above any real one and far below overflow in sums.
pub const PRICE_MAX_MINOR: i64 = 100_000_000_000;

/// An image or film of a product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaLink {
    pub url: String,
    pub alt: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewVariant {
    pub sku: Sku,
    pub title: Title,
    pub weight_grams: u32,
    /// The first is in the base currency; each currency once.
    pub prices: Vec<Money>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewProduct {
    pub title: Title,
    /// None: derived from the title, numbered when taken.
    pub slug: Option<Slug>,
    pub description: Description,
    pub category: Option<Slug>,
    pub tags: Vec<Tag>,
    pub media: Vec<MediaLink>,
    pub status: ProductStatus,
    pub variants: Vec<NewVariant>,
}

/// What becomes of a product's category.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum CategoryEdit {
    #[default]
    Keep,
    Leave,
    Enter(Slug),
}

/// A change of a product; None leaves a part as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProductEdit {
    pub title: Option<Title>,
    pub description: Option<Description>,
    pub category: CategoryEdit,
    pub tags: Option<Vec<Tag>>,
    pub media: Option<Vec<MediaLink>>,
    pub status: Option<ProductStatus>,
}

/// Checks a variant's prices: at least one, each currency once, none absurd.
pub fn prices(read: Vec<Option<Money>>, faults: &mut Faults) -> Option<Vec<Money>> {
    if read.is_empty() {
        faults.invalid("prices", "a variant needs at least one price: the first one is in its base currency");
    }
    let prices: Vec<Money> = read.into_iter().collect::<Option<_>>()?;
    for (index, price) in prices.iter().enumerate() {
        let repeated = prices[..index].iter().any(|earlier| earlier.currency == price.currency);
        faults.below(["prices", &index.to_string()], |faults| {
            if repeated {
                faults.invalid("currencyCode", format!("{} has a price already", price.currency));
            }
            if price.minor > PRICE_MAX_MINOR {
                faults.invalid("amount", "the price is out of range");
            }
        });
    }
    Some(prices)
}

#[cfg(test)]
mod tests {
    use souk_contracts::CurrencyCode;

    use super::*;
    use crate::domain::Refusal;

    fn faults_of(read: Vec<Option<Money>>) -> Vec<Refusal> {
        let mut faults = Faults::default();
        let value = prices(read, &mut faults);
        faults.finish(value).err().unwrap_or_default()
    }

    #[test]
    fn a_variant_has_one_price_a_currency() {
        let eur = |minor| Some(Money::new(minor, CurrencyCode::Eur));
        assert_eq!(faults_of(vec![eur(1), Some(Money::new(2, CurrencyCode::Usd))]), []);
        assert_eq!(faults_of(vec![]).len(), 1);
        assert_eq!(
            faults_of(vec![eur(1), eur(2)]),
            [Refusal::Invalid {
                field: vec!["prices".into(), "1".into(), "currencyCode".into()],
                message: "EUR has a price already".into()
            }]
        );
        assert_eq!(faults_of(vec![eur(PRICE_MAX_MINOR + 1)]).len(), 1);
    }
}
