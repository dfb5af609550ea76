//! What a client may ask of a list of products.

use async_graphql::{Enum, InputObject};
use souk_contracts::{Money, money};
use souk_subgraph::{
    ApiError,
    graphql::{CurrencyCode, Decimal},
};

use super::status::ProductStatus;
use crate::{
    domain::{SearchPhrase, Tag},
    store::{Basis, Filter, PriceRange, Sort},
};

/// Tags of one filter at most.
const TAGS_MAX: usize = 10;

/// Which products a list holds; all conditions must be met.
#[derive(Debug, Clone, Default, InputObject)]
pub struct ProductFilter {
    /// Words that must all occur in the title, tags, skus or description; case and accents do not count.
    text: Option<String>,
    /// The slug of a category.
    category: Option<String>,
    /// Tags that the product must all have.
    tags: Option<Vec<String>>,
    /// The lowest price of some variant, in `currency`.
    min_price: Option<Decimal>,
    /// The highest price of some variant, in `currency`.
    max_price: Option<Decimal>,
    /// Only products with a price in this currency; also that of `minPrice`, `maxPrice` and of the price sorts.
    currency: Option<CurrencyCode>,
    /// Another status than ACTIVE: needs the scope products:write.
    status: Option<ProductStatus>,
}

/// The order of a list of products.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum ProductSort {
    /// The newest first.
    Newest,
    /// The lowest price first: in the filter's currency, or else in each product's own base currency.
    PriceAsc,
    /// The highest price first, in the same currency as PRICE_ASC; a product counts with its cheapest variant.
    PriceDesc,
    /// By title.
    Title,
    /// The best match of the filter's text first: the very title, titles that begin with it, titles that hold every
    /// word, then the rest; the newest first among equals and without a text.
    Relevance,
}

impl ProductFilter {
    /// # Errors
    /// Texts, tags and prices that cannot be.
    pub fn parse(self) -> Result<Filter, ApiError> {
        let phrase = SearchPhrase::parse(self.text.as_deref().unwrap_or_default())
            .map_err(|error| ApiError::bad_input(error.to_string()))?;
        let tags = self.tags.unwrap_or_default();
        if tags.len() > TAGS_MAX {
            return Err(ApiError::bad_input(format!("tags must be {TAGS_MAX} at most")));
        }
        let tags = tags
            .iter()
            .map(|tag| Tag::parse(tag).map_err(|error| ApiError::bad_input(format!("the tag {tag:?} {error}"))));
        let tags = tags.collect::<Result<_, _>>()?;
        let sold_in = self.currency.map(money::CurrencyCode::from);
        let price = price_range(self.min_price.as_ref(), self.max_price.as_ref(), sold_in)?;
        let status = self.status.unwrap_or(ProductStatus::Active).into();
        Ok(Filter { status, phrase, category: self.category, tags, sold_in, price })
    }
}

fn price_range(
    min: Option<&Decimal>,
    max: Option<&Decimal>,
    currency: Option<money::CurrencyCode>,
) -> Result<Option<PriceRange>, ApiError> {
    if min.is_none() && max.is_none() {
        return Ok(None);
    }
    let currency =
        currency.ok_or_else(|| ApiError::bad_input("minPrice and maxPrice need a currency: set filter.currency"))?;
    let bound = |text: Option<&Decimal>, open: i64| match text {
        Some(text) => Money::parse(&text.0, currency).map(|bound| bound.minor),
        None => Ok(open),
    };
    Ok(Some(PriceRange { currency, min_minor: bound(min, 0)?, max_minor: bound(max, i64::MAX)? }))
}

impl ProductSort {
    /// The order with what it needs of the filter, and the name of such a list in its cursors.
    pub fn of(self, filter: &Filter) -> (Sort, String) {
        let basis = filter.sold_in.map_or(Basis::Base, Basis::Currency);
        match (self, &filter.phrase) {
            (Self::Newest, _) | (Self::Relevance, None) => (Sort::Newest, "products:newest".to_owned()),
            (Self::PriceAsc, _) => (Sort::PriceAscending(basis), format!("products:price_asc:{}", basis.as_str())),
            (Self::PriceDesc, _) => (Sort::PriceDescending(basis), format!("products:price_desc:{}", basis.as_str())),
            (Self::Title, _) => (Sort::Title, "products:title".to_owned()),
            (Self::Relevance, Some(phrase)) => {
                (Sort::Relevance(phrase.clone()), format!("products:relevance:{}", phrase.text()))
            }
        }
    }
}
