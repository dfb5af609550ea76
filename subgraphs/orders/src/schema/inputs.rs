//! Inputs, and the way from them to values that cannot be wrong.

use async_graphql::{ID, InputObject};
use souk_subgraph::graphql::{AddressInput, CurrencyCode, UserError, UserErrorCode};

use super::enums::PaymentMethod;
use crate::{
    commands::Checkout,
    domain::{
        Refusal,
        cart::{Cart, Payment},
        email::{Email, EmailError},
    },
};

/// Characters of a reason or a tracking number.
const MAX_REASON: usize = 200;
const MAX_TRACKING: usize = 64;
const MAX_COUPON: usize = 40;

/// One sku to buy.
#[derive(Debug, Clone, InputObject)]
pub struct OrderLineInput {
    /// The stock keeping unit.
    pub sku: String,
    /// How many units, 1 to 1,000.
    pub quantity: i64,
}

/// How to pay.
#[derive(Debug, Clone, InputObject)]
pub struct PaymentInput {
    /// The method.
    pub method: PaymentMethod,
    /// The payment provider's token; never a card number. Required for CARD.
    pub token: Option<String>,
}

/// An order to place.
#[derive(Debug, Clone, InputObject)]
pub struct OrderPlaceInput {
    /// 16 to 255 characters, e.g. a UUID: a fresh one for each order you mean to place, the same one when you repeat
    /// a request that you got no answer to.
    pub idempotency_key: String,
    /// What to buy; lines of one sku are added up.
    pub lines: Vec<OrderLineInput>,
    /// The currency of the whole order.
    pub currency_code: CurrencyCode,
    /// Where the parcel goes.
    pub shipping_address: AddressInput,
    /// How to pay.
    pub payment: PaymentInput,
    /// Where to write about the order; guests must give it.
    pub email: Option<String>,
    /// A coupon, e.g. WELCOME10.
    pub coupon_code: Option<String>,
}

/// Another address for an order.
#[derive(Debug, Clone, InputObject)]
pub struct OrderAddressUpdateInput {
    /// The order.
    pub id: ID,
    /// The new address.
    pub shipping_address: AddressInput,
}

/// An order to cancel.
#[derive(Debug, Clone, InputObject)]
pub struct OrderCancelInput {
    /// The order.
    pub id: ID,
    /// Why; it stands in the order's history.
    pub reason: String,
    /// 16 to 255 characters; the same one when you repeat a request that you got no answer to.
    pub idempotency_key: String,
}

/// An order that leaves the house.
#[derive(Debug, Clone, InputObject)]
pub struct OrderShipInput {
    /// The order.
    pub id: ID,
    /// The carrier's number.
    pub tracking_number: Option<String>,
}

/// An order that was handed over.
#[derive(Debug, Clone, InputObject)]
pub struct OrderDeliverInput {
    /// The order.
    pub id: ID,
    /// 16 to 255 characters; the same one when you repeat a request that you got no answer to.
    pub idempotency_key: String,
}

impl OrderPlaceInput {
    /// The checkout, or every fault of it.
    ///
    /// # Errors
    /// A user error for each field that cannot be accepted.
    pub fn parse(self) -> Result<Checkout, Vec<UserError>> {
        let mut errors = Vec::new();
        let lines: Vec<(String, i64)> = self.lines.into_iter().map(|line| (line.sku, line.quantity)).collect();
        let cart = noted(&mut errors, Cart::parse(&lines).map_err(told));
        let address = noted(&mut errors, self.shipping_address.parse(&["shippingAddress"]));
        let payment = Payment::parse(self.payment.method.into(), self.payment.token);
        let payment = noted(&mut errors, payment.map_err(|refusal| told(vec![refusal])));
        let email = noted(&mut errors, email(self.email));
        let coupon_code = noted(&mut errors, coupon(self.coupon_code));
        match (cart, address, payment, email, coupon_code) {
            (Some(cart), Some(shipping_address), Some(payment), Some(email), Some(coupon_code)) => {
                let currency = self.currency_code.into();
                Ok(Checkout { cart, currency, shipping_address, payment, email, coupon_code })
            }
            _ => Err(errors),
        }
    }
}

impl OrderCancelInput {
    /// The reason, trimmed.
    ///
    /// # Errors
    /// INVALID when it is empty or too long.
    pub fn reason(&self) -> Result<String, UserError> {
        text("reason", &self.reason, MAX_REASON)
    }
}

impl OrderShipInput {
    /// The tracking number, trimmed; an empty one is none.
    ///
    /// # Errors
    /// INVALID when it is too long.
    pub fn tracking_number(&self) -> Result<Option<String>, UserError> {
        let given = self.tracking_number.as_deref().filter(|number| !number.trim().is_empty());
        given.map(|number| text("trackingNumber", number, MAX_TRACKING)).transpose()
    }
}

fn noted<T>(errors: &mut Vec<UserError>, parsed: Result<T, Vec<UserError>>) -> Option<T> {
    parsed.map_err(|found| errors.extend(found)).ok()
}

fn told(refusals: Vec<Refusal>) -> Vec<UserError> {
    refusals.into_iter().map(UserError::from).collect()
}

fn email(given: Option<String>) -> Result<Option<Email>, Vec<UserError>> {
    let given = given.filter(|text| !text.trim().is_empty());
    given
        .map(|text| text.parse())
        .transpose()
        .map_err(|error: EmailError| vec![UserError::at(UserErrorCode::Invalid, ["email"], error.to_string())])
}

fn coupon(given: Option<String>) -> Result<Option<String>, Vec<UserError>> {
    let given = given.filter(|text| !text.trim().is_empty());
    let code = given.map(|code| text("couponCode", &code, MAX_COUPON)).transpose();
    code.map(|code| code.map(|code| code.to_uppercase())).map_err(|error| vec![error])
}

fn text(field: &str, given: &str, limit: usize) -> Result<String, UserError> {
    let text = given.trim();
    if text.is_empty() || text.chars().count() > limit || text.chars().any(char::is_control) {
        let message = format!("{field} must be 1 to {limit} printable characters");
        return Err(UserError::at(UserErrorCode::Invalid, [field], message));
    }
    Ok(text.to_owned())
}
